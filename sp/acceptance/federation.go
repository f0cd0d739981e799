package acceptance

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// The rules of IAM's own SAML federation, by which a response opens a role of an
// account without Identity Center (IAM user guide, "Configure SAML assertions
// for the authentication response" and "Troubleshoot SAML federation with IAM").

// redemption is how long after its issue an assertion opens a role: "Token must
// be redeemed within 5 minutes of issuance", as STS says.
const redemption = 5 * time.Minute

// Limits of session tags and console sessions (IAM user guide, as above; STS API
// reference, AssumeRoleWithSAML).
const (
	maxTags           = 50
	maxTagKey         = 128
	maxTagValue       = 256
	minConsoleSeconds = 900
	maxConsoleSeconds = 43200
)

var (
	tagText     = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
	sessionName = regexp.MustCompile(`^[a-zA-Z_0-9+=,.@-]{2,64}$`)
	roleARN     = regexp.MustCompile(`^arn:aws(?:-[a-z]+)*:iam::\d{12}:role/[\w+=,.@/-]+$`)
	providerARN = regexp.MustCompile(`^arn:aws(?:-[a-z]+)*:iam::\d{12}:saml-provider/[\w._-]+$`)
)

// RolePair is a value of the Role attribute: a role and the SAML provider that
// vouches for who takes it.
type RolePair struct{ Role, Provider string } // ARNs

// Federation is what a response says that IAM accepts.
type Federation struct {
	ID           string
	Issuer       string
	NameID       string
	NameIDFormat string
	Recipient    string

	Roles             []RolePair
	RoleSessionName   string
	SessionDuration   time.Duration // of the console; zero: not sent
	Tags              map[string]string
	TransitiveTagKeys []string
	SourceIdentity    string

	SessionNotOnOrAfter time.Time // zero: not sent
}

// ClaimedRoles reads the Role attribute of a response before anything is known
// of it: whose keys it must be signed with depends on the provider named there.
// Nothing else may be made of it.
func ClaimedRoles(response []byte, check func(name string, pass bool, detail string)) ([]RolePair, *refusal.Refusal) {
	j := judge{Rules{Check: check}}
	if len(response) > MaxResponse {
		return nil, j.refuse("size", refusal.Refusal{Code: "ResponseTooLarge", Expected: fmt.Sprintf("a response of at most %d characters", MaxResponse), Got: fmt.Sprintf("%d", len(response)), Where: "SAMLResponse"})
	}
	doc, err := document.Parse(response)
	if err != nil {
		return nil, j.refuse("XML", refusal.Refusal{Code: "MalformedResponse", Expected: "well-formed XML without document type, entities and processing instructions", Got: err.Error(), Where: "SAMLResponse"})
	}
	assertion := document.Child(doc.Root(), saml.NSAssertion, "Assertion")
	if assertion == nil {
		return nil, j.refuse("one assertion", refusal.Refusal{Code: "AssertionCount", Expected: "exactly one assertion in clear", Got: "none", Where: "/Response"})
	}
	return j.roles(assertion)
}

// CheckFederation judges a response to IAM.
func CheckFederation(response []byte, rules Rules) (*Federation, *refusal.Refusal) {
	j := judge{rules}
	_, e, refused := j.verified(response)
	if refused != nil {
		return nil, refused
	}
	out := &Federation{ID: document.Attr(e, "ID"), Tags: make(map[string]string)}
	issuer := document.Child(e, saml.NSAssertion, "Issuer")
	text, ok := document.Text(issuer)
	if out.Issuer = strings.TrimSpace(text); !ok || out.Issuer != j.IdPEntityID {
		return nil, j.wrongIssuer(text, path(e)+"/Issuer")
	}
	j.pass("issuer", out.Issuer)
	var common Assertion
	for _, step := range []func(*etree.Element, *Assertion) *refusal.Refusal{j.confirmation, j.conditions, j.audience, j.statements} {
		if refused := step(e, &common); refused != nil {
			return nil, refused
		}
	}
	out.SessionNotOnOrAfter = common.SessionNotOnOrAfter
	for _, step := range []func(*etree.Element, *Federation) *refusal.Refusal{j.redeemed, j.federatedSubject, j.federationAttributes} {
		if refused := step(e, out); refused != nil {
			return nil, refused
		}
	}
	return out, nil
}

// redeemed holds the assertion to the five minutes after its issue.
func (j judge) redeemed(e *etree.Element, _ *Federation) *refusal.Refusal {
	text := document.Attr(e, "IssueInstant")
	issued, err := saml.ParseTime(text)
	if err != nil || j.Now.After(issued.Add(redemption)) || j.Now.Before(issued.Add(-j.Skew)) {
		return j.refuse("redemption", refusal.Refusal{
			Code: "NotRedeemed", Expected: "an IssueInstant of the last 5 minutes before " + saml.FormatTime(j.Now), Got: text, Where: path(e) + "/@IssueInstant", Hint: "sign in again; if that does not help, the clocks of the two sides differ",
		})
	}
	j.pass("redemption", "issued at "+text)
	return nil
}

// federatedSubject takes a NameID of any format; exactly one confirmation.
func (j judge) federatedSubject(e *etree.Element, out *Federation) *refusal.Refusal {
	subject := document.Child(e, saml.NSAssertion, "Subject")
	ids := document.Children(subject, saml.NSAssertion, "NameID")
	if len(ids) != 1 {
		return j.refuse("NameID", refusal.Refusal{Code: "NameIDMissing", Expected: "one NameID", Got: fmt.Sprintf("%d", len(ids)), Where: path(e) + "/Subject/NameID"})
	}
	confirmations := document.Children(subject, saml.NSAssertion, "SubjectConfirmation")
	if len(confirmations) != 1 {
		return j.refuse("confirmation", refusal.Refusal{Code: "ConfirmationCount", Expected: "exactly one SubjectConfirmation", Got: fmt.Sprintf("%d", len(confirmations)), Where: path(subject)})
	}
	text, ok := document.Text(ids[0])
	if !ok || text == "" {
		return j.refuse("NameID", refusal.Refusal{Code: "NameIDMissing", Expected: "a NameID with plain text", Got: text, Where: path(ids[0])})
	}
	out.NameID, out.NameIDFormat = text, document.Attr(ids[0], "Format")
	out.Recipient = document.Attr(document.Child(confirmations[0], saml.NSAssertion, "SubjectConfirmationData"), "Recipient")
	j.pass("NameID", text+" ("+out.NameIDFormat+")")
	return nil
}

// structured stands for a value that is no plain text.
const structured = "structured XML"

// values collects the values of the attribute of a name below AWS's prefix, and
// where it stands. Names are case-sensitive.
func (j judge) values(e *etree.Element, name string) (values []string, where string) {
	where = path(e) + "/AttributeStatement/Attribute[@Name=" + strconv.Quote(attributePrefix+name) + "]"
	for _, statement := range document.Children(e, saml.NSAssertion, "AttributeStatement") {
		for _, a := range document.Children(statement, saml.NSAssertion, "Attribute") {
			if document.Attr(a, "Name") != attributePrefix+name {
				continue
			}
			for _, v := range document.Children(a, saml.NSAssertion, "AttributeValue") {
				text, ok := document.Text(v)
				if !ok {
					text = "<" + structured + ">" // which no rule takes
				}
				values = append(values, strings.TrimSpace(text))
			}
		}
	}
	return values, where
}

// roles reads the pairs of role and provider, which come in either order.
func (j judge) roles(e *etree.Element) ([]RolePair, *refusal.Refusal) {
	values, where := j.values(e, "Role")
	if len(values) == 0 {
		return nil, j.refuse("roles", refusal.Refusal{
			Code: "RoleMissing", Expected: "the attribute " + attributePrefix + "Role with values role-arn,provider-arn", Got: "none", Where: path(e) + "/AttributeStatement",
			Hint: "send the Role claim; an app role's value is the pair, and the user must be assigned to it",
		})
	}
	var pairs []RolePair
	for _, value := range values {
		first, second, _ := strings.Cut(value, ",")
		pair := RolePair{strings.TrimSpace(first), strings.TrimSpace(second)}
		if providerARN.MatchString(pair.Role) {
			pair.Role, pair.Provider = pair.Provider, pair.Role
		}
		if !roleARN.MatchString(pair.Role) || !providerARN.MatchString(pair.Provider) {
			return nil, j.refuse("roles", refusal.Refusal{
				Code: "RoleMalformed", Expected: "arn:aws:iam::{account}:role/{name},arn:aws:iam::{account}:saml-provider/{name}", Got: value, Where: where,
			})
		}
		if !slices.Contains(pairs, pair) {
			pairs = append(pairs, pair)
		}
	}
	return pairs, nil
}

// single reads an attribute that has one value, or none.
func (j judge) single(e *etree.Element, name string) (value string, sent bool, where string, refused *refusal.Refusal) {
	values, where := j.values(e, name)
	if len(values) > 1 {
		return "", true, where, j.refuse("attributes", refusal.Refusal{Code: name + "MultiValued", Expected: "one value for " + attributePrefix + name, Got: fmt.Sprintf("%d", len(values)), Where: where})
	}
	if len(values) == 0 {
		return "", false, where, nil
	}
	return values[0], true, where, nil
}

func (j judge) federationAttributes(e *etree.Element, out *Federation) *refusal.Refusal {
	var refused *refusal.Refusal
	if out.Roles, refused = j.roles(e); refused != nil {
		return refused
	}
	name, sent, where, refused := j.single(e, "RoleSessionName")
	switch {
	case refused != nil:
		return refused
	case !sent:
		return j.refuse("attributes", refusal.Refusal{Code: "RoleSessionNameMissing", Expected: "the attribute " + attributePrefix + "RoleSessionName", Got: "none", Where: path(e) + "/AttributeStatement"})
	case !sessionName.MatchString(name):
		return j.refuse("attributes", refusal.Refusal{Code: "RoleSessionNamePattern", Expected: "2 to 64 characters of [a-zA-Z_0-9+=,.@-]", Got: name, Where: where})
	}
	out.RoleSessionName = name

	duration, sent, where, refused := j.single(e, "SessionDuration")
	if refused != nil {
		return refused
	}
	if sent {
		seconds, err := strconv.Atoi(duration)
		if err != nil || seconds < minConsoleSeconds || seconds > maxConsoleSeconds {
			return j.refuse("attributes", refusal.Refusal{Code: "SessionDurationRange", Expected: fmt.Sprintf("%d to %d seconds", minConsoleSeconds, maxConsoleSeconds), Got: duration, Where: where})
		}
		out.SessionDuration = time.Duration(seconds) * time.Second
	}

	identity, sent, where, refused := j.single(e, "SourceIdentity")
	if refused != nil {
		return refused
	}
	if sent && !sessionName.MatchString(identity) { // nothing that begins with aws: does
		return j.refuse("attributes", refusal.Refusal{Code: "SourceIdentityPattern", Expected: "2 to 64 characters of [a-zA-Z_0-9+=,.@-], not beginning with aws:", Got: identity, Where: where})
	}
	out.SourceIdentity = identity
	if refused := j.tags(e, out); refused != nil {
		return refused
	}
	j.pass("attributes", fmt.Sprintf("%d roles, session name %s, %d tags", len(out.Roles), out.RoleSessionName, len(out.Tags)))
	return nil
}

// tags reads the session tags and which of them pass on to further roles.
func (j judge) tags(e *etree.Element, out *Federation) *refusal.Refusal {
	for _, statement := range document.Children(e, saml.NSAssertion, "AttributeStatement") {
		for _, a := range document.Children(statement, saml.NSAssertion, "Attribute") {
			key, ok := strings.CutPrefix(document.Attr(a, "Name"), attributePrefix+"PrincipalTag:")
			if !ok {
				continue
			}
			value, _, where, refused := j.single(e, "PrincipalTag:"+key)
			if refused != nil {
				refused.Code = "PrincipalTagMultiValued"
				return refused
			}
			if n := utf8.RuneCountInString(key); n < 1 || n > maxTagKey || utf8.RuneCountInString(value) > maxTagValue {
				return j.refuse("attributes", refusal.Refusal{Code: "PrincipalTagTooLong", Expected: fmt.Sprintf("a key of 1 to %d and a value of at most %d characters", maxTagKey, maxTagValue), Got: fmt.Sprintf("%d and %d", n, utf8.RuneCountInString(value)), Where: where})
			}
			if !tagText.MatchString(key) || !tagText.MatchString(value) || strings.HasPrefix(strings.ToLower(key), "aws:") {
				return j.refuse("attributes", refusal.Refusal{Code: "PrincipalTagPattern", Expected: "letters, numbers, spaces and _.:/=+-@ in key and value, and a key that does not begin with aws:", Got: key + "=" + value, Where: where})
			}
			for other := range out.Tags {
				if strings.EqualFold(other, key) { // the same key in another case: IAM does not tell them apart
					return j.refuse("attributes", refusal.Refusal{Code: "PrincipalTagDuplicate", Expected: "every key once, in whatever case", Got: other + " and " + key, Where: where})
				}
			}
			out.Tags[key] = value
		}
	}
	if n := len(out.Tags); n > maxTags {
		return j.refuse("attributes", refusal.Refusal{Code: "PrincipalTagCount", Expected: fmt.Sprintf("at most %d session tags", maxTags), Got: fmt.Sprintf("%d", n), Where: path(e) + "/AttributeStatement"})
	}
	keys, where := j.values(e, "TransitiveTagKeys")
	for _, key := range keys {
		if _, ok := out.Tags[key]; !ok {
			return j.refuse("attributes", refusal.Refusal{Code: "TransitiveTagUnknown", Expected: "keys of session tags that are sent too", Got: key, Where: where})
		}
	}
	out.TransitiveTagKeys = keys
	return nil
}
