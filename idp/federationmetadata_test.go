package idp_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/metadata"
)

var update = flag.Bool("update", false, "write the files in testdata instead of comparing with them")

// varying is what depends on the process's RSA keys. Whatever is signed with
// them is checked elsewhere.
var varying = regexp.MustCompile(`(<(?:DigestValue|SignatureValue|X509Certificate)>)[^<]*<`)

// checkGolden compares a document with a file in testdata, byte for byte but
// for what varies. The file has a line for every element, which the document
// has not: it is one line.
func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	if bytes.ContainsAny(got, "\r\n") {
		t.Errorf("%s is not one line", name)
	}
	text := varying.ReplaceAllString(string(got), "$1…<")
	text = strings.ReplaceAll(text, "><", ">\n<") + "\n"
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got), rewrite with -update:\n%s", path, diff)
	}
}

// seeded is a tenant whose ids, time and address are always the same.
func seeded(t *testing.T) (*idp.Tenant, *idp.Application) {
	t.Helper()
	tenant, err := idp.New(idp.Config{TenantID: tenantID, BaseURL: "http://localhost:8400", Clock: clock.Frozen(start), IDs: ids.New(7), Choices: idp.Choices{HideStaySignedIn: true}})
	if err != nil {
		t.Fatal(err)
	}
	app, err := tenant.CreateApplication(idp.ApplicationConfig{Name: "Wiki", Identifiers: []string{identifier}, ReplyURLs: []string{"https://wiki.example/acs"}, AppRoles: []idp.AppRole{{ID: "aaaaaaaa-0000-4000-8000-00000000000e", Value: "Editor"}}})
	if err != nil {
		t.Fatal(err)
	}
	return tenant, app
}

// served is what the tenant answers at a path.
func served(t *testing.T, tenant *idp.Tenant, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	tenant.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

// The documents, element by element and attribute by attribute, in the order of
// the real ones (learn.microsoft.com, "Federation metadata").
func TestFederationMetadata(t *testing.T) {
	const path = "/federationmetadata/2007-06/federationmetadata.xml"
	tenant, app := seeded(t)
	if _, err := app.AddCertificate(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, path string }{
		{"metadata-application.xml", "/" + tenantID + path + "?appid=" + app.AppID()},
		{"metadata-tenant.xml", "/" + tenantID + path},
		{"metadata-common.xml", "/common" + path},
	} {
		got := served(t, tenant, test.path)
		if got.Code != http.StatusOK || got.Header().Get("Content-Type") != "application/xml; charset=utf-8" {
			t.Errorf("%s: status %d, Content-Type %q", test.path, got.Code, got.Header().Get("Content-Type"))
		}
		checkGolden(t, test.name, got.Body.Bytes())
		checkMetadataSignature(t, got.Body.Bytes())
	}
}

// checkMetadataSignature verifies the signature of a metadata document with the
// certificate that is its first signing certificate, and that it covers the
// whole.
func checkMetadataSignature(t *testing.T, xml []byte) {
	t.Helper()
	parsed, err := metadata.ParseIdentityProvider(xml)
	if err != nil {
		t.Fatal(err)
	}
	ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{parsed.SigningCerts[0]}})
	ctx.IdAttribute = "ID"
	ctx.Clock = dsig.NewFakeClockAt(start)
	if _, err := ctx.Validate(parse(t, xml).Root()); err != nil {
		t.Errorf("signature: %v", err)
	}
	tampered := bytes.Replace(xml, []byte("<IDPSSODescriptor"), []byte(`<IDPSSODescriptor errorURL="x"`), 1)
	if _, err := ctx.Validate(parse(t, tampered).Root()); err == nil {
		t.Error("a changed document verifies too")
	}
}

// Every certificate of the application stands in each of the three roles, the
// active one signs (learn.microsoft.com, "Federation metadata": services should
// support all certificates in the document).
func TestMetadataListsEveryCertificate(t *testing.T) {
	w := newWire(t)
	second, err := w.app.AddCertificate()
	if err != nil {
		t.Fatal(err)
	}
	third, err := w.app.AddCertificate()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.app.ActivateCertificate(second.Thumbprint); err != nil {
		t.Fatal(err)
	}
	first := w.app.Certificates()[0]
	var want []string
	for _, c := range []idp.Certificate{first, second, third} {
		want = append(want, base64.StdEncoding.EncodeToString(c.X509.Raw))
	}
	doc := parse(t, []byte(w.get(w.app.MetadataURL()).body))
	roles := doc.FindElements("/EntityDescriptor/RoleDescriptor")
	roles = append(roles, doc.FindElement("/EntityDescriptor/IDPSSODescriptor"))
	if len(roles) != 3 {
		t.Fatalf("%d roles, want 3", len(roles))
	}
	for i, role := range roles {
		var got []string
		for _, e := range role.FindElements("KeyDescriptor[@use='signing']/KeyInfo/X509Data/X509Certificate") {
			got = append(got, e.Text())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("certificates of role %d (-want +got):\n%s", i, diff)
		}
	}
	if got := doc.FindElement("/EntityDescriptor/Signature/KeyInfo/X509Data/X509Certificate").Text(); got != want[1] {
		t.Error("the document does not bear the active certificate")
	}
}

// The document of the tenant does not have the application's certificate:
// whoever uploads it cannot verify a response (flipboxfactory/saml-sp issue 64).
func TestTenantMetadataIsNotTheApplications(t *testing.T) {
	w := newWire(t)
	of := func(url string) *metadata.IdentityProvider {
		parsed, err := metadata.ParseIdentityProvider([]byte(w.get(url).body))
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	app, tenant, common := of(w.app.MetadataURL()), of(w.MetadataURL("")), of(strings.Replace(w.MetadataURL(""), tenantID, "common", 1))
	if got := tenant.SigningCerts[0].Subject.CommonName; got != "accounts.accesscontrol.windows.net" {
		t.Errorf("subject of the tenant's certificate: %s", got)
	}
	if app.SigningCerts[0].Equal(tenant.SigningCerts[0]) || !common.SigningCerts[0].Equal(tenant.SigningCerts[0]) {
		t.Error("want one certificate for the tenant and common, another for the application")
	}
	if again := of(w.MetadataURL("")); !again.SigningCerts[0].Equal(tenant.SigningCerts[0]) {
		t.Error("the tenant's certificate changed between two requests")
	}
	if app.EntityID != w.Issuer() || tenant.EntityID != w.Issuer() || common.EntityID != "https://sts.windows.net/{tenant}/" {
		t.Errorf("entity ids %s, %s, %s", app.EntityID, tenant.EntityID, common.EntityID)
	}
	if sso, ok := metadata.Location(common.SSO, saml.BindingRedirect); !ok || sso != w.BaseURL()+"/common/saml2" {
		t.Errorf("common sign-in address %s", sso)
	}
}

// The path is compared without regard to case: Microsoft's own pages write it in
// two ways. The appid is a GUID, in either case.
func TestMetadataAddress(t *testing.T) {
	w := newWire(t)
	for _, path := range []string{
		"/" + tenantID + "/federationmetadata/2007-06/federationmetadata.xml?appid=" + w.app.AppID(),
		"/" + tenantID + "/FederationMetadata/2007-06/FederationMetadata.xml?appid=" + strings.ToUpper(w.app.AppID()),
		"/" + strings.ToUpper(tenantID) + "/FEDERATIONMETADATA/2007-06/FEDERATIONMETADATA.XML",
		"/contoso.example/federationmetadata/2007-06/federationmetadata.xml",
		"/common/FederationMetadata/2007-06/FederationMetadata.xml",
	} {
		if got := w.get(w.BaseURL() + path); got.status != http.StatusOK || !strings.HasPrefix(got.body, `<?xml version="1.0" encoding="utf-8"?><EntityDescriptor xmlns="`) {
			t.Errorf("%s: status %d, %.60s", path, got.status, got.body)
		}
	}
	why := checkRefused(t, w.get(w.MetadataURL("00000000-0000-4000-8000-000000000000")), "AADSTS700016", "Application with identifier '00000000-0000-4000-8000-000000000000' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.")
	if why.Where != "query parameter appid" {
		t.Errorf("Where = %q", why.Where)
	}
	unknown := strings.Replace(w.MetadataURL(""), tenantID, "99999999-2222-4333-8444-555555555555", 1)
	checkRefused(t, w.get(unknown), "AADSTS90002", "Tenant '99999999-2222-4333-8444-555555555555' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.")
}

// What is served follows the address under which the tenant is reached; the
// issuer keeps the form of the real service.
func TestMetadataFollowsTheBaseURL(t *testing.T) {
	tenant, app := seeded(t)
	if err := tenant.SetBaseURL("https://login.contoso.example/"); err != nil {
		t.Fatal(err)
	}
	xml, err := app.FederationMetadata()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(xml), "localhost") || !strings.Contains(string(xml), `Location="https://login.contoso.example/`+tenantID+`/saml2"`) {
		t.Errorf("metadata at another address:\n%s", xml)
	}
	for _, wrong := range []string{"", "login.contoso.example", "ftp://x", "https://x/y", "https://x?y", "https://x#y", "https://", "http://%zz"} {
		if err := tenant.SetBaseURL(wrong); err == nil {
			t.Errorf("SetBaseURL(%q) succeeded", wrong)
		}
	}
	if got := tenant.BaseURL(); got != "https://login.contoso.example" {
		t.Errorf("BaseURL() = %s", got)
	}
}
