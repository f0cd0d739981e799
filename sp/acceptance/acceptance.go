// Package acceptance holds the rules by which IAM Identity Center takes or
// refuses a SAML response, as far as they can be judged from the response
// alone. Which requests are outstanding, what was used before and who exists
// is for the caller to know.
//
// AWS documents the rules in the user guide under "Troubleshooting IAM Identity
// Center issues" and "Using an external identity provider"; where it is silent,
// the strict reading of saml-core-2.0-os and saml-profiles-2.0-os holds.
package acceptance

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/signature"
)

// MaxResponse bounds a decoded response: the quota table's "SAML assertion
// limit 50,000 characters", doubled, since it does not say whether the base64
// or the XML is meant.
const MaxResponse = 100_000

// Rules are what a response is judged by.
type Rules struct {
	EntityID string // our own: the audience
	ACS      string // where the response arrived
	// Also are addresses that stand for ACS, and audiences for EntityID, in
	// direct IAM federation.
	AlsoACS, AlsoAudiences []string

	IdPEntityID string
	Certs       []*x509.Certificate // of the imported metadata, all trusted alike
	Signature   signature.Policy

	// ResponseSignature takes a signature over the whole response for one over
	// the assertion. The service provider metadata asks for signed assertions;
	// AWS does not say what becomes of a response that is signed as a whole.
	ResponseSignature bool
	// AccessControl says that attributes for access control are enabled.
	AccessControl bool

	Now  time.Time
	Skew time.Duration // by how much clocks may differ

	// Check is called with the verdict of every rule in turn.
	Check func(name string, pass bool, detail string)

	// Refused, if non-nil, is called instead of Check for the rule that is broken.
	Refused func(name, detail string, why *refusal.Refusal)
}

// Assertion is what an accepted response says. It is read from the bytes that
// were signed.
type Assertion struct {
	ID                  string
	Issuer              string
	NameID              string
	InResponseTo        string // empty for IdP-initiated sign-in
	SessionIndex        string
	NotOnOrAfter        time.Time // of the bearer confirmation
	SessionNotOnOrAfter time.Time // zero if not sent
	Attributes          []Attribute
	AccessControl       map[string]string // session tags for attribute-based access control
	Ignored             []string          // what a reader should know of attributes that count elsewhere
}

// judge carries the rules and the first refusal through the steps.
type judge struct{ Rules }

func (j judge) pass(name, detail string) {
	if j.Check != nil {
		j.Check(name, true, detail)
	}
}

func (j judge) refuse(name string, why refusal.Refusal) *refusal.Refusal {
	if why.Message == "" {
		why.Message = TextUnexpected
	}
	if why.Fix == "" {
		why.Fix = refusal.Entra
	}
	if why.Got == "" {
		why.Got = "nothing"
	}
	switch {
	case j.Refused != nil:
		j.Refused(name, why.Explanation(), &why)
	case j.Check != nil:
		j.Check(name, false, why.Explanation())
	}
	return &why
}

// Check judges a response, the decoded XML.
func Check(response []byte, rules Rules) (*Assertion, *refusal.Refusal) {
	j := judge{rules}
	root, verified, refused := j.verified(response)
	if refused != nil {
		return nil, refused
	}
	out, refused := j.assertion(verified)
	if refused != nil {
		return nil, refused
	}
	if sent := document.Attr(root, "InResponseTo"); sent != out.InResponseTo {
		return nil, j.refuse("InResponseTo", refusal.Refusal{
			Code: "InResponseToMismatch", Expected: "the same InResponseTo on Response and SubjectConfirmationData", Got: fmt.Sprintf("%q and %q", sent, out.InResponseTo), Where: path(root) + "/@InResponseTo",
		})
	}
	return out, nil
}

// verified parses a response and returns it with its assertion as it was signed.
// Afterwards nothing is read from what was sent, only from what was signed.
func (j judge) verified(response []byte) (root, assertion *etree.Element, refused *refusal.Refusal) {
	if len(response) > MaxResponse {
		return nil, nil, j.refuse("size", refusal.Refusal{
			Code: "ResponseTooLarge", Expected: fmt.Sprintf("a response of at most %d characters", MaxResponse), Got: fmt.Sprintf("%d", len(response)), Where: "SAMLResponse",
			Hint: "send fewer groups and attributes",
		})
	}
	doc, err := document.Parse(response)
	if err != nil {
		return nil, nil, j.refuse("XML", refusal.Refusal{Code: "MalformedResponse", Expected: "well-formed XML without document type, entities and processing instructions", Got: err.Error(), Where: "SAMLResponse"})
	}
	root = doc.Root()
	if refused = j.response(root); refused != nil {
		return nil, nil, refused
	}
	if assertion, refused = j.structure(root); refused != nil {
		return nil, nil, refused
	}
	assertion, refused = j.signatures(root, assertion)
	return root, assertion, refused
}

// response judges the envelope, which need not be signed.
func (j judge) response(root *etree.Element) *refusal.Refusal {
	if !document.Is(root, saml.NSProtocol, "Response") {
		return j.refuse("message", refusal.Refusal{Code: "NotAResponse", Expected: "a Response in the SAML 2.0 protocol namespace", Got: root.FullTag(), Where: path(root)})
	}
	if v := document.Attr(root, "Version"); v != "2.0" {
		return j.refuse("version", refusal.Refusal{Code: "UnsupportedVersion", Expected: `Version="2.0"`, Got: v, Where: path(root) + "/@Version"})
	}
	status := document.Child(root, saml.NSProtocol, "Status")
	code := document.Child(status, saml.NSProtocol, "StatusCode")
	if document.Attr(code, "Value") != saml.StatusSuccess { // a Success below another code is none
		got := []string{document.Attr(code, "Value")}
		if second := document.Child(code, saml.NSProtocol, "StatusCode"); second != nil {
			got = append(got, document.Attr(second, "Value"))
		}
		if message := document.Child(status, saml.NSProtocol, "StatusMessage"); message != nil {
			got = append(got, message.Text())
		}
		return j.refuse("status", refusal.Refusal{Code: "StatusNotSuccess", Expected: saml.StatusSuccess, Got: strings.Join(got, ", "), Where: path(root) + "/Status/StatusCode/@Value"})
	}
	j.pass("status", saml.StatusSuccess)
	destination := document.Attr(root, "Destination")
	if !j.forUs(destination) && (destination != "" || signature.Has(root)) {
		return j.refuse("destination", refusal.Refusal{
			Code: "WrongDestination", Expected: j.ACS, Got: destination, Where: path(root) + "/@Destination",
			Hint: "set the application's Reply URL to the ACS URL of this instance; after a change of the identity source, upload the SP metadata again",
		})
	}
	j.pass("destination", destination)
	if issuer := document.Child(root, saml.NSAssertion, "Issuer"); issuer != nil {
		if text, ok := document.Text(issuer); !ok || strings.TrimSpace(text) != j.IdPEntityID {
			return j.wrongIssuer(text, path(issuer))
		}
	}
	return nil
}

// forUs reports whether an address is where the response arrived.
func (j judge) forUs(address string) bool {
	return address == j.ACS || slices.Contains(j.AlsoACS, address)
}

func (j judge) wrongIssuer(got, where string) *refusal.Refusal {
	return j.refuse("issuer", refusal.Refusal{
		Code: "WrongIssuer", Message: TextNotYou, Expected: j.IdPEntityID, Got: strings.TrimSpace(got), Where: where, Fix: refusal.IdentityCenter,
		Hint: "upload the federation metadata of the identity provider that sends the response",
	})
}

// signatures demands a signature over the assertion; one over the response is
// verified too if it is there. It returns the assertion as it was signed.
func (j judge) signatures(root, assertion *etree.Element) (*etree.Element, *refusal.Refusal) {
	if signature.Has(root) {
		verified, err := signature.Verify(root, j.Certs, j.Now, j.Signature)
		if err != nil {
			return nil, j.badSignature("response signature", err)
		}
		j.pass("response signature", signedBy(verified))
		if j.ResponseSignature && !signature.Has(assertion) {
			return document.Child(verified.Element, saml.NSAssertion, "Assertion"), nil
		}
	}
	verified, err := signature.Verify(assertion, j.Certs, j.Now, j.Signature)
	if err != nil {
		return nil, j.badSignature("assertion signature", err)
	}
	j.pass("assertion signature", signedBy(verified))
	return verified.Element, nil
}

func signedBy(v *signature.Verified) string {
	return fmt.Sprintf("%s by the certificate with thumbprint %s", v.Algorithm, signature.Thumbprint(v.Cert.Raw))
}

func (j judge) badSignature(name string, err error) *refusal.Refusal {
	var fault *signature.Error
	if !errors.As(err, &fault) {
		return j.refuse(name, refusal.Refusal{Code: "InvalidSignature", Expected: "a valid signature", Got: err.Error(), Where: "SAMLResponse"})
	}
	why := refusal.Refusal{Expected: fault.Expected, Got: fault.Got, Where: fault.Where}
	switch fault.Reason {
	case signature.Missing:
		why.Code, why.Hint = "AssertionNotSigned", "choose the signing option \"Sign SAML assertion\" or \"Sign SAML response and assertion\""
	case signature.Untrusted:
		why.Code, why.Message, why.Fix = "UntrustedCertificate", TextNotYou, refusal.IdentityCenter
		why.Hint = "upload the application's current federation metadata (with ?appid=), or import its new certificate"
	case signature.CertExpired:
		why.Code, why.Message, why.Hint = "CertificateExpired", TextNotYou, "make a new signing certificate and import it on both sides"
	case signature.Tampered:
		why.Code, why.Fix = "SignatureMismatch", refusal.Request
	case signature.BadMethod:
		why.Code, why.Hint = "SignatureAlgorithm", "sign with SHA-256"
	default:
		why.Code, why.Fix = "SignatureStructure", refusal.Request
	}
	return j.refuse(name, why)
}
