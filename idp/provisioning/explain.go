package provisioning

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// Explanation is our own account of a failure, beside the service's words:
// what was expected, what came, where, and which side to mend.
type Explanation struct {
	Expected string       `json:"expected"`
	Got      string       `json:"got"`
	Where    string       `json:"where"` // request and mappings
	Fix      refusal.Side `json:"fix"`
	Hint     string       `json:"hint"`
}

// String gives the explanation in one line.
func (e Explanation) String() string {
	r := refusal.Refusal{Expected: e.Expected, Got: e.Got, Where: e.Where, Fix: e.Fix, Hint: e.Hint}
	return r.Explanation()
}

// into gives an explanation to a refusal. What it got stands there already.
func (e *Explanation) into(r *refusal.Refusal) {
	if e != nil {
		r.Expected, r.Where, r.Fix, r.Hint = e.Expected, e.Where, e.Fix, e.Hint
		r.Got += "; " + e.Got
	}
}

// SideTarget is the side of a target that is not Identity Center.
const SideTarget refusal.Side = "target"

// explain fills in the explanation of a failure. The object's kind says among
// which mappings to look for the cause; it is empty for the probe.
func (c *cycle) explain(f *failure, kind directory.Kind) {
	if f.explanation != nil {
		return
	}
	e := &Explanation{Expected: expectations[f.code], Got: f.got(), Where: c.where(f), Fix: refusal.Entra, Hint: advice[f.code]}
	if e.Expected == "" {
		e.Expected = "an answer with status 200, 201 or 204"
	}
	if targetsFault[f.code] {
		e.Fix = SideTarget
		if c.job.cfg.Template == TemplateAWS {
			e.Fix = refusal.IdentityCenter
		}
	}
	if f.handshake != nil {
		e.Expected, e.Hint = f.handshake.expected, f.handshake.hint
	}
	if kind == "" {
		c.explainProbe(f, e)
	} else {
		c.explainObject(f, e, kind)
	}
	f.explanation = e
}

// where is the request that failed, if one did.
func (c *cycle) where(f *failure) string {
	method, path, ok := strings.Cut(f.request, " ")
	if !ok {
		return ""
	}
	return method + " " + c.client.target.base + path
}

// explainProbe is about the question that every cycle begins with.
func (c *cycle) explainProbe(f *failure, e *Explanation) {
	if why, ok := refusal.From(testRefusal(f, c.client.target)); ok {
		e.Expected, e.Where, e.Hint = why.Expected, why.Where+", "+c.where(f), why.Hint
	}
}

// explainObject looks for the mappings that an answer is about.
func (c *cycle) explainObject(f *failure, e *Explanation, kind directory.Kind) {
	text := f.detail
	if text == "" {
		text = f.reason
	}
	blamed := c.table(kind).mentioned(text)
	places := make([]string, 0, len(blamed)+1)
	if e.Where != "" {
		places = append(places, e.Where)
	}
	for _, m := range blamed {
		places = append(places, "mapping "+m.Target+" from "+m.origin())
	}
	attribute := quoted(text)
	if len(blamed) == 0 && attribute != "" && f.code == codeMandatoryMissing {
		places = append(places, "no mapping fills "+attribute)
	}
	e.Where = strings.Join(places, ", ")
	specific(f, e, text, blamed)
}

// specific replaces the general advice where the answer is one of those that
// Identity Center gives.
func specific(f *failure, e *Explanation, text string, blamed []*mapping) {
	switch {
	case strings.Contains(text, "exceeds allowed limit of"):
		e.Expected = "one value where the target takes one (AWS: one e-mail address, one phone number, one postal address)"
		e.Hint = fmt.Sprintf("%d mappings fill the same multi-valued attribute; keep one of them", len(blamed))
	case f.code == codeMandatoryMissing && len(blamed) > 0:
		m := blamed[0]
		e.Expected = "a value for " + m.Target
		e.Hint = "fill in " + m.origin() + " in Entra, or give the mapping a default value"
	case strings.Contains(text, "regular expression pattern"):
		e.Expected = "a value without the characters that the target forbids (AWS: <>;:% and control characters)"
		e.Hint = "change the value in Entra, or take the characters out with Replace in the mapping"
	}
}

// got says what came instead.
func (f *failure) got() string {
	switch {
	case f.status > 0 && f.detail != "":
		return fmt.Sprintf("status %d: %s", f.status, f.detail)
	case f.status > 0:
		return fmt.Sprintf("status %d without a SCIM error", f.status)
	default:
		return strings.TrimSuffix(f.reason, ".")
	}
}

// origin is what fills a mapping's target, as it was configured.
func (m *mapping) origin() string {
	switch {
	case m.Expression != "":
		return m.Expression
	case m.Source != "":
		return m.Source
	case m.Constant != "":
		return "the constant " + m.Constant
	default:
		return "nothing but a default value"
	}
}

// mentioned finds the mappings whose target a text names: exactly, and
// otherwise by their attribute, such as emails.
func (t *table) mentioned(text string) []*mapping {
	var exact, whole []*mapping
	for _, m := range t.mappings {
		path := m.path.attr
		if m.path.sub != "" && !m.path.filtered() {
			path += "." + m.path.sub
		}
		switch {
		case hasWord(text, m.Target) || path != m.path.attr && hasWord(text, path):
			exact = append(exact, m)
		case hasWord(text, m.path.attr):
			whole = append(whole, m)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return whole
}

// hasWord reports whether text has the word, not as a part of a longer one.
func hasWord(text, word string) bool {
	if word == "" {
		return false
	}
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for rest := text; ; {
		at := strings.Index(rest, word)
		if at < 0 {
			return false
		}
		before, after := rest[:at], rest[at+len(word):]
		if strings.LastIndexFunc(before, inWord) != len(before)-1 || before == "" {
			if strings.IndexFunc(after, inWord) != 0 {
				return true
			}
		}
		rest = after
	}
}

// quoted returns what stands between the first two single quotation marks.
func quoted(text string) string {
	_, after, found := strings.Cut(text, "'")
	if !found {
		return ""
	}
	inside, _, closed := strings.Cut(after, "'")
	if !closed {
		return ""
	}
	return inside
}
