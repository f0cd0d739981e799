// Package control is the API by which tests in any language steer a running
// harness: users and groups on both sides, applications, the clock, faults, the
// trace, sign-ins without a browser, provisioning, snapshots.
//
// It is a JSON API below /v1 on a listener of its own. Objects have the names
// of the Go types' JSON and of the scenario language. What goes wrong is a
// problem document (RFC 9457). The API describes itself at /openapi.json, in a
// document that is made of the routes which serve it; docs/control.md is a walk
// through it.
//
// Nobody needs this package to use the API: every harness serves it at
// [github.com/idharness/harness.Harness.ControlURL], and harness up at
// --control-addr. [Document] returns the OpenAPI document, to make clients of.
//
// # Who may ask
//
// With [Config].Token every request but those for health and readiness brings it
// as Authorization: Bearer. Requests that a page of another site makes in a
// browser are refused.
package control

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
)

// Config is what the API steers.
type Config struct {
	Entra          *idp.Tenant
	IdentityCenter *sp.Instance
	SCIM           *scimmock.Server
	Clock          *clock.Clock
	Trace          *trace.Recorder
	Actions        Actions

	Ready <-chan struct{} // closed once the harness is ready

	// Token must come with every request but those for health and readiness, as
	// Authorization: Bearer. Empty: no token is asked for, which is right for a
	// listener that only this machine reaches.
	Token string

	// Heartbeat is how often a stream of events shows that it is alive. Default:
	// 15s.
	Heartbeat time.Duration
}

// Actions are what a harness does with both of its mocks.
type Actions struct {
	SignIn              func(context.Context, SignIn) (Post, error)
	Provision           func(context.Context, *idp.Application) (provisioning.Summary, error)
	ExchangeMetadata    func(context.Context, *idp.Application) (Trust, error)
	ConnectProvisioning func(context.Context, *idp.Application) error
	BaseURLs            func() BaseURLs
	SetBaseURLs         func(BaseURLs) error
	Environment         func() map[string]string
	Snapshot            func() ([]byte, error)
	Restore             func([]byte) error
	Reset               func() error
}

// Server serves the API.
type Server struct {
	cfg    Config
	routes []route

	closed sync.Once
	done   chan struct{} // closed when streams must end

	document func() ([]byte, error) // the OpenAPI document
}

// New returns the API over what cfg names.
func New(cfg Config) (*Server, error) {
	if cfg.Entra == nil || cfg.IdentityCenter == nil || cfg.SCIM == nil || cfg.Clock == nil {
		return nil, errors.New("control needs a tenant, an instance, a SCIM endpoint and a clock")
	}
	return newServer(cfg), nil
}

func newServer(cfg Config) *Server {
	if cfg.Heartbeat <= 0 {
		cfg.Heartbeat = defaultHeartbeat
	}
	s := &Server{cfg: cfg, done: make(chan struct{})}
	s.routes = s.table()
	s.document = sync.OnceValues(func() ([]byte, error) { return document(s.routes) })
	return s
}

// Close ends the streams of events.
func (s *Server) Close() { s.closed.Do(func() { close(s.done) }) }

// Document returns the OpenAPI document, which /openapi.json serves.
func Document() ([]byte, error) { return newServer(Config{}).document() }

// Handler serves the API.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{server: s, w: w, r: r}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		at, err := s.match(c)
		if err == nil {
			err = s.admit(c, at)
		} else if refused := s.admit(c, nil); refused != nil {
			err = refused // strangers do not learn which routes there are
		}
		if err == nil {
			err = at.serve(c)
		}
		if err != nil {
			c.fail(err)
		}
	})
}
