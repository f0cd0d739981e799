package idp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/saml/signature"
)

const (
	notSigned      = "The request sent by client is not signed while the application requires signed requests"
	noCertificate  = "Cannot verify the signature of received authentication request since there is no certificate for verification configured in the application."
	badSignature   = "The signature of the received authentication request is invalid, please contact the administrator to resolve the issue."
	badAlgorithm   = "Signature algorithm used to sign data is not supported."
	requestExpired = "The request has expired. Try to submit new request."
)

// signer is a key of a service provider with its certificate.
type signer struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

func newSigner(t *testing.T, n int, notAfter time.Time) signer {
	t.Helper()
	key, err := keys.Process.Get(n)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := keys.SelfSigned(key, fmt.Sprintf("wiki.example %d", n), notAfter.AddDate(-1, 0, 0), notAfter, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, cert}
}

func (s signer) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert.Raw}))
}

// redirect signs an address of the Redirect binding.
func (s signer) redirect(t testing.TB, target, algorithm string) string {
	t.Helper()
	signed, err := binding.SignRedirect(target, s.key, algorithm)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// enveloped signs a message as the POST binding wants.
func (s signer) enveloped(t testing.TB, xml string, algorithm signature.Algorithm) string {
	t.Helper()
	doc := parse(t, []byte(xml))
	if err := signature.Sign(doc.Root(), signature.AfterIssuer(doc.Root()), s.key, s.cert, algorithm); err != nil {
		t.Fatal(err)
	}
	text, err := doc.WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var keyInfo = regexp.MustCompile(`<(ds:)?KeyInfo.*</(ds:)?KeyInfo>`)

// require makes Wiki take signed requests only.
func (w *wire) require(v idp.Verification) {
	w.t.Helper()
	v.Required = true
	if err := w.app.SetVerification(v); err != nil {
		w.t.Fatal(err)
	}
}

func asksToSignIn(t *testing.T, got answer) {
	t.Helper()
	if got.status != http.StatusOK || configOf(t, got.body)["pgid"] != "ConvergedSignIn" {
		t.Errorf("status %d, want the sign-in page\n%s", got.status, got.body)
	}
}

// An application can require signed requests; every reason for which
// learn.microsoft.com, "Enforce signed SAML authentication requests", lets one
// fail. "Protocol not allowed" cannot happen: only SAML is served.
func TestRequireVerificationCertificates(t *testing.T) {
	valid := start.AddDate(0, 6, 0)
	old, middle, latest, stranger := newSigner(t, 1, valid), newSigner(t, 2, valid), newSigner(t, 3, valid), newSigner(t, 4, valid)
	expired := newSigner(t, 5, start.AddDate(0, 0, -1))
	three := []string{old.pem(), middle.pem(), latest.pem()}
	const sha1, sha512 = binding.SigAlgRSASHA1, binding.SigAlgRSASHA512
	redirect := func(s signer, algorithm string, changes ...string) func(*wire) answer {
		return func(w *wire) answer {
			return w.get(strings.NewReplacer(changes...).Replace(s.redirect(w.t, w.redirect(authnRequest(), "a b"), algorithm)))
		}
	}
	post := func(s signer, algorithm signature.Algorithm, change func(string) string) func(*wire) answer {
		return func(w *wire) answer {
			xml := s.enveloped(w.t, authnRequest(), algorithm)
			if change != nil {
				changed := change(xml)
				if changed == xml {
					w.t.Fatal("nothing was changed")
				}
				xml = changed
			}
			return w.postRequest(xml, "a b")
		}
	}
	without := func(re *regexp.Regexp) func(string) string {
		return func(xml string) string { return re.ReplaceAllString(xml, "") }
	}
	replace := func(old, new string) func(string) string {
		return func(xml string) string { return strings.Replace(xml, old, new, 1) }
	}
	withoutParameter := func(w *wire, name string) answer {
		u, err := url.Parse(latest.redirect(w.t, w.redirect(authnRequest(), ""), ""))
		if err != nil {
			w.t.Fatal(err)
		}
		q := u.Query()
		q.Del(name)
		u.RawQuery = q.Encode()
		return w.get(u.String())
	}

	for _, test := range []struct {
		name          string
		v             idp.Verification
		send          func(*wire) answer
		code, message string // empty: the request is taken
		got           string // part of the explanation
	}{
		{"Redirect, signed", idp.Verification{Certificates: three}, redirect(latest, ""), "", "", ""},
		{"Redirect, one of the two latest certificates", idp.Verification{Certificates: three}, redirect(middle, ""), "", "", ""},
		{"Redirect, certificate as base64", idp.Verification{Certificates: []string{base64.StdEncoding.EncodeToString(latest.cert.Raw)}}, redirect(latest, ""), "", "", ""},
		{"POST, signed", idp.Verification{Certificates: three}, post(latest, signature.SHA256, nil), "", "", ""},
		{"POST, the certificate that KeyInfo names", idp.Verification{Certificates: three}, post(old, signature.SHA256, nil), "", "", ""},
		{"POST without KeyInfo, one of the two latest certificates", idp.Verification{Certificates: three}, post(middle, signature.SHA256, without(keyInfo)), "", "", ""},
		{"Redirect, RSA-SHA1 allowed", idp.Verification{Certificates: three, AllowWeakAlgorithm: true}, redirect(latest, sha1), "", "", ""},
		{"POST, RSA-SHA1 allowed", idp.Verification{Certificates: three, AllowWeakAlgorithm: true}, post(latest, signature.SHA1, nil), "", "", ""},
		{"RSA-SHA256 where RSA-SHA1 is allowed", idp.Verification{Certificates: three, AllowWeakAlgorithm: true}, redirect(latest, ""), "", "", ""},

		{"Redirect, not signed", idp.Verification{Certificates: three}, func(w *wire) answer { return w.get(w.redirect(authnRequest(), "")) }, "AADSTS76021", notSigned, "none"},
		{"POST, not signed", idp.Verification{Certificates: three}, func(w *wire) answer { return w.postRequest(authnRequest(), "") }, "AADSTS76021", notSigned, "none"},
		{"Redirect, signed as for POST", idp.Verification{Certificates: three}, func(w *wire) answer {
			return w.get(w.redirect(latest.enveloped(w.t, authnRequest(), signature.SHA256), ""))
		}, "AADSTS76021", notSigned, "a Signature element in the request"},
		{"POST, signed as for Redirect", idp.Verification{Certificates: three}, func(w *wire) answer {
			return w.post(w.LoginURL(), url.Values{"SAMLRequest": {binding.EncodePOST([]byte(authnRequest()))}, "SigAlg": {binding.SigAlgRSASHA256}, "Signature": {"AAAA"}})
		}, "AADSTS76021", notSigned, "a parameter Signature"},
		{"no certificate configured", idp.Verification{}, redirect(latest, ""), "AADSTS76022", noCertificate, "none is configured"},
		{"no certificate configured, not signed", idp.Verification{}, func(w *wire) answer { return w.get(w.redirect(authnRequest(), "")) }, "AADSTS76022", noCertificate, "none is configured"},
		{"Redirect, another key", idp.Verification{Certificates: three}, redirect(stranger, ""), "AADSTS76023", badSignature, "none of these keys"},
		{"Redirect, the third certificate from the end", idp.Verification{Certificates: three}, redirect(old, ""), "AADSTS76023", badSignature, "none of these keys"},
		{"Redirect, RelayState changed", idp.Verification{Certificates: three}, redirect(latest, "", "RelayState=a+b", "RelayState=a+c"), "AADSTS76023", badSignature, "none of these keys"},
		{"Redirect, RelayState escaped otherwise", idp.Verification{Certificates: three}, redirect(latest, "", "RelayState=a+b", "RelayState=a%20b"), "AADSTS76023", badSignature, "none of these keys"},
		{"Redirect, two requests", idp.Verification{Certificates: three}, redirect(latest, "", "?SAMLRequest=", "?SAMLRequest=x&SAMLRequest="), "AADSTS750056", "SAML message was not properly base64-encoded.", ""},
		{"Redirect, the signed request second", idp.Verification{Certificates: three}, func(w *wire) answer {
			signed := latest.redirect(w.t, w.redirect(authnRequest("_request1", "_request2"), ""), "")
			return w.get(w.redirect(authnRequest(), "") + "&" + signed[strings.Index(signed, "?")+1:])
		}, "AADSTS76023", badSignature, "two"},
		{"Redirect, a signature that is not base64", idp.Verification{Certificates: three}, redirect(latest, "", "&Signature=", "&Signature=%25"), "AADSTS76023", badSignature, "illegal base64"},
		{"Redirect, no algorithm", idp.Verification{Certificates: three}, func(w *wire) answer { return withoutParameter(w, "SigAlg") }, "AADSTS76028", badAlgorithm, "a signature without an algorithm"},
		{"Redirect, an algorithm and no signature", idp.Verification{Certificates: three}, func(w *wire) answer { return withoutParameter(w, "Signature") }, "AADSTS76021", notSigned, "none"},
		{"Redirect, RSA-SHA1", idp.Verification{Certificates: three}, redirect(latest, sha1), "AADSTS76028", badAlgorithm, sha1},
		{"Redirect, RSA-SHA512", idp.Verification{Certificates: three, AllowWeakAlgorithm: true}, redirect(latest, sha512), "AADSTS76028", badAlgorithm, sha512},
		{"Redirect, an expired certificate", idp.Verification{Certificates: []string{expired.pem()}}, redirect(expired, ""), "AADSTS76023", badSignature, "no certificate made that is valid"},

		{"POST, KeyInfo names a certificate that is not configured", idp.Verification{Certificates: three}, post(stranger, signature.SHA256, nil), "AADSTS76023", badSignature, signature.Thumbprint(stranger.cert.Raw)},
		{"POST without KeyInfo, another key", idp.Verification{Certificates: three}, post(stranger, signature.SHA256, without(keyInfo)), "AADSTS76023", badSignature, "none of these keys"},
		{"POST without KeyInfo, the third certificate from the end", idp.Verification{Certificates: three}, post(old, signature.SHA256, without(keyInfo)), "AADSTS76023", badSignature, signature.Thumbprint(old.cert.Raw)},
		{"POST, ForceAuthn put in", idp.Verification{Certificates: three}, post(latest, signature.SHA256, replace(` Version=`, ` ForceAuthn="true" Version=`)), "AADSTS76023", badSignature, "other content"},
		{"POST, the reference covers something else", idp.Verification{Certificates: three}, post(latest, signature.SHA256, replace(`URI="#_request1"`, `URI="#_other"`)), "AADSTS76023", badSignature, "#_other"},
		{"POST, signed document put into an Extensions element", idp.Verification{Certificates: three}, post(latest, signature.SHA256, func(xml string) string {
			return authnRequest("_request1", "_evil", "</Issuer>", "</Issuer><samlp:Extensions>"+xml+"</samlp:Extensions>")
		}), "AADSTS76021", notSigned, "none"},
		{"POST, no algorithm", idp.Verification{Certificates: three}, post(latest, signature.SHA256, without(regexp.MustCompile(`<(ds:)?SignatureMethod [^>]*>(</(ds:)?SignatureMethod>)?`))), "AADSTS76028", badAlgorithm, "a signature without an algorithm"},
		{"POST, RSA-SHA1", idp.Verification{Certificates: three}, post(latest, signature.SHA1, nil), "AADSTS76028", badAlgorithm, sha1},
		{"POST, a SHA-1 digest", idp.Verification{Certificates: three}, post(latest, signature.SHA256, replace("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1")), "AADSTS76028", badAlgorithm, "xmldsig#sha1"},
		{"POST, an expired certificate", idp.Verification{Certificates: []string{expired.pem()}}, post(expired, signature.SHA256, nil), "AADSTS76023", badSignature, "valid from"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWire(t)
			w.require(test.v)
			got := test.send(w)
			if test.code == "" {
				asksToSignIn(t, got)
				return
			}
			if why := checkRefused(t, got, test.code, test.message); !strings.Contains(why.Got, test.got) {
				t.Errorf("Got = %q, want it to say %q", why.Got, test.got)
			}
		})
	}
}

// What is verified is what is answered: the whole sign-in, in both bindings.
func TestSignInWithASignedRequest(t *testing.T) {
	w := newWire(t)
	s := newSigner(t, 1, start.AddDate(0, 6, 0))
	w.require(idp.Verification{Certificates: []string{s.pem()}})
	for name, page := range map[string]answer{
		"Redirect": w.get(s.redirect(t, w.redirect(authnRequest("_request1", "_signed1"), "state"), "")),
		"POST":     w.postRequest(s.enveloped(t, authnRequest("_request1", "_signed1"), signature.SHA256), "state"),
	} {
		xml, _ := w.posted(w.signInByForm(page))
		if got, _ := attr(t, xml, "/Response", "InResponseTo"); got != "_signed1" {
			t.Errorf("%s: InResponseTo = %q", name, got)
		}
	}
}

// Off is the default, and then no signature is looked at (learn.microsoft.com,
// "Enforce signed SAML authentication requests", note).
func TestSignaturesAreNotLookedAtUnlessRequired(t *testing.T) {
	w := newWire(t)
	s, stranger := newSigner(t, 1, start.AddDate(0, 6, 0)), newSigner(t, 2, start.AddDate(0, 6, 0))
	if err := w.app.SetVerification(idp.Verification{Certificates: []string{s.pem()}}); err != nil {
		t.Fatal(err)
	}
	asksToSignIn(t, w.get(w.redirect(authnRequest(), "")))
	asksToSignIn(t, w.get(stranger.redirect(t, w.redirect(authnRequest(), ""), binding.SigAlgRSASHA1)))
	asksToSignIn(t, w.postRequest(stranger.enveloped(t, authnRequest(), signature.SHA1), ""))
	asksToSignIn(t, w.get(w.redirect(authnRequest(), "")+"&Signature=x&SigAlg=y"))
}

// An application that requires signed requests cannot be started from Entra's
// side (learn.microsoft.com, "Enforce signed SAML authentication requests"); what
// people see then is AADSTS76026 (Dynatrace's page on SAML). Its own endpoint
// is refused even with a valid signature (learn.microsoft.com, "Configure app
// multi-instancing").
func TestSignedRequestsRuleOutOtherStarts(t *testing.T) {
	w := newWire(t)
	s := newSigner(t, 1, start.AddDate(0, 6, 0))
	w.require(idp.Verification{Certificates: []string{s.pem()}})
	ana := w.person()
	tile, ok := w.tiles(ana.signIn(w.MyAppsURL()))["Wiki"]
	if !ok {
		t.Fatal("My Apps does not show the application")
	}
	for name, target := range map[string]string{"My Apps": tile, "user access URL": w.app.UserAccessURL()} {
		if why := refusalOf(t, string(ana.open(target).Body)); why.Code != "AADSTS76026" || why.Message != requestExpired || why.Fix != refusal.Entra {
			t.Errorf("%s: %+v", name, why)
		}
	}
	checkRefused(t, w.get(w.app.UserAccessURL()), "AADSTS76026", requestExpired)

	ownEndpoint := strings.Replace(w.redirect(authnRequest(), ""), "/saml2?", "/saml2/"+w.app.AppID()+"?", 1)
	if why := checkRefused(t, w.get(s.redirect(t, ownEndpoint, "")), "AADSTS76021", notSigned); why.Where != "URL path" {
		t.Errorf("Where = %q", why.Where)
	}

	if err := w.app.SetSignOnURL(w.sp.URL + "/start"); err != nil {
		t.Fatal(err)
	}
	if got := w.get(w.app.UserAccessURL()); got.status != http.StatusFound || got.header.Get("Location") != w.sp.URL+"/start" {
		t.Errorf("with a sign-on URL: status %d to %s", got.status, got.header.Get("Location"))
	}
}

// Whether expired certificates verify is not published.
func TestExpiredVerificationCertificates(t *testing.T) {
	w := newWire(t)
	expired := newSigner(t, 1, start.AddDate(0, 0, -1))
	w.require(idp.Verification{Certificates: []string{expired.pem()}})
	checkRefused(t, w.get(expired.redirect(t, w.redirect(authnRequest(), ""), "")), "AADSTS76023", badSignature)
	w.Choose(func(c *idp.Choices) { c.ExpiredVerificationCertificates = true })
	asksToSignIn(t, w.get(expired.redirect(t, w.redirect(authnRequest(), ""), "")))
	asksToSignIn(t, w.postRequest(expired.enveloped(t, authnRequest(), signature.SHA256), ""))
}

// What is no certificate of an RSA key cannot be configured.
func TestVerificationCertificatesAreChecked(t *testing.T) {
	w := newWire(t)
	s := newSigner(t, 1, start.AddDate(0, 6, 0))
	private, err := x509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "curve"}, NotBefore: start, NotAfter: start.AddDate(1, 0, 0)}
	ec, err := x509.CreateCertificate(rand.Reader, template, template, &curve.PublicKey, curve)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, text, got string }{
		{"empty", "", "text that is neither"},
		{"no certificate", "hello", "text that is neither"},
		{"base64 of something else", "aGVsbG8=", "malformed certificate"},
		{"a private key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})), "a PEM block PRIVATE KEY"},
		{"two certificates", s.pem() + s.pem(), "something after the certificate"},
		{"an elliptic curve", base64.StdEncoding.EncodeToString(ec), "a key *ecdsa.PublicKey"},
	} {
		err := w.app.SetVerification(idp.Verification{Certificates: []string{s.pem(), test.text}})
		why, ok := refusal.From(err)
		if !ok || !strings.Contains(why.Got, test.got) || why.Where != "verification.certificates[1]" {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if got := w.app.Config().Verification; got.Required || len(got.Certificates) != 0 {
		t.Errorf("what was refused changed the application: %+v", got)
	}
}
