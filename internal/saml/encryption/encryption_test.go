package encryption

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/signature"
)

var now = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// The methods of this package; every round trip is tried with each pair.
var (
	contents   = []Method{AES256CBC, AES128CBC, AES256GCM, AES128GCM}
	transports = []Method{RSAOAEPMGF1P, RSA15}
)

type pair struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

func newPair(t testing.TB, n int, name string) pair {
	t.Helper()
	key, err := keys.Process.Get(n)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := keys.SelfSigned(key, name, now.Add(-time.Hour), now.AddDate(3, 0, 0), ids.New(uint64(n)))
	if err != nil {
		t.Fatal(err)
	}
	return pair{key, cert}
}

func recipient(t testing.TB) pair { return newPair(t, 0, "sp.contoso.example") }
func issuer(t testing.TB) pair    { return newPair(t, 1, "Microsoft Azure Federated SSO Certificate") }

func parse(t testing.TB, text string) *etree.Element {
	t.Helper()
	doc, err := document.Parse([]byte(text))
	if err != nil {
		t.Fatalf("parse %s: %v", text, err)
	}
	return doc.Root()
}

func write(t testing.TB, e *etree.Element) string {
	t.Helper()
	doc := etree.NewDocumentWithRoot(e.Copy())
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	text, err := doc.WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The layout of Entra's responses, with a prefix that is declared on the
// Response and that only an attribute value uses.
const entraResponse = `<samlp:Response ID="_r" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
	`<Assertion ID="_a" xmlns="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><Issuer>https://sts.windows.net/t/</Issuer>` +
	`<Subject><NameID>ana@contoso.example</NameID></Subject><AttributeStatement><Attribute Name="a &lt;&#xA;&quot;"><AttributeValue xsi:type="xs:string">Ana &amp; Zoë&#xD;
&lt;x&gt;</AttributeValue></Attribute></AttributeStatement></Assertion></samlp:Response>`

// The layout of issuers that declare their prefixes once.
const prefixedResponse = `<samlp:Response ID="_r" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">` +
	`<saml:Assertion ID="_a" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:Issuer>https://sts.windows.net/t/</saml:Issuer>` +
	`<saml:Subject><saml:NameID>ana@contoso.example</saml:NameID></saml:Subject></saml:Assertion></samlp:Response>`

// An element without a namespace, where the default namespace of
// EncryptedAssertion could catch it.
const unnamedResponse = `<samlp:Response ID="_r" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">` +
	`<saml:Assertion ID="_a" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:Issuer>https://sts.windows.net/t/</saml:Issuer>` +
	`<saml:Subject><saml:NameID>ana@contoso.example</saml:NameID></saml:Subject><saml:AttributeStatement><saml:Attribute Name="a">` +
	`<saml:AttributeValue><team xmlns:t="urn:t">blue</team></saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion></samlp:Response>`

// encryptIn signs the assertion of a response, puts it there encrypted, and
// returns the response as it goes over the wire.
func encryptIn(t testing.TB, response string, o Options) string {
	t.Helper()
	by := issuer(t)
	root := parse(t, response)
	assertion := document.Child(root, saml.NSAssertion, "Assertion")
	if err := signature.Sign(assertion, signature.AfterIssuer(assertion), by.key, by.cert, signature.SHA256); err != nil {
		t.Fatal(err)
	}
	before := write(t, root)
	encrypted, err := Encrypt(assertion, recipient(t).cert, o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, write(t, root)); diff != "" {
		t.Errorf("Encrypt changed the plain response (-before +after):\n%s", diff)
	}
	root.InsertChildAt(assertion.Index(), encrypted)
	root.RemoveChild(assertion)
	return write(t, root)
}

func decryptIn(t testing.TB, response string, key *rsa.PrivateKey) (*etree.Element, error) {
	t.Helper()
	return Decrypt(document.Child(parse(t, response), saml.NSAssertion, "EncryptedAssertion"), key)
}

// The signature of the assertion is made before the encryption, so it must
// hold afterwards (saml-core-2.0-os, section 6.2).
func TestSignatureHoldsAfterDecryption(t *testing.T) {
	to, by := recipient(t), issuer(t)
	for _, layout := range []struct{ name, response string }{
		{"Entra", entraResponse}, {"prefixes on the Response", prefixedResponse}, {"element in no namespace", unnamedResponse},
	} {
		for _, content := range contents {
			for _, transport := range transports {
				t.Run(layout.name+" "+string(content)+" "+string(transport), func(t *testing.T) {
					wire := encryptIn(t, layout.response, Options{Content: content, KeyTransport: transport})
					if strings.Contains(wire, "ana@contoso.example") {
						t.Fatalf("the response still says whom it is about: %s", wire)
					}
					got, err := decryptIn(t, wire, to.key)
					if err != nil {
						t.Fatal(err)
					}
					verified, err := signature.Verify(got, []*x509.Certificate{by.cert}, now, signature.Policy{})
					if err != nil {
						t.Fatalf("%v\n%s", err, write(t, got))
					}
					subject := document.Child(verified.Element, saml.NSAssertion, "Subject")
					if text, _ := document.Text(document.Child(subject, saml.NSAssertion, "NameID")); text != "ana@contoso.example" {
						t.Errorf("NameID = %q", text)
					}
				})
			}
		}
	}
}

func TestPlaintextStandsAlone(t *testing.T) {
	for _, test := range []struct{ name, response, want string }{
		{
			"declarations of ancestors come along, own ones are not repeated", entraResponse,
			`<Assertion ID="_a" xmlns="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:xs="http://www.w3.org/2001/XMLSchema"><Issuer>`,
		},
		{
			"no default namespace where none is needed", prefixedResponse,
			`<saml:Assertion ID="_a" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><saml:Issuer>`,
		},
		{
			"elements in no namespace stay in none", unnamedResponse,
			`<saml:Assertion ID="_a" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns=""><saml:Issuer>`,
		},
		{
			"a default namespace is kept, whatever is inside", `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><team xmlns="">blue</team></Assertion>`,
			`<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><team xmlns="">`,
		},
		{
			// Other parsers make a space of a line break in an attribute and
			// drop a carriage return, and the digest no longer fits.
			"white space is written as references", entraResponse,
			`<Attribute Name="a &lt;&#xA;&quot;"><AttributeValue xsi:type="xs:string">Ana &amp; Zoë&#xD;`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			assertion := parse(t, test.response)
			if assertion.Tag == "Response" {
				assertion = document.Child(assertion, saml.NSAssertion, "Assertion")
			}
			plain, err := serialise(assertion)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(plain), test.want) {
				t.Errorf("plaintext = %s, want %s in it", plain, test.want)
			}
		})
	}
}

// A plaintext may lean on declarations around the ciphertext (XML Encryption
// 1.1, "Decryption").
func TestPlaintextIsReadInItsPlace(t *testing.T) {
	to := recipient(t)
	wire := encryptIn(t, prefixedResponse, Options{})
	encrypted := document.Child(parse(t, wire), saml.NSAssertion, "EncryptedAssertion")
	replaceContent(t, encrypted, to, AES256CBC, `<saml:Assertion ID="_a"/>`)
	got, err := Decrypt(encrypted, to.key)
	if err != nil {
		t.Fatal(err)
	}
	if !document.Is(got, saml.NSAssertion, "Assertion") {
		t.Errorf("decrypted = %s, want an Assertion in the assertion namespace", write(t, got))
	}
}

func TestLayout(t *testing.T) {
	const start = `<EncryptedAssertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><xenc:EncryptedData Type="http://www.w3.org/2001/04/xmlenc#Element" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">`
	const end = `<KeyInfo><ds:X509Data xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509IssuerSerial><ds:X509IssuerName>CN=sp.contoso.example</ds:X509IssuerName><ds:X509SerialNumber>0</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data></KeyInfo>` +
		`<e:CipherData><e:CipherValue>*</e:CipherValue></e:CipherData></e:EncryptedKey></KeyInfo><xenc:CipherData><xenc:CipherValue>*</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></EncryptedAssertion>`
	for _, test := range []struct {
		name string
		o    Options
		want string
	}{
		{
			"what Entra does is the default", Options{},
			start + `<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><e:EncryptedKey xmlns:e="http://www.w3.org/2001/04/xmlenc#">` +
				`<e:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"><DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/></e:EncryptionMethod>` + end,
		},
		{
			"RSA 1.5 has no digest", Options{Content: AES128GCM, KeyTransport: RSA15},
			start + `<xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes128-gcm"/><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><e:EncryptedKey xmlns:e="http://www.w3.org/2001/04/xmlenc#">` +
				`<e:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-1_5"/>` + end,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			encrypted, err := Encrypt(parse(t, `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>`), recipient(t).cert, test.o)
			if err != nil {
				t.Fatal(err)
			}
			got := regexp.MustCompile(`CipherValue>[A-Za-z0-9+/=]+<`).ReplaceAllString(write(t, encrypted), "CipherValue>*<")
			got = regexp.MustCompile(`SerialNumber>[0-9]+<`).ReplaceAllString(got, "SerialNumber>0<")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("EncryptedAssertion (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSameRandomSameResult(t *testing.T) {
	e := parse(t, `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>`)
	encrypt := func(seed uint64) string {
		encrypted, err := Encrypt(e, recipient(t).cert, Options{Random: ids.New(seed)})
		if err != nil {
			t.Fatal(err)
		}
		return write(t, encrypted)
	}
	if diff := cmp.Diff(encrypt(7), encrypt(7)); diff != "" {
		t.Errorf("two runs with the same seed differ:\n%s", diff)
	}
	if encrypt(7) == encrypt(8) {
		t.Error("two seeds give one ciphertext")
	}
}

func TestEncryptRefuses(t *testing.T) {
	e := parse(t, `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>`)
	cert := recipient(t).cert
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, ecKey.Public(), recipient(t).key)
	if err != nil {
		t.Fatal(err)
	}
	ecCert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	large := etree.NewElement("a")
	large.SetText(strings.Repeat("x", document.MaxBytes))
	for _, test := range []struct {
		name string
		e    *etree.Element
		cert *x509.Certificate
		o    Options
		want string
	}{
		{"no element", nil, cert, Options{}, "there is none"},
		{"no certificate", e, nil, Options{}, "no certificate of the recipient"},
		{"elliptic curve certificate", e, ecCert, Options{}, "ECDSA key, not an RSA key"},
		{"certificate that was never parsed", e, &x509.Certificate{PublicKey: cert.PublicKey}, Options{}, "issuer name"},
		{"Triple DES", e, cert, Options{Content: nsEncryption + "tripledes-cbc"}, "no content encryption"},
		{"key transport for content", e, cert, Options{Content: RSAOAEPMGF1P}, "no content encryption"},
		{"content encryption for the key", e, cert, Options{KeyTransport: AES256CBC}, "no key transport"},
		{"random source runs dry before the key", e, cert, Options{Random: strings.NewReader("x")}, "draw content key"},
		{"random source runs dry before the vector", e, cert, Options{Random: strings.NewReader(strings.Repeat("x", 32))}, "draw initialisation vector"},
		{"random source runs dry before the padding", e, cert, Options{Random: strings.NewReader(strings.Repeat("x", 48))}, "draw padding"},
		{"random source runs dry before the nonce", e, cert, Options{Content: AES256GCM, Random: strings.NewReader(strings.Repeat("x", 32))}, "draw nonce"},
		{"plaintext that no recipient would parse", large, cert, Options{}, "more than 2097152"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Encrypt(test.e, test.cert, test.o)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Encrypt = %v, want it to say %q", err, test.want)
			}
		})
	}
}

func TestDecryptRefusesOtherShapes(t *testing.T) {
	key := recipient(t).key
	good := encryptIn(t, entraResponse, Options{})
	swap := func(old, new string) string {
		t.Helper()
		changed := strings.Replace(good, old, new, 1)
		if changed == good {
			t.Fatalf("%q is not in %s", old, good)
		}
		return changed
	}
	cut := func(pattern string) string {
		t.Helper()
		changed := regexp.MustCompile(pattern).ReplaceAllString(good, "")
		if changed == good {
			t.Fatalf("%q is not in %s", pattern, good)
		}
		return changed
	}
	for _, test := range []struct{ name, wire, want string }{
		{"no EncryptedData", cut(`<xenc:EncryptedData.*</xenc:EncryptedData>`), "one EncryptedData, got 0"},
		{"two EncryptedData", swap("<xenc:EncryptedData", `<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"/><xenc:EncryptedData`), "one EncryptedData, got 2"},
		{"element content instead of an element", swap("xmlenc#Element", "xmlenc#Content"), "xmlenc#Element, got"},
		{"no KeyInfo", cut(`<KeyInfo.*</e:EncryptedKey></KeyInfo>`), "one EncryptedKey, got 0"},
		{"two keys", swap("<e:EncryptedKey", `<e:EncryptedKey xmlns:e="http://www.w3.org/2001/04/xmlenc#"/><e:EncryptedKey`), "one EncryptedKey, got 2"},
		{"no content method", cut(`<xenc:EncryptionMethod [^>]*>`), "one EncryptionMethod, got 0"},
		{"no key method", cut(`<e:EncryptionMethod.*</e:EncryptionMethod>`), "one EncryptionMethod, got 0"},
		{"Triple DES", swap("aes256-cbc", "tripledes-cbc"), "AES-128 or AES-256 in CBC or GCM mode"},
		{"unknown key transport", swap("rsa-oaep-mgf1p", "kw-aes256"), "rsa-oaep-mgf1p or rsa-1_5"},
		{"OAEP with another digest", swap("2000/09/xmldsig#sha1", "2001/04/xmlenc#sha256"), "OAEP with SHA-1"},
		{"OAEP with a label", swap("<DigestMethod", "<e:OAEPparams>bGFiZWw=</e:OAEPparams><DigestMethod"), "OAEP without parameters"},
		{"no CipherData", cut(`<xenc:CipherData.*</xenc:CipherData>`), "one CipherData, got 0"},
		{"no CipherValue of the key", cut(`<e:CipherValue>.*</e:CipherValue>`), "one CipherValue, got 0"},
		{
			"CipherReference to fetch (server-side request forgery)",
			regexp.MustCompile(`<xenc:CipherValue>.*</xenc:CipherValue>`).ReplaceAllString(good, `<xenc:CipherReference URI="http://169.254.169.254/"/>`), "one CipherValue, got 0",
		},
		{"comment in the ciphertext", swap("<xenc:CipherValue>", "<xenc:CipherValue><!---->"), "plain text, got markup"},
		{"not base64", swap("<xenc:CipherValue>", "<xenc:CipherValue>%"), "expected base64"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := decryptIn(t, test.wire, key)
			var shape *Error
			if !errors.As(err, &shape) {
				t.Fatalf("Decrypt = %v, want an *Error", err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("Decrypt = %q, want it to say %q", err, test.want)
			}
		})
	}
}
