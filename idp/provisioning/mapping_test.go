package provisioning_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

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
		provisioning.Mapping{Target: "locale", Default: "en-US"}, // type None
		provisioning.Mapping{Target: "timezone", Source: "city", CaseExact: true},
	))
	ann := f.addUser("ann", func(u *directory.User) { u.City = "lisboa" })
	f.assign(ann.ID)
	f.success()
	got := f.server.user("ann@contoso.example")
	for name, want := range map[string]string{"displayName": "ANN", "userType": "Employee", "nickName": "ann", "title": "none yet", "locale": "en-US", "timezone": "lisboa"} {
		if got[name] != want {
			t.Errorf("created with %s %v, want %s", name, got[name], want)
		}
	}
	// On update: create-only mappings and defaults do not flow; a difference in
	// case counts only where the mapping says so; None fills what is empty.
	f.server.mu.Lock()
	got["title"], got["locale"], got["displayName"] = "", "", "aNN"
	f.server.mu.Unlock()
	f.server.taken()
	f.set(ann.ID, func(u *directory.User) { u.GivenName, u.City = "Anna", "Lisboa" })
	f.success()
	f.want(probe, "GET /Users/u1",
		`PATCH /Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"locale","value":"en-US"},{"op":"Replace","path":"timezone","value":"Lisboa"}]}`)
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

// Settings survive JSON, and Settings gives what is in force.
func TestSettingsRoundTrip(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Interval: provisioning.Duration(20 * time.Minute), Users: provisioning.UserSettings{Actions: []string{}}})
	text, err := json.Marshal(f.job.Settings())
	f.check(err)
	for _, want := range []string{`"scope":"assigned"`, `"interval":"20m0s"`, `"memberBatchSize":100`, `"target":"userName","source":"userPrincipalName","match":1`, `"users":{"mappings"`, `"actions":[]`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	var again provisioning.Settings
	f.check(json.Unmarshal(text, &again))
	f.check(f.job.Configure(again))
	if diff := cmp.Diff(again, f.job.Settings()); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	// What is returned is a copy.
	s := f.job.Settings()
	s.Users.Mappings[0].Target = "broken"
	if f.job.Settings().Users.Mappings[0].Target != "userName" {
		t.Error("changing the returned settings changed the job")
	}
}

// A mistake in the settings is found before it can do harm, and its place is
// told.
func TestSettingsErrors(t *testing.T) {
	mapping := func(m provisioning.Mapping) provisioning.Settings { return users(m) }
	filter := func(c provisioning.Clause) provisioning.Settings {
		s := users()
		s.Users.Filters = [][]provisioning.Clause{{{Attribute: "city", Operator: "IS NOT NULL"}, c}}
		return s
	}
	tests := []struct {
		name     string
		settings provisioning.Settings
		path     string
		offset   int
		words    string
	}{
		{"scope", provisioning.Settings{Scope: "asigned"}, "scope", -1, "did you mean assigned?"},
		{"action", provisioning.Settings{Users: provisioning.UserSettings{Actions: []string{"create", "purge"}}}, "users.actions[1]", -1, "create, update, delete"},
		{"out of scope", provisioning.Settings{OutOfScopeAction: "drop"}, "outOfScopeAction", -1, "disable, delete, none"},
		{"manager form", provisioning.Settings{ManagerValueForm: "x"}, "managerValueForm", -1, "string, object, array"},
		{"threshold", provisioning.Settings{AccidentalDeletionThreshold: -1}, "accidentalDeletionThreshold", -1, "negative"},
		{"header", provisioning.Settings{UserAgent: "a\r\nX: y"}, "userAgent", -1, "header"},
		{"syntax", mapping(provisioning.Mapping{Target: "title", Expression: `Append([jobTitle]`}), "users.mappings[1].expression", 17, "closing parenthesis"},
		{"attribute in an expression", mapping(provisioning.Mapping{Target: "title", Expression: `Append([jobTitel], "x")`}), "users.mappings[1].expression", 7, "did you mean jobTitle?"},
		{"reference in an expression", mapping(provisioning.Mapping{Target: "title", Expression: `Append([manager], "x")`}), "users.mappings[1].expression", 7, "reference"},
		{"function for other applications", mapping(provisioning.Mapping{Target: "title", Expression: `SelectUniqueValue([mail], [city])`}), "users.mappings[1].expression", 0, "on-premises"},
		{"roles elsewhere", mapping(provisioning.Mapping{Target: "title", Expression: `SingleAppRoleAssignment([appRoleAssignments])`}), "users.mappings[1].expression", 0, "fills roles only"},
		{"source", mapping(provisioning.Mapping{Target: "title", Source: "jobtitel"}), "users.mappings[1].source", -1, "did you mean jobTitle?"},
		{"unavailable source", mapping(provisioning.Mapping{Target: "title", Source: "userType"}), "users.mappings[1].source", -1, "directory extension"},
		{"roles without expression", mapping(provisioning.Mapping{Target: "roles", Source: "appRoleAssignments"}), "users.mappings[1].source", -1, "need an expression"},
		{"manager elsewhere", mapping(provisioning.Mapping{Target: "title", Source: "manager"}), "users.mappings[1].source", -1, "reference"},
		{"manager from elsewhere", mapping(provisioning.Mapping{Target: enterpriseURN + ":manager", Source: "city"}), "users.mappings[1]", -1, "source: manager"},
		{"two sources", mapping(provisioning.Mapping{Target: "title", Source: "city", Constant: "x"}), "users.mappings[1]", -1, "several sources"},
		{"no source", mapping(provisioning.Mapping{Target: "title"}), "users.mappings[1]", -1, "no source"},
		{"apply", mapping(provisioning.Mapping{Target: "title", Source: "city", Apply: "once"}), "users.mappings[1].apply", -1, "always, create"},
		{"target", mapping(provisioning.Mapping{Target: "titel", Source: "city"}), "users.mappings[1].target", -1, "did you mean title?"},
		{"unreadable target", mapping(provisioning.Mapping{Target: "emails[type eq work].value", Source: "mail"}), "users.mappings[1].target", -1, "cannot be read"},
		{"whole list", mapping(provisioning.Mapping{Target: "emails", Source: "mail"}), "users.mappings[1].target", -1, `emails[type eq "work"].value`},
		{"part of a text", mapping(provisioning.Mapping{Target: "title.x", Source: "city"}), "users.mappings[1].target", -1, "has no parts"},
		{"whole name", mapping(provisioning.Mapping{Target: "name", Source: "city"}), "users.mappings[1].target", -1, "name.givenName"},
		{"id", mapping(provisioning.Mapping{Target: "id", Source: "objectId"}), "users.mappings[1].target", -1, "the target makes it"},
		{"password", mapping(provisioning.Mapping{Target: "password", Constant: "x"}), "users.mappings[1].target", -1, "does not provision passwords"},
		{"mapped twice", mapping(provisioning.Mapping{Target: "username", Source: "mail"}), "users.mappings[1].target", -1, "no attribute username"},
		{"mapped twice", mapping(provisioning.Mapping{Target: "userName", Source: "mail"}), "users.mappings[1].target", -1, "users.mappings[0] maps it already"},
		{"precedence", mapping(provisioning.Mapping{Target: "externalId", Source: "mail", Match: 1}), "users.mappings[1].match", -1, "taken"},
		{"no match", provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{{Target: "userName", Source: "mail"}}}}, "users.mappings", -1, "match: 1"},
		{"required", provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{{Target: "externalId", Source: "mail", Match: 1}}}}, "users.mappings", -1, "a mapping to userName"},
		{"group target", provisioning.Settings{Groups: provisioning.GroupSettings{Mappings: []provisioning.Mapping{{Target: "title", Source: "description"}}}}, "groups.mappings[0].target", -1, "no attribute title"},
		{"group source", provisioning.Settings{Groups: provisioning.GroupSettings{Mappings: []provisioning.Mapping{{Target: "displayName", Source: "mail", Match: 1}}}}, "groups.mappings[0].source", -1, "groups have no attribute mail"},
		{"operator", filter(provisioning.Clause{Attribute: "city", Operator: "EQUAL", Value: "x"}), "users.filters[0][1].operator", -1, "did you mean EQUALS?"},
		{"number", filter(provisioning.Clause{Attribute: "employeeId", Operator: "Greater_Than", Value: "1.5"}), "users.filters[0][1].value", -1, "whole number"},
		{"pattern", filter(provisioning.Clause{Attribute: "city", Operator: "REGEX MATCH", Value: "("}), "users.filters[0][1].value", -1, "does not compile"},
		{"value missing", filter(provisioning.Clause{Attribute: "city", Operator: "EQUALS"}), "users.filters[0][1].value", -1, "IS NULL"},
		{"value too many", filter(provisioning.Clause{Attribute: "city", Operator: "IS NULL", Value: "x"}), "users.filters[0][1].value", -1, "takes no value"},
		{"filter on several values", filter(provisioning.Clause{Attribute: "proxyAddresses", Operator: "IS NULL"}), "users.filters[0][1].attribute", -1, "several values"},
		{"filter on manager", filter(provisioning.Clause{Attribute: "manager", Operator: "IS NULL"}), "users.filters[0][1].attribute", -1, "not supported"},
		{"filter on userType", filter(provisioning.Clause{Attribute: "userType", Operator: "IS NULL"}), "users.filters[0][1].attribute", -1, "not available"},
		{"empty filter", provisioning.Settings{Users: provisioning.UserSettings{Filters: [][]provisioning.Clause{{}}}}, "users.filters[0]", -1, "no clause"},
		{"roles and all", provisioning.Settings{Scope: "all", Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{userName, {Target: "roles", Expression: `AppRoleAssignmentsComplex([appRoleAssignments])`}}}}, "scope", -1, "cannot be used with all"},
	}
	f := newFixture(t, provisioning.Settings{})
	before := f.job.Settings()
	for _, test := range tests {
		err := f.job.Configure(test.settings)
		var mistake *provisioning.SettingsError
		if !errors.As(err, &mistake) {
			t.Errorf("%s: %v, want a settings error", test.name, err)
			continue
		}
		if mistake.Path != test.path || mistake.Offset != test.offset || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: at %s offset %d: %v\nwant at %s offset %d: … %s …", test.name, mistake.Path, mistake.Offset, err, test.path, test.offset, test.words)
		}
		if r, ok := refusal.From(err); !ok || r.Fix != refusal.Entra || r.Where != test.path {
			t.Errorf("%s: refusal %+v", test.name, r)
		}
	}
	if diff := cmp.Diff(before, f.job.Settings()); diff != "" {
		t.Errorf("a refused configuration changed the settings:\n%s", diff)
	}
}

// "Scoping users or groups to be provisioned with scoping filters": each
// operator, and that an empty attribute fails all but IS NULL.
func TestFilterOperators(t *testing.T) {
	clause := func(attribute, operator, value string) provisioning.Clause {
		return provisioning.Clause{Attribute: attribute, Operator: operator, Value: value}
	}
	tests := []struct {
		clause provisioning.Clause
		want   bool
	}{
		{clause("department", "EQUALS", "Sales"), true},
		{clause("department", "EQUALS", "sales"), false},
		{clause("city", "EQUALS", "x"), false},
		{clause("department", "NOT EQUALS", "sales"), true},
		{clause("department", "NOT EQUALS", "Sales"), false},
		{clause("city", "NOT EQUALS", "x"), false}, // empty
		{clause("department", "&", "Sales and Marketing"), true},
		{clause("department", "&", "Marketing"), false},
		{clause("department", "!&", "Marketing"), true},
		{clause("department", "!&", "Sales and Marketing"), false},
		{clause("city", "!&", "x"), false},
		{clause("department", "ENDS_WITH", "les"), true},
		{clause("department", "ENDS_WITH", "LES"), false},
		{clause("employeeId", "Greater_Than", "99"), true},
		{clause("employeeId", "Greater_Than", "1000042"), false},
		{clause("employeeId", "Greater_Than_OR_EQUALS", "1000042"), true},
		{clause("department", "Greater_Than", "1"), false}, // no integer
		{clause("department", "Includes", "al"), true},
		{clause("department", "Includes", "AL"), false},
		{clause("accountEnabled", "IS TRUE", ""), true},
		{clause("accountEnabled", "IS FALSE", ""), false},
		{clause("city", "IS NULL", ""), true},
		{clause("department", "IS NULL", ""), false},
		{clause("department", "IS NOT NULL", ""), true},
		{clause("city", "IS NOT NULL", ""), false},
		{clause("employeeId", "REGEX MATCH", "(1[0-9][0-9][0-9][0-9][0-9][0-9])"), true},
		{clause("userPrincipalName", "REGEX MATCH", `.*\@contoso.example`), true},
		{clause("userPrincipalName", "NOT REGEX MATCH", `.*\@contoso.example`), false},
		{clause("city", "NOT REGEX MATCH", "x"), false},
		{clause("department", "regex match", "^S"), true}, // spelled as one likes
		{clause("extensionAttribute3", "EQUALS", "on"), true},
	}
	for _, test := range tests {
		s := users()
		s.Users.Filters = [][]provisioning.Clause{{test.clause}}
		f := newFixture(t, s)
		f.assign(f.addUser("ann", func(u *directory.User) {
			u.Department, u.EmployeeID, u.ExtensionAttributes = "Sales", "1000042", map[string]string{"extensionAttribute3": "on"}
		}).ID)
		if got := f.success().Users.Created == 1; got != test.want {
			t.Errorf("%+v lets the user pass: %v, want %v", test.clause, got, test.want)
		}
	}
}

// All clauses of a filter must hold, any filter may.
func TestFilterLogic(t *testing.T) {
	sales := provisioning.Clause{Attribute: "department", Operator: "EQUALS", Value: "Sales"}
	lisbon := provisioning.Clause{Attribute: "city", Operator: "EQUALS", Value: "Lisboa"}
	for _, test := range []struct {
		filters [][]provisioning.Clause
		want    []string
	}{
		{[][]provisioning.Clause{{sales, lisbon}}, []string{"both"}},
		{[][]provisioning.Clause{{sales}, {lisbon}}, []string{"both", "lisbon", "sales"}},
		{nil, []string{"both", "lisbon", "none", "sales"}},
	} {
		s := users()
		s.Scope, s.Users.Filters = provisioning.ScopeAll, test.filters
		f := newFixture(t, s)
		f.addUser("none")
		f.addUser("sales", func(u *directory.User) { u.Department = "Sales" })
		f.addUser("lisbon", func(u *directory.User) { u.City = "Lisboa" })
		f.addUser("both", func(u *directory.User) { u.Department, u.City = "Sales", "Lisboa" })
		f.success()
		var got []string
		for _, l := range f.job.Links() {
			got = append(got, strings.TrimSuffix(l.Name, "@contoso.example"))
		}
		slices.Sort(got)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.filters, diff)
		}
	}
}
