package sp

import (
	"net/http"

	"github.com/idharness/harness/internal/serve"
)

// Tester is the part of [testing.TB] that Run needs.
type Tester = serve.Tester

// Run starts an instance on a free port of 127.0.0.1 for the length of a test.
// At most one Config is taken.
func Run(t Tester, cfg ...Config) *Instance {
	t.Helper()
	var c Config
	if len(cfg) > 0 {
		c = cfg[0]
	}
	var instance *Instance
	err := serve.ForTest(t, "127.0.0.1", func(base string) (http.Handler, error) {
		c.BaseURL = base
		var err error
		if instance, err = New(c); err != nil {
			return nil, err
		}
		return instance.Handler(), nil
	})
	if err != nil {
		t.Fatalf("start mock Identity Center: %v", err)
	}
	return instance
}
