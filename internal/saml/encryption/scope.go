package encryption

import (
	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml/document"
)

// detach copies e so that it means the same outside its document: with every
// namespace declaration in scope, also of prefixes that only attribute values
// use, such as xsi:type="xs:string".
func detach(e *etree.Element) *etree.Element {
	copied := e.Copy()
	inherit(copied, e.Parent())
	// Where the plaintext comes back to, the default namespace is that of
	// EncryptedAssertion; elements that are in none must not fall into it
	// (XML Encryption 1.1, "Serializing XML").
	unnamed := !document.Walk(copied, func(at *etree.Element) bool { return at.Space != "" || at.NamespaceURI() != "" })
	if unnamed && document.Attr(copied, "xmlns") == "" {
		copied.CreateAttr("xmlns", "")
	}
	return copied
}

// inherit adds to e the namespace declarations of parent and its ancestors that
// e does not make itself. Exclusive canonicalisation writes only declarations
// that are used, so a signature over e stays valid.
func inherit(e, parent *etree.Element) {
	declared := make(map[string]bool)
	for _, attr := range e.Attr {
		if isDeclaration(attr) {
			declared[attr.FullKey()] = true
		}
	}
	for ; parent != nil; parent = parent.Parent() {
		for _, attr := range parent.Attr {
			if isDeclaration(attr) && !declared[attr.FullKey()] {
				declared[attr.FullKey()] = true
				e.CreateAttr(attr.FullKey(), attr.Value)
			}
		}
	}
}

func isDeclaration(attr etree.Attr) bool {
	return attr.Space == "xmlns" || attr.Space == "" && attr.Key == "xmlns"
}
