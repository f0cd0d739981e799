package scimmock

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/serve"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/sp/identitystore"
)

// Tester is the part of [testing.TB] that Run needs.
type Tester = serve.Tester

// Run starts an endpoint on a free port of 127.0.0.1, with automatic
// provisioning enabled, and stops it when the test ends. At most one Config is
// taken; without a Store in it the endpoint has its own, empty one.
func Run(t Tester, cfg ...Config) *Server {
	t.Helper()
	if len(cfg) > 1 {
		t.Fatalf("scimmock: Run takes one Config, got %d", len(cfg))
	}
	var c Config
	if len(cfg) == 1 {
		c = cfg[0]
	}
	s, err := start(t, c)
	if err != nil {
		t.Fatalf("scimmock: %v", err)
	}
	return s
}

func start(t Tester, cfg Config) (*Server, error) {
	if cfg.Clock == nil {
		cfg.Clock = clock.Following(time.Now)
	}
	if cfg.IDs == nil {
		cfg.IDs = ids.New(2)
	}
	if cfg.Trace == nil {
		cfg.Trace = trace.NewRecorder(cfg.Clock)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(testLog{t}, nil))
	}
	if cfg.Store == nil {
		cfg.Store = identitystore.New(identitystore.Config{Region: "us-east-1", Clock: cfg.Clock, IDs: cfg.IDs, Secret: cfg.Trace.Secret, Rules: cfg.Profile.Rules})
	}
	s, err := New(cfg)
	if err != nil {
		return nil, err
	}
	if s.token, err = newToken(s.store); err != nil {
		return nil, err
	}
	s.trace.Secret(s.token)

	err = serve.ForTest(t, "127.0.0.1", func(base string) (http.Handler, error) {
		s.url = base + "/" + s.store.TenantID() + "/scim/v2"
		return s.Handler(), nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// newToken makes an access token, enabling provisioning if it is not.
func newToken(store *identitystore.Store) (string, error) {
	if store.ProvisioningEnabled() {
		_, token, err := store.CreateToken()
		return token, err
	}
	access, err := store.EnableProvisioning()
	return access.Token, err
}

// URL returns the endpoint's base URL, http://127.0.0.1:port/{tenant}/scim/v2,
// if it was started by Run.
func (s *Server) URL() string { return s.url }

// Token returns the access token that Run made.
func (s *Server) Token() string { return s.token }

// testLog writes log lines to a test's log.
type testLog struct{ t Tester }

func (l testLog) Write(line []byte) (int, error) {
	l.t.Helper()
	l.t.Logf("%s", strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}
