package provisioning_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// The deprovisioning table of "How application provisioning works": what each
// event in a user's life does to the target.
func TestDeprovisioning(t *testing.T) {
	unmapped := provisioning.UserSettings{Mappings: []provisioning.Mapping{{Target: "userName", Source: "userPrincipalName", Match: 1}, {Target: "displayName", Expression: `ToUpper([displayName])`}}}
	enabled := provisioning.UserSettings{Mappings: []provisioning.Mapping{userName, {Target: "active", Source: "accountEnabled"}}}
	other := provisioning.UserSettings{Mappings: []provisioning.Mapping{userName, {Target: "userType", Source: "IsSoftDeleted"}}}
	unassign := func(f *fixture, id string) { f.unassign(id) }
	disable := func(f *fixture, id string) { f.enable(id, false) }
	remove := func(f *fixture, id string) { f.delete(id) }
	purge := func(f *fixture, id string) { f.delete(id); f.check(f.PurgeUser(id)) }
	filterOut := func(f *fixture, id string) { f.set(id, func(u *directory.User) { u.Department = "Sales" }) }
	filtered := [][]provisioning.Clause{{{Attribute: "department", Operator: "NOT EQUALS", Value: "Sales"}}}
	const notRead = "GET /Users?filter" // the probe is all
	tests := []struct {
		name     string
		settings provisioning.Settings
		event    func(*fixture, string)
		want     provisioning.UserCounts
		last     string // request
	}{
		{"unassigned", provisioning.Settings{}, unassign, provisioning.UserCounts{Disabled: 1}, "PATCH"},
		{"disabled", provisioning.Settings{}, disable, provisioning.UserCounts{Disabled: 1}, "PATCH"},
		{"in the recycle bin", provisioning.Settings{}, remove, provisioning.UserCounts{Disabled: 1}, "PATCH"},
		{"purged", provisioning.Settings{}, purge, provisioning.UserCounts{Deleted: 1}, "DELETE"},
		{"fails the filter", provisioning.Settings{Users: provisioning.UserSettings{Filters: filtered}}, filterOut, provisioning.UserCounts{Disabled: 1}, "PATCH"},
		{"unassigned, skipped", provisioning.Settings{SkipOutOfScopeDeletions: true}, unassign, provisioning.UserCounts{Skipped: 1}, notRead},
		{"disabled, skipped", provisioning.Settings{SkipOutOfScopeDeletions: true}, disable, provisioning.UserCounts{Skipped: 1}, notRead},
		{"purged, skipped", provisioning.Settings{SkipOutOfScopeDeletions: true}, purge, provisioning.UserCounts{Deleted: 1}, "DELETE"},
		{"unassigned without IsSoftDeleted", provisioning.Settings{Users: unmapped}, unassign, provisioning.UserCounts{Skipped: 1}, notRead},
		{"disabled without IsSoftDeleted", provisioning.Settings{Users: unmapped}, disable, provisioning.UserCounts{Skipped: 1}, notRead},
		{"disabled, mapped from accountEnabled", provisioning.Settings{Users: enabled}, disable, provisioning.UserCounts{Disabled: 1}, `"path":"active","value":"False"`},
		{"unassigned, mapped from accountEnabled", provisioning.Settings{Users: enabled}, unassign, provisioning.UserCounts{Skipped: 1}, notRead},
		{"in the recycle bin, mapped from accountEnabled", provisioning.Settings{Users: enabled}, remove, provisioning.UserCounts{Skipped: 1}, "GET"},
		{"unassigned, shown by another attribute", provisioning.Settings{Users: other}, unassign, provisioning.UserCounts{Disabled: 1}, `"path":"userType","value":"True"`},
		{"unassigned without the update action", provisioning.Settings{Users: provisioning.UserSettings{Actions: []string{"create", "delete"}}}, unassign, provisioning.UserCounts{Skipped: 1}, "GET"},
		{"fails the filter, skipped", provisioning.Settings{SkipOutOfScopeDeletions: true, Users: provisioning.UserSettings{Filters: filtered}}, filterOut, provisioning.UserCounts{Skipped: 1}, notRead},
		{"unassigned, delete", provisioning.Settings{OutOfScopeAction: provisioning.OutOfScopeDelete}, unassign, provisioning.UserCounts{Deleted: 1}, "DELETE"},
		{"unassigned, delete, without the delete action", provisioning.Settings{OutOfScopeAction: provisioning.OutOfScopeDelete, Users: provisioning.UserSettings{Actions: []string{"create", "update"}}}, unassign, provisioning.UserCounts{Skipped: 1}, notRead},
		{"fails the filter, delete", provisioning.Settings{OutOfScopeAction: provisioning.OutOfScopeDelete, Users: provisioning.UserSettings{Filters: filtered}}, filterOut, provisioning.UserCounts{Deleted: 1}, "DELETE"},
		{"disabled, delete", provisioning.Settings{OutOfScopeAction: provisioning.OutOfScopeDelete}, disable, provisioning.UserCounts{Disabled: 1}, "PATCH"},
		{"unassigned, nothing", provisioning.Settings{OutOfScopeAction: provisioning.OutOfScopeNone}, unassign, provisioning.UserCounts{Skipped: 1}, notRead},
		{"purged without the delete action", provisioning.Settings{Users: provisioning.UserSettings{Actions: []string{"create", "update"}}}, purge, provisioning.UserCounts{Skipped: 1}, notRead},
		{"disabled without the update action", provisioning.Settings{Users: provisioning.UserSettings{Actions: []string{"create", "delete"}}}, disable, provisioning.UserCounts{Skipped: 1}, "GET"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, test.settings)
			f.assign(f.addUser("ann", func(u *directory.User) { u.Department = "R&D" }).ID)
			f.success()
			test.event(f, "user-ann")
			f.wantCounts(f.success(), counts{Users: test.want})
			requests := f.server.taken()
			if last := requests[len(requests)-1]; !contains(last, test.last) {
				t.Errorf("last request %s, want %s", last, test.last)
			}
			f.wantCounts(f.success(), counts{}) // and nothing more
		})
		// What is sent counts against the threshold, and what is not does not.
		t.Run(test.name+", two of them", func(t *testing.T) {
			test.settings.AccidentalDeletionThreshold = 1
			f := newFixture(t, test.settings)
			for _, name := range []string{"ann", "bob"} {
				f.assign(f.addUser(name, func(u *directory.User) { u.Department = "R&D" }).ID)
			}
			f.success()
			f.server.taken()
			test.event(f, "user-ann")
			test.event(f, "user-bob")
			f.cycle()
			_, staged := f.job.Quarantine()
			if want := test.want.Skipped == 0; staged != want {
				t.Errorf("in quarantine: %v, want %v", staged, want)
			}
			if writes := writes(f.server.taken()); len(writes) > 0 {
				t.Errorf("sent %v", writes)
			}
		})
	}
}

// Groups that go count against the threshold like users; users who are disabled
// already, or no longer managed, do not count again.
func TestWhatCountsAgainstTheThreshold(t *testing.T) {
	noDelete := provisioning.GroupSettings{Actions: []string{"create", "update"}}
	tests := []struct {
		name     string
		settings provisioning.Settings
		before   func(*fixture, string)
		event    func(*fixture, string)
		staged   bool
	}{
		{"groups unassigned", provisioning.Settings{}, nil, func(f *fixture, name string) { f.unassign("group-" + name) }, true},
		{"groups deleted", provisioning.Settings{}, nil, func(f *fixture, name string) { _, err := f.DeleteGroup("group-" + name); f.check(err) }, true},
		{"groups that stay", provisioning.Settings{}, nil, func(f *fixture, name string) {
			_, err := f.UpdateGroup("group-"+name, func(g *directory.Group) { g.DisplayName += "s" })
			f.check(err)
		}, false},
		{"groups without the delete action", provisioning.Settings{Groups: noDelete}, nil, func(f *fixture, name string) { f.unassign("group-" + name) }, false},
		{"users who are disabled already", provisioning.Settings{}, func(f *fixture, name string) { f.enable("user-"+name, false) }, func(f *fixture, name string) { f.unassign("user-" + name) }, false},
		{"users no longer managed", provisioning.Settings{}, func(f *fixture, name string) { f.unassign("user-" + name) }, func(f *fixture, name string) {
			f.delete("user-" + name)
			f.check(f.PurgeUser("user-" + name))
		}, false},
		{"users who change", provisioning.Settings{}, nil, func(f *fixture, name string) {
			f.set("user-"+name, func(u *directory.User) { u.City = "Lisboa" })
		}, false},
	}
	for _, test := range tests {
		test.settings.AccidentalDeletionThreshold = 1
		f := newFixture(t, test.settings)
		for _, name := range []string{"a", "b"} {
			f.assign(f.addUser(name).ID)
			f.assign(f.addGroup(name).ID)
		}
		f.success()
		for _, name := range []string{"a", "b"} {
			if test.before != nil {
				test.before(f, name)
				f.success()
			}
		}
		for _, name := range []string{"a", "b"} {
			test.event(f, name)
		}
		f.cycle()
		if _, staged := f.job.Quarantine(); staged != test.staged {
			t.Errorf("%s: in quarantine %v, want %v", test.name, staged, test.staged)
		}
	}
}

// A user who left the scope is no longer managed: deleting it later sends
// nothing ("How application provisioning works", known limitations).
func TestUnmanagedUserIsLeftAlone(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.success()
	f.unassign("user-ann")
	f.success()
	if links := f.job.Links(); len(links) != 1 || links[0].Managed {
		t.Errorf("links %+v, want one that is not managed", links)
	}
	f.server.taken()
	f.delete("user-ann")
	f.success()
	f.check(f.PurgeUser("user-ann"))
	f.success()
	f.want(probe, probe)
	if f.server.user("ann@contoso.example") == nil {
		t.Error("the user was deleted")
	}
}

// A user who was assigned again is matched again and enabled, under the id that
// the target knows.
func TestReassignedUserIsMatchedAgain(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.success()
	f.unassign("user-ann")
	f.success()
	f.server.taken()
	f.assign("user-ann")
	f.set("user-ann", func(u *directory.User) { u.JobTitle = "Lead" })
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Updated: 1}})
	f.want(probe, `GET /Users?filter=userName eq "ann@contoso.example"`,
		`PATCH /Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"True"},{"op":"Add","path":"title","value":"Lead"}]}`)
}

// Delete, restore, delete, purge: the target sees disable, enable, disable,
// delete. Memberships are neither removed nor sent again ("How application
// provisioning works", known limitations).
func TestLifeOfAGroupMember(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	ann := f.addUser("ann")
	f.assign(f.addGroup("Ops", ann.ID).ID)
	f.success()
	f.server.taken()
	f.delete(ann.ID)
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Disabled: 1}, Groups: provisioning.GroupCounts{Skipped: 1}})
	_, err := f.RestoreUser(ann.ID)
	f.check(err)
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Updated: 1}, Groups: provisioning.GroupCounts{Skipped: 1}})
	if got := f.server.members("Ops"); cmp.Diff([]string{"ann@contoso.example"}, got) != "" {
		t.Errorf("members %v", got)
	}
	f.delete(ann.ID)
	f.success()
	f.check(f.PurgeUser(ann.ID))
	f.server.taken()
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Deleted: 1}, Groups: provisioning.GroupCounts{Skipped: 1}})
	f.want(probe, "DELETE /Users/u1", "GET /Groups/g2?excludedAttributes=members")
}

// A group that was unassigned is deleted in the target, its members disabled.
func TestGroupUnassigned(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	ops := f.addGroup("Ops", f.addUser("ann").ID)
	f.assign(ops.ID)
	f.success()
	f.unassign(ops.ID)
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Disabled: 1}, Groups: provisioning.GroupCounts{Deleted: 1}})
}

// "Known issues": a member who was out of scope when the group was provisioned
// is not added when it comes into scope, nor with another member who joins;
// restarting repairs that.
func TestMemberComesIntoScope(t *testing.T) {
	f := newFixture(t, provisioning.Settings{
		Scope: provisioning.ScopeAll,
		Users: provisioning.UserSettings{Filters: [][]provisioning.Clause{{{Attribute: "department", Operator: "EQUALS", Value: "Ops"}}}},
	})
	f.addUser("ann")
	f.addGroup("Ops", "user-ann")
	f.success()
	f.set("user-ann", func(u *directory.User) { u.Department = "Ops" })
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}})
	if got := f.server.members("Ops"); len(got) != 0 {
		t.Errorf("members %v before the restart", got)
	}
	f.check(f.AddMembers("group-Ops", f.addUser("bob", func(u *directory.User) { u.Department = "Ops" }).ID))
	f.success()
	if got := f.server.members("Ops"); len(got) != 1 {
		t.Errorf("members %v before the restart, want bob", got)
	}
	f.check(f.job.Restart(context.Background(), 0))
	f.success()
	if got := f.server.members("Ops"); len(got) != 2 {
		t.Errorf("members %v after the restart", got)
	}
}

// The same for a manager who was out of scope ("Known issues", manager isn't
// provisioned).
func TestManagerComesIntoScope(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.addUser("bob")
	f.assign(f.addUser("ann", func(u *directory.User) { u.Manager = "user-bob" }).ID)
	f.success()
	f.assign("user-bob")
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}})
	f.check(f.job.Restart(context.Background(), 0))
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleRestart, Users: provisioning.UserCounts{Updated: 1, Skipped: 1}})
}

// Clearing an attribute clears nothing in the target ("Known issues", null
// attribute can't be provisioned).
func TestNullsAreNotProvisioned(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann", func(u *directory.User) { u.JobTitle = "Lead" }).ID)
	f.success()
	f.set("user-ann", func(u *directory.User) { u.JobTitle = "" })
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Skipped: 1}})
	if got := f.server.user("ann@contoso.example")["title"]; got != "Lead" {
		t.Errorf("title %v", got)
	}
}

// A user who loses the assignment while in the recycle bin is still managed:
// purging it deletes it in the target.
func TestUnassignedInTheRecycleBin(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.success()
	f.delete("user-ann")
	f.unassign("user-ann")
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Disabled: 1}})
	f.check(f.PurgeUser("user-ann"))
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Deleted: 1}})
}

// A member who leaves the scope stays a member in the target; one who comes
// back is known as such, so that leaving the group is carried out.
func TestMembershipOutlivesTheScope(t *testing.T) {
	setUp := func() *fixture {
		f := newFixture(t, provisioning.Settings{
			Scope: provisioning.ScopeAll,
			Users: provisioning.UserSettings{Filters: [][]provisioning.Clause{{{Attribute: "department", Operator: "IS NOT NULL"}}}},
		})
		f.addGroup("Ops", f.addUser("ann", func(u *directory.User) { u.Department = "Ops" }).ID)
		f.success()
		f.set("user-ann", func(u *directory.User) { u.Department = "" })
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Disabled: 1}})
		return f
	}
	t.Run("back in scope", func(t *testing.T) {
		f := setUp()
		f.set("user-ann", func(u *directory.User) { u.Department = "Ops" })
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Updated: 1}})
		f.check(f.RemoveMembers("group-Ops", "user-ann"))
		if s := f.success(); s.Members.Removed != 1 {
			t.Errorf("removed %d members, want 1", s.Members.Removed)
		}
	})
	t.Run("purged", func(t *testing.T) {
		f := setUp()
		f.delete("user-ann")
		f.check(f.PurgeUser("user-ann"))
		if s := f.success(); s.Users.Deleted != 0 || s.Members.Removed != 1 {
			t.Errorf("deleted %d users, removed %d members; want 0 and 1", s.Users.Deleted, s.Members.Removed)
		}
	})
}
