package clock

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// State is where a clock stands, as a value that can be kept.
type State struct {
	Now    time.Time     `json:"now"`
	Frozen bool          `json:"frozen"`          // it moves by Advance only
	Ahead  time.Duration `json:"ahead,omitempty"` // of what it follows: what Advance has added, in nanoseconds
}

// State returns where the clock stands.
func (c *Clock) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.follow == nil {
		return State{Now: c.now(), Frozen: true}
	}
	return State{Now: c.now(), Ahead: c.offset}
}

// Check says what is wrong with a state.
func (s State) Check() error {
	switch {
	case s.Now.IsZero():
		return errors.New("now: there is no time")
	case s.Frozen && s.Ahead != 0:
		return fmt.Errorf("ahead: a frozen clock is not ahead of anything (%v)", s.Ahead)
	}
	return nil
}

// Restore sets the clock to a state. A frozen one stands where it stood; one
// that follows real time follows now, as far ahead as it was. Timers stay: they
// belong to those who set them.
func (c *Clock) Restore(s State, now func() time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.Frozen {
		c.follow, c.frozen, c.offset = nil, s.Now.UTC(), 0
		return
	}
	if c.follow == nil {
		c.follow = now
	}
	c.offset = s.Ahead
}

// Hold keeps timers from running until release is called. It waits until those
// that run have ended, or ctx is done.
func (c *Clock) Hold(ctx context.Context) (release func(), err error) {
	select {
	case c.advancing <- struct{}{}:
		return func() { <-c.advancing }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for the clock's timers to end: %w", context.Cause(ctx))
	}
}
