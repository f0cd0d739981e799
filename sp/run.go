package sp

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

// Run starts an instance on a free port of 127.0.0.1 for the length of a test,
// with the address of that port as base URL.
func Run(t Tester, cfg ...Config) *Instance {
	t.Helper()
	var c Config
	if len(cfg) > 0 {
		c = cfg[0]
	}
	listener, err := serve.Listen(context.Background(), "127.0.0.1:0", "127.0.0.1", nil)
	if err != nil {
		t.Fatalf("start mock Identity Center: %v", err)
		return nil
	}
	c.BaseURL = listener.URL()
	instance, err := New(c)
	if err != nil {
		listener.Close()
		t.Fatalf("start mock Identity Center: %v", err)
		return nil
	}
	listener.Serve(instance.Handler())
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Logf("stop mock Identity Center: %v", err)
		}
	})
	return instance
}
