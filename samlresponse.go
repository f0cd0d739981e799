package harness

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/signature"
)

// ResponseShape says how a response was protected.
type ResponseShape struct {
	Signed    []string `json:"signed"`              // assertion, response
	Algorithm string   `json:"algorithm,omitempty"` // sha256, sha1
	Encrypted bool     `json:"encrypted"`
}

// readResponse notes what a response says. It does not judge: that is for the
// side that receives it.
func (s *Session) readResponse(xml []byte) error {
	doc, err := document.Parse(xml)
	if err != nil {
		return err
	}
	root := doc.Root()
	shape := &ResponseShape{Signed: []string{}}
	assertion := document.Child(root, saml.NSAssertion, "Assertion")
	shape.Encrypted = document.Child(root, saml.NSAssertion, "EncryptedAssertion") != nil
	if assertion != nil && signature.Has(assertion) {
		shape.Signed, shape.Algorithm = append(shape.Signed, "assertion"), algorithmOf(assertion)
	}
	if signature.Has(root) {
		shape.Signed, shape.Algorithm = append(shape.Signed, "response"), algorithmOf(root)
	}
	s.Response = shape
	if assertion == nil {
		return nil
	}
	nameID := document.Child(document.Child(assertion, saml.NSAssertion, "Subject"), saml.NSAssertion, "NameID")
	if nameID != nil {
		format := document.Attr(nameID, "Format")
		s.NameID = &NameID{Value: nameID.Text(), Format: format[strings.LastIndex(format, ":")+1:]}
	}
	s.Attributes = make(map[string][]string)
	for _, statement := range document.Children(assertion, saml.NSAssertion, "AttributeStatement") {
		for _, a := range document.Children(statement, saml.NSAssertion, "Attribute") {
			name := document.Attr(a, "Name")
			for _, v := range document.Children(a, saml.NSAssertion, "AttributeValue") {
				s.Attributes[name] = append(s.Attributes[name], v.Text())
			}
		}
	}
	return nil
}

func algorithmOf(signed *etree.Element) string {
	method := document.Child(document.Child(document.Child(signed, saml.NSSignature, "Signature"), saml.NSSignature, "SignedInfo"), saml.NSSignature, "SignatureMethod")
	uri := document.Attr(method, "Algorithm")
	if _, name, ok := strings.Cut(uri, "#rsa-"); ok {
		return name
	}
	return fmt.Sprintf("unknown (%s)", uri)
}
