package interop

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crewjam/saml"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/need"
)

// requestTemplate is what xmlsec1 signs: an AuthnRequest with an empty
// Signature.
const requestTemplate = `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_signed" Version="2.0" IssueInstant="2026-01-05T09:00:00Z"><Issuer>ISSUER</Issuer>` +
	`<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>` +
	`<ds:Reference URI="#_signed"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>` +
	`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo></ds:Signature></samlp:AuthnRequest>`

// An application that requires signed requests takes those that other software
// signed, in both bindings, and no others (learn.microsoft.com, "Enforce signed
// SAML authentication requests").
func TestSignedRequestsOfOthers(t *testing.T) {
	xmlsec1 := need.Program(t, "xmlsec1")
	_, app, _ := newWiki(t)
	s := newCrewjam(t, app)
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.saml.Certificate.Raw})
	_, stranger := newKeyPair(t)
	require := func(t *testing.T, cert []byte) {
		t.Helper()
		if err := app.SetVerification(idp.Verification{Required: true, Certificates: []string{string(cert)}}); err != nil {
			t.Fatal(err)
		}
	}
	sso := s.saml.GetSSOBindingLocation(saml.HTTPRedirectBinding)
	redirect := func(t *testing.T) string {
		request, err := s.saml.MakeAuthenticationRequest(sso, saml.HTTPRedirectBinding, saml.HTTPPostBinding)
		if err != nil {
			t.Fatal(err)
		}
		target, err := request.Redirect("state", &s.saml)
		if err != nil {
			t.Fatal(err)
		}
		return answered(t)(http.Get(target.String()))
	}
	post := func(t *testing.T, encoded string) string {
		return answered(t)(http.PostForm(sso, url.Values{"SAMLRequest": {encoded}}))
	}
	for _, test := range []struct {
		name string
		send func(t *testing.T) string
	}{
		{"crewjam by Redirect", redirect},
		{"crewjam by POST", func(t *testing.T) string {
			request, err := s.saml.MakeAuthenticationRequest(sso, saml.HTTPPostBinding, saml.HTTPPostBinding)
			if err != nil {
				t.Fatal(err)
			}
			form := string(request.Post("state"))
			_, value, _ := strings.Cut(form, `name="SAMLRequest" value="`)
			value, _, _ = strings.Cut(value, `"`)
			return post(t, html.UnescapeString(value))
		}},
		{"xmlsec1 by POST", func(t *testing.T) string {
			dir := t.TempDir()
			key, cert, message := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "request.xml")
			private, err := x509.MarshalPKCS8PrivateKey(s.saml.Key)
			if err != nil {
				t.Fatal(err)
			}
			write(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
			write(t, cert, string(own))
			write(t, message, strings.Replace(requestTemplate, "ISSUER", app.Identifiers()[0], 1))
			signed := filepath.Join(dir, "signed.xml")
			out, err := exec.Command(xmlsec1, "--sign", "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest", "--privkey-pem", key+","+cert, "--output", signed, message).CombinedOutput()
			if err != nil {
				t.Fatalf("xmlsec1 does not sign: %v\n%s", err, out)
			}
			text, err := os.ReadFile(signed)
			if err != nil {
				t.Fatal(err)
			}
			return post(t, base64.StdEncoding.EncodeToString(text))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			require(t, own)
			if body := test.send(t); !strings.Contains(body, "ConvergedSignIn") {
				t.Errorf("the tenant does not take the request:\n%s", body)
			}
			require(t, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: stranger.Raw}))
			if body := test.send(t); !strings.Contains(body, "AADSTS76023") {
				t.Errorf("the tenant takes a request that somebody else signed:\n%s", body)
			}
		})
	}
	require(t, own)
	expect(t, newVisitor(t).open(s.url+"/"), s.url+"/acs", http.StatusOK)
	if s.err != nil {
		t.Errorf("crewjam refuses the response to its signed request: %v", s.err)
	}
}

// answered reads the body of an answer.
func answered(t *testing.T) func(*http.Response, error) string {
	return func(r *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
}
