package provisioning

import (
	"time"
)

// TaskExecution is Graph's synchronizationTaskExecution: what became of one
// cycle.
type TaskExecution struct {
	ActivityIdentifier           string                `json:"activityIdentifier"` // the cycle's id
	CountEntitled                int                   `json:"countEntitled"`      // processed objects that are assigned
	CountEntitledForProvisioning int                   `json:"countEntitledForProvisioning"`
	CountEscrowed                int                   `json:"countEscrowed"`    // objects that wait to be tried again
	CountEscrowedRaw             int                   `json:"countEscrowedRaw"` // the same, with those that wait for others
	CountExported                int                   `json:"countExported"`    // objects that were written
	CountExports                 int                   `json:"countExports"`     // objects that should have been
	CountImported                int                   `json:"countImported"`    // processed objects
	CountImportedDeltas          int                   `json:"countImportedDeltas"`
	CountImportedReferenceDeltas int                   `json:"countImportedReferenceDeltas"`
	Error                        *SynchronizationError `json:"error"`
	State                        string                `json:"state"`
	TimeBegan                    time.Time             `json:"timeBegan"`
	TimeEnded                    time.Time             `json:"timeEnded"`
}

// The values of TaskExecution.State.
const (
	ExecutionSucceeded        = "Succeeded"
	ExecutionFailed           = "Failed"           // the cycle could not do its work, or ended in quarantine
	ExecutionEntryLevelErrors = "EntryLevelErrors" // some objects failed
)

func (t *TaskExecution) clone() *TaskExecution {
	if t == nil {
		return nil
	}
	out := *t
	return &out
}

// executions is the job's memory of its cycles. What it points to is never
// changed.
type executions struct {
	last, success, exported *TaskExecution
	failures                int // complete failures in a row
	steadyFirst, steadyLast time.Time
}

// add notes a cycle that is over. A steady state is reached when all changes
// were looked at; in the samples escrows do not disturb it.
func (e *executions) add(t *TaskExecution) {
	e.last = t
	if t.State == ExecutionFailed {
		e.failures++
		return
	}
	e.failures = 0
	e.steadyLast = t.TimeEnded
	if e.steadyFirst.IsZero() {
		e.steadyFirst = t.TimeEnded
	}
	if t.State != ExecutionSucceeded {
		return
	}
	e.success = t
	if t.CountExported > 0 {
		e.exported = t
	}
}

// execution sums up the cycle, whose job is locked.
func (c *cycle) execution(reason QuarantineReason, info ErrorInfo, ended time.Time) *TaskExecution {
	out := c.counters
	out.ActivityIdentifier, out.TimeBegan, out.TimeEnded = c.summary.CycleID, c.summary.Began, ended
	out.CountEscrowedRaw = len(c.job.escrows)
	for _, entry := range c.job.escrows {
		if !entry.waiting {
			out.CountEscrowed++
		}
	}
	out.CountExports = len(c.staged)
	for _, o := range c.outcomes {
		written := o.referenceChanged || o.object >= resultCreated && o.object <= resultDeleted
		if written {
			out.CountExported++
		}
		if written || o.referenceFailed || o.object == resultFailed {
			out.CountExports++
		}
	}
	switch {
	case reason != "":
		failure := synchronizationError(info)
		out.State, out.Error = ExecutionFailed, &failure
	case c.summary.Users.Failed+c.summary.Groups.Failed > 0:
		out.State = ExecutionEntryLevelErrors
	default:
		out.State = ExecutionSucceeded
	}
	return &out
}

// entitle counts an object by its scope.
func (c *cycle) entitle(s scoping) {
	if s.assigned {
		c.counters.CountEntitled++
	}
	if !s.softDeleted() {
		c.counters.CountEntitledForProvisioning++
	}
}

// Progress is Graph's synchronizationProgress.
type Progress struct {
	CompletedUnits              int       `json:"completedUnits"`
	ProgressObservationDateTime time.Time `json:"progressObservationDateTime"`
	TotalUnits                  int       `json:"totalUnits"`
	Units                       string    `json:"units"`
}

// progress is how far a cycle has come, in objects.
type progress struct {
	done, total int
	observed    time.Time
}

// report tells of the progress in pages. There is none without a cycle, and
// none before the cycle knows its objects.
func (p *progress) report(pageSize int) []Progress {
	if p == nil || p.total == 0 {
		return []Progress{}
	}
	done, total := p.done/pageSize, (p.total+pageSize-1)/pageSize
	if p.done == p.total {
		done = total
	}
	return []Progress{{done, p.observed, total, "pages"}}
}

// advance notes how far the cycle has come.
func (c *cycle) advance(done, total int) {
	c.remember(func(j *Job) { j.progress = &progress{done, total, j.cfg.Clock.Now()} })
}
