package idp

import (
	"context"
	"fmt"

	"github.com/idharness/harness/idp/provisioning"
)

// Held is a tenant in which nothing goes on: requests wait, no provisioning
// cycle runs and no application is configured until Release is called.
type Held struct {
	tenant *Tenant
	jobs   map[*Application]*provisioning.Held
	undo   []func()
}

// Hold waits until requests and provisioning cycles under way have ended, or ctx
// is done, and holds up those that come.
func (t *Tenant) Hold(ctx context.Context) (*Held, error) {
	h := &Held{tenant: t, jobs: make(map[*Application]*provisioning.Held)}
	t.configuring.Lock()
	h.undo = append(h.undo, t.configuring.Unlock)
	for _, app := range t.everyApp() {
		held, err := app.job.Hold(ctx)
		if err != nil {
			h.Release()
			return nil, fmt.Errorf("provisioning of %s: %w", app.Name(), err)
		}
		h.jobs[app] = held
		h.undo = append(h.undo, held.Release)
	}
	open, err := t.gate.Shut(ctx) // last: cycles of other tenants may need answers
	if err != nil {
		h.Release()
		return nil, fmt.Errorf("requests to Entra: %w", err)
	}
	h.undo = append(h.undo, open)
	return h, nil
}

// Release lets everything go on.
func (h *Held) Release() {
	for n := len(h.undo) - 1; n >= 0; n-- {
		h.undo[n]()
	}
	h.undo = nil
}

// everyApp lists the applications, and those that are gone and may come back.
func (t *Tenant) everyApp() []*Application {
	apps := t.Apps()
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, app := range t.former {
		apps = append(apps, app)
	}
	return apps
}
