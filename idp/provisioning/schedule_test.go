package provisioning_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/refusal"
)

// Starting a job starts its first cycle, and one follows every 40 minutes of
// virtual time ("Configure AWS IAM Identity Center for automatic user
// provisioning"); stopped, there are none.
func TestSchedule(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	if f.job.State() != provisioning.StateNotRun {
		t.Errorf("state %s before the start", f.job.State())
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.check(f.job.Start(ctx))
	f.check(f.job.Start(ctx)) // again: nothing changes
	cancel()                  // the schedule goes on
	if next, ok := f.job.NextCycle(); !ok || !next.Equal(start) || f.job.State() != provisioning.StateNotRun {
		t.Errorf("next cycle %v, state %s", next, f.job.State())
	}
	f.clock.Advance(39 * time.Minute)
	f.check(f.job.Start(context.Background())) // of an active job: nothing changes
	if n := f.job.Cycles(); n != 1 || f.job.State() != provisioning.StateActive {
		t.Errorf("%d cycles after 39 minutes", n)
	}
	fired := f.clock.Advance(81 * time.Minute)
	if len(fired) != 3 || fired[0].Name != "provisioningCycle" || f.job.Cycles() != 4 {
		t.Errorf("fired %v, %d cycles", fired, f.job.Cycles())
	}
	f.success() // a cycle in between does not disturb the schedule
	if next, _ := f.job.NextCycle(); !next.Equal(start.Add(160 * time.Minute)) {
		t.Errorf("next cycle %v", next)
	}
	f.job.Stop()
	if next, ok := f.job.NextCycle(); ok {
		t.Errorf("next cycle %v after the stop", next)
	}
	f.clock.Advance(24 * time.Hour)
	if f.job.Cycles() != 5 || f.job.State() != provisioning.StatePaused {
		t.Errorf("%d cycles, state %s after the stop", f.job.Cycles(), f.job.State())
	}
	f.check(f.job.Configure(provisioning.Settings{Interval: provisioning.Duration(20 * time.Minute)}))
	f.check(f.job.Start(context.Background()))
	f.clock.Advance(time.Hour)
	if f.job.Cycles() != 9 {
		t.Errorf("%d cycles, want four more in an hour at 20 minutes", f.job.Cycles())
	}
	f.check(f.job.Configure(provisioning.Settings{Interval: provisioning.Duration(30 * time.Minute)}))
	f.clock.Advance(time.Hour)
	if f.job.Cycles() != 11 {
		t.Errorf("%d cycles, want two more in an hour at 30 minutes", f.job.Cycles())
	}
}

// A cycle that is asked for is the one that a started job waits for.
func TestCycleRightAfterTheStart(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.check(f.job.Start(context.Background()))
	f.success()
	if next, ok := f.job.NextCycle(); !ok || !next.Equal(start.Add(40*time.Minute)) {
		t.Errorf("next cycle %v", next)
	}
	f.check(f.job.Restart(context.Background(), 0))
	f.check(f.job.Configure(provisioning.Settings{Interval: provisioning.Duration(time.Hour)}))
	if next, ok := f.job.NextCycle(); !ok || !next.Equal(start) {
		t.Errorf("next cycle %v after the restart, want at once", next)
	}
}

// Starting a job that is in quarantine clears it (Microsoft Graph,
// synchronizationJob: start); the next attempt is due at once.
func TestStartInQuarantine(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.server.setToken("another")
	f.check(f.job.Start(context.Background()))
	f.clock.RunDue()
	f.clock.Advance(time.Hour)
	f.check(f.job.Start(context.Background()))
	if _, ok := f.job.Quarantine(); ok || f.job.State() != provisioning.StateActive {
		t.Errorf("state %s after the start", f.job.State())
	}
	if next, ok := f.job.NextCycle(); !ok || !next.Equal(start.Add(time.Hour)) {
		t.Errorf("next cycle %v, want at once", next)
	}
}

// Paused, a job forgets nothing: started again it continues from where it left
// off with everything that happened meanwhile (Microsoft Graph,
// synchronizationJob: pause and start).
func TestPauseKeepsState(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	for _, name := range []string{"ann", "bob", "cat"} {
		f.assign(f.addUser(name).ID)
	}
	f.check(f.job.Start(context.Background()))
	f.clock.RunDue()
	f.job.Stop()
	f.set("user-ann", func(u *directory.User) { u.City = "Lisboa" })
	f.enable("user-bob", false)
	f.assign(f.addUser("dan").ID)
	f.delete("user-cat")
	f.clock.Advance(24 * time.Hour)
	f.check(f.PurgeUser("user-cat"))
	if n := f.job.Cycles(); n != 1 {
		t.Errorf("%d cycles while the job was stopped", n-1)
	}
	f.check(f.job.Start(context.Background()))
	f.clock.RunDue()
	s, _ := f.job.LastCycle()
	f.wantCounts(s, counts{Users: provisioning.UserCounts{Created: 1, Updated: 1, Disabled: 1, Deleted: 1}})
	if !s.Began.Equal(start.Add(24 * time.Hour)) {
		t.Errorf("the cycle began at %v", s.Began)
	}
}

// "Provisioning cycle continues until completion" ("Known issues"): a stop lets
// the cycle end, and no other follows.
func TestStopLetsTheCycleEnd(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	for _, name := range []string{"ann", "bob", "cat"} {
		f.assign(f.addUser(name).ID)
	}
	f.check(f.job.Start(context.Background()))
	f.server.setFault(func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method == http.MethodPost {
			f.job.Stop()
		}
		return false
	})
	f.clock.Advance(4 * time.Hour)
	if s, _ := f.job.LastCycle(); s.Users.Created != 3 || f.job.Cycles() != 1 || f.job.State() != provisioning.StatePaused {
		t.Errorf("created %d in %d cycles, state %s", s.Users.Created, f.job.Cycles(), f.job.State())
	}
}

// Weeks in one step: every cycle runs at its time, and those with nothing to do
// cost next to nothing.
func TestFourWeeksInOneStep(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.check(f.job.Start(context.Background()))
	began := time.Now()
	fired := f.clock.Advance(28 * 24 * time.Hour)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("a thousand cycles took %v", took)
	}
	if want := 28*24*60/40 + 1; len(fired) != want || f.job.Cycles() != want {
		t.Errorf("%d timers, %d cycles, want %d", len(fired), f.job.Cycles(), want)
	}
	for i, timer := range fired {
		if want := start.Add(time.Duration(i) * 40 * time.Minute); !timer.At.Equal(want) {
			t.Fatalf("cycle %d at %v, want %v", i, timer.At, want)
		}
	}
	requests := f.server.taken()
	if want := len(fired) + 2; len(requests) != want { // a probe each; match and POST in the first
		t.Errorf("%d requests, want %d", len(requests), want)
	}
}

// Timer and changes together: the whole life without a call.
func TestScheduledCyclesFollowChanges(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.check(f.job.Start(context.Background()))
	f.clock.Advance(30 * time.Minute)
	f.enable("user-ann", false)
	f.clock.Advance(40 * time.Minute)
	if f.server.user("ann@contoso.example")["active"] != false {
		t.Error("the user is still active")
	}
	s, ok := f.job.LastCycle()
	if !ok || s.Users.Disabled != 1 || !s.Began.Equal(start.Add(40*time.Minute)) {
		t.Errorf("last cycle %+v", s)
	}
}

// Without a target nothing runs, and the refusal says what is missing.
func TestNotConfigured(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	job, err := provisioning.NewJob(provisioning.Config{Source: f.tenant, Clock: f.clock, IDs: newIDs()})
	f.check(err)
	ctx := context.Background()
	_, cycle := job.RunCycle(ctx)
	_, demand := job.OnDemand(ctx, "user-ann")
	for what, err := range map[string]error{"RunCycle": cycle, "OnDemand": demand, "Start": job.Start(ctx), "Restart": job.Restart(ctx, 0), "TestConnection": job.TestConnection(ctx)} {
		if r, ok := refusal.From(err); !ok || r.Code != "NotConfigured" || r.Fix != refusal.Entra {
			t.Errorf("%s: %v", what, err)
		}
	}
	if job.State() != provisioning.StateNotConfigured {
		t.Errorf("state %s", job.State())
	}
	if _, ok := job.LastCycle(); ok {
		t.Error("there is a last cycle")
	}
}

// Log entries are kept for 30 days.
func TestLogRetention(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.success()
	f.clock.Advance(20 * 24 * time.Hour)
	f.set("user-ann", func(u *directory.User) { u.City = "Lisboa" })
	f.success()
	if n := len(f.job.Log()); n != 2 {
		t.Errorf("%d entries after 20 days", n)
	}
	f.clock.Advance(11 * 24 * time.Hour)
	f.success()
	if log := f.job.Log(); len(log) != 1 || log[0].Action != provisioning.ActionUpdate {
		t.Errorf("entries after 31 days: %+v", log)
	}
}

func TestNewJobNeeds(t *testing.T) {
	if _, err := provisioning.NewJob(provisioning.Config{}); err == nil {
		t.Error("a job without a source was made")
	}
}
