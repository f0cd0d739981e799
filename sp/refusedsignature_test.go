package sp_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/signature"
	"github.com/idharness/harness/sp"
)

// signedBy is a good response for Ana, signed by another provider.
func signedBy(e *entra, w *world) string { return e.signed(w.center, ana, "") }

// TestRefusesSignatures: the metadata asks for signed assertions
// (WantAssertionsSigned); what a signature must look like is
// saml-core-2.0-os, section 5.4, read strictly.
func TestRefusesSignatures(t *testing.T) {
	const sigPath = "/Response/Assertion/Signature"
	for _, test := range []struct {
		name  string
		build func(w *world) string
		want  refusal.Refusal
	}{
		{"unsigned (CVE-2012-5353)", func(w *world) string { return write(w.t, w.entra.response(w.center, ana, "")) },
			refusal.Refusal{Code: "AssertionNotSigned", Got: "none", Where: "/Response/Assertion", Fix: refusal.Entra}},
		{"only the response signed (WantAssertionsSigned)", func(w *world) string {
			response := w.entra.response(w.center, ana, "")
			w.entra.sign(response)
			return write(w.t, response)
		}, refusal.Refusal{Code: "AssertionNotSigned", Got: "none", Where: "/Response/Assertion", Fix: refusal.Entra}},
		{"SHA-1 (RFC 6194; by policy)", func(w *world) string {
			w.entra.algorithm = signature.SHA1
			return w.entra.signed(w.center, ana, "")
		}, refusal.Refusal{Code: "SignatureAlgorithm", Got: "http://www.w3.org/2000/09/xmldsig#rsa-sha1", Where: sigPath + "/SignedInfo", Fix: refusal.Entra}},
		{"HMAC keyed with the public key (CVE-2018-7644)", func(w *world) string {
			return strings.Replace(w.entra.signed(w.center, ana, ""), "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", 1)
		}, refusal.Refusal{Code: "SignatureAlgorithm", Got: "hmac-sha256", Where: sigPath + "/SignedInfo", Fix: refusal.Entra}},
		{"XSLT transform (saml-core-2.0-os, 5.4.4)", func(w *world) string {
			return strings.Replace(w.entra.signed(w.center, ana, ""), "http://www.w3.org/2000/09/xmldsig#enveloped-signature", "http://www.w3.org/TR/1999/REC-xslt-19991116", 1)
		}, refusal.Refusal{Code: "SignatureAlgorithm", Got: "REC-xslt", Where: sigPath + "/SignedInfo/Reference", Fix: refusal.Entra}},
		{"another key, its certificate in KeyInfo (certificate faking)", func(w *world) string { return signedBy(newEntra(w.t, w.clock, 1), w) },
			refusal.Refusal{Code: "UntrustedCertificate", Message: notYou, Got: "one by the certificate with thumbprint", Where: sigPath + "/KeyInfo", Fix: refusal.IdentityCenter}},
		{"another key, no KeyInfo", func(w *world) string {
			doc := parse(w.t, signedBy(newEntra(w.t, w.clock, 1), w))
			remove("Assertion/Signature/KeyInfo")(doc.Root())
			return write(w.t, doc.Root())
		}, refusal.Refusal{Code: "UntrustedCertificate", Message: notYou, Got: "one that none of these keys made", Where: sigPath, Fix: refusal.IdentityCenter}},
		{"another key, our certificate in KeyInfo", func(w *world) string {
			doc := parse(w.t, signedBy(newEntra(w.t, w.clock, 1), w))
			setText("Assertion/Signature/KeyInfo/X509Data/X509Certificate", base64.StdEncoding.EncodeToString(w.entra.cert.Raw))(doc.Root())
			return write(w.t, doc.Root())
		}, refusal.Refusal{Code: "UntrustedCertificate", Message: notYou, Got: "one that none of these keys made", Where: sigPath, Fix: refusal.IdentityCenter}},
		{"content changed after signing", func(w *world) string {
			return strings.Replace(w.entra.signed(w.center, "mallory@contoso.example", ""), ">mallory@", ">ana@", 1)
		}, refusal.Refusal{Code: "SignatureMismatch", Got: "other content", Where: "/Response/Assertion", Fix: refusal.Request}},
		{"digest made to fit the change (CVE-2024-45409)", func(w *world) string {
			doc := parse(w.t, w.entra.signed(w.center, "mallory@contoso.example", ""))
			setText("Assertion/Signature/SignedInfo/Reference/DigestValue", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")(doc.Root())
			return write(w.t, doc.Root())
		}, refusal.Refusal{Code: "UntrustedCertificate", Message: notYou, Got: "one that none of these keys made", Where: sigPath, Fix: refusal.IdentityCenter}},
		{"comment in DigestValue (CVE-2025-29775)", func(w *world) string {
			return strings.Replace(w.entra.signed(w.center, ana, ""), "<DigestValue>", "<DigestValue><!--47DEQpj8-->", 1)
		}, refusal.Refusal{Code: "SignatureStructure", Got: "something else", Where: sigPath, Fix: refusal.Request}},
		{"two SignedInfo (CVE-2025-29774)", func(w *world) string {
			doc := parse(w.t, w.entra.signed(w.center, ana, ""))
			sig := at(doc.Root(), "Assertion/Signature")
			sig.InsertChildAt(0, at(sig, "SignedInfo").Copy())
			return write(w.t, doc.Root())
		}, refusal.Refusal{Code: "SignatureStructure", Got: "2", Where: sigPath, Fix: refusal.Request}},
		{"two references (CVE-2026-33487)", func(w *world) string {
			doc := parse(w.t, w.entra.signed(w.center, ana, ""))
			info := at(doc.Root(), "Assertion/Signature/SignedInfo")
			info.AddChild(at(info, "Reference").Copy())
			return write(w.t, doc.Root())
		}, refusal.Refusal{Code: "SignatureStructure", Got: "2 references", Where: sigPath + "/SignedInfo", Fix: refusal.Request}},
		{"empty reference (saml-core-2.0-os, 5.4.2)", func(w *world) string {
			doc := parse(w.t, w.entra.signed(w.center, ana, ""))
			set("Assertion/Signature/SignedInfo/Reference", "URI", "")(doc.Root())
			return write(w.t, doc.Root())
		}, refusal.Refusal{Code: "SignatureStructure", Got: "", Where: sigPath + "/SignedInfo/Reference", Fix: refusal.Request}},
		{"reference to another document (SSRF)", func(w *world) string {
			doc := parse(w.t, w.entra.signed(w.center, ana, ""))
			set("Assertion/Signature/SignedInfo/Reference", "URI", "http://127.0.0.1:1/x")(doc.Root())
			return write(w.t, doc.Root())
		}, refusal.Refusal{Code: "SignatureStructure", Got: "http://127.0.0.1:1/x", Where: sigPath + "/SignedInfo/Reference", Fix: refusal.Request}},
		{"signature not after Issuer (core schema)", func(w *world) string {
			doc := parse(w.t, w.entra.signed(w.center, ana, ""))
			at(doc.Root(), "Assertion").AddChild(at(doc.Root(), "Assertion/Signature"))
			return write(w.t, doc.Root())
		}, refusal.Refusal{Code: "SignatureStructure", Got: "another place", Where: sigPath, Fix: refusal.Request}},
		{"signature left empty", func(w *world) string {
			doc := parse(w.t, w.entra.signed(w.center, ana, ""))
			sig := at(doc.Root(), "Assertion/Signature")
			for _, child := range sig.ChildElements() {
				sig.RemoveChild(child)
			}
			return write(w.t, doc.Root())
		}, refusal.Refusal{Code: "SignatureStructure", Got: "0", Where: sigPath, Fix: refusal.Request}},
		{"bad response signature beside a good assertion signature", func(w *world) string {
			response := w.entra.response(w.center, ana, "")
			w.entra.sign(at(response, "Assertion"))
			w.entra.sign(response)
			response.CreateAttr("Consent", "urn:example:changed")
			return write(w.t, response)
		}, refusal.Refusal{Code: "SignatureMismatch", Got: "other content", Where: "/Response", Fix: refusal.Request}},
		{"signed response without Destination (saml-bindings-2.0-os, 3.5.5.2)", func(w *world) string {
			response := w.entra.response(w.center, ana, "")
			response.RemoveAttr("Destination")
			w.entra.sign(at(response, "Assertion"))
			w.entra.sign(response)
			return write(w.t, response)
		}, refusal.Refusal{Code: "WrongDestination", Got: "nothing", Where: "/Response/@Destination", Fix: refusal.Entra}},
		{"encrypted assertion (troubleshooting: no encrypted assertions)", func(w *world) string {
			response := w.entra.response(w.center, ana, "")
			remove("Assertion")(response)
			wrapper := element(response, "EncryptedAssertion", "", "xmlns", "urn:oasis:names:tc:SAML:2.0:assertion")
			element(wrapper, "xenc:EncryptedData", "", "Type", "http://www.w3.org/2001/04/xmlenc#Element", "xmlns:xenc", "http://www.w3.org/2001/04/xmlenc#")
			return write(w.t, response)
		}, refusal.Refusal{Code: "EncryptedAssertion", Got: "an EncryptedAssertion", Where: "/Response/EncryptedAssertion", Fix: refusal.Entra}},
		{"encrypted assertion beside a signed one (CVE-2026-2092)", func(w *world) string {
			doc := parse(w.t, w.entra.signed(w.center, ana, ""))
			element(doc.Root(), "EncryptedAssertion", "", "xmlns", "urn:oasis:names:tc:SAML:2.0:assertion")
			return write(w.t, doc.Root())
		}, refusal.Refusal{Code: "EncryptedAssertion", Got: "an EncryptedAssertion", Where: "/Response/EncryptedAssertion", Fix: refusal.Entra}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.want.Message == "" {
				test.want.Message = unexpected
			}
			w := newWorld(t)
			w.wantRefused(w.post(test.build(w), ""), test.want)
		})
	}
}

// TestCertificateExpires: the certificate is good until its last second.
// Whether Identity Center refuses an expired one is not documented; the knob is
// Choices.AcceptExpiredCertificates.
func TestCertificateExpires(t *testing.T) {
	for _, lenient := range []bool{false, true} {
		w := newWorld(t, func(c *sp.Config) { c.Choices.AcceptExpiredCertificates = lenient })
		w.clock.Advance(start.AddDate(3, 0, 0).Sub(start))
		w.wantPortal(w.follow(w.post(w.entra.signed(w.center, ana, ""), "")), ana)
		w.freshBrowser()
		w.clock.Advance(time.Second)
		p := w.post(w.entra.signed(w.center, ana, ""), "")
		if lenient {
			w.wantPortal(w.follow(p), ana)
			continue
		}
		w.wantRefused(p, refusal.Refusal{Code: "CertificateExpired", Message: notYou, Got: "valid from 2026-01-05T09:00:00Z to 2029-01-05T09:00:00Z", Where: "/Response/Assertion/Signature", Fix: refusal.Entra})
	}
}

// TestAnyImportedCertificateIsTrusted: every imported certificate is active at
// once, which is how certificates are rotated (user guide, "Rotate a SAML 2.0
// certificate").
func TestAnyImportedCertificateIsTrusted(t *testing.T) {
	w := newWorld(t)
	next := newEntra(t, w.clock, 1)
	both := strings.Replace(w.entra.metadata(), "<SingleLogoutService", keyDescriptor(next.cert)+"<SingleLogoutService", 1)
	if err := w.center.UploadIdPMetadata([]byte(both)); err != nil {
		t.Fatal(err)
	}
	for _, signer := range []*entra{w.entra, next} {
		w.freshBrowser()
		w.wantPortal(w.follow(w.post(signedBy(signer, w), "")), ana)
	}
	if err := w.center.UploadIdPMetadata([]byte(next.metadata())); err != nil {
		t.Fatal(err)
	}
	w.wantRefused(w.post(signedBy(w.entra, w), ""), refusal.Refusal{Code: "UntrustedCertificate", Message: notYou, Got: "thumbprint", Where: "/Response/Assertion/Signature", Fix: refusal.IdentityCenter})
}

// TestChoices: what AWS does not say is strict and can be loosened, also while
// the instance runs.
func TestChoices(t *testing.T) {
	for _, test := range []struct {
		name  string
		loose sp.Choices
		build func(w *world) string
	}{
		{"SHA-1", sp.Choices{AcceptSHA1: true}, func(w *world) string {
			w.entra.algorithm = signature.SHA1
			return w.entra.signed(w.center, ana, "")
		}},
		{"only the response signed", sp.Choices{AcceptResponseSignature: true}, func(w *world) string {
			response := w.entra.response(w.center, ana, "")
			w.entra.sign(response)
			return write(w.t, response)
		}},
		{"NameID in another case", sp.Choices{IgnoreNameIDCase: true}, func(w *world) string { return w.entra.signed(w.center, "Ana@Contoso.example", "") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			if p := w.post(test.build(w), ""); p.status != http.StatusBadRequest {
				t.Errorf("strict: status %d, want 400", p.status)
			}
			w.center.Choose(func(c *sp.Choices) { *c = test.loose })
			w.wantPortal(w.follow(w.post(test.build(w), "")), ana)
		})
	}
	t.Run("a response signature does not vouch for what was put in after it", func(t *testing.T) {
		w := newWorld(t, func(c *sp.Config) { c.Choices.AcceptResponseSignature = true })
		response := w.entra.response(w.center, "mallory@contoso.example", "")
		w.entra.sign(response)
		w.wantRefused(w.post(strings.Replace(write(t, response), ">mallory@", ">ana@", 1), ""), refusal.Refusal{Code: "SignatureMismatch", Message: unexpected, Got: "other content", Where: "/Response", Fix: refusal.Request})
	})
	t.Run("nor does an assertion in it that carries no signature pass unsigned", func(t *testing.T) {
		w := newWorld(t, func(c *sp.Config) { c.Choices.AcceptResponseSignature = true })
		w.wantRefused(w.post(write(t, w.entra.response(w.center, ana, "")), ""), refusal.Refusal{Code: "AssertionNotSigned", Message: unexpected, Got: "none", Where: "/Response/Assertion", Fix: refusal.Entra})
	})
}
