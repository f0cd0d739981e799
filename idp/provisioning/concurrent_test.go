package provisioning_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/clock"
)

// Everything may be called while cycles run; when it is over, two cycles bring
// the target in step with the directory.
func TestEverythingAtOnce(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Scope: provisioning.ScopeAll})
	const users = 12
	for i := range users {
		f.addUser(fmt.Sprintf("u%02d", i))
	}
	f.addGroup("Ops", "user-u00")
	ctx := context.Background()
	filtered := f.job.Settings()
	filtered.Users.Filters = [][]provisioning.Clause{{{Attribute: "displayName", Operator: "IS NOT NULL"}}}
	plain := f.job.Settings()

	var wg sync.WaitGroup
	repeat := func(times int, do func(int) error) {
		wg.Go(func() {
			for i := range times {
				if err := do(i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	f.check(f.job.Start(ctx))
	repeat(20, func(int) error { f.clock.Advance(40 * time.Minute); return nil })
	repeat(10, func(int) error { _, err := f.job.RunCycle(ctx); return err })
	repeat(10, func(int) error { return f.job.Restart(ctx, 0) })
	repeat(10, func(int) error { return f.job.Restart(ctx, provisioning.ResetFull|provisioning.ForceDeletes) })
	repeat(10, func(int) error { _, err := f.job.OnDemand(ctx, "user-u00"); return err })
	repeat(20, func(int) error { return f.job.SetTarget(f.server.tenantURL(), testToken) })
	repeat(20, func(i int) error {
		if i%2 == 0 {
			return f.job.Configure(filtered)
		}
		return f.job.Configure(plain)
	})
	repeat(20, func(i int) error {
		if i%2 == 0 {
			f.job.Stop()
			return f.job.Start(ctx)
		}
		f.job.Unlink(ctx, "user-u01") // refused while the job is active
		return nil
	})
	repeat(50, func(i int) error {
		_, err := f.UpdateUser(fmt.Sprintf("user-u%02d", i%users), func(u *directory.User) { u.City = fmt.Sprint("city ", i) })
		return err
	})
	repeat(users, func(i int) error {
		id := fmt.Sprintf("user-u%02d", i)
		if err := f.AddMembers("group-Ops", id); err != nil {
			return err
		}
		_, err := f.SetEnabled(id, i == 0 || i%3 != 0)
		return err
	})
	repeat(50, func(int) error {
		f.job.Log()
		f.job.Links()
		f.job.Link("user-u02")
		f.job.Escrows()
		f.job.State()
		f.job.Status()
		f.job.NextCycle()
		f.job.Quarantine()
		f.job.LastCycle()
		f.job.Settings()
		return f.job.TestConnection(ctx)
	})
	wg.Wait()
	f.job.Stop()
	f.success()
	f.success()
	for i := range users {
		got := f.server.user(fmt.Sprintf("u%02d@contoso.example", i))
		u, _ := f.User(fmt.Sprintf("user-u%02d", i))
		switch {
		case got == nil && u.Enabled():
			t.Errorf("user %d is missing", i)
		case got != nil && got["active"] != u.Enabled():
			t.Errorf("user %d: active %v, enabled %v", i, got["active"], u.Enabled())
		case got != nil && u.Enabled() && mustJSON(got["addresses"]) != mustJSON([]any{map[string]any{"type": "work", "locality": u.City}}):
			t.Errorf("user %d: addresses %s, city %s", i, mustJSON(got["addresses"]), u.City)
		}
	}
}

// A cycle excludes another, on-demand provisioning, a restart and the removal
// of a link, which wait for it as long as their context lets them.
func TestCycleExcludes(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	entered, leave := make(chan struct{}), make(chan struct{})
	f.server.setFault(func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method == http.MethodPost {
			close(entered)
			<-leave
		}
		return false
	})
	done := make(chan error)
	go func() {
		_, err := f.job.RunCycle(context.Background())
		done <- err
	}()
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for what, call := range map[string]func() error{
		"cycle":     func() error { _, err := f.job.RunCycle(ctx); return err },
		"on demand": func() error { _, err := f.job.OnDemand(ctx, "user-ann"); return err },
		"restart":   func() error { return f.job.Restart(ctx, provisioning.ResetFull) },
		"unlink":    func() error { return f.job.Unlink(ctx, "user-ann") },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s during a cycle: %v", what, err)
		}
	}
	waited := make(chan error)
	go func() {
		_, err := f.job.OnDemand(context.Background(), "user-ann")
		waited <- err
	}()
	close(leave)
	f.check(<-done)
	f.check(<-waited)
	if posts := len(f.server.users); posts != 1 {
		t.Errorf("%d users in the target", posts)
	}
	if links := f.job.Links(); len(links) != 1 {
		t.Errorf("links %+v", links)
	}
}

// A cycle may last longer than the interval: none runs beside it or is caught
// up on, the next one comes an interval after its end.
func TestLongCycle(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	var mu sync.Mutex
	now := start
	slow := clock.Following(func() time.Time { mu.Lock(); defer mu.Unlock(); return now })
	job, err := provisioning.NewJob(provisioning.Config{Source: f.tenant, Clock: slow, IDs: newIDs()})
	f.check(err)
	f.check(job.SetTarget(f.server.tenantURL(), testToken))
	f.server.setFault(func(http.ResponseWriter, *http.Request, []byte) bool { // every answer takes an hour
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Hour)
		return false
	})
	f.check(job.Start(context.Background()))
	if fired := slow.RunDue(); len(fired) != 1 || job.Cycles() != 1 {
		t.Errorf("fired %v, %d cycles", fired, job.Cycles())
	}
	ended := slow.Now()
	if want := start.Add(3 * time.Hour); !ended.Equal(want) {
		t.Fatalf("the cycle ended at %v, want %v", ended, want)
	}
	if next, ok := job.NextCycle(); !ok || !next.Equal(ended.Add(40*time.Minute)) {
		t.Errorf("next cycle %v, want 40 minutes after %v", next, ended)
	}
}
