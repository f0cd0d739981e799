package sp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/binding"
)

func samlResponse(xml string) url.Values {
	return url.Values{"SAMLResponse": {binding.EncodePOST([]byte(xml))}}
}

// TestFoldedBase64: saml-bindings-2.0-os, section 3.5.4, and RFC 2045.
func TestFoldedBase64(t *testing.T) {
	w := newWorld(t)
	encoded := binding.EncodePOST([]byte(w.entra.signed(w.center, ana, "")))
	var folded strings.Builder
	for len(encoded) > 76 {
		folded.WriteString(encoded[:76] + "\r\n")
		encoded = encoded[76:]
	}
	folded.WriteString(encoded)
	w.wantPortal(w.follow(w.postForm(w.center.ACSURL(), url.Values{"SAMLResponse": {folded.String()}})), ana)
}

// TestWrongACS: the address configured at the identity provider must be that of
// the instance (user guide, "Troubleshooting IAM Identity Center issues").
func TestWrongACS(t *testing.T) {
	w := newWorld(t)
	address := w.center.BaseURL() + "/platform/saml/acs/85f2a8f3-9efd-4a5d-82d4-536a359a8c35"
	w.wantRefused(w.postForm(address, samlResponse(w.entra.signed(w.center, ana, ""))),
		refusal.Refusal{Code: "WrongACS", Message: unexpected, Got: address, Where: "address of the request", Fix: refusal.Entra})
}

// TestOnlyThePOSTBinding: the metadata offers no other.
func TestOnlyThePOSTBinding(t *testing.T) {
	w := newWorld(t)
	packed, err := binding.Deflate([]byte(w.entra.signed(w.center, ana, "")))
	if err != nil {
		t.Fatal(err)
	}
	if p := w.get(w.center.ACSURL() + "?SAMLResponse=" + url.QueryEscape(packed)); p.status != http.StatusMethodNotAllowed {
		t.Errorf("GET on the ACS: status %d, want 405", p.status)
	}
	// A field in the query is no form field.
	p := w.postForm(w.center.ACSURL()+"?"+samlResponse(w.entra.signed(w.center, ana, "")).Encode(), url.Values{})
	w.wantRefused(p, refusal.Refusal{Code: "MalformedResponse", Message: unexpected, Got: "0", Where: "HTTP body", Fix: refusal.Entra})
}
