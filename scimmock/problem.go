package scimmock

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/scimmock/document"
	"github.com/idharness/harness/scimmock/resource"
	"github.com/idharness/harness/sp/identitystore"
)

// The rules whose verdicts a trace shows.
const (
	ruleAuthorization = "authorization"
	ruleOperation     = "operation"
	ruleThrottling    = "throttling"
	ruleJSON          = "json"
	ruleSchema        = "schema"
	rulePatch         = "patch"
	ruleFilter        = "filter"
	rulePaging        = "paging"
	ruleExistence     = "existence"
	ruleUniqueness    = "uniqueness"
)

// problem is a refused request: the service's answer and our explanation.
type problem struct {
	refusal.Refusal
	status int
	rule   string

	scimType string // of RFC 7644 section 3.12, if the rule does not say it
	allow    string // methods, of a 405
}

func (p *problem) Error() string { return p.Refusal.Error() }

// why explains a problem: what was expected, what came, where, and what to do.
type why struct{ expected, got, where, hint string }

func refuse(status int, code, rule, detail string, w why) *problem {
	return &problem{
		Refusal: refusal.Refusal{Code: code, Message: detail, Expected: w.expected, Got: w.got, Where: w.where, Fix: refusal.Request, Hint: w.hint},
		status:  status, rule: rule,
	}
}

func invalid(rule, detail string, w why) *problem {
	return refuse(http.StatusBadRequest, validationException, rule, detail, w)
}

func notFound(rule string, w why) *problem {
	return refuse(http.StatusNotFound, resourceNotFoundException, rule, detailNotFound, w)
}

// byStatus refuses with a status that the profile names.
func byStatus(status int, rule string, w why) *problem {
	switch status {
	case http.StatusBadRequest:
		return invalid(rule, detailInvalid, w)
	case http.StatusNotFound:
		return notFound(rule, w)
	case http.StatusConflict:
		return refuse(status, conflictException, rule, detailConflict, w)
	default:
		return refuse(status, validationException, rule, detailMethod, w)
	}
}

// wrongType refuses a value of another type than the schema's.
func wrongType(rule, expected string, v document.Value) *problem {
	return invalid(rule, detailInvalid, why{expected: expected, got: v.Describe(), where: v.Path})
}

// fromStore turns an error of the identity store into the endpoint's.
func (s *Server) fromStore(err error) error {
	var e *identitystore.Error
	if !errors.As(err, &e) {
		return err
	}
	w := why{expected: e.Expected, got: shown(e.Value), where: attributePath(e.Attribute)}
	switch e.Kind {
	case identitystore.Conflict:
		w.hint = e.Message
		detail := detailConflict
		if s.profile.SpecificConflicts {
			detail = e.Message
		}
		return refuse(http.StatusConflict, conflictException, ruleUniqueness, detail, w)
	case identitystore.NotFound:
		w.hint = e.Message
		return notFound(ruleExistence, w)
	default:
		return invalid(ruleSchema, e.Message, w)
	}
}

// shown quotes a value for an explanation, as much of it as helps.
func shown(value string) string {
	if value == "" {
		return "nothing"
	}
	return document.Value{Kind: document.String, Text: value}.Describe()
}

// attributePath writes the name of an attribute as a path into the resource.
func attributePath(attribute string) string {
	if sub, ok := strings.CutPrefix(attribute, identitystore.EnterpriseURN+"."); ok {
		return document.Join("$", identitystore.EnterpriseURN) + "." + sub
	}
	for _, list := range []string{"emails", "addresses", "phoneNumbers", "roles", "members"} {
		if sub, ok := strings.CutPrefix(attribute, list+"."); ok {
			return "$." + list + "[0]." + sub
		}
	}
	return "$." + attribute
}

// standardError is the body of an error in RFC 7644 section 3.12.
type standardError struct {
	Schemas  []string `json:"schemas"`
	ScimType string   `json:"scimType,omitempty"`
	Detail   string   `json:"detail"`
	Status   string   `json:"status"`
}

// newStandardError explains the problem in its detail: RFC 7644 has that be for
// people.
func newStandardError(p *problem) standardError {
	scimType := p.scimType
	if scimType == "" {
		scimType = defaultScimType(p)
	}
	return standardError{[]string{errorURN}, scimType, p.Explanation(), strconv.Itoa(p.status)}
}

// defaultScimType is the scimType of a problem that does not name one.
func defaultScimType(p *problem) string {
	if p.status == http.StatusConflict {
		return "uniqueness"
	}
	if p.status != http.StatusBadRequest {
		return ""
	}
	switch p.rule {
	case ruleJSON, rulePatch:
		return resource.InvalidSyntax
	case ruleFilter:
		return resource.InvalidFilter
	}
	return resource.InvalidValue
}

// errorBody is the body of an error, with the keys in the order of captured
// responses. "schema" is the service's own mistake and stands beside the
// "schemas" that mended it in 2022. There is no scimType.
type errorBody struct {
	Schema             []string `json:"schema,omitempty"`
	Schemas            []string `json:"schemas,omitempty"`
	Detail             string   `json:"detail"`
	Status             string   `json:"status"`
	ExceptionRequestID string   `json:"exceptionRequestId"`
	TimeStamp          string   `json:"timeStamp"`
}

func newErrorBody(keys ErrorSchemas, status int, detail, requestID string, now time.Time) errorBody {
	urn := []string{errorURN}
	e := errorBody{urn, urn, detail, strconv.Itoa(status), requestID, timeStamp(now)}
	switch keys {
	case ErrorSchemasSingular:
		e.Schemas = nil
	case ErrorSchemasPlural:
		e.Schema = nil
	}
	return e
}

// timeStamp writes a time as captured responses do: to the millisecond,
// without trailing zeros, but with at least one digit after the point.
func timeStamp(t time.Time) string {
	text := t.UTC().Format("2006-01-02 15:04:05.999")
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
