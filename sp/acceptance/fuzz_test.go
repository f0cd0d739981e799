package acceptance_test

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/sp/acceptance"
)

// FuzzCheck looks for panics, and for anything unsigned that gets through: no
// input can bear a signature of a key that is made here.
func FuzzCheck(f *testing.F) {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	key, err := keys.Process.Get(0)
	if err != nil {
		f.Fatal(err)
	}
	cert, err := keys.SelfSigned(key, "Fuzz", now, now.AddDate(1, 0, 0), ids.New(1))
	if err != nil {
		f.Fatal(err)
	}
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
