package signature

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

var now = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

type pair struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

func newPair(t *testing.T, n int) pair {
	t.Helper()
	key, err := keys.Process.Get(n)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := keys.SelfSigned(key, "Microsoft Azure Federated SSO Certificate", now.Add(-time.Hour), now.AddDate(3, 0, 0), ids.New(uint64(n)))
	if err != nil {
		t.Fatal(err)
	}
	return pair{key, cert}
}

const response = `<samlp:Response ID="_r" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">` +
	`<saml:Assertion ID="_a"><saml:Issuer>https://sts.windows.net/t/</saml:Issuer><saml:Subject><saml:NameID>ana@contoso.example</saml:NameID></saml:Subject></saml:Assertion></samlp:Response>`

// signedXML returns the response above with a signed assertion, as text, so
// that every test verifies what it has parsed itself.
func signedXML(t *testing.T, p pair, algorithm Algorithm) string {
	t.Helper()
	doc := parse(t, response)
	assertion := document.Child(doc.Root(), saml.NSAssertion, "Assertion")
	// Sign wants an element that declares its own namespaces.
	assertion.CreateAttr("xmlns:saml", saml.NSAssertion)
	if err := Sign(assertion, AfterIssuer(assertion), p.key, p.cert, algorithm); err != nil {
		t.Fatal(err)
	}
	text, err := doc.WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func parse(t *testing.T, text string) *etree.Document {
	t.Helper()
	doc, err := document.Parse([]byte(text))
	if err != nil {
		t.Fatalf("parse %s: %v", text, err)
	}
	return doc
}

func verify(t *testing.T, text string, at time.Time, policy Policy, certs ...*x509.Certificate) (*Verified, error) {
	t.Helper()
	doc := parse(t, text)
	return Verify(document.Child(doc.Root(), saml.NSAssertion, "Assertion"), certs, at, policy)
}

func TestVerifiedElementIsWhatWasSigned(t *testing.T) {
	p, other := newPair(t, 0), newPair(t, 1)
	for _, test := range []struct {
		name      string
		algorithm Algorithm
		policy    Policy
		certs     []*x509.Certificate
	}{
		{"one certificate", SHA256, Policy{}, []*x509.Certificate{p.cert}},
		{"any of several certificates", SHA256, Policy{}, []*x509.Certificate{other.cert, p.cert}},
		{"SHA-1 where the policy allows it", SHA1, Policy{AllowSHA1: true}, []*x509.Certificate{p.cert}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := verify(t, signedXML(t, p, test.algorithm), now, test.policy, test.certs...)
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := document.Text(got.Element.FindElement("./Subject/NameID")); text != "ana@contoso.example" {
				t.Errorf("verified NameID = %q", text)
			}
			if !got.Cert.Equal(p.cert) {
				t.Error("the wrong certificate is named")
			}
		})
	}
}

func TestVerifyRefuses(t *testing.T) {
	p, other := newPair(t, 0), newPair(t, 1)
	good := signedXML(t, p, SHA256)
	swap := func(old, new string) string {
		t.Helper()
		changed := strings.Replace(good, old, new, 1)
		if changed == good {
			t.Fatalf("%q is not in %s", old, good)
		}
		return changed
	}
	cut := func(from, to string) string {
		i, j := strings.Index(good, from), strings.Index(good, to)
		return good[:i] + good[j+len(to):]
	}
	sig := good[strings.Index(good, "<Signature"):strings.Index(good, "</Signature>")] + "</Signature>"
	keyInfo := good[strings.Index(good, "<KeyInfo>"):strings.Index(good, "</KeyInfo>")] + "</KeyInfo>"
	for _, test := range []struct {
		name, text string
		certs      []*x509.Certificate
		at         time.Time
		want       Reason
	}{
		{"no signature", cut("<Signature", "</Signature>"), []*x509.Certificate{p.cert}, now, Missing},
		{"no certificate configured (CVE-2026-28323)", good, nil, now, Untrusted},
		{"another tenant's key", good, []*x509.Certificate{other.cert}, now, Untrusted},
		{"another tenant's key, no KeyInfo", cut("<KeyInfo>", "</KeyInfo>"), []*x509.Certificate{other.cert}, now, Untrusted},
		{"content changed", swap("ana@", "eva@"), []*x509.Certificate{p.cert}, now, Tampered},
		{"content changed, two certificates", swap("ana@", "eva@"), []*x509.Certificate{p.cert, other.cert}, now, Tampered},
		{"certificate expired", good, []*x509.Certificate{p.cert}, now.AddDate(4, 0, 0), CertExpired},
		{"reference to another element", swap(`URI="#_a"`, `URI="#_r"`), []*x509.Certificate{p.cert}, now, Structure},
		{"reference to the whole document", swap(`URI="#_a"`, `URI=""`), []*x509.Certificate{p.cert}, now, Structure},
		{"two signatures", swap(sig, sig+sig), []*x509.Certificate{p.cert}, now, Structure},
		{"signature elsewhere", swap(sig+"<saml:Subject>", "<saml:Subject>"+sig), []*x509.Certificate{p.cert}, now, Missing},
		{"signature at the end", strings.Replace(swap(sig, ""), "</saml:Assertion>", sig+"</saml:Assertion>", 1), []*x509.Certificate{p.cert}, now, Structure},
		{"ds:Object in the signature (XSW8)", swap(keyInfo, keyInfo+"<Object/>"), []*x509.Certificate{p.cert}, now, Structure},
		{"comment in DigestValue (CVE-2025-29775)", swap("<DigestValue>", "<DigestValue><!--x-->"), []*x509.Certificate{p.cert}, now, Structure},
		{"SHA-1", signedXML(t, p, SHA1), []*x509.Certificate{p.cert}, now, BadMethod},
		{"XSLT transform", swap(uriEnveloped, "http://www.w3.org/TR/1999/REC-xslt-19991116"), []*x509.Certificate{p.cert}, now, BadMethod},
		{"canonicalisation with comments", swap(uriExcC14N, uriExcC14N+"WithComments"), []*x509.Certificate{p.cert}, now, BadMethod},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := verify(t, test.text, test.at, Policy{}, test.certs...)
			var refused *Error
			if !errors.As(err, &refused) {
				t.Fatalf("Verify = %v, want it refused", err)
			}
			if refused.Reason != test.want {
				t.Errorf("reason = %s (%v), want %s", refused.Reason, err, test.want)
			}
		})
	}
}

func TestPrefixesDeclaredOnTheResponseKeepTheirMeaning(t *testing.T) {
	p := newPair(t, 0)
	// Many issuers declare xmlns:saml once, on the Response.
	text := signedXML(t, p, SHA256)
	inner := `<saml:Assertion ID="_a" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">`
	if !strings.Contains(text, inner) {
		t.Fatalf("unexpected layout: %s", text)
	}
	if _, err := verify(t, strings.Replace(text, inner, `<saml:Assertion ID="_a">`, 1), now, Policy{}, p.cert); err != nil {
		t.Error(err)
	}
}

func TestExpiredCertificateByPolicy(t *testing.T) {
	p := newPair(t, 0)
	if _, err := verify(t, signedXML(t, p, SHA256), now.AddDate(4, 0, 0), Policy{AllowExpiredCerts: true}, p.cert); err != nil {
		t.Error(err)
	}
}
