package claims

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/idharness/harness/internal/refusal"
)

// defaultClaims are the claims that every SAML application is created with, in
// the order of assertions.
func defaultClaims() []Claim {
	return []Claim{
		{Name: "givenname", Namespace: DefaultNamespace, Source: "user.givenname"},
		{Name: "surname", Namespace: DefaultNamespace, Source: "user.surname"},
		{Name: "emailaddress", Namespace: DefaultNamespace, Source: "user.mail"},
		{Name: "name", Namespace: DefaultNamespace, Source: "user.userprincipalname"},
	}
}

// isDefault reports whether the claim is one of the four. A claim that only
// removes one may leave the namespace out.
func (c Claim) isDefault(d Claim) bool {
	return sameType(c.Type(), d.Type()) || c.Remove && c.Namespace == "" && sameType(c.Name, d.Name)
}

// Attributes returns the attributes of the assertion: Entra's own, then the
// configured ones in their order. A claim without a value is left out entirely,
// as assertions of users without names or mail show.
//
// The error is a [*github.com/idharness/harness.Refusal] if the
// configuration makes sign-in impossible for this user: a transformation whose mandatory input has no value fails the
// whole sign-in.
func (c Configuration) Attributes(s Subject) ([]Attribute, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("claims configuration: %w", err)
	}
	effort := c.effort()
	groups, err := c.GroupClaims.emit(s, effort)
	if err != nil {
		return nil, refuse(err, s, "groupClaims", TypeGroups)
	}
	if c.OmitGroupOverage && groups.attribute.Name == TypeGroupsLink {
		groups.attribute.Values = nil
	}
	roles := Attribute{Name: TypeRole, Values: s.Roles}
	if groups.asRoles {
		roles.Values = groups.roles
	}
	format := ""             // of the claims that nobody configured
	if c.IncludeNameFormat { // all their names are URIs
		format = AttrNameURI
	}
	b := builder{format: format}
	b.add(Attribute{Name: TypeTenantID, Values: []string{s.TenantID}})
	b.add(Attribute{Name: TypeObjectID, Values: []string{s.User.ID}})
	b.add(Attribute{Name: TypeDisplayName, Values: []string{s.User.DisplayName}})
	if !c.GroupsLast {
		b.add(groups.attribute)
	}
	b.add(Attribute{Name: TypeIdentityProvider, Values: []string{s.identityProvider()}})
	b.add(Attribute{Name: TypeAuthnMethods, Values: s.AuthnMethods})
	b.add(roles)
	for _, d := range defaultClaims() {
		switch {
		case slices.ContainsFunc(c.Claims, func(claim Claim) bool { return claim.isDefault(d) }):
			b.reserve(d.Type())
		case c.IncludeBasicClaimSet == nil || *c.IncludeBasicClaimSet:
			b.add(Attribute{Name: d.Type(), Values: s.values(d.Source)})
		}
	}
	b.format = ""
	for i, claim := range c.Claims {
		if claim.Remove || claim.blank() {
			continue
		}
		values, err := claim.values(transformer{subject: s, effort: effort})
		if err != nil {
			return nil, refuse(err, s, fmt.Sprintf("claims[%d]", i), claim.Type())
		}
		b.put(Attribute{Name: claim.Type(), NameFormat: attributeNameFormat(claim.NameFormat), Values: values})
	}
	if c.GroupsLast {
		groups.attribute.NameFormat = format
		b.add(groups.attribute)
	}
	return b.attributes(), nil
}

func (c Claim) values(tr transformer) ([]string, error) {
	if len(c.Conditions) > 0 {
		result, err := tr.choose(c.Conditions, c.MultiValued)
		return result.values, err
	}
	return tr.evaluate(c.Source, c.Value, c.Transform, c.MultiValued)
}

// builder collects attributes. A place can be reserved for a claim that comes
// later; whatever has no values in the end is left out.
type builder struct {
	list   []Attribute
	format string // of attributes that have none of their own
}

func (b *builder) add(a Attribute) {
	a.Values, a.NameFormat = notEmpty(a.Values), cmp.Or(a.NameFormat, b.format)
	b.list = append(b.list, a)
}

func (b *builder) reserve(name string) { b.list = append(b.list, Attribute{Name: name}) }

// put gives an attribute the place of the one of the same type, if there is one.
func (b *builder) put(a Attribute) {
	i := slices.IndexFunc(b.list, func(other Attribute) bool { return sameType(other.Name, a.Name) })
	if i < 0 {
		b.add(a)
		return
	}
	a.Values = notEmpty(a.Values)
	b.list[i] = a
}

func (b *builder) attributes() []Attribute {
	return slices.DeleteFunc(b.list, func(a Attribute) bool { return len(a.Values) == 0 })
}

// attributeNameFormats pairs the short names with the URNs that a policy's
// SAMLNameForm can have.
func attributeNameFormats() [][2]string {
	return [][2]string{{"unspecified", AttrNameUnspecified}, {"uri", AttrNameURI}, {"basic", AttrNameBasic}}
}

// attributeNameFormat returns the URN of a format in either form, or nothing.
func attributeNameFormat(name string) string {
	for _, f := range attributeNameFormats() {
		if is(name, f[0]) || name == f[1] {
			return f[1]
		}
	}
	return ""
}

// valueless reports whether the error says that a transformation has no value
// for this user.
func valueless(err error) bool {
	var missing *missingInput
	var illegal *illegalValue
	return errors.As(err, &missing) || errors.As(err, &illegal)
}

// refuse turns an error of a transformation into Entra's refusal of the sign-in.
func refuse(err error, s Subject, path, name string) error {
	var missing *missingInput
	if errors.As(err, &missing) {
		return &refusal.Refusal{
			Code:     codeMissingInput,
			Message:  fmt.Sprintf(messageMissingInput, missing.parameter, name),
			Expected: fmt.Sprintf("a value of %s for %s, which the transformation needs", missing.source, s.User.UserPrincipalName),
			Got:      "no value",
			Where:    path + ".transform",
			Fix:      refusal.Entra,
			Hint:     "give the user the attribute, or claim it without a transformation: then it is left out if it is empty",
		}
	}
	if errors.Is(err, errRegexValue) || errors.Is(err, errRegexTime) {
		return &refusal.Refusal{
			Code:     codeRegexTimeout,
			Message:  messageRegexTimeout,
			Expected: fmt.Sprintf("a value of at most %d bytes and a simple expression", maxValue),
			Got:      err.Error(),
			Where:    path + ".transform",
			Fix:      refusal.Entra,
			Hint:     "anchor the expression so that it matches once, and avoid large repetitions",
		}
	}
	return fmt.Errorf("%s: %s: %w", path, name, err)
}
