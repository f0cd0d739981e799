package provisioning_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// The escrow thresholds: a share of failures counts from a least number on,
// references do not count towards it.
func TestEscrowThresholds(t *testing.T) {
	tests := []struct {
		name       string
		thresholds provisioning.Thresholds
		failing    int // of ten users
		want       provisioning.QuarantineReason
	}{
		{"too few", provisioning.Thresholds{MinFailures: 6, FailureShare: 0.4}, 5, ""},
		{"small share", provisioning.Thresholds{MinFailures: 2, FailureShare: 0.5}, 5, ""},
		{"large share", provisioning.Thresholds{MinFailures: 2, FailureShare: 0.4}, 5, provisioning.ReasonEscrowProportionThreshold},
		{"many", provisioning.Thresholds{MaxFailures: 4}, 5, provisioning.ReasonBaseEscrowThreshold},
		{"very many", provisioning.Thresholds{TotalFailures: 4}, 5, provisioning.ReasonTotalEscrowThreshold},
		{"defaults", provisioning.Thresholds{}, 10, ""},
	}
	for _, test := range tests {
		f := newFixture(t, provisioning.Settings{Quarantine: test.thresholds})
		for i := range 10 {
			name := fmt.Sprintf("good%d", i)
			if i < test.failing {
				name = fmt.Sprintf("bad%d", i)
			}
			f.assign(f.addUser(name).ID)
		}
		f.server.setFault(answer("POST", `"userName":"bad`, 500, ""))
		s := f.cycle()
		q, _ := f.job.Quarantine()
		if s.Users.Failed != test.failing || q.Reason != test.want {
			t.Errorf("%s: %d failures, quarantine %q, want %q", test.name, s.Users.Failed, q.Reason, test.want)
		}
		f.server.setFault(nil)
		f.success()
		if _, ok := f.job.Quarantine(); ok {
			t.Errorf("%s: still in quarantine after success", test.name)
		}
	}
}

func TestReferenceFailuresCountForTheTotalOnly(t *testing.T) {
	for _, test := range []struct {
		thresholds provisioning.Thresholds
		want       provisioning.QuarantineReason
	}{
		{provisioning.Thresholds{MinFailures: 1, FailureShare: 0.01, MaxFailures: 1}, ""},
		{provisioning.Thresholds{TotalFailures: 1}, provisioning.ReasonTotalEscrowThreshold},
	} {
		f := newFixture(t, provisioning.Settings{Quarantine: test.thresholds})
		for _, n := range []string{"one", "two"} {
			f.assign(f.addGroup(n, f.addUser(n).ID).ID)
		}
		f.server.setFault(answer("PATCH", "/Groups", 500, ""))
		if s := f.cycle(); s.Groups.Failed != 2 {
			t.Errorf("failed %+v", s.Groups)
		}
		if q, _ := f.job.Quarantine(); q.Reason != test.want {
			t.Errorf("%+v: quarantine %q, want %q", test.thresholds, q.Reason, test.want)
		}
	}
}

// The counter of escrows accrues: it is not forgotten by a cycle in which
// nothing was due, and what succeeded in earlier cycles keeps the share small
// when only failures are left to retry.
func TestEscrowsAccrue(t *testing.T) {
	setUp := func(thresholds provisioning.Thresholds, bad, good int) *fixture {
		f := newFixture(t, provisioning.Settings{Quarantine: thresholds})
		for i := range good {
			f.assign(f.addUser(fmt.Sprintf("good%d", i)).ID)
		}
		for i := range bad {
			f.assign(f.addUser(fmt.Sprintf("bad%d", i)).ID)
		}
		f.server.setFault(answer("POST", `"userName":"bad`, 400, ""))
		return f
	}
	t.Run("nothing due", func(t *testing.T) {
		f := setUp(provisioning.Thresholds{MinFailures: 2}, 2, 1)
		for i := range 4 { // the failures are retried in the second of them
			if s := f.cycle(); s.Status != provisioning.SummaryQuarantine {
				t.Errorf("cycle %d: %+v", i, s)
			}
		}
	})
	t.Run("only failures left", func(t *testing.T) {
		f := setUp(provisioning.Thresholds{MinFailures: 2}, 2, 8)
		f.cycle()
		if s := f.cycle(); s.Users.Failed != 2 || s.Status != provisioning.SummaryFailed {
			t.Errorf("2 of 10 users fail for the second time: %+v", s)
		}
	})
	t.Run("over several cycles", func(t *testing.T) {
		f := setUp(provisioning.Thresholds{MaxFailures: 3}, 2, 0)
		f.cycle()
		f.assign(f.addUser("bad8").ID)
		f.cycle()
		if _, ok := f.job.Quarantine(); ok {
			t.Error("three failures are not more than three")
		}
		f.assign(f.addUser("bad9").ID)
		f.cycle()
		if q, _ := f.job.Quarantine(); q.Reason != provisioning.ReasonBaseEscrowThreshold {
			t.Errorf("four failures: %+v", q)
		}
	})
	t.Run("linked and failed is one object", func(t *testing.T) {
		f := setUp(provisioning.Thresholds{MinFailures: 1}, 0, 2)
		f.success()
		f.server.setFault(answer("PATCH", "/Users/", 400, ""))
		f.set("user-good0", func(u *directory.User) { u.City = "Lisboa" })
		f.cycle()
		if q, _ := f.job.Quarantine(); q.Reason != provisioning.ReasonEscrowProportionThreshold {
			t.Errorf("one of two failed: %+v", q)
		}
	})
	t.Run("waiting is no failure", func(t *testing.T) {
		f := setUp(provisioning.Thresholds{TotalFailures: 1}, 1, 0)
		f.assign(f.addGroup("Ops", "user-bad0").ID)
		f.assign(f.addUser("dan", func(u *directory.User) { u.Manager = "user-bad0" }).ID)
		f.cycle()
		if e := f.job.Escrows(); len(e) != 3 {
			t.Errorf("escrows %+v, want the user and two references that wait for it", e)
		}
		if q, ok := f.job.Quarantine(); ok {
			t.Errorf("one failure is not more than one: %+v", q)
		}
	})
	t.Run("a retry succeeds", func(t *testing.T) {
		f := setUp(provisioning.Thresholds{MinFailures: 2}, 2, 1)
		f.check(f.job.Start(context.Background()))
		f.clock.RunDue()
		f.server.setFault(answer("POST", `"userName":"bad1`, 400, ""))
		f.clock.Advance(6 * time.Hour)
		if q, ok := f.job.Quarantine(); ok {
			t.Errorf("one failure left: %+v", q)
		}
	})
}
