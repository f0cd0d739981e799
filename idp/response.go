package idp

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/signature"
)

// The validity of an assertion around the moment of issue, unless the tenant
// chose others. Microsoft's text says otherwise; every capture since 2021 has
// these.
const (
	notBeforeSkew = 5 * time.Minute
	validity      = 60 * time.Minute
)

// assertionFacts is everything that goes into a response.
type assertionFacts struct {
	RequestID    string // empty for IdP-initiated sign-in
	ACS          string
	Issuer       string
	Audience     string
	NameID       claims.NameIDResult
	Attributes   []claims.Attribute
	AuthnInstant time.Time
	ContextClass string
}

// buildResponse writes the response in the byte layout of real captures: one
// line, no XML declaration, attributes in this order with the namespace last,
// and signs it as the application says. It returns the Assertion's ID too,
// which is the SessionIndex.
func (a *Application) buildResponse(f assertionFacts) (xml []byte, assertionID string, err error) {
	t := a.tenant
	now, choices := t.clock.Now(), t.Choices()
	assertionID = "_" + t.requestID()

	doc := etree.NewDocument()
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	response := doc.CreateElement("samlp:Response")
	response.CreateAttr("ID", "_"+t.ids.UUID())
	response.CreateAttr("Version", "2.0")
	response.CreateAttr("IssueInstant", saml.FormatTime(now))
	response.CreateAttr("Destination", f.ACS)
	if f.RequestID != "" {
		response.CreateAttr("InResponseTo", f.RequestID)
	}
	response.CreateAttr("xmlns:samlp", saml.NSProtocol)
	issuer := response.CreateElement("Issuer")
	issuer.CreateAttr("xmlns", saml.NSAssertion)
	issuer.SetText(f.Issuer)
	response.CreateElement("samlp:Status").CreateElement("samlp:StatusCode").CreateAttr("Value", saml.StatusSuccess)

	assertion := response.CreateElement("Assertion")
	assertion.CreateAttr("ID", assertionID)
	assertion.CreateAttr("IssueInstant", saml.FormatTime(now))
	assertion.CreateAttr("Version", "2.0")
	assertion.CreateAttr("xmlns", saml.NSAssertion)
	assertion.CreateElement("Issuer").SetText(f.Issuer)
	t.writeSubject(assertion, f, now)
	conditions := assertion.CreateElement("Conditions")
	conditions.CreateAttr("NotBefore", saml.FormatTime(now.Add(-cmp.Or(choices.AssertionSkew, notBeforeSkew))))
	conditions.CreateAttr("NotOnOrAfter", saml.FormatTime(now.Add(cmp.Or(choices.AssertionValidity, validity))))
	conditions.CreateElement("AudienceRestriction").CreateElement("Audience").SetText(f.Audience)
	writeAttributes(assertion, f.Attributes)
	statement := assertion.CreateElement("AuthnStatement")
	statement.CreateAttr("AuthnInstant", saml.FormatTime(f.AuthnInstant))
	statement.CreateAttr("SessionIndex", assertionID)
	statement.CreateElement("AuthnContext").CreateElement("AuthnContextClassRef").SetText(f.ContextClass)

	signing, cert := a.Signing(), a.signer()
	if cert == nil {
		return nil, "", fmt.Errorf("sign response: %s has no certificate", a.Name())
	}
	if signing.Option != SignResponse {
		if err := signature.Sign(assertion, signature.AfterIssuer(assertion), cert.key, cert.cert, signing.Algorithm); err != nil {
			return nil, "", fmt.Errorf("sign assertion: %w", err)
		}
	}
	if err := a.encryptAssertion(response, assertion); err != nil {
		return nil, "", err
	}
	if signing.Option != SignAssertion {
		if err := signature.Sign(response, signature.AfterIssuer(response), cert.key, cert.cert, signing.Algorithm); err != nil {
			return nil, "", fmt.Errorf("sign response: %w", err)
		}
		if choices.PrefixedResponseKey {
			prefixKey(response)
		}
	}
	xml, err = doc.WriteToBytes()
	if err != nil {
		return nil, "", fmt.Errorf("write response: %w", err)
	}
	return xml, assertionID, nil
}

// prefixKey gives what is in the KeyInfo of e's own signature the prefix ds. No
// signature covers it.
func prefixKey(e *etree.Element) {
	info := document.Child(document.Child(e, saml.NSSignature, "Signature"), saml.NSSignature, "KeyInfo")
	for _, data := range info.ChildElements() {
		data.CreateAttr("xmlns:ds", saml.NSSignature)
		document.Walk(data, func(e *etree.Element) bool {
			e.Space = "ds"
			return true
		})
	}
}

func (t *Tenant) writeSubject(assertion *etree.Element, f assertionFacts, now time.Time) {
	subject := assertion.CreateElement("Subject")
	nameID := subject.CreateElement("NameID")
	nameID.CreateAttr("Format", f.NameID.Format)
	if f.NameID.SPNameQualifier != "" {
		nameID.CreateAttr("SPNameQualifier", f.NameID.SPNameQualifier)
	}
	nameID.SetText(f.NameID.Value)
	confirmation := subject.CreateElement("SubjectConfirmation")
	confirmation.CreateAttr("Method", saml.ConfirmationBearer)
	data := confirmation.CreateElement("SubjectConfirmationData")
	if f.RequestID != "" {
		data.CreateAttr("InResponseTo", f.RequestID)
	}
	data.CreateAttr("NotOnOrAfter", saml.FormatTime(now.Add(cmp.Or(t.Choices().AssertionValidity, validity))))
	data.CreateAttr("Recipient", f.ACS)
}

func writeAttributes(assertion *etree.Element, attributes []claims.Attribute) {
	if len(attributes) == 0 {
		return // the schema wants at least one Attribute in a statement
	}
	statement := assertion.CreateElement("AttributeStatement")
	for _, attribute := range attributes {
		e := statement.CreateElement("Attribute")
		e.CreateAttr("Name", attribute.Name)
		if attribute.NameFormat != "" {
			e.CreateAttr("NameFormat", attribute.NameFormat)
		}
		for _, value := range attribute.Values {
			e.CreateElement("AttributeValue").SetText(value)
		}
	}
}

// requestID makes the id of a request to the sign-in service. Real ones end in
// 00, and the Assertion's ID repeats them.
func (t *Tenant) requestID() string { return t.ids.UUID()[:34] + "00" }

// audience derives the Audience from the identifier that the request used:
// what is no URI gets spn: in front, and what follows # in an identifier tells
// only instances of one service apart (learn.microsoft.com, "Single sign-on
// SAML protocol" and the AWS Single-Account Access tutorial).
func audience(identifier string) string {
	identifier, _, _ = strings.Cut(identifier, "#")
	if !uriScheme.MatchString(identifier) {
		return "spn:" + identifier
	}
	return identifier
}

// uriScheme is how a URI begins (RFC 3986 section 3.1).
var uriScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)
