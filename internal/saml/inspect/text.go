package inspect

import (
	"fmt"
	"io"
	"strings"

	"github.com/idharness/harness/internal/saml"
)

// TextOptions is how a report is written for people.
type TextOptions struct {
	Full  bool                             // certificates, signature values and ciphertexts whole
	Paint func(v Verdict, s string) string // colours a word; nil: not at all
}

// writer gathers lines; every text that a message brought goes through row or
// line, which make it printable.
type writer struct {
	b strings.Builder
	o TextOptions
}

func (w *writer) line(indent int, text string) {
	for part := range strings.SplitSeq(text, "\n") {
		w.b.WriteString(strings.TrimRight(strings.Repeat(" ", indent)+printable(part), " ") + "\n")
	}
}

// row writes a name and its value, unless that is empty.
func (w *writer) row(name, value string) {
	if value != "" {
		w.line(2, fmt.Sprintf("%-16s %s", name, printable(value)))
	}
}

// WriteText writes a report for people: the XML of each message, what it says,
// the checks, and the verdict last.
func (r *Report) WriteText(out io.Writer, o TextOptions) error {
	w := &writer{o: o}
	for i, m := range r.Messages {
		if len(r.Messages) > 1 {
			if i > 0 {
				w.line(0, "")
			}
			w.line(0, fmt.Sprintf("── message %d of %d ──", i+1, len(r.Messages)))
		}
		w.message(m)
	}
	_, err := io.WriteString(out, w.b.String())
	return err
}

func (w *writer) message(m *Message) {
	w.xml(m)
	w.line(0, "")
	from := m.Source
	if len(m.Encoding) > 0 {
		from += ": " + strings.Join(m.Encoding, ", then ")
	}
	w.line(0, m.Kind+" ("+from+")")
	w.envelope(m)
	for _, s := range m.Assertions {
		w.assertion(s)
	}
	for _, e := range m.Entities {
		w.entity(e)
	}
	w.signatures(m.Signatures)
	w.checks(m.Checks)
	if len(m.Warnings) > 0 {
		w.line(0, "")
		w.line(0, "Warnings")
		for _, n := range m.Warnings {
			w.line(2, "! "+n.Text)
			if n.Where != "" {
				w.line(4, "at "+n.Where)
			}
		}
	}
	w.line(0, "")
	w.verdict(m)
}

func (w *writer) xml(m *Message) {
	text := m.XML
	if !w.o.Full {
		text = m.shortXML
	}
	for part := range strings.SplitSeq(text, "\n") {
		w.b.WriteString(part + "\n")
	}
}

func (w *writer) envelope(m *Message) {
	w.row("ID", m.ID)
	w.row("Issued", m.IssueInstant)
	w.row("Issuer", m.Issuer)
	w.row("Destination", m.Destination)
	if m.InResponseTo == "" && m.Kind == "Response" {
		w.row("In response to", "nothing (unsolicited, IdP-initiated)")
	}
	w.row("In response to", m.InResponseTo)
	if m.Status != nil {
		w.row("Status", statusText(m.Status))
	}
	if r := m.Request; r != nil {
		w.row("Answer to", r.ACS)
		w.row("Answer to index", r.ACSIndex)
		w.row("By binding", r.ProtocolBinding)
		w.row("NameID wanted", r.NameIDFormat)
		w.row("Sign-in wanted", strings.Join(r.Contexts, ", "))
		if r.ForceAuthn {
			w.row("ForceAuthn", "yes: sign in again, even with a session")
		}
		if r.IsPassive {
			w.row("IsPassive", "yes: answer without asking the person anything")
		}
	}
	if l := m.Logout; l != nil {
		w.nameID("Signs out", l.NameID)
		w.row("Session index", strings.Join(l.SessionIndexes, ", "))
		w.row("Valid until", l.NotOnOrAfter)
		w.row("Reason", l.Reason)
	}
	if m.RelayState != nil {
		w.row("RelayState", quoteIfEmpty(*m.RelayState))
	}
	if m.Encrypted > 0 {
		w.row("Encrypted", fmt.Sprintf("%d assertion(s), not readable", m.Encrypted))
	}
}

func quoteIfEmpty(text string) string {
	if strings.TrimSpace(text) == "" {
		return fmt.Sprintf("%q", text)
	}
	return text
}

func (w *writer) nameID(name string, id NameID) {
	w.row(name, quoteIfEmpty(id.Value))
	w.row("  format", id.Format)
}

func (w *writer) assertion(s *Subject) {
	how := ""
	switch {
	case s.Trusted && s.Decrypted:
		how = ", decrypted, as it was signed"
	case s.Trusted:
		how = ", as it was signed"
	case s.Decrypted:
		how = ", decrypted, not verified"
	default:
		how = ", not verified"
	}
	w.line(0, "")
	w.line(0, "Assertion "+s.ID+how)
	w.row("Issuer", s.Issuer)
	w.nameID("Subject", s.NameID)
	for _, c := range s.Confirmations {
		if c.Method != saml.ConfirmationBearer {
			w.row("Confirmed by", c.Method)
		}
		w.row("Recipient", c.Recipient)
		w.row("In response to", c.InResponseTo)
		w.row("Use before", c.NotOnOrAfter)
	}
	if s.NotBefore != "" || s.NotOnOrAfter != "" {
		w.row("Valid", strings.TrimSpace("from "+or(s.NotBefore, "ever")+" until "+or(s.NotOnOrAfter, "ever")))
	}
	for _, restriction := range s.Audiences {
		w.row("Audience", quoteIfEmpty(strings.Join(restriction, " or ")))
	}
	if s.AuthnInstant != "" || s.AuthnContext != "" {
		w.row("Signed in", strings.TrimSpace(s.AuthnInstant+" by "+or(s.AuthnContext, "unknown means")))
	}
	w.row("Session index", s.SessionIndex)
	w.row("Session until", s.SessionEnd)
	if len(s.Attributes) > 0 {
		w.line(2, "Attributes")
	}
	for _, a := range s.Attributes {
		w.line(4, printable(a.Name))
		for _, v := range a.Values {
			w.line(6, "= "+printable(quoteIfEmpty(v)))
		}
		if len(a.Values) == 0 {
			w.line(6, "without a value")
		}
	}
}

func (w *writer) entity(e Entity) {
	w.line(0, "")
	w.line(0, "Entity "+printable(e.ID))
	w.row("Roles", strings.Join(e.Roles, ", "))
	for _, p := range e.Endpoints {
		w.row(p.Kind, p.Location)
		w.row("  by", short(p.Binding))
	}
	for _, c := range e.Certificates {
		w.row("Certificate", c.text()+" for "+or(c.Use, "everything"))
	}
}

func (c Certificate) text() string {
	text := fmt.Sprintf("%s (%s), valid from %s to %s", c.Thumbprint, c.Subject, c.NotBefore, c.NotAfter)
	if c.Trusted {
		text += ", trusted"
	}
	return text
}

// short is the last part of a URI, which is what people call an algorithm.
func short(uri string) string {
	if n := strings.LastIndexAny(uri, "#:"); n >= 0 && n+1 < len(uri) {
		return uri[n+1:]
	}
	return or(uri, "no algorithm")
}

func (w *writer) signatures(all []Signature) {
	if len(all) == 0 {
		return
	}
	w.line(0, "")
	w.line(0, "Signatures")
	for _, s := range all {
		method := short(s.Algorithm)
		if s.Digest != "" {
			method += ", digest " + short(s.Digest)
		}
		w.line(2, "over "+s.Covers+": "+method)
		if s.Certificate != nil {
			w.line(4, "carries "+printable(s.Certificate.text()))
		}
		if s.KeyName != "" {
			w.line(4, "names the key "+printable(s.KeyName))
		}
		switch {
		case s.VerifiedWith != "":
			w.line(4, "holds, by the trusted certificate "+s.VerifiedWith)
		case s.Problem != "":
			w.line(4, "does not hold: "+printable(s.Problem))
		}
	}
}

// words for verdicts. What fails without having been asked for is no failure of
// the command, but worth a look.
func (c Check) word() string {
	switch {
	case c.Verdict == Pass:
		return "ok"
	case c.Verdict == Skipped:
		return "-"
	case c.Asked:
		return "FAILED"
	default:
		return "look"
	}
}

func (w *writer) checks(all []Check) {
	if len(all) == 0 {
		return
	}
	w.line(0, "")
	w.line(0, "Checks")
	for _, c := range all {
		word := fmt.Sprintf("%-7s", c.word())
		if w.o.Paint != nil {
			word = w.o.Paint(c.Verdict, word)
		}
		w.b.WriteString("  " + word)
		w.line(0, fmt.Sprintf("%-12s %s", c.Name, printable(c.Detail)))
		if c.Verdict == Fail && c.Where != "" {
			w.line(22, "at "+printable(c.Where))
		}
		if c.Verdict == Fail && c.Fix != "" {
			w.line(22, c.Fix)
		}
	}
}

func (w *writer) verdict(m *Message) {
	var asked, failed, look []string
	for _, c := range m.Checks {
		if c.Asked && c.Verdict != Skipped {
			asked = append(asked, c.Name)
		}
		if c.Verdict == Fail && c.Asked {
			failed = append(failed, c.Name)
		} else if c.Verdict == Fail {
			look = append(look, c.Name)
		}
	}
	switch {
	case len(failed) > 0:
		w.line(0, fmt.Sprintf("FAILED: %s (of %d checks asked for)", strings.Join(failed, ", "), len(asked)))
	case len(asked) > 0:
		w.line(0, fmt.Sprintf("all %d checks asked for hold: %s", len(asked), strings.Join(asked, ", ")))
	default:
		w.line(0, "decoded; no check was asked for (--cert, --metadata, --time, --audience, --recipient, …)")
	}
	if len(look) > 0 {
		w.line(0, "have a look at: "+strings.Join(look, ", "))
	}
}
