package provisioning

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/idharness/harness/internal/refusal"
)

// TimerName is the name under which cycles show among the clock's fired
// timers.
const TimerName = "provisioningCycle"

// State is the state of a job (Microsoft Graph, synchronizationStatusCode).
type State string

// The states of a job.
const (
	StateNotConfigured State = "NotConfigured" // there is no target
	StateNotRun        State = "NotRun"        // it was never started and no cycle has run
	StateActive        State = "Active"        // cycles run by themselves
	StatePaused        State = "Paused"        // cycles run only when asked for
	StateQuarantine    State = "Quarantine"
)

// Start has cycles run by themselves, the first one after an interval of
// virtual time. It ends a quarantine. The cycles use ctx's values but do not
// end with it; Stop ends them.
func (j *Job) Start(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.target == nil {
		return errNotConfigured()
	}
	j.started, j.disabled, j.quarantine = true, false, nil
	j.context = context.WithoutCancel(ctx)
	j.arm()
	return nil
}

// Stop ends the schedule. A cycle that is running goes on to its end ("Known
// issues", provisioning cycle continues until completion).
func (j *Job) Stop() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.started = false
	j.disarm()
}

// State returns the job's state.
func (j *Job) State() State {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.target == nil:
		return StateNotConfigured
	case j.quarantine != nil:
		return StateQuarantine
	case j.started:
		return StateActive
	case j.cycles == 0:
		return StateNotRun
	default:
		return StatePaused
	}
}

// NextCycle returns when the next cycle will run by itself. There is none for
// a job that was not started, or that four weeks in quarantine have disabled.
func (j *Job) NextCycle() (time.Time, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.timer == nil {
		return time.Time{}, false
	}
	return j.timer.Due, true
}

// arm sets the timer for the next cycle: an interval from now, or at the next
// attempt in quarantine. A timer that waits for the right one of the two is
// left alone. j is locked.
func (j *Job) arm() {
	if !j.started || j.disabled {
		j.disarm()
		return
	}
	slow := j.quarantine != nil
	if j.timer != nil && j.timerSlow == slow && !slow {
		return
	}
	j.disarm()
	due := j.cfg.Clock.Now().Add(time.Duration(j.configuration.Interval))
	if slow {
		due = j.quarantine.NextAttempt
	}
	j.timerSlow = slow
	j.timer = j.cfg.Clock.At(due, TimerName, j.tick)
}

func (j *Job) disarm() {
	if j.timer != nil {
		j.timer.Stop()
		j.timer = nil
	}
}

// tick is what the timer does.
func (j *Job) tick() {
	j.mu.Lock()
	ctx, started := j.context, j.started
	j.timer = nil
	j.mu.Unlock()
	if !started {
		return
	}
	if _, err := j.RunCycle(ctx); err != nil {
		j.cfg.Logger.Error("provisioning cycle", slog.Any("error", err))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.arm()
}

// Reset says what a restart forgets (Microsoft Graph,
// synchronizationJobRestartCriteria).
type Reset uint8

// The parts of a job's memory. The zero Reset is what the button Restart
// provisioning does: watermark, escrows and quarantine.
const (
	ResetWatermark Reset = 1 << iota
	ResetEscrows
	ResetQuarantine
	ResetLinks   // ConnectorDataStore: every object is matched again
	ForceDeletes // Allow deletes: the next cycle ignores the threshold for accidental deletions

	ResetFull = ResetWatermark | ResetEscrows | ResetQuarantine | ResetLinks
)

var resetNames = []struct {
	name  string
	value Reset
}{
	{"None", 0}, {"ConnectorDataStore", ResetLinks}, {"Escrows", ResetEscrows}, {"Watermark", ResetWatermark},
	{"QuarantineState", ResetQuarantine}, {"Full", ResetFull}, {"ForceDeletes", ForceDeletes},
}

// ParseReset reads Graph's resetScope, such as "Watermark, Escrows".
func ParseReset(scope string) (Reset, error) {
	var r Reset
	for name := range strings.SplitSeq(scope, ",") {
		name = strings.TrimSpace(name)
		found := name == ""
		for _, known := range resetNames {
			if strings.EqualFold(known.name, name) {
				r |= known.value
				found = true
			}
		}
		if !found {
			return 0, &refusal.Refusal{
				Code: "Request_BadRequest", Message: textResetScope,
				Expected: "a list of None, ConnectorDataStore, Escrows, Watermark, QuarantineState, Full, ForceDeletes", Got: name, Where: "resetScope", Fix: refusal.Entra,
			}
		}
	}
	return r, nil
}

// Restart forgets what reset says, so that the next cycle evaluates every
// object again; it runs no cycle itself. Links stay unless reset says
// otherwise. It waits for a cycle that is running.
func (j *Job) Restart(ctx context.Context, reset Reset) error {
	unlock, err := j.lock(ctx)
	if err != nil {
		return fmt.Errorf("restarting provisioning: %w", err)
	}
	defer unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.target == nil {
		return errNotConfigured()
	}
	if reset == 0 || reset == ForceDeletes {
		reset |= ResetWatermark | ResetEscrows | ResetQuarantine
	}
	if reset&ResetWatermark != 0 {
		j.hasWatermark, j.restarted = false, true
		j.generation++
	}
	if reset&ResetEscrows != 0 {
		clear(j.escrows)
		clear(j.staged)
	}
	if reset&ResetQuarantine != 0 {
		j.quarantine, j.disabled = nil, false
	}
	if reset&ResetLinks != 0 {
		j.links = newLinks()
	}
	j.forceDeletes = j.forceDeletes || reset&ForceDeletes != 0
	j.arm()
	return nil
}
