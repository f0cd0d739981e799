package provisioning_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/refusal"
)

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
	const tag = customURN + ":Tag"
	listed := func(a provisioning.Attribute, mappings ...provisioning.Mapping) provisioning.Settings {
		s := users(mappings...)
		s.Users.Attributes = []provisioning.Attribute{a}
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
		{"source unlike any", mapping(provisioning.Mapping{Target: "title", Source: "qqqqqqqqqqqq"}), "users.mappings[1].source", -1, "extension_<application id>_<name>"},
		{"extension attribute that is none", mapping(provisioning.Mapping{Target: "title", Source: "extensionAttribute16"}), "users.mappings[1].source", -1, "no attribute extensionAttribute16"},
		{"unavailable source", mapping(provisioning.Mapping{Target: "title", Source: "userType"}), "users.mappings[1].source", -1, "directory extension"},
		{"roles without expression", mapping(provisioning.Mapping{Target: "roles", Source: "appRoleAssignments"}), "users.mappings[1].source", -1, "need an expression"},
		{"manager elsewhere", mapping(provisioning.Mapping{Target: "title", Source: "manager"}), "users.mappings[1].source", -1, "reference"},
		{"manager from elsewhere", mapping(provisioning.Mapping{Target: enterpriseURN + ":manager", Source: "city"}), "users.mappings[1]", -1, "source: manager"},
		{"two sources", mapping(provisioning.Mapping{Target: "title", Source: "city", Constant: "x"}), "users.mappings[1]", -1, "several sources"},
		{"no source", mapping(provisioning.Mapping{Target: "title"}), "users.mappings[1]", -1, "no source"},
		{"apply", mapping(provisioning.Mapping{Target: "title", Source: "city", Apply: "once"}), "users.mappings[1].apply", -1, "always, create"},
		{"target", mapping(provisioning.Mapping{Target: "titel", Source: "city"}), "users.mappings[1].target", -1, "did you mean title?"},
		{"unreadable target", mapping(provisioning.Mapping{Target: "emails[type eq work].value", Source: "mail"}), "users.mappings[1].target", -1, "cannot be read"},
		{"unreadable URN", mapping(provisioning.Mapping{Target: "urn:x", Source: "mail"}), "users.mappings[1].target", -1, "cannot be read"},
		{"element of a text", mapping(provisioning.Mapping{Target: `title[type eq "work"]`, Source: "mail"}), "users.mappings[1].target", -1, "has no parts"},
		{"element of a name", mapping(provisioning.Mapping{Target: `name[type eq "work"].givenName`, Source: "mail"}), "users.mappings[1].target", -1, "made of parts"},
		{"unknown part of a name", mapping(provisioning.Mapping{Target: `name.first`, Source: "mail"}), "users.mappings[1].target", -1, "made of parts"},
		{"whole element", mapping(provisioning.Mapping{Target: `emails[type eq "work"]`, Source: "mail"}), "users.mappings[1].target", -1, "names none of them"},
		{"element by its value", mapping(provisioning.Mapping{Target: `emails[value eq "work"].type`, Source: "mail"}), "users.mappings[1].target", -1, "names none of them"},
		{"whole role", mapping(provisioning.Mapping{Target: `roles[primary eq "True"]`, Constant: "x"}), "users.mappings[1].target", -1, "write roles, or"},
		{"role by type", mapping(provisioning.Mapping{Target: `roles[type eq "x"].value`, Constant: "x"}), "users.mappings[1].target", -1, "write roles, or"},
		{"part of all roles", mapping(provisioning.Mapping{Target: `roles.value`, Constant: "x"}), "users.mappings[1].target", -1, "write roles, or"},
		{"whole list", mapping(provisioning.Mapping{Target: "emails", Source: "mail"}), "users.mappings[1].target", -1, `emails[type eq "work"].value`},
		{"part of a text", mapping(provisioning.Mapping{Target: "title.x", Source: "city"}), "users.mappings[1].target", -1, "has no parts"},
		{"whole name", mapping(provisioning.Mapping{Target: "name", Source: "city"}), "users.mappings[1].target", -1, "name.givenName"},
		{"id", mapping(provisioning.Mapping{Target: "id", Source: "objectId"}), "users.mappings[1].target", -1, "the target makes it"},
		{"password", mapping(provisioning.Mapping{Target: "password", Constant: "x"}), "users.mappings[1].target", -1, "does not provision passwords"},
		{"mapped twice", mapping(provisioning.Mapping{Target: "username", Source: "mail"}), "users.mappings[1].target", -1, "no attribute username"},
		{"mapped twice", mapping(provisioning.Mapping{Target: "userName", Source: "mail"}), "users.mappings[1].target", -1, "users.mappings[0] maps it already"},
		{"typed value mapped twice", users(provisioning.Mapping{Target: `emails[type eq "work"].value`, Source: "mail"}, provisioning.Mapping{Target: `emails[type eq "Work"].value`, Source: "city"}), "users.mappings[2].target", -1, "users.mappings[1] maps it already"},
		{"precedence", mapping(provisioning.Mapping{Target: "externalId", Source: "mail", Match: 1}), "users.mappings[1].match", -1, "taken"},
		{"no match", provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{{Target: "userName", Source: "mail"}}}}, "users.mappings", -1, "match: 1"},
		{"required", provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{{Target: "externalId", Source: "mail", Match: 1}}}}, "users.mappings", -1, "a mapping to userName"},
		{"group target", provisioning.Settings{Groups: provisioning.GroupSettings{Mappings: []provisioning.Mapping{{Target: "title", Source: "description"}}}}, "groups.mappings[0].target", -1, "no attribute title"},
		{"group source", provisioning.Settings{Groups: provisioning.GroupSettings{Mappings: []provisioning.Mapping{{Target: "displayName", Source: "mail", Match: 1}}}}, "groups.mappings[0].source", -1, "groups have no attribute mail"},
		{"operator", filter(provisioning.Clause{Attribute: "city", Operator: "EQUAL", Value: "x"}), "users.filters[0][1].operator", -1, "did you mean EQUALS?"},
		{"operator unlike any", filter(provisioning.Clause{Attribute: "city", Operator: "sounds like"}), "users.filters[0][1].operator", -1, "got sounds like; at users.filters[0][1].operator; fix on the side of entra)"},
		{"number", filter(provisioning.Clause{Attribute: "employeeId", Operator: "Greater_Than", Value: "1.5"}), "users.filters[0][1].value", -1, "whole number"},
		{"pattern", filter(provisioning.Clause{Attribute: "city", Operator: "REGEX MATCH", Value: "("}), "users.filters[0][1].value", -1, "does not compile"},
		{"value missing", filter(provisioning.Clause{Attribute: "city", Operator: "EQUALS"}), "users.filters[0][1].value", -1, "IS NULL"},
		{"value too many", filter(provisioning.Clause{Attribute: "city", Operator: "IS NULL", Value: "x"}), "users.filters[0][1].value", -1, "takes no value"},
		{"filter on several values", filter(provisioning.Clause{Attribute: "proxyAddresses", Operator: "IS NULL"}), "users.filters[0][1].attribute", -1, "several values"},
		{"filter on manager", filter(provisioning.Clause{Attribute: "manager", Operator: "IS NULL"}), "users.filters[0][1].attribute", -1, "not supported"},
		{"filter on userType", filter(provisioning.Clause{Attribute: "userType", Operator: "IS NULL"}), "users.filters[0][1].attribute", -1, "userType cannot be filtered on"},
		{"filter on a date", filter(provisioning.Clause{Attribute: "accountExpires", Operator: "IS NULL"}), "users.filters[0][1].attribute", -1, "dates cannot be filtered on"},
		{"filter on membership", filter(provisioning.Clause{Attribute: "IsMemberOf", Operator: "EQUALS", Value: "x"}), "users.filters[0][1].attribute", -1, "membership"},
		{"filter on roles", filter(provisioning.Clause{Attribute: "appRoleAssignments", Operator: "IS NULL"}), "users.filters[0][1].attribute", -1, "not supported"},
		{"filter on nothing known", filter(provisioning.Clause{Attribute: "citty", Operator: "IS NULL"}), "users.filters[0][1].attribute", -1, "did you mean city?"},
		{"filter on members", provisioning.Settings{Groups: provisioning.GroupSettings{Filters: [][]provisioning.Clause{{{Attribute: "members", Operator: "IS NULL"}}}}}, "groups.filters[0][0].attribute", -1, "members cannot be filtered on"},
		{"match by a boolean", mapping(provisioning.Mapping{Target: "active", Source: "accountEnabled", Match: 2}), "users.mappings[1].match", -1, "not one text"},
		{"match by roles", mapping(provisioning.Mapping{Target: "roles", Expression: "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])", Match: 2}), "users.mappings[1].match", -1, "not one text"},
		{"match by several values", listed(provisioning.Attribute{Name: tag, MultiValued: true}, provisioning.Mapping{Target: tag, Source: "otherMails", Match: 2}), "users.mappings[1].match", -1, "not one text"},
		{"match without a value", mapping(provisioning.Mapping{Target: "title", Default: "x", Match: 2}), "users.mappings[1].match", -1, "no value to match with"},
		{"negative precedence", mapping(provisioning.Mapping{Target: "title", Source: "city", Match: -1}), "users.mappings[1].match", -1, "negative"},
		{"match by the manager", mapping(provisioning.Mapping{Target: enterpriseURN + ":manager", Source: "manager", Match: 2}), "users.mappings[1]", -1, "no match"},
		{"part of an extension's attribute", mapping(provisioning.Mapping{Target: customURN + ":Tag.value", Source: "city"}), "users.mappings[1].target", -1, "with parts are not supported"},
		{"core schema before nothing", mapping(provisioning.Mapping{Target: "urn:ietf:params:scim:schemas:core:2.0:User:title", Source: "city"}), "users.mappings[1].target", -1, "write title"},
		{"flow", mapping(provisioning.Mapping{Target: "title", Source: "city", FlowBehavior: "often"}), "users.mappings[1].flowBehavior", -1, "whenChanged, always"},
		{"constant of another type", mapping(provisioning.Mapping{Target: "active", Constant: "yes"}), "users.mappings[1].constant", -1, "a boolean"},
		{"default of another type", listed(provisioning.Attribute{Name: tag, Type: "integer"}, provisioning.Mapping{Target: tag, Source: "city", Default: "x"}), "users.mappings[1].default", -1, "an integer"},
		{"type", listed(provisioning.Attribute{Name: tag, Type: "number"}), "users.attributes[0].type", -1, "string, boolean, integer, dateTime, binary, reference"},
		{"mutability", listed(provisioning.Attribute{Name: tag, Mutability: "readonly"}), "users.attributes[0].mutability", -1, "did you mean readOnly?"},
		{"custom reference", listed(provisioning.Attribute{Name: tag, Type: "reference"}), "users.attributes[0].type", -1, "cannot be references"},
		{"several numbers", listed(provisioning.Attribute{Name: tag, Type: "integer", MultiValued: true}), "users.attributes[0].multiValued", -1, "texts in an extension"},
		{"several booleans", listed(provisioning.Attribute{Name: tag, Type: "boolean", MultiValued: true}), "users.attributes[0].multiValued", -1, "texts in an extension"},
		{"several values of a core attribute", listed(provisioning.Attribute{Name: "title", MultiValued: true}), "users.attributes[0].multiValued", -1, "texts in an extension"},
		{"listed twice", provisioning.Settings{Users: provisioning.UserSettings{Attributes: []provisioning.Attribute{{Name: tag}, {Name: strings.ToUpper(tag[:3]) + tag[3:]}}}}, "users.attributes[1].name", -1, "cannot be read"},
		{"listed twice", provisioning.Settings{Users: provisioning.UserSettings{Attributes: []provisioning.Attribute{{Name: tag}, {Name: tag}}}}, "users.attributes[1].name", -1, "one entry"},
		{"listed without schema", listed(provisioning.Attribute{Name: "tag"}), "users.attributes[0].name", -1, "extension's URN"},
		{"listed primary key", listed(provisioning.Attribute{Name: "id"}), "users.attributes[0].name", -1, "the target makes it"},
		{"read-only", listed(provisioning.Attribute{Name: tag, Mutability: "readOnly"}, provisioning.Mapping{Target: tag, Source: "city"}), "users.mappings[1].target", -1, "read-only"},
		{"required but not mapped", listed(provisioning.Attribute{Name: tag, Required: true}), "users.mappings", -1, "a mapping to " + tag},
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
		where := test.path
		if test.offset >= 0 {
			where += fmt.Sprintf(", line 1, column %d", test.offset+1)
		}
		if r, ok := refusal.From(err); !ok || r.Fix != refusal.Entra || r.Where != where {
			t.Errorf("%s: refusal %+v", test.name, r)
		}
	}
	if diff := cmp.Diff(before, f.job.Settings()); diff != "" {
		t.Errorf("a refused configuration changed the settings:\n%s", diff)
	}
}
