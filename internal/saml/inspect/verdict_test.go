package inspect_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/encryption"
	"github.com/idharness/harness/internal/saml/inspect"
	"github.com/idharness/harness/internal/saml/signature"
)

// TestTexts holds what people read to golden files.
func TestTexts(t *testing.T) {
	signed := file(t, "signed.xml")
	none := ""
	for name, test := range map[string]struct {
		input  string
		change func(*inspect.Options)
		cert   string
	}{
		"accepted": {signed, func(o *inspect.Options) {
			o.Audience, o.Recipient, o.Destination = "https://sp.contoso.example", "https://sp.contoso.example/acs", "https://sp.contoso.example/acs"
			o.RequestID, o.Issuers = new("_request1"), []string{"https://idp.contoso.example/"}
		}, "idp.pem"},
		"refused": {signed, func(o *inspect.Options) {
			o.Audience, o.Recipient, o.Destination = "https://sp.contoso.example/", "http://sp.contoso.example/acs", "https://other.contoso.example/acs"
			o.RequestID, o.Issuers, o.Now = &none, []string{"https://IDP.contoso.example/"}, judged.Add(72*time.Hour)
		}, "other.pem"},
		"tampered":  {strings.Replace(signed, "aws-admins", "aws-owners", 1), nil, "idp.pem"},
		"unchecked": {signed, func(o *inspect.Options) { o.Certificates, o.JudgeTimes = nil, false }, "idp.pem"},
		"redirect":  {file(t, "redirect.url"), nil, "idp.pem"},
		"status": {`<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r" Version="2.0" IssueInstant="2026-01-05T09:02:00Z"><Status><StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:NoPassive"/></StatusCode><StatusMessage>AADSTS50058: Session information is not sufficient for single-sign-on.</StatusMessage></Status></Response>`,
			func(o *inspect.Options) { o.Certificates, o.JudgeTimes = nil, false }, "idp.pem"},
		"metadata": {file(t, "../../../../idp/testdata/metadata-application.xml"), func(o *inspect.Options) { o.Certificates = nil }, "idp.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			o := trust(t, test.cert)
			if test.change != nil {
				test.change(&o)
			}
			report, err := inspect.Inspect([]byte(test.input), o)
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if err := report.WriteText(&text, inspect.TextOptions{}); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".golden", text.Bytes())
		})
	}
}

// TestJSON: the fields are a contract.
func TestJSON(t *testing.T) {
	report, err := inspect.Inspect([]byte(file(t, "signed.xml")), trust(t, "idp.pem"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "accepted.json", append(data, '\n'))
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(file(t, name), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// TestVerdicts changes one thing after another in a message that holds.
func TestVerdicts(t *testing.T) {
	signed := file(t, "signed.xml")
	full := func() inspect.Options {
		o := trust(t, "idp.pem")
		o.Audience, o.Recipient, o.Destination = "https://sp.contoso.example", "https://sp.contoso.example/acs", "https://sp.contoso.example/acs"
		o.RequestID, o.Issuers = new("_request1"), []string{"https://idp.contoso.example/"}
		return o
	}
	for _, test := range []struct {
		name    string
		message string
		change  func(*inspect.Options)
		want    []string // the checks that fail
		detail  string
	}{
		{"nothing", signed, nil, nil, ""},
		{"SHA-1", file(t, "signed-sha1.xml"), nil, nil, ""},
		{"another certificate", signed, func(o *inspect.Options) { o.Certificates = trust(t, "other.pem").Certificates }, []string{"signature"}, "got one by the certificate with thumbprint"},
		{"one of two certificates", signed, func(o *inspect.Options) {
			o.Certificates = append(trust(t, "other.pem").Certificates, o.Certificates...)
		}, nil, ""},
		{"a changed attribute", strings.Replace(signed, "developers", "owners", 1), nil, []string{"signature"}, "other content"},
		{"no signature", signed[:strings.Index(signed, "<ds:Signature ")] + signed[strings.Index(signed, "</ds:Signature>")+15:], nil, []string{"signature"}, "nothing is signed"},
		{"inclusive canonicalisation", strings.Replace(signed, `xml-exc-c14n#"/><ds:SignatureMethod`, `xml-c14n"/><ds:SignatureMethod`, 1), nil, []string{"signature"}, "xml-c14n"},
		{"expired", signed, func(o *inspect.Options) { o.Now = judged.Add(time.Hour) }, []string{"times"}, "expired 1m0s ago"},
		{"expired for the bearer only", signed, func(o *inspect.Options) { o.Now = judged.Add(10 * time.Minute) }, []string{"times"}, "expired 6m0s ago"},
		{"expired, but within the skew", signed, func(o *inspect.Options) { o.Now, o.Skew = judged.Add(5*time.Minute), 3*time.Minute }, nil, ""},
		{"at the last instant", signed, func(o *inspect.Options) { o.Now = judged.Add(4 * time.Minute) }, []string{"times"}, "expired 0s ago"},
		{"too early", signed, func(o *inspect.Options) { o.Now = judged.Add(-3 * time.Minute) }, []string{"times"}, "not valid yet, for another 1m0s"},
		{"too early, but within the skew", signed, func(o *inspect.Options) { o.Now, o.Skew = judged.Add(-3*time.Minute), time.Minute }, nil, ""},
		{"audience", signed, func(o *inspect.Options) { o.Audience = "https://SP.contoso.example" }, []string{"audience"}, "differ in case"},
		{"recipient", signed, func(o *inspect.Options) { o.Recipient = "https://sp.contoso.example/acs/" }, []string{"recipient"}, "slash at the end"},
		{"destination", signed, func(o *inspect.Options) { o.Destination = "http://sp.contoso.example/acs" }, []string{"destination"}, "http and https"},
		{"request", signed, func(o *inspect.Options) { o.RequestID = new("_request2") }, []string{"request"}, "expected _request2, got _request1"},
		{"no request", signed, func(o *inspect.Options) { o.RequestID = new("") }, []string{"request"}, "expected none, got _request1"},
		{"issuer", signed, func(o *inspect.Options) {
			o.Issuers = []string{"https://a.contoso.example/", "https://b.contoso.example/"}
		}, []string{"issuer"}, "expected https://a.contoso.example/ or https://b.contoso.example/"},
		{"an assertion beside", strings.Replace(signed, "<saml:Assertion ", `<saml:Assertion ID="_evil"><saml:Issuer>https://idp.contoso.example/</saml:Issuer><saml:Subject><saml:NameID>eva@contoso.example</saml:NameID></saml:Subject></saml:Assertion><saml:Assertion `, 1), nil, []string{"signature", "audience", "recipient", "request"}, "not covered by any valid signature"},
		{"an assertion in Extensions", strings.Replace(signed, "<samlp:Status>", `<samlp:Extensions><saml:Assertion ID="_evil"/></samlp:Extensions><samlp:Status>`, 1), nil, []string{"structure"}, "stands where none belongs"},
		{"an ID twice", strings.Replace(signed, "<samlp:Status>", `<samlp:Status ID="_assertion1">`, 1), nil, []string{"structure"}, "two elements have the ID"},
		{"a signature elsewhere", strings.Replace(signed, "<samlp:Status>", `<samlp:Status><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>`, 1), nil, []string{"structure", "signature"}, "a signature stands where none belongs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := full()
			if test.change != nil {
				test.change(&o)
			}
			report, err := inspect.Inspect([]byte(test.message), o)
			if err != nil {
				t.Fatal(err)
			}
			var failed []string
			details := ""
			for _, c := range report.Failed() {
				failed = append(failed, c.Name)
				details += c.Detail + "\n"
			}
			if diff := cmp.Diff(test.want, failed); diff != "" {
				t.Errorf("failed checks (-want +got):\n%s%s", diff, details)
			}
			if !strings.Contains(details, test.detail) {
				t.Errorf("details %q lack %q", details, test.detail)
			}
		})
	}
}

// What nobody asked for fails nothing, but is said.
func TestNotAskedFailsNothing(t *testing.T) {
	report, err := inspect.Inspect([]byte(file(t, "signed.xml")), inspect.Options{Now: judged.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	m := report.Messages[0]
	if len(report.Failed()) > 0 || verdict(m, "times") != inspect.Fail || verdict(m, "signature") != inspect.Skipped || verdict(m, "audience") != inspect.Skipped {
		t.Errorf("checks: %+v", m.Checks)
	}
	if s := m.Signatures[0]; s.Intact == nil || !*s.Intact || m.Assertions[0].Trusted {
		t.Errorf("an embedded certificate shows integrity and no trust: %+v", s)
	}
}

// TestWarnings: the classic mistakes.
func TestWarnings(t *testing.T) {
	signed := file(t, "signed.xml")
	for _, test := range []struct{ name, message, want string }{
		{"sha1", file(t, "signed-sha1.xml"), "sha1"},
		{"comment", strings.Replace(signed, ">ana@contoso.example</saml:NameID>", ">ana@contoso.example<!-- -->.evil.example</saml:NameID>", 1), "comment-in-text"},
		{"element", strings.Replace(signed, ">ana@contoso.example</saml:NameID>", ">ana<b/></saml:NameID>", 1), "element-in-text"},
		{"space", strings.Replace(signed, ">ana@contoso.example</saml:NameID>", ">ana@contoso.example </saml:NameID>", 1), "space-in-nameid"},
		{"nobody", strings.Replace(signed, ">ana@contoso.example</saml:NameID>", "></saml:NameID>", 1), "no-nameid"},
		{"empty attribute", strings.Replace(signed, ">ana@contoso.example</saml:AttributeValue>", "></saml:AttributeValue>", 1), "empty-attribute"},
		{"future", strings.Replace(signed, `IssueInstant="2026-01-05T09:00:00Z"`, `IssueInstant="2026-01-05T09:04:00Z"`, 1), "clock-skew"},
		{"local time", strings.Replace(signed, `IssueInstant="2026-01-05T09:00:00Z"`, `IssueInstant="2026-01-05 09:04"`, 1), "bad-time"},
		{"with an offset", strings.Replace(signed, `IssueInstant="2026-01-05T09:00:00Z"`, `IssueInstant="2026-01-05T10:00:00+01:00"`, 1), "bad-time"},
		{"unsigned", signed[:strings.Index(signed, "<ds:Signature ")] + signed[strings.Index(signed, "</ds:Signature>")+15:], "unsigned"},
		{"version", strings.Replace(signed, `Version="2.0"`, `Version="1.1"`, 1), "version"},
		{"two NameIDs", strings.Replace(signed, "<saml:NameID ", "<saml:NameID>eva@contoso.example</saml:NameID><saml:NameID ", 1), "twice"},
		{"unknown condition", strings.Replace(signed, "<saml:AudienceRestriction>", "<saml:Strange/><saml:AudienceRestriction>", 1), "unknown-condition"},
		{"no end", strings.Replace(signed, ` NotOnOrAfter="2026-01-05T09:05:00Z"`, "", 1), "bearer-without-end"},
		{"begin", strings.Replace(signed, ` NotOnOrAfter="2026-01-05T09:05:00Z"`, ` NotBefore="2026-01-05T09:00:00Z" NotOnOrAfter="2026-01-05T09:05:00Z"`, 1), "bearer-with-begin"},
		{"look-alike", strings.Replace(signed, ">ana@", ">\u0430na@", 1), "odd-nameid"},
		{"no audience", strings.Replace(signed, "AudienceRestriction", "OneTimeUse", 2), "no-audience"},
		{"long state", strings.TrimSpace(strings.Replace(file(t, "redirect.url"), "welcome", strings.Repeat("w", 80), 1)), "long-relay-state"},
		{"wrong parameter", strings.Replace(file(t, "redirect.url"), "SAMLRequest", "SAMLResponse", 1), "wrong-parameter"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if m := one(t, test.message, inspect.Options{Now: judged}); !slices.Contains(codes(m), test.want) {
				t.Errorf("warnings %v, want %s", m.Warnings, test.want)
			}
		})
	}
	if m := one(t, signed, trust(t, "idp.pem")); len(m.Warnings) > 0 {
		t.Errorf("a message without mistakes brings %v", m.Warnings)
	}
	if m := one(t, signed, trust(t, "other.pem")); !slices.Contains(codes(m), "other-certificate") {
		t.Errorf("warnings %v, want other-certificate", m.Warnings)
	}
	late := trust(t, "idp.pem")
	late.Now = time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
	if m := one(t, signed, late); !slices.Contains(codes(m), "certificate-expired") {
		t.Errorf("warnings %v, want certificate-expired", m.Warnings)
	}
}

// A redirect signature is over the octets of the query, in any order.
func TestRedirectSignature(t *testing.T) {
	address := strings.TrimSpace(file(t, "redirect.url"))
	reordered := strings.Replace(address, "?", "?x=1&", 1) + "&y=2"
	for input, want := range map[string]inspect.Verdict{
		address: inspect.Pass, reordered: inspect.Pass, strings.ReplaceAll(address, "&", "&amp;"): inspect.Pass,
		strings.Replace(address, "%2Fwelcome", "/welcome", 1):               inspect.Fail,
		strings.Replace(address, "back", "home", 1):                         inspect.Fail,
		address[:strings.Index(address, "&SigAlg")]:                         inspect.Fail,
		address + "&RelayState=other":                                       inspect.Fail,
		strings.Replace(address, "rsa-sha256", "rsa-sha512", 1):             inspect.Fail,
		address[:strings.Index(address, "&Signature=")] + "&Signature=AAAA": inspect.Fail,
	} {
		if m := one(t, input, trust(t, "idp.pem")); verdict(m, "signature") != want {
			t.Errorf("%s\nsignature %v, want %s: %+v", input, verdict(m, "signature"), want, m.Signatures)
		}
	}
}

// certified makes a key of this process and a certificate for it.
func certified(t *testing.T, n int) (*inspect.Options, func(*etree.Element, int)) {
	t.Helper()
	key, err := keys.Process.Get(n)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := keys.SelfSigned(key, "test", judged.AddDate(0, -1, 0), judged.AddDate(1, 0, 0), ids.New(uint64(n)))
	if err != nil {
		t.Fatal(err)
	}
	return &inspect.Options{Certificates: []*x509.Certificate{cert}, Now: judged, Key: key}, func(e *etree.Element, at int) {
		if err := signature.Sign(e, at, key, cert, signature.SHA256); err != nil {
			t.Fatal(err)
		}
	}
}

// An encrypted assertion is decrypted with the key, and its own signature counts.
func TestEncryptedAssertion(t *testing.T) {
	o, _ := certified(t, 0)
	doc, err := document.Parse([]byte(file(t, "signed.xml")))
	if err != nil {
		t.Fatal(err)
	}
	assertion := doc.Root().FindElement("./Assertion")
	encrypted, err := encryption.Encrypt(assertion, o.Certificates[0], encryption.Options{})
	if err != nil {
		t.Fatal(err)
	}
	doc.Root().RemoveChild(assertion)
	doc.Root().AddChild(encrypted)
	text, err := doc.WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	with := trust(t, "idp.pem")
	with.Key = o.Key
	m := one(t, text, with)
	if verdict(m, "decryption") != inspect.Pass || verdict(m, "signature") != inspect.Pass || len(m.Assertions) != 1 || m.Assertions[0].NameID.Value != "ana@contoso.example" || !m.Assertions[0].Decrypted || !m.Assertions[0].Trusted {
		t.Errorf("checks %+v, assertions %+v", m.Checks, m.Assertions)
	}
	m = one(t, text, trust(t, "idp.pem"))
	if verdict(m, "decryption") != inspect.Skipped || verdict(m, "signature") != inspect.Fail || m.Encrypted != 1 {
		t.Errorf("without the key: checks %+v", m.Checks)
	}
	other, _ := certified(t, 1)
	with.Key = other.Key
	if m = one(t, text, with); verdict(m, "decryption") != inspect.Fail {
		t.Errorf("with another key: checks %+v", m.Checks)
	}
}

// Metadata and messages signed as a whole are read from what was signed.
func TestSignedAsAWhole(t *testing.T) {
	for kind, at := range map[string]int{"EntityDescriptor": 0, "AuthnRequest": 1, "LogoutRequest": 1, "LogoutResponse": 1} {
		o, sign := certified(t, 0)
		doc, err := document.Parse([]byte(kinds(t)[kind]))
		if err != nil {
			t.Fatal(err)
		}
		sign(doc.Root(), at)
		text, err := doc.WriteToString()
		if err != nil {
			t.Fatal(err)
		}
		if m := one(t, text, *o); verdict(m, "signature") != inspect.Pass {
			t.Errorf("%s: %+v", kind, m.Checks)
		}
		if m := one(t, strings.Replace(text, "https://sp.contoso", "https://xx.contoso", 1), *o); verdict(m, "signature") != inspect.Fail {
			t.Errorf("%s, changed: %+v", kind, m.Checks)
		}
	}
}

// TestHostileText: what a terminal would obey is shown, not sent.
func TestHostileText(t *testing.T) {
	hostile := "ana\u009b31m\u202e\u200b\u0085@contoso.example"
	m := strings.ReplaceAll(file(t, "signed.xml"), "ana@contoso.example", hostile)
	m = strings.Replace(m, "_response1", "_\u009bresponse", 1)
	report, err := inspect.Inspect([]byte(m), trust(t, "idp.pem"))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := report.WriteText(&text, inspect.TextOptions{Full: true}); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"text": text.String(), "JSON": string(inspect.EscapeJSON(data))} {
		if at := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }); at >= 0 {
			t.Errorf("%s has %q", name, out[max(0, at-20):at+10])
		}
	}
	if !strings.Contains(text.String(), `ana\u{9b}31m\u{202e}\u{200b}\u{85}@contoso.example`) {
		t.Errorf("the text does not show what is hidden:\n%s", text.String())
	}
	var back inspect.Report
	if err := json.Unmarshal(inspect.EscapeJSON(data), &back); err != nil || back.Messages[0].Assertions[0].NameID.Value != hostile {
		t.Errorf("JSON changes the value: %v, %q", err, back.Messages[0].Assertions[0].NameID.Value)
	}
}

// TestTrustedMaterial: certificates, metadata and keys in every form, and what
// is wrong with others. No message repeats a key.
func TestTrustedMaterial(t *testing.T) {
	armoured := file(t, "idp.pem")
	block, _ := pem.Decode([]byte(armoured))
	bare := strings.Join(strings.Split(strings.TrimSpace(armoured), "\n")[1:], "\n")
	bare = bare[:strings.Index(bare, "-----")]
	for form, text := range map[string]string{"PEM": armoured, "DER": string(block.Bytes), "base64": bare, "two": armoured + file(t, "other.pem"), "text before": "subject=x\n" + armoured} {
		want := 1
		if form == "two" {
			want = 2
		}
		if certs, err := inspect.ParseCertificates([]byte(text)); err != nil || len(certs) != want {
			t.Errorf("%s: %d certificates, %v", form, len(certs), err)
		}
	}
	o, _ := certified(t, 0)
	pkcs1 := x509.MarshalPKCS1PrivateKey(o.Key)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(o.Key)
	if err != nil {
		t.Fatal(err)
	}
	for form, data := range map[string][]byte{
		"PKCS #1": pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: pkcs1}), "PKCS #8": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), "DER": pkcs8,
	} {
		if key, err := inspect.ParseKey(data); err != nil || !key.Equal(o.Key) {
			t.Errorf("%s: %v", form, err)
		}
	}
	for _, test := range []struct {
		what string
		err  error
		want string
	}{
		{"no certificate", func() error { _, err := inspect.ParseCertificates(nil); return err }(), "there is none"},
		{"a key for a certificate", func() error {
			_, err := inspect.ParseCertificates(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
			return err
		}(), "no CERTIFICATE block"},
		{"nonsense", func() error { _, err := inspect.ParseCertificates([]byte("hello")); return err }(), "read certificate"},
		{"encrypted key", func() error {
			_, err := inspect.ParseKey(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: pkcs8}))
			return err
		}(), "it is encrypted"},
		{"certificate for a key", func() error { _, err := inspect.ParseKey([]byte(armoured)); return err }(), "no private key"},
		{"metadata that is none", func() error { _, _, err := inspect.ParseMetadata([]byte("<a/>")); return err }(), "no SAML metadata"},
		{"metadata without certificate", func() error { _, _, err := inspect.ParseMetadata([]byte(kinds(t)["EntityDescriptor"])); return err }(), "no signing certificate"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.what, test.err, test.want)
		}
	}
}

// A key for encryption signs nothing: metadata with such a key alone names
// nobody to trust (saml-metadata-2.0-os, section 2.4.1.1).
func TestEncryptionKeysAreNotTrusted(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(file(t, "idp.pem")), "\n")
	for use, want := range map[string]int{` use="signing"`: 1, "": 1, ` use="encryption"`: 0} {
		_, certs, err := inspect.ParseMetadata([]byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.contoso.example/"><IDPSSODescriptor><KeyDescriptor` + use +
			`><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` + strings.Join(lines[1:len(lines)-1], "") + `</X509Certificate></X509Data></KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>`))
		if len(certs) != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d certificates, %v, want %d", use, len(certs), err, want)
		}
	}
}
