package interop

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/browser"
)

// nodeSAML is a service provider built on @node-saml/node-saml, which passport
// and much of the Node.js world signs in with. It runs as a process of its own.
type nodeSAML struct {
	url  string
	cert *x509.Certificate // what it signs with and decrypts for
}

// startNodeSAML starts the service provider with these options of node-saml,
// trusting app's federation metadata, and uploads its metadata to app.
func startNodeSAML(t *testing.T, tenant *idp.Tenant, app *idp.Application, options map[string]any) *nodeSAML {
	t.Helper()
	node := needNode(t, "nodesaml", "@node-saml/node-saml")
	key, cert := newKeyPair(t)
	config := map[string]any{
		"entryPoint": tenant.LoginURL(), "idpIssuer": tenant.Issuer(), "idpCert": certificatePEM(t, get(t, app.MetadataURL())),
		"identifierFormat": claims.FormatEmailAddress, "wantAuthnResponseSigned": false, "wantAssertionsSigned": false,
		"privateKey": pkcs8(t, key), "publicCert": certPEM(cert), "signatureAlgorithm": "sha256",
		"decryptionPvk": pkcs8(t, key), "decryptionCert": certPEM(cert),
	}
	for name, value := range options {
		config[name] = value
	}
	s := &nodeSAML{startNode(t, node, "nodesaml", "provider.js", config), cert}
	if err := app.UploadMetadata([]byte(get(t, s.url+"/metadata"))); err != nil {
		t.Fatalf("the metadata that node-saml writes is refused: %v", err)
	}
	// Its metadata offer the POST binding for sign-out, which Entra does not use.
	if err := app.Configure(func(c *idp.ApplicationConfig) { c.LogoutURL = s.url + "/slo" }); err != nil {
		t.Fatal(err)
	}
	return s
}

func pkcs8(t *testing.T, key *rsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func certPEM(cert *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
}

// nodeProfile is what node-saml read from a response.
type nodeProfile struct {
	NameID, NameIDFormat, SessionIndex, Issuer, InResponseTo, RelayState string
	Attributes                                                           map[string]any
}

// welcomes expects node-saml's page and returns what it knows of the user.
func (s *nodeSAML) welcomes(t *testing.T, page *browser.Page) nodeProfile {
	t.Helper()
	expect(t, page, s.url+"/", http.StatusOK)
	text, _ := page.Find("result")
	var profile nodeProfile
	if err := json.Unmarshal([]byte(text), &profile); err != nil {
		t.Fatalf("node-saml's page: %v\n%s", err, page.Text())
	}
	return profile
}

// refuses expects the ACS to refuse with this reason.
func (s *nodeSAML) refuses(t *testing.T, page *browser.Page, reason string) {
	t.Helper()
	expect(t, page, s.url+"/acs", http.StatusForbidden)
	if text, _ := page.Find("result"); !strings.Contains(text, reason) {
		t.Errorf("node-saml refuses with %q, want %q", text, reason)
	}
}

func TestNodeSAMLAcceptsEverySigningOption(t *testing.T) {
	everySigning(t, func(t *testing.T, signing idp.Signing) {
		tenant, app, ana := newWiki(t)
		s := startNodeSAML(t, tenant, app, map[string]any{
			"wantAuthnResponseSigned": signing.Option != idp.SignAssertion, "wantAssertionsSigned": signing.Option != idp.SignResponse,
		})
		groups := []string{tenant.AddGroup("staff", ana).ID, tenant.AddGroup("wiki-admins", ana).ID}
		err := errors.Join(app.SetSigning(signing), app.SetClaims([]claims.Claim{{Name: "department", Source: "user.department"}}), app.SetGroupClaims(claims.GroupClaims{Emit: "security"}))
		if err != nil {
			t.Fatal(err)
		}
		profile := s.welcomes(t, newVisitor(t).open(s.url+"/"))
		if profile.NameID != "ana@contoso.example" || profile.NameIDFormat != claims.FormatEmailAddress || profile.Issuer != tenant.Issuer() ||
			profile.InResponseTo == "" || profile.SessionIndex == "" || profile.RelayState != "state" {
			t.Errorf("node-saml read %+v", profile)
		}
		if a := profile.Attributes; a[claims.TypeSurname] != "Sousa Núñez" || a["department"] != "R&D <Platform>" {
			t.Errorf("node-saml read the attributes %v", a)
		}
		if got, _ := profile.Attributes[claims.TypeGroups].([]any); len(got) != 2 || !slices.Contains(groups, got[0].(string)) || !slices.Contains(groups, got[1].(string)) {
			t.Errorf("node-saml read the groups %v, want %v", got, groups)
		}

		// Whatever was signed, a change of it is noticed.
		forger := newVisitor(t)
		forger.alter = func(xml string) string { return strings.Replace(xml, "Sousa", "Souza", 1) }
		reason := "Invalid signature"
		if signing.Option != idp.SignAssertion {
			reason = "Invalid document signature"
		}
		s.refuses(t, forger.open(s.url+"/"), reason)
	})
}

func TestNodeSAMLRefusesAnotherTenantsKey(t *testing.T) {
	tenant, app, _ := newWiki(t)
	s := startNodeSAML(t, tenant, app, nil)
	s.welcomes(t, newVisitor(t).open(app.UserAccessURL()))
	s.refuses(t, newVisitor(t).open(newImpostor(t, tenant, app).UserAccessURL()), "Invalid signature")
}

func TestNodeSAMLDecryptsTheAssertion(t *testing.T) {
	for _, option := range []idp.SigningOption{idp.SignAssertion, idp.SignResponse, idp.SignBoth} {
		t.Run(string(option), func(t *testing.T) {
			tenant, app, _ := newWiki(t)
			s := startNodeSAML(t, tenant, app, nil)
			if err := errors.Join(app.SetSigning(idp.Signing{Option: option}), app.SetTokenEncryption(s.cert)); err != nil {
				t.Fatal(err)
			}
			v := newVisitor(t)
			profile := s.welcomes(t, v.open(s.url+"/"))
			if profile.NameID != "ana@contoso.example" || profile.Attributes[claims.TypeSurname] != "Sousa Núñez" {
				t.Errorf("node-saml read %+v", profile)
			}
			if !strings.Contains(v.response, "<EncryptedAssertion") || strings.Contains(v.response, "Sousa") {
				t.Errorf("the response is not encrypted:\n%s", v.response)
			}
		})
	}
}

// node-saml signs the query of the Redirect binding, and the XML of the POST
// binding (learn.microsoft.com, "Enforce signed SAML authentication requests").
func TestNodeSAMLSignsItsRequests(t *testing.T) {
	_, stranger := newKeyPair(t)
	for _, binding := range []string{"HTTP-Redirect", "HTTP-POST"} {
		t.Run(binding, func(t *testing.T) {
			tenant, app, _ := newWiki(t)
			s := startNodeSAML(t, tenant, app, map[string]any{
				"authnRequestBinding": binding, "digestAlgorithm": "sha256",
				"skipRequestCompression": binding == "HTTP-POST", // it would deflate there too
			})
			verify := func(cert *x509.Certificate) {
				t.Helper()
				if err := app.SetVerification(idp.Verification{Required: true, Certificates: []string{certPEM(cert)}}); err != nil {
					t.Fatal(err)
				}
			}
			verify(s.cert)
			s.welcomes(t, newVisitor(t).open(s.url+"/"))
			verify(stranger)
			page := newVisitor(t).open(s.url + "/")
			if page.Status != http.StatusBadRequest || !strings.Contains(page.Text(), "AADSTS76023") {
				t.Errorf("a request that somebody else signed: status %d at %s\n%s", page.Status, page.URL, page.Text())
			}
		})
	}
}

// node-saml signs out, and gets a LogoutResponse whose signature it verifies.
func TestNodeSAMLSignsOut(t *testing.T) {
	tenant, app, _ := newWiki(t)
	s := startNodeSAML(t, tenant, app, nil)
	v := newVisitor(t)
	s.welcomes(t, v.open(s.url+"/"))
	page := v.open(s.url + "/logout")
	if text, _ := page.Find("result"); page.Title() != "Goodbye" || text != "bye" {
		t.Errorf("the browser rests at %s with status %d:\n%s", page.URL, page.Status, page.Text())
	}
	again := v.arrive(v.browser.Open(t.Context(), s.url+"/"))
	if title := again.Title(); title != "Sign in to your account" {
		t.Errorf("after the sign-out the browser came to %q at %s, want to be asked for the password", title, again.URL)
	}
}

// node-saml finds its session by SessionIndex, so that a sign-out at Entra ends
// it, in a frame or by redirects.
func TestNodeSAMLHearsOfASignOutAtEntra(t *testing.T) {
	for _, broadcast := range []idp.LogoutBroadcast{idp.BroadcastFrames, idp.BroadcastRedirects} {
		t.Run(string(broadcast), func(t *testing.T) {
			tenant, app, _ := newWiki(t)
			tenant.Choose(func(c *idp.Choices) { c.LogoutBroadcast = broadcast })
			s := startNodeSAML(t, tenant, app, nil)
			v := newVisitor(t)
			s.welcomes(t, v.open(s.url+"/"))
			page := v.arrive(v.browser.Open(t.Context(), tenant.BaseURL()+"/"+tenant.ID()+"/logout"))
			if !strings.Contains(page.Text(), "You signed out of your account") {
				t.Errorf("the browser rests at %s with status %d:\n%s", page.URL, page.Status, page.Text())
			}
			again := v.arrive(v.browser.Open(t.Context(), s.url+"/"))
			if title := again.Title(); title != "Sign in to your account" {
				t.Errorf("node-saml's session goes on: %q at %s\n%s", title, again.URL, browser.Explain(page.Hops))
			}
		})
	}
}
