package acceptance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

const (
	attributePrefix  = "https://aws.amazon.com/SAML/Attributes/"
	accessControl    = "AccessControl:"
	maxAccessControl = 50
)

// nameFormats are the formats that SAML specifies (saml-core-2.0-os, section
// 8.2). Leaving the format out means unspecified.
var nameFormats = []string{
	"",
	"urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
	"urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
	"urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
}

// Attribute is an attribute of the assertion.
type Attribute struct {
	Name   string
	Values []string
}

// attributes collects what was sent and judges the ones for attribute-based
// access control; all others play no part in sign-in.
func (j judge) attributes(e *etree.Element, out *Assertion) *refusal.Refusal {
	out.AccessControl = make(map[string]string)
	for _, statement := range document.Children(e, saml.NSAssertion, "AttributeStatement") {
		for _, a := range document.Children(statement, saml.NSAssertion, "Attribute") {
			attribute := Attribute{Name: document.Attr(a, "Name")}
			var structured *etree.Element
			for _, v := range document.Children(a, saml.NSAssertion, "AttributeValue") {
				text, ok := document.Text(v)
				if !ok {
					structured = v
				}
				attribute.Values = append(attribute.Values, text)
			}
			out.Attributes = append(out.Attributes, attribute)
			rest, ours := strings.CutPrefix(attribute.Name, attributePrefix)
			key, tag := strings.CutPrefix(rest, accessControl)
			switch {
			case !ours:
			case !tag && onlyForIAM(rest):
				out.Ignored = append(out.Ignored, attribute.Name+" is ignored by Identity Center; it counts only in direct IAM federation (AssumeRoleWithSAML)")
			case tag && !j.AccessControl:
				out.Ignored = append(out.Ignored, attribute.Name+" is ignored: attributes for access control are not enabled")
			case tag:
				if refused := j.accessControl(a, attribute, structured, key, out.AccessControl); refused != nil {
					return refused
				}
			}
		}
	}
	if n := len(out.AccessControl); n > maxAccessControl {
		return j.refuse("access control", refusal.Refusal{Code: "AccessControlCount", Expected: fmt.Sprintf("at most %d AccessControl attributes", maxAccessControl), Got: fmt.Sprintf("%d", n), Where: path(e) + "/AttributeStatement"})
	}
	if len(out.AccessControl) > 0 {
		j.pass("access control", fmt.Sprintf("%d attributes", len(out.AccessControl)))
	}
	return nil
}

// accessControl applies the rules for attributes for access control (user
// guide, "Troubleshooting IAM Identity Center issues") and makes one a session
// tag.
func (j judge) accessControl(a *etree.Element, attribute Attribute, structured *etree.Element, key string, tags map[string]string) *refusal.Refusal {
	refuse := func(code, expected, got string, at *etree.Element) *refusal.Refusal {
		return j.refuse("access control", refusal.Refusal{Code: code, Expected: expected, Got: got, Where: path(at)})
	}
	format := document.Attr(a, "NameFormat")
	_, twice := tags[key]
	switch {
	case !slices.Contains(nameFormats, format):
		return refuse("AccessControlNameFormat", "a NameFormat that SAML specifies: "+strings.Join(nameFormats[1:], ", ")+"; or none", format, a)
	case structured != nil:
		return refuse("AccessControlStructured", "plain text as value of "+attribute.Name, "structured XML", structured)
	case twice:
		return refuse("AccessControlDuplicate", "every AccessControl attribute once", attribute.Name+" again", a)
	case len(attribute.Values) > 1:
		return refuse("AccessControlMultiValued", "one value for "+attribute.Name, fmt.Sprintf("%d", len(attribute.Values)), a)
	case len(attribute.Values) == 1:
		tags[key] = attribute.Values[0]
	}
	return nil
}

// onlyForIAM reports the attributes that are documented for AssumeRoleWithSAML
// (IAM user guide, "Configure SAML assertions for the authentication response")
// and nowhere for Identity Center.
func onlyForIAM(name string) bool {
	switch name {
	case "Role", "RoleSessionName", "SessionDuration", "SourceIdentity", "TransitiveTagKeys":
		return true
	default:
		return strings.HasPrefix(name, "PrincipalTag:")
	}
}
