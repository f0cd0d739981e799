package provisioning_test

import (
	"testing"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// Whoever loses access while nothing is sent is logged with the reason. Who has
// left the scope is not managed from then on; who is only disabled is.
func TestNothingSentIsLogged(t *testing.T) {
	unmapped := provisioning.UserSettings{Mappings: []provisioning.Mapping{userName}}
	unassign := func(f *fixture) { f.unassign("user-ann") }
	disable := func(f *fixture) { f.enable("user-ann", false) }
	tests := []struct {
		name     string
		settings provisioning.Settings
		event    func(*fixture)
		reason   string
		managed  bool
	}{
		{"unassigned, skipped", provisioning.Settings{SkipOutOfScopeDeletions: true}, unassign, "SkipOutOfScopeDeletions is set", false},
		{"disabled, skipped", provisioning.Settings{SkipOutOfScopeDeletions: true}, disable, "SkipOutOfScopeDeletions is set", true},
		{"unassigned, nothing", provisioning.Settings{OutOfScopeAction: provisioning.OutOfScopeNone}, unassign, "nothing is to be done", false},
		{"unassigned, unmapped", provisioning.Settings{Users: unmapped}, unassign, "no mapping uses IsSoftDeleted", false},
		{"disabled, unmapped", provisioning.Settings{Users: unmapped}, disable, "no mapping uses IsSoftDeleted", true},
	}
	for _, test := range tests {
		f := newFixture(t, test.settings)
		f.assign(f.addUser("ann").ID)
		f.success()
		test.event(f)
		f.success()
		e := f.entry("ann@contoso.example")
		if e.Status != "skipped" || e.Error == nil || e.Error.Code != "EntrySynchronizationSkipped" || !contains(e.Error.Reason, test.reason) || e.Target != "u1" {
			t.Errorf("%s: logged %+v", test.name, e)
		}
		if links := f.job.Links(); len(links) != 1 || links[0].Managed != test.managed {
			t.Errorf("%s: links %+v, want one, managed %v", test.name, links, test.managed)
		}
	}
}

// A user who was purged after leaving the scope is forgotten, which the log
// tells.
func TestPurgedWhenNoLongerManagedIsLogged(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.success()
	f.unassign("user-ann")
	f.success()
	f.delete("user-ann")
	f.check(f.PurgeUser("user-ann"))
	s := f.success()
	f.wantLog(s, "other skipped ann@contoso.example EntrySynchronizationSkipped")
	e := f.entry("ann@contoso.example")
	if !contains(e.Error.Reason, "no longer manages it") || !contains(mustJSON(e.Steps), "permanently deleted") {
		t.Errorf("logged %+v", e)
	}
	if links := f.job.Links(); len(links) != 0 {
		t.Errorf("links %+v", links)
	}
}

// What keeps an object out of scope is told in words, all of it and only that.
func TestNotEntitledIsExplained(t *testing.T) {
	const (
		inactive   = "disabled or deleted"
		unassigned = "direct member is assigned"
		filtered   = "fails the scoping filter (department NOT EQUALS Sales; city IS NOT NULL)"
	)
	filters := [][]provisioning.Clause{
		{{Attribute: "department", Operator: "NOT EQUALS", Value: "Sales"}}, {{Attribute: "accountEnabled", Operator: "IS TRUE"}, {Attribute: "city", Operator: "IS NOT NULL"}},
	}
	for _, test := range []struct {
		edit   func(*directory.User)
		assign bool
		want   []string
	}{
		{func(u *directory.User) { u.Department = "R&D"; u.AccountEnabled = new(bool) }, true, []string{inactive}},
		{func(u *directory.User) { u.Department = "R&D" }, false, []string{unassigned}},
		{func(u *directory.User) { u.Department = "Sales" }, true, []string{filtered}},
		{func(u *directory.User) { u.Department = "Sales" }, false, []string{unassigned, filtered}},
	} {
		s := users()
		s.Users.Filters = filters
		f := newFixture(t, s)
		ann := f.addUser("ann", test.edit)
		if test.assign {
			f.assign(ann.ID)
		}
		f.success()
		e := f.entry("ann@contoso.example")
		if e.Error == nil || e.Error.Code != "NotEffectivelyEntitled" {
			t.Errorf("%v: logged %+v", test.want, e)
			continue
		}
		for _, reason := range []string{inactive, unassigned, filtered} {
			wanted := false
			for _, w := range test.want {
				wanted = wanted || w == reason
			}
			if contains(e.Error.Reason, reason) != wanted {
				t.Errorf("%v: the reason is %s", test.want, e.Error.Reason)
			}
		}
	}
}

// A group's entries have the steps of import and scoping and name its target.
func TestGroupIsLogged(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	ops := f.addGroup("Ops")
	f.assign(ops.ID)
	f.success()
	f.check(f.AddMembers(ops.ID, f.addUser("ann").ID))
	f.unassign(ops.ID)
	f.success()
	e := f.entry("Ops")
	if e.Action != "delete" || e.Target != "g1" || len(e.Steps) < 4 || e.Steps[0].Name != "EntryImport" || e.Steps[0].Details["displayName"] != "Ops" || e.Steps[1].Type != "scoping" || e.Steps[1].Details["Assigned"] != "False" {
		t.Errorf("logged %+v", e)
	}
}
