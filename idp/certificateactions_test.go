package idp_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/refusal"
)

// keyPair is a certificate of one's own with its key, PEM, valid around the
// virtual start.
func keyPair(t *testing.T, bits int) (certPEM, keyPEM []byte) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Contoso signing"}, NotBefore: start.AddDate(-1, 0, 0), NotAfter: start.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// A certificate can have a name and an end of its own, up to three years
// (Microsoft Graph, servicePrincipal: addTokenSigningCertificate).
func TestAddCertificateWithDates(t *testing.T) {
	w := newWire(t)
	end := start.AddDate(0, 6, 0)
	c, err := w.app.AddCertificate(idp.CertificateConfig{DisplayName: "CN=Next", EndDateTime: end})
	if err != nil || c.X509.Subject.CommonName != "Next" || !c.NotAfter.Equal(end) || c.Active {
		t.Fatalf("%+v, %v", c, err)
	}
	if !bytes.Contains(c.PEM(), []byte("BEGIN CERTIFICATE")) {
		t.Errorf("download %s", c.PEM())
	}
	for _, test := range []struct {
		cfg   idp.CertificateConfig
		where string
	}{
		{idp.CertificateConfig{DisplayName: "Next"}, "displayName"},
		{idp.CertificateConfig{DisplayName: "CN= "}, "displayName"},
		{idp.CertificateConfig{EndDateTime: start}, "endDateTime"},
		{idp.CertificateConfig{EndDateTime: start.AddDate(3, 0, 1)}, "endDateTime"},
	} {
		var why *refusal.Refusal
		if _, err := w.app.AddCertificate(test.cfg); !errors.As(err, &why) || why.Where != test.where {
			t.Errorf("%+v: %v", test.cfg, err)
		}
	}
	if n := len(w.app.Certificates()); n != 2 {
		t.Errorf("%d certificates", n)
	}
}

// An uploaded certificate signs once it is active; an inactive one can be
// deleted, from the metadata too (learn.microsoft.com, "Manage certificates for
// federated single sign-on").
func TestUploadAndDeleteCertificate(t *testing.T) {
	w := newWire(t)
	cert, key := keyPair(t, 2048)
	c, err := w.app.UploadCertificate(slices.Concat(key, []byte("\n"), cert))
	if err != nil || !c.Custom || c.Active {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := w.app.UploadCertificate(slices.Concat(cert, key)); err == nil {
		t.Error("the same certificate is taken twice")
	}
	old := w.app.Certificates()[0].Thumbprint
	if _, err := w.app.ActivateCertificate(c.Thumbprint); err != nil {
		t.Fatal(err)
	}
	if got := w.signedBy(w.person()); got != c.Thumbprint {
		t.Errorf("signed by %s, want %s", got, c.Thumbprint)
	}
	var why *refusal.Refusal
	if err := w.app.DeleteCertificate(c.Thumbprint); !errors.As(err, &why) || why.Expected != "an inactive certificate" {
		t.Errorf("the active one: %v", err)
	}
	if err := w.app.DeleteCertificate(old); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(w.get(w.app.MetadataURL()).body, "<KeyDescriptor"); n != 3 { // one in each role
		t.Errorf("%d KeyDescriptors are left", n)
	}
	if err := w.app.DeleteCertificate(old); !errors.As(err, &why) || !strings.Contains(why.Expected, c.Thumbprint) {
		t.Errorf("one that is gone: %v", err)
	}
}

func TestUploadCertificateRefuses(t *testing.T) {
	w := newWire(t)
	cert, key := keyPair(t, 2048)
	otherCert, otherKey := keyPair(t, 2048)
	weakCert, weak := keyPair(t, 1024)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, err := x509.MarshalPKCS8PrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		text []byte
		got  string
	}{
		"empty":                   {nil, "no certificate"},
		"no PEM":                  {[]byte("hello"), "something that is no PEM block"},
		"no key":                  {cert, "no private key"},
		"no certificate":          {key, "no certificate"},
		"another key":             {slices.Concat(cert, otherKey), "a private key that is not the certificate's"},
		"two certificates":        {slices.Concat(cert, otherCert, key), "two certificates"},
		"two keys":                {slices.Concat(cert, key, otherKey), "two private keys"},
		"weak":                    {slices.Concat(weakCert, weak), "a key of 1024 bits"},
		"elliptic curve":          {slices.Concat(cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: ecDER})), "a private key *ecdsa.PrivateKey"},
		"broken certificate":      {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), "a certificate that does not parse"},
		"broken key":              {slices.Concat(cert, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte("x")})), "a private key that does not parse"},
		"a password":              {slices.Concat(cert, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"DEK-Info": "AES-256-CBC,00"}, Bytes: []byte("x")})), "a private key with a password"},
		"something else in there": {slices.Concat(cert, pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS", Bytes: []byte("x")})), `a PEM block "EC PARAMETERS"`},
	} {
		var why *refusal.Refusal
		if _, err := w.app.UploadCertificate(test.text); !errors.As(err, &why) || why.Got != test.got {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A custom signing key lifts restrictions on claims, and what it allows counts
// while it signs: else AADSTS50146 (learn.microsoft.com, "Claims customization
// using a policy", "Microsoft Entra authentication and authorization error codes").
func TestCustomSigningKey(t *testing.T) {
	const upn = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
	restricted := []claims.Claim{{Name: "upn", Namespace: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims", Source: "user.userprincipalname"}}
	w := newWire(t)
	if err := w.app.SetClaims(restricted); err == nil {
		t.Fatal("a restricted claim is taken without a custom signing key")
	}
	cert, key := keyPair(t, 2048)
	c, err := w.app.UploadCertificate(slices.Concat(cert, key))
	if err != nil {
		t.Fatal(err)
	}
	err = w.app.Configure(func(cfg *idp.ApplicationConfig) {
		cfg.Claims, cfg.AudienceOverride, cfg.IssuerWithApplicationID = restricted, "urn:everybody", true
	})
	if err != nil {
		t.Fatal(err)
	}
	const needed = "This application is required to be configured with an application-specific signing key. It is either not configured with one, or the key has expired or is not yet valid. Please contact the application's administrator."
	p := w.person()
	checkRefused(t, asAnswer(p.signIn(w.redirect(authnRequest(), ""))), "AADSTS50146", needed)
	if _, err := w.app.ActivateCertificate(c.Thumbprint); err != nil {
		t.Fatal(err)
	}
	if page := p.open(w.redirect(authnRequest(), "")); !atServiceProvider(page) {
		t.Fatalf("came to %s\n%s", page.URL, page.Text())
	}
	xml, _ := w.response()
	if got := valuesOf(t, xml, upn); !slices.Equal(got, []string{w.ana.UserPrincipalName}) {
		t.Errorf("upn %v", got)
	}
	if got := find(t, xml, "//Audience"); got != "urn:everybody" {
		t.Errorf("Audience %s", got)
	}
	if got, want := find(t, xml, "//Assertion/Issuer"), "https://sts.windows.net/"+tenantID+"/"+w.app.AppID(); got != want {
		t.Errorf("Issuer %s, want %s", got, want)
	}
	w.clock.Advance(366 * 24 * time.Hour) // the key expires
	checkRefused(t, asAnswer(p.signIn(w.redirect(authnRequest(), ""))), "AADSTS50146", needed)
}
