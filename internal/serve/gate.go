package serve

import (
	"context"
	"fmt"
	"net/http"
	"sync"
)

// Gate lets requests through, or holds them up while what they use is taken
// away and replaced. The zero Gate is open.
type Gate struct {
	mu    sync.Mutex
	under int           // requests under way
	shut  chan struct{} // nil: open; else closed when it opens
	idle  chan struct{} // closed once the last request has left
}

// Guard serves next behind the gate.
func (g *Gate) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.enter(r.Context()) {
			return // the client has gone
		}
		defer g.leave()
		next.ServeHTTP(w, r)
	})
}

func (g *Gate) enter(ctx context.Context) bool {
	for {
		g.mu.Lock()
		shut := g.shut
		if shut == nil {
			g.under++
			g.mu.Unlock()
			return true
		}
		g.mu.Unlock()
		select {
		case <-shut:
		case <-ctx.Done():
			return false
		}
	}
}

func (g *Gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.under--; g.under == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
}

// Shut holds up new requests until open is called, and returns once those that
// were under way have ended. If ctx is done first the gate opens again.
func (g *Gate) Shut(ctx context.Context) (open func(), err error) {
	idle, open, err := g.shutting(ctx)
	if err != nil {
		return nil, err
	}
	select {
	case <-idle:
		return open, nil
	case <-ctx.Done():
		g.mu.Lock()
		under := g.under
		g.mu.Unlock()
		open()
		return nil, fmt.Errorf("waiting for %d requests to end: %w", under, context.Cause(ctx))
	}
}

// shutting shuts the gate, once nobody else has it shut, and returns a channel
// that is closed when no request is under way any more.
func (g *Gate) shutting(ctx context.Context) (idle chan struct{}, open func(), err error) {
	for {
		g.mu.Lock()
		shut := g.shut
		if shut == nil {
			break
		}
		g.mu.Unlock()
		select {
		case <-shut:
		case <-ctx.Done():
			return nil, nil, fmt.Errorf("waiting for another to open the gate: %w", context.Cause(ctx))
		}
	}
	defer g.mu.Unlock()
	shut := make(chan struct{})
	idle = make(chan struct{})
	g.shut = shut
	if g.under == 0 {
		close(idle)
	} else {
		g.idle = idle
	}
	return idle, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.shut, g.idle = nil, nil
		close(shut)
	}, nil
}
