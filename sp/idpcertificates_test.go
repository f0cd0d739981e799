package sp_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/signature"
	"github.com/idharness/harness/sp"
)

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// The identity provider can be typed in: sign-in URL, issuer and certificate
// (console, "Change identity source").
func TestIdentityProviderIsTypedIn(t *testing.T) {
	w := newWorld(t)
	other := newEntra(t, w.clock, 1)
	cfg := sp.IdentityProviderConfig{SignInURL: entraSSO, Issuer: entraIssuer, Certificate: string(pemOf(other.cert))}
	for _, test := range []struct {
		name   string
		change func(*sp.IdentityProviderConfig)
		where  string
		got    string
	}{
		{"no sign-in URL", func(c *sp.IdentityProviderConfig) { c.SignInURL = "" }, "IdP sign-in URL", "nothing"},
		{"a script", func(c *sp.IdentityProviderConfig) { c.SignInURL = "javascript:alert(1)" }, "IdP sign-in URL", "javascript:alert(1)"},
		{"no issuer", func(c *sp.IdentityProviderConfig) { c.Issuer = " " }, "IdP issuer URL", `" "`},
		{"no certificate", func(c *sp.IdentityProviderConfig) { c.Certificate = "" }, "certificate file", "no PEM block"},
	} {
		t.Run(test.name, func(t *testing.T) {
			bad := cfg
			test.change(&bad)
			why, ok := refusal.From(w.center.SetIdentityProvider(bad))
			if !ok || why.Where != test.where || why.Got != test.got {
				t.Errorf("%+v", why)
			}
		})
	}
	if got := w.center.Source().Certificates[0].Thumbprint; got != signature.Thumbprint(w.entra.cert.Raw) {
		t.Errorf("a refused change took effect: %s", got)
	}
	if err := w.center.SetIdentityProvider(cfg); err != nil {
		t.Fatal(err)
	}
	if s := w.center.Source(); !s.External || s.SignInURL != entraSSO || s.Issuer != entraIssuer || len(s.Certificates) != 1 {
		t.Errorf("identity source %+v", s)
	}
	w.entra = other
	w.wantPortal(w.signIn(ana), ana)
	w.freshBrowser()
	w.center.Choose(func(c *sp.Choices) { c.RequestBinding = sp.BindingPOST })
	if p := w.get(w.center.PortalURL()); p.status != http.StatusOK || !strings.Contains(p.body, `action="`+entraSSO+`"`) || !strings.Contains(p.body, "SAMLRequest") {
		t.Errorf("with the POST binding chosen: status %d\n%s", p.status, p.body)
	}
}

// Certificates are imported beside each other and all trusted; the last valid
// one stays (user guide, "Manage SAML 2.0 certificates", "Rotate a SAML 2.0
// certificate").
func TestCertificatesAreImportedAndDeleted(t *testing.T) {
	w := newWorld(t)
	old, next := w.entra, newEntra(t, w.clock, 1)
	imported, err := w.center.ImportCertificate(pemOf(next.cert))
	if err != nil || imported.Thumbprint != signature.Thumbprint(next.cert.Raw) {
		t.Fatalf("%+v, %v", imported, err)
	}
	if _, err := w.center.ImportCertificate(pemOf(next.cert)); err == nil {
		t.Error("the same certificate is imported twice")
	}
	for _, idp := range []*entra{old, next} {
		w.entra = idp
		w.freshBrowser()
		w.wantPortal(w.signIn(ana), ana)
	}
	if err := w.center.DeleteCertificate(signature.Thumbprint(old.cert.Raw)); err != nil {
		t.Fatal(err)
	}
	w.entra = old
	w.freshBrowser()
	w.wantRefused(w.post(signedBy(w.entra, w), ""), refusal.Refusal{Code: "UntrustedCertificate", Message: notYou, Got: "thumbprint", Where: "/Response/Assertion/Signature", Fix: refusal.IdentityCenter})
	var events []string
	for _, e := range w.center.Events() {
		if e.EventSource == "sso-directory.amazonaws.com" {
			events = append(events, e.EventName)
		}
	}
	if got := strings.Join(events, " "); got != "CreateExternalIdPConfigurationForDirectory ImportExternalIdPCertificate DeleteExternalIdPCertificate" {
		t.Errorf("events: %s", got)
	}
	why, ok := refusal.From(w.center.DeleteCertificate(imported.Thumbprint))
	if !ok || why.Code != "LastCertificate" {
		t.Errorf("the last one: %+v", why)
	}
	if why, ok := refusal.From(w.center.DeleteCertificate("00")); !ok || why.Code != "ResourceNotFoundException" || why.Expected != imported.Thumbprint {
		t.Errorf("an unknown one: %+v", why)
	}
	w.center.UseDirectory()
	if _, err := w.center.ImportCertificate(pemOf(next.cert)); err == nil {
		t.Error("a certificate is imported although there is no identity provider")
	}
	if err := w.center.DeleteCertificate(imported.Thumbprint); err == nil {
		t.Error("a certificate is deleted although there is no identity provider")
	}
}

// Red, yellow and green (user guide, "Certificate expiration status
// indicators"): an expired certificate, one with at most 90 days to go, and the
// rest.
func TestCertificateStatus(t *testing.T) {
	const day = 24 * time.Hour
	w := newWorld(t)
	end := w.center.Source().Certificates[0].NotAfter
	for _, step := range []struct {
		at   time.Time
		want sp.CertificateStatus
	}{
		{end.Add(-90*day - time.Second), sp.CertificateGreen}, {end.Add(-90 * day), sp.CertificateYellow},
		{end, sp.CertificateYellow}, {end.Add(time.Second), sp.CertificateRed},
	} {
		w.clock.Advance(step.at.Sub(w.clock.Now()))
		if got := w.center.Source().Certificates[0].Status; got != step.want {
			t.Errorf("at %s: %s, want %s", step.at, got, step.want)
		}
	}
	expired := w.center.Source().Certificates[0].Thumbprint
	if why, ok := refusal.From(w.center.DeleteCertificate(expired)); !ok || why.Code != "LastCertificate" {
		t.Errorf("the only one: %+v", why)
	}
	// An expired certificate is not the last valid one, whatever the others are.
	if _, err := w.center.ImportCertificate(pemOf(newEntra(t, clock.Frozen(end.AddDate(-4, 0, 0)), 1).cert)); err != nil {
		t.Fatal(err)
	}
	if err := w.center.DeleteCertificate(expired); err != nil {
		t.Error(err)
	}
}

func TestImportCertificateRefuses(t *testing.T) {
	w := newWorld(t)
	good := pemOf(newEntra(t, w.clock, 1).cert)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: start, NotAfter: start.Add(time.Hour)}
	curve, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		file []byte
		got  string
	}{
		"2,501 characters": {append(bytes.Repeat([]byte("é"), sp.MaxIdPCertificate+1-len(good)), good...), "2501"},
		"two":              {append(good, good...), "something after the certificate"},
		"DER":              {[]byte("0\x82\x02\xf0"), "no PEM block"},
		"a key":            {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), "a PEM block PRIVATE KEY"},
		"broken":           {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), "x509: malformed certificate"},
		"elliptic curve":   {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: curve}), "*ecdsa.PublicKey"},
	} {
		_, err := w.center.ImportCertificate(test.file)
		if why, ok := refusal.From(err); !ok || why.Code != "InvalidIdPCertificate" || !strings.Contains(why.Got, test.got) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(w.center.Source().Certificates); n != 1 {
		t.Errorf("%d certificates", n)
	}
}
