package provisioning_test

import (
	"testing"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/idp/provisioning/expression"
)

// Roles go out in different shapes on creation and, without the flag, in
// updates ("Customize user provisioning attribute-mappings", provisioning a
// role to a SCIM app).
func TestRoles(t *testing.T) {
	admin := expression.Role{ID: "06b07648", Value: "Admin", DisplayName: "Administrators"}
	user := expression.Role{ID: "06b07649", Value: "User", DisplayName: "Users"}
	const jsonRoles = `[{"value":"{\"id\":\"06b07648\",\"value\":\"Admin\",\"displayName\":\"Administrators\"}"},{"value":"{\"id\":\"06b07649\",\"value\":\"User\",\"displayName\":\"Users\"}"}]`
	const complexRoles = `[{"primary":false,"type":"WindowsAzureActiveDirectoryRole","displayName":"Administrators","value":"Admin"},{"primary":false,"type":"WindowsAzureActiveDirectoryRole","displayName":"Users","value":"User"}]`
	const assertiveRoles = `[{"primary":false,"type":"WindowsAzureActiveDirectoryRole","display":"Administrators","value":"Admin"},{"primary":false,"type":"WindowsAzureActiveDirectoryRole","display":"Users","value":"User"}]`
	const singleRole = `[{"primary":true,"type":"WindowsAzureActiveDirectoryRole","value":"Admin"}]`
	tests := []struct {
		target, function, post, legacy, compliant string
	}{
		{"roles", "AppRoleAssignmentsComplex", complexRoles, `{"op":"Add","path":"roles","value":` + jsonRoles + `}`, `{"op":"add","path":"roles","value":` + complexRoles + `}`},
		{"roles", "AssertiveAppRoleAssignmentsComplex", assertiveRoles, `{"op":"replace","path":"roles","value":` + assertiveRoles + `}`, `{"op":"replace","path":"roles","value":` + assertiveRoles + `}`},
		{`roles[primary eq "True"].value`, "SingleAppRoleAssignment", singleRole, `{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"06b07648\",\"value\":\"Admin\",\"displayName\":\"Administrators\"}"}]}`, `{"op":"add","path":"roles","value":` + singleRole + `}`},
	}
	for _, test := range tests {
		for _, compliant := range []bool{false, true} {
			mappings := []provisioning.Mapping{
				{Target: "userName", Source: "userPrincipalName", Match: 1},
				{Target: test.target, Expression: test.function + "([appRoleAssignments])"},
			}
			f := newFixture(t, provisioning.Settings{Compliant: compliant, Users: provisioning.UserSettings{Mappings: mappings}})
			ann, bob := f.addUser("ann"), f.addUser("bob")
			f.assign(ann.ID)
			f.roles[ann.ID] = []expression.Role{admin, user}
			f.assign(bob.ID)
			f.success()
			post := f.server.taken()[2]
			if want := `"roles":` + test.post; !contains(post, want) {
				t.Errorf("%s: created with %s\nwant %s", test.function, post, want)
			}
			f.roles[bob.ID] = []expression.Role{admin, user}
			f.set(bob.ID, func(u *directory.User) { u.DisplayName = "changed, to be looked at" })
			f.success()
			requests := f.server.taken()
			want := test.legacy
			if compliant {
				want = test.compliant
			}
			if got := requests[len(requests)-1]; !contains(got, want) {
				t.Errorf("%s: updated with %s\nwant %s", test.function, got, want)
			}
			f.set(bob.ID, func(u *directory.User) { u.DisplayName = "changed again" })
			if s := f.success(); s.Users.Skipped != 1 {
				t.Errorf("%s: roles that are there were sent again: %v", test.function, f.server.taken())
			}
		}
	}
}

// Only the assertive function takes roles away.
func TestRolesTakenAway(t *testing.T) {
	for function, want := range map[string]int{"AppRoleAssignmentsComplex": 0, "AssertiveAppRoleAssignmentsComplex": 1} {
		f := newFixture(t, provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{
			{Target: "userName", Source: "userPrincipalName", Match: 1},
			{Target: "roles", Expression: function + "([appRoleAssignments])"},
		}}})
		ann := f.addUser("ann")
		f.assign(ann.ID)
		f.roles[ann.ID] = []expression.Role{{ID: "1", Value: "Admin", DisplayName: "Admin"}}
		f.success()
		f.roles[ann.ID] = nil
		f.set(ann.ID, func(u *directory.User) { u.City = "Lisboa" })
		if s := f.success(); s.Users.Updated != want {
			t.Errorf("%s: %d updates after the last role was taken away, want %d", function, s.Users.Updated, want)
		}
		if requests := f.server.taken(); want == 1 && !contains(requests[len(requests)-1], `{"op":"replace","path":"roles","value":[]}`) {
			t.Errorf("the last role was taken away by %s", requests[len(requests)-1])
		}
		f.set(ann.ID, func(u *directory.User) { u.City = "Porto" })
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Skipped: 1}}) // once
		editor := expression.Role{ID: "2", Value: "Editor", DisplayName: "Editor"}
		f.roles[ann.ID] = []expression.Role{{ID: "1", Value: "Admin", DisplayName: "Admin"}, editor}
		f.set(ann.ID, func(u *directory.User) { u.City = "Faro" })
		f.success()
		f.roles[ann.ID] = []expression.Role{editor}
		f.set(ann.ID, func(u *directory.User) { u.City = "Braga" })
		if s := f.success(); s.Users.Updated != want {
			t.Errorf("%s: %d updates after one of two roles was taken away, want %d", function, s.Users.Updated, want)
		}
	}
}

// "Customize user provisioning attribute-mappings", provisioning a role to a
// SCIM app: the three role attributes that SingleAppRoleAssignment can fill
// become one role, which is the primary one.
func TestSingleRoleAttributes(t *testing.T) {
	f := newFixture(t, users(
		provisioning.Mapping{Target: `roles[primary eq "True"].display`, Expression: `SingleAppRoleAssignment([appRoleAssignments])`},
		provisioning.Mapping{Target: `roles[primary eq "True"].type`, Constant: "Custom"},
		provisioning.Mapping{Target: `roles[primary eq "True"].value`, Expression: `SingleAppRoleAssignment([appRoleAssignments])`},
	))
	ann := f.addUser("ann")
	f.assign(ann.ID)
	f.roles[ann.ID] = []expression.Role{{ID: "1", Value: "Admin", DisplayName: "Administrators"}}
	f.success()
	if post := f.server.taken()[2]; !contains(post, `"roles":[{"primary":true,"type":"Custom","display":"Admin","value":"Admin"}]`) {
		t.Errorf("created with %s", post)
	}
	f.set(ann.ID, func(u *directory.User) { u.City = "Lisboa" })
	f.success()
	f.want(probe, "GET /Users/u1") // it is there
	f.server.mu.Lock()
	f.server.users["u1"]["roles"].([]any)[0].(map[string]any)["type"] = "Another"
	f.server.mu.Unlock()
	f.set(ann.ID, func(u *directory.User) { u.City = "Porto" })
	f.success()
	f.want(probe, "GET /Users/u1", "PATCH /Users/u1 "+patchPrefix+`{"op":"Replace","path":"roles[primary eq \"True\"].type","value":"Custom"}]}`)
}

// SingleAppRoleAssignment on roles itself fills the value.
func TestSingleRole(t *testing.T) {
	f := newFixture(t, users(provisioning.Mapping{Target: "roles", Expression: `SingleAppRoleAssignment([appRoleAssignments])`}))
	ann := f.addUser("ann")
	f.assign(ann.ID)
	f.roles[ann.ID] = []expression.Role{{ID: "1", Value: "Admin", DisplayName: "Administrators"}}
	f.success()
	if post := f.server.taken()[2]; !contains(post, `"roles":[{"primary":true,"type":"WindowsAzureActiveDirectoryRole","value":"Admin"}]`) {
		t.Errorf("created with %s", post)
	}
}
