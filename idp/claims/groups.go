package claims

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/directory"
)

// Limits of learn.microsoft.com, "Configure group claims for applications".
const (
	maxGroups         = 150  // groups in a SAML assertion
	maxFilteredGroups = 1000 // memberships up to which a filter works
)

// GroupClaims is the group claim of an application. The zero value emits none.
type GroupClaims struct {
	// Emit says which groups: none (default), security, all, assigned (to the
	// application, direct membership only) or roles (Entra roles, as wids). The
	// object ids of Entra roles are among the groups with security and all.
	Emit string `json:"emit,omitempty"`

	// Value says what is written of a group: objectId (default), samAccountName,
	// netbiosDomainAndSamAccountName, dnsDomainAndSamAccountName,
	// onPremisesSecurityIdentifier or cloudDisplayName. Groups that have no such
	// value are left out: only groups synchronized from Active Directory have the
	// middle four, only others the last.
	Value string `json:"value,omitempty"`

	// CloudDisplayNames adds the display names of cloud-only groups to one of the
	// values that only synchronized groups have.
	CloudDisplayNames bool `json:"cloudDisplayNames,omitempty"`

	Filter    *GroupFilter    `json:"filter,omitempty"`
	Transform *GroupTransform `json:"transform,omitempty"`

	Name      string `json:"name,omitempty"` // of the claim, instead of TypeGroups
	Namespace string `json:"namespace,omitempty"`

	// AsRoles writes the groups into the role claim, where they take the place of
	// the application roles.
	AsRoles bool `json:"asRoles,omitempty"`
}

// GroupFilter restricts the groups by name.
type GroupFilter struct {
	MatchOn string `json:"matchOn"` // displayName or samAccountName
	Type    string `json:"type"`    // prefix, suffix or contains
	Value   string `json:"value"`
}

// GroupTransform rewrites each value with a regular expression, as RegexReplace
// does. Values that do not match are dropped. If none matches, the claim falls
// back to what it would be without the transformation and the custom name.
type GroupTransform struct {
	Regex       string `json:"regex"`
	Replacement string `json:"replacement"`
}

// What Emit, Value and a filter can be.
const (
	emitNone     = "none"
	emitSecurity = "security"
	emitAll      = "all"
	emitAssigned = "assigned"
	emitRoles    = "roles"

	valueObjectID    = "objectId"
	valueSam         = "samAccountName"
	valueNetBios     = "netbiosDomainAndSamAccountName"
	valueDNS         = "dnsDomainAndSamAccountName"
	valueSID         = "onPremisesSecurityIdentifier"
	valueCloudName   = "cloudDisplayName"
	matchDisplayName = "displayName"
)

// GroupEmits returns what GroupClaims.Emit can be.
func GroupEmits() []string {
	return []string{emitNone, emitSecurity, emitAll, emitAssigned, emitRoles}
}

// GroupValues returns what GroupClaims.Value can be.
func GroupValues() []string {
	return []string{valueObjectID, valueSam, valueNetBios, valueDNS, valueSID, valueCloudName}
}

func is(got, want string) bool { return strings.EqualFold(got, want) }

// emitted is a group claim: the attribute in the place of groups, and what the
// role claim says instead of application roles.
type emitted struct {
	attribute Attribute
	asRoles   bool
	roles     []string
}

func (g GroupClaims) emit(s Subject, effort *effort) (emitted, error) {
	var groups []directory.Group
	switch {
	case is(g.Emit, emitRoles):
		return emitted{attribute: Attribute{Name: TypeWids, Values: templates(s.DirectoryRoles)}}, nil
	case is(g.Emit, emitAll):
		groups = s.memberships()
	case is(g.Emit, emitSecurity):
		groups = slices.DeleteFunc(s.memberships(), func(g directory.Group) bool { return !g.Security() })
	case is(g.Emit, emitAssigned):
		groups = s.AssignedGroups
	default:
		return emitted{}, nil
	}
	link := emitted{asRoles: g.AsRoles, attribute: Attribute{Name: TypeGroupsLink, Values: []string{fmt.Sprintf(groupsLinkFormat, s.TenantID, s.User.ID)}}}
	if g.Filter != nil {
		if len(s.memberships()) > maxFilteredGroups && len(groups) > 0 {
			return link, nil
		}
		groups = slices.DeleteFunc(slices.Clone(groups), func(group directory.Group) bool { return !g.Filter.keeps(group) })
	}
	var values []string
	for _, group := range groups {
		if v := g.value(group); v != "" {
			values = append(values, v)
		}
	}
	values = append(values, g.roles(s)...)
	if len(values) > maxGroups {
		return link, nil
	}
	name := TypeGroups
	if g.Name != "" {
		name = claimType(g.Namespace, g.Name)
	}
	if g.Transform != nil {
		rewritten, err := g.Transform.apply(values, effort)
		switch {
		case err != nil:
			return emitted{}, err
		case len(rewritten) > 0:
			values = rewritten
		default:
			name = TypeGroups
		}
	}
	if g.AsRoles {
		return emitted{asRoles: true, roles: values}, nil
	}
	return emitted{attribute: Attribute{Name: name, Values: values}}, nil
}

// roles are the Entra roles among the groups. They are known by their object id
// only, and no filter applies to them.
func (g GroupClaims) roles(s Subject) []string {
	if is(g.Emit, emitAssigned) || g.Value != "" && !is(g.Value, valueObjectID) {
		return nil
	}
	var out []string
	for _, r := range s.DirectoryRoles {
		out = append(out, r.ID)
	}
	return out
}

// templates are the ids of roles that are the same in every tenant.
func templates(roles []directory.Role) []string {
	var out []string
	for _, r := range roles {
		out = append(out, r.TemplateID)
	}
	return out
}

// value is what the claim says of one group.
func (g GroupClaims) value(group directory.Group) string {
	sam := group.OnPremisesSamAccountName
	synchronized := sam != "" || group.OnPremisesSecurityIdentifier != ""
	var value string
	switch {
	case g.Value == "", is(g.Value, valueObjectID):
		return group.ID
	case is(g.Value, valueSam):
		value = sam
	case is(g.Value, valueNetBios):
		value = qualified(group.OnPremisesNetBiosName, sam)
	case is(g.Value, valueDNS):
		value = qualified(group.OnPremisesDomainName, sam)
	case is(g.Value, valueSID):
		value = group.OnPremisesSecurityIdentifier
	}
	if !synchronized && (g.CloudDisplayNames || is(g.Value, valueCloudName)) {
		value = group.DisplayName
	}
	return value
}

func qualified(domain, name string) string {
	if domain == "" || name == "" {
		return ""
	}
	return domain + `\` + name
}

func (f GroupFilter) keeps(g directory.Group) bool {
	name := g.OnPremisesSamAccountName
	if is(f.MatchOn, matchDisplayName) {
		name = g.DisplayName
	}
	switch strings.ToLower(f.Type) {
	case "prefix":
		return strings.HasPrefix(name, f.Value)
	case "suffix":
		return strings.HasSuffix(name, f.Value)
	default:
		return strings.Contains(name, f.Value)
	}
}

// apply returns the rewritten values.
func (t GroupTransform) apply(values []string, effort *effort) ([]string, error) {
	re, err := compileRegex(t.Regex)
	if err != nil {
		return nil, fmt.Errorf("regular expression: %w", err)
	}
	parts := parseReplacement(t.Replacement)
	var out []string
	for _, v := range values {
		rewritten, matched, err := effort.replace(re, parts, v, func(string) string { return "" })
		if err != nil {
			return nil, err
		}
		if matched && rewritten != "" {
			out = append(out, rewritten)
		}
	}
	return out, nil
}
