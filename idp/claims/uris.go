package claims

// Namespaces of Entra's claim types. Microsoft's pages show some of them with
// https; assertions on the wire have http.
const (
	DefaultNamespace   = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
	MicrosoftNamespace = "http://schemas.microsoft.com/identity/claims"
	WSIdentity2008     = "http://schemas.microsoft.com/ws/2008/06/identity/claims"
	microsoftClaims    = "http://schemas.microsoft.com/claims"
	microsoftSchemas   = "http://schemas.microsoft.com"
)

// Claim types that Entra emits by itself (learn.microsoft.com, "SAML token
// claims reference", and assertions of 2021 to 2025).
const (
	TypeTenantID         = MicrosoftNamespace + "/tenantid"
	TypeObjectID         = MicrosoftNamespace + "/objectidentifier"
	TypeDisplayName      = MicrosoftNamespace + "/displayname"
	TypeIdentityProvider = MicrosoftNamespace + "/identityprovider"
	TypeGroups           = WSIdentity2008 + "/groups"
	TypeRole             = WSIdentity2008 + "/role"
	TypeWids             = WSIdentity2008 + "/wids"
	TypeGroupsLink       = microsoftClaims + "/groups.link"
	TypeAuthnMethods     = microsoftClaims + "/authnmethodsreferences"
	TypeGivenName        = DefaultNamespace + "/givenname"
	TypeSurname          = DefaultNamespace + "/surname"
	TypeEmailAddress     = DefaultNamespace + "/emailaddress"
	TypeName             = DefaultNamespace + "/name"

	typeNameIdentifier = DefaultNamespace + "/nameidentifier"
)

// Values of authnmethodsreferences.
const (
	MethodPassword                   = authenticationMethods + "/password"
	MethodX509                       = authenticationMethods + "/x509"
	MethodWindows                    = authenticationMethods + "/windows"
	MethodMultipleAuthn              = microsoftClaims + "/multipleauthn"
	MethodPasswordProtectedTransport = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"

	authenticationMethods = "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod"
)

// NameID formats.
const (
	FormatPersistent                 = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	FormatTransient                  = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	FormatEmailAddress               = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
	FormatUnspecified                = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
	FormatWindowsDomainQualifiedName = "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName"
)

// Attribute name formats (SAML core 8.2).
const (
	AttrNameUnspecified = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"
	AttrNameURI         = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
	AttrNameBasic       = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
)

// issuerPrefix and the tenant id make the issuer of an Entra tenant.
const issuerPrefix = "https://sts.windows.net/"

// groupsLinkFormat is where the application finds the groups that did not fit
// (learn.microsoft.com, "SAML token claims reference": tenant id, object id).
const groupsLinkFormat = "https://graph.windows.net/%s/users/%s/getMemberObjects"
