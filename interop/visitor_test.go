package interop

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/browser"
	"github.com/idharness/harness/internal/saml/binding"
)

// newWiki makes a tenant with one application, Wiki, which knows nothing yet of
// its service provider, and one user, who is assigned to it.
func newWiki(t *testing.T, cfg ...idp.Config) (*idp.Tenant, *idp.Application, directory.User) {
	t.Helper()
	tenant := idp.Run(t, cfg...)
	ana := tenant.AddUser(directory.User{
		UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa Núñez", Mail: "ana@contoso.example", Department: "R&D <Platform>",
	})
	app, err := tenant.CreateApplication(idp.ApplicationConfig{Name: "Wiki"})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Assign(ana); err != nil {
		t.Fatal(err)
	}
	return tenant, app, ana
}

// newImpostor makes another tenant that gives itself out for the one of app:
// same issuer, same application, same user, and keys of its own.
func newImpostor(t *testing.T, tenant *idp.Tenant, app *idp.Application) *idp.Application {
	t.Helper()
	_, forged, _ := newWiki(t, idp.Config{TenantID: tenant.ID()})
	describe(t, forged, app.Identifiers()[0], app.ReplyURLs()[0])
	added, err := forged.AddCertificate() // its second key: tenants of one process share the first
	if err != nil {
		t.Fatal(err)
	}
	if _, err := forged.ActivateCertificate(added.Thumbprint); err != nil {
		t.Fatal(err)
	}
	return forged
}

// describe uploads metadata of a service provider with this entity id and ACS.
func describe(t *testing.T, app *idp.Application, entityID, acs string) {
	t.Helper()
	err := app.UploadMetadata([]byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="` + entityID + `"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="` + acs + `" index="0"/></SPSSODescriptor></EntityDescriptor>`))
	if err != nil {
		t.Fatal(err)
	}
}

// newKeyPair makes what a service provider signs its requests with.
func newKeyPair(t *testing.T) (*rsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "wiki.contoso.example"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

// visitor is Ana at a browser of her own.
type visitor struct {
	t        *testing.T
	browser  *browser.Browser
	response string // the SAMLResponse that passed through last, as XML

	// alter, if non-nil, changes a SAMLResponse on its way.
	alter func(xml string) string
}

func newVisitor(t *testing.T) *visitor {
	v := &visitor{t: t}
	v.browser = browser.New(browser.Config{IgnoreRedirectChain: true, Hold: v.look})
	t.Cleanup(v.browser.Close)
	return v
}

// look notes a response that is about to be posted, and stops it if it is to be
// changed.
func (v *visitor) look(form *browser.Form) bool {
	field, ok := form.Value("SAMLResponse")
	if !ok {
		return false
	}
	xml, err := binding.DecodePOST(field)
	if err != nil {
		v.t.Errorf("SAMLResponse: %v", err)
	}
	v.response = string(xml)
	return v.alter != nil
}

// open goes to an address and signs in at Entra if it asks.
func (v *visitor) open(address string) *browser.Page {
	v.t.Helper()
	page := v.arrive(v.browser.Open(v.t.Context(), address))
	for _, form := range page.Forms() {
		if _, asked := form.Value("passwd"); asked {
			page = v.arrive(v.browser.Submit(v.t.Context(), form, map[string]string{"loginfmt": "ana@contoso.example", "passwd": directory.DefaultPassword}))
			break
		}
	}
	if form, asked := page.Form("staysignedin"); asked {
		page = v.arrive(v.browser.Press(v.t.Context(), form, "No", nil))
	}
	return page
}

// click follows the link with this text.
func (v *visitor) click(page *browser.Page, text string) *browser.Page {
	v.t.Helper()
	for _, link := range page.Links() {
		if link.Text == text {
			return v.arrive(v.browser.Click(v.t.Context(), page, link.Href))
		}
	}
	v.t.Fatalf("there is no link %q at %s:\n%s", text, page.URL, page.Text())
	return nil
}

func (v *visitor) arrive(page *browser.Page, err error) *browser.Page {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	for _, form := range page.Forms() {
		if _, held := form.Value("SAMLResponse"); held && v.alter != nil {
			changed := v.alter(v.response)
			if changed == v.response {
				v.t.Fatalf("the response was not changed:\n%s", v.response)
			}
			return v.arrive(v.browser.SubmitAsScript(v.t.Context(), form, map[string]string{"SAMLResponse": binding.EncodePOST([]byte(changed))}))
		}
	}
	return page
}

// expect reports an error unless the browser rests at this address with this
// status.
func expect(t *testing.T, page *browser.Page, address string, status int) {
	t.Helper()
	if page.URL.String() != address || page.Status != status {
		t.Errorf("the browser rests at %s with status %d, want %s with %d\n%s\n%s", page.URL, page.Status, address, status, browser.Explain(page.Hops), page.Text())
	}
}
