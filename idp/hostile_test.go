package idp_test

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/idharness/harness/internal/saml/binding"
)

// What strangers may send to the sign-in endpoint. Whatever it is, the answer is
// Entra's page with the code that fits.
func TestHostileMessages(t *testing.T) {
	const (
		notSAML    = "The request is not a valid Saml2 protocol message."
		notBase64  = "SAML message was not properly base64-encoded."
		notDeflate = "SAML message was not properly DEFLATE-encoded."
		formType   = "application/x-www-form-urlencoded"
	)
	w := newWire(t)
	xmlError := func(at string) string {
		return "There was an XML error in the SAML message at " + at + ". Verify that the XML content of the SAML messages conforms to the SAML protocol specifications."
	}
	query := func(message string) func(*wire) answer {
		return func(w *wire) answer { return w.get(w.LoginURL() + "?SAMLRequest=" + url.QueryEscape(message)) }
	}
	field := func(message string) func(*wire) answer {
		return func(w *wire) answer { return w.post(w.LoginURL(), url.Values{"SAMLRequest": {message}}) }
	}
	body := func(contentType, text string) func(*wire) answer {
		return func(w *wire) answer { return w.do(http.MethodPost, w.LoginURL(), contentType, text) }
	}
	plain := func(xml string) string { return binding.EncodePOST([]byte(xml)) }
	deep := strings.Repeat("<a>", 10_000) + strings.Repeat("</a>", 10_000)
	billion := `<!DOCTYPE a [<!ENTITY x "x"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>`

	for _, test := range []struct {
		name          string
		send          func(*wire) answer
		code, message string
		got           string // part of the explanation
	}{
		{"GET without a message", func(w *wire) answer { return w.get(w.LoginURL()) }, "AADSTS750054", "SAMLRequest or SAMLResponse must be present as query string parameters in HTTP request for SAML Redirect binding.", "neither"},
		{"POST without a message", body(formType, ""), "AADSTS750052", "SAMLRequest or SAMLResponse must be present in body of HTTP request for SAML POST binding.", "neither"},
		{"POST with the message in the query (ory/polis issue 1425)", func(w *wire) answer {
			return w.do(http.MethodPost, w.redirect(authnRequest(), ""), formType, "")
		}, "AADSTS750052", "SAMLRequest or SAMLResponse must be present in body of HTTP request for SAML POST binding.", "neither"},
		{"POST of JSON", body("application/json", `{"SAMLRequest":"x"}`), "AADSTS750052", "SAMLRequest or SAMLResponse must be present in body of HTTP request for SAML POST binding.", `Content-Type "application/json"`},
		{"POST of XML", body("text/xml", authnRequest()), "AADSTS750052", "SAMLRequest or SAMLResponse must be present in body of HTTP request for SAML POST binding.", `Content-Type "text/xml"`},
		{"POST without Content-Type", body("", "SAMLRequest=x"), "AADSTS750052", "SAMLRequest or SAMLResponse must be present in body of HTTP request for SAML POST binding.", `Content-Type ""`},
		{"form with a broken escape", body(formType, "SAMLRequest=%zz"), "AADSTS75005", notSAML, `invalid URL escape "%zz"`},
		{"form of 5 MiB", body(formType, "SAMLRequest="+strings.Repeat("A", 5<<20)), "AADSTS75005", notSAML, "http: request body too large"},
		{"form of 2 MiB and one long value", body(formType, "SAMLRequest="+strings.Repeat("A", 2<<20-100)), "AADSTS75005", notSAML, "longer than 1048576 bytes"},

		{"not base64", query("<AuthnRequest/>"), "AADSTS750056", notBase64, "not base64"},
		{"URL-safe base64 (HENNGE/minisaml issue 9)", query(strings.NewReplacer("+", "-", "/", "_").Replace(deflated(t, authnRequest()))), "AADSTS750056", notBase64, "not base64"},
		{"empty", query(""), "AADSTS750056", notBase64, "empty"},
		{"not base64 in a form", field("%%%"), "AADSTS750056", notBase64, "not base64"},
		{"not deflated (onelogin-saml-bundle issue 49)", query(plain(authnRequest())), "AADSTS750055", notDeflate, "not deflated"},
		{"zlib instead of raw DEFLATE (phpsaml issue 161)", query(zlibbed(t, authnRequest())), "AADSTS750055", notDeflate, "not deflated"},
		{"cut short", query(base64.StdEncoding.EncodeToString([]byte{0x4b})), "AADSTS750055", notDeflate, "unexpected EOF"},
		{"bomb: 20 MB from 20 kB", query(deflated(t, "<a>"+strings.Repeat(" ", 20_000_000)+"</a>")), "AADSTS75005", notSAML, "longer than 1048576 bytes"},
		{"deflated in a form", field(base64.StdEncoding.EncodeToString([]byte("\xb3\x49\xd4\xb7\x03\x00"))), "AADSTS7500525", xmlError("line 1, position 1"), "not valid UTF-8"},

		{"no XML", field(plain("hello")), "AADSTS7500525", xmlError("line 1, position 1"), "text outside the root element"},
		{"nothing", field(plain(" ")), "AADSTS7500525", xmlError("line 1, position 1"), "there is no root element"},
		{"unclosed", field(plain("<a>\n<b></a>")), "AADSTS7500525", xmlError("line 2, position 8"), "element <b> closed by </a>"},
		{"DTD", field(plain(billion)), "AADSTS7500525", xmlError("line 1, position 1"), "document type declarations are refused"},
		{"external entity", field(plain(`<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>`)), "AADSTS7500525", xmlError("line 1, position 1"), "document type declarations are refused"},
		{"undeclared entity", field(plain("<a>&e;</a>")), "AADSTS7500525", xmlError("line 1, position 7"), "invalid character entity &e;"},
		{"processing instruction", field(plain("<a><?php x?></a>")), "AADSTS7500525", xmlError("line 1, position 4"), "processing instructions are refused"},
		{"10,000 nested elements", field(plain(deep)), "AADSTS7500525", xmlError("line 1, position 193"), "nested deeper than 64"},
		{"10,000 nested elements, deflated", query(deflated(t, deep)), "AADSTS7500525", xmlError("line 1, position 193"), "nested deeper than 64"},
		{"control character", field(plain(authnRequest("_request1", "_\x01"))), "AADSTS7500525", xmlError("line 1, position 125"), "illegal character code U+0001"},
		{"control character as a reference", field(plain(authnRequest("_request1", "_&#1;"))), "AADSTS7500525", xmlError("line 1, position 128"), "illegal character code U+0001"},
		{"NUL", field(plain("<a>\x00</a>")), "AADSTS7500525", xmlError("line 1, position 5"), "illegal character code U+0000"},
		{"UTF-16", field(plain("\xff\xfe<\x00a\x00/\x00>\x00")), "AADSTS7500525", xmlError("line 1, position 1"), "not valid UTF-8"},
		{"two attributes of one name", field(plain(authnRequest(`Version="2.0"`, `Version="2.0" Version="2.0"`))), "AADSTS7500525", xmlError("line 1, position 1"), `attribute "Version" appears twice`},
		{"a relative namespace (CVE-2025-66568)", field(plain(authnRequest("ID=", `xmlns:x="1" ID=`))), "AADSTS7500525", xmlError("line 1, position 1"), "is not an absolute URI"},
	} {
		t.Run(test.name, func(t *testing.T) {
			why := checkRefused(t, test.send(w.in(t)), test.code, test.message)
			if !strings.Contains(why.Got, test.got) {
				t.Errorf("Got = %q, want it to say %q", why.Got, test.got)
			}
		})
	}
}

// RelayState is opaque, but what no page can carry back byte for byte is
// refused: a browser makes U+FFFD of it.
func TestHostileRelayState(t *testing.T) {
	w := newWire(t)
	for _, state := range []string{"\x00", "a\x00b", "\xff", "\xed\xa0\x80"} {
		for _, got := range []answer{w.get(w.redirect(authnRequest(), state)), w.postRequest(authnRequest(), state)} {
			if why := checkRefused(t, got, "AADSTS90100", "RelayState parameter is empty or not valid."); why.Where != "parameter RelayState" {
				t.Errorf("explained by %+v", why)
			}
		}
	}
	for _, state := range []string{"\x01\x02\x7f", "\u0085", "\x1b[31m", "\ufffe"} {
		page := w.signInByForm(w.get(w.redirect(authnRequest(), state)))
		if !strings.Contains(page.body, `name="RelayState" value="`+state+`"`) {
			t.Errorf("%q did not come back:\n%s", state, page.body)
		}
	}
}

// The sign-in form is open to strangers too.
func TestHostileForms(t *testing.T) {
	w := newWire(t)
	login := w.BaseURL() + "/" + tenantID + "/login"
	const missing = "The request body must contain the following parameter: 'ctx'."
	for _, test := range []struct {
		name          string
		send          func(*wire) answer
		code, message string
	}{
		{"empty", func(w *wire) answer { return w.post(login, nil) }, "AADSTS900144", missing},
		{"made up", func(w *wire) answer { return w.post(login, url.Values{"ctx": {"x"}}) }, "AADSTS50089", "Authentication failed due to flow token expired."},
		{"broken escape", func(w *wire) answer { return w.do("POST", login, "application/x-www-form-urlencoded", "ctx=%z") }, "AADSTS900144", missing},
		{"5 MiB", func(w *wire) answer {
			return w.post(login, url.Values{"ctx": {strings.Repeat("x", 5<<20)}})
		}, "AADSTS900144", missing},
		{"JSON", func(w *wire) answer { return w.do("POST", login, "application/json", `{"ctx":"x"}`) }, "AADSTS900144", missing},
	} {
		t.Run(test.name, func(t *testing.T) { checkRefused(t, test.send(w.in(t)), test.code, test.message) })
	}
	if got := w.get(login); got.status != http.StatusMethodNotAllowed {
		t.Errorf("GET: status %d, want 405", got.status)
	}
}

// What a directory holds may be hostile as well: the response stays XML.
func TestHostileNamesInTheResponse(t *testing.T) {
	w := newWire(t)
	const name = "<b>&\"'\r\n\t]]>\x01\u2028\U0001F600</b>"
	if _, err := w.Directory().UpdateUser(w.ana.ID, rename(name)); err != nil {
		t.Fatal(err)
	}
	w.person().signIn(w.redirect(authnRequest(), ""))
	xml, _ := w.response()
	// XML has no way to write U+0001; U+FFFD stands for it.
	want := strings.ReplaceAll(name, "\x01", "\ufffd")
	if got := find(t, xml, `//Attribute[@Name='http://schemas.microsoft.com/identity/claims/displayname']/AttributeValue`); got != want {
		t.Errorf("displayname = %q, want %q", got, want)
	}
	verify(t, xml, "//Assertion", w.app)
}

func deflated(t *testing.T, text string) string {
	t.Helper()
	var buf bytes.Buffer
	z, err := flate.NewWriter(&buf, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	z.Write([]byte(text))
	z.Close()
	return base64.StdEncoding.EncodeToString(buf.Bytes())
}

func zlibbed(t *testing.T, text string) string {
	t.Helper()
	var buf bytes.Buffer
	z := zlib.NewWriter(&buf)
	z.Write([]byte(text))
	z.Close()
	return base64.StdEncoding.EncodeToString(buf.Bytes())
}
