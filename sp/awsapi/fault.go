package awsapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/sp/identitystore"
)

// fault is an error as a service answers it. Every modelled error has status
// 400 on the wire whatever its kind; only the front door uses others.
type fault struct {
	status       int // zero: 400
	code         string
	message      string            // member Message of modelled errors
	lowerMessage string            // member message of the front door's errors
	members      map[string]string // further members, such as ResourceType
	note         string            // our explanation, for the trace
}

func (f *fault) Error() string { return f.code + ": " + f.message + f.lowerMessage }

func (f *fault) write(w http.ResponseWriter, requestID string, bodyNamesRequest bool) {
	body := map[string]string{"__type": f.code}
	if f.message != "" {
		body["Message"] = f.message
		if bodyNamesRequest {
			body["RequestId"] = requestID
		}
	}
	if f.lowerMessage != "" {
		body["message"] = f.lowerMessage
	}
	for name, value := range f.members {
		body[name] = value
	}
	writeJSON(w, cmp.Or(f.status, http.StatusBadRequest), body)
}

func invalid(message, note string) *fault {
	return &fault{code: "ValidationException", message: message, note: note}
}

// notFound is the Identity Store's ResourceNotFoundException.
func notFound(resourceType, id, message string) *fault {
	return &fault{
		code: "ResourceNotFoundException", message: message,
		members: map[string]string{"ResourceType": resourceType, "ResourceId": id},
		note:    "there is no " + resourceType + " " + id,
	}
}

// unknownAlternate is notFound for a resource that was named by something else
// than its id.
func unknownAlternate(resourceType, message string) *fault {
	return &fault{
		code: "ResourceNotFoundException", message: message, members: map[string]string{"ResourceType": resourceType},
		note: "no " + resourceType + " has this identifier",
	}
}

// asFault gives errors of the identity store and of the instance the form of
// the APIs.
func asFault(err error) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	var broken *identitystore.Error
	if errors.As(err, &broken) {
		return storeFault(broken)
	}
	if r, ok := refusal.From(err); ok {
		return &fault{code: r.Code, message: r.Message, note: r.Explanation()}
	}
	return &fault{status: http.StatusInternalServerError, code: "InternalServerException", note: err.Error()}
}

func storeFault(e *identitystore.Error) *fault {
	note := fmt.Sprintf("%s: expected %s, got %q", e.Attribute, e.Expected, e.Value)
	switch e.Kind {
	case identitystore.Conflict:
		return &fault{code: "ConflictException", message: e.Message, members: map[string]string{"Reason": "UNIQUENESS_CONSTRAINT_VIOLATION"}, note: note}
	case identitystore.NotFound:
		resourceType := "USER"
		if e.Message == identitystore.GroupNotFound {
			resourceType = "GROUP"
		}
		return notFound(resourceType, e.Value, e.Message)
	default:
		message := e.Message
		if broken, ok := strings.CutPrefix(message, fmt.Sprintf(violationsFound, 1, "")); ok {
			message = fmt.Sprintf(violationFound, broken) // SCIM has the plural for one, too
		}
		return invalid(message, note)
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // the types that come here have no value that cannot be written
		status, body = http.StatusInternalServerError, []byte(`{"__type":"InternalServerException"}`)
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	w.Write(body) // a client that has gone is nobody to tell
}
