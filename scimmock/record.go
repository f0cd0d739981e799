package scimmock

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/idharness/harness/scimmock/document"
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
// paths stay.
func maskRequest(body document.Value, patch bool) map[string]any {
	out := make(map[string]any, len(body.Members))
	for _, m := range body.Members {
		switch {
		case patch && m.Name == "Operations":
			out["operations"] = maskOperations(m.Value)
		case !patch && m.Name == "schemas":
			out[m.Name] = plain(m.Value)
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
	operations := make([]any, 0, len(list.Items))
	for _, item := range list.Items {
		operation := make(map[string]any, len(item.Members))
		for _, m := range item.Members {
			switch m.Name {
			case "op":
				operation["op"] = strings.ToUpper(m.Value.Text)
			case "path":
				operation["path"] = maskPath(m.Value)
			default:
				operation[m.Name] = masked
			}
		}
		operations = append(operations, operation)
	}
	return operations
}

// maskPath hides the values in a path's filter, which may be personal.
func maskPath(v document.Value) any {
	if v.Kind != document.String {
		return mask(v)
	}
	pieces := strings.Split(v.Text, `"`)
	for n := 1; n < len(pieces); n += 2 {
		if pieces[n] != "work" && pieces[n] != "home" && pieces[n] != "other" && pieces[n] != "mobile" {
			pieces[n] = masked
		}
	}
	return strings.Join(pieces, `"`)
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
		out := make([]any, len(v.Items))
		for n, item := range v.Items {
			out[n] = mask(item)
		}
		return out
	case document.Bool:
		return v.True
	case document.Null:
		return nil
	}
	return masked
}

func plain(v document.Value) any {
	if v.Kind == document.Array {
		out := make([]any, len(v.Items))
		for n, item := range v.Items {
			out[n] = plain(item)
		}
		return out
	}
	if v.Kind == document.String {
		return v.Text
	}
	return mask(v)
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
			out[m.Name] = plain(m.Value)
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
