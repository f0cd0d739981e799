package scenarios

import (
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

// Status is how a step or a scenario ended. A greater one outranks a lesser.
type Status int

// The statuses.
const (
	Passed  Status = iota
	Skipped        // a step after one that did not pass, or not chosen by its tags
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
	Row      string             `json:"row,omitempty"` // of its matrix
	Tags     []string           `json:"tags,omitempty"`
	Seed     uint64             `json:"seed"`
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
	Verb         string        `json:"verb"`
	Final        bool          `json:"finally,omitempty"`    // it stands under finally
	Position     string        `json:"position"`             // file:line:column
	Place        Place         `json:"place"`                // the same as data
	IncludedAt   []string      `json:"includedAt,omitempty"` // where the file that holds it is included, the scenario's own file first
	Status       Status        `json:"status"`
	Duration     time.Duration `json:"durationNanoseconds"`
	Reason       string        `json:"reason,omitempty"`  // why it was skipped, if not because a step before it did not pass
	Account      []string      `json:"account,omitempty"` // what was done, for people
	Tries        int           `json:"tries,omitempty"`   // of until
	Expectations int           `json:"expectations"`
	Failures     []string      `json:"failures,omitempty"` // expectations that did not hold, for people
	Error        string        `json:"error,omitempty"`    // why it could not be run, for people
	Details      []Detail      `json:"details,omitempty"`  // Failures and Error as data
	Result       any           `json:"result,omitempty"`

	// The numbers of the first and the last exchange of the trace that began
	// while the step ran; both zero where there was none.
	FirstExchange int `json:"firstExchange,omitempty"`
	LastExchange  int `json:"lastExchange,omitempty"`
}

// Place is where something stands in a scenario file. Line and Column count
// from one.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// String gives file:line:column.
func (p Place) String() string { return strictyaml.Position(p).String() }

func placeOf(p strictyaml.Position) Place { return Place(p) }

// Detail is one thing that kept a step from passing.
type Detail struct {
	Kind     string `json:"kind"` // expectation, until (it never held), refused (nobody expected that it would not succeed), error
	Place    Place  `json:"place"`
	Source   string `json:"source,omitempty"` // the line of the file at Place
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
	Path     string `json:"path,omitempty"`     // into the result, such as $.users.created; of expectations
	Matcher  string `json:"matcher,omitempty"`  // such as $gt; empty for plain values
	Expected string `json:"expected,omitempty"` // of expectations, as is the rest
	Received string `json:"received,omitempty"`
	Diff     string `json:"diff,omitempty"` // line by line, - before what was expected, + before what came
}

func missDetail(m matching.Miss) Detail {
	return Detail{
		Kind: "expectation", Place: placeOf(m.Pos), Source: m.SourceLine, Message: m.Message, Path: m.Path, Matcher: m.Matcher,
		Expected: m.Expected, Received: m.Received, Diff: m.Diff,
	}
}

func errorDetail(kind string, e *strictyaml.Error) Detail {
	return Detail{Kind: kind, Place: placeOf(e.Pos), Source: e.SourceLine, Message: e.Message, Hint: e.Hint}
}

// fail enters mistakes as the reason why the step could not be run.
func (s *StepReport) fail(errs ...*strictyaml.Error) {
	s.Status, s.Error = Errored, strictyaml.Errors(errs).Detail()
	for _, e := range errs {
		s.Details = append(s.Details, errorDetail("error", e))
	}
}

// Totals adds up reports.
type Totals struct {
	Scenarios    int           `json:"scenarios"`
	Passed       int           `json:"passed"`
	Failed       int           `json:"failed"`
	Errored      int           `json:"errored"`
	Steps        int           `json:"steps"` // that ran
	Expectations int           `json:"expectations"`
	Duration     time.Duration `json:"durationNanoseconds"` // of all scenarios, one after the other
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
