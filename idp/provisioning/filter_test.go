package provisioning_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

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
		{clause("department", "Greater_Than", "-1"), false}, // no integer
		{clause("department", "Greater_Than_OR_EQUALS", "0"), false},
		{clause("employeeId", "Greater_Than_OR_EQUALS", "1000043"), false},
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
		{clause("department", "REGEX MATCH", "^(?!Marketing)"), true},
		{clause("department", "REGEX MATCH", "^(?!Sales)"), false},
		{clause("department", "NOT REGEX MATCH", "^(?!Sales)"), true},
		{clause("employeeId", "REGEX MATCH", `(0)\1\1`), true},
		{clause("employeeId", "REGEX MATCH", `(0)\1\1\1\1`), false},
		{clause("department", "REGEX MATCH", "sales"), false}, // case-sensitive
		{clause("department", "REGEX MATCH", "(?i)sales"), true},
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

// A pattern that takes too long on a user's value lets the user pass neither way.
func TestFilterPatternTakesTooLong(t *testing.T) {
	const slow = `^(\w+\s?)*$`
	s := users()
	s.Users.Filters = [][]provisioning.Clause{
		{{Attribute: "city", Operator: "REGEX MATCH", Value: slow}}, {{Attribute: "city", Operator: "NOT REGEX MATCH", Value: slow}},
	}
	f := newFixture(t, s)
	f.assign(f.addUser("ann", func(u *directory.User) { u.City = strings.Repeat("a", 64) + "!" }).ID)
	f.assign(f.addUser("bob", func(u *directory.User) { u.City = "Lisboa" }).ID)
	f.wantLog(f.success(), "other skipped ann@contoso.example NotEffectivelyEntitled", "create success bob@contoso.example")
}

// "Known issues for provisioning": directory extensions with several values can
// be neither filtered on nor mapped.
func TestExtensionWithSeveralValues(t *testing.T) {
	const name = "extension_53c9e2c0_teams"
	several := func(u *directory.User) {
		u.Extensions = map[string]directory.ExtensionValue{name: {"a", "b"}}
	}
	for _, operator := range []string{"IS NOT NULL", "IS NULL", "EQUALS", "NOT EQUALS"} {
		c := provisioning.Clause{Attribute: name, Operator: operator}
		if strings.HasSuffix(operator, "EQUALS") {
			c.Value = "a"
		}
		s := users()
		s.Users.Filters = [][]provisioning.Clause{{c}}
		f := newFixture(t, s)
		f.assign(f.addUser("ann", several).ID)
		f.wantLog(f.success(), "other skipped ann@contoso.example NotEffectivelyEntitled")
	}
	f := newFixture(t, users(provisioning.Mapping{Target: "title", Source: name}))
	f.assign(f.addUser("ann", several).ID)
	f.assign(f.addUser("bob", func(u *directory.User) { u.Extensions = map[string]directory.ExtensionValue{name: {"a"}} }).ID)
	f.wantLog(f.cycle(), "create failure ann@contoso.example SchemaPropertyCanOnlyAcceptValue", "create success bob@contoso.example")
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
