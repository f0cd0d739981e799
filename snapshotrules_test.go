package harness_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
)

func TestTimersAreSetAnew(t *testing.T) {
	h := provisioned(t, harness.Config{Start: monday})
	app := h.Entra.App()
	app.Provisioning().Stop()
	if err := app.Configure(func(c *idp.ApplicationConfig) { c.NotificationEmailAddresses = []string{"ops@contoso.example"} }); err != nil {
		t.Fatal(err)
	}
	kept, text := snapshotOf(t, h)
	other := harness.Run(t, harness.Config{Seed: 4})
	if err := other.Restore(fromFile(t, text)); err != nil {
		t.Fatal(err)
	}
	want := h.Clock.Advance(4 * 365 * 24 * time.Hour)
	names := make(map[string]int)
	for _, f := range want {
		names[f.Name]++
	}
	for _, name := range []string{"accessTokenReminder", "certificateExpiryNotice", "certificateExpired"} {
		if names[name] == 0 {
			t.Errorf("no timer %s in four years", name)
		}
	}
	if diff := cmp.Diff(want, other.Clock.Advance(4*365*24*time.Hour)); diff != "" {
		t.Errorf("timers from a file:\n%s", diff)
	}
	if err := h.Restore(kept); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, h.Clock.Advance(4*365*24*time.Hour)); diff != "" {
		t.Errorf("timers once more:\n%s", diff)
	}
}

// An application that a snapshot does not have is gone, and says so; when a
// snapshot has it again it is there again.
func TestApplicationsOfBefore(t *testing.T) {
	h := harness.Run(t, harness.Config{Start: monday})
	first := h.Entra.App()
	later, err := h.Entra.CreateApplication(idp.ApplicationConfig{Name: "later"})
	if err != nil {
		t.Fatal(err)
	}
	with, _ := snapshotOf(t, h)
	if err := h.Reset(); err != nil {
		t.Fatal(err)
	}
	if first.Gone() || !later.Gone() || len(h.Entra.Apps()) != 1 {
		t.Errorf("after Reset: first gone %t, later gone %t, %d applications", first.Gone(), later.Gone(), len(h.Entra.Apps()))
	}
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa"})
	_, added := later.AddCertificate()
	_, cycle := later.Provisioning().RunCycle(t.Context())
	for what, err := range map[string]error{
		"Assign": later.Assign(ana), "Unassign": later.Unassign(ana), "Configure": later.Configure(func(*idp.ApplicationConfig) {}), "AddCertificate": added,
		"DeleteCertificate": later.DeleteCertificate("AA"), "SetTarget": later.Provisioning().SetTarget("https://scim.contoso.example", "token"),
		"Start": later.Provisioning().Start(t.Context()), "RunCycle": cycle, "Settings": later.Provisioning().Configure(later.Provisioning().Settings()),
	} {
		if err == nil || !strings.Contains(err.Error(), "which the restored snapshot does not have") {
			t.Errorf("%s of an application that is gone: %v", what, err)
		}
	}
	if err := first.Assign(ana); err != nil {
		t.Errorf("the application that stays: %v", err)
	}
	if err := h.Restore(with); err != nil {
		t.Fatal(err)
	}
	if later.Gone() || h.Entra.Apps()[1] != later {
		t.Error("the application did not come back")
	}
	if _, err := later.AddCertificate(); err != nil {
		t.Errorf("an application that came back: %v", err)
	}
}

func TestResetEndsSessionsAndFaults(t *testing.T) {
	h := provisioned(t, harness.Config{Start: monday})
	if err := h.MarkInitial(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SignIn(t.Context(), "ana@contoso.example"); err != nil {
		t.Fatal(err)
	}
	if err := h.Entra.FailNext(50126); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(time.Hour)
	if err := h.Reset(); err != nil {
		t.Fatal(err)
	}
	if sessions := h.IdentityCenter.PortalSessions(); len(sessions) != 0 {
		t.Errorf("%d portal sessions after Reset", len(sessions))
	}
	if !h.Clock.Now().Equal(monday) {
		t.Errorf("it is %v after Reset, want %v", h.Clock.Now(), monday)
	}
	from := h.Exchanges()
	if _, err := h.SignIn(t.Context(), "ana@contoso.example"); err != nil {
		t.Errorf("sign-in after Reset: %v", err)
	}
	asked := slices.ContainsFunc(h.Trace()[from:], func(e harness.Exchange) bool { return strings.HasSuffix(e.Request.URL, "/login") })
	if !asked {
		t.Error("nobody was asked for a password: the session of before went on")
	}
}

// Everything that is wrong in a snapshot is named with its place, and nothing
// changes.
func TestRestoreRefusesWhatIsWrong(t *testing.T) {
	h := provisioned(t, harness.Config{Start: monday})
	h.Entra.AddGroup("admins", directory.Ref("ana@contoso.example"))
	center := h.IdentityCenter
	if _, err := center.CreateAccount(sp.Account{ID: "111122223333", Name: "Production"}); err != nil {
		t.Fatal(err)
	}
	if _, err := center.CreatePermissionSet(sp.PermissionSet{Name: "Reader"}); err != nil {
		t.Fatal(err)
	}
	if _, err := center.Assign(sp.Wish{User: "ana@contoso.example", PermissionSet: "Reader", Account: "Production"}); err != nil {
		t.Fatal(err)
	}
	_, kept := snapshotOf(t, h)
	changeAll(t, h) // so that half a Restore shows
	_, before := snapshotOf(t, h)
	for _, test := range []struct {
		want string
		harm func(*harness.Snapshot)
	}{
		{"version is 2: this program reads version 1", func(s *harness.Snapshot) { s.Version = 2 }},
		{"entra: version is 7: this program reads version 1", func(s *harness.Snapshot) { s.Entra.Version = 7 }},
		{"identityCenter: version is 0", func(s *harness.Snapshot) { s.IdentityCenter.Version = 0 }},
		{"scim: version is 0", func(s *harness.Snapshot) { s.SCIM.Version = 0 }},
		{"clock.now", func(s *harness.Snapshot) { s.Clock.Now = time.Time{} }},
		{"entra: tenant", func(s *harness.Snapshot) { s.Entra.Tenant.ID = "" }},
		{"entra: directory.users[0] (ana@contoso.example): ", func(s *harness.Snapshot) { s.Entra.Directory.Users[0].ID = "" }},
		{"entra: directory.users[1] (ana@contoso.example): Request_BadRequest", func(s *harness.Snapshot) {
			s.Entra.Directory.Users = append(s.Entra.Directory.Users, s.Entra.Directory.Users[0])
		}},
		{"entra: directory.groups[0] (admins).members[0]: there is no user or group", func(s *harness.Snapshot) { s.Entra.Directory.Groups[0].Members = []string{"nobody"} }},
		{"entra: directory.groups: 1 members", func(s *harness.Snapshot) { s.Entra.Directory.Users[0].MemberOf = nil }},
		{"entra: directory.changes.entries[0]", func(s *harness.Snapshot) {
			s.Entra.Directory.Changes.Entries = []directory.ChangeRecord{{Kind: "Device"}}
		}},
		{"entra: applications[0] (AWS IAM Identity Center): config", func(s *harness.Snapshot) { s.Entra.Applications[0].Config.ReplyURLs = []string{"no URL"} }},
		{"certificates: 0 are active", func(s *harness.Snapshot) { s.Entra.Applications[0].Certificates = nil }},
		{"certificates[0].privateKey", func(s *harness.Snapshot) { s.Entra.Applications[0].Certificates[0].PrivateKey = "" }},
		{"assignments[0]", func(s *harness.Snapshot) { s.Entra.Applications[0].Assignments[0].ID = "nobody" }},
		{"provisioning.memory.watermark", func(s *harness.Snapshot) {
			s.Entra.Applications[0].Provisioning.Memory.Watermark = new(uint64(1 << 40))
		}},
		{"provisioning.memory.links[0] (ana@contoso.example): targetId", func(s *harness.Snapshot) { s.Entra.Applications[0].Provisioning.Memory.Links[0].TargetID = "" }},
		{"provisioning.target", func(s *harness.Snapshot) { s.Entra.Applications[0].Provisioning.Target.URL = "ftp://x" }},
		{"provisioning.schedule", func(s *harness.Snapshot) { s.Entra.Applications[0].Provisioning.Schedule.Known = false }},
		{"entra: failNext[0]", func(s *harness.Snapshot) { s.Entra.FailNext = []idp.FaultRecord{{Code: 1}} }},
		{"entra: lockouts[0]", func(s *harness.Snapshot) { s.Entra.Lockouts = []idp.LockoutRecord{{}} }},
		{"identityCenter: instance", func(s *harness.Snapshot) { s.IdentityCenter.Instance.Region = "Europe" }},
		{"identityCenter: identityStore.content: users[0]", func(s *harness.Snapshot) { s.IdentityCenter.Store.Content.Users[0].User.UserName = "" }},
		{"identityCenter: identityStore.accessTokens[0]", func(s *harness.Snapshot) { s.IdentityCenter.Store.Tokens[0].SHA256 = nil }},
		{"identityCenter: identitySource.certificates[0]", func(s *harness.Snapshot) { s.IdentityCenter.Source.Certificates[0] = "x" }},
		{"identityCenter: accounts[0]", func(s *harness.Snapshot) { s.IdentityCenter.Accounts[0].ID = "1" }},
		{"identityCenter: permissionSets[0] (Reader)", func(s *harness.Snapshot) { s.IdentityCenter.PermissionSets[0].SessionDuration = "PT99H" }},
		{"identityCenter: assignments[0]", func(s *harness.Snapshot) { s.IdentityCenter.Provisioned = nil }},
		{"identityCenter: sessionDuration", func(s *harness.Snapshot) { s.IdentityCenter.SessionDuration = 0 }},
		{"scim: profile", func(s *harness.Snapshot) { s.SCIM.Profile = "rfc" }},
	} {
		s := fromFile(t, kept)
		test.harm(&s)
		err := h.Restore(s)
		if err == nil || !strings.HasPrefix(err.Error(), "restore snapshot: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want an error with %q", err, test.want)
		}
		if _, after := snapshotOf(t, h); after != before {
			t.Fatalf("%s: the harness changed:\n%s", test.want, cmp.Diff(before, after))
		}
	}
}

// changeAll changes something in each part.
func changeAll(t testing.TB, h *harness.Harness) {
	t.Helper()
	h.Clock.Advance(time.Minute)
	h.Entra.AddUser(directory.User{UserPrincipalName: "late@contoso.example", GivenName: "L", Surname: "S"})
	if _, err := h.IdentityCenter.CreateAccount(sp.Account{ID: "999922223333", Name: "Late"}); err != nil {
		t.Fatal(err)
	}
	if err := h.SCIM.Fail(scimmock.Fault{Status: 418}); err != nil {
		t.Fatal(err)
	}
}

// Restore in the middle of sign-ins, cycles and changes: whatever they see, each
// state is whole, and the harness works afterwards.
func TestRestoreWhileRequestsAreUnderWay(t *testing.T) {
	h := provisioned(t, harness.Config{Start: monday})
	kept, _ := snapshotOf(t, h)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for n := range 3 {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				switch n {
				case 0:
					_, _ = h.SignInWith(ctx, harness.SignIn{User: "ana@contoso.example", Fresh: true})
				case 1:
					_, _ = h.Entra.CreateUser(directory.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i), GivenName: "U", Surname: "S"})
					_ = h.Entra.App().Assign(directory.Ref(fmt.Sprintf("u%d@contoso.example", i)))
					_, _ = h.ProvisionApp(ctx, h.Entra.App())
				default:
					h.Clock.Advance(time.Minute)
				}
			}
		})
	}
	for range 15 {
		if err := h.Restore(kept); err != nil {
			t.Error(err)
		}
		s, err := h.Snapshot()
		if err != nil {
			t.Error(err)
		}
		if text, err := json.Marshal(s); err != nil || json.Unmarshal(text, &s) != nil || h.Restore(s) != nil {
			t.Errorf("a snapshot of the middle cannot be restored: %v", err)
		}
	}
	stop()
	wg.Wait()
	if err := h.Restore(kept); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SignIn(t.Context(), "ana@contoso.example"); err != nil {
		t.Errorf("sign-in afterwards: %v", err)
	}
}
