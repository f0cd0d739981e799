package interop

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/internal/saml/inspect"
)

// moduleDir is where the module cache has a module, with the test data of its
// authors.
func moduleDir(t *testing.T, module string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", module, err)
	}
	return strings.TrimSpace(string(out))
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// messageXML is a file of crewjam/saml, which holds base64 or XML.
func messageXML(t *testing.T, data []byte) string {
	t.Helper()
	if text := strings.TrimSpace(string(data)); strings.HasPrefix(text, "<") {
		return text
	}
	text, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(data)), ""))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Responses of OneLogin, Okta and others that crewjam/saml holds its service
// provider to: their signatures hold for harness decode, by the same metadata,
// and no longer after a change.
func TestDecodeResponsesOfOthers(t *testing.T) {
	dir := filepath.Join(moduleDir(t, "github.com/crewjam/saml"), "testdata")
	for name, metadata := range map[string]string{
		"TestSPCanHandleOneloginResponse":                         "_IDPMetadata",
		"TestSPCanHandlePlaintextResponse":                        "_IDPMetadata",
		"TestSPCanHandleOktaResponseEncryptedAssertionBothSigned": "_IDPMetadata",
		"TestSPCanHandleOktaSignedResponseEncryptedAssertion":     "_IDPMetadata",
		"TestServiceProviderCanHandleSignedAssertionsResponse":    "_IDPMetadata",
		"TestSPRealWorldAssertionSignedNotResponse":               "_idp_metadata",
		"TestSPRealWorldKeyInfoHasRSAPublicKeyNotX509Cert":        "_idp_metadata",
	} {
		t.Run(name, func(t *testing.T) {
			issuers, certs, err := inspect.ParseMetadata(readFile(t, filepath.Join(dir, name+metadata)))
			if err != nil {
				t.Fatal(err)
			}
			o := inspect.Options{Issuers: issuers, Certificates: certs, Now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
			text := messageXML(t, readFile(t, filepath.Join(dir, name+"_response")))
			report, err := inspect.Inspect([]byte(text), o)
			if err != nil {
				t.Fatal(err)
			}
			if failed := report.Failed(); len(failed) > 0 {
				t.Errorf("failed: %+v", failed)
			}
			// The first letter of the last value in the message, which is signed.
			at := strings.LastIndex(text, "ersion=\"2.0\"")
			changed := text[:at+len("ersion=\"2.0\"")] + ` Extra="x"` + text[at+len("ersion=\"2.0\""):]
			if report, err = inspect.Inspect([]byte(changed), o); err != nil {
				t.Fatal(err)
			}
			if len(report.Failed()) == 0 {
				t.Error("the signature holds after a change")
			}
		})
	}
}

// Signature wrapping as crewjam/saml collected it is flagged, even when the
// certificate in the message is taken for the sender's.
func TestDecodeFlagsWrappingOfOthers(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(moduleDir(t, "github.com/crewjam/saml"), "testdata", "TestXswPermutation*_response"))
	if err != nil || len(files) < 9 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	certificate := regexp.MustCompile(`<ds:X509Certificate>([^<]+)</ds:X509Certificate>`)
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text := messageXML(t, readFile(t, path))
			match := certificate.FindStringSubmatch(text)
			if match == nil {
				t.Fatal("there is no certificate in the message")
			}
			certs, err := inspect.ParseCertificates([]byte(match[1]))
			if err != nil {
				t.Fatal(err)
			}
			report, err := inspect.Inspect([]byte(text), inspect.Options{Certificates: certs, Now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)})
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Failed()) == 0 {
				t.Error("nothing is flagged")
			}
		})
	}
}

// What gosaml2 and crewjam/saml have in other forms is found and read.
func TestDecodeFormsOfOthers(t *testing.T) {
	crewjam, gosaml2 := moduleDir(t, "github.com/crewjam/saml"), moduleDir(t, "github.com/russellhaering/gosaml2")
	for path, kind := range map[string]string{
		crewjam + "/samlsp/testdata/authn_request.url":                                      "AuthnRequest",
		crewjam + "/testdata/TestSPCanProducePostRequest_form":                              "AuthnRequest",
		crewjam + "/testdata/TestSPCanProducePostLogoutRequest_form":                        "LogoutRequest",
		crewjam + "/testdata/TestIDPCanHandleRequestWithExistingSession_http_response_body": "Response",
		crewjam + "/testdata/TestCanParseMetadata_metadata.xml":                             "EntityDescriptor",
		gosaml2 + "/testdata/saml.post":                                                     "Response",
		gosaml2 + "/testdata/saml_compressed.post":                                          "Response",
		gosaml2 + "/testdata/saml.xml":                                                      "Assertion",
		gosaml2 + "/testdata/assertion.xml":                                                 "Assertion",
	} {
		report, err := inspect.Inspect(readFile(t, path), inspect.Options{Now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)})
		if err != nil || len(report.Messages) != 1 || report.Messages[0].Kind != kind {
			t.Errorf("%s: %v, want one %s", filepath.Base(path), err, kind)
		}
	}
}
