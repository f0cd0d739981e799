package scenarios

import (
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/idharness/harness"
)

// oneSignIn is a scenario with one sign-in, from two mocks that do not know each
// other to the access portal.
const oneSignIn = `name: One sign-in
clock: 2026-01-05T09:00:00Z
entra:
  users: [{userPrincipalName: ana@contoso.example, displayName: Ana, givenName: Ana, surname: Sousa, mail: ana@contoso.example}]
  groups: [{displayName: aws-admins, members: [ana@contoso.example]}]
  app: {name: AWS, template: aws-iam-identity-center, assignments: [{group: aws-admins}]}
identityCenter:
  accounts: [{id: "111122223333", name: Production, email: prod@example.com}]
  permissionSets: [{name: AdministratorAccess}]
  assignments: [{group: aws-admins, permissionSet: AdministratorAccess, account: Production}]
steps:
  - exchangeMetadata: {}
  - connectProvisioning: {}
  - provision: {cycle: initial}
    expect: {status: success, users: {created: 1}}
  - signIn: {user: ana@contoso.example}
    expect: {outcome: signedIn, portal: {accounts: [{name: Production, roles: [AdministratorAccess]}]}}
`

// signIns reads the scenario so many times.
func signIns(t testing.TB, n int) []*Scenario {
	t.Helper()
	list := make([]*Scenario, n)
	for i := range list {
		var err error
		if list[i], err = Load(fmt.Sprintf("%d.yaml", i), []byte(oneSignIn), Options{}); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func mustPass(t testing.TB, reports []Report, want int) {
	t.Helper()
	for _, r := range reports {
		if r.Status != Passed {
			t.Fatalf("%s: %s: %s", r.Path, r.Status, r.Error)
		}
	}
	if len(reports) != want {
		t.Fatalf("%d scenarios ran, want %d", len(reports), want)
	}
}

// Of scenarios that have ended, nothing is left but their reports: no goroutine,
// and no more memory than a trace takes, or hardly any without it.
func TestNothingIsLeftOfScenarios(t *testing.T) {
	list := signIns(t, 20)
	mustPass(t, RunAll(t.Context(), list[:8], AllOptions{Jobs: 8}), 8) // what the process needs once
	goroutines, heap := settled(t, runtime.NumGoroutine()), liveHeap()
	for _, test := range []struct {
		withoutTrace bool
		most         uint64 // bytes for a scenario
	}{{false, 400 << 10}, {true, 20 << 10}} {
		reports := RunAll(t.Context(), list, AllOptions{Jobs: 8, WithoutTrace: test.withoutTrace})
		mustPass(t, reports, len(list))
		if left := settled(t, goroutines); left > goroutines {
			t.Errorf("%d goroutines are left, %d were there before", left, goroutines)
		}
		var each uint64
		if now := liveHeap(); now > heap {
			each = (now - heap) / uint64(len(list))
		}
		if each > test.most {
			t.Errorf("without trace %v: %d bytes are left of each scenario, may be %d", test.withoutTrace, each, test.most)
		}
		for _, r := range reports {
			if (len(r.Trace) == 0) != test.withoutTrace {
				t.Errorf("without trace %v: the report has %d exchanges", test.withoutTrace, len(r.Trace))
			}
		}
		runtime.KeepAlive(reports)
	}
}

// settled waits until there are no more goroutines than so many, for those that
// serve a connection notice its end only then, and returns how many there are.
func settled(t *testing.T, most int) int {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		if runtime.NumGoroutine() <= most {
			break
		}
		<-tick.C
	}
	return runtime.NumGoroutine()
}

func liveHeap() uint64 {
	runtime.GC()
	runtime.GC() // what a finalizer or a pool held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A port can be had again at once.
func TestPortsAreReleased(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	list := signIns(t, 3)
	mustPass(t, RunAll(t.Context(), list, AllOptions{Jobs: 8, Options: Options{Harness: harness.Config{EntraAddr: addr}}}), len(list))
}
