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

// Once the scope changes from all to assigned, users stay as they are until
// provisioning is restarted ("Known issues", switching from Sync All to Sync
// Assigned not working).
func TestScopeFromAllToAssigned(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Scope: provisioning.ScopeAll})
	f.addUser("ann")
	f.assign(f.addUser("bob").ID)
	f.addGroup("Ops", "user-ann")
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 2}, Groups: provisioning.GroupCounts{Created: 1}, Members: provisioning.MemberCounts{Added: 1}})
	f.check(f.job.Configure(provisioning.Settings{}))
	f.wantCounts(f.success(), counts{})
	if f.server.user("ann@contoso.example")["active"] != true {
		t.Error("the user was disabled without a restart")
	}
	f.check(f.job.Restart(context.Background(), 0))
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleRestart, Users: provisioning.UserCounts{Disabled: 1, Skipped: 1}, Groups: provisioning.GroupCounts{Deleted: 1}})
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

// A user must be active before it is created, and is not matched before.
func TestDisabledUserIsNotCreated(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	no := false
	f.assign(f.addUser("ann", func(u *directory.User) { u.AccountEnabled = &no }).ID)
	s := f.success()
	f.want(probe)
	f.wantLog(s, "other skipped ann@contoso.example NotEffectivelyEntitled")
	f.enable("user-ann", true)
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}})
}

// Who is in scope ("How application provisioning works", scoping): users who
// are assigned, direct members of assigned groups, nobody from nested groups
// or from groups that are not security-enabled.
func TestAssignmentScope(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	for _, name := range []string{"assigned", "member", "nested", "mail", "nobody"} {
		f.addUser(name)
	}
	inner := f.addGroup("inner", "user-nested")
	outer := f.addGroup("outer", "user-member", inner.ID)
	no := false
	mail, err := f.CreateGroup(directory.Group{ID: "group-mail", DisplayName: "mail", SecurityEnabled: &no})
	f.check(err)
	f.check(f.AddMembers(mail.ID, "user-mail"))
	for _, id := range []string{"user-assigned", outer.ID, mail.ID} {
		f.assign(id)
	}
	s := f.success()
	f.wantCounts(s, counts{
		Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 2, Skipped: 3}, Groups: provisioning.GroupCounts{Created: 1, Skipped: 2}, Members: provisioning.MemberCounts{Added: 1},
	})
	f.wantLog(s,
		"create success assigned@contoso.example",
		"other skipped mail@contoso.example NotEffectivelyEntitled",
		"create success member@contoso.example",
		"other skipped nested@contoso.example NotEffectivelyEntitled",
		"other skipped nobody@contoso.example NotEffectivelyEntitled",
		"other skipped inner NotEffectivelyEntitled",
		"other skipped mail NotEffectivelyEntitled",
		"create success outer",
		"update success outer", // its member
	)
}

// Sync all takes everybody, subject to the filters.
func TestScopeAll(t *testing.T) {
	f := newFixture(t, provisioning.Settings{
		Scope:  provisioning.ScopeAll,
		Users:  provisioning.UserSettings{Filters: [][]provisioning.Clause{{{Attribute: "department", Operator: "EQUALS", Value: "R&D"}}}},
		Groups: provisioning.GroupSettings{Filters: [][]provisioning.Clause{{{Attribute: "displayName", Operator: "REGEX MATCH", Value: "^aws-"}}}},
	})
	f.addUser("ann", func(u *directory.User) { u.Department = "R&D" })
	f.addUser("bob", func(u *directory.User) { u.Department = "r&d" })
	f.addUser("cat")
	f.addGroup("aws-ops", "user-ann", "user-bob")
	f.addGroup("other", "user-ann")
	f.wantCounts(f.success(), counts{
		Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 1, Skipped: 2}, Groups: provisioning.GroupCounts{Created: 1, Skipped: 1}, Members: provisioning.MemberCounts{Added: 1},
	})
	if e := f.entry("bob@contoso.example"); !contains(mustJSON(e), `"ScopeEvaluationResult":"department EQUALS R\u0026D: false"`) {
		t.Errorf("the log does not say which clause failed: %s", mustJSON(e))
	}
}

// With the mapping of groups turned off, assigned groups still bring their
// members.
func TestGroupsDisabled(t *testing.T) {
	no := false
	f := newFixture(t, provisioning.Settings{Groups: provisioning.GroupSettings{Enabled: &no}})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID).ID)
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 1}})
	// Even those of a group that could not be matched.
	f = newFixture(t, provisioning.Settings{Groups: provisioning.GroupSettings{Enabled: &no, Mappings: []provisioning.Mapping{
		{Target: "displayName", Source: "displayName"}, {Target: "externalId", Source: "mailNickname", Match: 1},
	}}})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID).ID)
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 1}})
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

// A guest's name is the address before #EXT#; the whole name is available as
// originalUserPrincipalName ("How application provisioning works", B2B users).
func TestGuestName(t *testing.T) {
	mappings := provisioning.DefaultUserMappings(provisioning.TemplateAWS)
	mappings = append(mappings, provisioning.Mapping{Target: "nickName", Source: "originalUserPrincipalName"})
	f := newFixture(t, provisioning.Settings{Users: provisioning.UserSettings{Mappings: mappings}})
	f.assign(f.addUser("zoe", func(u *directory.User) {
		u.UserPrincipalName, u.UserType = "zoe_lee_fabrikam.example#EXT#@contoso.example", "Guest"
	}).ID)
	f.success()
	u := f.server.user("zoe_lee@fabrikam.example")
	if u == nil || u["nickName"] != "zoe_lee_fabrikam.example#EXT#@contoso.example" {
		t.Errorf("guest provisioned as %v", u)
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
