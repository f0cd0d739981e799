// Package clock holds the virtual time of one harness.
//
// Every part of a harness asks the same Clock what time it is, so that forty
// minutes, a token's year or a certificate's three years pass in an instant
// and in a known order.
package clock

import (
	"slices"
	"sync"
	"time"
)

// Clock tells virtual time and runs timers. It is safe for concurrent use.
type Clock struct {
	mu     sync.Mutex
	frozen time.Time        // current time of a frozen clock
	follow func() time.Time // nil for a frozen clock
	offset time.Duration    // added to follow
	timers []*Timer         // sorted by due time, then by order of creation
	serial uint64

	advancing chan struct{} // full while somebody advances it, or holds it
}

// Frozen returns a clock that stands at start and moves only by Advance.
func Frozen(start time.Time) *Clock {
	return &Clock{frozen: start.UTC(), advancing: make(chan struct{}, 1)}
}

// Following returns a clock that goes with now and can be advanced beyond it.
// Its timers run only inside Advance or RunDue.
func Following(now func() time.Time) *Clock {
	return &Clock{follow: now, advancing: make(chan struct{}, 1)}
}

// Now returns the virtual time in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.follow == nil {
		return c.frozen
	}
	return c.follow().Add(c.offset).UTC()
}

// Timer is a function that is due at a virtual time.
type Timer struct {
	Name string
	Due  time.Time

	run    func()
	serial uint64
	clock  *Clock
}

// At arranges for run to be called, in the goroutine that moves the clock, once
// the clock has reached due. The name appears among the fired timers.
func (c *Clock) At(due time.Time, name string, run func()) *Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serial++
	t := &Timer{Name: name, Due: due.UTC(), run: run, serial: c.serial, clock: c}
	c.timers = append(c.timers, t)
	slices.SortFunc(c.timers, func(a, b *Timer) int {
		if order := a.Due.Compare(b.Due); order != 0 {
			return order
		}
		return int(int64(a.serial) - int64(b.serial))
	})
	return t
}

// Stop takes the timer off its clock and reports whether it was still waiting.
func (t *Timer) Stop() bool {
	c := t.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.timers)
	c.timers = slices.DeleteFunc(c.timers, func(other *Timer) bool { return other == t })
	return len(c.timers) < before
}

// Fired names a timer that ran and the virtual time at which it did.
type Fired struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

// Advance moves the clock forward by d. Timers that fall due run one after
// another, each at its own due time, and may set further timers within d.
// A d below zero counts as zero.
func (c *Clock) Advance(d time.Duration) []Fired {
	c.advancing <- struct{}{}
	defer func() { <-c.advancing }()
	target := c.Now().Add(max(d, 0))
	return c.runUntil(target)
}

// RunDue runs the timers that are due now. A clock that follows real time has
// its timers run this way by whoever owns it.
func (c *Clock) RunDue() []Fired { return c.Advance(0) }

// Next returns the due time of the earliest waiting timer.
func (c *Clock) Next() (due time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.timers) == 0 {
		return time.Time{}, false
	}
	return c.timers[0].Due, true
}

func (c *Clock) runUntil(target time.Time) []Fired {
	var fired []Fired
	for {
		c.mu.Lock()
		if len(c.timers) == 0 || c.timers[0].Due.After(target) {
			c.moveTo(target)
			c.mu.Unlock()
			return fired
		}
		next := c.timers[0]
		c.timers = c.timers[1:]
		c.moveTo(next.Due)
		c.mu.Unlock()
		next.run() // outside the lock: it will ask for the time
		fired = append(fired, Fired{Name: next.Name, At: next.Due})
	}
}

// moveTo sets the time to t; the clock never goes back.
func (c *Clock) moveTo(t time.Time) {
	current := c.now()
	if !t.After(current) {
		return
	}
	if c.follow == nil {
		c.frozen = t
		return
	}
	c.offset += t.Sub(current)
}

// IsFrozen reports whether the clock moves only by Advance.
func (c *Clock) IsFrozen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.follow == nil
}

// Freeze stops a clock that follows another one.
func (c *Clock) Freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen, c.follow, c.offset = c.now(), nil, 0
}

// Follow lets the clock go with now from where it stands.
func (c *Clock) Follow(now func() time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	current := c.now()
	c.follow, c.offset = now, current.Sub(now())
}
