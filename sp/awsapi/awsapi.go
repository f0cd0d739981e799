// Package awsapi serves the AWS APIs that clients of IAM Identity Center call,
// over one [sp.Instance] and on one address: Identity Store, IAM Identity
// Center (SSO Admin) and STS, told apart as in the real services by the header
// X-Amz-Target or by a form.
//
// Requests must bear an Authorization header, as signed requests do; the
// signature is not verified. An operation that is not served here is answered
// with the service's UnknownOperationException, never with made-up data.
//
// Fields of the request and response types bear the wire's names, so that they
// need no tags.
package awsapi

import (
	"errors"
	"hash/fnv"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"

	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/sp"
)

const (
	jsonType = "application/x-amz-json-1.1" // Smithy, "AWS JSON 1.1 protocol"
	formType = "application/x-www-form-urlencoded"
	maxBody  = 1 << 20
)

// The part of X-Amz-Target before the dot (SDK models, targetPrefix).
const (
	identityStoreTarget = "AWSIdentityStore"
	ssoAdminTarget      = "SWBExternalService"
)

// New returns the APIs of an instance.
func New(instance *sp.Instance) http.Handler {
	a := &api{instance: instance, ids: newIDs(instance), creations: newRequestLog[operationStatus](), deletions: newRequestLog[operationStatus](), provisionings: newRequestLog[provisioned]()}
	a.services = map[string]service{
		identityStoreTarget: {name: "IdentityStore", operations: a.identityStore(), bodyNamesRequest: true},
		ssoAdminTarget:      {name: "SSOAdmin", operations: a.ssoAdmin()},
	}
	return a
}

// newIDs returns a source of request ids that depends on the instance only.
// The instance's own ids are left alone: reading must not change what is made
// next.
func newIDs(instance *sp.Instance) *ids.Source {
	h := fnv.New64a()
	io.WriteString(h, "awsapi "+instance.ARN()) // never fails
	return ids.New(h.Sum64())
}

// Handles reports whether a request is for one of these APIs. It does not read
// the body.
func Handles(r *http.Request) bool {
	if r.Method != http.MethodPost || r.URL.Path != "/" && r.URL.Path != "" {
		return false
	}
	prefix, _, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch prefix {
	case identityStoreTarget, ssoAdminTarget:
		return true
	}
	media := mediaType(r)
	return media == jsonType || media == formType
}

func mediaType(r *http.Request) string {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

type api struct {
	instance *sp.Instance
	ids      *ids.Source
	services map[string]service // by prefix of X-Amz-Target

	accessControl        sync.Mutex                   // between looking whether it is configured and configuring it
	creations, deletions *requestLog[operationStatus] // of assignments
	provisionings        *requestLog[provisioned]     // of permission sets
}

type service struct {
	name             string // in the trace
	operations       map[string]operation
	bodyNamesRequest bool // errors have the member RequestId
}

// operation answers the body of a request.
type operation func(body []byte) (any, error)

// handle makes an operation of a function from input to output.
func handle[In, Out any](f func(In) (Out, error)) operation {
	return func(body []byte) (any, error) {
		var in In
		if err := decode(body, &in); err != nil {
			return nil, err
		}
		return f(in)
	}
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !Handles(r) {
		http.NotFound(w, r)
		return
	}
	requestID := a.ids.UUID()
	w.Header().Set("X-Amzn-RequestId", requestID)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if r.Header.Get("X-Amz-Target") == "" && mediaType(r) == formType {
		a.serveSTS(w, r, requestID, body, err)
		return
	}
	target := r.Header.Get("X-Amz-Target")
	prefix, name, _ := strings.Cut(target, ".")
	svc, known := a.services[prefix]
	if known {
		target = svc.name + "." + name
	}
	open := trace.From(r.Context())
	open.Kind("aws", target)

	var output any
	operate, served := svc.operations[name]
	switch {
	case err != nil:
		err = unreadable(err)
	case !served:
		err = &fault{code: "UnknownOperationException", note: "this mock does not serve " + target}
	case r.Header.Get("Authorization") == "":
		err = &fault{status: http.StatusForbidden, code: "MissingAuthenticationTokenException", lowerMessage: missingToken, note: "the request has no Authorization header; any signature will do"}
	default:
		output, err = operate(body)
	}
	if err == nil {
		writeJSON(w, http.StatusOK, output)
		return
	}
	f := asFault(err)
	if f.note != "" {
		open.Note(f.note)
	}
	f.write(w, requestID, svc.bodyNamesRequest)
}

// unreadable says why a body could not be read.
func unreadable(err error) *fault {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &fault{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLargeException", note: "the body is larger than 1 MiB"}
	}
	return &fault{code: "SerializationException", note: "the body broke off: " + err.Error()}
}
