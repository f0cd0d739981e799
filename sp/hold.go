package sp

import (
	"context"
	"fmt"
	"net/http"
)

// Guard serves next as a part of the instance: its requests wait while a
// snapshot is taken or restored, and those wait for them.
func (i *Instance) Guard(next http.Handler) http.Handler { return i.gate.Guard(next) }

// Held is an instance in which nothing goes on: requests wait until Release is
// called.
type Held struct {
	instance *Instance
	Release  func()
}

// Hold waits until requests under way have ended, or ctx is done, and holds up
// those that come.
func (i *Instance) Hold(ctx context.Context) (*Held, error) {
	open, err := i.gate.Shut(ctx)
	if err != nil {
		return nil, fmt.Errorf("requests to Identity Center: %w", err)
	}
	return &Held{i, open}, nil
}
