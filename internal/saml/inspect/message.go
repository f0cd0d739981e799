package inspect

// Message is a SAML message as data. The names of its fields are a contract:
// harness decode --json prints them.
type Message struct {
	Source     string   `json:"source"`              // where it was found
	Parameter  string   `json:"parameter,omitempty"` // SAMLRequest or SAMLResponse
	Encoding   []string `json:"encoding"`            // how it was decoded, outermost first
	RelayState *string  `json:"relayState,omitempty"`

	Kind         string     `json:"kind"` // name of the root element
	ID           string     `json:"id,omitempty"`
	IssueInstant string     `json:"issueInstant,omitempty"`
	Issuer       string     `json:"issuer,omitempty"`
	Destination  string     `json:"destination,omitempty"`
	InResponseTo string     `json:"inResponseTo,omitempty"`
	Status       *Status    `json:"status,omitempty"`
	Request      *Request   `json:"request,omitempty"` // of an AuthnRequest
	Logout       *Logout    `json:"logout,omitempty"`  // of a LogoutRequest
	Assertions   []*Subject `json:"assertions,omitempty"`
	Encrypted    int        `json:"encryptedAssertions,omitempty"` // how many could not be read
	Entities     []Entity   `json:"entities,omitempty"`            // of metadata

	Signatures []Signature `json:"signatures"`
	Checks     []Check     `json:"checks"`
	Warnings   []Warning   `json:"warnings"`

	XML string `json:"xml"` // indented

	shortXML string // without long base64
}

// Status is whether a request was fulfilled.
type Status struct {
	Codes   []string `json:"codes"` // outermost first
	Message string   `json:"message,omitempty"`
}

// Request is what an AuthnRequest asks for.
type Request struct {
	ACS             string   `json:"assertionConsumerServiceURL,omitempty"`
	ACSIndex        string   `json:"assertionConsumerServiceIndex,omitempty"`
	ProtocolBinding string   `json:"protocolBinding,omitempty"`
	NameIDFormat    string   `json:"nameIDFormat,omitempty"`
	ForceAuthn      bool     `json:"forceAuthn,omitempty"`
	IsPassive       bool     `json:"isPassive,omitempty"`
	Contexts        []string `json:"requestedAuthnContext,omitempty"`
}

// Logout is what a LogoutRequest asks for.
type Logout struct {
	NameID         NameID   `json:"nameID"`
	SessionIndexes []string `json:"sessionIndexes,omitempty"`
	NotOnOrAfter   string   `json:"notOnOrAfter,omitempty"`
	Reason         string   `json:"reason,omitempty"`
}

// NameID names a subject.
type NameID struct {
	Value  string `json:"value"`
	Format string `json:"format,omitempty"`
}

// Subject is what an assertion says.
type Subject struct {
	ID            string         `json:"id"`
	IssueInstant  string         `json:"issueInstant,omitempty"`
	Issuer        string         `json:"issuer"`
	NameID        NameID         `json:"nameID"`
	Confirmations []Confirmation `json:"subjectConfirmations"`
	NotBefore     string         `json:"notBefore,omitempty"`
	NotOnOrAfter  string         `json:"notOnOrAfter,omitempty"`
	Audiences     [][]string     `json:"audienceRestrictions"` // each of them must hold
	AuthnInstant  string         `json:"authnInstant,omitempty"`
	AuthnContext  string         `json:"authnContext,omitempty"`
	SessionIndex  string         `json:"sessionIndex,omitempty"`
	SessionEnd    string         `json:"sessionNotOnOrAfter,omitempty"`
	Attributes    []Attribute    `json:"attributes"`

	Decrypted bool `json:"decrypted,omitempty"`
	// Trusted says that this was read from bytes that a trusted certificate
	// signed.
	Trusted bool `json:"trusted"`

	where string // path in the message
}

// Confirmation is a SubjectConfirmation with its data.
type Confirmation struct {
	Method       string `json:"method"`
	Recipient    string `json:"recipient,omitempty"`
	InResponseTo string `json:"inResponseTo,omitempty"`
	NotBefore    string `json:"notBefore,omitempty"`
	NotOnOrAfter string `json:"notOnOrAfter,omitempty"`
}

// Attribute is one claim.
type Attribute struct {
	Name       string   `json:"name"`
	NameFormat string   `json:"nameFormat,omitempty"`
	Values     []string `json:"values"`
}

// Entity is one entity of a metadata document.
type Entity struct {
	ID           string        `json:"entityID"`
	Roles        []string      `json:"roles"`
	Endpoints    []Endpoint    `json:"endpoints"`
	Certificates []Certificate `json:"certificates"`
}

// Endpoint is an address in metadata.
type Endpoint struct {
	Kind     string `json:"kind"` // name of the element
	Binding  string `json:"binding"`
	Location string `json:"location"`
}

// Certificate is a certificate that a message carries.
type Certificate struct {
	Use        string `json:"use,omitempty"`
	Subject    string `json:"subject"`
	Thumbprint string `json:"thumbprint"` // SHA-1 of the DER, as consoles show it
	NotBefore  string `json:"notBefore"`
	NotAfter   string `json:"notAfter"`
	Trusted    bool   `json:"trusted"` // it is one of those that were given
}

// Signature is one signature of a message.
type Signature struct {
	Covers       string       `json:"covers"` // path of the signed element, or the query
	Algorithm    string       `json:"algorithm"`
	Digest       string       `json:"digest,omitempty"`
	Reference    string       `json:"reference,omitempty"`
	Certificate  *Certificate `json:"certificate,omitempty"` // that it carries
	KeyName      string       `json:"keyName,omitempty"`
	VerifiedWith string       `json:"verifiedWith,omitempty"` // thumbprint of the trusted certificate
	Intact       *bool        `json:"intact,omitempty"`       // by the certificate that it carries; says nothing of trust
	Problem      string       `json:"problem,omitempty"`

	where string // path of the signature
}

// Verdict is the outcome of a check.
type Verdict string

// The verdicts.
const (
	Pass    Verdict = "pass"
	Fail    Verdict = "fail"
	Skipped Verdict = "skipped" // there was nothing to hold the message against
)

// Check is one thing that was looked at.
type Check struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	Asked   bool    `json:"asked"` // it counts for the exit status
	Detail  string  `json:"detail"`
	Where   string  `json:"where,omitempty"`
	Fix     string  `json:"fix,omitempty"`
}

// Warning is something that often goes wrong.
type Warning struct {
	Code  string `json:"code"`
	Text  string `json:"text"`
	Where string `json:"where,omitempty"`
}
