// Package refusal says why a mock refused something: in the real service's
// words, and in ours.
package refusal

import (
	"errors"
	"strings"
)

// Side is the part of the set-up where the mistake can be mended.
type Side string

// The sides that a refusal can point to.
const (
	Entra          Side = "entra"
	IdentityCenter Side = "identityCenter"
	Request        Side = "request"
)

// Refusal is an error that explains itself. It renders as a page, as JSON and,
// through Error, as a line of text.
type Refusal struct {
	Code     string `json:"code"`               // the service's code, such as AADSTS50105, or ours where the service has none
	Message  string `json:"message"`            // what the real service shows
	Expected string `json:"expected,omitempty"` // what would have been accepted
	Got      string `json:"got,omitempty"`      // what came
	Where    string `json:"where,omitempty"`    // XPath, JSON path, file:line:column or the name of a setting
	Fix      Side   `json:"fix,omitempty"`      // which side to mend
	Hint     string `json:"hint,omitempty"`     // how to mend it
}

// Error gives the refusal in one line: code, message, then our explanation.
func (r *Refusal) Error() string {
	var b strings.Builder
	b.WriteString(r.Code)
	if r.Message != "" {
		b.WriteString(": " + r.Message)
	}
	if explanation := r.Explanation(); explanation != "" {
		b.WriteString(" (" + explanation + ")")
	}
	return b.String()
}

// Explanation gives our part in one line: expected, got, where, hint.
func (r *Refusal) Explanation() string {
	var parts []string
	for _, part := range []struct{ label, text string }{
		{"expected ", r.Expected}, {"got ", r.Got}, {"at ", r.Where}, {"fix on the side of ", string(r.Fix)}, {"", r.Hint},
	} {
		if part.text != "" {
			parts = append(parts, part.label+part.text)
		}
	}
	return strings.Join(parts, "; ")
}

// Masked is a copy with every text put through mask.
func (r *Refusal) Masked(mask func(string) string) *Refusal {
	c := *r
	for _, text := range []*string{&c.Code, &c.Message, &c.Expected, &c.Got, &c.Where, &c.Hint} {
		*text = mask(*text)
	}
	return &c
}

// From finds a refusal in err's chain.
func From(err error) (*Refusal, bool) {
	var r *Refusal
	ok := errors.As(err, &r)
	return r, ok
}
