package acceptance

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// assertion judges the assertion as it was signed.
func (j judge) assertion(e *etree.Element) (*Assertion, *refusal.Refusal) {
	out := &Assertion{ID: document.Attr(e, "ID")}
	if v := document.Attr(e, "Version"); v != "2.0" {
		return nil, j.refuse("version", refusal.Refusal{Code: "UnsupportedVersion", Expected: `Version="2.0"`, Got: v, Where: path(e) + "/@Version"})
	}
	issuer := document.Child(e, saml.NSAssertion, "Issuer")
	text, ok := document.Text(issuer)
	if out.Issuer = strings.TrimSpace(text); !ok || out.Issuer != j.IdPEntityID {
		return nil, j.wrongIssuer(text, path(e)+"/Issuer")
	}
	j.pass("issuer", out.Issuer)
	for _, step := range []func(*etree.Element, *Assertion) *refusal.Refusal{j.subject, j.confirmation, j.conditions, j.audience, j.statements, j.attributes} {
		if refused := step(e, out); refused != nil {
			return nil, refused
		}
	}
	return out, nil
}

func (j judge) subject(e *etree.Element, out *Assertion) *refusal.Refusal {
	ids := document.Children(document.Child(e, saml.NSAssertion, "Subject"), saml.NSAssertion, "NameID")
	if len(ids) != 1 {
		return j.refuse("NameID", refusal.Refusal{Code: "NameIDMissing", Expected: "one NameID", Got: fmt.Sprintf("%d", len(ids)), Where: path(e) + "/Subject/NameID"})
	}
	if format := document.Attr(ids[0], "Format"); format != saml.NameIDEmailAddress {
		return j.refuse("NameID format", refusal.Refusal{
			Code: "NameIDFormat", Expected: saml.NameIDEmailAddress, Got: format, Where: path(ids[0]) + "/@Format", Hint: "set the name identifier format of the Unique User Identifier claim to Email address",
		})
	}
	text, ok := document.Text(ids[0])
	if !ok || !addrSpec(text) {
		return j.notAnAddress(text, ids[0])
	}
	out.NameID = text
	j.pass("NameID", text+" ("+saml.NameIDEmailAddress+")")
	return nil
}

func (j judge) notAnAddress(got string, at *etree.Element) *refusal.Refusal {
	return j.refuse("NameID", refusal.Refusal{
		Code: "NameIDNotAnAddress", Expected: "an e-mail address of the form name@domain (RFC 2822 addr-spec), as plain text", Got: got, Where: path(at), Hint: "take the Unique User Identifier from user.userprincipalname or user.mail",
	})
}

// addrSpec reports whether s is a bare e-mail address, which is ASCII (RFC 2822
// section 3.4.1).
func addrSpec(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Address == s && address.Name == "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' || r >= 0x7f })
}

// confirmation demands a bearer confirmation meant for this ACS
// (saml-profiles-2.0-os, section 4.1.4.3).
func (j judge) confirmation(e *etree.Element, out *Assertion) *refusal.Refusal {
	subject := document.Child(e, saml.NSAssertion, "Subject")
	var data *etree.Element // the first that is meant for us, else the first
	for _, c := range document.Children(subject, saml.NSAssertion, "SubjectConfirmation") {
		candidate := document.Child(c, saml.NSAssertion, "SubjectConfirmationData")
		if document.Attr(c, "Method") != saml.ConfirmationBearer || candidate == nil {
			continue
		}
		if j.forUs(document.Attr(candidate, "Recipient")) {
			data = candidate
			break
		}
		if data == nil {
			data = candidate
		}
	}
	if data == nil {
		return j.refuse("confirmation", refusal.Refusal{Code: "NoBearerConfirmation", Expected: "a SubjectConfirmation with Method " + saml.ConfirmationBearer + " and SubjectConfirmationData", Got: "none", Where: path(subject)})
	}
	where := path(data)
	if recipient := document.Attr(data, "Recipient"); !j.forUs(recipient) {
		return j.refuse("recipient", refusal.Refusal{Code: "WrongRecipient", Expected: j.ACS, Got: recipient, Where: where + "/@Recipient", Hint: "set the application's Reply URL to the ACS URL of this instance"})
	}
	j.pass("recipient", document.Attr(data, "Recipient"))
	if document.Attr(data, "NotBefore") != "" {
		return j.refuse("confirmation", refusal.Refusal{Code: "ConfirmationNotBefore", Expected: "no NotBefore in a bearer confirmation", Got: document.Attr(data, "NotBefore"), Where: where + "/@NotBefore"})
	}
	text := document.Attr(data, "NotOnOrAfter")
	if text == "" {
		return j.refuse("confirmation", refusal.Refusal{Code: "ConfirmationExpiryMissing", Expected: "a NotOnOrAfter", Got: "none", Where: where + "/@NotOnOrAfter"})
	}
	end, refused := j.notOver(text, j.Skew, where+"/@NotOnOrAfter")
	if refused != nil {
		return refused
	}
	out.NotOnOrAfter = end
	out.InResponseTo = document.Attr(data, "InResponseTo")
	return nil
}

func (j judge) conditions(e *etree.Element, _ *Assertion) *refusal.Refusal {
	all := document.Children(e, saml.NSAssertion, "Conditions")
	if len(all) != 1 {
		return j.refuse("conditions", refusal.Refusal{Code: "ConditionsMissing", Expected: "one Conditions element", Got: fmt.Sprintf("%d", len(all)), Where: path(e)})
	}
	where := path(all[0])
	for _, condition := range all[0].ChildElements() {
		known := document.Is(condition, saml.NSAssertion, "AudienceRestriction") || document.Is(condition, saml.NSAssertion, "OneTimeUse") || document.Is(condition, saml.NSAssertion, "ProxyRestriction")
		if !known { // saml-core-2.0-os, section 2.5.1: what is not understood makes the assertion invalid
			return j.refuse("conditions", refusal.Refusal{Code: "UnknownCondition", Expected: "AudienceRestriction, OneTimeUse or ProxyRestriction", Got: condition.FullTag(), Where: path(condition)})
		}
	}
	if text := document.Attr(all[0], "NotBefore"); text != "" {
		start, err := saml.ParseTime(text)
		if err != nil || j.Now.Before(start.Add(-j.Skew)) {
			return j.refuse("time window", refusal.Refusal{
				Code: "NotYetValid", Message: TextNotYou, Expected: "a NotBefore of at most " + j.Now.Add(j.Skew).Format(time.RFC3339), Got: text, Where: where + "/@NotBefore", Hint: "the clocks of the two sides differ",
			})
		}
	}
	if text := document.Attr(all[0], "NotOnOrAfter"); text != "" {
		if _, refused := j.notOver(text, j.Skew, where+"/@NotOnOrAfter"); refused != nil {
			return refused
		}
	}
	j.pass("time window", document.Attr(all[0], "NotBefore")+" to "+document.Attr(all[0], "NotOnOrAfter")+" holds "+saml.FormatTime(j.Now))
	return nil
}

// notOver reads a NotOnOrAfter and refuses one that has passed.
func (j judge) notOver(text string, skew time.Duration, where string) (time.Time, *refusal.Refusal) {
	end, err := saml.ParseTime(text)
	if err == nil && j.Now.Before(end.Add(skew)) {
		return end, nil
	}
	return time.Time{}, j.refuse("time window", refusal.Refusal{
		Code: "Expired", Message: TextNotYou, Expected: "a time later than " + saml.FormatTime(j.Now.Add(-skew)), Got: text, Where: where, Hint: "sign in again; if that does not help, the clocks of the two sides differ",
	})
}

// audience: every restriction must name us (AND), by one of its audiences (OR)
// (saml-core-2.0-os, section 2.5.1.4).
func (j judge) audience(e *etree.Element, _ *Assertion) *refusal.Refusal {
	restrictions := document.Children(document.Child(e, saml.NSAssertion, "Conditions"), saml.NSAssertion, "AudienceRestriction")
	var got []string
	fit := len(restrictions) > 0
	for _, restriction := range restrictions {
		named := false
		for _, a := range document.Children(restriction, saml.NSAssertion, "Audience") {
			text, ok := document.Text(a)
			got = append(got, text)
			named = named || ok && (text == j.EntityID || slices.Contains(j.AlsoAudiences, text))
		}
		fit = fit && named
	}
	if !fit {
		return j.refuse("audience", refusal.Refusal{
			Code: "WrongAudience", Expected: j.EntityID, Got: strings.Join(got, ", "), Where: path(e) + "/Conditions/AudienceRestriction/Audience", Hint: "set the application's Identifier (Entity ID) to the issuer URL of this instance",
		})
	}
	j.pass("audience", j.EntityID)
	return nil
}

// statements demands an AuthnStatement and reads until when the identity
// provider wants the session to last: the earliest SessionNotOnOrAfter.
func (j judge) statements(e *etree.Element, out *Assertion) *refusal.Refusal {
	statements := document.Children(e, saml.NSAssertion, "AuthnStatement")
	if len(statements) == 0 {
		return j.refuse("authentication", refusal.Refusal{Code: "AuthnStatementMissing", Expected: "an AuthnStatement", Got: "none", Where: path(e)})
	}
	out.SessionIndex = document.Attr(statements[0], "SessionIndex")
	for _, statement := range statements {
		text := document.Attr(statement, "SessionNotOnOrAfter")
		if text == "" {
			continue
		}
		end, refused := j.notOver(text, 0, path(statement)+"/@SessionNotOnOrAfter")
		if refused != nil {
			return refused
		}
		if out.SessionNotOnOrAfter.IsZero() || end.Before(out.SessionNotOnOrAfter) {
			out.SessionNotOnOrAfter = end
		}
	}
	return nil
}
