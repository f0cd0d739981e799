package idp_test

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/signature"
)

func rename(name string) func(*directory.User) {
	return func(u *directory.User) { u.DisplayName = name }
}

func certificates(app *idp.Application) (certs []*x509.Certificate) {
	for _, c := range app.Certificates() {
		certs = append(certs, c.X509)
	}
	return certs
}

// verify checks the signature of the element at path against the application's
// certificates and returns what made it.
func verify(t testing.TB, xml []byte, path string, app *idp.Application) *signature.Verified {
	t.Helper()
	verified, err := signature.Verify(parse(t, xml).FindElement(path), certificates(app), time.Time{}, signature.Policy{AllowSHA1: true, AllowExpiredCerts: true})
	if err != nil {
		t.Fatalf("%s: %v\n%s", path, err, xml)
	}
	return verified
}

// Which parts are signed, and how (learn.microsoft.com, "Advanced certificate
// signing options in a SAML token").
func TestSigningOptions(t *testing.T) {
	const (
		sha256, digest256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256"
		sha1, digest1     = "http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#sha1"
	)
	w := newWire(t)
	ana := w.person()
	for _, test := range []struct {
		name                string
		signing             idp.Signing
		assertion, response bool
		method, digest      string
	}{
		{"default", idp.Signing{}, true, false, sha256, digest256},
		{"assertion", idp.Signing{Option: idp.SignAssertion, Algorithm: signature.SHA256}, true, false, sha256, digest256},
		{"response", idp.Signing{Option: idp.SignResponse}, false, true, sha256, digest256},
		{"both", idp.Signing{Option: idp.SignBoth}, true, true, sha256, digest256},
		{"assertion with SHA-1", idp.Signing{Algorithm: signature.SHA1}, true, false, sha1, digest1},
		{"both with SHA-1", idp.Signing{Option: idp.SignBoth, Algorithm: signature.SHA1}, true, true, sha1, digest1},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := w.app.SetSigning(test.signing); err != nil {
				t.Fatal(err)
			}
			if page := ana.open(w.redirect(authnRequest(), "")); asksForPassword(page) {
				ana.enter(page, w.ana.UserPrincipalName, directory.DefaultPassword)
			}
			xml, _ := w.response()
			for path, signed := range map[string]bool{"//Assertion": test.assertion, "/Response": test.response} {
				e := parse(t, xml).FindElement(path)
				if signature.Has(e) != signed {
					t.Fatalf("%s signed: %v, want %v\n%s", path, !signed, signed, xml)
				}
				if !signed {
					continue
				}
				if got := verify(t, xml, path, w.app).Algorithm; got != test.method {
					t.Errorf("%s: signature method %s, want %s", path, got, test.method)
				}
				sig := document.Child(e, saml.NSSignature, "Signature")
				if got := sig.FindElement("SignedInfo/Reference/DigestMethod").SelectAttrValue("Algorithm", ""); got != test.digest {
					t.Errorf("%s: digest method %s, want %s", path, got, test.digest)
				}
			}
		})
	}
	for _, wrong := range []idp.Signing{{Option: "everything"}, {Algorithm: "md5"}} {
		if err := w.app.SetSigning(wrong); err == nil {
			t.Errorf("SetSigning(%+v) succeeded", wrong)
		}
	}
	if got, want := w.app.Signing(), (idp.Signing{Option: idp.SignBoth, Algorithm: signature.SHA1}); got != want {
		t.Errorf("after refused settings: %+v, want %+v", got, want)
	}
}
