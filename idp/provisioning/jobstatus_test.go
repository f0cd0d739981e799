package provisioning_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// wantStatus compares the job's status with a golden file.
func (f *fixture) wantStatus(name string) {
	f.Helper()
	wantGolden(f, filepath.Join("jobstatus", name+".json"), f.job.Status())
}

// A job in the form of Microsoft Graph's synchronizationJob ("Get
// synchronizationJob"), in each of the states of synchronizationStatus.
func TestStatus(t *testing.T) {
	f := newFixture(t, provisioning.Settings{AccidentalDeletionThreshold: 1})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID, f.addUser("bob").ID).ID)
	f.addUser("out")
	f.wantStatus("notrun")
	f.check(f.job.Start(context.Background()))
	f.wantStatus("started") // still NotRun: "possibly started, but hasn't completed its first run"
	f.server.setFault(answer("POST", "/Users", 409, aws("Duplicate UserName")))
	f.clock.Advance(time.Minute)
	f.wantStatus("entrylevelerrors")
	f.server.setFault(nil)
	f.clock.Advance(40 * time.Minute)
	f.wantStatus("active")
	f.clock.Advance(40 * time.Minute) // nothing to do
	f.wantStatus("idle")
	f.job.Stop()
	f.wantStatus("paused")
	f.check(f.job.Start(context.Background()))
	f.server.setToken("another")
	f.clock.Advance(time.Minute)
	f.wantStatus("quarantine")
	f.clock.Advance(6 * time.Hour)
	if s := f.job.Status().Status; s.CountSuccessiveCompleteFailures != 2 || s.Quarantine.SeriesCount != 1 {
		t.Errorf("%d complete failures, quarantine %+v", s.CountSuccessiveCompleteFailures, s.Quarantine)
	}
	f.clock.Advance(30 * 24 * time.Hour)
	f.wantStatus("disabled")
	f.server.setToken(testToken)
	f.check(f.job.Start(context.Background()))
	f.clock.Advance(time.Minute)
	if s := f.job.Status().Status; s.CountSuccessiveCompleteFailures != 0 || s.Quarantine != nil || s.Code != provisioning.StateActive {
		t.Errorf("after the recovery: %+v", s)
	}
	f.enable("user-ann", false)
	f.enable("user-bob", false)
	f.cycle()
	s := f.job.Status().Status
	if e := s.LastExecution; e.CountExports != 2 || e.CountExported != 0 || e.State != provisioning.ExecutionFailed || e.Error.Code != "TooManyDeletes" || !e.Error.TenantActionable {
		t.Errorf("held back: %+v", e)
	}
}

// A job without credentials ("Create synchronizationJob").
func TestStatusNotConfigured(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	job, err := provisioning.NewJob(provisioning.Config{Source: f.tenant, Clock: f.clock, IDs: newIDs()})
	f.check(err)
	s := job.Status()
	if s.Status.Code != provisioning.StateNotConfigured || s.TemplateID != "scim" || !strings.HasPrefix(s.ID, "scim.") || s.Schedule.State != provisioning.ScheduleDisabled {
		t.Errorf("%+v", s)
	}
}

// While a cycle runs its status can be read, and has the progress in pages
// ("Check the status of user provisioning"; synchronizationProgress).
func TestProgress(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Scope: provisioning.ScopeAll, ProgressPageSize: 2, ReportInProgress: true})
	for _, name := range []string{"ann", "bob", "cat", "dan", "eve"} {
		f.addUser(name)
	}
	type seen struct {
		Code     provisioning.State
		Progress []provisioning.Progress
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	f.server.setFault(func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method == http.MethodPost || strings.Contains(r.URL.RawQuery, "filter") {
			entered <- struct{}{}
			<-leave
		}
		return false
	})
	done := make(chan error)
	go func() {
		_, err := f.job.RunCycle(context.Background())
		done <- err
	}()
	var got []seen
	for range 11 { // the probe, then a question and a creation for each of five users
		<-entered
		s := f.job.Status().Status
		got = append(got, seen{s.Code, s.Progress})
		leave <- struct{}{}
	}
	f.check(<-done)
	page := func(n int) seen {
		return seen{provisioning.StateInProgress, []provisioning.Progress{{CompletedUnits: n, TotalUnits: 3, Units: "pages", ProgressObservationDateTime: start}}}
	}
	want := []seen{{provisioning.StateInProgress, []provisioning.Progress{}}}
	for _, n := range []int{0, 0, 1, 1, 2} {
		want = append(want, page(n), page(n))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s := f.job.Status().Status; s.Code != provisioning.StatePaused || len(s.Progress) != 0 || s.LastExecution.CountExported != 5 {
		t.Errorf("after the cycle: %+v", s)
	}
}

// Graph's pages do not list InProgress, so that a status has it only on demand;
// an interrupted cycle leaves no progress behind.
func TestProgressOfAnInterruptedCycle(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.success()
	f.set("user-ann", func(u *directory.User) { u.DisplayName = "Anna" })
	ctx, cancel := context.WithCancel(context.Background())
	var during provisioning.SynchronizationStatus
	f.server.setFault(func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method == http.MethodPatch {
			during = f.job.Status().Status
			cancel()
		}
		return false
	})
	if _, err := f.job.RunCycle(ctx); err == nil {
		t.Error("the cycle was not interrupted")
	}
	if during.Code != provisioning.StatePaused || len(during.Progress) != 1 || during.Progress[0].TotalUnits != 1 {
		t.Errorf("during the cycle: %+v", during)
	}
	if s := f.job.Status().Status; len(s.Progress) != 0 || s.LastExecution.State != provisioning.ExecutionSucceeded {
		t.Errorf("after the interruption: %+v", s)
	}
}

// The interval is a duration of ISO 8601 ("synchronizationSchedule").
func TestScheduleInterval(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.check(f.job.Start(context.Background()))
	for _, test := range []struct {
		interval time.Duration
		want     string
	}{
		{40 * time.Minute, "PT40M"}, {90 * time.Minute, "PT1H30M"}, {24 * time.Hour, "P1D"}, {50*time.Hour + time.Second, "P2DT2H1S"},
		{time.Hour, "PT1H"}, {1500 * time.Millisecond, "PT1.5S"},
	} {
		f.check(f.job.Configure(provisioning.Settings{Interval: provisioning.Duration(test.interval)}))
		if got := f.job.Status().Schedule.Interval; got != test.want {
			t.Errorf("%v is %s, want %s", test.interval, got, test.want)
		}
	}
}

// While members and managers are written, all pages are done.
func TestProgressDuringReferences(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID).ID)
	var during []provisioning.Progress
	f.server.setFault(func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method == http.MethodPatch {
			during = f.job.Status().Status.Progress
		}
		return false
	})
	f.success()
	if len(during) != 1 || during[0].CompletedUnits != 1 || during[0].TotalUnits != 1 {
		t.Errorf("progress %+v", during)
	}
}
