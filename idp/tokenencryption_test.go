package idp_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/saml/encryption"
)

// Assertions are encrypted with AES-256 for the key of the certificate that is
// configured, in creation or later (learn.microsoft.com, "Configure Microsoft
// Entra SAML token encryption"). Mode and key transport are choices.
func TestTokenEncryption(t *testing.T) {
	w := newWire(t)
	certPEM, keyPEM := keyPair(t, 2048)
	block, _ := pem.Decode(keyPEM)
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		t.Fatalf("the key is a %T", parsed)
	}
	w.app = w.create(idp.ApplicationConfig{Name: "Vault", Identifiers: []string{"urn:vault"}, ReplyURLs: []string{w.sp.acs()}, TokenEncryption: string(certPEM)})
	w.assign(w.app, w.ana)
	for _, test := range []struct {
		content   idp.ContentEncryption
		transport idp.KeyTransport
		want      [2]string
	}{
		{"", "", [2]string{"http://www.w3.org/2001/04/xmlenc#aes256-cbc", "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"}},
		{idp.ContentAES256CBC, idp.KeyRSAOAEP, [2]string{"http://www.w3.org/2001/04/xmlenc#aes256-cbc", "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"}},
		{idp.ContentAES256GCM, idp.KeyRSA15, [2]string{"http://www.w3.org/2009/xmlenc11#aes256-gcm", "http://www.w3.org/2001/04/xmlenc#rsa-1_5"}},
	} {
		w.Choose(func(c *idp.Choices) { c.ContentEncryption, c.KeyTransport = test.content, test.transport })
		w.person().signIn(w.redirect(authnRequest(identifier, "urn:vault"), ""))
		xml, _ := w.response()
		if strings.Contains(string(xml), w.ana.UserPrincipalName) || parse(t, xml).FindElement("//Assertion") != nil {
			t.Fatalf("something of the assertion is in clear:\n%s", xml)
		}
		content, _ := attr(t, xml, "//EncryptedData/EncryptionMethod", "Algorithm")
		transport, _ := attr(t, xml, "//EncryptedKey/EncryptionMethod", "Algorithm")
		if got := [2]string{content, transport}; got != test.want {
			t.Errorf("%s, %s: encrypted with %v, want %v", test.content, test.transport, got, test.want)
		}
		assertion, err := encryption.Decrypt(parse(t, xml).FindElement("//EncryptedAssertion"), key)
		if err != nil {
			t.Fatal(err)
		}
		if got := assertion.FindElement("./Subject/NameID"); got == nil || got.Text() != w.ana.UserPrincipalName {
			t.Errorf("the decrypted NameID is %v", got)
		}
	}
	if err := w.app.Configure(func(c *idp.ApplicationConfig) { c.TokenEncryption = "" }); err != nil {
		t.Fatal(err)
	}
	w.person().signIn(w.redirect(authnRequest(identifier, "urn:vault"), ""))
	xml, _ := w.response()
	if got := find(t, xml, "//Assertion/Subject/NameID"); got != w.ana.UserPrincipalName {
		t.Errorf("with encryption off NameID is %q", got)
	}
}

// With the prefix, which stands outside of what is signed, the signature is
// still good.
func TestPrefixedResponseKey(t *testing.T) {
	w := newWire(t)
	if err := w.app.SetSigning(idp.Signing{Option: idp.SignBoth}); err != nil {
		t.Fatal(err)
	}
	w.Choose(func(c *idp.Choices) { c.PrefixedResponseKey = true })
	w.person().signIn(w.redirect(authnRequest(), ""))
	xml, _ := w.response()
	if n := strings.Count(string(xml), "<ds:X509Certificate>"); n != 1 {
		t.Errorf("%d certificates with a prefix, want that of the response", n)
	}
	for _, part := range []string{"/Response", "//Assertion"} {
		verify(t, xml, part, w.app)
	}
}
