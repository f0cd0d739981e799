// Package scimmock is the SCIM 2.0 endpoint of the mock IAM Identity Center:
// what AWS runs at https://scim.<region>.amazonaws.com/<tenant>/scim/v2, over an
// [identitystore.Store].
//
// Start one for a test with [Run]:
//
//	func TestProvisioning(t *testing.T) {
//		scim := scimmock.Run(t)
//		client := myclient.New(scim.URL(), scim.Token())
//		…
//	}
//
// It answers as AWS does, including where AWS departs from RFC 7644: the error
// bodies, the filters and PATCH forms that it takes, one value per multi-valued
// attribute, members that cannot be read.
//
// # Profiles
//
// A [Profile] says how the endpoint behaves: [AWS], which is the default, as of
// today; [AWSLegacy] as it was seen before 2024; [RFC] is a server by the RFCs
// without AWS's limits, for clients that are not made for AWS. A profile is data:
// take one and change its switches.
//
// # What a client did
//
// [Server.Store] has the users and groups that came of it, and
// [Server.Exchanges] what was asked and answered. Why a request was refused is
// written there, as a failed check, and to the test's log.
//
// # Faults
//
// [Server.Fail] makes requests fail although nothing is wrong with them: with a
// status and Retry-After, late, or with a connection that breaks before or after
// the request took effect. [Profile].Throttle refuses whoever is too fast.
package scimmock

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/serve"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/sp/identitystore"
)

// Clock tells the endpoint's time.
type Clock interface{ Now() time.Time }

// Exchange is one request with its response, the checks made on it and notes.
type Exchange = trace.Exchange

// Config says how to make a Server.
type Config struct {
	Store   *identitystore.Store // what the endpoint serves; Run makes one if it is nil
	Clock   Clock                // nil: real time
	IDs     *ids.Source          // of request ids; nil: a source of its own with a fixed seed
	Trace   *trace.Recorder      // nil: no record is kept (Run makes one)
	Profile Profile              // zero: AWS()
	Logger  *slog.Logger         // nil: no log (Run logs to the test)
	Record  func(Record)         // nil: nobody; otherwise called after every call, for AWS's trail
}

// Server is a SCIM endpoint. It is safe for concurrent use.
type Server struct {
	store      *identitystore.Store
	clock      Clock
	ids        *ids.Source
	trace      *trace.Recorder
	profile    Profile
	log        *slog.Logger
	operations []operation
	recorder   func(Record)
	faults     faults
	buckets    buckets
	gate       serve.Gate

	url, token string // set by Run
}

// New returns an endpoint over cfg.Store, to be mounted with Handler.
func New(cfg Config) (*Server, error) {
	if cfg.Store == nil {
		return nil, errors.New("make SCIM endpoint: no identity store is configured")
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.Following(time.Now)
	}
	if cfg.IDs == nil {
		cfg.IDs = ids.New(2)
	}
	if cfg.Profile.Name == "" {
		cfg.Profile = AWS()
	}
	if err := cfg.Profile.Check(); err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{store: cfg.Store, clock: cfg.Clock, ids: cfg.IDs, trace: cfg.Trace, profile: cfg.Profile, log: cfg.Logger, recorder: cfg.Record, buckets: buckets{clock: cfg.Clock}}
	s.operations = s.supported()
	if s.profile.Protocol == ProtocolRFC {
		s.operations = newStandard(s).operations()
	}
	return s, nil
}

// Store returns the identity store behind the endpoint.
func (s *Server) Store() *identitystore.Store { return s.store }

// Profile returns how the endpoint behaves.
func (s *Server) Profile() Profile { return s.profile }

// Exchanges returns what the endpoint was asked and answered so far, in order
// of arrival, if it keeps a record.
func (s *Server) Exchanges() []Exchange { return s.trace.Exchanges() }

// operation is one of the service's API operations, under the name that
// CloudTrail has for it.
type operation struct {
	name     string
	method   string
	resource string
	withID   bool
	run      func(*call) (reply, error)
}

// stored reports whether the operation is on one resource of the store.
func (op operation) stored() bool {
	return op.withID && (op.resource == "Users" || op.resource == "Groups")
}

// supported lists the operations of the developer guide, "Supported API
// operations". There is no PutGroup.
func (s *Server) supported() []operation {
	return []operation{
		{"CreateUser", http.MethodPost, "Users", false, s.createUser},
		{"GetUser", http.MethodGet, "Users", true, s.getUser},
		{"ListUsers", http.MethodGet, "Users", false, s.listUsers},
		{"PatchUser", http.MethodPatch, "Users", true, s.patchUser},
		{"PutUser", http.MethodPut, "Users", true, s.putUser},
		{"DeleteUser", http.MethodDelete, "Users", true, s.deleteUser},
		{"CreateGroup", http.MethodPost, "Groups", false, s.createGroup},
		{"GetGroup", http.MethodGet, "Groups", true, s.getGroup},
		{"ListGroups", http.MethodGet, "Groups", false, s.listGroups},
		{"PatchGroup", http.MethodPatch, "Groups", true, s.patchGroup},
		{"DeleteGroup", http.MethodDelete, "Groups", true, s.deleteGroup},
		{"ServiceProviderConfig", http.MethodGet, "ServiceProviderConfig", false, s.serviceProviderConfig},
		{"ListSchemas", http.MethodGet, "Schemas", false, s.listSchemas},
		{"GetSchema", http.MethodGet, "Schemas", true, s.getSchema},
		{"ListResourceTypes", http.MethodGet, "ResourceTypes", false, s.listResourceTypes},
	}
}

// Handler serves /{scimTenantId}/scim/v2/… for the store's tenant. Behind an
// [http.ServeMux] it must be reached by a pattern that the path needs no
// cleaning for: some clients join a base URL and a path to a double slash,
// which a mux would answer with a redirect and Handler takes as one.
//
// Within a recorded exchange the handler adds to that; otherwise it records
// its own in the configured trace.
func (s *Server) Handler() http.Handler {
	recorded := s.trace.Middleware("scim", http.HandlerFunc(s.serve))
	return s.gate.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if trace.From(r.Context()) != nil {
			s.serve(w, r)
			return
		}
		recorded.ServeHTTP(w, r)
	}))
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	c := &call{http: r, writer: w, open: trace.From(r.Context()), requestID: s.ids.UUID()}
	c.open.Kind("scim", r.Method+" "+r.URL.Path)
	fault, answer, err := s.meet(c)
	if answer != nil {
		s.write(c, *answer)
		return
	}
	if err == nil {
		var served reply
		if served, err = s.answer(c); err != nil {
			served = s.refusal(c, err)
		}
		s.record(c, served, err)
		if fault == nil || fault.Drop == "" && !fault.HalfBody {
			s.write(c, served)
			return
		}
		if fault.HalfBody {
			s.writeHalf(c, served)
		}
	}
	panic(http.ErrAbortHandler) // net/http breaks the connection, and logs nothing
}

func (s *Server) answer(c *call) (reply, error) {
	tenant, rest, ok := split(c.http.URL)
	if !ok {
		return reply{}, notFound(ruleOperation, why{"a path /{tenant}/scim/v2/…", c.http.URL.Path, "URL", ""})
	}
	c.tenant = tenant
	op, unsupported := s.operation(c, rest)
	if c.operation = op.name; op.name != "" {
		c.open.Kind("scim", op.name)
	}
	if err := s.authorize(c); err != nil {
		return reply{}, err
	}
	if unsupported != nil {
		return reply{}, unsupported
	}
	c.passed(ruleOperation, op.name)
	if err := s.throttle(c); err != nil {
		return reply{}, err
	}
	if op.stored() && s.profile.MalformedID != http.StatusNotFound && !identitystore.IsID(c.id) {
		return reply{}, byStatus(s.profile.MalformedID, ruleExistence, why{"an id of the service's shape", c.id, "URL", ""})
	}
	return op.run(c)
}

// split takes a URL's path apart. Empty elements are left out: clients that
// join "…/scim/v2/" and "/Users" ask for "//Users" (awslabs/ssosync).
// An encoded slash stays within its element.
func split(u *url.URL) (tenant string, rest []string, ok bool) {
	elements := make([]string, 0, 5) // tenant, scim, v2, resource, id
	for element := range strings.SplitSeq(u.EscapedPath(), "/") {
		if element == "" {
			continue
		}
		plain, err := url.PathUnescape(element)
		if err != nil {
			return "", nil, false
		}
		elements = append(elements, plain)
	}
	if len(elements) < 3 || elements[1] != "scim" || elements[2] != "v2" {
		return "", nil, false
	}
	return elements[0], elements[3:], true
}

// operation finds the operation that a request asks for. An endpoint that does
// not exist is not found; one that does not have the method gives a
// ValidationException, which the developer guide says of operations that are
// not supported.
func (s *Server) operation(c *call, path []string) (operation, error) {
	var methods []string
	if len(path) == 1 || len(path) == 2 {
		for _, op := range s.operations {
			if op.resource != path[0] || op.withID != (len(path) == 2) {
				continue
			}
			if op.method == c.http.Method {
				if op.withID {
					c.id = path[1]
				}
				return op, nil
			}
			methods = append(methods, op.method)
		}
	}
	if len(methods) > 0 {
		status := s.profile.UnsupportedMethod
		if c.http.Method == http.MethodPut && path[0] == "Groups" && len(path) == 2 {
			status = s.profile.PutGroup
		}
		return operation{}, s.noSuchMethod(c, status, methods)
	}
	w := why{got: "/" + strings.Join(path, "/"), where: "URL"}
	var endpoints []string
	for _, op := range s.operations {
		if endpoint := "/" + op.resource; !slices.Contains(endpoints, endpoint) {
			endpoints = append(endpoints, endpoint)
		}
	}
	w.expected = "one of the endpoints " + strings.Join(endpoints, ", ")
	if s.profile.Protocol == ProtocolAWS {
		w.hint = "/Me, /Bulk and .search are not supported"
	}
	return operation{}, byStatus(s.profile.UnsupportedEndpoint, ruleOperation, w)
}

// noSuchMethod refuses a method that an endpoint does not have. A 405 names those
// that it has in a header (RFC 9110 section 15.5.6).
func (s *Server) noSuchMethod(c *call, status int, methods []string) error {
	allowed := strings.Join(methods, ", ")
	w := why{expected: "one of the methods " + allowed, got: c.http.Method, where: "request line"}
	if s.profile.Protocol == ProtocolAWS {
		w.hint = "IAM Identity Center supports no other operations here, among them no PUT of groups"
	}
	p := byStatus(status, ruleOperation, w)
	if status == http.StatusMethodNotAllowed {
		p.allow = allowed
	}
	return p
}

// authorize checks the bearer token. A wrong tenant is answered like a wrong
// token (developer guide, every operation: UnauthorizedException).
func (s *Server) authorize(c *call) error {
	w := why{expected: "Authorization: Bearer and an access token of the tenant", where: "header Authorization"}
	headers := c.http.Header.Values("Authorization")
	scheme, token, _ := strings.Cut(strings.Join(headers, ", "), " ")
	switch {
	case len(headers) == 0:
		w.got = "no such header"
	case len(headers) > 1:
		w.got = "more than one"
	case !strings.EqualFold(scheme, "Bearer") || token == "":
		w.got = "another scheme, or no token"
	default:
		err := s.store.Authorize(c.tenant, token)
		if err == nil {
			c.token = token
			c.passed(ruleAuthorization, "the access token belongs to the tenant and has not expired")
			return nil
		}
		w.got = err.Error()
		if errors.Is(err, identitystore.ErrTenant) {
			w.where = "URL"
		}
	}
	w.hint = "generate an access token in the settings of automatic provisioning"
	return refuse(http.StatusUnauthorized, unauthorizedException, ruleAuthorization, detailUnauthorized, w)
}

// reply is a response: a status and, unless nil, a body to be written as JSON.
type reply struct {
	status   int
	body     any
	location string // of what was made, for the header Location
	allow    string // of a 405, for the header Allow
}

// refusal turns an error into its response and explains it in the trace.
func (s *Server) refusal(c *call, err error) reply {
	var p *problem
	if !errors.As(err, &p) {
		s.log.Error("scim: internal error", "request", c.requestID, "error", err)
		p = refuse(http.StatusInternalServerError, internalServerException, ruleOperation, detailInternal, why{got: err.Error()})
	}
	c.open.Refused(p.rule, p.Explanation(), &p.Refusal)
	c.open.Note(p.Error())
	s.log.Info("scim: refused", "method", c.http.Method, "path", c.http.URL.Path, "status", p.status, "why", p.Error())

	return s.errorReply(c, p)
}

// errorReply is the response to a refused request.
func (s *Server) errorReply(c *call, p *problem) reply {
	if s.profile.ErrorSchemas == ErrorSchemasRFC {
		return reply{status: p.status, body: newStandardError(p), allow: p.allow}
	}
	detail := p.Message
	if s.profile.GenericDetails && p.status == http.StatusBadRequest {
		detail = detailInvalid
	}
	return reply{status: p.status, body: newErrorBody(s.profile.ErrorSchemas, p.status, detail, c.requestID, s.clock.Now()), allow: p.allow}
}

// write sends a response with the headers of the developer guide's examples,
// which have Content-Type even where there is no content, and neither Location
// nor ETag.
func (s *Server) write(c *call, answer reply) {
	status, body := s.head(c, answer)
	c.writer.WriteHeader(status)
	if len(body) == 0 {
		return
	}
	if _, err := c.writer.Write(body); err != nil {
		s.log.Debug("scim: the client went away", "request", c.requestID, "error", err)
	}
}

// head sets the headers of a response and returns its status and body.
func (s *Server) head(c *call, answer reply) (status int, body []byte) {
	header := c.writer.Header()
	header.Set("Content-Type", s.profile.mediaType(c.http.Header.Get("Accept")))
	header.Set("Date", s.clock.Now().UTC().Format(http.TimeFormat))
	if name := s.profile.RequestIDHeader; name != "" {
		header[name] = []string{c.requestID} // in the case in which AWS writes it
	}
	if answer.location != "" {
		header.Set("Location", answer.location)
	}
	if answer.allow != "" {
		header.Set("Allow", answer.allow)
	}
	if answer.status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", "Bearer") // RFC 9110 section 15.5.2
	}
	if raw, ok := answer.body.(rawBody); ok {
		return answer.status, []byte(raw)
	}
	if answer.body == nil {
		return answer.status, nil
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(answer.body); err != nil {
		s.log.Error("scim: write response", "request", c.requestID, "error", err)
		return http.StatusInternalServerError, nil
	}
	return answer.status, bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}
