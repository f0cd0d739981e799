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
	// DefaultReplyURL is application.defaultRedirectUri of Graph.
	DefaultReplyURL string `json:"defaultReplyUrl,omitempty" doc:"One of replyUrls, for IdP-initiated sign-in and requests without an ACS URL. Default: the first."`

	SignOnURL  string `json:"signOnUrl,omitempty" doc:"Where My Apps sends the browser; without it My Apps starts an IdP-initiated sign-in."`
	RelayState string `json:"relayState,omitempty" doc:"Sent with IdP-initiated responses."`
	LogoutURL  string `json:"logoutUrl,omitempty" doc:"Where Entra's logout messages go."`

	HomepageURL string `json:"homepageUrl,omitempty" doc:"Where to learn more about the application."`

	SignInAudience SignInAudience `json:"signInAudience,omitempty" oneOf:"AzureADMyOrg|AzureADMultipleOrgs" doc:"Whose users it is for; only one for several organizations can be used at /common. Default: AzureADMyOrg."`

	Enabled            *bool     `json:"enabled,omitempty" doc:"Enabled for users to sign in? Default: true."`
	Visible            *bool     `json:"visible,omitempty" doc:"Visible to users on My Apps? Default: true."`
	AssignmentRequired *bool     `json:"assignmentRequired,omitempty" doc:"Assignment required? Default: true."`
	Consent            Consent   `json:"consent,omitempty" oneOf:"granted|missing|adminRequired" doc:"Whether the application has been consented to. Default: granted."`
	AppRoles           []AppRole `json:"appRoles,omitempty" doc:"Roles to assign, beside those of the template."`
	Tags               []string  `json:"tags,omitempty" doc:"Default: those of the template."`

	Claims      []claims.Claim     `json:"claims,omitempty" doc:"Claims beside Entra's default ones."`
	NameID      claims.NameID      `json:"nameID,omitzero" doc:"The Unique User Identifier."`
	GroupClaims claims.GroupClaims `json:"groupClaims,omitzero" doc:"The group claim."`

	IncludeBasicClaimSet    *bool        `json:"includeBasicClaimSet,omitempty" doc:"false leaves out the default claims givenname, surname, emailaddress and name. Default: true."`
	IncludeNameFormat       bool         `json:"includeNameFormat,omitempty" doc:"Write a NameFormat with the claims that nobody configured."`
	AudienceOverride        string       `json:"audienceOverride,omitempty" doc:"Audience of every assertion; ignored without a custom signing key."`
	IssuerWithApplicationID bool         `json:"issuerWithApplicationId,omitempty" doc:"Put the application id into the issuer; ignored without a custom signing key."`
	Signing                 Signing      `json:"signing,omitzero" doc:"Which part of a response is signed, and how."`
	Verification            Verification `json:"verification,omitzero" doc:"Whether AuthnRequests must be signed, and by whom."`
	// NotificationEmailAddresses hear of the expiry of the signing certificate.
	NotificationEmailAddresses []string `json:"notificationEmailAddresses,omitempty" doc:"Up to five addresses that are told 60, 30 and 7 days before the signing certificate expires."`
	TokenEncryption            string   `json:"tokenEncryption,omitempty" doc:"The service provider's certificate, PEM, to which assertions are encrypted. Default: they go in clear."`
}

func (c ApplicationConfig) isEnabled() bool { return c.Enabled == nil || *c.Enabled }

// hideTag hides an application from My Apps, as Visible = false does (Graph:
// servicePrincipal, tags).
const hideTag = "HideApp"

func (c ApplicationConfig) isVisible() bool {
	return (c.Visible == nil || *c.Visible) && !slices.Contains(c.Tags, hideTag)
}

// assignmentIsRequired reports "Assignment required?".
func (c ApplicationConfig) assignmentIsRequired() bool {
	return c.AssignmentRequired == nil || *c.AssignmentRequired
}

// clone returns a copy that shares nothing with c.
func (c ApplicationConfig) clone() ApplicationConfig {
	c.Identifiers, c.ReplyURLs = slices.Clone(c.Identifiers), slices.Clone(c.ReplyURLs)
	c.AppRoles, c.Tags = slices.Clone(c.AppRoles), slices.Clone(c.Tags)
	c.NotificationEmailAddresses = slices.Clone(c.NotificationEmailAddresses)
	for _, flag := range []**bool{&c.Enabled, &c.Visible, &c.AssignmentRequired} {
		*flag = cloneFlag(*flag)
	}
	for i := range c.AppRoles {
		c.AppRoles[i].IsEnabled = cloneFlag(c.AppRoles[i].IsEnabled)
	}
	c.Verification.Certificates = slices.Clone(c.Verification.Certificates)
	own := c.claims().Clone()
	c.Claims, c.NameID, c.GroupClaims, c.IncludeBasicClaimSet = own.Claims, own.NameID, own.GroupClaims, own.IncludeBasicClaimSet
	return c
}

func cloneFlag(flag *bool) *bool {
	if flag == nil {
		return nil
	}
	return new(*flag)
}

// claims is the part that computes claims.
func (c ApplicationConfig) claims() claims.Configuration {
	return claims.Configuration{
		Claims: c.Claims, NameID: c.NameID, GroupClaims: c.GroupClaims, IncludeBasicClaimSet: c.IncludeBasicClaimSet,
		IncludeNameFormat: c.IncludeNameFormat, AudienceOverride: c.AudienceOverride, IssuerWithApplicationID: c.IssuerWithApplicationID,
	}
}

// Validate reports what Entra would refuse whatever else the tenant holds: a
// refusal whose Where is the name of the setting, or the mistakes in the claims
// as [claims.Mistakes]. An application with a custom signing key may have more
// claims.
func (c ApplicationConfig) Validate() error { return c.validate(false) }

// validate is Validate for an application with or without a custom signing key.
func (c ApplicationConfig) validate(customKey bool) error {
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
	if c.DefaultReplyURL != "" && !slices.Contains(c.ReplyURLs, c.DefaultReplyURL) {
		return invalid("Invalid value specified for property 'defaultRedirectUri' of resource 'Application'.", "one of the reply URLs: "+orNone(c.ReplyURLs), c.DefaultReplyURL, "defaultReplyUrl")
	}
	if isPattern(c.DefaultReplyURL) {
		return invalid("Invalid value specified for property 'defaultRedirectUri' of resource 'Application'.", "a URL that is no pattern", c.DefaultReplyURL, "defaultReplyUrl")
	}
	if !slices.Contains([]Consent{"", ConsentGranted, ConsentMissing, ConsentAdminRequired}, c.Consent) {
		return invalid("There is no such state of consent.", "granted, missing or adminRequired", string(c.Consent), "consent")
	}
	if err := validateRoles(c.AppRoles); err != nil {
		return err
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
	if !slices.Contains([]SignInAudience{"", AudienceMyOrg, AudienceMultipleOrgs}, c.SignInAudience) {
		return invalid("Invalid value specified for property 'signInAudience' of resource 'Application'.", fmt.Sprint(AudienceMyOrg, " or ", AudienceMultipleOrgs), string(c.SignInAudience), "signInAudience")
	}
	if _, err := c.Verification.parse(); err != nil {
		return err
	}
	if err := validateAddresses(c.NotificationEmailAddresses); err != nil {
		return err
	}
	own := c.claims()
	own.CustomSigningKey = customKey
	return own.Validate()
}

// encryptionCertificate reads TokenEncryption, nil when that is empty.
func (c ApplicationConfig) encryptionCertificate() (*x509.Certificate, error) {
	if c.TokenEncryption == "" {
		return nil, nil
	}
	return parseEncryptionCertificate(c.TokenEncryption)
}

func invalid(message, expected, got, where string) *refusal.Refusal {
	return &refusal.Refusal{Code: "Request_BadRequest", Message: message, Expected: expected, Got: got, Where: where, Fix: refusal.Entra}
}
