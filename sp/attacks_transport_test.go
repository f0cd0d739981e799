package sp_test

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/sp/acceptance"
)

// transportAttacks: what arrives is bounded, one field, base64, and
// XML with one meaning.
func transportAttacks() []attack {
	var out []attack
	good := func(w *world) string { return w.entra.signed(w.center, ana, "") }
	for _, row := range []struct {
		name string
		form func(w *world) url.Values
		want refusal.Refusal
	}{
		{"no field (bindings 3.5.4)", func(*world) url.Values { return url.Values{"RelayState": {"x"}} },
			refusal.Refusal{Code: "MalformedResponse", Got: "0", Where: "HTTP body"}},
		{"two fields (parameter pollution)", func(w *world) url.Values {
			return url.Values{"SAMLResponse": {binding.EncodePOST([]byte(good(w))), binding.EncodePOST([]byte(good(w)))}}
		}, refusal.Refusal{Code: "MalformedResponse", Got: "2", Where: "HTTP body"}},
		{"an empty field (bindings 3.5.4)", func(*world) url.Values { return url.Values{"SAMLResponse": {""}} },
			refusal.Refusal{Code: "MalformedResponse", Got: "empty", Where: "SAMLResponse"}},
		{"not base64 (bindings 3.5.4)", func(w *world) url.Values { return url.Values{"SAMLResponse": {good(w)}} },
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
		{"no XML (XML 1.0, 2.1)", func(*world) url.Values { return samlResponse("hello") },
			refusal.Refusal{Code: "MalformedResponse", Got: "line 1, position 1", Where: "SAMLResponse"}},
		{"document type (XXE)", func(w *world) url.Values {
			return samlResponse(`<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + good(w))
		}, refusal.Refusal{Code: "MalformedResponse", Got: "document type declarations are refused", Where: "SAMLResponse"}},
		{"entity in the NameID (XML 1.0, 4.1; CVE-2017-1000061)", func(w *world) url.Values {
			return samlResponse(strings.Replace(good(w), ">ana@", ">&ana;@", 1))
		}, refusal.Refusal{Code: "MalformedResponse", Got: "&ana;", Where: "SAMLResponse"}},
		{"second root element (XML 1.0, 2.1)", func(w *world) url.Values { return samlResponse(good(w) + "<x/>") },
			refusal.Refusal{Code: "MalformedResponse", Got: "a second root element", Where: "SAMLResponse"}},
		{"junk after the root (XML 1.0, 2.1)", func(w *world) url.Values { return samlResponse(good(w) + "x") },
			refusal.Refusal{Code: "MalformedResponse", Got: "text outside the root element", Where: "SAMLResponse"}},
		{"relative namespace (CVE-2025-66568)", func(w *world) url.Values {
			return samlResponse(strings.Replace(good(w), "<Assertion ", `<Assertion xmlns:n="1" `, 1))
		}, refusal.Refusal{Code: "MalformedResponse", Got: "not an absolute URI", Where: "SAMLResponse"}},
		{"NUL in the NameID (XML 1.0, 2.2)", func(w *world) url.Values { return samlResponse(strings.Replace(good(w), ">ana@", ">&#0;ana@", 1)) },
			refusal.Refusal{Code: "MalformedResponse", Got: "line 1", Where: "SAMLResponse"}},
		{"nested without end (GHSA-qhrp-hfff-vphr)", func(*world) url.Values { return samlResponse(strings.Repeat("<a>", 10_000)) },
			refusal.Refusal{Code: "MalformedResponse", Got: "nested deeper", Where: "SAMLResponse"}},
		{"too long (quotas: SAML assertion limit)", func(w *world) url.Values {
			return samlResponse(w.entra.signed(w.center, ana, "", withAttribute("x", strings.Repeat("x", acceptance.MaxResponse))))
		}, refusal.Refusal{Code: "ResponseTooLarge", Got: "10", Where: "SAMLResponse"}},
		{"base64 with foreign characters (bindings 3.5.4)", func(w *world) url.Values {
			return url.Values{"SAMLResponse": {"*" + binding.EncodePOST([]byte(good(w)))}}
		}, refusal.Refusal{Code: "MalformedResponse", Got: "not base64", Where: "SAMLResponse"}},
		{"a deflate bomb (CVE-2023-28119, CVE-2025-25293)", func(w *world) url.Values {
			var b bytes.Buffer
			z, err := flate.NewWriter(&b, flate.BestCompression)
			if err != nil {
				w.t.Fatal(err)
			}
			if _, err := z.Write(make([]byte, 20<<20)); err != nil || z.Close() != nil {
				w.t.Fatal(err)
			}
			return url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString(b.Bytes())}}
		}, refusal.Refusal{Code: "MalformedResponse", Got: "UTF-8", Where: "SAMLResponse"}},
		{"elements without number (gosaml2 MaximumXMLTokens)", func(w *world) url.Values {
			return samlResponse(strings.Replace(good(w), "<samlp:Status>", "<samlp:Extensions>"+strings.Repeat("<a/>", 20_000)+"</samlp:Extensions><samlp:Status>", 1))
		}, refusal.Refusal{Code: "MalformedResponse", Got: "elements", Where: "SAMLResponse"}},
		{"attributes without number (GHSA-qhrp-hfff-vphr)", func(w *world) url.Values {
			var many strings.Builder
			for n := range 2000 {
				many.WriteString(" a" + strconv.Itoa(n) + `=""`)
			}
			return samlResponse(strings.Replace(good(w), "<samlp:Status>", "<samlp:Status"+many.String()+">", 1))
		}, refusal.Refusal{Code: "MalformedResponse", Got: "attributes on one element", Where: "SAMLResponse"}},
		{"UTF-16 (parsers that guess the encoding)", func(w *world) url.Values {
			var b []byte
			for _, unit := range append([]uint16{0xfeff}, utf16.Encode([]rune(good(w)))...) {
				b = binary.BigEndian.AppendUint16(b, unit)
			}
			return url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString(b)}}
		}, refusal.Refusal{Code: "MalformedResponse", Got: "UTF-8", Where: "SAMLResponse"}},
		{"a body beyond a megabyte (CVE-2025-54572)", func(*world) url.Values { return url.Values{"SAMLResponse": {strings.Repeat("A", 2<<20)}} },
			refusal.Refusal{Code: "MalformedRequest", Got: "too large", Where: "HTTP body"}},
	} {
		out = append(out, attack{name: row.name, form: row.form, want: row.want, outside: row.want.Where == "HTTP body" || row.want.Got == "empty" || row.want.Got == "not base64"})
	}
	return out
}
