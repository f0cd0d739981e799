package control

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/sp/identitystore"
)

// problemMedia is the media type of problem documents (RFC 9457, section 3).
const problemMedia = "application/problem+json"

// problemTypes is where docs/control.md describes the kinds of problems.
const problemTypes = "https://github.com/idharness/harness/blob/main/docs/control.md#"

// problem is a problem document (RFC 9457). Those of a refusal have its code
// and explanation besides.
type problem struct {
	Type     string    `json:"type"`
	Title    string    `json:"title"`
	Status   int       `json:"status"`
	Detail   string    `json:"detail"`
	Code     string    `json:"code,omitempty" doc:"Of a refusal: the real service's code, such as AADSTS50057."`
	Expected string    `json:"expected,omitempty"`
	Got      string    `json:"got,omitempty"`
	Where    string    `json:"where,omitempty" doc:"A part of the request, an XPath, or the name of a setting."`
	Fix      string    `json:"fix,omitempty" doc:"Which side to mend: entra, identityCenter or request."`
	Hint     string    `json:"hint,omitempty"`
	Errors   []mistake `json:"errors,omitempty" doc:"Every mistake of a body."`

	Kind string `json:"-"` // the end of Type
}

// mistake is one thing wrong with a body.
type mistake struct {
	Detail string `json:"detail"`
	Where  string `json:"where,omitempty" doc:"The path of a setting."`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty" doc:"In characters, from 1."`
	Hint   string `json:"hint,omitempty"`
}

// Error gives the problem in one line.
func (p *problem) Error() string { return p.Detail }

// titles of the kinds of problems; docs/control.md describes them.
var titles = map[string]string{
	"route":      "No such route",
	"method":     "The route takes another method",
	"body":       "The body cannot be read",
	"media-type": "The body has another type",
	"request":    "The request is wrong",
	"missing":    "No such object",
	"conflict":   "Something is in the way",
	"refused":    "The service refuses",
	"token":      "A token is needed",
	"origin":     "The request comes from elsewhere",
	"unreached":  "Something could not be reached",
	"failed":     "The harness failed",
	"later":      "Not possible yet",
}

func badRequest(detail, where, hint string) *problem {
	return &problem{Kind: "request", Status: http.StatusBadRequest, Detail: detail, Where: where, Hint: hint}
}

// badBody lists the mistakes of a body.
func badBody(err error) error {
	var all strictyaml.Errors
	if !errors.As(err, &all) {
		return badRequest(err.Error(), "body", "")
	}
	const most = 20
	p := &problem{Kind: "body", Status: http.StatusBadRequest, Where: "body"}
	for _, e := range all[:min(len(all), most)] {
		p.Errors = append(p.Errors, mistake{Detail: e.Message, Line: e.Pos.Line, Column: e.Pos.Column, Hint: e.Hint})
	}
	first := all[0]
	p.Detail, p.Where, p.Hint = first.Error(), first.Pos.String(), first.Hint
	if len(all) > 1 {
		p.Detail += fmt.Sprintf(" (and %d more)", len(all)-1)
	}
	return p
}

// absent says that an object is not there.
func absent(what, ref string, known []string) error {
	p := &problem{Kind: "missing", Status: http.StatusNotFound, Detail: fmt.Sprintf("there is no %s %q", what, clip(ref)), Got: clip(ref), Where: what}
	if near, ok := strictyaml.Nearest(ref, known); ok {
		p.Hint = "did you mean " + near + "?"
	} else if len(known) > 0 && len(known) <= 10 {
		p.Expected = strings.Join(known, " or ")
	}
	return p
}

// unreached marks an error of something that the harness asked in vain.
type unreached struct{ error }

func (u unreached) Unwrap() error { return u.error }

// problemOf gives an error the form of a problem.
func problemOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	if why, ok := refusalOf(err); ok {
		return refused(why)
	}
	var all strictyaml.Errors
	if errors.As(err, &all) {
		if p, ok := badBody(err).(*problem); ok {
			return p
		}
	}
	var wrong claims.Mistakes
	if errors.As(err, &wrong) && len(wrong) > 0 {
		return badClaims(wrong)
	}
	var far unreached
	if errors.As(err, &far) {
		return &problem{Kind: "unreached", Status: http.StatusBadGateway, Detail: err.Error()}
	}
	return &problem{Kind: "failed", Status: http.StatusInternalServerError, Detail: err.Error()}
}

// badClaims lists the mistakes of a claims configuration.
func badClaims(wrong claims.Mistakes) *problem {
	p := &problem{Kind: "refused", Status: http.StatusUnprocessableEntity, Detail: wrong[0].Error(), Where: wrong[0].Path, Fix: string(refusal.Entra), Hint: wrong[0].Hint}
	for _, m := range wrong {
		p.Errors = append(p.Errors, mistake{Detail: m.Problem, Where: m.Path, Hint: m.Hint})
	}
	return p
}

// refused is the problem of something that a mock refuses.
func refused(why *refusal.Refusal) *problem {
	p := &problem{
		Kind: "refused", Status: http.StatusUnprocessableEntity, Detail: why.Message, Code: why.Code,
		Expected: why.Expected, Got: why.Got, Where: why.Where, Fix: string(why.Fix), Hint: why.Hint,
	}
	switch {
	case strings.Contains(why.Code, "NotFound") && !strings.HasPrefix(why.Code, "AADSTS"):
		p.Kind, p.Status = "missing", http.StatusNotFound
	case strings.Contains(why.Code, "Conflict") || strings.Contains(why.Code, "AlreadyExists") || strings.Contains(why.Message, "already exists"):
		p.Kind, p.Status = "conflict", http.StatusConflict
	}
	if p.Detail == "" {
		p.Detail = why.Error()
	}
	return p
}

// refusalOf finds a service's refusal in err's chain. The identity store's
// errors have the names that AWS's APIs give them.
func refusalOf(err error) (*refusal.Refusal, bool) {
	var store *identitystore.Error
	if !errors.As(err, &store) {
		return refusal.From(err)
	}
	code := "ValidationException"
	switch store.Kind {
	case identitystore.Conflict:
		code = "ConflictException"
	case identitystore.NotFound:
		code = "ResourceNotFoundException"
	}
	return &refusal.Refusal{
		Code: code, Message: store.Message, Expected: store.Expected, Got: store.Value, Where: store.Attribute, Fix: refusal.IdentityCenter,
	}, true
}

// fail answers with a problem. Secrets are masked, as in the trace.
func (c *call) fail(err error) {
	p := *problemOf(err)
	p.Type, p.Title = problemTypes+p.Kind, titles[p.Kind]
	mask := c.server.mask
	for _, text := range []*string{&p.Detail, &p.Expected, &p.Got, &p.Where, &p.Hint} {
		*text = mask(*text)
	}
	for i := range p.Errors {
		p.Errors[i].Detail, p.Errors[i].Hint = mask(p.Errors[i].Detail), mask(p.Errors[i].Hint)
	}
	text, err := encode(p)
	if err != nil {
		http.Error(c.w, "the problem could not be written", http.StatusInternalServerError)
		return
	}
	c.write(p.Status, problemMedia, text)
}

// mask blots out the secrets that the trace conceals, and the token.
func (s *Server) mask(text string) string {
	text = s.cfg.Trace.Mask(text)
	if s.cfg.Token != "" {
		text = strings.ReplaceAll(text, s.cfg.Token, "***")
	}
	return text
}
