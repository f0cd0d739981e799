package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/snapshot"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
)

// SnapshotVersion is the version of the snapshots that this package writes and
// reads.
const SnapshotVersion = 1

// Snapshot is the state of a harness at one moment, as a value that can be kept
// and, as JSON, written to a file: both sides with everything that an
// administrator can set up, what provisioning remembers, faults that are armed,
// the clock, and where the ids stand.
//
// A snapshot is a secret: it has passwords, the private keys of signing
// certificates and the tokens of provisioning.
//
// Not part of it are the trace, browsers with their sessions, and the addresses
// on which the harness listens.
type Snapshot struct {
	Version        int               `json:"version"`
	Taken          time.Time         `json:"taken"` // virtual time
	Clock          ClockState        `json:"clock"`
	IDs            ids.Position      `json:"ids"`
	Entra          idp.Snapshot      `json:"entra"`
	IdentityCenter sp.Snapshot       `json:"identityCenter"`
	SCIM           scimmock.Snapshot `json:"scim"`
}

// ClockState is where a clock stands.
type ClockState = clock.State

// UnmarshalJSON reads a snapshot of this version and no other, with no members
// that it does not know.
func (s *Snapshot) UnmarshalJSON(text []byte) error {
	var read struct {
		Version        int             `json:"version"`
		Taken          time.Time       `json:"taken"`
		Clock          clock.State     `json:"clock"`
		IDs            ids.Position    `json:"ids"`
		Entra          json.RawMessage `json:"entra"`
		IdentityCenter json.RawMessage `json:"identityCenter"`
		SCIM           json.RawMessage `json:"scim"`
	}
	if err := snapshot.Unmarshal(text, SnapshotVersion, &read); err != nil {
		return fmt.Errorf("read snapshot: %w", err)
	}
	out := Snapshot{Version: read.Version, Taken: read.Taken, Clock: read.Clock, IDs: read.IDs}
	for _, part := range []struct {
		name string
		text json.RawMessage
		into json.Unmarshaler
	}{{"entra", read.Entra, &out.Entra}, {"identityCenter", read.IdentityCenter, &out.IdentityCenter}, {"scim", read.SCIM, &out.SCIM}} {
		if part.text == nil {
			return fmt.Errorf("read snapshot: %s: it is not there", part.name)
		}
		if err := part.into.UnmarshalJSON(part.text); err != nil {
			return fmt.Errorf("read snapshot: %s: %w", part.name, err)
		}
	}
	*s = out
	return nil
}

// patience is how long Snapshot and Restore wait for what is under way.
const patience = time.Minute

// held is a harness in which nothing goes on.
type held struct {
	entra  *idp.Held
	aws    *sp.Held
	scim   *scimmock.Held
	undo   []func()
	cancel context.CancelFunc
}

func (h *held) release() {
	for n := len(h.undo) - 1; n >= 0; n-- {
		h.undo[n]()
	}
	h.cancel()
}

// hold waits until timers, provisioning cycles and requests have ended, in the
// order in which the ones wait for the others, and holds up those that come.
func (h *Harness) hold() (*held, error) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), patience, fmt.Errorf("they did not within %v", patience))
	out := &held{cancel: cancel}
	clock, err := h.Clock.Hold(ctx)
	if err == nil {
		out.undo = append(out.undo, clock)
		out.entra, err = h.Entra.Hold(ctx)
	}
	if err == nil {
		out.undo = append(out.undo, out.entra.Release)
		out.aws, err = h.IdentityCenter.Hold(ctx)
	}
	if err == nil {
		out.undo = append(out.undo, out.aws.Release)
		out.scim, err = h.SCIM.Hold(ctx)
	}
	if err != nil {
		out.release()
		return nil, err
	}
	out.undo = append(out.undo, out.scim.Release)
	return out, nil
}

// Snapshot returns the state of the harness, all of it of one moment: it waits
// for requests, provisioning cycles and timers under way, for at most a minute.
// What a test changes directly meanwhile, in another goroutine, may be in it or
// not.
func (h *Harness) Snapshot() (Snapshot, error) {
	held, err := h.hold()
	if err != nil {
		return Snapshot{}, fmt.Errorf("take snapshot: %w", err)
	}
	defer held.release()
	now := h.Clock.State()
	s := Snapshot{Version: SnapshotVersion, Taken: now.Now, Clock: now, IDs: h.ids.Position(), IdentityCenter: held.aws.Snapshot(), SCIM: held.scim.Snapshot()}
	if s.Entra, err = held.entra.Snapshot(); err != nil {
		return Snapshot{}, err
	}
	s.Entra.Taken, s.IdentityCenter.Taken, s.SCIM.Taken = s.Taken, s.Taken, s.Taken
	s.Entra.IDs, s.IdentityCenter.IDs = ids.Position{}, ids.Position{} // all parts draw from one source
	return s, nil
}

// Restore brings the harness into the state that the snapshot has, whichever
// harness it was taken of: with that one's ids, tenant and time. If anything in
// the snapshot is wrong the error says what and where, and nothing changes.
//
// Requests under way are served by the state before, those that come by the
// state after, and what a user was in the middle of ends: all sessions are over,
// and browsers are new. The harness goes on being reached under its own
// addresses; where the snapshot leads to those of its harness it leads to these
// afterwards. The trace goes on.
//
// An [idp.Application] that a test holds stays valid if the snapshot has it too,
// as do [Harness.Entra], [Harness.IdentityCenter] and [Harness.SCIM].
func (h *Harness) Restore(s Snapshot) error {
	if err := h.restore(s); err != nil {
		return fmt.Errorf("restore snapshot: %w", err)
	}
	return nil
}

func (h *Harness) restore(s Snapshot) error {
	if err := snapshot.CheckVersion(s.Version, SnapshotVersion); err != nil {
		return err
	}
	if err := s.Clock.Check(); err != nil {
		return fmt.Errorf("clock.%w", err)
	}
	held, err := h.hold()
	if err != nil {
		return err
	}
	defer held.release()
	moved := map[string]string{s.Entra.Address: h.Entra.BaseURL(), s.IdentityCenter.Address: h.IdentityCenter.BaseURL()}
	entra, err := held.entra.PrepareRestore(s.Entra.Moved(moved))
	if err != nil {
		return fmt.Errorf("entra: %w", err)
	}
	aws, err := held.aws.PrepareRestore(s.IdentityCenter.Moved(moved))
	if err != nil {
		return fmt.Errorf("identityCenter: %w", err)
	}
	scim, err := held.scim.PrepareRestore(s.SCIM)
	if err != nil {
		return fmt.Errorf("scim: %w", err)
	}
	h.Clock.Restore(s.Clock, time.Now)
	entra()
	aws()
	scim()
	h.ids.MoveTo(s.IDs)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.browsers = make(map[string]*userBrowser)
	return nil
}

// MarkInitial makes the present state the one to which Reset goes back. New and
// scenarios.Up end with it.
func (h *Harness) MarkInitial() error {
	s, err := h.Snapshot()
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.initial = s
	return nil
}

// Reset goes back to the state in which Run, New or scenarios.Up ended, or to
// that of the last MarkInitial: see [Harness.Restore].
func (h *Harness) Reset() error {
	h.mu.Lock()
	s := h.initial
	h.mu.Unlock()
	if err := h.restore(s); err != nil {
		return fmt.Errorf("reset: %w", err)
	}
	return nil
}
