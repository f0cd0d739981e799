package provisioning_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/refusal"
)

// A token that stops being valid half-way stops the cycle and puts the job into
// quarantine; a new one ends it and the rest is done ("Application provisioning
// in quarantine status", invalid credentials).
func TestTokenExpiresHalfWay(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	for _, n := range []string{"ann", "bob", "cat"} {
		f.assign(f.addUser(n).ID)
	}
	posts := 0
	f.server.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method == http.MethodPost {
			posts++
		}
		if posts >= 2 {
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}
		return false
	})
	s := f.cycle()
	f.wantCounts(s, counts{Status: provisioning.SummaryQuarantine, Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 1, Failed: 1}})
	q, ok := f.job.Quarantine()
	if !ok || q.Reason != provisioning.ReasonQuarantineException || q.Error.Code != "SystemForCrossDomainIdentityManagementInvalidCredentials" || !q.CurrentBegan.Equal(start) {
		t.Errorf("quarantine %+v, %v", q, ok)
	}
	if f.job.State() != provisioning.StateQuarantine {
		t.Errorf("state %s", f.job.State())
	}
	if r, ok := refusal.From(s.Err()); !ok || r.Code != "EncounteredQuarantineException" || !strings.Contains(r.Hint, "secret token") {
		t.Errorf("summary's error %v", s.Err())
	}
	if got := len(f.server.taken()); got != 5 { // probe, match, POST, match, POST; nothing for the third user
		t.Errorf("%d requests, want 5", got)
	}
	f.server.setFault(nil)
	f.check(f.job.SetTarget(f.server.tenantURL(), testToken))
	if _, ok := f.job.Quarantine(); ok {
		t.Error("new credentials did not end the quarantine")
	}
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 2, Skipped: 1}})
}

// A probe that fails keeps the cycle from doing anything.
func TestProbeFails(t *testing.T) {
	for _, status := range []int{401, 403, 404, 500} {
		f := newFixture(t, provisioning.Settings{})
		f.assign(f.addUser("ann").ID)
		f.server.setFault(answer("GET", "/Users", status, ""))
		s := f.cycle()
		f.wantCounts(s, counts{Status: provisioning.SummaryQuarantine, Cycle: provisioning.CycleInitial})
		f.want(probe)
		if s.Quarantine == nil || s.Quarantine.Reason != provisioning.ReasonQuarantineException || s.Requests != 1 {
			t.Errorf("status %d: %+v", status, s)
		}
		f.server.setFault(nil)
		f.success()
		if _, ok := f.job.Quarantine(); ok {
			t.Errorf("status %d: a good cycle did not end the quarantine", status)
		}
	}
}

// In quarantine attempts come 6, 12 and 24 hours after it began, then daily;
// after four weeks the job is disabled, and starting it begins anew.
func TestQuarantineSchedule(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.check(f.job.Start(context.Background()))
	f.server.setToken("another")
	var attempts []string
	for f.clock.Now().Before(start.Add(35 * 24 * time.Hour)) {
		for _, fired := range f.clock.Advance(24 * time.Hour) {
			if fired.Name != provisioning.TimerName {
				t.Errorf("timer %s", fired.Name)
			}
			attempts = append(attempts, fired.At.Sub(start.Add(40*time.Minute)).String())
		}
	}
	if got := strings.Join(attempts[:6], " "); got != "0s 6h0m0s 12h0m0s 24h0m0s 48h0m0s 72h0m0s" {
		t.Errorf("attempts %s", got)
	}
	if last := attempts[len(attempts)-1]; last != (28 * 24 * time.Hour).String() {
		t.Errorf("the last attempt came after %s", last)
	}
	if _, ok := f.job.NextCycle(); ok || f.job.State() != provisioning.StateQuarantine {
		t.Errorf("after four weeks: state %s", f.job.State())
	}
	f.server.setToken(testToken)
	f.check(f.job.Start(context.Background()))
	f.clock.Advance(40 * time.Minute)
	if s, _ := f.job.LastCycle(); s.Status != provisioning.SummarySuccess || f.job.State() != provisioning.StateActive {
		t.Errorf("after starting again: %s, %s", s.Status, f.job.State())
	}
}

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

// "Enable accidental deletions prevention": above the threshold no user and no
// group is disabled or deleted, everything else goes on, until the deletes are
// allowed or their cause is gone.
func TestAccidentalDeletions(t *testing.T) {
	setUp := func() *fixture {
		f := newFixture(t, provisioning.Settings{AccidentalDeletionThreshold: 2})
		for _, n := range []string{"ann", "bob", "cat", "dan"} {
			f.assign(f.addUser(n).ID)
		}
		f.assign(f.addGroup("Ops").ID)
		f.success()
		return f
	}
	hold := func(f *fixture) {
		f.unassign("user-ann")
		f.enable("user-bob", false)
		f.unassign("group-Ops")
		f.assign(f.addUser("eve").ID)
		f.server.taken()
		s := f.cycle()
		f.wantCounts(s, counts{Status: provisioning.SummaryQuarantine, Users: provisioning.UserCounts{Created: 1, Skipped: 2}, Groups: provisioning.GroupCounts{Skipped: 1}})
		f.wantLog(s, "stagedDelete skipped ann@contoso.example TooManyDeletes", "stagedDelete skipped bob@contoso.example TooManyDeletes", "create success eve@contoso.example", "stagedDelete skipped Ops TooManyDeletes")
		if q, _ := f.job.Quarantine(); q.Reason != provisioning.ReasonTooManyDeletes {
			t.Errorf("quarantine %+v", q)
		}
		for _, r := range f.server.taken() {
			if contains(r, "PATCH") || contains(r, "DELETE") {
				t.Errorf("sent %s", r)
			}
		}
	}
	t.Run("still too many", func(t *testing.T) {
		f := setUp()
		hold(f)
		f.wantCounts(f.cycle(), counts{Status: provisioning.SummaryQuarantine, Users: provisioning.UserCounts{Skipped: 2}, Groups: provisioning.GroupCounts{Skipped: 1}})
		f.check(f.job.Restart(context.Background(), 0))
		if s := f.cycle(); s.Status != provisioning.SummaryQuarantine {
			t.Errorf("a restart alone let them through: %+v", s)
		}
	})
	t.Run("allowed", func(t *testing.T) {
		f := setUp()
		hold(f)
		f.check(f.job.Restart(context.Background(), provisioning.ForceDeletes))
		f.wantCounts(f.success(), counts{Cycle: provisioning.CycleRestart, Users: provisioning.UserCounts{Disabled: 2, Skipped: 3}, Groups: provisioning.GroupCounts{Deleted: 1}})
		for _, n := range []string{"user-cat", "user-dan", "user-eve"} { // allowed once only
			f.unassign(n)
		}
		if s := f.cycle(); s.Status != provisioning.SummaryQuarantine {
			t.Errorf("the permission lasted: %+v", s)
		}
	})
	t.Run("cause removed", func(t *testing.T) {
		f := setUp()
		hold(f)
		f.assign("user-ann")
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Disabled: 1, Skipped: 1}, Groups: provisioning.GroupCounts{Deleted: 1}})
	})
	t.Run("at the threshold", func(t *testing.T) {
		f := setUp()
		f.enable("user-cat", false)
		f.success()
		f.set("user-cat", func(u *directory.User) { u.JobTitle = "disabled already" })
		f.unassign("user-ann")
		f.delete("user-bob")
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Updated: 1, Disabled: 2}})
	})
}
