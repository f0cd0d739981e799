package provisioning_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// compact removes the blanks of a documented body.
func compact(t *testing.T, text string) string {
	t.Helper()
	var v json.RawMessage
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// The user requests that "Develop and plan provisioning for a SCIM endpoint"
// shows, byte for byte but for blanks.
func TestDocumentedUserRequests(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{
		{Target: "externalId", Source: "employeeId"},
		{Target: "userName", Source: "mailNickname", Match: 1},
		{Target: "active", Expression: `Switch([IsSoftDeleted], , "False", "True", "True", "False")`},
		{Target: `emails[type eq "work"].value`, Source: "mail"},
		{Target: "name.formatted", Expression: `Join(" ", [givenName], [surname])`, Apply: provisioning.ApplyCreate},
		{Target: "name.givenName", Source: "givenName"},
		{Target: "name.familyName", Source: "surname"},
	}}})
	u := f.addUser("test", func(u *directory.User) {
		u.EmployeeID, u.MailNickname = "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef", "Test_User_00aa00aa-bb11-cc22-dd33-44ee44ee44ee"
		u.Mail, u.GivenName, u.Surname = "Test_User_11bb11bb-cc22-dd33-ee44-55ff55ff55ff@testuser.com", "givenName", "familyName"
	})
	f.assign(u.ID)
	f.success()
	f.want(probe, `GET /Users?filter=userName eq "Test_User_00aa00aa-bb11-cc22-dd33-44ee44ee44ee"`, "POST /Users "+compact(t, `{
		"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
		"externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
		"userName": "Test_User_00aa00aa-bb11-cc22-dd33-44ee44ee44ee",
		"active": true,
		"emails": [{"primary": true, "type": "work", "value": "Test_User_11bb11bb-cc22-dd33-ee44-55ff55ff55ff@testuser.com"}],
		"meta": {"resourceType": "User"},
		"name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"},
		"roles": []}`))

	f.set(u.ID, func(u *directory.User) { u.Mail, u.Surname = "updatedEmail@microsoft.com", "updatedFamilyName" })
	f.success()
	f.want(probe, "GET /Users/u1", "PATCH /Users/u1 "+compact(t, `{
		"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
		"Operations": [
			{"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "updatedEmail@microsoft.com"},
			{"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"}]}`))

	f.set(u.ID, func(u *directory.User) { u.MailNickname = "5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com" })
	f.success()
	f.want(probe, "GET /Users/u1", "PATCH /Users/u1 "+compact(t, `{
		"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
		"Operations": [{"op": "Replace", "path": "userName", "value": "5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com"}]}`))

	f.delete(u.ID)
	f.check(f.PurgeUser(u.ID))
	f.success()
	f.want(probe, "DELETE /Users/u1")
}

// The group requests of the same page, with the "$ref" that newer captures
// leave out.
func TestDocumentedGroupRequests(t *testing.T) {
	f := newFixture(t, provisioning.Settings{MemberRefNull: true})
	f.server.put(map[string]any{"id": "f648f8d5ea4e4cd38e9c", "userName": "ann@contoso.example", "externalId": "ann", "active": true, "displayName": "ann", "name": map[string]any{"givenName": "ann", "familyName": "Sousa", "formatted": "ann Sousa"}})
	ann := f.addUser("ann")
	g, err := f.CreateGroup(directory.Group{ID: "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159", DisplayName: "displayName"})
	f.check(err)
	f.assign(ann.ID)
	f.assign(g.ID)
	f.check(f.AddMembers(g.ID, ann.ID))
	f.success()
	patch := func(operation string) string {
		return "PATCH /Groups/g1 " + compact(t, `{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [`+operation+`]}`)
	}
	f.want(probe, `GET /Users?filter=userName eq "ann@contoso.example"`,
		`GET /Groups?excludedAttributes=members&filter=displayName eq "displayName"`,
		"POST /Groups "+compact(t, `{
			"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
			"externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
			"displayName": "displayName",
			"meta": {"resourceType": "Group"}}`),
		patch(`{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "f648f8d5ea4e4cd38e9c"}]}`))

	_, err = f.UpdateGroup(g.ID, func(g *directory.Group) {
		g.DisplayName = "1879db59-3bdf-4490-ad68-ab880a269474updatedDisplayName"
	})
	f.check(err)
	f.check(f.RemoveMembers(g.ID, ann.ID))
	f.success()
	f.want(probe, "GET /Users/f648f8d5ea4e4cd38e9c", "GET /Groups/g1?excludedAttributes=members",
		patch(`{"op": "Replace", "path": "displayName", "value": "1879db59-3bdf-4490-ad68-ab880a269474updatedDisplayName"}`),
		patch(`{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "f648f8d5ea4e4cd38e9c"}]}`))

	_, err = f.DeleteGroup(g.ID)
	f.check(err)
	f.success()
	f.want(probe, "DELETE /Groups/g1")
}

// The requests that "Known issues with SCIM 2.0 protocol compliance" sets side
// by side, without and with aadOptscim062020.
func TestDocumentedDialects(t *testing.T) {
	const employeeNumber = enterpriseURN + ":employeeNumber"
	settings := users(
		provisioning.Mapping{Target: "active", Source: "accountEnabled"},
		provisioning.Mapping{Target: "displayName", Source: "displayName"},
		provisioning.Mapping{Target: `emails[type eq "work"].value`, Source: "mail"},
		provisioning.Mapping{Target: "name.givenName", Source: "givenName"},
		provisioning.Mapping{Target: "name.familyName", Source: "surname"},
		provisioning.Mapping{Target: "externalId", Source: "mailNickname"},
		provisioning.Mapping{Target: employeeNumber, Source: "employeeId"},
		provisioning.Mapping{Target: "nickName", Source: "city"},
	)
	tests := []struct {
		name              string
		change            func(f *fixture)
		legacy, compliant string
	}{
		{"disable", func(f *fixture) { f.enable("user-ann", false) },
			`{"op": "Replace", "path": "active", "value": "False"}`,
			`{"op": "replace", "path": "active", "value": false}`},
		{"add a single-valued text", func(f *fixture) { f.set("user-ann", func(u *directory.User) { u.City = "Babs" }) },
			`{"op": "Add", "path": "nickName", "value": "Babs"}`,
			`{"op": "add", "path": "nickName", "value": "Babs"}`},
		{"replace several", func(f *fixture) {
			f.set("user-ann", func(u *directory.User) {
				u.DisplayName, u.Mail, u.GivenName, u.Surname, u.MailNickname, u.EmployeeID = "Pvlo", "TestBcwqnm@test.microsoft.com", "Gtfd", "Pkqf", "Eqpj", "Eqpj"
			})
		},
			`{"op": "Replace", "path": "displayName", "value": "Pvlo"},
			 {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "TestBcwqnm@test.microsoft.com"},
			 {"op": "Replace", "path": "name.givenName", "value": "Gtfd"},
			 {"op": "Replace", "path": "name.familyName", "value": "Pkqf"},
			 {"op": "Replace", "path": "externalId", "value": "Eqpj"},
			 {"op": "Replace", "path": "` + employeeNumber + `", "value": "Eqpj"}`,
			`{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "TestBcwqnm@test.microsoft.com"},
			 {"op": "replace", "value": {"displayName": "Pvlo", "name.givenName": "Gtfd", "name.familyName": "Pkqf", "externalId": "Eqpj", "` + employeeNumber + `": "Eqpj"}}`},
		{"remove a member", func(f *fixture) { f.check(f.RemoveMembers("group-Ops", "user-ann")) },
			`{"op": "Remove", "path": "members", "value": [{"value": "u1091"}]}`,
			`{"op": "remove", "path": "members[value eq \"u1091\"]"}`},
	}
	for _, test := range tests {
		for compliant, want := range map[bool]string{false: test.legacy, true: test.compliant} {
			s := settings
			s.Compliant = compliant
			f := newFixture(t, s)
			f.server.put(map[string]any{"id": "u1091", "userName": "ann@contoso.example", "emails": []any{map[string]any{"type": "work", "value": "ann@contoso.example"}}})
			ann := f.addUser("ann", func(u *directory.User) { u.Mail, u.EmployeeID = "ann@contoso.example", "7" })
			f.assign(f.addGroup("Ops", ann.ID).ID)
			f.success()
			f.server.taken()
			test.change(f)
			f.success()
			requests := f.server.taken()
			_, body, _ := strings.Cut(requests[len(requests)-1], "{")
			if diff := cmp.Diff(compact(t, patchPrefix+want+"]}"), "{"+body); diff != "" {
				t.Errorf("%s, compliant %v (-want +got):\n%s", test.name, compliant, diff)
			}
		}
	}
}

// "Customize user provisioning attribute-mappings", provisioning a multi-value
// attribute: entries are told apart by their type.
func TestDocumentedPhoneNumbers(t *testing.T) {
	f := newFixture(t, users(
		provisioning.Mapping{Target: `phoneNumbers[type eq "work"].value`, Source: "telephoneNumber"},
		provisioning.Mapping{Target: `phoneNumbers[type eq "mobile"].value`, Source: "mobile"},
		provisioning.Mapping{Target: `phoneNumbers[type eq "fax"].value`, Source: "facsimileTelephoneNumber"},
		provisioning.Mapping{Target: `phoneNumbers[type eq "work"].primary`, Constant: "True"},
	))
	f.assign(f.addUser("ann", func(u *directory.User) {
		u.BusinessPhone, u.MobilePhone, u.FaxNumber = "555-555-5555", "555-555-5555", "555-555-5555"
	}).ID)
	f.success()
	if post := f.server.taken()[2]; !contains(post, `"phoneNumbers":[{"primary":true,"type":"work","value":"555-555-5555"},{"type":"mobile","value":"555-555-5555"},{"type":"fax","value":"555-555-5555"}]`) {
		t.Errorf("created with %s", post)
	}
}
