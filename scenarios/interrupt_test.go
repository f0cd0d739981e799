package scenarios

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// What runs in any case outlives an interrupt, but not for ever.
func TestLasting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		longer, end := lasting(ctx, time.Minute)
		defer end()
		interrupt()
		time.Sleep(59 * time.Second) // of the bubble's time
		synctest.Wait()
		if longer.Err() != nil {
			t.Error("it ended before its time")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if longer.Err() == nil {
			t.Error("it goes on for ever")
		}
	})
}

// A run that is interrupted starts no step more, not even one that would not
// notice, and says why; finally runs.
func TestNoStepAfterAnInterrupt(t *testing.T) {
	s, err := Load("s.yaml", []byte("name: n\nsteps:\n- {observe: entra.users, expect: []}\n- {observe: entra.groups, expect: []}\nfinally:\n- {observe: entra.users, expect: []}\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancelCause(t.Context())
	report := Run(ctx, s, Options{OnStep: func(_ *Scenario, step StepReport) { interrupt(errors.New("enough")) }})
	if report.Status != Errored || report.Error != "interrupted: enough" {
		t.Errorf("%s, %q", report.Status, report.Error)
	}
	for i, want := range []Status{Passed, Skipped, Passed} {
		if got := report.Steps[i].Status; got != want {
			t.Errorf("step %d: %s, want %s", i+1, got, want)
		}
	}
}
