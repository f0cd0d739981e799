package sp

import (
	"sync"
	"time"

	"github.com/idharness/harness/internal/clock"
)

const (
	requestLifetime = 15 * time.Minute // AWS publishes no number
	maxRequests     = 100_000          // remembered at the same time
	maxNext         = 4096             // bytes of the page of each to come back to
)

// request is an AuthnRequest that was sent.
type request struct {
	idp        string // entity id of the identity provider to which it went
	relayState string
	next       string // page of the portal to come back to; empty: the portal itself
	expires    time.Time
	answered   bool
}

// requests remembers the AuthnRequests that were sent and the assertions that
// were used.
type requests struct {
	clock *clock.Clock

	mu        sync.Mutex
	sent      map[string]*request
	order     []string // ids of sent, oldest first
	used      map[string]bool
	usedOrder []usedAssertion
}

type usedAssertion struct {
	key   string
	until time.Time // from when on the assertion has expired anyway
}

func newRequests(c *clock.Clock) *requests {
	return &requests{clock: c, sent: make(map[string]*request), used: make(map[string]bool)}
}

func (q *requests) add(id, idp, relayState, next string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.clock.Now()
	for len(q.order) > 0 && (len(q.order) >= maxRequests || now.After(q.sent[q.order[0]].expires)) {
		delete(q.sent, q.order[0])
		q.order = q.order[1:]
	}
	q.sent[id] = &request{idp: idp, relayState: relayState, next: next, expires: now.Add(requestLifetime)}
	q.order = append(q.order, id)
}

// answer marks a request of the identity provider as answered, which happens
// once. Otherwise why says what is wrong with the id.
func (q *requests) answer(id, idp string) (relayState, next, why string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	r := q.sent[id]
	switch {
	case r == nil:
		return "", "", "no request with this id is known here"
	case r.answered:
		return "", "", "this request has been answered already"
	case q.clock.Now().After(r.expires):
		return "", "", "this request is older than " + requestLifetime.String()
	case r.idp != idp:
		return "", "", "this request went to " + r.idp
	}
	r.answered = true
	return r.relayState, r.next, ""
}

// use reports whether an assertion is used for the first time. It must be
// remembered until it has expired.
func (q *requests) use(issuer, assertionID string, until time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	key := issuer + "\x00" + assertionID
	if q.used[key] {
		return false
	}
	for now := q.clock.Now(); len(q.usedOrder) > 0 && now.After(q.usedOrder[0].until); q.usedOrder = q.usedOrder[1:] {
		delete(q.used, q.usedOrder[0].key)
	}
	q.used[key] = true
	q.usedOrder = append(q.usedOrder, usedAssertion{key, until})
	return true
}
