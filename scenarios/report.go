package scenarios

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/idharness/harness"
)

// Status is how a step or a scenario ended. A greater one outranks a lesser.
type Status int

// The statuses.
const (
	Passed  Status = iota
	Skipped        // a step after one that did not pass
	Failed         // an expectation did not hold
	Errored        // something could not be run or reached
)

// String names the status.
func (s Status) String() string {
	switch s {
	case Passed:
		return "passed"
	case Skipped:
		return "skipped"
	case Failed:
		return "failed"
	default:
		return "error"
	}
}

// MarshalText writes the name.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Report is what came of one scenario.
type Report struct {
	Path     string             `json:"path"`
	Name     string             `json:"name"`
	Tags     []string           `json:"tags,omitempty"`
	Status   Status             `json:"status"`
	Error    string             `json:"error,omitempty"` // why it could not be run at all
	Duration time.Duration      `json:"durationNanoseconds"`
	Steps    []StepReport       `json:"steps"`
	Trace    []harness.Exchange `json:"-"`
}

// StepReport is what came of one step.
type StepReport struct {
	Number       int           `json:"number"`
	Title        string        `json:"title"`
	Position     string        `json:"position"` // file:line:column
	Status       Status        `json:"status"`
	Duration     time.Duration `json:"durationNanoseconds"`
	Account      []string      `json:"account,omitempty"` // what was done, for people
	Expectations int           `json:"expectations"`
	Failures     []string      `json:"failures,omitempty"`
	Error        string        `json:"error,omitempty"`
	Result       any           `json:"result,omitempty"`
}

// Totals adds up reports.
type Totals struct {
	Scenarios, Passed, Failed, Errored, Steps, Expectations int
	Duration                                                time.Duration
}

// Sum adds up reports.
func Sum(reports []Report) Totals {
	var t Totals
	for _, r := range reports {
		t.Scenarios++
		t.Duration += r.Duration
		switch r.Status {
		case Passed:
			t.Passed++
		case Failed:
			t.Failed++
		default:
			t.Errored++
		}
		for _, s := range r.Steps {
			if s.Status != Skipped {
				t.Steps++
				t.Expectations += s.Expectations
			}
		}
	}
	return t
}

// WriteJSON writes reports as JSON.
func WriteJSON(w io.Writer, reports []Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(map[string]any{"scenarios": reports}); err != nil {
		return fmt.Errorf("write JSON report: %w", err)
	}
	return nil
}
