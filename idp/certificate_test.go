package idp_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/signature"
)

const year = 366 * 24 * time.Hour

// signedBy signs Ana in and gives the thumbprint of the certificate that made
// the Assertion's signature.
func (w *wire) signedBy(p person) string {
	w.t.Helper()
	if page := p.open(w.redirect(authnRequest(), "")); asksForPassword(page) {
		p.signIn(w.redirect(authnRequest(), ""))
	}
	xml, _ := w.response()
	return signature.Thumbprint(verify(w.t, xml, "//Assertion", w.app).Cert.Raw)
}

// A new application has one certificate, as Entra makes them: self-signed, three
// years, RSA 2048, X.509 v3 without extensions.
func TestNewCertificate(t *testing.T) {
	w := newWire(t)
	certs := w.app.Certificates()
	if len(certs) != 1 || !certs[0].Active {
		t.Fatalf("certificates of a new application: %+v", certs)
	}
	c := certs[0].X509
	if got, want := c.Subject.String(), "CN=Microsoft Azure Federated SSO Certificate"; got != want || c.Issuer.String() != want {
		t.Errorf("subject %s, issuer %s; want %s", got, c.Issuer, want)
	}
	if !c.NotBefore.Equal(start) || !c.NotAfter.Equal(start.AddDate(3, 0, 0)) || !certs[0].NotBefore.Equal(c.NotBefore) || !certs[0].NotAfter.Equal(c.NotAfter) {
		t.Errorf("valid from %s to %s", c.NotBefore, c.NotAfter)
	}
	key, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() != 2048 || key.E != 65537 || c.SignatureAlgorithm != x509.SHA256WithRSA || c.Version != 3 || len(c.Extensions) != 0 {
		t.Errorf("key %T, signature %s, version %d, %d extensions", c.PublicKey, c.SignatureAlgorithm, c.Version, len(c.Extensions))
	}
	if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
		t.Errorf("not self-signed: %v", err)
	}
	// The real ones have 756 bytes of DER, which always begin alike.
	if got := base64.StdEncoding.EncodeToString(c.Raw); len(c.Raw) != 756 || !strings.HasPrefix(got, "MIIC8DCCAdigAwIBAgIQ") {
		t.Errorf("%d bytes of DER: %.24s…", len(c.Raw), got)
	}
	// The name is a PrintableString, the times are UTCTimes.
	printable := append([]byte{0x13, 41}, "Microsoft Azure Federated SSO Certificate"...)
	utc := append([]byte{0x17, 13}, start.UTC().Format("060102150405Z")...)
	if bytes.Count(c.RawTBSCertificate, printable) != 2 || !bytes.Contains(c.RawTBSCertificate, utc) {
		t.Errorf("other encodings of name or time: %x", c.RawTBSCertificate)
	}
	if got := certs[0].Thumbprint; len(got) != 40 || got != strings.ToUpper(got) || got != signature.Thumbprint(c.Raw) {
		t.Errorf("thumbprint %s", got)
	}
}

// A certificate that is added stays inactive until it is activated; then the
// other one is inactive (learn.microsoft.com, "Manage certificates for
// federated single sign-on").
func TestActivateCertificate(t *testing.T) {
	w := newWire(t)
	ana := w.person()
	first := w.app.Certificates()[0]
	second, err := w.app.AddCertificate()
	if err != nil {
		t.Fatal(err)
	}
	if second.Active || second.Thumbprint == first.Thumbprint {
		t.Errorf("added %+v beside %s", second, first.Thumbprint)
	}
	if got := w.signedBy(ana); got != first.Thumbprint {
		t.Errorf("after adding one: signed by %s, want the first, %s", got, first.Thumbprint)
	}
	activated, err := w.app.ActivateCertificate(strings.ToLower(second.Thumbprint))
	if err != nil || !activated.Active || activated.Thumbprint != second.Thumbprint {
		t.Fatalf("ActivateCertificate = %+v, %v", activated, err)
	}
	if got := w.signedBy(ana); got != second.Thumbprint {
		t.Errorf("after activating the second: signed by %s", got)
	}
	active := func() (out []bool) {
		for _, c := range w.app.Certificates() {
			out = append(out, c.Active)
		}
		return out
	}
	if diff := cmp.Diff([]bool{false, true}, active()); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
	if _, err := w.app.ActivateCertificate(first.Thumbprint); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]bool{true, false}, active()); diff != "" {
		t.Errorf("active again (-want +got):\n%s", diff)
	}
	_, err = w.app.ActivateCertificate("00")
	why, ok := refusal.From(err)
	if !ok || why.Got != "00" || !strings.Contains(why.Expected, first.Thumbprint) || !strings.Contains(why.Expected, second.Thumbprint) {
		t.Errorf("activating an unknown one: %v", err)
	}
	if diff := cmp.Diff([]bool{true, false}, active()); diff != "" {
		t.Errorf("after a refused activation (-want +got):\n%s", diff)
	}
}

// Once the active certificate has expired, Entra signs with a valid one beside
// it; when all have expired it goes on with the active one (the same page:
// "automatically utilizes the valid certificate").
func TestExpiredCertificates(t *testing.T) {
	w := newWire(t)
	first := w.app.Certificates()[0]
	w.clock.Advance(year)
	second, err := w.app.AddCertificate()
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(year)
	third, err := w.app.AddCertificate()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		at   time.Time
		want idp.Certificate
		why  string
	}{
		{first.NotAfter, first, "at the last moment of the active one"},
		{first.NotAfter.Add(time.Second), third, "after the active one: the newest valid one"},
		{second.NotAfter.Add(time.Second), third, "after the second"},
		{third.NotAfter, third, "at the last moment of the third"},
		{third.NotAfter.Add(time.Second), first, "after all: the active one"},
		{third.NotAfter.Add(10 * year), first, "long after all"},
	} {
		w.clock.Advance(test.at.Sub(w.clock.Now()))
		if got := w.signedBy(w.person()); got != test.want.Thumbprint {
			t.Errorf("%s: signed by %s, want %s", test.why, got, test.want.Thumbprint)
		}
		// So is the metadata, which goes on listing all three.
		doc := parse(t, []byte(w.get(w.app.MetadataURL()).body))
		if got := doc.FindElement("/EntityDescriptor/Signature/KeyInfo/X509Data/X509Certificate").Text(); got != base64.StdEncoding.EncodeToString(test.want.X509.Raw) {
			t.Errorf("%s: the metadata is signed by another certificate", test.why)
		}
		if n := len(doc.FindElements("/EntityDescriptor/IDPSSODescriptor/KeyDescriptor")); n != 3 {
			t.Errorf("%s: the metadata lists %d certificates", test.why, n)
		}
	}
}

// Two applications have two keys; neither verifies the other's responses.
func TestApplicationsDoNotShareKeys(t *testing.T) {
	w := newWire(t)
	other := w.create(idp.ApplicationConfig{Name: "Blog"})
	w.signedBy(w.person())
	xml, _ := w.response()
	_, err := signature.Verify(parse(t, xml).FindElement("//Assertion"), certificates(other), w.clock.Now(), signature.Policy{})
	if fault := (*signature.Error)(nil); !errors.As(err, &fault) || fault.Reason != signature.Untrusted {
		t.Errorf("the other application's certificate verifies: %v", err)
	}
	seen := map[string]string{}
	for _, app := range w.Apps() {
		for _, c := range app.Certificates() {
			key := fmt.Sprintf("%x", c.X509.RawSubjectPublicKeyInfo)
			if seen[key] != "" {
				t.Errorf("%s and %s have the same key", seen[key], app.Name())
			}
			seen[key] = app.Name()
		}
	}
}
