package claims

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Validate reports everything that is wrong with the configuration as
// [Mistakes], or nil.
func (c Configuration) Validate() error {
	var m Mistakes
	for i, claim := range c.Claims {
		path := fmt.Sprintf("claims[%d]", i)
		m.checkClaim(path, claim, c.CustomSigningKey)
		for j, other := range c.Claims[:i] {
			if claim.Name != "" && sameClaim(claim, other) {
				m.add(path+".name", fmt.Sprintf("the claim %s is configured twice, first as claims[%d]", claim.Type(), j), "")
				break
			}
		}
	}
	m.checkNameID(c.NameID)
	m.checkGroups(c)
	m.checkConditionGroups(c)
	if u, err := url.Parse(c.AudienceOverride); c.AudienceOverride != "" && (err != nil || !u.IsAbs()) {
		m.add("audienceOverride", fmt.Sprintf("%q is not an absolute URI", c.AudienceOverride), "")
	}
	if len(m) == 0 {
		return nil
	}
	return m
}

// sameClaim reports whether two entries are about the same claim.
func sameClaim(a, b Claim) bool {
	for _, d := range defaultClaims() {
		if a.isDefault(d) && b.isDefault(d) {
			return true
		}
	}
	return sameType(a.Type(), b.Type())
}

func (m *Mistakes) checkClaim(path string, c Claim, customKey bool) {
	if strings.TrimSpace(c.Name) == "" {
		m.add(path+".name", "a claim needs a name", "")
	} else {
		m.checkType(path+".name", c.Type(), customKey)
	}
	if c.NameFormat != "" && attributeNameFormat(c.NameFormat) == "" {
		m.add(path+".nameFormat", fmt.Sprintf("unknown attribute name format %q", c.NameFormat), "it is one of unspecified, uri, basic")
	}
	if c.Remove {
		m.checkRemoval(path, c)
		return
	}
	if m.exactlyOne(path, []parameter{
		{"source", c.Source != ""}, {"value", c.Value != ""}, {"transform", c.Transform != nil}, {"conditions", len(c.Conditions) > 0},
	}) {
		m.checkOrigin(path, c.Source, c.Transform, false)
		m.checkConditions(path, c.Conditions, false)
		m.checkMultiValued(path, c)
	}
}

// checkType reports claim types that cannot be configured.
func (m *Mistakes) checkType(path, name string, customKey bool) {
	const page = `the type is in Entra's restricted claim set`
	if sameType(name, typeNameIdentifier) {
		m.add(path, "the name identifier is not an attribute", "configure it in nameID")
		return
	}
	switch restrictionOf(name) {
	case restricted:
		m.add(path, fmt.Sprintf("%s cannot be configured: %s", name, page), "choose another name or namespace")
	case unlockedByKey:
		if !customKey {
			m.add(path, fmt.Sprintf("%s cannot be configured: %s", name, page+", unless the application has a custom signing key"), "choose another name or namespace")
		}
	}
}

func (m *Mistakes) checkRemoval(path string, c Claim) {
	if !c.blank() || c.MultiValued || c.NameFormat != "" {
		m.add(path+".remove", "a claim that is removed has nothing but its name", "")
	}
	var names []string
	for _, d := range defaultClaims() {
		if c.isDefault(d) {
			return
		}
		names = append(names, d.Name)
	}
	m.add(path+".name", fmt.Sprintf("%q is not a default claim, only those can be removed", c.Type()), didYouMean(c.Name, names))
}

// exactlyOne reports keys that exclude each other. None of them is fine.
func (m *Mistakes) exactlyOne(path string, keys []parameter) bool {
	var names, given []string
	for _, k := range keys {
		names = append(names, k.name)
		if k.given {
			given = append(given, k.name)
		}
	}
	if len(given) > 1 {
		m.add(path+"."+given[1], fmt.Sprintf("%s are given together", strings.Join(given, " and ")), "give one of "+strings.Join(names, ", "))
		return false
	}
	return true
}

func (m *Mistakes) checkOrigin(path, from string, t *Transform, nameID bool) {
	if from != "" {
		m.checkSource(path+".source", from, nameID, false)
	}
	if t != nil {
		m.checkTransform(path+".transform", t, 0)
	}
}

func (m *Mistakes) checkConditions(path string, conditions []Condition, nameID bool) {
	for i, c := range conditions {
		at := fmt.Sprintf("%s.conditions[%d]", path, i)
		if c.UserType != "" {
			m.oneOf(at+".userType", "user type", c.UserType, UserTypes())
		}
		keys := []parameter{{"source", c.Source != ""}, {"value", c.Value != ""}, {"transform", c.Transform != nil}}
		if c.Source == "" && c.Value == "" && c.Transform == nil {
			m.add(at, "a condition needs a source, a value or a transform", "")
			continue
		}
		if m.exactlyOne(at, keys) {
			m.checkOrigin(at, c.Source, c.Transform, nameID)
		}
	}
}

// checkMultiValued reports multiValued where the portal would not let it be
// ticked: it is for multi-valued attributes only.
func (m *Mistakes) checkMultiValued(path string, c Claim) {
	if !c.MultiValued || c.blank() {
		return
	}
	origins := []string{origin(c.Source, c.Transform)}
	for _, condition := range c.Conditions {
		origins = append(origins, origin(condition.Source, condition.Transform))
	}
	if slices.ContainsFunc(origins, func(name string) bool { s, ok := findSource(name); return ok && s.multi }) {
		return
	}
	m.add(path+".multiValued", "there is no multi-valued source here", "those are user.assignedroles, user.proxyaddresses and directory extensions")
}

// origin is the attribute whose values are taken or transformed.
func origin(from string, t *Transform) string {
	if t != nil {
		return first(t.Inputs)
	}
	return from
}

func (m *Mistakes) checkNameID(n NameID) {
	if m.exactlyOne("nameID", []parameter{
		{"source", n.Source != ""}, {"value", n.Value != ""}, {"transform", n.Transform != nil}, {"conditions", len(n.Conditions) > 0},
	}) {
		m.checkOrigin("nameID", n.Source, n.Transform, true)
		m.checkConditions("nameID", n.Conditions, true)
	}
	switch {
	case n.Format == "":
	case FormatURN(n.Format) == FormatTransient:
		m.add("nameID.format", "transient cannot be configured", "only a request can ask for it, in its NameIDPolicy")
	case ShortFormat(n.Format) == n.Format: // not one of the URNs
		m.oneOf("nameID.format", "NameID format", n.Format, NameIDFormats())
	}
}

// checkConditionGroups counts the groups that conditions name.
func (m *Mistakes) checkConditionGroups(c Configuration) {
	seen := make(map[string]bool)
	count := func(path string, conditions []Condition) {
		for i, condition := range conditions {
			for j, group := range condition.Groups {
				key := strings.ToLower(group)
				if !seen[key] && len(seen) == maxConditionGroups {
					m.add(fmt.Sprintf("%s.conditions[%d].groups[%d]", path, i, j), fmt.Sprintf("the conditions of an application can name %d different groups", maxConditionGroups), "")
				}
				seen[key] = true
			}
		}
	}
	for i, claim := range c.Claims {
		count(fmt.Sprintf("claims[%d]", i), claim.Conditions)
	}
	count("nameID", c.NameID.Conditions)
}

func (m *Mistakes) checkGroups(c Configuration) {
	g := c.GroupClaims
	const path = "groupClaims"
	if g.Emit == "" {
		if g != (GroupClaims{}) {
			m.add(path+".emit", "it does not say which groups", "it is "+oneOf(GroupEmits()))
		}
	} else {
		m.oneOf(path+".emit", "selection of groups", g.Emit, GroupEmits())
	}
	if g.Value != "" {
		m.oneOf(path+".value", "group value", g.Value, GroupValues())
	}
	assigned := is(g.Emit, emitAssigned)
	const onlyAssigned = "a display name is not unique, so Entra writes it of groups assigned to the application only"
	if is(g.Value, valueCloudName) && !assigned {
		m.add(path+".value", onlyAssigned, "set emit to assigned")
	}
	if g.CloudDisplayNames {
		switch {
		case !assigned:
			m.add(path+".cloudDisplayNames", onlyAssigned, "set emit to assigned")
		case g.Value == "" || is(g.Value, valueObjectID) || is(g.Value, valueCloudName):
			m.add(path+".cloudDisplayNames", "it adds to a value that only synchronized groups have", "for display names alone, set value to "+valueCloudName)
		}
	}
	m.checkGroupFilter(path+".filter", g.Filter)
	m.checkGroupName(path, c)
	if t := g.Transform; t != nil {
		m.checkReplacement(path+".transform", &Transform{Regex: t.Regex, Replacement: t.Replacement}, nil, 0)
		if t.Regex == "" {
			m.add(path+".transform.regex", "a transformation needs a regular expression", "")
		}
		if g.Name == "" {
			m.add(path+".transform", "the type of the group claim is restricted and cannot be transformed", "give the claim a name of its own")
		}
	}
}

func (m *Mistakes) checkGroupFilter(path string, f *GroupFilter) {
	if f == nil {
		return
	}
	m.oneOf(path+".matchOn", "property of a group", f.MatchOn, []string{matchDisplayName, valueSam})
	m.oneOf(path+".type", "filter", f.Type, []string{"prefix", "suffix", "contains"})
	if f.Value == "" {
		m.add(path+".value", "a filter needs a value", "")
	}
}

func (m *Mistakes) checkGroupName(path string, c Configuration) {
	g := c.GroupClaims
	switch {
	case g.Name == "" && g.Namespace != "":
		m.add(path+".namespace", "a namespace without a name", "give the claim a name as well")
	case g.Name == "":
	case g.AsRoles:
		m.add(path+".name", "groups emitted as roles have the role claim's name", "leave out name or asRoles")
	default:
		m.checkType(path+".name", claimType(g.Namespace, g.Name), c.CustomSigningKey)
		if slices.ContainsFunc(c.Claims, func(claim Claim) bool { return sameType(claim.Type(), claimType(g.Namespace, g.Name)) }) {
			m.add(path+".name", "one of the claims has the same type", "")
		}
	}
}
