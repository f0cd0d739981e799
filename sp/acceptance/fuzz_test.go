package acceptance_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"reflect"
	"testing"
	"time"

	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/signature"
	"github.com/idharness/harness/sp/acceptance"
)

var now = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func signer(f *testing.F) (*rsa.PrivateKey, *x509.Certificate) {
	key, err := keys.Process.Get(0)
	if err != nil {
		f.Fatal(err)
	}
	cert, err := keys.SelfSigned(key, "Fuzz", now, now.AddDate(1, 0, 0), ids.New(1))
	if err != nil {
		f.Fatal(err)
	}
	return key, cert
}

// genuine is a response whose assertion, or which itself, is signed.
func genuine(f *testing.F, key *rsa.PrivateKey, cert *x509.Certificate, whole bool) []byte {
	doc, err := document.Parse([]byte(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r" Version="2.0" Destination="https://sp.example/acs">` +
		`<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://idp.example/</Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>` +
		`<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a" Version="2.0" IssueInstant="2026-01-05T09:00:00Z"><Issuer>https://idp.example/</Issuer>` +
		`<Subject><NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">mallory@contoso.example</NameID>` +
		`<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData NotOnOrAfter="2026-01-05T10:00:00Z" Recipient="https://sp.example/acs"/></SubjectConfirmation></Subject>` +
		`<Conditions NotBefore="2026-01-05T08:55:00Z" NotOnOrAfter="2026-01-05T10:00:00Z"><AudienceRestriction><Audience>https://sp.example/</Audience></AudienceRestriction></Conditions>` +
		`<AttributeStatement><Attribute Name="https://aws.amazon.com/SAML/Attributes/AccessControl:Team"><AttributeValue>blue</AttributeValue></Attribute>` +
		`<Attribute Name="mail"><AttributeValue>mallory@contoso.example</AttributeValue></Attribute></AttributeStatement>` +
		`<AuthnStatement AuthnInstant="2026-01-05T09:00:00Z" SessionIndex="_a" SessionNotOnOrAfter="2026-01-05T17:00:00Z"/></Assertion></samlp:Response>`))
	if err != nil {
		f.Fatal(err)
	}
	target := doc.Root()
	if !whole {
		target = document.Child(target, "urn:oasis:names:tc:SAML:2.0:assertion", "Assertion")
	}
	if err := signature.Sign(target, signature.AfterIssuer(target), key, cert, signature.SHA256); err != nil {
		f.Fatal(err)
	}
	out, err := doc.WriteToBytes()
	if err != nil {
		f.Fatal(err)
	}
	return out
}

// FuzzSignedResponse changes signed responses: a piece of one is cut out and
// text put in its place, and a piece of it is copied elsewhere. Whatever is
// accepted says what the genuine one says, all of it: subject, audience,
// attributes, times, ids.
func FuzzSignedResponse(f *testing.F) {
	key, cert := signer(f)
	responses := [][]byte{genuine(f, key, cert, false), genuine(f, key, cert, true)}
	rules := acceptance.Rules{
		EntityID: "https://sp.example/", ACS: "https://sp.example/acs", IdPEntityID: "https://idp.example/", Certs: []*x509.Certificate{cert}, Now: now,
		ResponseSignature: true, AccessControl: true,
	}
	says := make([]*acceptance.Assertion, len(responses))
	for n, response := range responses {
		var refused error
		assertion, why := acceptance.Check(response, rules)
		if why != nil {
			refused = why
		}
		if assertion == nil || assertion.NameID != "mallory@contoso.example" || assertion.AccessControl["Team"] != "blue" {
			f.Fatalf("the genuine response is taken as %+v: %v", assertion, refused)
		}
		says[n] = assertion
	}
	for _, seed := range []struct {
		at, length uint16
		text       string
		from, size uint16
		to         uint16
	}{
		{0, 0, "", 0, 0, 0}, {0, 0, "<!-- -->", 0, 0, 0}, {900, 7, "ana", 0, 0, 0}, {0, 0, "<!DOCTYPE r>", 0, 0, 0}, {150, 0, `<?x y?>`, 0, 0, 0},
		{0, 0, "", 400, 3000, 395}, {0, 0, "", 400, 3000, 3900}, {300, 4, "<x>", 410, 1500, 300}, {1200, 20, "&#97;", 1, 2, 3},
	} {
		f.Add(false, seed.at, seed.length, []byte(seed.text), seed.from, seed.size, seed.to)
		f.Add(true, seed.at, seed.length, []byte(seed.text), seed.from, seed.size, seed.to)
	}
	f.Fuzz(func(t *testing.T, whole bool, at, length uint16, text []byte, from, size, to uint16) {
		n := 0
		if whole {
			n = 1
		}
		data := splice(responses[n], int(at), int(length), text)
		start := min(int(from), len(data))
		data = splice(data, int(to), 0, bytes.Clone(data[start:min(start+int(size), len(data))]))
		assertion, refused := acceptance.Check(data, rules)
		switch {
		case refused == nil && !reflect.DeepEqual(assertion, says[n]):
			t.Fatalf("accepted\n%s\nas %+v\nwant  %+v", data, assertion, says[n])
		case refused != nil && (assertion != nil || refused.Code == "" || refused.Expected == "" || refused.Got == "" || refused.Where == ""):
			t.Fatalf("refused\n%s\nwith %+v and %+v", data, refused, assertion)
		}
	})
}

// splice replaces length bytes at a place by text.
func splice(data []byte, at, length int, text []byte) []byte {
	at = min(at, len(data))
	end := min(at+length, len(data))
	return append(append(bytes.Clone(data[:at]), text...), data[end:]...)
}

// FuzzCheck looks for panics, and for anything unsigned that gets through: no
// input can bear a signature of a key that is made here.
func FuzzCheck(f *testing.F) {
	_, cert := signer(f)
	const response = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Version="2.0"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>`
	const signature = `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>` +
		`<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI="#_a"><Transforms><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>` +
		`<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>AA==</DigestValue></Reference></SignedInfo><SignatureValue>AA==</SignatureValue></Signature>`
	for _, seed := range []string{
		"", "x", "<a/>", response + "</samlp:Response>",
		response + `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a" Version="2.0"/></samlp:Response>`,
		response + `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a" Version="2.0"><Issuer>i</Issuer>` + signature + `<Subject/></Assertion></samlp:Response>`,
		response + `<EncryptedAssertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/></samlp:Response>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, responseSignature := range []bool{false, true} {
			failed := 0
			assertion, refused := acceptance.Check(data, acceptance.Rules{
				EntityID: "e", ACS: "a", IdPEntityID: "i", Certs: []*x509.Certificate{cert}, Now: now, ResponseSignature: responseSignature, AccessControl: true,
				Check: func(_ string, pass bool, _ string) {
					if !pass {
						failed++
					}
				},
			})
			if refused == nil || assertion != nil {
				t.Fatalf("accepted %q as %+v", data, assertion)
			}
			if refused.Code == "" || refused.Message == "" || refused.Expected == "" || refused.Got == "" || refused.Where == "" || failed != 1 {
				t.Errorf("%d failed checks; the refusal does not explain itself: %+v", failed, refused)
			}
			if _, unwatched := acceptance.Check(data, acceptance.Rules{IdPEntityID: "i", Now: now}); unwatched == nil {
				t.Fatalf("accepted %q without a certificate to trust", data) // CVE-2026-28323
			}
		}
	})
}
