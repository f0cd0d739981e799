package scimmock

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/idharness/harness/scimmock/document"
	"github.com/idharness/harness/sp/identitystore"
)

// Record is what AWS's CloudTrail is told of a call (user guide, "Logging IAM
// Identity Center SCIM API calls with AWS CloudTrail"). Personal values are
// masked in it.
type Record struct {
	Request      *http.Request
	RequestID    string
	Operation    string // its name, such as CreateUser
	ReadOnly     bool
	TokenID      string         // of the access token; empty: none was accepted
	Parameters   map[string]any // requestParameters
	Response     map[string]any // responseElements; nil: none
	ErrorCode    string         // empty: the call succeeded
	ErrorMessage string
}

// masked stands for values that CloudTrail hides.
const masked = "HIDDEN_DUE_TO_SECURITY_REASONS"

// record tells whoever asked for it of a call that an operation was found for.
func (s *Server) record(c *call, answer reply, err error) {
	if s.recorder == nil || c.operation == "" {
		return
	}
	r := Record{
		Request: c.http, RequestID: c.requestID, Operation: c.operation, ReadOnly: c.http.Method == http.MethodGet,
		TokenID: s.store.TokenID(c.token), Parameters: map[string]any{"tenantId": c.tenant},
	}
	if c.id != "" {
		r.Parameters["id"] = c.id
	}
	if c.parsed != nil {
		r.Parameters["httpBody"] = maskRequest(*c.parsed, c.http.Method == http.MethodPatch)
	}
	var p *problem
	switch {
	case errors.As(err, &p):
		r.ErrorCode, r.ErrorMessage = p.Code, p.Message
		if p.status == http.StatusConflict && p.Hint != "" {
			r.ErrorMessage = p.Hint // the trail names what is taken, the response does not
		}
	case err != nil:
		r.ErrorCode = internalServerException
	case !r.ReadOnly && answer.body != nil:
		r.Response = maskResponse(answer.body)
	}
	s.recorder(r)
}

// maskRequest shows a body as the trail does: booleans and the structure stay,
// and of a new resource the schemas. Of a PATCH the verbs, in capitals, and the
// paths stay. What stands in their place and is none could say who it was about,
// and is masked too.
func maskRequest(body document.Value, patch bool) map[string]any {
	out := make(map[string]any, len(body.Members))
	for _, m := range body.Members {
		switch {
		case patch && m.Name == "Operations":
			out["operations"] = maskOperations(m.Value)
		case !patch && m.Name == "schemas":
			out[m.Name] = show(m.Value, schemaName)
		default:
			out[m.Name] = mask(m.Value)
		}
	}
	return out
}

func maskOperations(list document.Value) any {
	if list.Kind != document.Array {
		return mask(list)
	}
	operations := make([]any, 0, min(len(list.Items), maxListed))
	for _, item := range listed(list) {
		operation := make(map[string]any, len(item.Members))
		for _, m := range item.Members {
			switch m.Name {
			case "op":
				operation["op"] = show(m.Value, verb)
			case "path":
				operation["path"] = show(m.Value, path)
			default:
				operation[m.Name] = masked
			}
		}
		operations = append(operations, operation)
	}
	return operations
}

// mask hides texts and numbers, and keeps the structure that holds them.
func mask(v document.Value) any {
	switch v.Kind {
	case document.Object:
		out := make(map[string]any, len(v.Members))
		for _, m := range v.Members {
			out[m.Name] = mask(m.Value)
		}
		return out
	case document.Array:
		out := make([]any, 0, min(len(v.Items), maxListed))
		for _, item := range listed(v) {
			out = append(out, mask(item))
		}
		return out
	case document.Bool:
		return v.True
	case document.Null:
		return nil
	}
	return masked
}

// show shows texts in the form that it is told, and hides the rest.
func show(v document.Value, form func(string) string) any {
	switch v.Kind {
	case document.Array:
		out := make([]any, 0, min(len(v.Items), maxListed))
		for _, item := range listed(v) {
			out = append(out, show(item, form))
		}
		return out
	case document.String:
		return form(v.Text)
	}
	return mask(v)
}

// maxListed is how many elements of a list a record keeps, so that large requests
// do not fill the memory.
const maxListed = 100

func listed(v document.Value) []document.Value { return v.Items[:min(len(v.Items), maxListed)] }

func asItIs(text string) string { return text }

// verb is the op of a PATCH.
func verb(text string) string {
	switch op := strings.ToUpper(text); op {
	case "ADD", "REPLACE", "REMOVE":
		return op
	}
	return masked
}

func schemaName(text string) string {
	switch text {
	case identitystore.UserURN, identitystore.GroupURN, identitystore.EnterpriseURN:
		return text
	}
	return masked
}

// path is the path of a PATCH without the values that its filter compares with,
// which may be personal; types stay. What cannot be a path is hidden whole.
func path(text string) string {
	var out strings.Builder
	for rest := text; rest != ""; {
		name, quoted, isQuoted := strings.Cut(rest, `"`)
		if strings.ContainsFunc(name, notOfPath) {
			return masked
		}
		out.WriteString(name)
		if !isQuoted {
			break
		}
		end := 0
		for end < len(quoted) && quoted[end] != '"' {
			if quoted[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(quoted) {
			return masked
		}
		value := quoted[:end]
		switch value {
		case "work", "home", "other", "mobile":
		default:
			value = masked
		}
		out.WriteString(`"` + value + `"`)
		rest = quoted[end+1:]
	}
	return out.String()
}

func notOfPath(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	return !letter && !strings.ContainsRune("_-.:$[]() ", r)
}

// maskResponse shows a resource as the trail does: id, schemas and meta, whose
// dates have another form there, stay.
func maskResponse(resource any) map[string]any {
	text, err := json.Marshal(resource)
	if err != nil {
		return nil
	}
	v, err := document.Parse(text)
	if err != nil || v.Kind != document.Object {
		return nil
	}
	out := make(map[string]any, len(v.Members))
	for _, m := range v.Members {
		switch m.Name {
		case "id", "schemas":
			out[m.Name] = show(m.Value, asItIs)
		case "meta":
			meta := make(map[string]any, len(m.Value.Members))
			for _, part := range m.Value.Members {
				meta[part.Name] = part.Value.Text
				if at, err := time.Parse(time.RFC3339, part.Value.Text); err == nil {
					meta[part.Name] = at.UTC().Format("Jan 2, 2006, 3:04:05 PM")
				}
			}
			out[m.Name] = meta
		default:
			out[m.Name] = mask(m.Value)
		}
	}
	return out
}
