package sp_test

import (
	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/sp"
)

// wrappingAttacks: Somorovsky et al., "On Breaking SAML: Be Whoever
// You Want to Be" (USENIX Security 2012); XSW1 to XSW8 are built as in the
// SAMLRaider's XSWHelpers. The attacker owns a response signed for Mallory and
// wants to be Ana. Every wrapped document still holds the bytes that were
// signed, so that only its structure tells.
func wrappingAttacks() []attack {
	var out []attack
	for _, row := range []struct {
		name         string
		signResponse bool // XSW1 and 2 wrap a signed response, the others a signed assertion
		wrap         func(response, assertion *etree.Element)
		code         string
	}{
		{"XSW1: evil response, the original inside its signature (SAMLRaider)", true, func(response, _ *etree.Element) {
			original := response.Copy()
			original.RemoveChild(at(original, "Signature"))
			makeEvil(response, "_evil_response_ID")
			at(response, "Signature").AddChild(original)
		}, "DuplicateID"},
		{"XSW1 with a new ID for the evil assertion too (SAMLRaider)", true, func(response, assertion *etree.Element) {
			original := response.Copy()
			original.RemoveChild(at(original, "Signature"))
			makeEvil(response, "_evil_response_ID")
			makeEvil(assertion, "_evil_assertion_ID")
			at(response, "Signature").AddChild(original)
		}, "AssertionCount"},
		{"XSW2: evil response, the original before its signature (SAMLRaider)", true, func(response, _ *etree.Element) {
			original := response.Copy()
			original.RemoveChild(at(original, "Signature"))
			makeEvil(response, "_evil_response_ID")
			response.InsertChildAt(at(response, "Signature").Index(), original)
		}, "DuplicateID"},
		{"XSW2 with a new ID for the evil assertion too (SAMLRaider)", true, func(response, assertion *etree.Element) {
			original := response.Copy()
			original.RemoveChild(at(original, "Signature"))
			makeEvil(response, "_evil_response_ID")
			makeEvil(assertion, "_evil_assertion_ID")
			response.InsertChildAt(at(response, "Signature").Index(), original)
		}, "AssertionCount"},
		{"XSW3: evil assertion before the original (CVE-2026-25922)", false, func(response, assertion *etree.Element) {
			response.InsertChildAt(assertion.Index(), evilCopy(assertion, "_evil_assertion_ID", false))
		}, "AssertionCount"},
		{"XSW4: evil assertion around the original (SAMLRaider)", false, func(response, assertion *etree.Element) {
			evil := evilCopy(assertion, "_evil_assertion_ID", false)
			response.AddChild(evil)
			evil.AddChild(assertion)
		}, "AssertionCount"},
		{"XSW5: the original evil, its pristine copy at the end (SAMLRaider)", false, func(response, assertion *etree.Element) {
			pristine := pristineCopy(assertion)
			makeEvil(assertion, "_evil_assertion_ID")
			response.AddChild(pristine)
		}, "AssertionCount"},
		{"XSW6: the original evil, its pristine copy in the signature (SAMLRaider)", false, func(_, assertion *etree.Element) {
			pristine := pristineCopy(assertion)
			makeEvil(assertion, "_evil_assertion_ID")
			at(assertion, "Signature").AddChild(pristine)
		}, "AssertionCount"},
		{"XSW7: evil copy of the same ID in Extensions (SAMLRaider)", false, func(response, assertion *etree.Element) {
			extensions := etree.NewElement("Extensions")
			response.InsertChildAt(assertion.Index(), extensions)
			extensions.AddChild(evilCopy(assertion, assertion.SelectAttrValue("ID", ""), true))
		}, "DuplicateID"},
		{"XSW8: the original evil, its pristine copy in an Object of the signature (SAMLRaider)", false, func(_, assertion *etree.Element) {
			pristine := pristineCopy(assertion)
			makeEvil(assertion, "_evil_assertion_ID")
			at(assertion, "Signature").CreateElement("Object").AddChild(pristine)
		}, "AssertionCount"},

		{"evil assertion after the original (CVE-2021-28091, CVE-2022-41912)", false, func(response, assertion *etree.Element) {
			response.AddChild(evilCopy(assertion, "_evil_assertion_ID", false))
		}, "AssertionCount"},
		{"evil assertion of the same ID (On Breaking SAML)", false, func(response, assertion *etree.Element) {
			response.AddChild(evilCopy(assertion, assertion.SelectAttrValue("ID", ""), false))
		}, "DuplicateID"},
		{"the original in the Advice of an evil one (On Breaking SAML)", false, func(response, assertion *etree.Element) {
			evil := evilCopy(assertion, "_evil_assertion_ID", false)
			response.AddChild(evil)
			evil.CreateElement("Advice").AddChild(assertion)
		}, "AssertionCount"},
		{"only assertion hidden in Extensions (On Breaking SAML)", false, func(response, assertion *etree.Element) {
			response.CreateElement("samlp:Extensions").AddChild(assertion)
		}, "AssertionPlace"},
		{"evil assertion in no namespace (parser confusion)", false, func(response, assertion *etree.Element) {
			evil := evilCopy(assertion, "_evil_assertion_ID", false)
			evil.RemoveAttr("xmlns")
			response.AddChild(evil)
		}, "AssertionCount"},
		{"only assertion in the namespace of SAML 1 (On Breaking SAML)", false, func(_, assertion *etree.Element) {
			assertion.CreateAttr("xmlns", "urn:oasis:names:tc:SAML:1.0:assertion")
		}, "AssertionPlace"},
		{"second ID in a namespace (attribute pollution)", false, func(_, assertion *etree.Element) {
			assertion.CreateAttr("samlp:ID", assertion.SelectAttrValue("ID", ""))
			assertion.CreateAttr("ID", "_evil_assertion_ID")
		}, "DuplicateID"},
		{"signature moved to the response (On Breaking SAML)", false, func(response, assertion *etree.Element) {
			response.InsertChildAt(1, at(assertion, "Signature"))
			makeEvil(assertion, assertion.SelectAttrValue("ID", ""))
		}, "SignatureStructure"},
		{"signature moved into the subject (On Breaking SAML)", false, func(_, assertion *etree.Element) {
			at(assertion, "Subject").AddChild(at(assertion, "Signature"))
		}, "SignatureStructure"},
		{"second digest for a reader that searches everywhere (CVE-2024-45409)", false, func(response, assertion *etree.Element) {
			at(response, "Status").CreateElement("samlp:StatusDetail").AddChild(at(assertion, "Signature").Copy())
		}, "SignatureStructure"},
		{"XSW9: two SignedInfo and a wrapper (CVE-2019-3465)", false, func(_, assertion *etree.Element) {
			sig := at(assertion, "Signature")
			forged := at(sig, "SignedInfo").Copy()
			at(forged, "Reference").CreateAttr("URI", "#_evil_assertion_ID")
			makeEvil(assertion, "_evil_assertion_ID")
			sig.InsertChildAt(0, forged)
		}, "SignatureStructure"},
		{"evil assertion of the same ID, first (crewjam/saml 0.4.8)", false, func(response, assertion *etree.Element) {
			response.InsertChildAt(assertion.Index(), evilCopy(assertion, assertion.SelectAttrValue("ID", ""), false))
		}, "DuplicateID"},
		{"original hidden in Extensions, its signature copied to an evil one (OneUptime issue 2949)", false, func(response, assertion *etree.Element) {
			pristine := pristineCopy(assertion)
			makeEvil(assertion, assertion.SelectAttrValue("ID", ""))
			extensions := etree.NewElement("samlp:Extensions")
			response.InsertChildAt(1, extensions)
			extensions.AddChild(pristine)
		}, "DuplicateID"},
		{"evil assertion in an Object of a signed response's signature (CVE-2025-23369)", true, func(response, assertion *etree.Element) {
			at(response, "Signature").CreateElement("Object").AddChild(evilCopy(assertion, "_evil_assertion_ID", false))
		}, "AssertionCount"},
		{"evil assertion in the StatusDetail (On Breaking SAML)", false, func(response, assertion *etree.Element) {
			at(response, "Status").CreateElement("samlp:StatusDetail").AddChild(evilCopy(assertion, "_evil_assertion_ID", false))
		}, "AssertionCount"},
		{"a signed response inside an evil one (CVE-2024-9487)", true, func(response, assertion *etree.Element) {
			original := response.Copy()
			makeEvil(response, "_evil_response_ID")
			makeEvil(assertion, "_evil_assertion_ID")
			response.RemoveChild(at(response, "Signature"))
			response.CreateElement("samlp:Extensions").AddChild(original)
		}, "AssertionCount"},
		{"a signed error response inside an evil one (OneUptime issue 2981)", true, func(response, assertion *etree.Element) {
			errored := response.Copy() // signed, were there not the assertion
			errored.RemoveChild(at(errored, "Assertion"))
			makeEvil(response, "_evil_response_ID")
			makeEvil(assertion, "_evil_assertion_ID")
			response.RemoveChild(at(response, "Signature"))
			response.CreateElement("samlp:Extensions").AddChild(errored)
		}, "SignatureStructure"},
		{"signed metadata beside an evil assertion (CVE-2024-6800)", false, func(response, assertion *etree.Element) {
			metadata := etree.NewElement("EntityDescriptor")
			metadata.CreateAttr("xmlns", "urn:oasis:names:tc:SAML:2.0:metadata")
			metadata.CreateAttr("ID", assertion.SelectAttrValue("ID", ""))
			metadata.AddChild(at(assertion, "Signature"))
			makeEvil(assertion, "_evil_assertion_ID")
			response.CreateElement("samlp:Extensions").AddChild(metadata)
		}, "SignatureStructure"},
		{"encrypted assertion before the signed one (CVE-2026-2092, CVE-2016-5697)", false, func(response, assertion *etree.Element) {
			encrypted := etree.NewElement("EncryptedAssertion")
			encrypted.CreateAttr("xmlns", "urn:oasis:names:tc:SAML:2.0:assertion")
			response.InsertChildAt(assertion.Index(), encrypted)
		}, "EncryptedAssertion"},
		{"id in lower case repeats the ID (The Fragile Lock)", false, func(response, assertion *etree.Element) {
			at(response, "Status").CreateAttr("id", assertion.SelectAttrValue("ID", ""))
		}, "DuplicateID"},
		{"xml:id repeats the ID (xml:id 1.0)", false, func(response, assertion *etree.Element) {
			at(response, "Status").CreateAttr("xml:id", assertion.SelectAttrValue("ID", ""))
		}, "DuplicateID"},
		{"evil assertion in the KeyInfo of a signed response (CVE-2024-9487)", true, func(response, assertion *etree.Element) {
			at(response, "Signature/KeyInfo").AddChild(evilCopy(assertion, "_evil_assertion_ID", false))
		}, "AssertionCount"},
	} {
		var original string
		out = append(out, attack{
			name: row.name, choices: sp.Choices{AcceptResponseSignature: row.signResponse},
			hostile: func(w *world) string {
				response := w.entra.response(w.center, mallory, "")
				if row.signResponse {
					w.entra.sign(response)
				} else {
					w.entra.sign(at(response, "Assertion"))
				}
				original = write(w.t, response)
				doc := parse(w.t, original)
				row.wrap(doc.Root(), at(doc.Root(), "Assertion"))
				return write(w.t, doc.Root())
			},
			genuine: func(*world) string { return original },
			want:    refusal.Refusal{Code: row.code, Where: "/Response", Fix: fixOf(row.code)},
		})
	}
	return out
}

func fixOf(code string) refusal.Side {
	if code == "DuplicateID" || code == "SignatureStructure" {
		return refusal.Request
	}
	return refusal.Entra
}

// respond takes responses that are signed as a whole.
var respond = sp.Choices{AcceptResponseSignature: true}

// signedResponse is Mallory's response, signed as a whole and then changed.
func signedResponse(change func(response *etree.Element)) func(*world) string {
	return func(w *world) string {
		response := w.entra.response(w.center, mallory, "")
		w.entra.sign(response)
		doc := parse(w.t, write(w.t, response))
		change(doc.Root())
		return write(w.t, doc.Root())
	}
}
