package provisioning

import (
	"fmt"
	"time"
)

// QuarantineReason is why a job is in quarantine (Microsoft Graph,
// synchronizationQuarantine).
type QuarantineReason string

// The reasons that this service gives.
const (
	ReasonBaseEscrowThreshold       QuarantineReason = "EncounteredBaseEscrowThreshold"
	ReasonTotalEscrowThreshold      QuarantineReason = "EncounteredTotalEscrowThreshold"
	ReasonEscrowProportionThreshold QuarantineReason = "EncounteredEscrowProportionThreshold"
	ReasonQuarantineException       QuarantineReason = "EncounteredQuarantineException"
	ReasonTooManyDeletes            QuarantineReason = "TooManyDeletes"
)

// Quarantine is the state of a job whose cycles were slowed down.
type Quarantine struct {
	Reason       QuarantineReason `json:"reason"`
	CurrentBegan time.Time        `json:"currentBegan"` // of this reason
	SeriesBegan  time.Time        `json:"seriesBegan"`
	SeriesCount  int              `json:"seriesCount"` // cycles that ended in quarantine
	NextAttempt  time.Time        `json:"nextAttempt"`
	Error        ErrorInfo        `json:"error"`
}

// quarantineLife is how long a quarantined job is tried before it is disabled:
// four weeks.
const quarantineLife = 28 * 24 * time.Hour

// enter puts the job into quarantine or keeps it there.
func (q *Quarantine) enter(reason QuarantineReason, info ErrorInfo, now time.Time) *Quarantine {
	next := Quarantine{Reason: reason, CurrentBegan: now, SeriesBegan: now, Error: info}
	if q != nil {
		next.SeriesBegan, next.SeriesCount = q.SeriesBegan, q.SeriesCount
		if q.Reason == reason {
			next.CurrentBegan = q.CurrentBegan
		}
	}
	next.SeriesCount++
	next.NextAttempt = next.SeriesBegan.Add(nextOffset(now.Sub(next.SeriesBegan)))
	return &next
}

// expired reports whether there is no further attempt within four weeks, so
// that the job is disabled.
func (q *Quarantine) expired() bool { return q.NextAttempt.Sub(q.SeriesBegan) > quarantineLife }

// exceeded applies the escrow thresholds to a cycle. References count for the
// total only.
func (t Thresholds) exceeded(events, failures, referenceFailures int) (QuarantineReason, string) {
	share := 0.0
	if events > 0 {
		share = float64(failures) / float64(events)
	}
	switch total := failures + referenceFailures; {
	case total > t.TotalFailures:
		return ReasonTotalEscrowThreshold, fmt.Sprintf("%d failures, references included, are more than %d.", total, t.TotalFailures)
	case failures > t.MaxFailures:
		return ReasonBaseEscrowThreshold, fmt.Sprintf("%d failures are more than %d.", failures, t.MaxFailures)
	case failures >= t.MinFailures && share > t.FailureShare:
		return ReasonEscrowProportionThreshold, fmt.Sprintf("%d of %d provisioning events failed, more than %.0f %%.", failures, events, 100*t.FailureShare)
	default:
		return "", ""
	}
}
