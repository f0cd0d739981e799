package sp_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/signature"
	"github.com/idharness/harness/sp"
)

const (
	entraIssuer = "https://sts.windows.net/671c7de7-3c72-4d3d-8359-e804938c34e2/"
	entraSSO    = "http://localhost:8400/671c7de7-3c72-4d3d-8359-e804938c34e2/saml2"
)

// entra is an identity provider whose messages have the shape of Entra's.
type entra struct {
	t         testing.TB
	clock     *clock.Clock
	ids       *ids.Source
	key       *rsa.PrivateKey
	cert      *x509.Certificate
	algorithm signature.Algorithm
}

// newEntra makes an identity provider with the n-th key of the process. Its
// certificate is valid for three years.
func newEntra(t testing.TB, c *clock.Clock, n int) *entra {
	t.Helper()
	key, err := keys.Process.Get(n)
	if err != nil {
		t.Fatal(err)
	}
	source := ids.New(uint64(100 + n))
	cert, err := keys.SelfSigned(key, "Microsoft Azure Federated SSO Certificate", c.Now(), c.Now().AddDate(3, 0, 0), source)
	if err != nil {
		t.Fatal(err)
	}
	return &entra{t: t, clock: c, ids: source, key: key, cert: cert, algorithm: signature.SHA256}
}

// metadata is federation metadata with the parts that a service provider reads.
func (e *entra) metadata() string {
	return `<?xml version="1.0" encoding="utf-8"?><EntityDescriptor ID="_` + e.ids.UUID() + `" entityID="` + entraIssuer + `" xmlns="urn:oasis:names:tc:SAML:2.0:metadata">` +
		`<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` + keyDescriptor(e.cert) +
		`<SingleLogoutService Binding="` + saml.BindingRedirect + `" Location="` + entraSSO + `" />` +
		`<SingleSignOnService Binding="` + saml.BindingRedirect + `" Location="` + entraSSO + `" />` +
		`<SingleSignOnService Binding="` + saml.BindingPOST + `" Location="` + entraSSO + `" />` +
		`</IDPSSODescriptor></EntityDescriptor>`
}

func keyDescriptor(cert *x509.Certificate) string {
	return `<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` +
		base64.StdEncoding.EncodeToString(cert.Raw) + `</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`
}

// response builds an unsigned response to a request, or to none.
func (e *entra) response(center *sp.Instance, nameID, requestID string) *etree.Element {
	now := e.clock.Now()
	doc := etree.NewDocument()
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	response := element(&doc.Element, "samlp:Response", "",
		"ID", "_"+e.ids.UUID(), "Version", "2.0", "IssueInstant", saml.FormatTime(now), "Destination", center.ACSURL(), "InResponseTo", requestID, "xmlns:samlp", saml.NSProtocol)
	element(response, "Issuer", entraIssuer, "xmlns", saml.NSAssertion)
	element(element(response, "samlp:Status", ""), "samlp:StatusCode", "", "Value", saml.StatusSuccess)
	id := "_" + e.ids.UUID()
	assertion := element(response, "Assertion", "", "ID", id, "IssueInstant", saml.FormatTime(now), "Version", "2.0", "xmlns", saml.NSAssertion)
	element(assertion, "Issuer", entraIssuer)
	subject := element(assertion, "Subject", "")
	element(subject, "NameID", nameID, "Format", saml.NameIDEmailAddress)
	element(element(subject, "SubjectConfirmation", "", "Method", saml.ConfirmationBearer), "SubjectConfirmationData", "",
		"InResponseTo", requestID, "NotOnOrAfter", saml.FormatTime(now.Add(time.Hour)), "Recipient", center.ACSURL())
	conditions := element(assertion, "Conditions", "", "NotBefore", saml.FormatTime(now.Add(-5*time.Minute)), "NotOnOrAfter", saml.FormatTime(now.Add(time.Hour)))
	element(element(conditions, "AudienceRestriction", ""), "Audience", center.EntityID())
	attributes := element(assertion, "AttributeStatement", "")
	addAttribute(attributes, "http://schemas.microsoft.com/identity/claims/tenantid", "671c7de7-3c72-4d3d-8359-e804938c34e2")
	addAttribute(attributes, "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", nameID)
	statement := element(assertion, "AuthnStatement", "", "AuthnInstant", saml.FormatTime(now), "SessionIndex", id)
	element(element(statement, "AuthnContext", ""), "AuthnContextClassRef", saml.ACPassword)
	return response
}

// signed builds a response, applies edits to it and signs the assertion.
func (e *entra) signed(center *sp.Instance, nameID, requestID string, edits ...func(*etree.Element)) string {
	e.t.Helper()
	response := e.response(center, nameID, requestID)
	for _, edit := range edits {
		edit(response)
	}
	e.sign(at(response, "Assertion"))
	return write(e.t, response)
}

// sign puts a signature into a Response or Assertion.
func (e *entra) sign(target *etree.Element) {
	e.t.Helper()
	if err := signature.Sign(target, signature.AfterIssuer(target), e.key, e.cert, e.algorithm); err != nil {
		e.t.Fatal(err)
	}
}

// element adds a child with text and attributes; an attribute without a value
// is left out.
func element(parent *etree.Element, name, text string, attributes ...string) *etree.Element {
	child := parent.CreateElement(name)
	for i := 0; i < len(attributes); i += 2 {
		if attributes[i+1] != "" {
			child.CreateAttr(attributes[i], attributes[i+1])
		}
	}
	if text != "" {
		child.SetText(text)
	}
	return child
}

func addAttribute(statement *etree.Element, name string, values ...string) *etree.Element {
	attribute := element(statement, "Attribute", "", "Name", name)
	for _, value := range values {
		element(attribute, "AttributeValue", value)
	}
	return attribute
}

// at finds the element at a path below e; a path that leads nowhere is a
// mistake in the test.
func at(e *etree.Element, path string) *etree.Element {
	found := e.FindElement("./" + path)
	if found == nil {
		panic("no " + path + " in " + e.Tag)
	}
	return found
}

// set changes an attribute; an empty value removes it.
func set(path, name, value string) func(*etree.Element) {
	return func(response *etree.Element) {
		target := response
		if path != "" {
			target = at(response, path)
		}
		target.RemoveAttr(name)
		if value != "" {
			target.CreateAttr(name, value)
		}
	}
}

func setText(path, value string) func(*etree.Element) {
	return func(response *etree.Element) { at(response, path).SetText(value) }
}

func remove(path string) func(*etree.Element) {
	return func(response *etree.Element) {
		target := at(response, path)
		target.Parent().RemoveChild(target)
	}
}

func parse(t testing.TB, xml string) *etree.Document {
	t.Helper()
	doc, err := document.Parse([]byte(xml))
	if err != nil {
		t.Fatalf("parse %s: %v", xml, err)
	}
	return doc
}

// write renders the document to which e belongs.
func write(t testing.TB, e *etree.Element) string {
	t.Helper()
	for e.Parent() != nil {
		e = e.Parent()
	}
	doc := etree.NewDocumentWithRoot(e.ChildElements()[0].Copy())
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	xml, err := doc.WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	return xml
}
