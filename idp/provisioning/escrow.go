package provisioning

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/idharness/harness/idp/directory"
)

// Escrow is an object that failed and waits to be tried again.
type Escrow struct {
	Kind        directory.Kind `json:"kind"`
	SourceID    string         `json:"sourceId"`
	Reference   bool           `json:"reference"` // only its manager or members failed
	Code        string         `json:"code"`
	Attempts    int            `json:"attempts"`
	FirstFailed time.Time      `json:"firstFailed"`
	NextRetry   time.Time      `json:"nextRetry"` // in the first cycle from then on

	waiting bool // nothing was refused: a reference waits for an object that failed
}

// escrowLife is how long an object is tried again (learn.microsoft.com,
// "Application provisioning in quarantine status", retry duration).
const escrowLife = 28 * 24 * time.Hour

// retryOffsets count from the first failure; after the last, retries are a day
// apart.
var retryOffsets = []time.Duration{6 * time.Hour, 12 * time.Hour, 24 * time.Hour}

// nextOffset returns the first retry that lies after elapsed.
func nextOffset(elapsed time.Duration) time.Duration {
	for _, offset := range retryOffsets {
		if offset > elapsed {
			return offset
		}
	}
	const day = 24 * time.Hour
	return elapsed.Truncate(day) + day
}

type escrowKey struct {
	key
	reference bool
}

type escrows map[escrowKey]*Escrow

// fail notes another failure. The first retry comes with the next cycle; an
// object that keeps failing is tried less and less often, unless its error is
// one that passes by itself.
func (e escrows) fail(k escrowKey, f *failure, now time.Time) *Escrow {
	entry := e[k]
	if entry == nil {
		entry = &Escrow{Kind: k.kind, SourceID: k.id, Reference: k.reference, FirstFailed: now}
		e[k] = entry
	}
	entry.Attempts++
	entry.Code, entry.waiting = f.code, false
	entry.NextRetry = now
	if entry.Attempts > 1 && !f.transient() {
		entry.NextRetry = entry.FirstFailed.Add(nextOffset(now.Sub(entry.FirstFailed)))
	}
	if wait := now.Add(f.retryAfter); wait.After(entry.NextRetry) {
		entry.NextRetry = wait
	}
	return entry
}

// due returns what is to be tried again, and forgets what failed too long.
func (e escrows) due(now time.Time) []escrowKey {
	var out []escrowKey
	for k, entry := range e {
		switch {
		case now.Sub(entry.FirstFailed) > escrowLife:
			delete(e, k)
		case !entry.NextRetry.After(now):
			out = append(out, k)
		}
	}
	return out
}

func (e escrows) list() []Escrow {
	var out []Escrow
	for entry := range maps.Values(e) {
		out = append(out, *entry)
	}
	slices.SortFunc(out, func(a, b Escrow) int {
		return cmp.Or(-cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.SourceID, b.SourceID), cmp.Compare(boolText(a.Reference), boolText(b.Reference)))
	})
	return out
}
