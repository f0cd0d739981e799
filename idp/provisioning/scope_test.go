package provisioning_test

import (
	"context"
	"strings"
	"testing"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

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

// Other names are left as they are, and extension attributes are told apart.
func TestSourceAttributes(t *testing.T) {
	f := newFixture(t, users(provisioning.Mapping{Target: "title", Source: "ExtensionAttribute1"}, provisioning.Mapping{Target: "locale", Source: "extensionAttribute10"}))
	attributes := map[string]string{"extensionAttribute1": "one", "extensionAttribute10": "ten", "extensionAttribute2": "two"}
	for i, name := range []string{"ann_lee@contoso.example", "alias#EXT#@contoso.example"} {
		f.assign(f.addUser(strings.Repeat("u", i+1), func(u *directory.User) { u.UserPrincipalName, u.ExtensionAttributes = name, attributes }).ID)
	}
	f.success()
	for _, name := range []string{"ann_lee@contoso.example", "alias#EXT#@contoso.example"} {
		if u := f.server.user(name); u == nil || u["title"] != "one" || u["locale"] != "ten" {
			t.Errorf("%s provisioned as %v", name, u)
		}
	}
}
