package claims_test

import (
	"testing"

	"github.com/idharness/harness/idp/claims"
)

// "This setting is ignored if no custom signing key is configured for the
// application" (learn.microsoft.com, "Claims customization using a policy",
// issuer with application id and audience override).
func TestPolicyOptionsNeedACustomSigningKey(t *testing.T) {
	c := claims.Configuration{AudienceOverride: "urn:everybody", IssuerWithApplicationID: true}
	if got := c.Audience("https://sp.example"); got != "https://sp.example" || c.NamesApplication() {
		t.Errorf("without the key: audience %s, issuer with application id %v", got, c.NamesApplication())
	}
	c.CustomSigningKey = true
	if got := c.Audience("https://sp.example"); got != "urn:everybody" || !c.NamesApplication() {
		t.Errorf("with the key: audience %s, issuer with application id %v", got, c.NamesApplication())
	}
	c = claims.Configuration{CustomSigningKey: true}
	if got := c.Audience("https://sp.example"); got != "https://sp.example" || c.NamesApplication() {
		t.Errorf("without the options: audience %s, issuer with application id %v", got, c.NamesApplication())
	}
}

// "The value provided must be a valid absolute URI."
func TestAudienceOverrideIsAnAbsoluteURI(t *testing.T) {
	for audience, want := range map[string][]string{
		"urn:everybody":      nil,
		"https://sp.example": nil,
		"everybody":          {`audienceOverride: "everybody" is not an absolute URI`},
		"/saml":              {`audienceOverride: "/saml" is not an absolute URI`},
		"https://[":          {`audienceOverride: "https://[" is not an absolute URI`},
	} {
		wantDiff(t, mistakes(t, claims.Configuration{AudienceOverride: audience}), want)
	}
}
