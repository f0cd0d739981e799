package provisioning_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// full fills every attribute that the default mappings of a custom
// application read.
func full(u *directory.User) {
	u.GivenName, u.Surname, u.DisplayName, u.MailNickname = "Ana", "Sousa", "Ana Sousa", "ana"
	u.Mail, u.JobTitle, u.PreferredLanguage = "ana@contoso.example", "Engineer", "pt-PT"
	u.OfficeLocation, u.StreetAddress, u.City, u.State, u.PostalCode, u.Country = "HQ", "Rua 1", "Lisboa", "LX", "1000-001", "PT"
	u.BusinessPhone, u.MobilePhone, u.FaxNumber = "+351 1", "+351 2", "+351 3"
	u.EmployeeID, u.Department = "701984", "R&D <core>"
}

// "Develop and plan provisioning for a SCIM endpoint", Create User, with the
// key order of Microsoft's SCIM library: everything the default table of a
// custom application can send.
func TestCreateUserBody(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Users: provisioning.UserSettings{Mappings: provisioning.DefaultUserMappings(provisioning.TemplateCustom)}})
	f.assign(f.addUser("ana", full).ID)
	f.success()
	f.want(
		probe,
		`GET /Users?filter=userName eq "ana@contoso.example"`,
		`POST /Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],`+
			`"externalId":"ana","userName":"ana@contoso.example","active":true,`+
			`"addresses":[{"type":"work","country":"PT","formatted":"HQ","locality":"Lisboa","postalCode":"1000-001","region":"LX","streetAddress":"Rua 1"}],`+
			`"displayName":"Ana Sousa","emails":[{"primary":true,"type":"work","value":"ana@contoso.example"}],"meta":{"resourceType":"User"},`+
			`"name":{"formatted":"Ana Sousa","familyName":"Sousa","givenName":"Ana"},`+
			`"phoneNumbers":[{"type":"work","value":"+351 1"},{"type":"mobile","value":"+351 2"},{"type":"fax","value":"+351 3"}],`+
			`"preferredLanguage":"pt-PT","roles":[],"title":"Engineer",`+
			`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D <core>","employeeNumber":"701984"}}`,
	)
}

// The AWS application sends one e-mail and one phone number, because Identity
// Center stores one of each ("Configure AWS IAM Identity Center for automatic
// user provisioning"), and nothing for attributes without a value.
func TestCreateUserBodyAWS(t *testing.T) {
	f := newFixture(t, provisioning.Settings{EmptyRoles: new(bool)})
	f.assign(f.addUser("ana", full, func(u *directory.User) { u.Department, u.City = "", "" }).ID)
	f.success()
	f.want(
		probe,
		`GET /Users?filter=userName eq "ana@contoso.example"`,
		`POST /Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],`+
			`"externalId":"ana","userName":"ana@contoso.example","active":true,`+
			`"addresses":[{"type":"work","country":"PT","formatted":"HQ","postalCode":"1000-001","region":"LX","streetAddress":"Rua 1"}],`+
			`"displayName":"Ana Sousa","emails":[{"primary":true,"type":"work","value":"ana@contoso.example"}],"meta":{"resourceType":"User"},`+
			`"name":{"formatted":"Ana Sousa","familyName":"Sousa","givenName":"Ana"},"phoneNumbers":[{"type":"work","value":"+351 1"}],`+
			`"preferredLanguage":"pt-PT","title":"Engineer","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"701984"}}`,
	)
}

// A custom extension's object is sent, its schema is not listed ("Customize
// user provisioning attribute-mappings", custom extension attribute).
func TestCustomExtension(t *testing.T) {
	const custom = "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User"
	f := newFixture(t, provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{
		{Target: custom + ":CustomAttribute", Source: "employeeId"},
		{Target: "userName", Source: "userPrincipalName", Match: 1},
		{Target: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter", Constant: "4130"},
		{Target: "nickName", Source: "extensionAttribute2"},
	}}})
	ana := f.addUser("ana", full)
	f.assign(ana.ID)
	f.success()
	f.server.taken()
	if got := mustJSON(f.server.user("ana@contoso.example")); got != `{"id":"u1","meta":{"resourceType":"User"},"roles":[],"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","`+enterpriseURN+`"],"`+custom+`":{"CustomAttribute":"701984"},"`+enterpriseURN+`":{"costCenter":"4130"},"userName":"ana@contoso.example"}` {
		t.Errorf("created %s", got)
	}
	f.set(ana.ID, func(u *directory.User) {
		u.EmployeeID = "9"
		u.ExtensionAttributes = map[string]string{"extensionAttribute2": "Babs"}
	})
	f.success()
	f.want(probe, "GET /Users/u1",
		`PATCH /Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"`+custom+`:CustomAttribute","value":"9"},{"op":"Add","path":"nickName","value":"Babs"}]}`)
}

// "Known issues with SCIM 2.0 protocol compliance" sets the two dialects side
// by side: one operation for each attribute, capitalised and with texts only,
// against merged ones in lower case. Filtered paths stay alone and come first.
func TestUpdateBodies(t *testing.T) {
	change := func(f *fixture, id string) {
		f.set(id, func(u *directory.User) {
			u.DisplayName, u.Mail, u.GivenName, u.Surname, u.MailNickname, u.EmployeeID = "Pvlo", "pvlo@contoso.example", "Gtfd", "Pkqf", "Eqpj", "7"
		})
	}
	const patch = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`
	const employee = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber"
	tests := []struct {
		name      string
		compliant bool
		change    func(f *fixture, id string)
		want      string
	}{
		{"replace several", false, change, `{"op":"Replace","path":"displayName","value":"Pvlo"},` +
			`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"pvlo@contoso.example"},` +
			`{"op":"Replace","path":"name.givenName","value":"Gtfd"},{"op":"Replace","path":"name.familyName","value":"Pkqf"},{"op":"Replace","path":"name.formatted","value":"Gtfd Pkqf"},` +
			`{"op":"Replace","path":"externalId","value":"Eqpj"},{"op":"Replace","path":"` + employee + `","value":"7"}`},
		{"replace several", true, change, `{"op":"replace","path":"emails[type eq \"work\"].value","value":"pvlo@contoso.example"},` +
			`{"op":"replace","value":{"displayName":"Pvlo","name.givenName":"Gtfd","name.familyName":"Pkqf","name.formatted":"Gtfd Pkqf","externalId":"Eqpj","` + employee + `":"7"}}`},
		{"add one", false, func(f *fixture, id string) { f.set(id, func(u *directory.User) { u.JobTitle = "Babs" }) }, `{"op":"Add","path":"title","value":"Babs"}`},
		{"add one", true, func(f *fixture, id string) { f.set(id, func(u *directory.User) { u.JobTitle = "Babs" }) }, `{"op":"add","path":"title","value":"Babs"}`},
		{"add to a filtered path that is empty", false, func(f *fixture, id string) { f.set(id, func(u *directory.User) { u.BusinessPhone = "1" }) }, `{"op":"Add","path":"phoneNumbers[type eq \"work\"].value","value":"1"}`},
		{"disable", false, func(f *fixture, id string) { f.enable(id, false) }, `{"op":"Replace","path":"active","value":"False"}`},
		{"disable", true, func(f *fixture, id string) { f.enable(id, false) }, `{"op":"replace","path":"active","value":false}`},
	}
	for _, test := range tests {
		name := test.name + ", legacy"
		if test.compliant {
			name = test.name + ", compliant"
		}
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, provisioning.Settings{Compliant: test.compliant})
			ana := f.addUser("ana", func(u *directory.User) { u.Mail, u.EmployeeID = "ana@contoso.example", "1" })
			f.assign(ana.ID)
			f.success()
			f.server.taken()
			test.change(f, ana.ID)
			f.success()
			f.want(probe, "GET /Users/u1", "PATCH /Users/u1 "+patch+test.want+"]}")
		})
	}
}

// Re-enabling is the reverse of disabling, in both dialects.
func TestEnableBodies(t *testing.T) {
	for compliant, want := range map[bool]string{
		false: `[{"op":"Replace","path":"active","value":"True"}]}`,
		true:  `[{"op":"replace","path":"active","value":true}]}`,
	} {
		f := newFixture(t, provisioning.Settings{Compliant: compliant})
		ana := f.addUser("ana")
		f.assign(ana.ID)
		f.success()
		f.enable(ana.ID, false)
		f.success()
		f.server.taken()
		f.enable(ana.ID, true)
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Updated: 1}})
		f.want(probe, "GET /Users/u1", `PATCH /Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":`+want)
	}
}

// The sequence of an initial cycle for an assigned group with two users, one of
// whom is the other's manager, and of a later one in which a user was renamed,
// another left the group and one was purged.
func TestRequestSequence(t *testing.T) {
	for _, compliant := range []bool{false, true} {
		op := map[bool][4]string{false: {"Add", "Replace", "Remove", `"False"`}, true: {"add", "replace", "remove", "false"}}[compliant]
		f := newFixture(t, provisioning.Settings{Compliant: compliant})
		ann := f.addUser("ann", func(u *directory.User) { u.Manager = "user-bob" })
		bob := f.addUser("bob")
		ops := f.addGroup("Ops", bob.ID, ann.ID)
		f.assign(ops.ID)
		create := func(name string) string {
			return `POST /Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"` + name + `","userName":"` + name + `@contoso.example","active":true,"displayName":"` + name + `","meta":{"resourceType":"User"},"name":{"formatted":"` + name + ` Sousa","familyName":"Sousa","givenName":"` + name + `"},"roles":[]}`
		}
		patch := func(path, operations string) string {
			return "PATCH " + path + ` {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`
		}
		f.wantCounts(f.success(), counts{
			Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 2}, Groups: provisioning.GroupCounts{Created: 1}, Members: provisioning.MemberCounts{Added: 2},
		})
		f.want(
			probe,
			`GET /Users?filter=userName eq "ann@contoso.example"`, create("ann"),
			`GET /Users?filter=userName eq "bob@contoso.example"`, create("bob"),
			`GET /Groups?excludedAttributes=members&filter=displayName eq "Ops"`,
			`POST /Groups {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group","http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"externalId":"group-Ops","displayName":"Ops","meta":{"resourceType":"Group"}}`,
			patch("/Users/u1", `{"op":"`+op[0]+`","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"u2"}`),
			patch("/Groups/g3", `{"op":"`+op[0]+`","path":"members","value":[{"value":"u1"},{"value":"u2"}]}`),
		)

		f.set(ann.ID, func(u *directory.User) { u.DisplayName = "Ann Smith" })
		f.check(f.RemoveMembers(ops.ID, bob.ID))
		_, err := f.UpdateGroup(ops.ID, func(g *directory.Group) { g.DisplayName = "Operations" })
		f.check(err)
		f.wantCounts(f.success(), counts{
			Users: provisioning.UserCounts{Updated: 1, Disabled: 1}, Groups: provisioning.GroupCounts{Updated: 1}, Members: provisioning.MemberCounts{Removed: 1},
		})
		remove := `{"op":"Remove","path":"members","value":[{"value":"u2"}]}`
		if compliant {
			remove = `{"op":"remove","path":"members[value eq \"u2\"]"}`
		}
		f.want(
			probe,
			"GET /Users/u1", patch("/Users/u1", `{"op":"`+op[1]+`","path":"displayName","value":"Ann Smith"}`),
			"GET /Users/u2", patch("/Users/u2", `{"op":"`+op[1]+`","path":"active","value":`+op[3]+`}`),
			"GET /Groups/g3?excludedAttributes=members", patch("/Groups/g3", `{"op":"`+op[1]+`","path":"displayName","value":"Operations"}`),
			patch("/Groups/g3", remove),
		)

		f.delete(ann.ID)
		f.success()
		f.server.taken()
		f.check(f.PurgeUser(ann.ID))
		_, err = f.DeleteGroup(ops.ID)
		f.check(err)
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Deleted: 1}, Groups: provisioning.GroupCounts{Deleted: 1}})
		f.want(probe, "DELETE /Users/u1", "DELETE /Groups/g3")
	}
}

// Blanks are written as + and quotes as %22, excludedAttributes comes before
// the filter (MicrosoftDocs/azure-docs#11784), and a value's own plus sign
// survives.
func TestQueryEncoding(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	ana := f.addUser("ana", func(u *directory.User) { u.UserPrincipalName = "ana+aws@contoso.example" })
	f.assign(ana.ID)
	f.assign(f.addGroup("A & B ção").ID)
	f.success()
	got := f.server.taken()
	want := []string{
		"GET /Users?filter=userName+eq+%22<guid>%22",
		"GET /Users?filter=userName+eq+%22ana%2Baws%40contoso.example%22",
		"GET /Groups?excludedAttributes=members&filter=displayName+eq+%22A+%26+B+%C3%A7%C3%A3o%22",
	}
	if diff := cmp.Diff(want, []string{got[0], got[1], got[3]}); diff != "" {
		t.Errorf("queries (-want +got):\n%s", diff)
	}
}

// Every request bears the token and the header by which servers know the
// service; there is no User-Agent unless one is set; only requests with a body
// name its type.
func TestHeaders(t *testing.T) {
	for setting, version := range map[string]string{"": "5.0", "6.0": "6.0"} {
		t.Run("version "+version, func(t *testing.T) { checkHeaders(t, setting, version, "") })
	}
	t.Run("agent", func(t *testing.T) { checkHeaders(t, "", "5.0", "agent/1") })
}

func checkHeaders(t *testing.T, setting, version, agent string) {
	f := newFixture(t, provisioning.Settings{ADSCIMVersion: setting, UserAgent: agent})
	f.assign(f.addUser("ana").ID)
	f.success()
	f.set("user-ana", func(u *directory.User) { u.City = "Lisboa" })
	f.success()
	f.delete("user-ana")
	f.check(f.PurgeUser("user-ana"))
	f.success()
	f.server.mu.Lock()
	defer f.server.mu.Unlock()
	seen := make(map[string]bool)
	for _, r := range f.server.requests {
		for name, want := range map[string]string{"Authorization": "Bearer " + testToken, "Adscimversion": version, "Accept": "application/scim+json", "User-Agent": agent, "If-Match": ""} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s: header %s is %q, want %q", r, name, got, want)
			}
		}
		want := ""
		seen[r.method] = true
		if r.method == http.MethodPost || r.method == http.MethodPatch {
			want = "application/scim+json"
		}
		if got := r.header.Get("Content-Type"); got != want {
			t.Errorf("%s: content type %q, want %q", r, got, want)
		}
	}
	if len(seen) != 4 {
		t.Errorf("only the methods %v were seen", seen)
	}
}

// The knobs for what the documentation shows in two ways.
func TestWireKnobs(t *testing.T) {
	no := false
	f := newFixture(t, provisioning.Settings{GroupExtraSchema: &no, MemberRefNull: true, ManagerValueForm: provisioning.ManagerObject, UserAgent: "agent/1"})
	ann := f.addUser("ann", func(u *directory.User) { u.Manager = "bob@contoso.example" })
	f.assign(f.addGroup("Ops", ann.ID, f.addUser("bob").ID).ID)
	f.success()
	requests := f.server.taken()
	tail := unescape(t, requests[len(requests)-3:])
	want := []string{
		`POST /Groups {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"externalId":"group-Ops","displayName":"Ops","meta":{"resourceType":"Group"}}`,
		`PATCH /Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":{"value":"u2"}}]}`,
		`PATCH /Groups/g3 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"members","value":[{"$ref":null,"value":"u1"},{"$ref":null,"value":"u2"}]}]}`,
	}
	if diff := cmp.Diff(want, tail); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}

	f.check(f.job.Configure(provisioning.Settings{ManagerValueForm: provisioning.ManagerArray, MemberBatchSize: 1}))
	f.addUser("cat")
	f.set(ann.ID, func(u *directory.User) { u.Manager = "user-cat" })
	f.assign("user-cat")
	f.check(f.AddMembers("group-Ops", "user-cat", f.addUser("dan").ID))
	f.success()
	requests = f.server.taken()
	tail = unescape(t, requests[len(requests)-3:])
	want = []string{
		`PATCH /Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"manager","value":[{"$ref":"` + f.server.tenantURL() + `/Users/u4","value":"u4"}]}]}`,
		`PATCH /Groups/g3 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"members","value":[{"value":"u4"}]}]}`,
		`PATCH /Groups/g3 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"members","value":[{"value":"u5"}]}]}`,
	}
	if diff := cmp.Diff(want, tail); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// The tenant URL's flags change the dialect and stay with the client; the
// newer flag takes the older one back; other parameters go to the server; a
// trailing slash does no harm.
func TestTenantURL(t *testing.T) {
	tests := []struct {
		suffix, probe, op string
		keepFlags         bool
	}{
		{"/", "/Users?filter=userName+eq+%22<guid>%22", "Replace", false},
		{"?aadOptscim062020", "/Users?filter=userName+eq+%22<guid>%22", "replace", false},
		{"/?aadOptscim062020", "/Users?filter=userName+eq+%22<guid>%22", "replace", false},
		{"?aadOptscim062020&AzureAdScimPatch2017", "/Users?filter=userName+eq+%22<guid>%22", "Replace", false},
		{"?AADOPTSCIM062020&azureadscimpatch2017", "/Users?filter=userName+eq+%22<guid>%22", "Replace", false},
		{"?org=7&aadOptscim062020", "/Users?filter=userName+eq+%22<guid>%22&org=7", "replace", false},
		{"?aadOptscim062020", "/Users?filter=userName+eq+%22<guid>%22&aadOptscim062020", "replace", true},
	}
	for _, test := range tests {
		strip := !test.keepFlags
		f := newFixture(t, provisioning.Settings{StripFlagFromURL: &strip})
		f.check(f.job.SetTarget(f.server.tenantURL()+test.suffix, testToken))
		ana := f.addUser("ana")
		f.assign(ana.ID)
		f.success()
		f.set(ana.ID, func(u *directory.User) { u.DisplayName = "New" })
		f.success()
		requests := f.server.taken()
		if got, want := requests[0], "GET "+test.probe; got != want {
			t.Errorf("%s: probe %s, want %s", test.suffix, got, want)
		}
		if got, want := requests[len(requests)-1], `{"op":"`+test.op+`","path":"displayName","value":"New"}`; !contains(got, want) {
			t.Errorf("%s: update %s, want %s", test.suffix, got, want)
		}
	}
}
