package idp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/refusal"
)

// AppRole is a role that an application declares, to be assigned to users and
// groups. Its value goes into the role claim.
type AppRole struct {
	ID          string `json:"id,omitempty" doc:"A GUID. Default: made."`
	Value       string `json:"value,omitempty" doc:"Value of the role claim. A role without one is sent as no claim."`
	DisplayName string `json:"displayName,omitempty" doc:"Default: the value."`
	Description string `json:"description,omitempty" doc:"Default: the display name."`
	IsEnabled   *bool  `json:"isEnabled,omitempty" doc:"A role must be disabled before it can be deleted. Default: true."`
}

// enabled reports whether the role can be assigned.
func (r AppRole) enabled() bool { return r.IsEnabled == nil || *r.IsEnabled }

// named reports whether ref means the role: its value or, as on the portal, its
// display name.
func (r AppRole) named(ref string) bool {
	return ref != "" && (r.Value == ref || r.Value == "" && r.DisplayName == ref)
}

const maxRoleValue = 120 // characters

// roleValueAllowed: graph.microsoft.com, appRole resource type, value.
func roleValueAllowed(value string) bool {
	return !strings.HasPrefix(value, ".") && !strings.ContainsFunc(value, func(r rune) bool {
		return r <= ' ' || r > '~' || r == '"' || r == '\\'
	})
}

// validateRoles reports what Graph refuses in a list of roles.
func validateRoles(roles []AppRole) error {
	for i, r := range roles {
		where := fmt.Sprintf("appRoles[%d]", i)
		switch {
		case r.Value == "" && strings.TrimSpace(r.DisplayName) == "":
			return invalid("Invalid value specified for property 'displayName' of resource 'AppRole'.", "a value or a display name", "neither", where)
		case len(r.Value) > maxRoleValue:
			return invalid("Invalid value specified for property 'value' of resource 'AppRole'.", "at most 120 characters", fmt.Sprintf("%d", len(r.Value)), where+".value")
		case !roleValueAllowed(r.Value):
			return invalid("Invalid value specified for property 'value' of resource 'AppRole'.", "letters, digits and punctuation without spaces, quotes or backslashes, and no dot at the beginning", r.Value, where+".value")
		}
		for _, other := range roles[:i] {
			if r.ID != "" && r.ID == other.ID || r.Value != "" && r.Value == other.Value {
				return invalid("Request contains a property with duplicate values.", "roles that differ in id and in value", cmp.Or(r.Value, r.ID), where)
			}
		}
	}
	return nil
}

// completeRoles fills in what was left out: a role that was there before keeps
// its id unless another one has it now, a new one gets one.
func (t *Tenant) completeRoles(roles, before []AppRole) {
	for i := range roles {
		r := &roles[i]
		r.DisplayName = cmp.Or(r.DisplayName, r.Value)
		r.Description = cmp.Or(r.Description, r.DisplayName)
		if r.ID != "" {
			continue
		}
		at := slices.IndexFunc(before, func(old AppRole) bool {
			return old.Value == r.Value && (r.Value != "" || old.DisplayName == r.DisplayName) &&
				!slices.ContainsFunc(roles, func(other AppRole) bool { return other.ID == old.ID })
		})
		if at >= 0 {
			r.ID = before[at].ID
		} else {
			r.ID = t.ids.UUID()
		}
	}
}

// rolesKept refuses to delete a role, or to change its value, before it has been
// disabled (learn.microsoft.com, "Configure the role claim issued in the SAML
// token"). Leaving a role out of the list is deleting it: Graph replaces the
// whole list.
func rolesKept(before, after []AppRole) error {
	for _, old := range before {
		kept := slices.ContainsFunc(after, func(r AppRole) bool { return r.ID == old.ID && r.Value == old.Value })
		if kept || !old.enabled() {
			continue
		}
		return &refusal.Refusal{
			Code: "CannotDeleteOrUpdateEnabledEntitlement", Message: "Permission (scope or role) cannot be deleted or updated unless disabled first.",
			Expected: "the role " + old.DisplayName + " as it was", Got: "a list without it", Where: "appRoles", Fix: refusal.Entra,
			Hint: "the list replaces the one before: repeat every role, or set isEnabled: false first and leave it out then",
		}
	}
	return nil
}

// roleToAssign finds a declared role. The caller says for which application, in
// Graph's words.
func (c ApplicationConfig) roleToAssign(ref string) (AppRole, error) {
	var known []string
	for _, r := range c.AppRoles {
		if r.named(ref) && r.enabled() {
			return r, nil
		}
		name := cmp.Or(r.Value, r.DisplayName)
		if !r.enabled() {
			name += " (disabled)"
		}
		known = append(known, name)
	}
	why := invalid(fmt.Sprintf("Permission being assigned was not found on application '%s'.", c.AppID), "an enabled app role of "+c.Name+": "+orNone(known), ref, "role")
	why.Hint = "declare the role under appRoles of the application"
	return AppRole{}, why
}

// CheckRole says whether a principal can be assigned a role of the application,
// which may come from its template.
func (c ApplicationConfig) CheckRole(ref string) error {
	_, err := c.fromTemplate().roleToAssign(ref)
	return err
}

// roleName is what a declared role is called: its value or its display name.
func (c ApplicationConfig) roleName(id string) string {
	for _, r := range c.AppRoles {
		if r.ID == id {
			return cmp.Or(r.Value, r.DisplayName)
		}
	}
	return ""
}
