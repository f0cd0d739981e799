package interop

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/need"
)

// xmlsec1 decrypts what Entra encrypts for an application, and the signature
// inside is still good. Identity Center takes no encrypted assertions (user
// guide, "Troubleshooting IAM Identity Center issues").
func TestXMLSec1DecryptsTheAssertion(t *testing.T) {
	xmlsec1 := need.Program(t, "xmlsec1")
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "service provider"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	for _, option := range []idp.SigningOption{idp.SignAssertion, idp.SignResponse, idp.SignBoth} {
		t.Run(string(option), func(t *testing.T) {
			h := startPair(t, time.Time{})
			app := h.Entra.App()
			if err := app.SetSigning(idp.Signing{Option: option}); err != nil {
				t.Fatal(err)
			}
			if err := app.SetTokenEncryption(cert); err != nil {
				t.Fatal(err)
			}
			session, err := h.SignIn(t.Context(), "ana@contoso.example")
			if err == nil || session == nil || session.Code != "EncryptedAssertion" || session.By != "identityCenter" || !session.Response.Encrypted {
				t.Fatalf("session = %+v, %v; want Identity Center to refuse the encrypted assertion", session, err)
			}
			response := sentResponse(t, h)
			if strings.Contains(response, "ana@contoso.example") {
				t.Fatal("the response names the user in clear")
			}
			if option != idp.SignAssertion { // the outer signature covers what is encrypted
				if out, err := verify(t, xmlsec1, h, "urn:oasis:names:tc:SAML:2.0:protocol:Response", response); err != nil {
					t.Errorf("xmlsec1 refuses the response's signature: %v\n%s", err, out)
				}
			}
			plain := decrypt(t, xmlsec1, key, response)
			if !strings.Contains(plain, "ana@contoso.example") {
				t.Fatalf("xmlsec1 decrypted\n%s", plain)
			}
			if option != idp.SignResponse {
				if out, err := verify(t, xmlsec1, h, "urn:oasis:names:tc:SAML:2.0:assertion:Assertion", plain); err != nil {
					t.Errorf("xmlsec1 refuses the decrypted assertion's signature: %v\n%s", err, out)
				}
			}
			// Identity Center wants the assertion signed.
			if err := errors.Join(app.SetTokenEncryption(nil), app.SetSigning(idp.Signing{})); err != nil {
				t.Fatal(err)
			}
			if session, err := h.SignIn(t.Context(), "ana@contoso.example"); err != nil || session.Outcome != harness.SignedIn {
				t.Errorf("with encryption off: %+v, %v", session, err)
			}
		})
	}
}

func decrypt(t *testing.T, xmlsec1 string, key *rsa.PrivateKey, text string) string {
	t.Helper()
	dir := t.TempDir()
	keyFile, message := filepath.Join(dir, "key.pem"), filepath.Join(dir, "message.xml")
	write(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))
	write(t, message, text)
	out, err := exec.Command(xmlsec1, "--decrypt", "--privkey-pem", keyFile, message).Output()
	if err != nil {
		t.Fatalf("xmlsec1 cannot decrypt: %v", err)
	}
	return string(out)
}
