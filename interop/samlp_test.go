package interop

import (
	"net/http"
	"strings"
	"testing"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/browser"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// startSamlp starts an identity provider built on samlp, which knows the
// instance by its metadata, and makes it the identity source. user is who is
// signed in there; options are samlp's.
func startSamlp(t *testing.T, center *sp.Instance, user, options map[string]any) string {
	t.Helper()
	node := needNode(t, "samlp", "samlp")
	key, cert := newKeyPair(t)
	base := startNode(t, node, "samlp", "idp.js", map[string]any{
		"metadata": get(t, center.MetadataURL()), "key": pkcs8(t, key), "cert": certPEM(cert), "user": user, "options": options,
	})
	metadata := get(t, base+"/FederationMetadata/2007-06/FederationMetadata.xml")
	if err := center.UploadIdPMetadata([]byte(metadata)); err != nil {
		t.Fatalf("samlp's metadata are refused: %v\n%s", err, metadata)
	}
	return base
}

// samlp is Auth0's identity provider for Node.js: its XML signatures, its
// templates and its reading of our metadata and requests are nobody's of ours.
func TestSamlpSignsInAtIdentityCenter(t *testing.T) {
	ana := map[string]any{"nameID": "ana@contoso.example", "nameIDFormat": claims.FormatEmailAddress}
	with := func(name string, value any) map[string]any {
		user := map[string]any{name: value}
		for name, value := range ana {
			if _, ok := user[name]; !ok {
				user[name] = value
			}
		}
		return user
	}
	_, foreign := newKeyPair(t)
	for name, test := range map[string]struct {
		user, options map[string]any
		refused       string // the code, or "" where she is signed in
	}{
		"as AWS demands":             {ana, nil, ""},
		"the response signed too":    {ana, map[string]any{"signResponse": true}, ""},
		"a prefix for the signature": {ana, map[string]any{"signatureNamespacePrefix": "ds"}, ""},
		"attributes for access control": {with("attributes", map[string]any{
			"https://aws.amazon.com/SAML/Attributes/AccessControl:CostCenter": "4711",
		}), nil, ""},

		"only the response signed": {ana, map[string]any{"signAssertion": false, "signResponse": true}, "AssertionNotSigned"},
		"nothing signed":           {ana, map[string]any{"signAssertion": false}, "AssertionNotSigned"},
		"SHA-1":                    {ana, map[string]any{"signatureAlgorithm": "rsa-sha1"}, "SignatureAlgorithm"},
		"digests by SHA-1":         {ana, map[string]any{"digestAlgorithm": "sha1"}, "SignatureAlgorithm"},
		"another certificate":      {ana, map[string]any{"cert": certPEM(foreign)}, "UntrustedCertificate"},
		"another audience":         {ana, map[string]any{"audience": "https://wiki.contoso.example"}, "WrongAudience"},
		"another recipient":        {ana, map[string]any{"recipient": "https://wiki.contoso.example/acs"}, "WrongRecipient"},
		"another destination":      {ana, map[string]any{"destination": "https://wiki.contoso.example/acs"}, "WrongDestination"},
		"another issuer":           {ana, map[string]any{"issuer": "https://idp.contoso.example"}, "WrongIssuer"},
		"another request":          {ana, map[string]any{"inResponseTo": "aws_00000000-0000-4000-8000-000000000000"}, "InResponseTo"},
		"persistent NameID":        {with("nameIDFormat", claims.FormatPersistent), nil, "NameIDFormat"},
		"somebody unknown":         {with("nameID", "bob@contoso.example"), nil, "UserNotFound"},
		"two cost centers": {with("attributes", map[string]any{
			"https://aws.amazon.com/SAML/Attributes/AccessControl:CostCenter": []string{"4711", "4712"},
		}), nil, "AccessControlMultiValued"},
	} {
		t.Run(name, func(t *testing.T) {
			center := sp.Run(t, sp.Config{AccessControl: true})
			_, err := center.CreateUser(identitystore.User{UserName: "ana@contoso.example", DisplayName: "Ana Sousa", Name: identitystore.Name{GivenName: "Ana", FamilyName: "Sousa"}})
			if err != nil {
				t.Fatal(err)
			}
			base := startSamlp(t, center, test.user, test.options)
			starts := map[string]string{"from the portal": center.PortalURL(), "from the identity provider": base + "/sso"}
			if test.options["inResponseTo"] != nil {
				delete(starts, "from the identity provider")
			}
			for from, start := range starts {
				b := browser.New(browser.Config{IgnoreRedirectChain: true})
				page, err := b.Open(t.Context(), start)
				b.Close()
				if err != nil {
					t.Fatal(err)
				}
				if test.refused == "" {
					expect(t, page, center.PortalURL(), http.StatusOK)
					if !strings.Contains(page.Text(), "ana@contoso.example") {
						t.Errorf("%s: the portal shows\n%s", from, page.Text())
					}
					continue
				}
				if page.Status != http.StatusBadRequest || !strings.Contains(page.Text(), test.refused) {
					t.Errorf("%s: status %d at %s, want a refusal with %s\n%s", from, page.Status, page.URL, test.refused, page.Text())
				}
			}
		})
	}
}
