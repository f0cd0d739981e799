package inspect_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"flag"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/saml/inspect"
)

var update = flag.Bool("update", false, "rewrite golden files")

// signed.xml, signed-sha1.xml and redirect.url were signed by xmlsec1 and
// openssl with the key of idp.pem, which nobody has any more.
var judged = time.Date(2026, 1, 5, 9, 1, 0, 0, time.UTC)

func file(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func trust(t testing.TB, name string) inspect.Options {
	t.Helper()
	certs, err := inspect.ParseCertificates([]byte(file(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return inspect.Options{Certificates: certs, Now: judged, JudgeTimes: true}
}

// one inspects an input that holds one message.
func one(t testing.TB, input string, o inspect.Options) *inspect.Message {
	t.Helper()
	report, err := inspect.Inspect([]byte(input), o)
	if err != nil {
		t.Fatalf("%v\n%.300s", err, input)
	}
	if len(report.Messages) != 1 {
		t.Fatalf("%d messages, want 1", len(report.Messages))
	}
	return report.Messages[0]
}

func verdict(m *inspect.Message, name string) inspect.Verdict {
	for _, c := range m.Checks {
		if c.Name == name {
			return c.Verdict
		}
	}
	return ""
}

func codes(m *inspect.Message) []string {
	var out []string
	for _, w := range m.Warnings {
		if !slices.Contains(out, w.Code) {
			out = append(out, w.Code)
		}
	}
	return out
}

// The kinds of messages, each with an ID of its own.
func kinds(t testing.TB) map[string]string {
	const ns = ` xmlns="urn:oasis:names:tc:SAML:2.0:protocol" Version="2.0" IssueInstant="2026-01-05T09:00:00Z"`
	const issuer = `<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://sp.contoso.example</Issuer>`
	response := file(t, "signed.xml")
	assertion := response[strings.Index(response, "<saml:Assertion") : strings.Index(response, "</saml:Assertion>")+len("</saml:Assertion>")]
	assertion = strings.Replace(assertion, "<saml:Assertion", `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"`, 1)
	return map[string]string{
		"Response":         response,
		"Assertion":        assertion,
		"AuthnRequest":     `<AuthnRequest ID="_AuthnRequest"` + ns + `>` + issuer + `</AuthnRequest>`,
		"LogoutRequest":    `<LogoutRequest ID="_LogoutRequest"` + ns + `>` + issuer + `<NameID xmlns="urn:oasis:names:tc:SAML:2.0:assertion">ana@contoso.example</NameID></LogoutRequest>`,
		"LogoutResponse":   `<LogoutResponse ID="_LogoutResponse"` + ns + `>` + issuer + `<Status><StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></Status></LogoutResponse>`,
		"EntityDescriptor": `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" ID="_EntityDescriptor" entityID="https://sp.contoso.example"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://sp.contoso.example/acs" index="0"/></SPSSODescriptor></EntityDescriptor>`,
	}
}

var otherIDs = map[string]string{"Response": "_response1", "Assertion": "_assertion1"}

func pack(t testing.TB, message string, open func(io.Writer) io.WriteCloser) string {
	t.Helper()
	var b bytes.Buffer
	w := open(&b)
	if _, err := io.WriteString(w, message); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func deflated(t testing.TB, message string) string {
	return pack(t, message, func(w io.Writer) io.WriteCloser {
		z, err := flate.NewWriter(w, flate.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		return z
	})
}

func folded(text string, width int) string {
	var b strings.Builder
	for len(text) > width {
		b.WriteString(text[:width] + "\r\n")
		text = text[width:]
	}
	return b.String() + text
}

// TestForms: every kind of message in every form in which people have them, as
// saml-bindings-2.0-os sends them and as tools and logs show them.
func TestForms(t *testing.T) {
	b64 := func(m string) string { return base64.StdEncoding.EncodeToString([]byte(m)) }
	forms := []struct {
		name    string
		encode  func(m, parameter string) string
		warning string // the code of the warning that the form brings, if any
		state   string
	}{
		{"XML", func(m, _ string) string { return m }, "", ""},
		{"XML with a byte order mark and a declaration", func(m, _ string) string { return "\ufeff<?xml version=\"1.0\"?>\n" + m }, "", ""},
		{"base64", func(m, _ string) string { return b64(m) + "\n" }, "", ""},
		{"base64 in quotes", func(m, _ string) string { return `"` + b64(m) + `",` }, "", ""},
		{"base64 in lines", func(m, _ string) string { return folded(b64(m), 76) }, "whitespace-in-base64", ""},
		{"base64 in the alphabet of URLs", func(m, _ string) string {
			return base64.URLEncoding.EncodeToString([]byte("  " + m + "<!--" + "\u00fe\u00ff?>" + "-->"))
		}, "", ""},
		{"base64 without padding", func(m, _ string) string {
			return base64.RawStdEncoding.EncodeToString([]byte(m + strings.Repeat(" ", 2-len(m)%3)))
		}, "base64-padding", ""},
		{"base64 twice", func(m, _ string) string { return b64(b64(m)) }, "base64-twice", ""},
		{"escaped base64", func(m, _ string) string { return url.QueryEscape(b64(m)) }, "", ""},
		{"escaped XML", func(m, _ string) string { return url.PathEscape(m) }, "", ""},
		{"deflated", func(m, _ string) string { return deflated(t, m) }, "", ""},
		{"zlib", func(m, _ string) string {
			return pack(t, m, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
		}, "wrong-compression", ""},
		{"gzip", func(m, _ string) string {
			return pack(t, m, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
		}, "wrong-compression", ""},
		{"URL", func(m, p string) string {
			return "https://idp.contoso.example/sso?tenant=a&" + p + "=" + url.QueryEscape(deflated(t, m)) + "&RelayState=%2Fhome#top"
		}, "", "/home"},
		{"URL escaped twice", func(m, p string) string {
			return "https://idp.contoso.example/sso?" + p + "=" + url.QueryEscape(url.QueryEscape(deflated(t, m)))
		}, "double-url-encoding", ""},
		{"URL in a page", func(m, p string) string {
			return "see https://idp.contoso.example/sso?x=1&amp;" + p + "=" + url.QueryEscape(deflated(t, m)) + "&amp;RelayState=r there"
		}, "", "r"},
		{"request line", func(m, p string) string {
			return "GET /sso?" + p + "=" + url.QueryEscape(deflated(t, m)) + " HTTP/1.1\r\nHost: idp.contoso.example\r\n"
		}, "", ""},
		{"header", func(m, p string) string {
			return "< Location: https://idp.contoso.example/sso?" + p + "=" + url.QueryEscape(deflated(t, m)) + "\n< Content-Length: 0\n"
		}, "", ""},
		{"log line", func(m, p string) string {
			return `10.0.0.1 - [05/Jan/2026] "GET /sso?` + p + "=" + url.QueryEscape(deflated(t, m)) + `&RelayState=x HTTP/1.1" 200`
		}, "", "x"},
		{"line of a log in brackets", func(m, p string) string { return "[error] [client 10.0.0.1] " + p + "=" + url.QueryEscape(b64(m)) }, "", ""},
		{"form body", func(m, p string) string { return p + "=" + url.QueryEscape(b64(m)) + "&RelayState=a+b" }, "", "a b"},
		{"form body with RelayState first", func(m, p string) string { return "RelayState=a%26b&" + p + "=" + url.QueryEscape(b64(m)) }, "", "a&b"},
		{"form body in lines", func(m, p string) string { return p + "=" + folded(url.QueryEscape(b64(m)), 80) }, "whitespace-in-base64", ""},
		{"fields as a browser lists them", func(m, p string) string { return "RelayState: x\n" + p + ": " + b64(m) + "\n" }, "", ""},
		{"HTML form", func(m, p string) string {
			return `<!DOCTYPE html><html><body onload="document.forms[0].submit()"><form method="post" action="https://sp.contoso.example/acs"><input type="hidden" name="` + p + `" value="` + b64(m) + `"/><input type="hidden" name="RelayState" value="&quot;x&quot;"></form></body></html>`
		}, "", `"x"`},
		{"HAR", func(m, p string) string {
			har := map[string]any{"log": map[string]any{"entries": []any{map[string]any{"request": map[string]any{
				"url":      "https://sp.contoso.example/acs",
				"postData": map[string]any{"text": p + "=" + url.QueryEscape(b64(m)), "params": []any{map[string]any{"name": p, "value": b64(m)}}},
			}}}}}
			data, err := json.Marshal(har)
			if err != nil {
				t.Fatal(err)
			}
			return string(data)
		}, "", ""},
		{"JSON", func(m, p string) string { return `{"` + p + `": "` + b64(m) + `"}` }, "", ""},
	}
	for kind, message := range kinds(t) {
		parameter := "SAMLResponse"
		if strings.HasSuffix(kind, "Request") {
			parameter = "SAMLRequest"
		}
		id := otherIDs[kind]
		if id == "" {
			id = "_" + kind
		}
		for _, form := range forms {
			t.Run(kind+"/"+form.name, func(t *testing.T) {
				m := one(t, form.encode(message, parameter), inspect.Options{Now: judged})
				if m.Kind != kind || m.ID != id {
					t.Errorf("got the %s %s, want the %s %s", m.Kind, m.ID, kind, id)
				}
				var got []string
				for _, code := range codes(m) {
					if slices.Contains([]string{"whitespace-in-base64", "base64-padding", "base64-twice", "wrong-compression", "double-url-encoding", "unescaped-plus", "space-for-plus", "url-safe-base64"}, code) && form.name != "base64 in the alphabet of URLs" {
						got = append(got, code)
					}
				}
				var want []string
				if form.warning != "" {
					want = []string{form.warning}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("warnings (-want +got):\n%s", diff)
				}
				if state := m.RelayState; (state == nil) != (form.state == "") || state != nil && *state != form.state {
					t.Errorf("RelayState = %v, want %q", state, form.state)
				}
			})
		}
	}
}

// A + that nobody escaped is a space for a server; both spellings are read.
func TestUnescapedPlus(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(`<AuthnRequest xmlns="urn:oasis:names:tc:SAML:2.0:protocol" Version="2.0" ID="_1>>>>>???"></AuthnRequest>`))
	if !strings.Contains(encoded, "+") {
		t.Fatal("the message has no + in base64")
	}
	for form, want := range map[string]string{
		"SAMLRequest=" + encoded + "&RelayState=x": "unescaped-plus",
		strings.ReplaceAll(encoded, "+", " "):      "space-for-plus",
		"SAMLRequest=" + url.QueryEscape(encoded):  "",
		base64.URLEncoding.EncodeToString([]byte(`<AuthnRequest xmlns="urn:oasis:names:tc:SAML:2.0:protocol" Version="2.0" ID="_1>>>>>???"></AuthnRequest>`)): "url-safe-base64",
	} {
		m := one(t, form, inspect.Options{Now: judged})
		if m.ID != "_1>>>>>???" || want != "" && !slices.Contains(codes(m), want) || want == "" && len(codes(m)) > 0 {
			t.Errorf("%s: ID %q, warnings %v, want %s", form, m.ID, codes(m), want)
		}
	}
}

// A HAR of a sign-in holds the request and the response, each several times.
func TestSeveralMessages(t *testing.T) {
	response := base64.StdEncoding.EncodeToString([]byte(file(t, "signed.xml")))
	har, err := json.Marshal([]any{
		map[string]any{"url": strings.TrimSpace(file(t, "redirect.url"))},
		map[string]any{"headers": []any{map[string]any{"name": "Referer", "value": strings.TrimSpace(file(t, "redirect.url"))}}},
		map[string]any{"SAMLResponse": response, "text": "SAMLResponse=" + url.QueryEscape(response)},
	})
	if err != nil {
		t.Fatal(err)
	}
	report, err := inspect.Inspect(har, trust(t, "idp.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Messages) != 2 || report.Messages[0].Kind != "AuthnRequest" || report.Messages[1].Kind != "Response" {
		t.Fatalf("messages: %+v", report.Messages)
	}
	if failed := report.Failed(); len(failed) > 0 {
		t.Errorf("failed: %+v", failed)
	}
}

// TestUndecodable: what cannot be read says where it stops being a message.
func TestUndecodable(t *testing.T) {
	request := kinds(t)["AuthnRequest"]
	packed := deflated(t, request)
	raw, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		t.Fatal(err)
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(request))
	for _, test := range []struct{ name, input, want string }{
		{"nothing", " \n", "there is nothing to decode"},
		{"empty parameter", "SAMLResponse=&RelayState=x", "SAMLResponse, it is empty"},
		{"bad character", encoded[:10] + "!" + encoded[10:], "base64, position 11: '!' is no character of base64"},
		{"cut off base64", encoded[:41], "base64, position 41: it ends within a byte, after 41 characters"},
		{"cut off XML", encoded[:80], "XML (after base64), line 1, column 61: unexpected EOF\nhint: the message is cut off"},
		{"cut off DEFLATE", base64.StdEncoding.EncodeToString(raw[:len(raw)/2]), "raw DEFLATE, byte 81: the compressed message ends too early"},
		{"something else", base64.StdEncoding.EncodeToString([]byte("\xff\xfe\x00garbage")), "raw DEFLATE, byte 1: neither XML nor compressed: it begins with ff fe 00"},
		{"text behind padding", encoded + "AAAA", "something follows the padding"},
		{"bad escape", "SAMLResponse=PHNh%zz", `URL decoding, position 5: invalid URL escape "%zz"`},
		{"bad XML", "<a>\n  <b></a>", "XML, line 2, column 10: element <b> closed by </a>"},
		{"document type", `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + request, "XML, line 1, column 1: document type declarations are refused"},
		{"entity", strings.Replace(request, "https://sp", "&x;", 1), "invalid character entity &x;"},
		{"HTML", "<html><body>login failed</body></html>", "XML, but no SAML 2.0 message: the root element is html"},
		{"SAML 1.1", `<Response xmlns="urn:oasis:names:tc:SAML:1.0:protocol"/>`, "this is SAML 1.1"},
		{"WS-Federation", `<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust"/>`, "this is WS-Federation"},
		{"SOAP", `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"/>`, "this is a SOAP envelope"},
		{"certificate", file(t, "idp.pem"), "this is a certificate or a key in PEM"},
		{"JSON without one", `{"a": ["b"]}`, "JSON, there is no SAMLRequest or SAMLResponse in it"},
		{"bad JSON", `{"a": `, "JSON, position 5: unexpected end of JSON input"},
		{"terminal escapes", "<\x1b[31m/>", `XML, line 1`},
		{"bomb", deflated(t, "<a>"+strings.Repeat("x", 2<<20)+"</a>"), "raw DEFLATE, it inflates to more than 1048576 bytes"},
		{"too deep", strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100), "nested deeper than 64"},
		{"too long", strings.Repeat("A", inspect.MaxInput+1), "the input is 33554433, more than 33554432"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := inspect.Inspect([]byte(test.input), inspect.Options{Now: judged})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
			if err != nil && strings.ContainsRune(err.Error(), '\x1b') {
				t.Errorf("the error holds a terminal escape: %q", err)
			}
		})
	}
}
