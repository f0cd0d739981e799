package idp

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/trace"
)

// authnRequest is what Entra reads of an AuthnRequest
// (learn.microsoft.com, "Single sign-on SAML protocol").
type authnRequest struct {
	ID           string
	Issuer       string
	ACS          string // AssertionConsumerServiceURL, may be empty
	ForceAuthn   bool
	IsPassive    bool
	NameIDFormat string   // of NameIDPolicy, may be empty
	SPQualifier  string   // SPNameQualifier of NameIDPolicy
	Contexts     []string // class references of RequestedAuthnContext
}

// ncName is xs:NCName, which SAML ids are; Entra's text names only the digit.
var ncName = regexp.MustCompile(`^[\pL_][\pL\pN_.\-]*$`)

const formType = "application/x-www-form-urlencoded"

// message is a SAML message that arrived in a request.
type message struct {
	root       *etree.Element
	parameter  string // SAMLRequest or SAMLResponse
	relayState string
	detached   bool // a Signature came beside it, as in the Redirect binding
}

// readMessage takes the SAML message out of an HTTP request, in the Redirect or
// the POST binding.
func readMessage(w http.ResponseWriter, r *http.Request) (*message, *refusal.Refusal) {
	values := r.URL.Query()
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			return nil, notSAML("a form of at most 2 MiB, "+formType, err.Error(), "HTTP body")
		}
		values = r.PostForm
	}
	m := &message{parameter: "SAMLRequest", relayState: values.Get("RelayState"), detached: values.Has("Signature") || r.URL.Query().Has("Signature")}
	if !values.Has(m.parameter) {
		m.parameter = "SAMLResponse"
	}
	if !values.Has(m.parameter) {
		return nil, noMessage(r)
	}
	if strings.ContainsRune(m.relayState, 0) || !utf8.ValidString(m.relayState) {
		// No page can carry it back byte for byte.
		return nil, aadsts(90100, fmt.Sprintf(text90100, "RelayState"), refusal.Refusal{
			Expected: "text in UTF-8 without NUL", Got: strconv.Quote(m.relayState), Where: "parameter RelayState", Fix: refusal.Request,
		})
	}
	decode := binding.Inflate
	encoding := "base64 of a raw DEFLATE stream, as the Redirect binding wants"
	if r.Method == http.MethodPost {
		decode, encoding = binding.DecodePOST, "base64 of XML, as the POST binding wants"
	}
	text, err := decode(values.Get(m.parameter))
	why := refusal.Refusal{Expected: encoding, Where: m.parameter, Fix: refusal.Request}
	switch {
	case errors.Is(err, binding.ErrBase64):
		why.Got, why.Hint = err.Error(), "the alphabet is that of RFC 4648 section 4, and + must be escaped in a query"
		return nil, aadsts(750056, text750056, why)
	case errors.Is(err, binding.ErrDeflate):
		why.Got, why.Hint = err.Error(), "deflate without a zlib or gzip header"
		return nil, aadsts(750055, text750055, why)
	case err != nil:
		return nil, notSAML(encoding, err.Error(), m.parameter)
	}
	trace.From(r.Context()).Decode(m.parameter, string(text))
	doc, err := document.Parse(text)
	if err != nil {
		var at *document.Error
		if !errors.As(err, &at) {
			at = &document.Error{Line: 1, Column: 1, Message: err.Error()}
		}
		return nil, aadsts(7500525, fmt.Sprintf(text7500525, at.Line, at.Column), refusal.Refusal{
			Expected: "well-formed XML (" + encoding + ")", Got: at.Message, Where: fmt.Sprintf("%s, line %d, position %d", m.parameter, at.Line, at.Column), Fix: refusal.Request,
		})
	}
	m.root = doc.Root()
	return m, nil
}

// noMessage refuses an HTTP request that carries no SAML message where its
// method makes Entra look for one.
func noMessage(r *http.Request) *refusal.Refusal {
	why := refusal.Refusal{Expected: "a parameter SAMLRequest or SAMLResponse", Got: "neither", Where: "query", Fix: refusal.Request}
	if r.Method != http.MethodPost {
		return aadsts(750054, text750054, why)
	}
	why.Where = "HTTP body"
	if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, formType) {
		why.Expected, why.Got = "a form, "+formType+", with a field SAMLRequest or SAMLResponse", "Content-Type "+strconv.Quote(kind)
	}
	return aadsts(750052, text750052, why)
}

// checkEnvelope judges what all requests have in common and returns their ID
// and Issuer.
func checkEnvelope(root *etree.Element) (id, issuer string, refused *refusal.Refusal) {
	path := document.Path(root)
	if v := document.Attr(root, "Version"); v != "2.0" {
		return "", "", notSAML(`Version="2.0"`, fmt.Sprintf("Version=%q", v), path+"/@Version")
	}
	id = document.Attr(root, "ID")
	text, plain := document.Text(document.Child(root, saml.NSAssertion, "Issuer"))
	issuer = strings.Trim(text, " \t\r\n") // what XML calls white space
	switch {
	case id == "":
		return "", "", notSAML("an ID", "none", path+"/@ID")
	case !ncName.MatchString(id):
		return "", "", aadsts(7500529, fmt.Sprintf(text7500529, id), refusal.Refusal{
			Expected: "an xs:NCName, such as _ and a UUID", Got: id, Where: path + "/@ID", Fix: refusal.Request,
		})
	case document.Attr(root, "IssueInstant") == "":
		return "", "", notSAML("an IssueInstant", "none", path+"/@IssueInstant")
	case !plain:
		return "", "", notSAML("an Issuer of plain text", "a comment or an element in it", path+"/Issuer")
	case issuer == "":
		return "", "", notSAML("an Issuer in the SAML 2.0 assertion namespace", "none", path+"/Issuer")
	}
	return id, issuer, nil
}

// parseAuthnRequest reads a request; checkRequest judges what it asks for.
func parseAuthnRequest(root *etree.Element) (*authnRequest, *refusal.Refusal) {
	if !document.Is(root, saml.NSProtocol, "AuthnRequest") {
		return nil, notSAML("an AuthnRequest in the SAML 2.0 protocol namespace", root.FullTag(), document.Path(root))
	}
	id, issuer, refused := checkEnvelope(root)
	if refused != nil {
		return nil, refused
	}
	req := &authnRequest{
		ID:         id,
		Issuer:     issuer,
		ACS:        document.Attr(root, "AssertionConsumerServiceURL"),
		ForceAuthn: isTrue(document.Attr(root, "ForceAuthn")),
		IsPassive:  isTrue(document.Attr(root, "IsPassive")),
		Contexts:   requestedContexts(root),
	}
	if policy := document.Child(root, saml.NSProtocol, "NameIDPolicy"); policy != nil {
		req.NameIDFormat, req.SPQualifier = document.Attr(policy, "Format"), document.Attr(policy, "SPNameQualifier")
	}
	return req, nil
}

func unsupported(property string, at *etree.Element, expected string) *refusal.Refusal {
	return aadsts(900236, fmt.Sprintf(text900236, property), refusal.Refusal{
		Expected: expected, Got: "a " + property, Where: document.Path(at), Fix: refusal.Request,
	})
}

func isTrue(xsBoolean string) bool { return xsBoolean == "true" || xsBoolean == "1" }

// appByIdentifier finds the application of which issuer, found at the path
// where, is an identifier: exactly, trailing slash included.
func (t *Tenant) appByIdentifier(issuer, where string) (*Application, *refusal.Refusal) {
	choices := t.Choices()
	same := func(id string) bool { return id == issuer || choices.IgnoreIssuerCase && strings.EqualFold(id, issuer) }
	var known []string
	for _, app := range t.Apps() {
		identifiers := app.Identifiers()
		if slices.ContainsFunc(identifiers, same) || issuer == app.appID || issuer == "spn:"+app.appID {
			return app, nil
		}
		known = append(known, identifiers...)
	}
	hint := "set the application's Identifier (Entity ID) to the Issuer that the service provider sends, or upload its metadata"
	for _, id := range known {
		if strings.EqualFold(strings.TrimSuffix(id, "/"), strings.TrimSuffix(issuer, "/")) {
			hint = fmt.Sprintf("%s differs only in case or in its trailing slash; the comparison is exact", id)
		}
	}
	why := refusal.Refusal{Expected: orNone(known), Got: issuer, Where: where, Fix: refusal.Entra, Hint: hint}
	switch choices.UnknownIssuer {
	case "AADSTS650056":
		return nil, aadsts(650056, text650056, why)
	case "AADSTS900971":
		return nil, aadsts(900971, text900971, why)
	}
	return nil, aadsts(700016, fmt.Sprintf(text700016, issuer, t.DisplayName()), why)
}
