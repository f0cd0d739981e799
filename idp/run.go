package idp

import (
	"context"

	"github.com/idharness/harness/internal/serve"
)

// Tester is the part of [testing.TB] that Run needs.
type Tester interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Name() string
}

// Run starts a tenant on a free port of localhost for the length of a test.
func Run(t Tester, cfg ...Config) *Tenant {
	t.Helper()
	var c Config
	if len(cfg) > 0 {
		c = cfg[0]
	}
	listener, err := serve.Listen(context.Background(), "127.0.0.1:0", "localhost", nil)
	if err != nil {
		t.Fatalf("start mock Entra ID: %v", err)
		return nil
	}
	c.BaseURL = listener.URL()
	tenant, err := New(c)
	if err != nil {
		listener.Close()
		t.Fatalf("start mock Entra ID: %v", err)
		return nil
	}
	tenant.tester = t
	listener.Serve(tenant.Handler())
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Logf("stop mock Entra ID: %v", err)
		}
	})
	return tenant
}

// SetTester makes AddUser and AddGroup report mistakes to t.
func (t *Tenant) SetTester(tester Tester) { t.tester = tester }
