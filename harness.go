package harness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/idharness/harness/control"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/localca"
	"github.com/idharness/harness/internal/loopback"
	"github.com/idharness/harness/internal/serve"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
)

// Harness is a running pair of mocks. It is safe for concurrent use.
type Harness struct {
	Entra          *idp.Tenant      // the mock Microsoft Entra ID tenant
	IdentityCenter *sp.Instance     // the mock IAM Identity Center instance
	SCIM           *scimmock.Server // its SCIM endpoint
	Clock          *Clock           // the virtual time of everything above

	recorder     *trace.Recorder
	authority    *localca.Authority // of Config.TLS, or nil
	transport    *http.Transport
	scim         *loopback.Transport // of the provisioning service; over one like transport where it leaves the machine or is encrypted
	outward      http.RoundTripper   // transport, and what targets need besides
	provisioning http.RoundTripper   // scim, and the same
	targets      Targets
	control      *control.Server
	controlToken string
	addresses    addresses
	listeners    []*serve.Listener // of Entra, Identity Center, control
	ready        chan struct{}     // closed once New has finished
	ids          *ids.Source

	mu         sync.Mutex
	controlURL string
	caFile     string                  // where the authority's certificate was written last
	browsers   map[string]*userBrowser // by user
	spMetadata []byte                  // of the target, as last exchanged
	initial    Snapshot                // to which Reset goes back
}

// Run starts a harness for the length of a test.
func Run(t Tester, cfg ...Config) *Harness {
	t.Helper()
	var c Config
	if len(cfg) > 0 {
		c = cfg[0]
	}
	h, err := New(context.Background(), c)
	if err != nil {
		t.Fatalf("start harness: %v", err)
		return nil
	}
	h.Entra.SetTester(t)
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Logf("stop harness: %v", err)
		}
	})
	return h
}

// New starts a harness; Close stops it.
func New(ctx context.Context, cfg Config) (*Harness, error) {
	cfg, err := cfg.normalized()
	if err != nil {
		return nil, err
	}
	h := &Harness{transport: http.DefaultTransport.(*http.Transport).Clone(), ready: make(chan struct{}), browsers: make(map[string]*userBrowser), targets: cfg.Targets}
	h.transport.Proxy = nil // loopback only; a proxy would not reach it
	h.addresses.over(h.transport)
	if cfg.TLS {
		if h.authority, err = localca.New(time.Now); err != nil {
			return nil, fmt.Errorf("start TLS: %w", err)
		}
		h.transport.TLSClientConfig = h.TLSClientConfig()
	}
	h.outward = h.transport
	if cfg.Start.IsZero() {
		h.Clock = clock.Following(time.Now)
	} else {
		h.Clock = clock.Frozen(cfg.Start)
	}
	h.recorder = trace.NewRecorder(h.Clock)
	if cfg.Targets != (Targets{}) {
		if err := h.reachTargets(); err != nil {
			return nil, err
		}
	}
	h.provisioning = h.provisioningTransport()
	if err := h.start(ctx, cfg); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	if !cfg.Unconnected {
		if err := h.connect(ctx); err != nil {
			return nil, errors.Join(err, h.Close())
		}
	}
	if err := h.MarkInitial(); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	close(h.ready)
	return h, nil
}

// start opens the listeners and puts the mocks behind them.
func (h *Harness) start(ctx context.Context, cfg Config) error {
	var urls [3]string
	for i, side := range []struct{ name, addr, host, url string }{
		{"Entra", cfg.EntraAddr, hostOf(cfg.EntraAddr, "localhost"), cfg.EntraURL},
		{"Identity Center", cfg.AWSAddr, hostOf(cfg.AWSAddr, "127.0.0.1"), cfg.AWSURL},
		{"control", cfg.ControlAddr, hostOf(cfg.ControlAddr, "127.0.0.1"), cfg.ControlURL},
	} {
		l, err := serve.Listen(ctx, side.addr, side.host, h.serverTLS())
		if err != nil {
			return fmt.Errorf("start %s: %w", side.name, whyNotListening(side.addr, err))
		}
		h.listeners = append(h.listeners, l)
		urls[i] = l.URL()
		if side.url != "" {
			urls[i] = strings.TrimSuffix(side.url, "/")
		}
		for _, u := range []string{urls[i], l.URL()} {
			h.answerAt(l, side.name, u)
		}
	}
	var initial provisioning.Settings
	if target := cfg.Targets.SCIM; target != nil {
		initial = target.Profile.Fit(initial)
	}
	source := ids.New(cfg.Seed)
	h.ids = source
	var err error
	h.Entra, err = idp.New(idp.Config{
		TenantID: cfg.TenantID, Domain: cfg.Domain, DisplayName: cfg.DisplayName, CountryLetterCode: cfg.CountryLetterCode, BaseURL: urls[0], Choices: cfg.EntraChoices,
		Clock: h.Clock, IDs: source, Trace: h.recorder, Logger: cfg.Logger, FreshKeys: cfg.FreshKeys, Provisioning: initial, ProvisioningTransport: h.provisioning,
	})
	if err != nil {
		return fmt.Errorf("start Entra: %w", err)
	}
	h.IdentityCenter, err = sp.New(sp.Config{Region: cfg.Region, PortalAlias: cfg.PortalAlias, BaseURL: urls[1], Choices: cfg.IdentityCenterChoices, StoreRules: cfg.SCIMProfile.Rules, Clock: h.Clock, IDs: source, Trace: h.recorder, Logger: cfg.Logger})
	if err != nil {
		return fmt.Errorf("start Identity Center: %w", err)
	}
	h.SCIM, err = scimmock.New(scimmock.Config{Store: h.IdentityCenter.Store(), Profile: cfg.SCIMProfile, Clock: h.Clock, IDs: source, Trace: h.recorder, Logger: cfg.Logger, Record: func(r scimmock.Record) { h.IdentityCenter.RecordSCIM(sp.SCIMCall(r)) }})
	if err != nil {
		return fmt.Errorf("start SCIM endpoint: %w", err)
	}
	h.controlURL = urls[2]
	if err := h.startControl(cfg); err != nil {
		return fmt.Errorf("start control: %w", err)
	}
	h.listeners[0].Serve(h.Entra.Handler())
	h.listeners[1].Serve(awsHandler(h.IdentityCenter, h.SCIM, h.recorder))
	h.listeners[2].Serve(h.control.Handler())
	return nil
}

// hostOf returns the name for an address in URLs: the given one for loopback
// and for all interfaces, else the address's own host.
func hostOf(addr, name string) string {
	host := addr[:strings.LastIndex(addr, ":")]
	switch host {
	case "", "127.0.0.1", "localhost", "0.0.0.0", "[::]", "[::1]":
		return name
	default:
		return host
	}
}

// Close stops the harness and frees its ports. Requests under way get two
// seconds to finish; streams of the control API end at once. It may be called
// more than once, and from several goroutines: all return when it is over.
func (h *Harness) Close() error {
	if h.Entra != nil {
		for _, app := range h.Entra.Apps() {
			app.Provisioning().Stop()
		}
	}
	if h.control != nil {
		h.control.Close()
	}
	h.closeIdleConnections() // else the listeners would wait for them
	errs := make([]error, len(h.listeners))
	var wg sync.WaitGroup
	for i, l := range h.listeners {
		wg.Go(func() { errs[i] = l.Close() })
	}
	wg.Wait()
	h.closeIdleConnections() // of requests that have ended since
	return errors.Join(errs...)
}

func (h *Harness) closeIdleConnections() {
	if h.scim != nil { // nil where targets cannot be reached
		h.scim.CloseIdleConnections()
	}
	h.transport.CloseIdleConnections()
}

// Trace returns every exchange so far, in order of arrival. Secrets are masked.
func (h *Harness) Trace() []Exchange { return h.recorder.Exchanges() }

// Exchanges returns how many exchanges began so far; the next one in the trace
// has the number after it.
func (h *Harness) Exchanges() int { return h.recorder.Last() }

// Conceal keeps a secret out of the trace from now on. Texts of less than eight
// bytes are not masked.
func (h *Harness) Conceal(secret string) { h.recorder.Secret(secret) }

// Mask replaces the secrets that the trace conceals in a text.
func (h *Harness) Mask(text string) string { return h.recorder.Mask(text) }

// ControlURL is the base URL of health, readiness and the control API.
func (h *Harness) ControlURL() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.controlURL
}

// ControlToken is what requests to the control API must bring, as
// Authorization: Bearer; empty where they need none.
func (h *Harness) ControlToken() string { return h.controlToken }

// RunTimers runs what falls due as real time goes by, until ctx is done. A
// harness in a test has no need of it: there, Clock.Advance moves time.
func (h *Harness) RunTimers(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.Clock.RunDue()
		}
	}
}
