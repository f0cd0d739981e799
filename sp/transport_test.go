package sp_test

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/sp/acceptance"
)

func samlResponse(xml string) url.Values {
	return url.Values{"SAMLResponse": {binding.EncodePOST([]byte(xml))}}
}

// TestRefusesWhatIsNoResponse: what arrives is bounded, one field, base64, and
// XML with one meaning.
func TestRefusesWhatIsNoResponse(t *testing.T) {
	good := func(w *world) string { return w.entra.signed(w.center, ana, "") }
	for _, test := range []struct {
		name string
		form func(w *world) url.Values
		want refusal.Refusal
	}{
		{"no field", func(*world) url.Values { return url.Values{"RelayState": {"x"}} },
			refusal.Refusal{Code: "MalformedResponse", Got: "0", Where: "HTTP body"}},
		{"two fields (parameter pollution)", func(w *world) url.Values {
			return url.Values{"SAMLResponse": {binding.EncodePOST([]byte(good(w))), binding.EncodePOST([]byte(good(w)))}}
		}, refusal.Refusal{Code: "MalformedResponse", Got: "2", Where: "HTTP body"}},
		{"an empty field", func(*world) url.Values { return url.Values{"SAMLResponse": {""}} },
			refusal.Refusal{Code: "MalformedResponse", Got: "empty", Where: "SAMLResponse"}},
		{"not base64", func(w *world) url.Values { return url.Values{"SAMLResponse": {good(w)}} },
			refusal.Refusal{Code: "MalformedResponse", Got: "not base64", Where: "SAMLResponse"}},
		{"deflated, as by the Redirect binding (CVE-2025-25293)", func(w *world) url.Values {
			var b bytes.Buffer
			z, err := flate.NewWriter(&b, flate.BestCompression)
			if err != nil {
				w.t.Fatal(err)
			}
			if _, err := z.Write([]byte(good(w))); err != nil || z.Close() != nil {
				w.t.Fatal(err)
			}
			return url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString(b.Bytes())}}
		}, refusal.Refusal{Code: "MalformedResponse", Got: "UTF-8", Where: "SAMLResponse"}},
		{"no XML", func(*world) url.Values { return samlResponse("hello") },
			refusal.Refusal{Code: "MalformedResponse", Got: "line 1, position 1", Where: "SAMLResponse"}},
		{"document type (XXE)", func(w *world) url.Values {
			return samlResponse(`<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + good(w))
		}, refusal.Refusal{Code: "MalformedResponse", Got: "document type declarations are refused", Where: "SAMLResponse"}},
		{"entity in the NameID", func(w *world) url.Values {
			return samlResponse(strings.Replace(good(w), ">ana@", ">&ana;@", 1))
		}, refusal.Refusal{Code: "MalformedResponse", Got: "&ana;", Where: "SAMLResponse"}},
		{"second root element", func(w *world) url.Values { return samlResponse(good(w) + "<x/>") },
			refusal.Refusal{Code: "MalformedResponse", Got: "a second root element", Where: "SAMLResponse"}},
		{"junk after the root", func(w *world) url.Values { return samlResponse(good(w) + "x") },
			refusal.Refusal{Code: "MalformedResponse", Got: "text outside the root element", Where: "SAMLResponse"}},
		{"relative namespace (CVE-2025-66568)", func(w *world) url.Values {
			return samlResponse(strings.Replace(good(w), "<Assertion ", `<Assertion xmlns:n="1" `, 1))
		}, refusal.Refusal{Code: "MalformedResponse", Got: "not an absolute URI", Where: "SAMLResponse"}},
		{"NUL in the NameID", func(w *world) url.Values { return samlResponse(strings.Replace(good(w), ">ana@", ">&#0;ana@", 1)) },
			refusal.Refusal{Code: "MalformedResponse", Got: "line 1", Where: "SAMLResponse"}},
		{"nested without end", func(*world) url.Values { return samlResponse(strings.Repeat("<a>", 10_000)) },
			refusal.Refusal{Code: "MalformedResponse", Got: "nested deeper", Where: "SAMLResponse"}},
		{"too long (quotas: SAML assertion limit)", func(w *world) url.Values {
			return samlResponse(w.entra.signed(w.center, ana, "", withAttribute("x", strings.Repeat("x", acceptance.MaxResponse))))
		}, refusal.Refusal{Code: "ResponseTooLarge", Got: "10", Where: "SAMLResponse"}},
		{"a body beyond a megabyte", func(*world) url.Values { return url.Values{"SAMLResponse": {strings.Repeat("A", 2<<20)}} },
			refusal.Refusal{Code: "MalformedRequest", Got: "too large", Where: "HTTP body"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.want.Message, test.want.Fix = unexpected, refusal.Entra
			w := newWorld(t)
			w.wantRefused(w.postForm(w.center.ACSURL(), test.form(w)), test.want)
		})
	}
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
