package identitystore

import "strings"

// Rules are what users and groups must satisfy. The zero value is AWS's; each
// field is a departure from it, for older times or for a store that serves a
// general SCIM endpoint.
type Rules struct {
	// Forbidden are characters that no text but a profileUrl may have: pages
	// until 2024 forbid <>;:% (tutorials of Microsoft and Okta), the pattern
	// that is published since allows them.
	Forbidden string `json:"forbidden,omitempty" doc:"Characters that no text but a profileUrl may have."`

	// UserNameSpaces allows spaces in userName, as PutUser's page does and
	// CreateUser's does not.
	UserNameSpaces bool `json:"userNameSpaces,omitempty" doc:"Allow spaces in userName."`

	// ManagerExists refuses a manager who is no user of the store. The guide
	// does not speak of it.
	ManagerExists bool `json:"managerExists,omitempty" doc:"Refuse a manager who does not exist."`

	// CaseExact tells userNames, e-mail addresses and names of groups apart by
	// their case. The schemas say that AWS does not; nobody has shown it.
	CaseExact bool `json:"caseExact,omitempty" doc:"Tell userNames, e-mail addresses and names of groups apart by their case."`

	// OldListText is the text of 2023 for a second value.
	OldListText bool `json:"oldListText,omitempty" doc:"The text of 2023 for a second value of a multi-valued attribute."`

	ManyValues bool     `json:"manyValues,omitempty" doc:"Allow any number of values of a multi-valued attribute."`
	AnyText    bool     `json:"anyText,omitempty" doc:"No limits of length or characters."`
	AnyName    bool     `json:"anyName,omitempty" doc:"No reserved names."`
	Optional   []string `json:"optional,omitempty" doc:"Attributes that AWS requires and this store does not."`
}

// userNameRule is the rule for userName, without or with the spaces that the
// page of PutUser lists: the normal and the no-break one.
func (r Rules) userNameRule() rule {
	rule := nameRule(maxUserName)
	if r.UserNameSpaces {
		rule.pattern, rule.words = `[\p{L}\p{M}\p{S}\p{N}\p{P} ]+`, "letters, marks, symbols, numbers, punctuation and spaces"
		rule.allowed = func(c rune) bool { return c == ' ' || c == '\u00a0' || printable(c) }
	}
	return rule
}

// IsID reports whether text has the shape of an id (Identity Store API
// reference, ResourceId): a UUID, in older directories after ten digits of the
// store's id.
func IsID(text string) bool {
	groups := strings.Split(text, "-")
	if len(groups) == 6 && len(groups[0]) == 10 && strings.Trim(groups[0], "0123456789abcdef") == "" {
		groups = groups[1:]
	}
	lengths := []int{8, 4, 4, 4, 12}
	if len(groups) != len(lengths) {
		return false
	}
	for i, group := range groups {
		if len(group) != lengths[i] || strings.Trim(group, "0123456789abcdefABCDEF") != "" {
			return false
		}
	}
	return true
}
