package scimmock

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/idharness/harness/scimmock/document"
)

// The rates at which the service throttles (user guide, "IAM Identity Center
// quotas"): for each operation by itself 25 writes and 40 reads in a second, and
// each change of a membership counts against a limit of its own, whose number is
// not published.
const (
	defaultWriteRate      = 25
	defaultReadRate       = 40
	defaultMembershipRate = 25
)

// buckets hold what may still be asked for, by operation. They fill up evenly,
// to what a second allows.
type buckets struct {
	clock Clock

	mu sync.Mutex
	by map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// take takes n out of a bucket that fills at rate a second, or nothing if there
// is less in it.
func (b *buckets) take(name string, rate, n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.by == nil {
		b.by = make(map[string]bucket)
	}
	now := b.clock.Now()
	have, ok := b.by[name]
	if !ok {
		have = bucket{float64(rate), now}
	}
	if passed := now.Sub(have.at); passed > 0 {
		have.tokens = min(float64(rate), have.tokens+passed.Seconds()*float64(rate))
	}
	have.at = now
	taken := have.tokens >= float64(n)
	if taken {
		have.tokens -= float64(n)
	}
	b.by[name] = have
	return taken
}

// throttle refuses a request if its operation, or the memberships that it
// changes, have been asked for too often.
func (s *Server) throttle(c *call) error {
	if !s.profile.Throttle {
		return nil
	}
	rate := s.profile.ThrottleWrites
	if c.http.Method == http.MethodGet {
		rate = s.profile.ThrottleReads
	}
	refuse := func(what string, rate int) error {
		if s.profile.ThrottleRetryAfter > 0 {
			c.writer.Header().Set("Retry-After", strconv.Itoa(s.profile.ThrottleRetryAfter))
		}
		return refuse(http.StatusTooManyRequests, throttlingException, ruleThrottling, detailThrottled,
			why{fmt.Sprintf("at most %d %s a second", rate, what), "more", "rate of requests", "wait and try again"})
	}
	if !s.buckets.take(c.operation, rate, 1) {
		return refuse("calls of "+c.operation, rate)
	}
	if c.operation != "CreateGroup" && c.operation != "PatchGroup" {
		return nil
	}
	body, err := c.body()
	if err != nil {
		return nil // the operation says what is wrong with it
	}
	// More than a second's worth would never pass.
	rate = s.profile.ThrottleMemberships
	if n := min(membershipChanges(body), rate); n > 0 && !s.buckets.take("memberships", rate, n) {
		return refuse("changes of memberships", rate)
	}
	return nil
}

// membershipChanges counts the members of a new group and those that a PATCH
// adds or removes.
func membershipChanges(body document.Value) int {
	members, _ := body.Member("members")
	n := len(members.Items)
	operations, _ := body.Member("Operations")
	for _, op := range operations.Items {
		value, _ := op.Member("value")
		path, _ := op.Member("path")
		inside, ok := value.Member("members")
		switch {
		case len(path.Text) >= len("members") && path.Text[:len("members")] == "members":
			n += max(len(value.Items), 1)
		case ok:
			n += len(inside.Items)
		}
	}
	return n
}
