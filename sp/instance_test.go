package sp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/sp"
)

func TestNewRefusesWhatHasNotTheShape(t *testing.T) {
	for _, test := range []struct {
		cfg  sp.Config
		want string
	}{
		{sp.Config{Region: "Ireland"}, `region "Ireland"`},
		{sp.Config{IdentityStoreID: "d-123"}, `identity store id "d-123"`},
		{sp.Config{ManagementAccount: "1234"}, `management account "1234"`},
		{sp.Config{SessionDuration: 14 * time.Minute}, "session duration 14m0s"},
		{sp.Config{SessionDuration: 91 * 24 * time.Hour}, "session duration 2184h0m0s"},
		{sp.Config{BaseURL: "sso.contoso.example"}, `base URL "sso.contoso.example"`},
		{sp.Config{BaseURL: "https://sso.contoso.example/start"}, `base URL "https://sso.contoso.example/start"`},
		{sp.Config{BaseURL: "javascript:alert(1)"}, `base URL "javascript:alert(1)"`},
	} {
		if _, err := sp.New(test.cfg); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("New(%+v) = %v, want it to say %s", test.cfg, err, test.want)
		}
	}
}

// TestDefaults: the zero value is an instance in us-east-1, and one seed makes
// one set of ids.
func TestDefaults(t *testing.T) {
	one, err := sp.New(sp.Config{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := sp.New(sp.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if one.Region() != "us-east-1" || one.ManagementAccount() != "123456789012" {
		t.Errorf("region %s, account %s", one.Region(), one.ManagementAccount())
	}
	if one.EntityID() != "https://us-east-1.signin.aws.amazon.com/platform/saml/"+one.IdentityStoreID() {
		t.Errorf("entity id %s", one.EntityID())
	}
	if one.ARN() != other.ARN() || one.ACSURL() != other.ACSURL() || one.IdentityStoreID() != other.IdentityStoreID() {
		t.Error("two instances with one seed have other ids")
	}
	seeded, err := sp.New(sp.Config{IDs: ids.New(2)})
	if err != nil {
		t.Fatal(err)
	}
	if seeded.ARN() == one.ARN() {
		t.Error("another seed makes the same ids")
	}
}

// TestInstancesHaveTheirOwnTime: two in one process, years apart.
func TestInstancesHaveTheirOwnTime(t *testing.T) {
	early, late := newWorld(t), newWorld(t)
	late.clock.Advance(2 * 365 * 24 * time.Hour)
	late.client = early.client // what the first sets must not matter
	early.wantPortal(early.signIn(ana), ana)
	late.freshBrowser()
	late.wantPortal(late.signIn(ana), ana)
	if a, b := early.lastEvent().EventTime, late.lastEvent().EventTime; !a.Equal(start) || !b.Equal(start.AddDate(2, 0, 0)) {
		t.Errorf("events at %s and %s", a, b)
	}
}

// tester records what Run does to a test.
type tester struct {
	testing.TB
	failed   string
	cleanups []func()
}

func (f *tester) Fatalf(format string, _ ...any) { f.failed = format }
func (f *tester) Cleanup(do func())              { f.cleanups = append(f.cleanups, do) }

func TestRunStopsWithTheTest(t *testing.T) {
	f := &tester{TB: t}
	instance := sp.Run(f)
	w := &world{t: t}
	w.freshBrowser()
	if p := w.get(instance.BaseURL() + "/"); p.status != 302 || p.header.Get("Location") != "/start" {
		t.Errorf("root: status %d, Location %q", p.status, p.header.Get("Location"))
	}
	for _, cleanup := range f.cleanups {
		cleanup()
	}
	w.client.CloseIdleConnections()
	if _, err := w.client.Get(instance.MetadataURL()); err == nil {
		t.Error("the instance still answers after the test's cleanup")
	}
}

func TestRunFailsTheTestOnABadConfig(t *testing.T) {
	f := &tester{TB: t}
	if instance := sp.Run(f, sp.Config{Region: "Ireland"}); instance != nil || f.failed == "" {
		t.Errorf("Run = %v, failed with %q; want the test to fail", instance, f.failed)
	}
}
