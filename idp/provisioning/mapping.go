package provisioning

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning/expression"
	"github.com/idharness/harness/internal/ids"
)

// mapping is a Mapping that was checked.
type mapping struct {
	Mapping
	path       attributePath
	target     Attribute
	expression *expression.Expression // nil for other types
}

// table is the mappings of one kind of object.
type table struct {
	mappings  []*mapping // without the reference
	match     []*mapping // by precedence
	reference *mapping   // manager or members; nil: not mapped
	required  []string   // targets without which nothing is created
}

// usesSoftDeleted reports whether any mapping shows the target that a user has
// lost access. Without one, nothing is sent for such events.
func (t *table) usesSoftDeleted() bool { return t.uses(softDeletedAttribute) }

// showsDisabled reports whether any mapping shows the target that a user is
// disabled in the directory: "the logic to disable a user during an update is
// also controlled via an attribute mapping from a field such as
// accountEnabled" ("How application provisioning works", incremental cycles).
func (t *table) showsDisabled() bool { return t.uses(softDeletedAttribute) || t.uses(enabledAttribute) }

func (t *table) uses(attribute string) bool {
	return slices.ContainsFunc(t.mappings, func(m *mapping) bool { return m.uses(attribute) })
}

const (
	softDeletedAttribute = "IsSoftDeleted"
	enabledAttribute     = "accountEnabled"
)

// uses reports whether the mapping reads an attribute.
func (m *mapping) uses(attribute string) bool {
	if strings.EqualFold(m.Source, attribute) {
		return true
	}
	return m.expression != nil && slices.ContainsFunc(m.expression.Attributes(), func(a expression.Attribute) bool {
		return strings.EqualFold(a.Name, attribute)
	})
}

// none reports whether the mapping is of type None, which only fills an empty
// target.
func (m *mapping) none() bool { return m.Source == "" && m.expression == nil && m.Constant == "" }

// entry is an object of the directory together with what its kind needs.
type entry struct {
	kind  directory.Kind
	id    string
	name  string // userPrincipalName or displayName
	user  sourceUser
	group directory.Group
}

func (e *entry) attribute(name string) expression.Value {
	if e.kind == directory.KindGroup {
		return groupAttribute(&e.group, name)
	}
	return e.user.attribute(name)
}

// evaluation is the surroundings in which mappings are evaluated.
type evaluation struct {
	now    time.Time
	ids    *ids.Source
	domain string // of the tenant, for DefaultDomain

	buffer *[]attribute // of evaluate
}

// value evaluates a mapping for an object.
func (ev evaluation) value(m *mapping, e *entry) (expression.Value, *failure) {
	switch {
	case m.expression != nil:
		v, err := m.expression.Eval(expression.Env{Attribute: e.attribute, Now: ev.now, Random: ev.ids, DefaultDomain: ev.domain})
		if err != nil {
			return expression.Value{}, fail(codeSynchronizationError, fmt.Sprintf("The mapping of %s cannot be evaluated: %v", m.Target, err))
		}
		return v, nil
	case m.Source != "":
		return e.attribute(m.Source), nil
	default:
		return expression.Optional(m.Constant), nil
	}
}

// attribute is a value on its way to a target attribute.
type attribute struct {
	*mapping
	value expression.Value
}

// shown is the value as logs may show it.
func (a attribute) shown() string {
	if a.value.Redacted() {
		return redactedText
	}
	return strings.Join(a.value.Strings(), ", ")
}

// creationOnly reports whether the target attribute is never updated.
func (m *mapping) creationOnly() bool {
	return m.Apply == ApplyCreate || m.Apply == ApplyMultiValueAddOnly && !m.target.MultiValued || m.target.Mutability == MutabilityImmutable
}

// evaluate computes the values that flow to the target. Sources without value
// are left out: the service does not provision nulls, so that clearing an
// attribute here clears nothing there. Defaults count on creation only. The result
// is valid until the next call.
func (ev evaluation) evaluate(t *table, e *entry, creating, roles bool) ([]attribute, *failure) {
	out := slices.Grow((*ev.buffer)[:0], len(t.mappings))
	for _, m := range t.mappings {
		if m.path.roles() && !roles || m.creationOnly() && !creating {
			continue
		}
		v, failed := ev.value(m, e)
		if failed != nil {
			return nil, failed
		}
		if v.Ignored() {
			continue
		}
		if v.IsEmpty() && m.Default != "" && (creating || m.none()) {
			v = expression.Text(m.Default)
		}
		if v.IsEmpty() && !(m.path.roles() && m.assertive()) {
			continue
		}
		if v.Kind() == expression.List && len(v.Strings()) > 1 && !m.target.MultiValued {
			return nil, fail(codeSingleValueOnly, fmt.Sprintf(textSingleValue, m.Target, len(v.Strings())))
		}
		if needs := m.target.checkValue(v.String()); needs != "" {
			return nil, fail(codeSynchronizationError, fmt.Sprintf("The mapping of %s gives %q where %s is needed.", m.Target, attribute{m, v}.shown(), needs))
		}
		out = append(out, attribute{m, v})
	}
	*ev.buffer = out
	return out, nil
}

// assertive reports whether the mapping removes roles too.
func (m *mapping) assertive() bool {
	if m.expression == nil {
		return false
	}
	_, ok := m.expression.Call("AssertiveAppRoleAssignmentsComplex")
	return ok
}
