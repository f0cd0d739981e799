// Package metadata reads SAML metadata documents: a service provider's and an
// identity provider's (saml-metadata-2.0-os, section 2.4).
package metadata

import (
	"cmp"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// Endpoint is where a message can be sent.
type Endpoint struct {
	Binding  string
	Location string
	Default  *bool // isDefault; nil where it is left out
}

// preference orders endpoints: the default is the first that says so, else the
// first that does not say that it is none (saml-metadata-2.0-os, section 2.2.3).
func (e Endpoint) preference() int {
	switch {
	case e.Default == nil:
		return 1
	case *e.Default:
		return 0
	default:
		return 2
	}
}

// ServiceProvider is what an identity provider reads of a service provider.
type ServiceProvider struct {
	EntityID       string
	ACS            []Endpoint // the default one first
	SLO            []Endpoint
	NameIDFormats  []string
	SigningCerts   []*x509.Certificate
	EncryptionCert *x509.Certificate // nil when none is offered
}

// IdentityProvider is what a service provider reads of an identity provider.
type IdentityProvider struct {
	EntityID     string
	SSO          []Endpoint
	SLO          []Endpoint
	SigningCerts []*x509.Certificate
}

// Error says what a metadata document lacks, and where.
type Error struct {
	Message string
	Where   string // path in the document
}

func (e *Error) Error() string { return e.Message + " at " + e.Where }

// ParseServiceProvider reads the metadata of a service provider.
func ParseServiceProvider(data []byte) (*ServiceProvider, error) {
	entity, role, err := parse(data, "SPSSODescriptor")
	if err != nil {
		return nil, err
	}
	sp := &ServiceProvider{
		EntityID: document.Attr(entity, "entityID"),
		ACS:      endpoints(role, "AssertionConsumerService"),
		SLO:      endpoints(role, "SingleLogoutService"),
	}
	if len(sp.ACS) == 0 {
		return nil, &Error{"there is no AssertionConsumerService", document.Path(role)}
	}
	slices.SortStableFunc(sp.ACS, func(a, b Endpoint) int { return cmp.Compare(a.preference(), b.preference()) })
	for _, format := range document.Children(role, saml.NSMetadata, "NameIDFormat") {
		if text, _ := document.Text(format); strings.TrimSpace(text) != "" { // crewjam writes an empty one where none was chosen
			sp.NameIDFormats = append(sp.NameIDFormats, strings.TrimSpace(text))
		}
	}
	if sp.SigningCerts, err = certificates(role, "signing"); err != nil {
		return nil, err
	}
	encryption, err := certificates(role, "encryption")
	if err != nil {
		return nil, err
	}
	if len(encryption) > 0 {
		sp.EncryptionCert = encryption[0]
	}
	return sp, nil
}

// ParseIdentityProvider reads the metadata of an identity provider. A document
// without a sign-in address or a signing certificate is refused.
func ParseIdentityProvider(data []byte) (*IdentityProvider, error) {
	entity, role, err := parse(data, "IDPSSODescriptor")
	if err != nil {
		return nil, err
	}
	idp := &IdentityProvider{
		EntityID: document.Attr(entity, "entityID"),
		SSO:      endpoints(role, "SingleSignOnService"),
		SLO:      endpoints(role, "SingleLogoutService"),
	}
	if len(idp.SSO) == 0 {
		return nil, &Error{"there is no SingleSignOnService", document.Path(role)}
	}
	if idp.SigningCerts, err = certificates(role, "signing"); err != nil {
		return nil, err
	}
	if len(idp.SigningCerts) == 0 {
		return nil, &Error{"there is no signing certificate (KeyDescriptor use=\"signing\")", document.Path(role)}
	}
	return idp, nil
}

func parse(data []byte, roleName string) (entity, role *etree.Element, err error) {
	doc, err := document.Parse(data)
	if err != nil {
		return nil, nil, err
	}
	entity = doc.Root()
	if !document.Is(entity, saml.NSMetadata, "EntityDescriptor") {
		return nil, nil, &Error{"the document is no SAML metadata: the root element is " + entity.FullTag() + ", not EntityDescriptor", document.Path(entity)}
	}
	if document.Attr(entity, "entityID") == "" {
		return nil, nil, &Error{"there is no entityID", document.Path(entity)}
	}
	role = document.Child(entity, saml.NSMetadata, roleName)
	if role == nil {
		return nil, nil, &Error{"there is no " + roleName, document.Path(entity)}
	}
	return entity, role, nil
}

func endpoints(role *etree.Element, name string) []Endpoint {
	var out []Endpoint
	for _, e := range document.Children(role, saml.NSMetadata, name) {
		endpoint := Endpoint{Binding: document.Attr(e, "Binding"), Location: document.Attr(e, "Location")}
		if isDefault := document.Attr(e, "isDefault"); isDefault != "" {
			endpoint.Default = new(isDefault == "true" || isDefault == "1")
		}
		out = append(out, endpoint)
	}
	return out
}

// certificates returns those for use; a KeyDescriptor without use serves both.
func certificates(role *etree.Element, use string) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for _, key := range document.Children(role, saml.NSMetadata, "KeyDescriptor") {
		if declared := document.Attr(key, "use"); declared != "" && declared != use {
			continue
		}
		var fault error
		document.Walk(key, func(e *etree.Element) bool {
			if !document.Is(e, saml.NSSignature, "X509Certificate") {
				return true
			}
			text, _ := document.Text(e)
			der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
			if err != nil {
				fault = &Error{"X509Certificate is not base64: " + err.Error(), document.Path(e)}
				return false
			}
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				fault = &Error{fmt.Sprintf("X509Certificate does not parse: %v", err), document.Path(e)}
				return false
			}
			out = append(out, cert)
			return true
		})
		if fault != nil {
			return nil, fault
		}
	}
	return out, nil
}

// Location returns the address of the first endpoint with the binding.
func Location(endpoints []Endpoint, binding string) (string, bool) {
	for _, e := range endpoints {
		if e.Binding == binding {
			return e.Location, true
		}
	}
	return "", false
}
