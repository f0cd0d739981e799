package provisioning

import (
	"fmt"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// The values of Summary.Cycle.
const (
	CycleInitial     = "initial"
	CycleIncremental = "incremental"
	CycleOnDemand    = "onDemand"
	CycleRestart     = "restart"
)

// The values of Summary.Status.
const (
	SummarySuccess    = "success"
	SummaryFailed     = "failed"     // at least one object failed
	SummaryQuarantine = "quarantine" // the job is in quarantine
)

// Summary counts what a cycle did. Every object counts once, under the last
// thing that became of it; one that was created and whose manager or members
// then failed counts under failed too.
type Summary struct {
	Status   string       `json:"status" oneOf:"success|failed|quarantine"`
	Cycle    string       `json:"cycle" oneOf:"initial|incremental|onDemand|restart"`
	Users    UserCounts   `json:"users"`
	Groups   GroupCounts  `json:"groups"`
	Members  MemberCounts `json:"members"`
	Requests int          `json:"requests"` // to the target

	CycleID    string      `json:"cycleId"`
	Began      time.Time   `json:"began"`
	Escrowed   int         `json:"escrowed"` // objects that wait to be tried again
	FirstError *ErrorInfo  `json:"firstError,omitempty"`
	Quarantine *Quarantine `json:"quarantine,omitempty"`
}

// UserCounts counts users.
type UserCounts struct {
	Created  int `json:"created"`
	Updated  int `json:"updated"`
	Disabled int `json:"disabled"`
	Deleted  int `json:"deleted"`
	Skipped  int `json:"skipped"`
	Failed   int `json:"failed"`
}

// GroupCounts counts groups. A group whose members changed counts as updated.
type GroupCounts struct {
	Created int `json:"created"`
	Updated int `json:"updated"`
	Deleted int `json:"deleted"`
	Skipped int `json:"skipped"`
	Failed  int `json:"failed"`
}

// MemberCounts counts memberships.
type MemberCounts struct {
	Added   int `json:"added"`
	Removed int `json:"removed"`
}

// Err returns nil for a cycle without failures, and otherwise the reason for
// the quarantine or the first failure.
func (s Summary) Err() error {
	if s.Status == SummarySuccess {
		return nil
	}
	r := &refusal.Refusal{
		Code: "ProvisioningFailed", Message: "Provisioning failed.", Where: s.Cycle + " cycle",
		Got: fmt.Sprintf("%d users and %d groups failed", s.Users.Failed, s.Groups.Failed),
	}
	if s.FirstError != nil {
		r.Code, r.Message, r.Hint = s.FirstError.Code, s.FirstError.Reason, s.FirstError.Action
		s.FirstError.Explanation.into(r)
	}
	if s.Quarantine != nil {
		r.Code, r.Message = string(s.Quarantine.Reason), s.Quarantine.Error.Reason
		r.Got = "a job in quarantine"
		r.Hint = s.Quarantine.Error.Action
		s.Quarantine.Error.Explanation.into(r)
	}
	return r
}

// result is what became of one object in a cycle.
type result uint8

const (
	resultNone result = iota
	resultSkipped
	resultCreated
	resultUpdated
	resultDisabled
	resultDeleted
	resultFailed
)

// outcome gathers what became of an object and of its references.
type outcome struct {
	object           result
	referenceChanged bool
	referenceFailed  bool
}

// count adds an object's outcome to the summary.
func (s *Summary) count(kind directory.Kind, o outcome) {
	final := o.object
	if o.referenceChanged && (final == resultSkipped || final == resultNone) {
		final = resultUpdated
	}
	if o.referenceFailed && final != resultFailed {
		s.add(kind, resultFailed)
		if final == resultSkipped {
			final = resultNone
		}
	}
	s.add(kind, final)
}

func (s *Summary) add(kind directory.Kind, r result) {
	users := []*int{nil, &s.Users.Skipped, &s.Users.Created, &s.Users.Updated, &s.Users.Disabled, &s.Users.Deleted, &s.Users.Failed}
	groups := []*int{nil, &s.Groups.Skipped, &s.Groups.Created, &s.Groups.Updated, nil, &s.Groups.Deleted, &s.Groups.Failed}
	counters := users
	if kind == directory.KindGroup {
		counters = groups
	}
	if counter := counters[r]; counter != nil {
		*counter++
	}
}
