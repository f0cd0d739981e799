package provisioning_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/refusal"
)

var userName = provisioning.Mapping{Target: "userName", Source: "userPrincipalName", Match: 1}

func users(mappings ...provisioning.Mapping) provisioning.Settings {
	return provisioning.Settings{Users: provisioning.UserSettings{Mappings: append([]provisioning.Mapping{userName}, mappings...)}}
}

// "Customize user provisioning attribute-mappings": the types of mappings and
// when they apply.
func TestMappingTypes(t *testing.T) {
	f := newFixture(t, users(
		provisioning.Mapping{Target: "displayName", Expression: `ToUpper([displayName])`},
		provisioning.Mapping{Target: "userType", Constant: "Employee"},
		provisioning.Mapping{Target: "nickName", Source: "givenName", Apply: "create"},
		provisioning.Mapping{Target: "title", Source: "jobTitle", Default: "none yet"},
		provisioning.Mapping{Target: "preferredLanguage", Source: "preferredLanguage", Default: "en"},
		provisioning.Mapping{Target: "profileUrl", Expression: `IgnoreFlowIfNullOrEmpty([companyName])`, Default: "https://contoso.example"},
		provisioning.Mapping{Target: "locale", Default: "en-US"}, // type None
		provisioning.Mapping{Target: "timezone", Source: "city", CaseExact: true},
	))
	ann := f.addUser("ann", func(u *directory.User) { u.City, u.PreferredLanguage = "lisboa", "pt" })
	f.assign(ann.ID)
	f.success()
	got := f.server.user("ann@contoso.example")
	for name, want := range map[string]string{"displayName": "ANN", "userType": "Employee", "nickName": "ann", "title": "none yet", "locale": "en-US", "timezone": "lisboa", "preferredLanguage": "pt"} {
		if got[name] != want {
			t.Errorf("created with %s %v, want %s", name, got[name], want)
		}
	}
	if got["profileUrl"] != nil {
		t.Errorf("an ignored value came as %v", got["profileUrl"])
	}
	// On update: create-only mappings and defaults do not flow; a difference in
	// case counts only where the mapping says so; None fills what is empty.
	f.server.mu.Lock()
	got["title"], got["locale"], got["displayName"], got["userType"] = "", "", "aNN", "Contractor"
	f.server.mu.Unlock()
	f.server.taken()
	f.set(ann.ID, func(u *directory.User) { u.GivenName, u.City = "Anna", "Lisboa" })
	f.success()
	f.want(probe, "GET /Users/u1",
		`PATCH /Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"userType","value":"Employee"},{"op":"Add","path":"locale","value":"en-US"},{"op":"Replace","path":"timezone","value":"Lisboa"}]}`)
	f.server.mu.Lock()
	got["locale"] = "pt-PT"
	f.server.mu.Unlock()
	f.set(ann.ID, func(u *directory.User) { u.GivenName = "Anne" })
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Skipped: 1}}) // None leaves a value alone
}

// Matching attributes are tried by precedence until one finds something; an
// attribute without value is passed over.
func TestMatchingPrecedence(t *testing.T) {
	settings := provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{
		{Target: "userName", Source: "userPrincipalName", Match: 3},
		{Target: "externalId", Source: "employeeId", Match: 1},
		{Target: `emails[type eq "work"].value`, Source: "mail", Match: 2},
	}}}
	f := newFixture(t, settings)
	f.server.put(map[string]any{"id": "x", "userName": "other", "emails": []any{map[string]any{"type": "work", "value": "ANN@contoso.example"}}})
	f.assign(f.addUser("ann", func(u *directory.User) { u.Mail = "ann@contoso.example" }).ID)
	f.assign(f.addUser("bob", func(u *directory.User) { u.EmployeeID = "7" }).ID)
	f.success()
	requests := unescape(t, f.server.taken())
	want := []string{
		`GET /Users?filter=externalId eq "<guid>"`,
		`GET /Users?filter=emails[type eq "work"].value eq "ann@contoso.example"`,
		`PATCH /Users/x {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"userName","value":"ann@contoso.example"}]}`,
		`GET /Users?filter=externalId eq "7"`,
		`GET /Users?filter=userName eq "bob@contoso.example"`,
	}
	if diff := cmp.Diff(want, requests[:5]); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// "Customize user provisioning attribute-mappings", matching users: the value in
// the target may be a function of that in the directory, and users need not have
// a value of the same matching attribute.
func TestMatchByExpression(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{
		{Target: "externalId", Source: "extensionAttribute1", Match: 1},
		{Target: "userName", Expression: `Replace([userPrincipalName], "@contoso.example", , , "@fabrikam.example", , )`, Match: 2},
	}}})
	f.server.put(map[string]any{"id": "a", "userName": "ann@fabrikam.example"})
	f.server.put(map[string]any{"id": "b", "userName": "bob@fabrikam.example", "externalId": "B1"})
	f.assign(f.addUser("ann").ID)
	f.assign(f.addUser("bob", func(u *directory.User) { u.ExtensionAttributes = map[string]string{"extensionAttribute1": "b1"} }).ID)
	f.success()
	f.want(`GET /Users?filter=externalId eq "<guid>"`, `GET /Users?filter=userName eq "ann@fabrikam.example"`, `GET /Users?filter=externalId eq "b1"`)
}

// A user without any matching value is skipped as not imported.
func TestNoMatchingValue(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{
		{Target: "userName", Source: "mail", Match: 1},
	}}})
	f.assign(f.addUser("ann").ID)
	f.wantLog(f.success(), "other skipped ann@contoso.example ImportSkipped")
	f.want(probe)
}

// A group without a matching value is not provisioned, and neither are its
// members.
func TestGroupWithoutMatchingValue(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Groups: provisioning.GroupSettings{Mappings: []provisioning.Mapping{
		{Target: "displayName", Source: "displayName"}, {Target: "externalId", Source: "mailNickname", Match: 1},
	}}})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID).ID)
	f.wantLog(f.success(), "other skipped ann@contoso.example NotEffectivelyEntitled", "other skipped Ops ImportSkipped")
}

// What a mapping cannot make of a value fails the object, and only that.
func TestMappingFailures(t *testing.T) {
	tests := []struct {
		mapping provisioning.Mapping
		code    string
	}{
		{provisioning.Mapping{Target: "title", Expression: `Left([displayName], [jobTitle])`}, "EntrySynchronizationError"},
		{provisioning.Mapping{Target: "title", Source: "otherMails"}, "SchemaPropertyCanOnlyAcceptValue"},
		{provisioning.Mapping{Target: "active", Source: "department"}, "EntrySynchronizationError"},
	}
	for _, test := range tests {
		f := newFixture(t, users(test.mapping))
		f.assign(f.addUser("ann", func(u *directory.User) {
			u.JobTitle, u.Department, u.OtherMails = "Lead", "R&D", []string{"a@contoso.example", "b@contoso.example"}
		}).ID)
		f.assign(f.addUser("bob", func(u *directory.User) { u.JobTitle = "1" }).ID)
		s := f.cycle()
		f.wantCounts(s, counts{Status: provisioning.SummaryFailed, Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 1, Failed: 1}})
		if e := f.entry("ann@contoso.example"); e.Action != "create" || e.Status != "failure" || e.Error.Code != test.code {
			t.Errorf("%+v: logged %s %s %+v", test.mapping, e.Action, e.Status, e.Error)
		}
		if r, ok := refusal.From(s.Err()); !ok || r.Code != test.code {
			t.Errorf("summary's error %v", s.Err())
		}
	}
}

// A required target attribute without value fails the creation.
func TestMandatoryFieldMissing(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{
		{Target: "userName", Source: "mail"}, {Target: "externalId", Source: "objectId", Match: 1},
	}}})
	f.assign(f.addUser("ann").ID)
	f.cycle()
	if e := f.entry("ann@contoso.example"); e.Error == nil || e.Error.Code != "MandatoryFieldsMissing" {
		t.Errorf("logged %+v", e.Error)
	}
	f.want(`GET /Users?filter=externalId eq "<guid>"`, `GET /Users?filter=externalId eq "user-ann"`)
}

// The log tells what an update changed, from what to what.
func TestModifiedProperties(t *testing.T) {
	f := newFixture(t, users(provisioning.Mapping{Target: "title", Source: "jobTitle"}, provisioning.Mapping{Target: "locale", Source: "city"}, provisioning.Mapping{Target: "nickName", Expression: `Redact([employeeId])`}))
	ann := f.addUser("ann", func(u *directory.User) { u.JobTitle = "Lead" })
	f.assign(ann.ID)
	f.success()
	f.set(ann.ID, func(u *directory.User) { u.JobTitle, u.City, u.EmployeeID = "Head", "Lisboa", "secret" })
	f.success()
	want := []provisioning.Modified{{Name: "title", Old: "Lead", New: "Head"}, {Name: "locale", New: "Lisboa"}, {Name: "nickName", New: "[Redact]"}}
	if diff := cmp.Diff(want, f.entry("ann@contoso.example").Modified); diff != "" {
		t.Errorf("modified (-want +got):\n%s", diff)
	}
}

// Redact keeps a value out of the log, not from the target.
func TestRedact(t *testing.T) {
	f := newFixture(t, users(provisioning.Mapping{Target: "nickName", Expression: `Redact([employeeId])`}))
	ann := f.addUser("ann", func(u *directory.User) { u.EmployeeID = "secret-1" })
	f.assign(ann.ID)
	f.success()
	f.set(ann.ID, func(u *directory.User) { u.EmployeeID = "secret-2" })
	f.success()
	if got := f.server.user("ann@contoso.example")["nickName"]; got != "secret-2" {
		t.Errorf("the target has %v", got)
	}
	if e := f.entry("ann@contoso.example"); cmp.Diff([]provisioning.Modified{{Name: "nickName", Old: "[Redact]", New: "[Redact]"}}, e.Modified) != "" {
		t.Errorf("modified %+v", e.Modified)
	}
	if log := mustJSON(f.job.Log()); strings.Contains(log, "secret-") {
		t.Errorf("the log shows the value: %s", log)
	}
}

// "Reference for writing expressions for attribute mappings": the domain is the
// tenant's.
func TestDefaultDomain(t *testing.T) {
	f := newFixture(t, users(provisioning.Mapping{Target: "nickName", Expression: `Join("@", [employeeId], DefaultDomain())`}))
	f.assign(f.addUser("ann", func(u *directory.User) { u.EmployeeID = "7" }).ID)
	f.success()
	if got := f.server.user("ann@contoso.example")["nickName"]; got != "7@contoso.example" {
		t.Errorf("the target has %v", got)
	}
}

// A change of mappings or filters makes the next cycle an initial one; a
// change of other settings does not.
func TestMappingChangeStartsAnInitialCycle(t *testing.T) {
	f := newFixture(t, users())
	f.assign(f.addUser("ann").ID)
	f.success()
	s := users()
	s.AccidentalDeletionThreshold = 7
	f.check(f.job.Configure(s))
	f.wantCounts(f.success(), counts{})
	s = users(provisioning.Mapping{Target: "displayName", Source: "displayName"})
	f.check(f.job.Configure(s))
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Updated: 1}})
	s.Users.Filters = [][]provisioning.Clause{{{Attribute: "department", Operator: "IS NOT NULL"}}}
	f.check(f.job.Configure(s))
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Disabled: 0, Skipped: 1}})
}
