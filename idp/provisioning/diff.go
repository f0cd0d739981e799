package provisioning

import (
	"slices"
	"strings"

	"github.com/idharness/harness/idp/provisioning/expression"
)

// change is one attribute whose value in the target differs.
type change struct {
	attribute
	add bool   // the target has no value yet
	old string // the target's value
}

func (c change) modified() Modified {
	old := c.old
	if c.value.Redacted() && old != "" {
		old = redactedText
	}
	return Modified{Name: c.Target, Old: old, New: c.shown()}
}

// diff compares the values that should be with those that are, in the order of
// the mappings. Texts are compared, booleans and, unless the mapping says
// otherwise, texts without regard to case.
func diff(wanted []attribute, current resource) []change {
	var out []change
	for _, a := range wanted {
		if a.value.Kind() == expression.Roles || a.path.roles() && a.assertive() {
			if old := current.roleValues(); rolesDiffer(a, old) {
				out = append(out, change{a, len(old) == 0, strings.Join(old, ", ")})
			}
			continue
		}
		old, present := current.value(a.path)
		if a.target.MultiValued {
			if c, differs := a.difference(current.values(a.path)); differs {
				out = append(out, c)
			}
			continue
		}
		switch {
		case !present:
			out = append(out, change{attribute: a, add: true})
		case a.none() || a.Apply == ApplyAttributeAddOnly:
		case a.FlowBehavior == FlowAlways || !a.same(old):
			out = append(out, change{a, false, old})
		}
	}
	return out
}

func (a attribute) same(old string) bool {
	wanted := a.value.String()
	exact := (a.CaseExact || a.target.CaseExact) && a.target.Type != TypeBoolean
	return wanted == old || !exact && strings.EqualFold(wanted, old)
}

// difference compares several values, whose order does not count. They are
// replaced as a whole, unless values are only ever to be added.
func (a attribute) difference(current []string) (change, bool) {
	old := strings.Join(current, ", ")
	has := func(list []string, text string) bool {
		one := attribute{a.mapping, expression.Text(text)}
		return slices.ContainsFunc(list, one.same)
	}
	wanted := a.value.Strings()
	missing := slices.DeleteFunc(slices.Clone(wanted), func(text string) bool { return has(current, text) })
	extra := slices.ContainsFunc(current, func(text string) bool { return !has(wanted, text) })
	switch {
	case len(current) == 0:
		return change{attribute: a, add: true}, true
	case a.none() || a.Apply == ApplyAttributeAddOnly:
		return change{}, false
	case a.Apply == ApplyValueAddOnly || a.Apply == ApplyMultiValueAddOnly:
		if !a.value.Redacted() {
			a.value = expression.Texts(missing)
		}
		return change{a, true, old}, len(missing) > 0
	}
	return change{a, false, old}, len(missing) > 0 || extra || a.FlowBehavior == FlowAlways
}

// rolesDiffer asks whether a role is missing; only the assertive function also
// minds roles that are too many.
func rolesDiffer(a attribute, current []string) bool {
	wanted := a.value.Strings()
	for _, role := range wanted {
		if !slices.Contains(current, role) {
			return true
		}
	}
	return a.assertive() && len(current) != len(wanted)
}

// deprovisions reports whether a change tells the target that the user lost
// access.
func deprovisions(changes []change) bool {
	return slices.ContainsFunc(changes, func(c change) bool { return c.uses(softDeletedAttribute) || c.uses(enabledAttribute) })
}

// created lists the attributes of a new object for the log.
func created(attributes []attribute) []Modified {
	out := make([]Modified, 0, len(attributes))
	for _, a := range attributes {
		if shown := a.shown(); shown != "" {
			out = append(out, Modified{Name: a.Target, New: shown})
		}
	}
	return out
}
