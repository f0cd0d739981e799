package provisioning_test

import (
	"context"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// "Enable accidental deletions prevention": above the threshold no user and no
// group is disabled or deleted, everything else goes on, until the deletes are
// allowed or their cause is gone.
func TestAccidentalDeletions(t *testing.T) {
	setUp := func() *fixture {
		f := newFixture(t, provisioning.Settings{AccidentalDeletionThreshold: 2})
		for _, n := range []string{"ann", "bob", "cat", "dan"} {
			f.assign(f.addUser(n).ID)
		}
		f.assign(f.addGroup("Ops").ID)
		f.success()
		return f
	}
	hold := func(f *fixture) {
		f.unassign("user-ann")
		f.enable("user-bob", false)
		f.unassign("group-Ops")
		f.assign(f.addUser("eve").ID)
		f.server.taken()
		s := f.cycle()
		f.wantCounts(s, counts{Status: provisioning.SummaryQuarantine, Users: provisioning.UserCounts{Created: 1, Skipped: 2}, Groups: provisioning.GroupCounts{Skipped: 1}})
		f.wantLog(s, "stagedDelete skipped ann@contoso.example TooManyDeletes", "stagedDelete skipped bob@contoso.example TooManyDeletes", "create success eve@contoso.example", "stagedDelete skipped Ops TooManyDeletes")
		if q, _ := f.job.Quarantine(); q.Reason != provisioning.ReasonTooManyDeletes {
			t.Errorf("quarantine %+v", q)
		}
		for _, r := range f.server.taken() {
			if contains(r, "PATCH") || contains(r, "DELETE") {
				t.Errorf("sent %s", r)
			}
		}
	}
	t.Run("still too many", func(t *testing.T) {
		f := setUp()
		hold(f)
		f.wantCounts(f.cycle(), counts{Status: provisioning.SummaryQuarantine, Users: provisioning.UserCounts{Skipped: 2}, Groups: provisioning.GroupCounts{Skipped: 1}})
		f.check(f.job.Restart(context.Background(), 0))
		if s := f.cycle(); s.Status != provisioning.SummaryQuarantine {
			t.Errorf("a restart alone let them through: %+v", s)
		}
	})
	t.Run("allowed", func(t *testing.T) {
		f := setUp()
		hold(f)
		f.check(f.job.Restart(context.Background(), provisioning.ForceDeletes))
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Disabled: 2}, Groups: provisioning.GroupCounts{Deleted: 1}})
		if _, ok := f.job.Quarantine(); ok {
			t.Error("still in quarantine")
		}
		for _, n := range []string{"user-cat", "user-dan", "user-eve"} { // allowed once only
			f.unassign(n)
		}
		if s := f.cycle(); s.Status != provisioning.SummaryQuarantine {
			t.Errorf("the permission lasted: %+v", s)
		}
	})
	t.Run("cause removed", func(t *testing.T) {
		f := setUp()
		hold(f)
		f.assign("user-ann")
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Disabled: 1, Skipped: 1}, Groups: provisioning.GroupCounts{Deleted: 1}})
	})
	t.Run("at the threshold", func(t *testing.T) {
		f := setUp()
		f.enable("user-cat", false)
		f.success()
		f.set("user-cat", func(u *directory.User) { u.JobTitle = "disabled already" })
		f.unassign("user-ann")
		f.delete("user-bob")
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Updated: 1, Disabled: 2}})
	})
}

// What counts towards the threshold, in each cycle for itself ("Enable
// accidental deletions prevention", frequently asked questions).
func TestDeletionThresholdCounts(t *testing.T) {
	tests := []struct {
		name   string
		edit   func(*provisioning.Settings)
		events func(*fixture)
		staged int
	}{
		{"unassigned", nil, func(f *fixture) { f.unassign("user-ann"); f.unassign("user-bob") }, 2},
		{"blocked", nil, func(f *fixture) { f.enable("user-ann", false); f.enable("user-bob", false) }, 2},
		{"recycle bin", nil, func(f *fixture) { f.delete("user-ann"); f.delete("user-bob") }, 2},
		{"purged", nil, func(f *fixture) {
			for _, id := range []string{"user-ann", "user-bob"} {
				f.delete(id)
				f.check(f.PurgeUser(id))
			}
		}, 2},
		{"removed from the group", nil, func(f *fixture) { f.check(f.RemoveMembers("group-Ops", "user-cat", "user-dan")) }, 2},
		{"a user and a group", nil, func(f *fixture) {
			f.unassign("user-ann")
			_, err := f.DeleteGroup("group-Empty")
			f.check(err)
		}, 2},
		{"one", nil, func(f *fixture) { f.unassign("user-ann") }, 0},
		{"one and an update", nil, func(f *fixture) {
			f.unassign("user-ann")
			f.set("user-bob", func(u *directory.User) { u.City = "Lisboa" })
		}, 0},
		{"filtered out, after a restart", nil, func(f *fixture) {
			s := f.job.Settings()
			s.Users.Filters = [][]provisioning.Clause{{{Attribute: "city", Operator: "IS NOT NULL"}}}
			f.check(f.job.Configure(s))
		}, 4},
		{"skipped", func(s *provisioning.Settings) { s.SkipOutOfScopeDeletions = true }, func(f *fixture) { f.unassign("user-ann"); f.unassign("user-bob") }, 0},
		{"nothing to do", func(s *provisioning.Settings) { s.OutOfScopeAction = provisioning.OutOfScopeNone }, func(f *fixture) { f.unassign("user-ann"); f.unassign("user-bob") }, 0},
		{"deleted instead", func(s *provisioning.Settings) { s.OutOfScopeAction = provisioning.OutOfScopeDelete }, func(f *fixture) { f.unassign("user-ann"); f.unassign("user-bob") }, 2},
		{"delete off", func(s *provisioning.Settings) { s.Groups.Actions = []string{"create", "update"} }, func(f *fixture) { f.unassign("user-ann"); f.unassign("group-Empty") }, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			settings := provisioning.Settings{AccidentalDeletionThreshold: 1}
			if test.edit != nil {
				test.edit(&settings)
			}
			f := newFixture(t, settings)
			f.assign(f.addUser("ann").ID)
			f.assign(f.addUser("bob").ID)
			f.assign(f.addGroup("Ops", f.addUser("cat").ID, f.addUser("dan").ID).ID)
			f.assign(f.addGroup("Empty").ID)
			f.success()
			test.events(f)
			s := f.cycle()
			staged := 0
			for _, e := range f.job.Log() {
				if e.CycleID == s.CycleID && e.Action == provisioning.ActionStagedDelete {
					staged++
				}
			}
			q, quarantined := f.job.Quarantine()
			if staged != test.staged || quarantined != (test.staged > 0) {
				t.Errorf("%d staged, quarantine %+v; want %d staged", staged, q, test.staged)
			}
		})
	}
}

// Cycles count for themselves: one removal in each never reaches the threshold.
func TestDeletionThresholdIsPerCycle(t *testing.T) {
	f := newFixture(t, provisioning.Settings{AccidentalDeletionThreshold: 1})
	names := []string{"ann", "bob", "cat"}
	for _, name := range names {
		f.assign(f.addUser(name).ID)
	}
	f.success()
	for _, name := range names {
		f.unassign("user-" + name)
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Disabled: 1}})
	}
}

// Allowing deletes on a schedule: the next cycle is due at once, carries out
// what was held back, looks at nothing else and is healthy; with the
// quarantine's pace it would have been six hours.
func TestAllowDeletesOnASchedule(t *testing.T) {
	f := newFixture(t, provisioning.Settings{AccidentalDeletionThreshold: 1})
	for _, name := range []string{"ann", "bob", "cat"} {
		f.assign(f.addUser(name).ID)
	}
	f.check(f.job.Start(context.Background()))
	f.clock.RunDue()
	f.unassign("user-ann")
	f.delete("user-bob")
	f.clock.Advance(40 * time.Minute)
	if next, _ := f.job.NextCycle(); !next.Equal(f.clock.Now().Add(6 * time.Hour)) {
		t.Errorf("next cycle %v", next)
	}
	f.server.taken()
	f.check(f.job.Restart(context.Background(), provisioning.ForceDeletes))
	f.clock.RunDue()
	s, _ := f.job.LastCycle()
	f.wantCounts(s, counts{Users: provisioning.UserCounts{Disabled: 2}})
	for _, r := range f.server.taken() {
		if contains(r, "/Users/u3") {
			t.Errorf("the third user was looked at: %s", r)
		}
	}
	if f.job.State() != provisioning.StateActive {
		t.Errorf("state %s", f.job.State())
	}
}

// What is staged is not lost by a restart that forgets escrows only.
func TestStagedOutlivesEscrows(t *testing.T) {
	f := newFixture(t, provisioning.Settings{AccidentalDeletionThreshold: 1})
	for _, name := range []string{"ann", "bob"} {
		f.assign(f.addUser(name).ID)
	}
	f.success()
	f.unassign("user-ann")
	f.unassign("user-bob")
	f.cycle()
	f.check(f.job.Restart(context.Background(), provisioning.ResetEscrows))
	settings := f.job.Settings()
	settings.AccidentalDeletionThreshold = 2
	f.check(f.job.Configure(settings))
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Disabled: 2}})
}

// On demand a single user is disabled whatever was held back; the rest stays
// staged and is counted again.
func TestOnDemandIgnoresTheThreshold(t *testing.T) {
	f := newFixture(t, provisioning.Settings{AccidentalDeletionThreshold: 1})
	for _, name := range []string{"ann", "bob", "cat"} {
		f.assign(f.addUser(name).ID)
	}
	f.success()
	for _, name := range []string{"ann", "bob", "cat"} {
		f.unassign("user-" + name)
	}
	f.cycle()
	s, err := f.job.OnDemand(context.Background(), "user-ann")
	if err != nil || s.Users.Disabled != 1 {
		t.Errorf("on demand: %+v, %v", s, err)
	}
	if q, ok := f.job.Quarantine(); !ok || q.Reason != provisioning.ReasonTooManyDeletes {
		t.Errorf("on-demand provisioning ended the quarantine: %+v", q)
	}
	f.wantCounts(f.cycle(), counts{Status: provisioning.SummaryQuarantine, Users: provisioning.UserCounts{Skipped: 3}})
	f.unassign("user-ann")
	_, err = f.job.OnDemand(context.Background(), "user-bob")
	f.check(err)
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Disabled: 1, Skipped: 2}})
}
