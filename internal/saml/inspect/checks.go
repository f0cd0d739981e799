package inspect

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/encryption"
)

func (x *examination) add(c Check) { x.m.Checks = append(x.m.Checks, c) }

// check makes every check that says something about the message.
func (x *examination) check() {
	x.checkStatus()
	x.checkStructure()
	x.checkDecryption()
	x.checkSignature()
	x.checkIssuer()
	x.checkTimes()
	x.checkDestination()
	if x.root.Tag == "Response" || len(x.parts) > 0 || x.Audience != "" || x.Recipient != "" {
		x.checkAudience()
		x.checkRecipient()
	}
	if strings.HasSuffix(x.root.Tag, "Response") || len(x.parts) > 0 || x.RequestID != nil {
		x.checkRequest()
	}
}

func (x *examination) checkStatus() {
	c := Check{Name: "status", Verdict: Pass, Detail: "Success"}
	if x.m.Status == nil {
		if x.root.Tag == "Response" || x.root.Tag == "LogoutResponse" {
			c.Verdict, c.Where, c.Detail = Fail, document.Path(x.root), "there is no Status, which every response must have"
			x.add(c)
		}
		return
	}
	if len(x.m.Status.Codes) == 0 || x.m.Status.Codes[0] != saml.StatusSuccess {
		c.Verdict, c.Where, c.Detail = Fail, "/"+x.root.Tag+"/Status", statusText(x.m.Status)
		c.Fix = "the sender refuses what was asked; its message says why"
	}
	x.add(c)
}

func statusText(s *Status) string {
	names := make([]string, len(s.Codes))
	for i, code := range s.Codes {
		names[i] = strings.TrimPrefix(code, saml.StatusPrefix)
	}
	text := strings.Join(names, ", ")
	if text == "" {
		text = "no status code"
	}
	if s.Message != "" {
		text += ": " + s.Message
	}
	return text
}

func (x *examination) checkDecryption() {
	for _, p := range x.parts {
		if p.encrypted == nil {
			continue
		}
		c := Check{Name: "decryption", Verdict: Pass, Asked: x.Key != nil, Where: p.where, Detail: "the assertion decrypts with the key"}
		var shape *encryption.Error
		switch {
		case x.Key == nil:
			c.Verdict, c.Detail = Skipped, "not checked: the assertion is encrypted; give the receiver's private key with --key"
		case errors.As(p.problem, &shape):
			c.Verdict, c.Detail = Fail, p.problem.Error()
		case p.problem != nil:
			c.Verdict, c.Detail, c.Fix = Fail, p.problem.Error(), "the sender has encrypted for another certificate; give it that of this key"
		}
		x.add(c)
	}
}

// checkIssuer compares the issuer with the metadata's entity ids.
func (x *examination) checkIssuer() {
	if len(x.Issuers) == 0 || x.root.NamespaceURI() == saml.NSMetadata {
		return
	}
	c := Check{Name: "issuer", Verdict: Pass, Asked: true, Detail: x.m.Issuer}
	judge := func(issuer, where string) {
		if !slices.Contains(x.Issuers, issuer) && c.Verdict == Pass {
			c.Verdict, c.Where, c.Detail = Fail, where+"/Issuer", mismatch(x.Issuers, issuer)
			c.Fix = "the metadata is another tenant's or application's, or the sender's issuer was changed"
		}
	}
	if x.m.Issuer != "" || len(x.m.Assertions) == 0 {
		judge(x.m.Issuer, document.Path(x.root))
	}
	for _, s := range x.m.Assertions {
		judge(s.Issuer, s.where)
		c.Detail = or(c.Detail, s.Issuer)
	}
	x.add(c)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func mismatch(expected []string, got string) string {
	text := fmt.Sprintf("expected %s, got %s", strings.Join(expected, " or "), or(got, "nothing"))
	for _, e := range expected {
		switch {
		case got == e || got == "":
		case strings.TrimSuffix(got, "/") == strings.TrimSuffix(e, "/"):
			text += " (they differ in the slash at the end)"
		case strings.EqualFold(got, e):
			text += " (they differ in case)"
		case strings.TrimSpace(got) == e:
			text += " (they differ in white space)"
		case strings.TrimPrefix(got, "http://") == strings.TrimPrefix(e, "https://") || strings.TrimPrefix(got, "https://") == strings.TrimPrefix(e, "http://"):
			text += " (http and https)"
		}
	}
	return text
}

func (x *examination) checkDestination() {
	c := Check{Name: "destination", Asked: x.Destination != "", Verdict: Pass, Detail: x.m.Destination}
	switch {
	case !c.Asked && x.m.Destination == "":
		return
	case !c.Asked:
		c.Verdict, c.Detail = Skipped, "not checked: give the receiver's address with --destination"
	case x.m.Destination != x.Destination:
		c.Verdict, c.Where, c.Detail = Fail, document.Path(x.root)+"/@Destination", mismatch([]string{x.Destination}, x.m.Destination)
		c.Fix = "the sender has another address of the receiver: for a response, the Reply URL (Assertion Consumer Service URL)"
	}
	x.add(c)
}

func (x *examination) checkAudience() {
	c := Check{Name: "audience", Asked: x.Audience != "", Verdict: Pass, Detail: x.Audience}
	switch {
	case !c.Asked:
		c.Verdict, c.Detail = Skipped, "not checked: give the receiver's entity id with --audience"
	case len(x.m.Assertions) == 0:
		c.Verdict, c.Detail = Fail, "there is no assertion that could be read"
	}
	for _, s := range x.m.Assertions {
		if !c.Asked || c.Verdict == Fail {
			break
		}
		if len(s.Audiences) == 0 {
			c.Verdict, c.Where, c.Detail = Fail, s.where+"/Conditions", "expected "+x.Audience+", got no AudienceRestriction"
		}
		for _, restriction := range s.Audiences { // all must hold (saml-core-2.0-os, section 2.5.1.4)
			if !slices.Contains(restriction, x.Audience) {
				c.Verdict, c.Where = Fail, s.where+"/Conditions/AudienceRestriction/Audience"
				c.Detail = mismatch([]string{x.Audience}, strings.Join(restriction, ", "))
				c.Fix = "make the Identifier (Entity ID) at the identity provider that of the receiver, letter by letter"
			}
		}
	}
	x.add(c)
}

// bearer calls judge for every bearer confirmation; one that is fine is enough
// (saml-profiles-2.0-os, section 4.1.4.2). It returns the first objection.
func bearer(s *Subject, judge func(Confirmation) string) string {
	first := ""
	seen := false
	for _, c := range s.Confirmations {
		if c.Method != saml.ConfirmationBearer {
			continue
		}
		objection := judge(c)
		if objection == "" {
			return ""
		}
		if !seen {
			first, seen = objection, true
		}
	}
	if !seen {
		return "there is no bearer SubjectConfirmation"
	}
	return first
}

func (x *examination) checkRecipient() {
	c := Check{Name: "recipient", Asked: x.Recipient != "", Verdict: Pass, Detail: x.Recipient}
	switch {
	case !c.Asked:
		c.Verdict, c.Detail = Skipped, "not checked: give the address where the response arrived with --recipient"
	case len(x.m.Assertions) == 0:
		c.Verdict, c.Detail = Fail, "there is no assertion that could be read"
	}
	for _, s := range x.m.Assertions {
		if !c.Asked || c.Verdict == Fail {
			break
		}
		if objection := bearer(s, func(b Confirmation) string {
			if b.Recipient == x.Recipient {
				return ""
			}
			return mismatch([]string{x.Recipient}, b.Recipient)
		}); objection != "" {
			c.Verdict, c.Where, c.Detail = Fail, s.where+"/Subject/SubjectConfirmation/SubjectConfirmationData/@Recipient", objection
			c.Fix = "set the Reply URL (Assertion Consumer Service URL) at the identity provider to this address"
		}
	}
	x.add(c)
}

func (x *examination) checkRequest() {
	c := Check{Name: "request", Asked: x.RequestID != nil, Verdict: Pass}
	if !c.Asked {
		c.Verdict, c.Detail = Skipped, "not checked: give the ID of the request with --request-id, or \"\" if nothing was requested"
		x.add(c)
		return
	}
	want := *x.RequestID
	c.Detail = or(want, "unsolicited, as expected")
	judge := func(got, where string) {
		if got != want && c.Verdict == Pass {
			c.Verdict, c.Where, c.Detail = Fail, where, fmt.Sprintf("expected %s, got %s", or(want, "none"), or(got, "none"))
			c.Fix = "the response answers another request: an old page was sent again, or the session of the request was lost"
		}
	}
	if x.root.NamespaceURI() == saml.NSProtocol {
		judge(x.m.InResponseTo, document.Path(x.root)+"/@InResponseTo")
	}
	for _, s := range x.m.Assertions {
		if objection := bearer(s, func(b Confirmation) string {
			if b.InResponseTo == want {
				return ""
			}
			return "other"
		}); objection != "" {
			got := ""
			if len(s.Confirmations) > 0 {
				got = s.Confirmations[0].InResponseTo
			}
			judge(got, s.where+"/Subject/SubjectConfirmation/SubjectConfirmationData/@InResponseTo")
			if got == want { // the first is not the bearer confirmation
				c.Verdict, c.Detail = Fail, objection
			}
		}
	}
	x.add(c)
}

// checkTimes holds every limit of the message against the clock.
func (x *examination) checkTimes() {
	c := Check{Name: "times", Asked: x.JudgeTimes, Verdict: Pass}
	count := 0
	fail := func(where, detail string) {
		if c.Verdict == Pass {
			c.Verdict, c.Where, c.Detail = Fail, where, detail
		}
	}
	judge := func(from, until, where string) string {
		for _, limit := range []struct {
			name, text string
			begin      bool
		}{{"NotBefore", from, true}, {"NotOnOrAfter", until, false}} {
			if limit.text == "" {
				continue
			}
			count++
			at, err := saml.ParseTime(limit.text)
			if err != nil {
				return fmt.Sprintf("%s/@%s is no time: %q", where, limit.name, clip(limit.text, 60))
			}
			away := x.Now.Sub(at)
			switch {
			case limit.begin && x.Now.Add(x.Skew).Before(at):
				return fmt.Sprintf("not valid yet, for another %s: NotBefore is %s, and it is %s", span(-away), limit.text, saml.FormatTime(x.Now))
			case !limit.begin && !x.Now.Add(-x.Skew).Before(at):
				return fmt.Sprintf("expired %s ago: NotOnOrAfter is %s, and it is %s", span(away), limit.text, saml.FormatTime(x.Now))
			case limit.begin && x.Now.Before(at), !limit.begin && !x.Now.Before(at):
				x.code.warn("clock-skew", "%s of %s holds only because clocks may differ by %s", limit.name, where, x.Skew)
			}
		}
		return ""
	}
	for _, s := range x.m.Assertions {
		if objection := judge(s.NotBefore, s.NotOnOrAfter, s.where+"/Conditions"); objection != "" {
			fail(s.where+"/Conditions", objection)
		}
		if len(s.Confirmations) > 0 {
			where := s.where + "/Subject/SubjectConfirmation/SubjectConfirmationData"
			if objection := bearer(s, func(b Confirmation) string { return judge(b.NotBefore, b.NotOnOrAfter, where) }); objection != "" {
				fail(where, objection)
			}
		}
		if objection := judge("", s.SessionEnd, s.where+"/AuthnStatement"); objection != "" {
			fail(s.where+"/AuthnStatement", "the session: "+objection)
		}
	}
	if l := x.m.Logout; l != nil {
		if objection := judge("", l.NotOnOrAfter, "/LogoutRequest"); objection != "" {
			fail("/LogoutRequest", objection)
		}
	}
	if until := document.Attr(x.shown, "validUntil"); until != "" {
		if objection := judge("", until, document.Path(x.root)); objection != "" {
			fail(document.Path(x.root)+"/@validUntil", strings.Replace(objection, "NotOnOrAfter", "validUntil", 1))
		}
	}
	switch {
	case count == 0 && c.Asked:
		c.Verdict, c.Detail = Skipped, "the message has no limits in time"
	case count == 0:
		return
	case c.Verdict == Fail:
		c.Fix = "send a fresh message; where the difference is small, set the clocks right. For an old message, --time says when to judge it"
	default:
		c.Detail = fmt.Sprintf("valid at %s", saml.FormatTime(x.Now))
	}
	x.add(c)
}

// span writes how long something takes, as people say it.
func span(d time.Duration) string {
	if days := int(d / (24 * time.Hour)); days >= 2 {
		return fmt.Sprintf("%d days", days)
	}
	return d.Round(time.Second).String()
}
