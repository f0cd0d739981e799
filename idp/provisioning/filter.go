package provisioning

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/idharness/harness/idp/provisioning/expression"
	"github.com/idharness/harness/idp/provisioning/spelling"
)

// filters is the scoping filters of one kind of object: any filter may match,
// and a filter matches when all of its clauses do. Without filters everything
// matches (learn.microsoft.com, "Scoping users or groups to be provisioned
// with scoping filters").
type filters [][]clause

type clause struct {
	Clause
	operator operator
	pattern  *expression.Pattern
	number   int64
}

// operator is one comparison of scoping filters. An attribute without value
// fails every operator but IS NULL, the negated ones too.
type operator struct {
	name  string
	value operand
	match func(c clause, attribute string) bool
}

type operand uint8

const (
	operandNone operand = iota
	operandText
	operandNumber
	operandPattern
)

// operators spells them as the admin center does. The first two read the other
// way round: the attribute's value must occur in the text of the filter.
var operators = []operator{
	{"&", operandText, func(c clause, v string) bool { return strings.Contains(c.Value, v) }},
	{"!&", operandText, func(c clause, v string) bool { return !strings.Contains(c.Value, v) }},
	{"ENDS_WITH", operandText, func(c clause, v string) bool { return strings.HasSuffix(v, c.Value) }},
	{"EQUALS", operandText, func(c clause, v string) bool { return v == c.Value }},
	{"Greater_Than", operandNumber, func(c clause, v string) bool { return numeric(v, func(n int64) bool { return n > c.number }) }},
	{"Greater_Than_OR_EQUALS", operandNumber, func(c clause, v string) bool { return numeric(v, func(n int64) bool { return n >= c.number }) }},
	{"Includes", operandText, func(c clause, v string) bool { return strings.Contains(v, c.Value) }},
	{"IS FALSE", operandNone, func(_ clause, v string) bool { return strings.EqualFold(v, "false") }},
	{"IS TRUE", operandNone, func(_ clause, v string) bool { return strings.EqualFold(v, "true") }},
	{"IS NULL", operandNone, nil},
	{"IS NOT NULL", operandNone, func(clause, string) bool { return true }},
	{"NOT EQUALS", operandText, func(c clause, v string) bool { return v != c.Value }},
	{"REGEX MATCH", operandPattern, func(c clause, v string) bool { return c.occurs(v, true) }},
	{"NOT REGEX MATCH", operandPattern, func(c clause, v string) bool { return c.occurs(v, false) }},
}

// occurs compares with a pattern. One that takes too long holds neither way, so
// that a user is rather left out than let in.
func (c clause) occurs(text string, want bool) bool {
	got, err := c.pattern.Match(text)
	return err == nil && got == want
}

func numeric(text string, holds func(int64) bool) bool {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return err == nil && holds(n)
}

// unfilterable names attributes that filters may not use, and why (the page
// itself, and "Known issues for provisioning", unsupported scoping filters).
var unfilterable = map[string]string{
	"ismemberof":            "membership in groups cannot be filtered on",
	"usertype":              "userType cannot be filtered on",
	"statushiredate":        dateTyped,
	"startdate":             dateTyped,
	"enddate":               dateTyped,
	"statusterminationdate": dateTyped,
	"accountexpires":        dateTyped,
	"members":               "members cannot be filtered on",
	"approleassignments":    "appRoleAssignments cannot be filtered on",
	"manager":               "manager cannot be filtered on",
	"othermails":            "it has several values",
	"proxyaddresses":        "it has several values",
	"issoftdeleted":         "it is computed from the scope itself",
}

const dateTyped = "dates cannot be filtered on"

func compileFilters(path string, raw [][]Clause, checkAttribute func(string) (problem, hint string)) (filters, error) {
	var out filters
	for i, clauses := range raw {
		if len(clauses) == 0 {
			return nil, settingsError(fmt.Sprintf("%s[%d]", path, i), "The filter has no clause.", "at least one clause", "none", "")
		}
		var compiled []clause
		for j, c := range clauses {
			cl, err := compileClause(fmt.Sprintf("%s[%d][%d]", path, i, j), c, checkAttribute)
			if err != nil {
				return nil, err
			}
			compiled = append(compiled, cl)
		}
		out = append(out, compiled)
	}
	return out, nil
}

func compileClause(at string, raw Clause, checkAttribute func(string) (problem, hint string)) (clause, error) {
	c := clause{Clause: raw}
	if why, no := unfilterable[strings.ToLower(raw.Attribute)]; no {
		return c, settingsError(at+".attribute", "The attribute is not supported in scoping filters.", "an attribute with one text or number", raw.Attribute, why)
	}
	if problem, hint := checkAttribute(raw.Attribute); problem != "" {
		return c, settingsError(at+".attribute", "Unknown source attribute.", "an attribute of the directory", raw.Attribute, reason(problem, hint))
	}
	i := slices.IndexFunc(operators, func(o operator) bool { return strings.EqualFold(o.name, raw.Operator) })
	if i < 0 {
		var names []string
		for _, o := range operators {
			names = append(names, o.name)
		}
		hint := ""
		if known := spelling.Nearest(raw.Operator, slices.Values(names)); known != "" {
			hint = "did you mean " + known + "?"
		}
		return c, settingsError(at+".operator", "Unknown operator.", "one of "+strings.Join(names, ", "), raw.Operator, hint)
	}
	c.operator = operators[i]
	var err error
	switch c.operator.value {
	case operandNone:
		if raw.Value != "" {
			return c, settingsError(at+".value", "The operator "+c.operator.name+" takes no value.", "no value", raw.Value, "")
		}
	case operandNumber:
		if c.number, err = strconv.ParseInt(raw.Value, 10, 64); err != nil {
			return c, settingsError(at+".value", "The operator "+c.operator.name+" compares integers.", "a whole number", raw.Value, "")
		}
	case operandPattern:
		if c.pattern, err = expression.CompilePattern(raw.Value); err != nil {
			return c, settingsError(at+".value", "The regular expression cannot be used.", "a .NET regular expression", raw.Value, err.Error())
		}
	case operandText:
		if raw.Value == "" {
			return c, settingsError(at+".value", "The operator "+c.operator.name+" needs a value.", "a text", "none", "use IS NULL or IS NOT NULL to ask for emptiness")
		}
	}
	return c, nil
}

// matches evaluates a clause. A directory extension with several values, which
// shows only with the user at hand, matches nothing.
func (c clause) matches(attribute func(string) expression.Value) bool {
	v := attribute(c.Attribute)
	if v.Kind() == expression.List {
		return false
	}
	if c.operator.match == nil { // IS NULL
		return v.IsEmpty()
	}
	return !v.IsEmpty() && c.operator.match(c, v.String())
}

// match reports whether the object is in scope and, where it is not, the first
// clause of each filter that it failed.
func (f filters) match(attribute func(string) expression.Value) (ok bool, failed []string) {
	if len(f) == 0 {
		return true, nil
	}
	for _, clauses := range f {
		i := slices.IndexFunc(clauses, func(c clause) bool { return !c.matches(attribute) })
		if i < 0 {
			return true, nil
		}
		failed = append(failed, strings.TrimSpace(clauses[i].Attribute+" "+clauses[i].operator.name+" "+clauses[i].Value))
	}
	return false, failed
}
