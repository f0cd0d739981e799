package idp

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/refusal"
)

// ApplicationConfig is what can be configured of an enterprise application, when
// it is created and, but for its id and template, at any time later with
// Configure. The scenario file has the same names.
type ApplicationConfig struct {
	AppID    string   `json:"appId,omitempty" doc:"Application (client) id. Default: made."`
	Name     string   `json:"name" doc:"Display name."`
	Template Template `json:"template,omitempty" oneOf:"aws-iam-identity-center|aws-single-account|custom-saml" doc:"Gallery template that it is made from. Default: custom-saml."`

	Identifiers []string `json:"identifiers,omitempty" doc:"Entity ids of the service provider, the default one first; exchangeMetadata fills them in."`
	ReplyURLs   []string `json:"replyUrls,omitempty" doc:"ACS URLs, the default one first; exchangeMetadata fills them in."`
	SignOnURL   string   `json:"signOnUrl,omitempty" doc:"Where My Apps sends the browser; without it My Apps starts an IdP-initiated sign-in."`
	RelayState  string   `json:"relayState,omitempty" doc:"Sent with IdP-initiated responses."`
	LogoutURL   string   `json:"logoutUrl,omitempty" doc:"Where Entra's logout messages go."`

	AssignmentRequired *bool `json:"assignmentRequired,omitempty" doc:"Assignment required? Default: true."`

	Claims      []claims.Claim     `json:"claims,omitempty" doc:"Claims beside Entra's default ones."`
	NameID      claims.NameID      `json:"nameID,omitzero" doc:"The Unique User Identifier."`
	GroupClaims claims.GroupClaims `json:"groupClaims,omitzero" doc:"The group claim."`

	Signing         Signing `json:"signing,omitzero" doc:"Which part of a response is signed, and how."`
	TokenEncryption string  `json:"tokenEncryption,omitempty" doc:"The service provider's certificate, PEM, to which assertions are encrypted. Default: they go in clear."`
}

// assignmentIsRequired reports "Assignment required?".
func (c ApplicationConfig) assignmentIsRequired() bool {
	return c.AssignmentRequired == nil || *c.AssignmentRequired
}

// clone returns a copy that shares nothing with c.
func (c ApplicationConfig) clone() ApplicationConfig {
	c.Identifiers, c.ReplyURLs = slices.Clone(c.Identifiers), slices.Clone(c.ReplyURLs)
	if c.AssignmentRequired != nil {
		c.AssignmentRequired = new(*c.AssignmentRequired)
	}
	own := c.claims().Clone()
	c.Claims, c.NameID, c.GroupClaims = own.Claims, own.NameID, own.GroupClaims
	return c
}

// claims is the part that computes claims.
func (c ApplicationConfig) claims() claims.Configuration {
	return claims.Configuration{Claims: c.Claims, NameID: c.NameID, GroupClaims: c.GroupClaims}
}

// Validate reports what Entra would refuse whatever else the tenant holds: a
// refusal whose Where is the name of the setting, or the mistakes in the claims
// as [claims.Mistakes].
func (c ApplicationConfig) Validate() error {
	if strings.TrimSpace(c.Name) == "" {
		return invalid("Property displayName is required.", "a name", "nothing", "name")
	}
	if !slices.Contains(Templates[:], c.Template) && c.Template != "" {
		return invalid("There is no such application template.", fmt.Sprint(Templates), string(c.Template), "template")
	}
	for i, u := range c.ReplyURLs {
		if !isWebURL(u) {
			return invalid("Invalid value specified for property 'redirectUris' of resource 'Application'.", "an absolute http or https URL", u, fmt.Sprintf("replyUrls[%d]", i))
		}
	}
	if slices.Contains(c.Identifiers, "") {
		return invalid("Invalid value specified for property 'identifierUris' of resource 'Application'.", "an entity id", "an empty text", fmt.Sprintf("identifiers[%d]", slices.Index(c.Identifiers, "")))
	}
	if c.SignOnURL != "" && !isWebURL(c.SignOnURL) {
		return invalid("Invalid value specified for property 'loginUrl' of resource 'ServicePrincipal'.", "an absolute http or https URL", c.SignOnURL, "signOnUrl")
	}
	if c.LogoutURL != "" && !isWebURL(c.LogoutURL) {
		return invalid("Invalid value specified for property 'logoutUrl' of resource 'Application'.", "an absolute http or https URL", c.LogoutURL, "logoutUrl")
	}
	if err := c.Signing.validate(); err != nil {
		return err
	}
	if _, err := c.encryptionCertificate(); err != nil {
		return err
	}
	return c.claims().Validate()
}

// encryptionCertificate reads TokenEncryption, nil when that is empty.
func (c ApplicationConfig) encryptionCertificate() (*x509.Certificate, error) {
	if c.TokenEncryption == "" {
		return nil, nil
	}
	return parseEncryptionCertificate(c.TokenEncryption)
}

func invalid(message, expected, got, where string) error {
	return &refusal.Refusal{Code: "Request_BadRequest", Message: message, Expected: expected, Got: got, Where: where, Fix: refusal.Entra}
}
