// Package claims computes what an assertion says about a user: the attributes
// and the NameID, from the directory object, its groups and the claims that
// were configured for the application.
//
// Everything here is a pure function of its arguments. A Configuration is what
// the "Attributes & Claims" blade of an enterprise application holds; Validate
// checks it the way the blade does, Attributes and NameIDFor evaluate it for one
// Subject.
//
// # Default claims
//
// Entra creates four claims with every SAML application: givenname, surname,
// emailaddress and name, in the namespace [DefaultNamespace]. A configured claim
// of the same type (namespace and name) takes the place of the default one:
//
//	{name: emailaddress, namespace: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims", source: user.userprincipalname}
//
// and a claim with remove deletes it; there the namespace may be left out:
//
//	{name: givenname, remove: true}
package claims

import (
	"strings"
	"time"

	"github.com/idharness/harness/idp/directory"
)

// Subject is what claims are computed from: one user signing in to one
// application of one tenant.
type Subject struct {
	User           directory.User
	Groups         []directory.Group // membership, direct and through other groups
	DirectGroups   []directory.Group // direct membership
	AssignedGroups []directory.Group // groups assigned to the application of which the user is a direct member
	Roles          []string          // values of the application roles assigned to the user
	DirectoryRoles []directory.Role  // Entra roles that the user holds

	TenantID string
	Domain   string // the tenant's verified domain

	AppID       string
	AppObjectID string // object id of the service principal
	AppName     string
	AppTags     []string

	SessionDuration string // seconds, for Amazon's gallery applications; empty elsewhere

	Company      Company
	AuthnMethods []string // values of authnmethodsreferences, such as MethodPassword
}

// Company is the tenant's organization object.
type Company struct {
	TenantCountry string // Graph's countryLetterCode
}

// Attribute is one attribute of the assertion. Attributes come in the order in
// which Entra writes them.
type Attribute struct {
	Name       string   `json:"name"`
	NameFormat string   `json:"nameFormat,omitempty"` // empty means that the XML attribute is absent
	Values     []string `json:"values"`
}

// Configuration is what an administrator configured for one application. The
// zero value is a new application: Entra's default claims and NameID, no groups.
type Configuration struct {
	Claims      []Claim     `json:"claims,omitempty"`
	NameID      NameID      `json:"nameID,omitzero"`
	GroupClaims GroupClaims `json:"groupClaims,omitzero"`

	// IncludeBasicClaimSet set to false leaves out those of the four default claims
	// that Claims does not have. Default: true.
	IncludeBasicClaimSet *bool `json:"includeBasicClaimSet,omitempty"`

	// IncludeNameFormat gives the claims that nobody configured a NameFormat, those
	// of Claims having their own.
	IncludeNameFormat bool `json:"includeNameFormat,omitempty"`

	// AudienceOverride is the audience of every assertion, an absolute URI, and
	// IssuerWithApplicationID puts the application id into the issuer. Without a
	// custom signing key both are ignored.
	AudienceOverride        string `json:"audienceOverride,omitempty"`
	IssuerWithApplicationID bool   `json:"issuerWithApplicationId,omitempty"`

	// PairwiseSecret makes the pairwise identifiers of one tenant differ from
	// those of another.
	PairwiseSecret []byte `json:"-"`

	// CustomSigningKey says that the application has a custom signing key, which
	// lifts the restriction on some claim types (learn.microsoft.com, "Claims
	// customization using a policy", SAML restricted claim set).
	CustomSigningKey bool `json:"-"`

	// PairwiseOnRequest gives the pairwise identifier in persistent format to every
	// request for the formats persistent and unspecified, whatever is configured
	// (learn.microsoft.com, "Single sign-on SAML protocol", NameIDPolicy; in 2015
	// that is what was seen, serverfault.com question 703345).
	PairwiseOnRequest bool `json:"-"`

	// OmitGroupOverage sends nothing instead of the link when there are too many
	// groups (learn.microsoft.com, "Configure group claims for applications", first
	// statement on the limit).
	OmitGroupOverage bool `json:"-"`

	// GroupsLast writes the groups after all other claims. No capture shows their
	// place.
	GroupsLast bool `json:"-"`

	// RegexTimeout is how long the regular expressions of the claims may take
	// together, and those of the NameID. Default: DefaultRegexTimeout.
	RegexTimeout time.Duration `json:"-"`
}

// Claim is one configured claim. It has exactly one of Source, Value, Transform
// and Conditions, or none of them: a claim that was left blank is kept in the
// configuration and never emitted.
type Claim struct {
	Name       string      `json:"name"`
	Namespace  string      `json:"namespace,omitempty"`  // the claim's type is namespace + "/" + name
	NameFormat string      `json:"nameFormat,omitempty"` // unspecified, uri or basic, or the whole URN
	Source     string      `json:"source,omitempty"`     // an attribute, such as user.mail
	Value      string      `json:"value,omitempty"`      // a constant, without quotes
	Transform  *Transform  `json:"transform,omitempty"`
	Conditions []Condition `json:"conditions,omitempty"`

	// MultiValued treats the source, or the transformation's first input, as
	// multi-valued: all values count, not only the first.
	MultiValued bool `json:"multiValued,omitempty"`

	// Remove deletes one of the four default claims.
	Remove bool `json:"remove,omitempty"`
}

// Type is the claim type: the Name of the attribute in the assertion.
func (c Claim) Type() string { return claimType(c.Namespace, c.Name) }

func claimType(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// blank reports whether the claim has nothing to emit.
func (c Claim) blank() bool {
	return c.Source == "" && c.Value == "" && c.Transform == nil && len(c.Conditions) == 0
}

// sameType compares claim types. Two claims of an application cannot differ in
// case only.
func sameType(a, b string) bool { return strings.EqualFold(a, b) }

// memberships returns the groups of which the subject is a member in any way.
func (s Subject) memberships() []directory.Group {
	seen := make(map[string]bool, len(s.Groups))
	out := make([]directory.Group, 0, len(s.Groups))
	for _, list := range [][]directory.Group{s.Groups, s.DirectGroups} {
		for _, g := range list {
			if g.ID == "" || !seen[g.ID] {
				seen[g.ID] = true
				out = append(out, g)
			}
		}
	}
	return out
}

// identityProvider is where the user's account lives, as the claim says it: the
// issuer of an Entra tenant, live.com for a personal account, and otherwise the
// name of the provider.
func (s Subject) identityProvider() string {
	tenant := s.TenantID
	for _, identity := range s.User.Identities {
		switch {
		case is(identity.Issuer, directory.IssuerExternalAzureAD): // some other tenant
		case is(identity.Issuer, directory.IssuerMicrosoftAccount):
			return "live.com"
		case identity.Tenant() != "":
			tenant = strings.ToLower(identity.Tenant())
		default:
			return identity.Issuer
		}
	}
	return issuerPrefix + tenant + "/"
}
