package sp_test

import (
	"testing"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/sp"
)

// TestRefusesSignatureWrapping: Somorovsky et al., "On Breaking SAML: Be Whoever
// You Want to Be" (USENIX Security 2012); XSW1 to XSW8 are built as in the
// SAMLRaider's XSWHelpers. The attacker owns a response signed for Mallory and
// wants to be Ana. Every wrapped document still holds the bytes that were
// signed, so that only its structure tells.
func TestRefusesSignatureWrapping(t *testing.T) {
	for _, test := range []struct {
		name         string
		signResponse bool // XSW1 and 2 wrap a signed response, the others a signed assertion
		wrap         func(response, assertion *etree.Element)
		code         string
	}{
		{"XSW1: evil response, the original inside its signature", true, func(response, _ *etree.Element) {
			original := response.Copy()
			original.RemoveChild(at(original, "Signature"))
			makeEvil(response, "_evil_response_ID")
			at(response, "Signature").AddChild(original)
		}, "DuplicateID"},
		{"XSW1 with a new ID for the evil assertion too", true, func(response, assertion *etree.Element) {
			original := response.Copy()
			original.RemoveChild(at(original, "Signature"))
			makeEvil(response, "_evil_response_ID")
			makeEvil(assertion, "_evil_assertion_ID")
			at(response, "Signature").AddChild(original)
		}, "AssertionCount"},
		{"XSW2: evil response, the original before its signature", true, func(response, _ *etree.Element) {
			original := response.Copy()
			original.RemoveChild(at(original, "Signature"))
			makeEvil(response, "_evil_response_ID")
			response.InsertChildAt(at(response, "Signature").Index(), original)
		}, "DuplicateID"},
		{"XSW2 with a new ID for the evil assertion too", true, func(response, assertion *etree.Element) {
			original := response.Copy()
			original.RemoveChild(at(original, "Signature"))
			makeEvil(response, "_evil_response_ID")
			makeEvil(assertion, "_evil_assertion_ID")
			response.InsertChildAt(at(response, "Signature").Index(), original)
		}, "AssertionCount"},
		{"XSW3: evil assertion before the original (CVE-2026-25922)", false, func(response, assertion *etree.Element) {
			response.InsertChildAt(assertion.Index(), evilCopy(assertion, "_evil_assertion_ID", false))
		}, "AssertionCount"},
		{"XSW4: evil assertion around the original", false, func(response, assertion *etree.Element) {
			evil := evilCopy(assertion, "_evil_assertion_ID", false)
			response.AddChild(evil)
			evil.AddChild(assertion)
		}, "AssertionCount"},
		{"XSW5: the original evil, its pristine copy at the end", false, func(response, assertion *etree.Element) {
			pristine := pristineCopy(assertion)
			makeEvil(assertion, "_evil_assertion_ID")
			response.AddChild(pristine)
		}, "AssertionCount"},
		{"XSW6: the original evil, its pristine copy in the signature", false, func(_, assertion *etree.Element) {
			pristine := pristineCopy(assertion)
			makeEvil(assertion, "_evil_assertion_ID")
			at(assertion, "Signature").AddChild(pristine)
		}, "AssertionCount"},
		{"XSW7: evil copy of the same ID in Extensions", false, func(response, assertion *etree.Element) {
			extensions := etree.NewElement("Extensions")
			response.InsertChildAt(assertion.Index(), extensions)
			extensions.AddChild(evilCopy(assertion, assertion.SelectAttrValue("ID", ""), true))
		}, "DuplicateID"},
		{"XSW8: the original evil, its pristine copy in an Object of the signature", false, func(_, assertion *etree.Element) {
			pristine := pristineCopy(assertion)
			makeEvil(assertion, "_evil_assertion_ID")
			at(assertion, "Signature").CreateElement("Object").AddChild(pristine)
		}, "AssertionCount"},

		{"evil assertion after the original (CVE-2021-28091, CVE-2022-41912)", false, func(response, assertion *etree.Element) {
			response.AddChild(evilCopy(assertion, "_evil_assertion_ID", false))
		}, "AssertionCount"},
		{"evil assertion of the same ID", false, func(response, assertion *etree.Element) {
			response.AddChild(evilCopy(assertion, assertion.SelectAttrValue("ID", ""), false))
		}, "DuplicateID"},
		{"the original in the Advice of an evil one", false, func(response, assertion *etree.Element) {
			evil := evilCopy(assertion, "_evil_assertion_ID", false)
			response.AddChild(evil)
			evil.CreateElement("Advice").AddChild(assertion)
		}, "AssertionCount"},
		{"only assertion hidden in Extensions", false, func(response, assertion *etree.Element) {
			response.CreateElement("samlp:Extensions").AddChild(assertion)
		}, "AssertionPlace"},
		{"evil assertion in no namespace (parser confusion)", false, func(response, assertion *etree.Element) {
			evil := evilCopy(assertion, "_evil_assertion_ID", false)
			evil.RemoveAttr("xmlns")
			response.AddChild(evil)
		}, "AssertionCount"},
		{"only assertion in the namespace of SAML 1", false, func(_, assertion *etree.Element) {
			assertion.CreateAttr("xmlns", "urn:oasis:names:tc:SAML:1.0:assertion")
		}, "AssertionPlace"},
		{"second ID in a namespace (attribute pollution)", false, func(_, assertion *etree.Element) {
			assertion.CreateAttr("samlp:ID", assertion.SelectAttrValue("ID", ""))
			assertion.CreateAttr("ID", "_evil_assertion_ID")
		}, "DuplicateID"},
		{"signature moved to the response", false, func(response, assertion *etree.Element) {
			response.InsertChildAt(1, at(assertion, "Signature"))
			makeEvil(assertion, assertion.SelectAttrValue("ID", ""))
		}, "SignatureStructure"},
		{"signature moved into the subject", false, func(_, assertion *etree.Element) {
			at(assertion, "Subject").AddChild(at(assertion, "Signature"))
		}, "SignatureStructure"},
		{"second digest for a reader that searches everywhere (CVE-2024-45409)", false, func(response, assertion *etree.Element) {
			at(response, "Status").CreateElement("samlp:StatusDetail").AddChild(at(assertion, "Signature").Copy())
		}, "SignatureStructure"},
		{"evil assertion in the KeyInfo of a signed response (CVE-2024-9487)", true, func(response, assertion *etree.Element) {
			at(response, "Signature/KeyInfo").AddChild(evilCopy(assertion, "_evil_assertion_ID", false))
		}, "AssertionCount"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, func(c *sp.Config) { c.Choices.AcceptResponseSignature = test.signResponse })
			w.addUser("mallory@contoso.example")
			response := w.entra.response(w.center, "mallory@contoso.example", "")
			if test.signResponse {
				w.entra.sign(response)
			} else {
				w.entra.sign(at(response, "Assertion"))
			}
			original := write(t, response)
			doc := parse(t, original)
			test.wrap(doc.Root(), at(doc.Root(), "Assertion"))
			w.wantRefused(w.post(write(t, doc.Root()), ""), refusal.Refusal{Code: test.code, Message: unexpected, Where: "/Response", Fix: fixOf(test.code)})
			// The wrapping is all that was wrong.
			w.wantPortal(w.follow(w.post(original, "")), "mallory@contoso.example")
		})
	}
}

func fixOf(code string) refusal.Side {
	if code == "DuplicateID" || code == "SignatureStructure" {
		return refusal.Request
	}
	return refusal.Entra
}

// makeEvil gives a signed element another ID and makes it Ana's.
func makeEvil(e *etree.Element, id string) {
	e.CreateAttr("ID", id)
	document.Walk(e, func(e *etree.Element) bool {
		if e.Tag == "NameID" {
			e.SetText(ana)
		}
		return true
	})
}

func evilCopy(assertion *etree.Element, id string, keepSignature bool) *etree.Element {
	evil := assertion.Copy()
	if sig := evil.FindElement("./Signature"); sig != nil && !keepSignature {
		evil.RemoveChild(sig)
	}
	makeEvil(evil, id)
	return evil
}

func pristineCopy(assertion *etree.Element) *etree.Element {
	pristine := assertion.Copy()
	pristine.RemoveChild(at(pristine, "Signature"))
	return pristine
}
