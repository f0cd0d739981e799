package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/idharness/harness/scenarios"
)

// testCase is a step as the formats of test runners see it.
type testCase struct {
	step    scenarios.StepReport
	name    string // with its number, so that names do not repeat
	kind    string // of what kept it from passing
	message string // the same in a line
	text    string // and in full
}

// maxMessage bounds the line that says what went wrong, in characters.
const maxMessage = 400

// whySkipped is said of steps after one that did not pass.
const whySkipped = "a step before it did not pass"

// cases gives a scenario's steps. What kept the scenario as a whole from
// running, or a step that does not say so itself, is a case of its own: no
// reader may take such a scenario for one that passed.
func cases(r scenarios.Report) []testCase {
	var all []testCase
	worst := scenarios.Passed
	for _, s := range r.Steps {
		c := testCase{step: s, name: fmt.Sprintf("%d %s", s.Number, s.Title)}
		switch s.Status {
		case scenarios.Skipped:
			c.message = cmp.Or(s.Reason, whySkipped)
		case scenarios.Failed, scenarios.Errored:
			worst = max(worst, s.Status)
			c.text = strings.Join(append(s.Failures[:len(s.Failures):len(s.Failures)], s.Error), "\n")
			c.message = clip(headline(c.text), maxMessage)
			if len(s.Details) > 0 {
				c.kind = s.Details[0].Kind
			}
		}
		all = append(all, c)
	}
	if r.Error != "" || r.Status > worst {
		message := r.Error
		if message == "" {
			message = "the scenario did not pass"
		}
		s := scenarios.StepReport{Number: len(r.Steps) + 1, Title: "run", Status: max(r.Status, scenarios.Failed), Place: scenarios.Place{File: r.Path}}
		all = append(all, testCase{step: s, name: "run", kind: "error", message: clip(headline(message), maxMessage), text: message})
	}
	return all
}
