package provisioning_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

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

// In quarantine the frequency is "gradually reduced to once per day": attempts
// come 6, 12 and 24 hours after it began, then daily; after four weeks the job
// is disabled, and starting it begins anew.
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
			attempts = append(attempts, fired.At.Sub(start).String())
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
	f.check(f.job.SetTarget(f.server.tenantURL(), testToken)) // does not start it
	if _, ok := f.job.NextCycle(); ok {
		t.Error("new credentials started a disabled job")
	}
	f.check(f.job.Start(context.Background()))
	f.clock.RunDue()
	if s, _ := f.job.LastCycle(); s.Status != provisioning.SummarySuccess || f.job.State() != provisioning.StateActive {
		t.Errorf("after starting again: %s, %s", s.Status, f.job.State())
	}
}

// Attempts that are asked for count as well: the one after four weeks disables
// the job.
func TestQuarantineEndsByRequest(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.server.setToken("another")
	f.check(f.job.Start(context.Background()))
	f.clock.Advance(28*24*time.Hour - time.Minute)
	if _, ok := f.job.NextCycle(); !ok {
		t.Error("the job was disabled before four weeks had passed")
	}
	f.clock.Advance(30 * time.Second)
	f.cycle()
	if _, ok := f.job.NextCycle(); !ok {
		t.Error("the job was disabled before four weeks had passed")
	}
	f.clock.Advance(30 * time.Second)
	f.cycle()
	if next, ok := f.job.NextCycle(); ok {
		t.Errorf("another attempt at %v", next)
	}
	f.check(f.job.Restart(context.Background(), 0)) // enables it again
	if next, ok := f.job.NextCycle(); !ok || !next.Equal(f.clock.Now()) {
		t.Errorf("next cycle %v after a restart, want at once", next)
	}
}

// The members of synchronizationQuarantine (Microsoft Graph): a series begins
// when the quarantine is first imposed and counts how often it was left in
// effect; currentBegan is the last evaluation.
func TestQuarantineSeries(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.server.setToken("another")
	f.check(f.job.Start(context.Background()))
	for i, want := range []struct{ began, next time.Duration }{{0, 6 * time.Hour}, {6 * time.Hour, 12 * time.Hour}, {12 * time.Hour, 24 * time.Hour}} {
		f.clock.Advance(start.Add(want.began).Sub(f.clock.Now()))
		q, ok := f.job.Quarantine()
		if !ok || q.SeriesCount != i || !q.SeriesBegan.Equal(start) || !q.CurrentBegan.Equal(start.Add(want.began)) || !q.NextAttempt.Equal(start.Add(want.next)) {
			t.Errorf("attempt %d: %+v", i, q)
		}
	}
	f.server.setToken(testToken)
	f.clock.Advance(12 * time.Hour)
	if _, ok := f.job.Quarantine(); ok {
		t.Error("a good cycle did not end the quarantine")
	}
	if next, _ := f.job.NextCycle(); !next.Equal(f.clock.Now().Add(40 * time.Minute)) {
		t.Errorf("next cycle %v, want the usual interval", next)
	}
	f.server.setToken("another")
	f.clock.Advance(40 * time.Minute)
	if q, _ := f.job.Quarantine(); q.SeriesCount != 0 || !q.SeriesBegan.Equal(f.clock.Now()) {
		t.Errorf("a new series: %+v", q)
	}
}
