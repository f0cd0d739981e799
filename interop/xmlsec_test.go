package interop

import (
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/need"
)

// xmlsec1 knows nothing of us: it verifies with the certificate that the
// federation metadata publishes (saml-core-2.0-os, section 5).
func TestXMLSec1VerifiesTheResponse(t *testing.T) {
	xmlsec1 := need.Program(t, "xmlsec1")
	everySigning(t, func(t *testing.T, signing idp.Signing) {
		h := startPair(t, time.Time{}) // real time: xmlsec1 looks at the certificate's dates
		if err := h.Entra.App().SetSigning(signing); err != nil {
			t.Fatal(err)
		}
		// Identity Center refuses some of these; what Entra sent is what counts.
		session, err := h.SignIn(t.Context(), "ana@contoso.example")
		if session == nil {
			t.Fatal(err)
		}
		response := sentResponse(t, h)
		if algorithm := "rsa-" + string(signing.Algorithm) + `"`; !strings.Contains(response, algorithm) {
			t.Errorf("the response is not signed with %s", algorithm)
		}
		tampered := strings.Replace(response, "ana@contoso.example", "eva@contoso.example", 1)
		if tampered == response {
			t.Fatal("the response does not name the user")
		}
		const assertion, whole = "urn:oasis:names:tc:SAML:2.0:assertion:Assertion", "urn:oasis:names:tc:SAML:2.0:protocol:Response"
		for node, signed := range map[string]bool{assertion: signing.Option != idp.SignResponse, whole: signing.Option != idp.SignAssertion} {
			out, err := verify(t, xmlsec1, h, node, response)
			if signed != (err == nil) {
				t.Errorf("signature of %s: xmlsec1 says %v, want one: %v\n%s", node, err, signed, out)
			}
			if out, err := verify(t, xmlsec1, h, node, tampered); err == nil {
				t.Errorf("xmlsec1 accepts a response that was changed:\n%s", out)
			}
		}
	})
}

func TestXMLSec1VerifiesTheFederationMetadata(t *testing.T) {
	xmlsec1 := need.Program(t, "xmlsec1")
	h := startPair(t, time.Time{})
	document := get(t, h.Entra.App().MetadataURL())
	if out, err := verify(t, xmlsec1, h, "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor", document); err != nil {
		t.Errorf("xmlsec1 refuses the metadata's signature: %v\n%s", err, out)
	}
}

// verify runs xmlsec1 on the signature that is a child of node, a namespace and
// a name with a colon between, with the certificate of the application's
// federation metadata.
func verify(t *testing.T, xmlsec1 string, h *harness.Harness, node, text string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	certificate, message := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "message.xml")
	write(t, certificate, certificatePEM(t, get(t, h.Entra.App().MetadataURL())))
	write(t, message, text)
	name := node[strings.LastIndex(node, ":")+1:]
	out, err := exec.Command(xmlsec1, "--verify", "--id-attr:ID", node, "--trusted-pem", certificate,
		"--node-xpath", "//*[local-name()='"+name+"']/*[local-name()='Signature']", message).CombinedOutput()
	return string(out), err
}

// certificatePEM takes the signing certificate out of the metadata's
// IDPSSODescriptor.
func certificatePEM(t *testing.T, metadata string) string {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromString(metadata); err != nil {
		t.Fatal(err)
	}
	e := doc.FindElement("/EntityDescriptor/IDPSSODescriptor/KeyDescriptor[@use='signing']/KeyInfo/X509Data/X509Certificate")
	if e == nil {
		t.Fatalf("the metadata has no signing certificate:\n%s", metadata)
	}
	block, _ := pem.Decode([]byte("-----BEGIN CERTIFICATE-----\n" + e.Text() + "\n-----END CERTIFICATE-----\n"))
	if block == nil {
		t.Fatalf("the certificate is not base64: %s", e.Text())
	}
	return string(pem.EncodeToMemory(block))
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v\n%s", url, resp.Status, err, data)
	}
	return string(data)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
