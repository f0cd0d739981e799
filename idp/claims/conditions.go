package claims

import (
	"slices"
	"strings"

	"github.com/idharness/harness/idp/directory"
)

// maxConditionGroups is how many different groups the conditions of one
// application can name (learn.microsoft.com, "Customize SAML token claims").
const maxConditionGroups = 50

// Condition is one row of a claim's conditions: for which users it holds, and
// where the value comes from then. It has exactly one of Source, Value and
// Transform.
type Condition struct {
	UserType  string     `json:"userType,omitempty"` // any (default), members, allGuests, aadGuests or externalGuests
	Groups    []string   `json:"groups,omitempty"`   // object ids or display names; membership in one of them is enough
	Source    string     `json:"source,omitempty"`
	Value     string     `json:"value,omitempty"`
	Transform *Transform `json:"transform,omitempty"`
}

// UserTypes returns the user types of a condition.
func UserTypes() []string {
	return []string{"any", "members", "allGuests", "aadGuests", "externalGuests"}
}

// matches reports whether the condition holds for the subject.
func (c Condition) matches(s Subject) bool {
	guest := s.isGuest()
	holds := true
	switch strings.ToLower(c.UserType) {
	case "members":
		holds = !guest
	case "allguests":
		holds = guest
	case "aadguests":
		holds = s.fromEntraTenant()
	case "externalguests":
		holds = guest && !s.fromEntraTenant()
	}
	return holds && (len(c.Groups) == 0 || slices.ContainsFunc(s.memberships(), c.names))
}

func (s Subject) isGuest() bool { return strings.EqualFold(s.User.UserType, "Guest") }

// fromEntraTenant reports whether the subject is a guest from another Entra
// tenant, as one is of whom nothing else is known.
func (s Subject) fromEntraTenant() bool {
	return s.isGuest() && strings.HasPrefix(s.identityProvider(), issuerPrefix)
}

func (c Condition) names(g directory.Group) bool {
	return slices.ContainsFunc(c.Groups, func(ref string) bool {
		return strings.EqualFold(ref, g.ID) || strings.EqualFold(ref, g.DisplayName)
	})
}

// chosen is the condition that decided and the values that it gave.
type chosen struct {
	index  int // -1 if none matched
	values []string
}

// choose evaluates conditions (learn.microsoft.com, "Customize SAML token
// claims", emit claims based on conditions): first all those with an attribute,
// then all those with a transformation, from top to bottom. The last one that
// matches and has a value wins; one without a value is as if it were not there.
func (tr transformer) choose(conditions []Condition, multi bool) (chosen, error) {
	result := chosen{index: -1}
	for _, transforms := range []bool{false, true} {
		for i, c := range conditions {
			if (c.Transform != nil) != transforms || !c.matches(tr.subject) {
				continue
			}
			values, err := tr.evaluate(c.Source, c.Value, c.Transform, multi)
			if err != nil && !valueless(err) {
				return chosen{}, err
			}
			if err == nil && len(values) > 0 {
				result = chosen{i, values}
			}
		}
	}
	return result, nil
}

// evaluate returns the values of an attribute, a constant or a transformation.
func (tr transformer) evaluate(from, constant string, t *Transform, multi bool) ([]string, error) {
	switch {
	case t != nil:
		return tr.apply(t, multi)
	case constant != "":
		return []string{constant}, nil
	}
	values := tr.subject.values(from)
	if s, ok := findSource(from); ok && len(values) > 1 && !s.all && !multi {
		values = values[:1]
	}
	return values, nil
}
