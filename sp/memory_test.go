package sp

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
)

// TestMemoryIsBounded: strangers can start sign-ins without end, and a harness
// may run for months. What is kept of them is bounded in number or in time.
func TestMemoryIsBounded(t *testing.T) {
	c := clock.Frozen(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	q := newRequests(c)
	for n := range maxRequests + 10 {
		q.add(fmt.Sprint(n), "idp", "", "")
	}
	if len(q.sent) != maxRequests || len(q.order) != maxRequests {
		t.Errorf("%d requests in order of %d, want %d", len(q.sent), len(q.order), maxRequests)
	}
	if _, _, why := q.answer("9", "idp"); why == "" {
		t.Error("the oldest request is still known")
	}
	if _, _, why := q.answer("10", "idp"); why != "" {
		t.Errorf("a request among the latest: %s", why)
	}
	c.Advance(requestLifetime + time.Second)
	q.add("later", "idp", "", "")
	if len(q.sent) != 1 || len(q.order) != 1 {
		t.Errorf("%d requests after the others have expired, want 1", len(q.sent))
	}

	q.use("idp", "_a", c.Now().Add(time.Hour))
	c.Advance(time.Hour)
	if q.use("idp", "_b", c.Now().Add(time.Hour)); len(q.used) != 2 {
		t.Errorf("%d used assertions, want 2: the first expires only now", len(q.used))
	}
	c.Advance(time.Second)
	if q.use("idp", "_c", c.Now().Add(time.Hour)); len(q.used) != 2 || len(q.usedOrder) != 2 {
		t.Errorf("%d used assertions, want 2: the first has expired", len(q.used))
	}

	s := newSessions(c, ids.New(1), time.Hour)
	s.issue("u", nil, time.Time{}, "")
	c.Advance(authCodeLifetime + time.Second)
	s.issue("u", nil, time.Time{}, "")
	if len(s.codes) != 1 {
		t.Errorf("%d codes, want 1: the first has expired", len(s.codes))
	}
	for range sweepEvery {
		authCode, _ := s.issue("u", nil, time.Time{}, "")
		if _, _, ok := s.redeem(httptest.NewRecorder(), authCode, false); !ok {
			t.Fatal("a fresh code does not open a session")
		}
	}
	c.Advance(time.Hour)
	authCode, _ := s.issue("u", nil, time.Time{}, "")
	if s.redeem(httptest.NewRecorder(), authCode, false); len(s.live) != 1 {
		t.Errorf("%d sessions, want 1: the others have ended", len(s.live))
	}

	i, err := New(Config{Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	for range maxEvents + 1 {
		i.events.record(nil, "Authenticate", event{})
	}
	if n := len(i.Events()); n != maxEvents {
		t.Errorf("%d events, want %d", n, maxEvents)
	}
}
