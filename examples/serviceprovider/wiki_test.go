package wiki

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crewjam/saml/samlsp"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
)

// start starts the wiki and, in front of it, an Entra in which Ana is assigned
// to it and Dan is not.
func start(t *testing.T) (*harness.Harness, *idp.Application) {
	t.Helper()

	// Each side must know the other's address: the listener is there before the
	// service.
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	// The same site as Entra's, http://localhost: elsewhere samlsp's cookie is
	// not sent along with the response, which comes as a cross-site POST.
	base.Host = "localhost:" + base.Port()

	h := harness.Run(t, harness.Config{Targets: harness.Targets{ServiceProvider: &harness.ServiceProviderTarget{
		Metadata: base.String() + "/saml/metadata",
		Start:    base.String() + "/private",
		Success:  harness.Success{URL: base.String() + "/private", Text: "Hello Ana Sousa", Cookie: "token"},
	}}})
	app, err := h.Entra.CreateApplication(idp.ApplicationConfig{Name: "Wiki"})
	if err != nil {
		t.Fatal(err)
	}
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", Mail: "ana@contoso.example"})
	h.Entra.AddUser(directory.User{UserPrincipalName: "dan@contoso.example", DisplayName: "Dan Roth"})
	if err := app.Assign(ana); err != nil {
		t.Fatal(err)
	}

	metadata, err := app.FederationMetadata() // the wiki trusts Entra …
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := samlsp.ParseMetadata(metadata)
	if err != nil {
		t.Fatal(err)
	}
	key, certificate := newKeyPair(t)
	wiki, err := New(Config{URL: *base, Key: key, Certificate: certificate, IdentityProvider: trusted})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", wiki)
	if _, err := h.ExchangeMetadata(t.Context(), app); err != nil { // … and Entra knows the wiki
		t.Fatal(err)
	}
	return h, app
}

func TestSignIn(t *testing.T) {
	h, _ := start(t)
	session, err := h.SignIn(t.Context(), "ana@contoso.example")
	if err != nil {
		t.Fatal(err)
	}
	if session.NameID.Value != "ana@contoso.example" || session.Page.Text != "Hello Ana Sousa" {
		t.Errorf("NameID %q, page %q", session.NameID.Value, session.Page.Text)
	}
}

// The error says which side refuses, with its words, and what to fix.
func TestWhoIsNotAssignedIsRefusedByEntra(t *testing.T) {
	h, _ := start(t)
	session, err := h.SignIn(t.Context(), "dan@contoso.example")
	var refused *harness.Refusal
	if !errors.As(err, &refused) || refused.Code != "AADSTS50105" || session.By != "entra" {
		t.Fatalf("%v, by %s", err, session.By)
	}
	if refused.Fix != "entra" || !strings.Contains(refused.Expected, "an assignment of dan@contoso.example to Wiki") {
		t.Errorf("expected %q, fix %q", refused.Expected, refused.Fix)
	}
}

// The day on which the certificate is rotated and nobody tells the wiki.
func TestNewCertificateIsRefusedByTheWiki(t *testing.T) {
	h, app := start(t)
	next, err := app.AddCertificate()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.ActivateCertificate(next.Thumbprint); err != nil {
		t.Fatal(err)
	}
	session, err := h.SignIn(t.Context(), "ana@contoso.example")
	if err == nil || session.Outcome != harness.Refused || session.By != "serviceProvider" || session.Code != "HTTP403" {
		t.Fatalf("%v, %+v", err, session)
	}
	if hint := session.Explanation.Hint; !strings.Contains(hint, "see whether it trusts the application's certificate") {
		t.Errorf("hint: %s", hint)
	}
}

// What was sent on the way: the request, and the response with the certificate
// that signed it.
func TestRequestIsSigned(t *testing.T) {
	h, _ := start(t)
	if _, err := h.SignIn(t.Context(), "ana@contoso.example"); err != nil {
		t.Fatal(err)
	}
	for _, exchange := range h.Trace() {
		if exchange.Kind == "AuthnRequest" {
			if !strings.Contains(exchange.Request.URL, "&Signature=") {
				t.Errorf("the request has no signature: %s", exchange.Request.URL)
			}
			return
		}
	}
	t.Error("no request was sent")
}

func newKeyPair(t *testing.T) (*rsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "wiki"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, certificate
}
