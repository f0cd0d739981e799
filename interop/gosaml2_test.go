package interop

import (
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	saml2 "github.com/russellhaering/gosaml2"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
)

// serviceProvider is a small service built on gosaml2, a SAML implementation
// that shares no code with ours.
type serviceProvider struct {
	saml *saml2.SAMLServiceProvider
	url  string

	info *saml2.AssertionInfo // of the last sign-in that was accepted
	err  error                // of the last one that was not
}

func newServiceProvider(t *testing.T, tenant *idp.Tenant, metadata string) *serviceProvider {
	t.Helper()
	block, _ := pem.Decode([]byte(certificatePEM(t, metadata)))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	s := &serviceProvider{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		target, err := s.saml.BuildAuthURL("relay+state/1=")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, target, http.StatusFound)
	})
	mux.HandleFunc("POST /acs", func(w http.ResponseWriter, r *http.Request) {
		s.info, s.err = s.saml.RetrieveAssertionInfo(r.PostFormValue("SAMLResponse"))
		switch {
		case s.err != nil:
			http.Error(w, s.err.Error(), http.StatusForbidden)
		case s.info.WarningInfo.InvalidTime || s.info.WarningInfo.NotInAudience:
			http.Error(w, "outside its time, or for another audience", http.StatusForbidden)
		case r.PostFormValue("RelayState") != "relay+state/1=":
			http.Error(w, "RelayState did not come back byte for byte", http.StatusForbidden)
		default:
			io.WriteString(w, "<title>Welcome</title>"+s.info.NameID)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL
	s.saml = &saml2.SAMLServiceProvider{
		IdentityProviderSSOURL: tenant.LoginURL(), IdentityProviderIssuer: tenant.Issuer(), ServiceProviderIssuer: server.URL + "/metadata",
		AssertionConsumerServiceURL: server.URL + "/acs", AudienceURI: server.URL + "/metadata",
		IDPCertificateStore: &dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{cert}}, NameIdFormat: saml2.NameIdFormatEmailAddress,
	}
	return s
}

func TestGosaml2AcceptsEverySigningOption(t *testing.T) {
	everySigning(t, func(t *testing.T, signing idp.Signing) {
		h := harness.Run(t, harness.Config{Unconnected: true})
		ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa", Department: "R&D"})
		app, err := h.Entra.CreateApplication(idp.ApplicationConfig{Name: "Wiki"})
		if err != nil {
			t.Fatal(err)
		}
		s := newServiceProvider(t, h.Entra, get(t, app.MetadataURL()))
		err = app.UploadMetadata([]byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="` + s.url + `/metadata"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="` + s.url + `/acs" index="0"/></SPSSODescriptor></EntityDescriptor>`))
		if err != nil {
			t.Fatal(err)
		}
		if err := app.SetSigning(signing); err != nil {
			t.Fatal(err)
		}
		if err := app.Assign(ana); err != nil {
			t.Fatal(err)
		}

		session, err := h.SignInWith(t.Context(), harness.SignIn{User: "ana@contoso.example", Start: s.url})
		if err != nil {
			t.Fatalf("sign-in: %v (service provider said: %v)", err, s.err)
		}
		if session.Outcome != harness.SignedIn || s.info == nil || s.info.NameID != "ana@contoso.example" {
			t.Errorf("gosaml2 saw %+v, the browser %+v", s.info, session)
		}
		if got := s.info.Values.Get("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"); got != "Sousa" {
			t.Errorf("surname = %q, want Sousa", got)
		}
	})
}

// The service provider trusts one tenant; another one with the same issuer and
// another key must not get in.
func TestGosaml2RefusesAnotherTenantsKey(t *testing.T) {
	const tenantID = "11111111-2222-4333-8444-555555555555"
	trusted := harness.Run(t, harness.Config{TenantID: tenantID, Seed: 1})
	forger := harness.Run(t, harness.Config{TenantID: tenantID, Seed: 2, Unconnected: true, FreshKeys: true})
	s := newServiceProvider(t, forger.Entra, get(t, trusted.Entra.App().MetadataURL()))
	app, err := forger.Entra.CreateApplication(idp.ApplicationConfig{Name: "Wiki", Identifiers: []string{s.url + "/metadata"}, ReplyURLs: []string{s.url + "/acs"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Assign(forger.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example"})); err != nil {
		t.Fatal(err)
	}
	session, err := forger.SignInWith(t.Context(), harness.SignIn{User: "ana@contoso.example", Start: s.url})
	if err == nil || session == nil || session.Outcome != harness.Refused || s.err == nil {
		t.Errorf("gosaml2 accepted a response by another key: %+v, %v", session, s.info)
	}
}
