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
	StateNotRun        State = "NotRun"        // no cycle has run, be it started or not
	StateActive        State = "Active"        // cycles run by themselves
	StatePaused        State = "Paused"        // cycles run only when asked for
	StateQuarantine    State = "Quarantine"
	StateInProgress    State = "InProgress" // a cycle runs; in Job.Status with Settings.ReportInProgress only
)

// Start has cycles run by themselves, the first one as soon as the clock runs
// ("Configure AWS IAM Identity Center for automatic user provisioning": saving
// the status On starts the initial cycle). A job that was paused goes on where
// it left off, a quarantine ends (Microsoft Graph, synchronizationJob: start).
// The cycles use ctx's values but do not end with it; Stop ends them.
func (j *Job) Start(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.errRetired(); err != nil {
		return err
	}
	if j.target == nil {
		return errNotConfigured()
	}
	if j.started && !j.disabled && j.quarantine == nil {
		return nil
	}
	j.audited(ActivityStart)
	j.started, j.disabled, j.quarantine = true, false, nil
	j.context = context.WithoutCancel(ctx)
	j.armNow()
	return nil
}

// Stop ends the schedule. A cycle that is running goes on to its end ("Known
// issues", provisioning cycle continues until completion).
func (j *Job) Stop() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.started {
		j.audited(ActivityStop)
	}
	j.started = false
	j.disarm()
}

// State returns the job's state.
func (j *Job) State() State {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state()
}

// state is State of a locked job. One that was started and whose first cycle is
// not over has not run (Microsoft Graph, synchronizationStatus, status codes).
func (j *Job) state() State {
	switch {
	case j.target == nil:
		return StateNotConfigured
	case j.quarantine != nil:
		return StateQuarantine
	case j.cycles == 0:
		return StateNotRun
	case j.started:
		return StateActive
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

// wait is what a job's timer was set for.
type wait uint8

const (
	waitInterval   wait = iota // between two cycles
	waitNothing                // the first cycle after a start or a restart
	waitQuarantine             // the next attempt in quarantine
)

// arm sets the timer for the next cycle: an interval from now, or at the next
// attempt in quarantine. A timer that is set already for that, or for a first
// cycle, is left alone. j is locked.
func (j *Job) arm() {
	if !j.started || j.disabled {
		j.disarm()
		return
	}
	if j.quarantine != nil {
		j.armAt(j.quarantine.NextAttempt, waitQuarantine)
		return
	}
	if j.timer == nil || j.waits == waitQuarantine {
		j.armAt(j.cfg.Clock.Now().Add(time.Duration(j.configuration.Interval)), waitInterval)
	}
}

// armNow sets the timer for a cycle that is due at once. j is locked.
func (j *Job) armNow() {
	if j.started && !j.disabled {
		j.armAt(j.cfg.Clock.Now(), waitNothing)
	}
}

func (j *Job) armAt(due time.Time, what wait) {
	j.disarm()
	j.waits = what
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
	ctx, started, epoch := j.context, j.started, j.epoch
	j.timer = nil
	j.mu.Unlock()
	if !started {
		return
	}
	if _, err := j.runCycle(ctx, &epoch); err != nil {
		j.cfg.Logger.Error("provisioning cycle", slog.Any("error", err))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.arm()
}

// Reset says what a restart forgets (Microsoft Graph,
// synchronizationJobRestartCriteria).
type Reset uint8

// The parts of a job's memory. The zero Reset, like an empty resetScope, is what
// the button Restart provisioning does: watermark, escrows and quarantine.
const (
	ResetWatermark  Reset = 1 << iota // every object is evaluated again
	ResetEscrows                      // what failed is not retried
	ResetQuarantine                   // the quarantine is lifted, until a cycle imposes it again
	ResetLinks                        // ConnectorDataStore: an object that is evaluated is matched again
	ForceDeletes                      // Allow deletes: the next cycle carries out what the threshold for accidental deletions held back
	ResetNone                         // nothing: a paused or quarantined job starts

	ResetFull = ResetWatermark | ResetEscrows | ResetQuarantine | ResetLinks
)

var resetNames = []struct {
	name  string
	value Reset
}{
	{"None", ResetNone}, {"ConnectorDataStore", ResetLinks}, {"Escrows", ResetEscrows}, {"Watermark", ResetWatermark},
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

// Restart forgets what reset says and no more, which for most uses is the zero
// Reset: then the next cycle evaluates every object again. Links stay unless
// reset says otherwise. Restart waits for a cycle that is running and runs none
// itself: on a job that is or was started the next one is due at once, even if
// the job was stopped meanwhile (Microsoft Graph, synchronizationJob: restart).
func (j *Job) Restart(ctx context.Context, reset Reset) error {
	unlock, err := j.lock(ctx)
	if err != nil {
		return fmt.Errorf("restarting provisioning: %w", err)
	}
	defer unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.errRetired(); err != nil {
		return err
	}
	if j.target == nil {
		return errNotConfigured()
	}
	j.audited(ActivityRestart)
	if reset == 0 {
		reset = ResetWatermark | ResetEscrows | ResetQuarantine
	}
	if reset&ResetWatermark != 0 {
		j.hasWatermark, j.restarted = false, true
		j.generation++
	}
	if reset&ResetEscrows != 0 {
		clear(j.escrows)
	}
	if reset&(ResetQuarantine|ResetNone) != 0 {
		j.quarantine = nil
	}
	if reset&ResetLinks != 0 {
		j.links = newLinks()
	}
	j.forceDeletes = j.forceDeletes || reset&ForceDeletes != 0
	j.started, j.disabled = j.context != nil, false
	if j.quarantine == nil || reset&ForceDeletes != 0 {
		j.armNow()
	} else {
		j.arm()
	}
	return nil
}
