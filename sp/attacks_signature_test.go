package sp_test

import (
	"encoding/base64"
	"strings"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/signature"
)

// signed is a row of an attack on a signature.
type signed struct {
	name    string
	hostile func(w *world) string
	want    refusal.Refusal
}

func attacksOf(rows []signed) []attack {
	out := make([]attack, len(rows))
	for n, row := range rows {
		out[n] = attack{name: row.name, hostile: row.hostile, want: row.want}
	}
	return out
}

// signatureAttacks are on the mechanics of signatures: the metadata asks for
// signed assertions (WantAssertionsSigned); what a signature must look like is
// saml-core-2.0-os, section 5.4, read strictly.
func signatureAttacks() []attack {
	return attacksOf([]signed{
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
		{"another key, no KeyInfo (CVE-2018-7644)", func(w *world) string {
			doc := parse(w.t, signedBy(newEntra(w.t, w.clock, 1), w))
			remove("Assertion/Signature/KeyInfo")(doc.Root())
			return write(w.t, doc.Root())
		}, refusal.Refusal{Code: "UntrustedCertificate", Message: notYou, Got: "one that none of these keys made", Where: sigPath, Fix: refusal.IdentityCenter}},
		{"another key, our certificate in KeyInfo (CVE-2018-7644)", func(w *world) string {
			doc := parse(w.t, signedBy(newEntra(w.t, w.clock, 1), w))
			setText("Assertion/Signature/KeyInfo/X509Data/X509Certificate", base64.StdEncoding.EncodeToString(w.entra.cert.Raw))(doc.Root())
			return write(w.t, doc.Root())
		}, refusal.Refusal{Code: "UntrustedCertificate", Message: notYou, Got: "one that none of these keys made", Where: sigPath, Fix: refusal.IdentityCenter}},
		{"content changed after signing (xmldsig-core 3.2.1)", func(w *world) string {
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
		{"signature left empty (CVE-2020-7711)", func(w *world) string {
			doc := parse(w.t, w.entra.signed(w.center, ana, ""))
			sig := at(doc.Root(), "Assertion/Signature")
			for _, child := range sig.ChildElements() {
				sig.RemoveChild(child)
			}
			return write(w.t, doc.Root())
		}, refusal.Refusal{Code: "SignatureStructure", Got: "0", Where: sigPath, Fix: refusal.Request}},
		{"bad response signature beside a good assertion signature (core 5.4)", func(w *world) string {
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
	})
}
