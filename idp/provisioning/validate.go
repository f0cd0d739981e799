package provisioning

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning/expression"
	"github.com/idharness/harness/idp/provisioning/spelling"
	"github.com/idharness/harness/internal/refusal"
)

// configuration is Settings with defaults filled in, checked and compiled.
type configuration struct {
	Settings
	users        table
	groups       table
	userFilters  filters
	groupFilters filters
}

func (c *configuration) groupsEnabled() bool { return orTrue(c.Groups.Enabled) }

func (c *configuration) may(kind directory.Kind, action string) bool {
	if kind == directory.KindGroup {
		return slices.Contains(c.Groups.Actions, action)
	}
	return slices.Contains(c.Users.Actions, action)
}

// compile checks settings. The error is a *SettingsError for the first mistake
// in the order of the settings.
func compile(s Settings, template string) (*configuration, error) {
	c := &configuration{Settings: s.withDefaults(template)}
	if err := c.checkChoices(); err != nil {
		return nil, err
	}
	if err := checkAddress(c.NotificationEmail); err != nil {
		return nil, err
	}
	var err error
	if c.users, err = compileTable("users", c.Users.Mappings, c.Users.Attributes, userRules, template); err != nil {
		return nil, err
	}
	if c.WorkTypesOnly {
		if err := c.users.keepWorkTypes(c.Users.Mappings); err != nil {
			return nil, err
		}
	}
	if c.Scope == ScopeAll {
		if err := rejectRoles(c.users); err != nil {
			return nil, err
		}
	}
	if c.userFilters, err = compileFilters("users.filters", c.Users.Filters, checkUserAttribute); err != nil {
		return nil, err
	}
	if c.groups, err = compileTable("groups", c.Groups.Mappings, c.Groups.Attributes, groupRules, template); err != nil {
		return nil, err
	}
	if c.groupFilters, err = compileFilters("groups.filters", c.Groups.Filters, checkGroupAttribute); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *configuration) checkChoices() error {
	for _, choice := range []struct {
		path, got string
		allowed   []string
	}{
		{"scope", c.Scope, []string{ScopeAssigned, ScopeAll}},
		{"outOfScopeAction", c.OutOfScopeAction, []string{OutOfScopeDisable, OutOfScopeDelete, OutOfScopeNone}},
		{"managerValueForm", c.ManagerValueForm, []string{ManagerString, ManagerObject, ManagerArray}},
	} {
		if err := checkChoice(choice.path, choice.got, choice.allowed); err != nil {
			return err
		}
	}
	for _, list := range []struct {
		path    string
		actions []string
	}{{"users.actions", c.Users.Actions}, {"groups.actions", c.Groups.Actions}} {
		for i, action := range list.actions {
			if err := checkChoice(fmt.Sprintf("%s[%d]", list.path, i), action, []string{ActionsCreate, ActionsUpdate, ActionsDelete}); err != nil {
				return err
			}
		}
	}
	for _, n := range []struct {
		path string
		got  float64
	}{
		{"accidentalDeletionThreshold", float64(c.AccidentalDeletionThreshold)},
		{"interval", float64(c.Interval)},
		{"memberBatchSize", float64(c.MemberBatchSize)},
		{"progressPageSize", float64(c.ProgressPageSize)},
		{"quarantine.minFailures", float64(c.Quarantine.MinFailures)},
		{"quarantine.failureShare", c.Quarantine.FailureShare},
		{"quarantine.maxFailures", float64(c.Quarantine.MaxFailures)},
		{"quarantine.totalFailures", float64(c.Quarantine.TotalFailures)},
	} {
		if n.got < 0 {
			return settingsError(n.path, "The value is negative.", "zero or more", fmt.Sprint(n.got), "")
		}
	}
	for _, header := range []struct{ path, value string }{{"userAgent", c.UserAgent}, {"adscimVersion", c.ADSCIMVersion}} {
		if strings.ContainsAny(header.value, "\r\n\x00") {
			return settingsError(header.path, "The value cannot stand in a header.", "one line of text", fmt.Sprintf("%q", header.value), "")
		}
	}
	return nil
}

func checkChoice(path, got string, allowed []string) error {
	if slices.Contains(allowed, got) {
		return nil
	}
	hint := ""
	if known := spelling.Nearest(got, slices.Values(allowed)); known != "" {
		hint = "did you mean " + known + "?"
	}
	return settingsError(path, "Unknown value.", "one of "+strings.Join(allowed, ", "), got, hint)
}

// tableRules are what differs between the mappings of users and of groups.
type tableRules struct {
	shapes         map[string]shape
	required       string // target attribute without which nothing can be created
	reference      string // target attribute that refers to other objects
	referenceFrom  string // its only source
	checkAttribute func(name string) (problem, hint string)
}

var userRules = tableRules{userShapes, "userName", enterprise + "manager", "manager", checkUserAttribute}

var groupRules = tableRules{groupShapes, "displayName", "members", "members", checkGroupAttribute}

func compileTable(path string, mappings []Mapping, listed []Attribute, rules tableRules, template string) (table, error) {
	var t table
	defined, err := compileAttributes(path+".attributes", listed, rules, template)
	if err != nil {
		return t, err
	}
	path += ".mappings"
	targets := make(map[string]int)
	for i, raw := range mappings {
		at := fmt.Sprintf("%s[%d]", path, i)
		m, err := compileMapping(at, raw, rules, defined)
		if err != nil {
			return t, err
		}
		if first, taken := targets[strings.ToLower(raw.Target)]; taken {
			return t, settingsError(at+".target", "The target attribute is mapped twice.", "one mapping for each target attribute", raw.Target, fmt.Sprintf("%s[%d] maps it already", path, first))
		}
		targets[strings.ToLower(raw.Target)] = i
		if raw.Target == rules.reference {
			t.reference = m
			continue
		}
		t.mappings = append(t.mappings, m)
		if raw.Match == 0 {
			continue
		}
		if slices.ContainsFunc(t.match, func(other *mapping) bool { return other.Match == raw.Match }) {
			return t, settingsError(at+".match", "The matching precedence is taken.", "a number that no other mapping has", fmt.Sprint(raw.Match), "")
		}
		t.match = append(t.match, m)
	}
	if len(t.match) == 0 {
		return t, settingsError(path, "There is no matching attribute.", "a mapping with match: 1", "none", fmt.Sprintf("match on %s unless the target needs another", rules.required))
	}
	t.required = []string{rules.required}
	for _, a := range listed {
		if a.Required && a.Name != rules.required {
			t.required = append(t.required, a.Name)
		}
	}
	for _, name := range t.required {
		if _, ok := targets[strings.ToLower(name)]; !ok {
			return t, settingsError(path, "A required attribute is not mapped.", "a mapping to "+name, "none", "")
		}
	}
	slices.SortFunc(t.match, func(a, b *mapping) int { return a.Match - b.Match })
	return t, nil
}

func compileMapping(at string, raw Mapping, rules tableRules, defined definitions) (*mapping, error) {
	m := &mapping{Mapping: raw}
	var ok bool
	if m.path, ok = parsePath(raw.Target); !ok {
		return nil, settingsError(at+".target", "The target attribute cannot be read.", `a name such as title, name.givenName or emails[type eq "work"].value`, fmt.Sprintf("%q", raw.Target), "")
	}
	if problem, hint := m.path.checkTarget(rules.shapes); problem != "" {
		return nil, settingsError(at+".target", "Unknown target attribute.", "an attribute of the target", raw.Target, reason(problem, hint))
	}
	m.target = defined.of(m.path)
	if m.target.Mutability == MutabilityReadOnly {
		return nil, settingsError(at+".target", "The target attribute is read-only.", "an attribute that can be written", raw.Target, "")
	}
	sources := 0
	for _, s := range []string{raw.Source, raw.Expression, raw.Constant} {
		if s != "" {
			sources++
		}
	}
	switch {
	case sources > 1:
		return nil, settingsError(at, "The mapping has several sources.", "one of source, expression and constant", fmt.Sprint(sources), "")
	case sources == 0 && raw.Default == "":
		return nil, settingsError(at, "The mapping has no source.", "one of source, expression and constant, or a default", "none", "")
	case raw.Match < 0:
		return nil, settingsError(at+".match", "The matching precedence is negative.", "1 or more, or 0 for an attribute that is not for matching", fmt.Sprint(raw.Match), "")
	case raw.Match > 0 && (m.path.roles() || m.target.Type == TypeBoolean || m.target.MultiValued):
		return nil, settingsError(at+".match", "The attribute is not for matching.", "an attribute by which the target can filter", raw.Target, "it is not one text")
	case raw.Match > 0 && sources == 0:
		return nil, settingsError(at+".match", "The attribute is not for matching.", "a mapping with a source", raw.Target, "a mapping of type None has no value to match with")
	}
	if raw.Apply != "" {
		if err := checkChoice(at+".apply", raw.Apply, []string{ApplyAlways, ApplyCreate, ApplyAttributeAddOnly, ApplyValueAddOnly, ApplyMultiValueAddOnly}); err != nil {
			return nil, err
		}
	}
	if raw.FlowBehavior != "" {
		if err := checkChoice(at+".flowBehavior", raw.FlowBehavior, []string{FlowWhenChanged, FlowAlways}); err != nil {
			return nil, err
		}
	}
	for _, fixed := range []struct{ path, text string }{{".constant", raw.Constant}, {".default", raw.Default}} {
		if needs := m.target.checkValue(fixed.text); fixed.text != "" && needs != "" {
			return nil, settingsError(at+fixed.path, "The value is not of the target attribute's type.", needs, fixed.text, raw.Target+" is "+needs)
		}
	}
	if raw.Target == rules.reference {
		if raw.Source != rules.referenceFrom || raw.Match > 0 {
			return nil, settingsError(at, "The target is a reference.", "source: "+rules.referenceFrom+" and no match", raw.Source+raw.Expression+raw.Constant, "")
		}
		return m, nil
	}
	if raw.Source != "" {
		return m, checkSource(at, m, rules)
	}
	if raw.Expression != "" {
		return m, compileExpression(at, m, rules)
	}
	return m, nil
}

func checkSource(at string, m *mapping, rules tableRules) error {
	lower := strings.ToLower(m.Source)
	switch {
	case lower == rules.referenceFrom:
		return settingsError(at+".source", "The source is a reference.", "the target "+rules.reference, m.Target, "only references can be filled from "+m.Source)
	case lower == "approleassignments":
		return settingsError(at+".source", "Roles need an expression.", "AssertiveAppRoleAssignmentsComplex([appRoleAssignments]), AppRoleAssignmentsComplex or SingleAppRoleAssignment", m.Source, "")
	}
	if problem, hint := rules.checkAttribute(m.Source); problem != "" {
		return settingsError(at+".source", "Unknown source attribute.", "an attribute of the directory", m.Source, reason(problem, hint))
	}
	return nil
}

func compileExpression(at string, m *mapping, rules tableRules) error {
	at += ".expression"
	e, err := expression.Parse(m.Expression)
	if err != nil {
		return expressionError(at, m.Expression, err)
	}
	for _, a := range e.Attributes() {
		problem, hint := rules.checkAttribute(a.Name)
		if strings.EqualFold(a.Name, rules.referenceFrom) {
			problem, hint = a.Name+" is a reference", "references cannot stand in expressions"
		}
		if problem != "" {
			return expressionError(at, m.Expression, &expression.SyntaxError{Offset: a.Offset, Message: problem, Hint: hint})
		}
	}
	if offset, ok := e.Call("SelectUniqueValue"); ok {
		return expressionError(at, m.Expression, &expression.SyntaxError{Offset: offset, Message: "SelectUniqueValue works with on-premises directories only, not with SCIM applications"})
	}
	for _, name := range roleFunctions {
		if offset, ok := e.Call(name); ok && !m.path.roles() {
			return expressionError(at, m.Expression, &expression.SyntaxError{Offset: offset, Message: name + " fills roles only", Hint: `map it to roles or roles[primary eq "True"].value`})
		}
	}
	m.expression = e
	return nil
}

var roleFunctions = []string{"AppRoleAssignmentsComplex", "AssertiveAppRoleAssignmentsComplex", "SingleAppRoleAssignment"}

func expressionError(at, text string, err error) error {
	var syntax *expression.SyntaxError
	if !errors.As(err, &syntax) {
		return fmt.Errorf("%s: %w", at, err)
	}
	return &SettingsError{Path: at, Offset: syntax.Offset, Refusal: &refusal.Refusal{
		Code: "InvalidExpression", Message: syntax.Message + ".",
		Got: text, Where: fmt.Sprintf("%s, %v", at, expression.PositionOf(text, syntax.Offset)), Fix: refusal.Entra, Hint: syntax.Hint,
	}}
}

// rejectRoles refuses role functions under Sync all ("Customize user
// provisioning attribute-mappings": not compatible with that scope).
func rejectRoles(t table) error {
	for _, m := range t.mappings {
		for _, name := range roleFunctions {
			if m.expression == nil {
				continue
			}
			if _, ok := m.expression.Call(name); ok {
				return settingsError("scope", "The scope does not go with the mapping of "+m.Target+".", "scope: assigned", ScopeAll, name+" cannot be used with all users and groups")
			}
		}
	}
	return nil
}
