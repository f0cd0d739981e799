package inspect

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/encryption"
)

// examination carries one message through the steps.
type examination struct {
	Options
	m    *Message
	from found
	code *decoded
	root *etree.Element // as it came

	// shown is what the summary is read from: root, or what was signed of it.
	shown *etree.Element
	parts []*part
}

// part is one assertion of a response.
type part struct {
	raw       *etree.Element // as it came, or as it was decrypted; nil if it was not
	encrypted *etree.Element
	shown     *etree.Element
	where     string
	trusted   bool
	problem   error // why it could not be decrypted
}

// read decodes and examines one message.
func read(f found, o Options) (*Message, error) {
	d, err := decode(f)
	if err != nil {
		return nil, err
	}
	doc, err := document.Parse(d.xml)
	if err != nil {
		return nil, xmlFault(err, d.steps)
	}
	root := doc.Root()
	if err := isSAML(root); err != nil {
		return nil, err
	}
	m := &Message{
		Source: f.source, Parameter: f.parameter, Encoding: slices.Concat([]string{}, d.steps), RelayState: f.relayState, Kind: root.Tag,
		Signatures: []Signature{}, Checks: []Check{}, Warnings: []Warning{},
	}
	x := &examination{Options: o, m: m, from: f, code: d, root: root, shown: root}
	x.collectParts()
	x.verifySignatures()
	x.summarize()
	x.check()
	x.warn()
	m.XML, m.shortXML = render(root, renderXML{}), render(root, renderXML{Short: true})
	return m, nil
}

func xmlFault(err error, steps []string) error {
	e := &Error{Stage: "XML", Message: err.Error()}
	var fault *document.Error
	if errors.As(err, &fault) {
		e.Where, e.Message = fmt.Sprintf("line %d, column %d", fault.Line, fault.Column), fault.Message
	}
	switch {
	case strings.Contains(e.Message, "unexpected EOF"):
		e.Hint = "the message is cut off; logs and terminals clip long lines"
	case strings.Contains(e.Message, "document type"):
		e.Hint = "no SAML message has one; it is how entities are smuggled in (XXE), so nothing of the message is read"
	}
	if len(steps) > 0 {
		e.Stage = "XML (after " + strings.Join(steps, ", ") + ")"
	}
	return e
}

// isSAML says why an element is no SAML message.
func isSAML(root *etree.Element) error {
	switch ns := root.NamespaceURI(); ns {
	case saml.NSProtocol:
		return nil
	case saml.NSAssertion:
		if root.Tag == "Assertion" || root.Tag == "EncryptedAssertion" {
			return nil
		}
	case saml.NSMetadata:
		if root.Tag == "EntityDescriptor" || root.Tag == "EntitiesDescriptor" {
			return nil
		}
	case "http://schemas.xmlsoap.org/soap/envelope/":
		return &Error{Message: "this is a SOAP envelope", Hint: "give the message in its Body alone, with the namespaces that it uses"}
	case "urn:oasis:names:tc:SAML:1.0:protocol", "urn:oasis:names:tc:SAML:1.0:assertion":
		return &Error{Message: fmt.Sprintf("this is SAML 1.1 (%s), and only SAML 2.0 is read", root.Tag)}
	case "http://docs.oasis-open.org/ws-sx/ws-trust/200512", "http://schemas.xmlsoap.org/ws/2005/02/trust":
		return &Error{Message: "this is WS-Federation (" + root.Tag + "), and only SAML 2.0 protocol messages are read"}
	}
	return &Error{Message: fmt.Sprintf("XML, but no SAML 2.0 message: the root element is %s in namespace %q", root.Tag, clip(root.NamespaceURI(), 100))}
}

// collectParts finds the assertions where they belong, and decrypts them.
func (x *examination) collectParts() {
	add := func(e *etree.Element) {
		p := &part{where: document.Path(e)}
		if e.Tag == "EncryptedAssertion" {
			p.encrypted = e
			if x.Key != nil {
				plain, err := encryption.Decrypt(e, x.Key)
				if err == nil && !document.Is(plain, saml.NSAssertion, "Assertion") {
					err = fmt.Errorf("what was encrypted is no Assertion but %s", plain.Tag)
				}
				if p.problem = err; err == nil {
					p.raw, p.shown = plain, plain
				}
			}
		} else {
			p.raw, p.shown = e, e
		}
		x.parts = append(x.parts, p)
	}
	if x.root.NamespaceURI() == saml.NSAssertion {
		add(x.root)
		return
	}
	if x.root.Tag != "Response" {
		return // checkStructure says so if there is one
	}
	for _, e := range x.root.ChildElements() {
		if document.Is(e, saml.NSAssertion, "Assertion") || document.Is(e, saml.NSAssertion, "EncryptedAssertion") {
			add(e)
		}
	}
}

func child(e *etree.Element, ns, name string) *etree.Element { return document.Child(e, ns, name) }

// textOf is the text of an element as it is signed, that is without comments.
func textOf(e *etree.Element) string {
	if e == nil {
		return ""
	}
	var b strings.Builder
	for _, token := range e.Child {
		switch token := token.(type) {
		case *etree.CharData:
			b.WriteString(token.Data)
		case *etree.Element:
			b.WriteString(textOf(token))
		}
	}
	return b.String()
}

func trimmed(e *etree.Element) string { return strings.TrimSpace(textOf(e)) }

// summarize fills in what the message says.
func (x *examination) summarize() {
	m, e := x.m, x.shown
	m.ID, m.IssueInstant = document.Attr(e, "ID"), document.Attr(e, "IssueInstant")
	m.Destination, m.InResponseTo = document.Attr(e, "Destination"), document.Attr(e, "InResponseTo")
	m.Issuer = trimmed(child(e, saml.NSAssertion, "Issuer"))
	if status := child(e, saml.NSProtocol, "Status"); status != nil {
		m.Status = &Status{Codes: []string{}, Message: trimmed(child(status, saml.NSProtocol, "StatusMessage"))}
		for code := child(status, saml.NSProtocol, "StatusCode"); code != nil; code = child(code, saml.NSProtocol, "StatusCode") {
			m.Status.Codes = append(m.Status.Codes, document.Attr(code, "Value"))
		}
	}
	switch {
	case document.Is(e, saml.NSProtocol, "AuthnRequest"):
		m.Request = readRequest(e)
	case document.Is(e, saml.NSProtocol, "LogoutRequest"):
		m.Logout = readLogout(e)
	case e.NamespaceURI() == saml.NSMetadata:
		x.readEntities(e)
	}
	for _, p := range x.parts {
		if p.shown == nil {
			m.Encrypted++
			continue
		}
		s := readAssertion(p.shown)
		s.Trusted, s.Decrypted, s.where = p.trusted, p.encrypted != nil, p.where
		m.Assertions = append(m.Assertions, s)
	}
}

func isTrue(text string) bool { return text == "true" || text == "1" }

func readRequest(e *etree.Element) *Request {
	r := &Request{
		ACS: document.Attr(e, "AssertionConsumerServiceURL"), ACSIndex: document.Attr(e, "AssertionConsumerServiceIndex"),
		ProtocolBinding: document.Attr(e, "ProtocolBinding"), ForceAuthn: isTrue(document.Attr(e, "ForceAuthn")), IsPassive: isTrue(document.Attr(e, "IsPassive")),
		NameIDFormat: document.Attr(child(e, saml.NSProtocol, "NameIDPolicy"), "Format"),
	}
	for _, c := range document.Children(child(e, saml.NSProtocol, "RequestedAuthnContext"), saml.NSAssertion, "AuthnContextClassRef") {
		r.Contexts = append(r.Contexts, trimmed(c))
	}
	return r
}

func readLogout(e *etree.Element) *Logout {
	l := &Logout{NameID: readNameID(e), NotOnOrAfter: document.Attr(e, "NotOnOrAfter"), Reason: document.Attr(e, "Reason")}
	for _, s := range document.Children(e, saml.NSProtocol, "SessionIndex") {
		l.SessionIndexes = append(l.SessionIndexes, trimmed(s))
	}
	return l
}

func readNameID(parent *etree.Element) NameID {
	e := child(parent, saml.NSAssertion, "NameID")
	return NameID{Value: textOf(e), Format: document.Attr(e, "Format")}
}

func readAssertion(e *etree.Element) *Subject {
	s := &Subject{
		ID: document.Attr(e, "ID"), IssueInstant: document.Attr(e, "IssueInstant"), Issuer: trimmed(child(e, saml.NSAssertion, "Issuer")),
		Confirmations: []Confirmation{}, Audiences: [][]string{}, Attributes: []Attribute{},
	}
	subject := child(e, saml.NSAssertion, "Subject")
	s.NameID = readNameID(subject)
	for _, c := range document.Children(subject, saml.NSAssertion, "SubjectConfirmation") {
		data := child(c, saml.NSAssertion, "SubjectConfirmationData")
		s.Confirmations = append(s.Confirmations, Confirmation{
			Method: document.Attr(c, "Method"), Recipient: document.Attr(data, "Recipient"), InResponseTo: document.Attr(data, "InResponseTo"),
			NotBefore: document.Attr(data, "NotBefore"), NotOnOrAfter: document.Attr(data, "NotOnOrAfter"),
		})
	}
	conditions := child(e, saml.NSAssertion, "Conditions")
	s.NotBefore, s.NotOnOrAfter = document.Attr(conditions, "NotBefore"), document.Attr(conditions, "NotOnOrAfter")
	for _, r := range document.Children(conditions, saml.NSAssertion, "AudienceRestriction") {
		audiences := []string{}
		for _, a := range document.Children(r, saml.NSAssertion, "Audience") {
			audiences = append(audiences, trimmed(a))
		}
		s.Audiences = append(s.Audiences, audiences)
	}
	if authn := child(e, saml.NSAssertion, "AuthnStatement"); authn != nil {
		s.AuthnInstant, s.SessionIndex, s.SessionEnd = document.Attr(authn, "AuthnInstant"), document.Attr(authn, "SessionIndex"), document.Attr(authn, "SessionNotOnOrAfter")
		s.AuthnContext = trimmed(child(child(authn, saml.NSAssertion, "AuthnContext"), saml.NSAssertion, "AuthnContextClassRef"))
	}
	for _, statement := range document.Children(e, saml.NSAssertion, "AttributeStatement") {
		for _, a := range document.Children(statement, saml.NSAssertion, "Attribute") {
			attribute := Attribute{Name: document.Attr(a, "Name"), NameFormat: document.Attr(a, "NameFormat"), Values: []string{}}
			for _, v := range document.Children(a, saml.NSAssertion, "AttributeValue") {
				attribute.Values = append(attribute.Values, textOf(v))
			}
			s.Attributes = append(s.Attributes, attribute)
		}
	}
	return s
}

// readEntities reads metadata, of one entity or of several.
func (x *examination) readEntities(root *etree.Element) {
	document.Walk(root, func(e *etree.Element) bool {
		if !document.Is(e, saml.NSMetadata, "EntityDescriptor") {
			return true
		}
		entity := Entity{ID: document.Attr(e, "entityID"), Roles: []string{}, Endpoints: []Endpoint{}, Certificates: []Certificate{}}
		for _, role := range e.ChildElements() {
			if !strings.HasSuffix(role.Tag, "Descriptor") {
				continue
			}
			entity.Roles = append(entity.Roles, role.Tag)
			for _, point := range role.ChildElements() {
				if location := document.Attr(point, "Location"); location != "" {
					entity.Endpoints = append(entity.Endpoints, Endpoint{Kind: point.Tag, Binding: document.Attr(point, "Binding"), Location: location})
				}
			}
			for _, key := range document.Children(role, saml.NSMetadata, "KeyDescriptor") {
				for _, cert := range certificatesIn(key) {
					c := x.describe(cert)
					c.Use = document.Attr(key, "use")
					if !slices.Contains(entity.Certificates, c) {
						entity.Certificates = append(entity.Certificates, c)
					}
				}
			}
		}
		x.m.Entities = append(x.m.Entities, entity)
		return true
	})
}
