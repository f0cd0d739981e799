package scimmock

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/idharness/harness/internal/snapshot"
)

// SnapshotVersion is the version of the snapshots that this package writes and
// reads.
const SnapshotVersion = 1

// Snapshot is what an endpoint knows beside its store at one moment, as a value
// that can be kept and written as JSON: the faults that are armed, and what may
// be asked for before it throttles. The store has snapshots of its own.
type Snapshot struct {
	Version int       `json:"version"`
	Taken   time.Time `json:"taken"`   // virtual time
	Profile string    `json:"profile"` // name of the profile; an endpoint with another one refuses the snapshot

	Faults   []ArmedFault              `json:"faults,omitempty"`   // in the order in which they were armed
	Throttle map[string]ThrottleRecord `json:"throttle,omitempty"` // by operation
}

// ThrottleRecord is what an operation may still be asked for.
type ThrottleRecord struct {
	Left float64   `json:"left"` // calls
	At   time.Time `json:"at"`   // when that was
}

// UnmarshalJSON reads a snapshot of this version and no other, with no members
// that it does not know.
func (s *Snapshot) UnmarshalJSON(text []byte) error {
	type plain Snapshot
	var read plain
	if err := snapshot.Unmarshal(text, SnapshotVersion, &read); err != nil {
		return err
	}
	*s = Snapshot(read)
	return nil
}

// Held is an endpoint in which nothing goes on: requests wait until Release is
// called.
type Held struct {
	server  *Server
	Release func()
}

// Hold waits until requests under way have ended, or ctx is done, and holds up
// those that come.
func (s *Server) Hold(ctx context.Context) (*Held, error) {
	open, err := s.gate.Shut(ctx)
	if err != nil {
		return nil, fmt.Errorf("requests to the SCIM endpoint: %w", err)
	}
	return &Held{s, open}, nil
}

const patience = time.Minute // how long Snapshot and Restore wait for requests

// Snapshot returns what the endpoint knows. It waits for requests under way, for
// at most a minute.
func (s *Server) Snapshot() (Snapshot, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	h, err := s.Hold(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("take snapshot: %w", err)
	}
	defer h.Release()
	return h.Snapshot(), nil
}

// Snapshot returns what the endpoint knows.
func (h *Held) Snapshot() Snapshot {
	s := h.server
	out := Snapshot{Version: SnapshotVersion, Taken: s.clock.Now(), Profile: s.profile.Name, Faults: s.Faults()}
	s.buckets.mu.Lock()
	defer s.buckets.mu.Unlock()
	for name, b := range s.buckets.by {
		if out.Throttle == nil {
			out.Throttle = make(map[string]ThrottleRecord)
		}
		out.Throttle[name] = ThrottleRecord{b.tokens, b.at}
	}
	return out
}

// Restore makes the endpoint know what the snapshot has and nothing else. If
// anything in it is wrong the error says what, and the endpoint stays as it was.
func (s *Server) Restore(kept Snapshot) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	h, err := s.Hold(ctx)
	if err != nil {
		return fmt.Errorf("restore snapshot: %w", err)
	}
	defer h.Release()
	apply, err := h.PrepareRestore(kept)
	if err != nil {
		return fmt.Errorf("restore snapshot: %w", err)
	}
	apply()
	return nil
}

// PrepareRestore checks a snapshot. What it returns restores it, without fail;
// the endpoint must still be held by then.
func (h *Held) PrepareRestore(kept Snapshot) (apply func(), err error) {
	s := h.server
	if err := snapshot.CheckVersion(kept.Version, SnapshotVersion); err != nil {
		return nil, err
	}
	if kept.Profile != s.profile.Name {
		return nil, fmt.Errorf("profile: it is of an endpoint with the profile %q, and this one has %q: start it with the same", kept.Profile, s.profile.Name)
	}
	var list []*ArmedFault
	for n, f := range kept.Faults {
		if err := s.check(f.Fault); err != nil {
			return nil, fmt.Errorf("faults[%d]: %w", n, err)
		}
		if f.Passed < 0 || f.Met < 0 || f.Times == 0 {
			return nil, fmt.Errorf("faults[%d]: passed, met, times: want what it has met so far, and how many it should, got %d, %d, %d", n, f.Passed, f.Met, f.Times)
		}
		if f.Body != nil {
			f.Body = new(*f.Body)
		}
		list = append(list, &f)
	}
	by := make(map[string]bucket)
	for name, r := range kept.Throttle {
		if r.Left < 0 || r.At.IsZero() {
			return nil, errors.New("throttle." + name + ": want what is left, and when that was")
		}
		by[name] = bucket{r.Left, r.At}
	}
	return func() {
		s.faults.mu.Lock()
		s.faults.list = list
		s.faults.mu.Unlock()
		s.buckets.mu.Lock()
		s.buckets.by = by
		s.buckets.mu.Unlock()
	}, nil
}
