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
	CurrentBegan time.Time        `json:"currentBegan"` // when it was last evaluated and imposed
	SeriesBegan  time.Time        `json:"seriesBegan"`  // when it was first imposed since it was last lifted
	SeriesCount  int              `json:"seriesCount"`  // how often it was evaluated again and left in effect
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
		next.SeriesBegan, next.SeriesCount = q.SeriesBegan, q.SeriesCount+1
	}
	next.NextAttempt = next.SeriesBegan.Add(nextOffset(now.Sub(next.SeriesBegan)))
	return &next
}

// expired reports whether there is no further attempt within four weeks, so
// that the job is disabled.
func (q *Quarantine) expired() bool { return q.NextAttempt.Sub(q.SeriesBegan) > quarantineLife }

// health is how a job fares, by the counter of escrows that "accrues toward
// quarantine status" ("Application provisioning in quarantine status"): an
// object that was left alone in a cycle because its retry was not due yet has
// not recovered.
type health struct {
	objects    int // linked, or failed
	failures   int // objects that failed
	references int // objects whose manager or members failed
}

func (j *Job) health() health {
	j.mu.Lock()
	defer j.mu.Unlock()
	h := health{objects: len(j.links.bySource)}
	for k, entry := range j.escrows {
		switch {
		case entry.waiting:
		case k.reference:
			h.references++
		default:
			h.failures++
			if j.links.get(k.key) == nil {
				h.objects++
			}
		}
	}
	return h
}

// exceeded applies the escrow thresholds. References count for the total only.
func (t Thresholds) exceeded(h health) (QuarantineReason, string) {
	share := 0.0
	if h.objects > 0 {
		share = float64(h.failures) / float64(h.objects)
	}
	switch total := h.failures + h.references; {
	case total > t.TotalFailures:
		return ReasonTotalEscrowThreshold, fmt.Sprintf("%d failures, references included, are more than %d.", total, t.TotalFailures)
	case h.failures > t.MaxFailures:
		return ReasonBaseEscrowThreshold, fmt.Sprintf("%d failures are more than %d.", h.failures, t.MaxFailures)
	case h.failures >= t.MinFailures && share > t.FailureShare:
		return ReasonEscrowProportionThreshold, fmt.Sprintf("%d of %d objects failed, more than %.0f %%.", h.failures, h.objects, 100*t.FailureShare)
	default:
		return "", ""
	}
}
