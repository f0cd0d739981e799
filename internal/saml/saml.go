// Package saml names what the SAML 2.0 standards name: namespaces, bindings,
// formats and status codes. Its sub-packages read, sign, verify and carry SAML
// messages; what a message must say is up to the two sides that use them.
package saml

import "time"

// XML namespaces.
const (
	NSProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	NSAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	NSMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	NSSignature = "http://www.w3.org/2000/09/xmldsig#"
)

// Bindings (saml-bindings-2.0-os, section 3).
const (
	BindingRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	BindingPOST     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
)

// NameID formats (saml-core-2.0-os, section 8.3).
const (
	NameIDEmailAddress   = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
	NameIDUnspecified    = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
	NameIDWindowsDomain  = "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName"
	NameIDPersistent     = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	NameIDTransient      = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	ConfirmationBearer   = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
	StatusPrefix         = "urn:oasis:names:tc:SAML:2.0:status:"
	StatusSuccess        = "urn:oasis:names:tc:SAML:2.0:status:Success"
	ACPassword           = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
	ACPasswordProtected  = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
	ACX509               = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509"
	ACUnspecified        = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"
	WindowsAuthenticated = "urn:federation:authentication:windows"
)

// FormatTime writes t as Entra does: UTC, exactly three fractional digits, Z.
func FormatTime(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// ParseTime reads an xs:dateTime in UTC, with or without a fraction
// (saml-core-2.0-os, section 1.3.3: times are UTC, without a time zone part
// other than Z).
func ParseTime(s string) (time.Time, error) {
	return time.Parse(time.RFC3339Nano, s)
}
