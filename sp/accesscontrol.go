package sp

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/idharness/harness/sp/identitystore"
)

// Limits of attributes for access control (SSO Admin API reference,
// AccessControlAttribute and InstanceAccessControlAttributeConfiguration).
const (
	maxAccessControlAttributes = 50
	maxAccessControlKey        = 128
)

var accessControlKey = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$`)

// AccessControlSource says whose value an attribute for access control has
// when both the assertion and the console's page give one.
type AccessControlSource string

// The sources of attributes for access control.
const (
	FromProfile   AccessControlSource = "profile"
	FromAssertion AccessControlSource = "assertion"
)

// SetAccessControl turns "Attributes for access control" on or off. While it is
// on, AccessControl attributes of an assertion become session tags, and the
// rules for them are enforced; while it is off they are ignored. Turning it off
// removes what SetAccessControlAttributes configured (user guide, "Attributes
// for access control").
func (i *Instance) SetAccessControl(enabled bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.accessControl = enabled
	if !enabled {
		i.accessControlAttributes = nil
	}
}

// AccessControl reports whether "Attributes for access control" is on.
func (i *Instance) AccessControl() bool {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return i.accessControl
}

// SetAccessControlAttributes turns "Attributes for access control" on and says
// which session tags are made from the profile of the user: a map from the key
// of a tag to its source, such as ${path:enterprise.costCenter}.
func (i *Instance) SetAccessControlAttributes(attributes map[string]string) error {
	if err := checkAccessControlAttributes(attributes); err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.accessControl = true
	i.accessControlAttributes = maps.Clone(attributes)
	return nil
}

func checkAccessControlAttributes(attributes map[string]string) error {
	if n := len(attributes); n > maxAccessControlAttributes {
		return validation("There are too many attributes for access control.", fmt.Sprintf("at most %d", maxAccessControlAttributes), fmt.Sprint(n), "attributes")
	}
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		if n := utf8.RuneCountInString(key); n > maxAccessControlKey || !accessControlKey.MatchString(key) {
			return validation("The key of the attribute is not valid.", "1 to 128 letters, numbers, spaces and _.:/=+-@", key, "attributes")
		}
		if _, ok := profileAttribute(attributes[key]); !ok {
			return validation("The source of the attribute is not supported.", "one of "+strings.Join(accessControlSources(), ", "), attributes[key], "attributes."+key)
		}
	}
	return nil
}

// AccessControlAttributes returns what SetAccessControlAttributes configured.
func (i *Instance) AccessControlAttributes() map[string]string {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return maps.Clone(i.accessControlAttributes)
}

// tagSource says where a session tag of a user comes from, for the trace.
func (i *Instance) tagSource(user identitystore.User, key string, asserted map[string]string) string {
	i.mu.RLock()
	defer i.mu.RUnlock()
	source := i.accessControlAttributes[key]
	value, ok := profileAttribute(source)
	_, sent := asserted[key]
	if !ok || value(user) == "" || sent && i.choices.AccessControlPrecedence == FromAssertion {
		return "the assertion"
	}
	return "the user's profile, " + source
}

// sessionTags are the tags of a role session that somebody opens now: those
// that the assertion brought and those from the profile. Where both have a key,
// the profile's value replaces the other (API reference,
// CreateInstanceAccessControlAttributeConfiguration), unless the choice says
// otherwise; where the profile has no value, the assertion's stays.
func (i *Instance) sessionTags(user identitystore.User, asserted map[string]string) map[string]string {
	i.mu.RLock()
	defer i.mu.RUnlock()
	if !i.accessControl {
		return nil
	}
	tags := maps.Clone(asserted)
	for key, source := range i.accessControlAttributes {
		value, ok := profileAttribute(source)
		if !ok || value(user) == "" {
			continue
		}
		if _, taken := tags[key]; taken && i.choices.AccessControlPrecedence == FromAssertion {
			continue
		}
		if tags == nil {
			tags = make(map[string]string)
		}
		tags[key] = value(user)
	}
	return tags
}
