package provisioning_test

import (
	"context"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/refusal"
)

// Started, a job runs a cycle every 40 minutes of virtual time; stopped, none.
func TestSchedule(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	if f.job.State() != provisioning.StateNotRun {
		t.Errorf("state %s before the start", f.job.State())
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.check(f.job.Start(ctx))
	f.check(f.job.Start(ctx)) // again: nothing changes
	cancel()                  // the schedule goes on
	if next, ok := f.job.NextCycle(); !ok || !next.Equal(start.Add(40*time.Minute)) || f.job.State() != provisioning.StateActive {
		t.Errorf("next cycle %v, state %s", next, f.job.State())
	}
	f.clock.Advance(39 * time.Minute)
	if n := f.job.Cycles(); n != 0 {
		t.Errorf("%d cycles after 39 minutes", n)
	}
	fired := f.clock.Advance(81 * time.Minute)
	if len(fired) != 3 || fired[0].Name != "provisioningCycle" || f.job.Cycles() != 3 {
		t.Errorf("fired %v, %d cycles", fired, f.job.Cycles())
	}
	f.success() // a cycle in between does not disturb the schedule
	if next, _ := f.job.NextCycle(); !next.Equal(start.Add(160 * time.Minute)) {
		t.Errorf("next cycle %v", next)
	}
	f.job.Stop()
	f.clock.Advance(24 * time.Hour)
	if f.job.Cycles() != 4 || f.job.State() != provisioning.StatePaused {
		t.Errorf("%d cycles, state %s after the stop", f.job.Cycles(), f.job.State())
	}
	f.check(f.job.Configure(provisioning.Settings{Interval: provisioning.Duration(20 * time.Minute)}))
	f.check(f.job.Start(context.Background()))
	f.clock.Advance(time.Hour)
	if f.job.Cycles() != 7 {
		t.Errorf("%d cycles, want three more in an hour at 20 minutes", f.job.Cycles())
	}
	f.check(f.job.Configure(provisioning.Settings{Interval: provisioning.Duration(30 * time.Minute)}))
	f.clock.Advance(time.Hour)
	if f.job.Cycles() != 9 {
		t.Errorf("%d cycles, want two more in an hour at 30 minutes", f.job.Cycles())
	}
}

// Timer and changes together: the whole life without a call.
func TestScheduledCyclesFollowChanges(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.check(f.job.Start(context.Background()))
	f.clock.Advance(40 * time.Minute)
	f.enable("user-ann", false)
	f.clock.Advance(40 * time.Minute)
	if f.server.user("ann@contoso.example")["active"] != false {
		t.Error("the user is still active")
	}
	s, ok := f.job.LastCycle()
	if !ok || s.Users.Disabled != 1 || !s.Began.Equal(start.Add(80*time.Minute)) {
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
