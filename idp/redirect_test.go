package idp

import (
	"crypto/x509"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/idharness/harness/internal/saml/binding"
)

// Entra signs what it sends by redirect, in an order and with escapes of its
// own, on which service providers that escape anew break.
func TestSignedRedirectHasEntrasForm(t *testing.T) {
	tenant, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	app, err := tenant.CreateApplication(ApplicationConfig{Name: "Wiki"})
	if err != nil {
		t.Fatal(err)
	}
	certs := []*x509.Certificate{app.signer().cert}
	message := []byte(`<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1"/>`)
	for _, test := range []struct{ relayState, parameters string }{
		{"", "SAMLResponse Signature SigAlg"},
		{"a/b c=Ü", "SAMLResponse RelayState Signature SigAlg"},
	} {
		location, err := signedRedirect("http://127.0.0.1/slo?x=1", "SAMLResponse", message, test.relayState, app.signer())
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(location)
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, pair := range strings.Split(u.RawQuery, "&") {
			name, _, _ := strings.Cut(pair, "=")
			order = append(order, name)
		}
		if got := strings.Join(order, " "); got != "x "+test.parameters {
			t.Errorf("parameters %q, want x and %q", got, test.parameters)
		}
		if upper := regexp.MustCompile(`%[0-9a-f]?[A-F]`).FindString(u.RawQuery); upper != "" {
			t.Errorf("the escape %s has upper-case digits: %s", upper, u.RawQuery)
		}
		if got := u.Query().Get("RelayState"); got != test.relayState {
			t.Errorf("RelayState = %q, want %q", got, test.relayState)
		}
		if decoded, err := binding.Inflate(u.Query().Get("SAMLResponse")); err != nil || string(decoded) != string(message) {
			t.Errorf("message = %s, %v", decoded, err)
		}
		if err := binding.VerifyRedirect(u.RawQuery, certs, false); err != nil {
			t.Errorf("the signature is refused: %v", err)
		}
		if err := binding.VerifyRedirect(strings.Replace(u.RawQuery, "SAMLResponse=", "SAMLResponse=A", 1), certs, false); err == nil {
			t.Error("a changed message is accepted")
		}
	}
}
