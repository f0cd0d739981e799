package provisioning

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/idharness/harness/idp/directory"
)

// SynchronizationJob is a job as Microsoft Graph gives it: a synchronizationJob
// of /servicePrincipals/{id}/synchronization/jobs, whose JSON form it has.
type SynchronizationJob struct {
	ID         string                `json:"id"`
	TemplateID string                `json:"templateId"`
	Schedule   Schedule              `json:"schedule"`
	Status     SynchronizationStatus `json:"status"`
	Settings   []KeyValue            `json:"synchronizationJobSettings"`
}

// Schedule is Graph's synchronizationSchedule.
type Schedule struct {
	Expiration *time.Time `json:"expiration"` // null: the job does not expire
	Interval   string     `json:"interval"`   // a duration of ISO 8601
	State      string     `json:"state"`      // Active, Disabled or Paused
}

// SynchronizationStatus is Graph's synchronizationStatus.
type SynchronizationStatus struct {
	Code                               State             `json:"code"`
	CountSuccessiveCompleteFailures    int               `json:"countSuccessiveCompleteFailures"`
	EscrowsPruned                      bool              `json:"escrowsPruned"`
	LastExecution                      *TaskExecution    `json:"lastExecution"`
	LastSuccessfulExecution            *TaskExecution    `json:"lastSuccessfulExecution"`
	LastSuccessfulExecutionWithExports *TaskExecution    `json:"lastSuccessfulExecutionWithExports"`
	Progress                           []Progress        `json:"progress"`
	Quarantine                         *QuarantineStatus `json:"quarantine"`
	SteadyStateFirstAchievedTime       time.Time         `json:"steadyStateFirstAchievedTime"` // 0001-01-01T00:00:00Z: never
	SteadyStateLastAchievedTime        time.Time         `json:"steadyStateLastAchievedTime"`
	SynchronizedEntryCountByType       []EntryCount      `json:"synchronizedEntryCountByType"`
	TroubleshootingURL                 *string           `json:"troubleshootingUrl"`
}

// QuarantineStatus is Graph's synchronizationQuarantine.
type QuarantineStatus struct {
	CurrentBegan time.Time            `json:"currentBegan"`
	NextAttempt  time.Time            `json:"nextAttempt"`
	Reason       QuarantineReason     `json:"reason"`
	SeriesBegan  time.Time            `json:"seriesBegan"`
	SeriesCount  int                  `json:"seriesCount"`
	Error        SynchronizationError `json:"error"`
}

// SynchronizationError is Graph's synchronizationError.
type SynchronizationError struct {
	Code             string `json:"code"`
	Message          string `json:"message"`
	TenantActionable bool   `json:"tenantActionable"` // whether the tenant's administrator can mend it
}

// EntryCount counts the objects of a type in the connector data store.
type EntryCount struct {
	Key   string `json:"key"` // such as "User to urn:…:User": the types in both directories
	Value int    `json:"value"`
}

// KeyValue is a setting of a job.
type KeyValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// The values of Schedule.State.
const (
	ScheduleActive   = "Active"
	ScheduleDisabled = "Disabled"
	SchedulePaused   = "Paused"
)

// neverInterval is the interval of a disabled job in Graph's samples: .NET's
// longest TimeSpan.
const neverInterval = "P10675199DT2H48M5.4775807S"

// Status returns the job in Microsoft Graph's form. It may be called while a
// cycle runs, whose progress it then has.
func (j *Job) Status() SynchronizationJob {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := SynchronizationJob{
		ID: j.identity.id, TemplateID: templateID(j.cfg.Template), Schedule: j.schedule(), Settings: []KeyValue{},
		Status: SynchronizationStatus{
			Code:                               j.state(),
			CountSuccessiveCompleteFailures:    j.executions.failures,
			LastExecution:                      j.executions.last.clone(),
			LastSuccessfulExecution:            j.executions.success.clone(),
			LastSuccessfulExecutionWithExports: j.executions.exported.clone(),
			Progress:                           j.progress.report(j.configuration.ProgressPageSize),
			SteadyStateFirstAchievedTime:       j.executions.steadyFirst,
			SteadyStateLastAchievedTime:        j.executions.steadyLast,
			SynchronizedEntryCountByType:       j.links.counts(),
		},
	}
	if j.progress != nil && j.configuration.ReportInProgress {
		out.Status.Code = StateInProgress
	}
	if q := j.quarantine; q != nil {
		out.Status.Quarantine = &QuarantineStatus{q.CurrentBegan, q.NextAttempt, q.Reason, q.SeriesBegan, q.SeriesCount, synchronizationError(q.Error)}
	}
	if threshold := j.configuration.AccidentalDeletionThreshold; threshold > 0 {
		out.Settings = append(out.Settings, KeyValue{"QuarantineTooManyDeletesThreshold", strconv.Itoa(threshold)})
	}
	return out
}

// schedule is that of the job, which is locked. A job that was never started,
// or that four weeks in quarantine have disabled, has none.
func (j *Job) schedule() Schedule {
	interval := isoDuration(time.Duration(j.configuration.Interval))
	switch {
	case j.context == nil || j.disabled:
		return Schedule{Interval: neverInterval, State: ScheduleDisabled}
	case j.started:
		return Schedule{Interval: interval, State: ScheduleActive}
	default:
		return Schedule{Interval: interval, State: SchedulePaused}
	}
}

func synchronizationError(info ErrorInfo) SynchronizationError {
	return SynchronizationError{info.Code, info.Reason, info.Code != codeInternalError}
}

// counts counts what is stored of each type, groups first as in Graph's samples.
// Deletions do not lower the numbers ("Check the status of user provisioning").
func (l *links) counts() []EntryCount {
	byKind := make(map[directory.Kind]int)
	for k := range l.stored {
		byKind[k.kind]++
	}
	out := []EntryCount{}
	for _, kind := range []directory.Kind{directory.KindGroup, directory.KindUser} {
		if n := byKind[kind]; n > 0 {
			source, target := objectTypes(kind)
			out = append(out, EntryCount{source + " to " + target, n})
		}
	}
	return out
}

// objectTypes are the names of a kind of object in the two directories.
func objectTypes(kind directory.Kind) (source, target string) {
	if kind == directory.KindGroup {
		return "Group", schemaGroup
	}
	return "User", schemaEnterprise
}

// isoDuration writes a duration in the form of ISO 8601: hours from 24 on as
// days, and no part that is zero.
func isoDuration(d time.Duration) string {
	const day = 24 * time.Hour
	var date, clock strings.Builder
	if days := d / day; days > 0 {
		fmt.Fprintf(&date, "%dD", days)
	}
	if hours := d % day / time.Hour; hours > 0 {
		fmt.Fprintf(&clock, "%dH", hours)
	}
	if minutes := d % time.Hour / time.Minute; minutes > 0 {
		fmt.Fprintf(&clock, "%dM", minutes)
	}
	if seconds := d % time.Minute; seconds > 0 || d == 0 {
		clock.WriteString(strconv.FormatFloat(seconds.Seconds(), 'f', -1, 64) + "S")
	}
	if clock.Len() == 0 {
		return "P" + date.String()
	}
	return "P" + date.String() + "T" + clock.String()
}
