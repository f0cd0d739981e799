package idp

import (
	"net/http"

	"github.com/idharness/harness/internal/serve"
)

// Tester is the part of [testing.TB] that Run needs.
type Tester = serve.Tester

// Run starts a tenant on a free port of localhost for the length of a test. At
// most one Config is taken.
func Run(t Tester, cfg ...Config) *Tenant {
	t.Helper()
	var c Config
	if len(cfg) > 0 {
		c = cfg[0]
	}
	var tenant *Tenant
	err := serve.ForTest(t, "localhost", func(base string) (http.Handler, error) {
		c.BaseURL = base
		var err error
		if tenant, err = New(c); err != nil {
			return nil, err
		}
		tenant.tester = t
		return tenant.Handler(), nil
	})
	if err != nil {
		t.Fatalf("start mock Entra ID: %v", err)
	}
	return tenant
}

// SetTester makes AddUser and AddGroup report mistakes to t.
func (t *Tenant) SetTester(tester Tester) { t.tester = tester }
