package provisioning_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// Restart forgets watermark, escrows and quarantine but no link: everything is
// evaluated again by its id, drift in the target is undone, and memberships are
// sent again ("How application provisioning works", incremental cycles and
// known limitations).
func TestRestartKeepsLinks(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID).ID)
	f.success()
	f.server.mu.Lock()
	f.server.users["u1"]["displayName"] = "changed in the target"
	f.server.groups["g2"]["members"] = []any{}
	f.server.mu.Unlock()
	f.wantCounts(f.success(), counts{}) // changes in the target go unnoticed
	f.server.taken()
	f.check(f.job.Restart(context.Background(), 0))
	f.wantCounts(f.success(), counts{
		Cycle: provisioning.CycleRestart, Users: provisioning.UserCounts{Updated: 1}, Groups: provisioning.GroupCounts{Updated: 1}, Members: provisioning.MemberCounts{Added: 1},
	})
	f.want(probe, "GET /Users/u1",
		`PATCH /Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"displayName","value":"ann"}]}`,
		"GET /Groups/g2?excludedAttributes=members",
		`PATCH /Groups/g2 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"members","value":[{"value":"u1"}]}]}`)
	f.wantCounts(f.success(), counts{}) // incremental again

	no := false
	s := f.job.Settings()
	s.ResendMembers = &no
	f.check(f.job.Configure(s))
	f.check(f.job.Restart(context.Background(), provisioning.ResetWatermark))
	if s := f.success(); s.Members.Added != 0 || s.Groups.Skipped != 1 {
		t.Errorf("with resendMembers off: %+v", s)
	}
}

// A full restart breaks the links, so that everything is matched anew.
func TestRestartFull(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.success()
	f.server.taken()
	reset, err := provisioning.ParseReset("Full")
	f.check(err)
	f.check(f.job.Restart(context.Background(), reset))
	if links := f.job.Links(); len(links) != 0 {
		t.Errorf("links %+v after a full restart", links)
	}
	f.success()
	f.want(probe, `GET /Users?filter=userName eq "ann@contoso.example"`)
}

func TestParseReset(t *testing.T) {
	for scope, want := range map[string]provisioning.Reset{
		"": 0, "None": provisioning.ResetNone, "Watermark, Escrows,QuarantineState": provisioning.ResetWatermark | provisioning.ResetEscrows | provisioning.ResetQuarantine,
		"ConnectorDataStore": provisioning.ResetLinks, "Full": provisioning.ResetFull, "full, ForceDeletes": provisioning.ResetFull | provisioning.ForceDeletes,
	} {
		if got, err := provisioning.ParseReset(scope); err != nil || got != want {
			t.Errorf("%q = %v, %v; want %v", scope, got, err, want)
		}
	}
	if _, err := provisioning.ParseReset("Everything"); err == nil {
		t.Error("an unknown scope was accepted")
	}
}

// Each member of resetScope forgets one thing and leaves the others (Microsoft
// Graph, synchronizationJobRestartCriteria); the empty one is Watermark,
// Escrows and QuarantineState.
func TestResetScope(t *testing.T) {
	const (
		ann = "GET /Users/u1"                                       // linked: evaluated again
		bob = `GET /Users?filter=userName eq "bob@contoso.example"` // failed: tried again
	)
	tests := []struct {
		scope      string
		links      int
		escrows    int
		quarantine bool
		cycle      string // the kind of the next one
		requests   []string
	}{
		{"", 1, 0, false, provisioning.CycleRestart, []string{ann, bob}},
		{"None", 1, 1, false, provisioning.CycleIncremental, []string{bob}},
		{"Watermark", 1, 1, true, provisioning.CycleRestart, []string{ann, bob}},
		{"Escrows", 1, 0, true, provisioning.CycleIncremental, nil},
		{"QuarantineState", 1, 1, false, provisioning.CycleIncremental, []string{bob}},
		{"ConnectorDataStore", 0, 1, true, provisioning.CycleIncremental, []string{bob}},
		{"ForceDeletes", 1, 1, true, provisioning.CycleIncremental, []string{bob}},
		{"Watermark, Escrows", 1, 0, true, provisioning.CycleRestart, []string{ann, bob}},
		{"Escrows, QuarantineState", 1, 0, false, provisioning.CycleIncremental, nil},
		{"Full", 0, 0, false, provisioning.CycleRestart, []string{`GET /Users?filter=userName eq "ann@contoso.example"`, bob}},
	}
	for _, test := range tests {
		t.Run(test.scope, func(t *testing.T) {
			f := newFixture(t, provisioning.Settings{Quarantine: provisioning.Thresholds{MinFailures: 1}})
			f.assign(f.addUser("ann").ID)
			f.assign(f.addUser("bob").ID)
			f.server.setFault(answer("POST", "bob@", 400, ""))
			if s := f.cycle(); s.Status != provisioning.SummaryQuarantine {
				t.Fatalf("summary %+v", s)
			}
			f.server.taken()
			reset, err := provisioning.ParseReset(test.scope)
			f.check(err)
			f.check(f.job.Restart(context.Background(), reset))
			if _, quarantined := f.job.Quarantine(); quarantined != test.quarantine || len(f.job.Escrows()) != test.escrows || len(f.job.Links()) != test.links {
				t.Errorf("quarantine %v, %d escrows, %d links; want %v, %d, %d", quarantined, len(f.job.Escrows()), len(f.job.Links()), test.quarantine, test.escrows, test.links)
			}
			if s := f.cycle(); s.Cycle != test.cycle {
				t.Errorf("a cycle %s, want %s", s.Cycle, test.cycle)
			}
			var reads []string
			for _, r := range unescape(t, f.server.taken())[1:] {
				if contains(r, "GET") {
					reads = append(reads, r)
				}
			}
			if !slices.Equal(reads, test.requests) {
				t.Errorf("requests %q, want %q", reads, test.requests)
			}
		})
	}
}

// Restarting makes the next cycle due at once, also on a job that was stopped
// (Microsoft Graph, synchronizationJob: restart). One that was never started
// stays with cycles on request.
func TestRestartStartsAStoppedJob(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.success()
	f.check(f.job.Restart(context.Background(), 0))
	if _, ok := f.job.NextCycle(); ok || f.job.State() != provisioning.StatePaused {
		t.Errorf("a job that was never started is %s after a restart", f.job.State())
	}
	for _, reset := range []provisioning.Reset{0, provisioning.ResetNone} {
		f.check(f.job.Start(context.Background()))
		f.clock.Advance(90 * time.Minute)
		cycles := f.job.Cycles()
		f.check(f.job.Restart(context.Background(), reset))
		f.clock.Advance(39 * time.Minute)
		if n := f.job.Cycles() - cycles; n != 1 {
			t.Errorf("%d cycles within 39 minutes of the restart, want 1", n)
		}
		f.job.Stop()
		f.check(f.job.Restart(context.Background(), reset))
		if next, ok := f.job.NextCycle(); !ok || !next.Equal(f.clock.Now()) || f.job.State() != provisioning.StateActive {
			t.Errorf("the next cycle of a stopped job comes at %v, state %s", next, f.job.State())
		}
		f.job.Stop()
	}
}

// A restart that keeps the quarantine keeps its slow pace.
func TestRestartWithinTheQuarantine(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.server.setToken("another")
	f.check(f.job.Start(context.Background()))
	f.clock.RunDue()
	f.check(f.job.Restart(context.Background(), provisioning.ResetWatermark))
	if next, _ := f.job.NextCycle(); !next.Equal(start.Add(6 * time.Hour)) {
		t.Errorf("next cycle %v, want 6 hours after the failure", next)
	}
	f.check(f.job.Restart(context.Background(), provisioning.ResetQuarantine))
	if next, _ := f.job.NextCycle(); !next.Equal(start) {
		t.Errorf("next cycle %v, want at once", next)
	}
	f.clock.RunDue()
	f.check(f.job.SetTarget(f.server.tenantURL(), testToken))
	if next, _ := f.job.NextCycle(); !next.Equal(start.Add(40 * time.Minute)) {
		t.Errorf("next cycle %v with new credentials, want the usual pace", next)
	}
}

// A change of mappings or filters restarts provisioning: everything is
// evaluated in an initial cycle, what failed counts from new ("Application
// provisioning in quarantine status").
func TestMappingChangeRestarts(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Quarantine: provisioning.Thresholds{MinFailures: 1}})
	f.assign(f.addUser("ann").ID)
	f.server.setFault(answer("POST", "/Users", 400, ""))
	f.cycle()
	f.clock.Advance(6 * time.Hour)
	f.cycle()
	if e := f.job.Escrows(); len(e) != 1 || e[0].Attempts != 2 {
		t.Fatalf("escrows %+v", e)
	}
	settings := f.job.Settings()
	settings.Users.Filters = [][]provisioning.Clause{{{Attribute: "displayName", Operator: "IS NOT NULL"}}}
	f.check(f.job.Configure(settings))
	if _, ok := f.job.Quarantine(); ok {
		t.Error("still in quarantine")
	}
	if s := f.cycle(); s.Cycle != provisioning.CycleInitial {
		t.Errorf("a cycle %s", s.Cycle)
	}
	if e := f.job.Escrows(); len(e) != 1 || e[0].Attempts != 1 || !e[0].FirstFailed.Equal(f.clock.Now()) {
		t.Errorf("escrows %+v, want one that begins anew", e)
	}
}

// "Switching from Sync All to Sync Assigned not working": who is no longer in
// scope is noticed when something about them changes, or after a restart
// ("Known issues").
func TestScopeChangeNeedsARestart(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Scope: provisioning.ScopeAll})
	for _, name := range []string{"ann", "bob", "cat"} {
		f.addUser(name)
	}
	f.assign("user-cat")
	f.success()
	settings := f.job.Settings()
	settings.Scope = provisioning.ScopeAssigned
	f.check(f.job.Configure(settings))
	f.wantCounts(f.success(), counts{})
	f.set("user-ann", func(u *directory.User) { u.City = "Lisboa" })
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Disabled: 1}})
	f.check(f.job.Restart(context.Background(), 0))
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleRestart, Users: provisioning.UserCounts{Disabled: 1, Skipped: 2}})
	settings.Scope = provisioning.ScopeAll
	f.check(f.job.Configure(settings))
	f.wantCounts(f.success(), counts{})
	f.check(f.job.Restart(context.Background(), 0))
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleRestart, Users: provisioning.UserCounts{Updated: 2, Skipped: 1}})
}

// Links outlive a change of the target, so that they may point to nothing:
// what is evaluated again is then made anew there, with its memberships.
func TestAnotherServer(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID, f.addUser("bob").ID).ID)
	f.success()
	second := newSCIMServer(t)
	second.serial = 100 // other ids than the first server's
	f.check(f.job.SetTarget(second.tenantURL(), testToken))
	f.wantCounts(f.success(), counts{})
	f.check(f.job.Restart(context.Background(), 0))
	f.wantCounts(f.success(), counts{
		Cycle: provisioning.CycleRestart, Users: provisioning.UserCounts{Created: 2}, Groups: provisioning.GroupCounts{Created: 1}, Members: provisioning.MemberCounts{Added: 2},
	})
	if got := second.members("Ops"); !slices.Equal(got, []string{"ann@contoso.example", "bob@contoso.example"}) {
		t.Errorf("members on the second server %v", got)
	}
	for _, l := range f.job.Links() {
		if l.TargetID <= "u100" && l.TargetID <= "g100" {
			t.Errorf("link %+v still points to the first server", l)
		}
	}
}

// The jobs of two applications with one target work on their own: what the one
// created the other takes over, and each answers for its own scope.
func TestTwoJobsOneTarget(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	other := &tenant{Directory: f.Directory, assigned: make(map[string]bool)}
	second, err := provisioning.NewJob(provisioning.Config{Source: other, Clock: f.clock, IDs: newIDs(), Template: provisioning.TemplateCustom})
	f.check(err)
	f.check(second.SetTarget(f.server.tenantURL(), testToken))
	f.assign(f.addUser("ann").ID)
	other.assigned["user-ann"] = true
	f.success()
	s, err := second.RunCycle(context.Background())
	if err != nil || s.Err() != nil || s.Users.Created != 0 || s.Users.Updated+s.Users.Skipped != 1 {
		t.Errorf("the second job: %+v, %v", s, err)
	}
	f.unassign("user-ann") // from the first application only
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Disabled: 1}})
	if f.server.user("ann@contoso.example")["active"] != false {
		t.Error("the first job did not disable the user")
	}
	if l := second.Links(); len(l) != 1 || !l[0].Managed {
		t.Errorf("links of the second job %+v", l)
	}
	f.check(second.Restart(context.Background(), 0))
	if s, err := second.RunCycle(context.Background()); err != nil || s.Users.Updated != 1 || f.server.user("ann@contoso.example")["active"] != true {
		t.Errorf("the second job: %+v, %v", s, err)
	}
}

// What was changed while a cycle ran and failed counts for the next one: new
// credentials and new filters are not punished for the old ones.
func TestChangesDuringAFailingCycle(t *testing.T) {
	changes := map[string]func(*fixture){
		"credentials": func(f *fixture) { f.check(f.job.SetTarget(f.server.tenantURL()+"/", testToken)) },
		"filters": func(f *fixture) {
			settings := f.job.Settings()
			settings.Groups.Filters = [][]provisioning.Clause{{{Attribute: "displayName", Operator: "IS NOT NULL"}}}
			f.check(f.job.Configure(settings))
		},
		"nothing": func(*fixture) {},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, provisioning.Settings{})
			f.assign(f.addUser("ann").ID)
			f.check(f.job.Start(context.Background()))
			once := false
			f.server.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
				if !once { // the probe
					once = true
					change(f)
					w.WriteHeader(http.StatusUnauthorized)
					return true
				}
				return false
			})
			f.clock.RunDue()
			s, _ := f.job.LastCycle()
			if s.Status == provisioning.SummarySuccess || s.FirstError == nil && s.Quarantine == nil || s.Err() == nil {
				t.Errorf("the cycle passes for a good one: %+v", s)
			}
			next, _ := f.job.NextCycle()
			_, quarantined := f.job.Quarantine()
			if punished := name == "nothing"; quarantined != punished || next.Equal(start.Add(40*time.Minute)) == punished {
				t.Errorf("quarantine %v, next cycle %v", quarantined, next)
			}
		})
	}
}
