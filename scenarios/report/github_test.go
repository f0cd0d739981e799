package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/report"
)

// One command for each thing that went wrong, and nothing that a system under
// test sends becomes another one.
func TestAnnotations(t *testing.T) {
	reports := []scenarios.Report{{
		Path: "a,b.yaml", Name: "50%: x, y", Status: scenarios.Errored,
		Steps: []scenarios.StepReport{{
			Number: 1, Title: "http", Status: scenarios.Errored, Error: "said\r\n::stop-commands::x",
			Details: []scenarios.Detail{{Kind: "error", Place: scenarios.Place{File: "a,b.yaml", Line: 3, Column: 5}, Message: "said\r\n::stop-commands::x"}},
		}},
	}}
	var out bytes.Buffer
	if err := report.GitHub(&out, reports); err != nil {
		t.Fatal(err)
	}
	if want := "::error file=a%2Cb.yaml,line=3,col=5,title=50%25%3A x%2C y%3A 1 http::said%0A::stop-commands::x\n"; out.String() != want {
		t.Errorf("annotations\n%q, want\n%q", out.String(), want)
	}
	out.Reset()
	c := report.NewConsole(&out, report.ConsoleOptions{GitHub: true})
	s := &scenarios.Scenario{Name: "::error::x"}
	c.Begin(s)
	c.Step(s, scenarios.StepReport{Title: "##[error]x", Status: scenarios.Errored, Account: []string{"::add-mask::x"}, Error: "said\n  ::stop-commands::x\nfrom a::b"})
	c.End(s, scenarios.Report{Name: "::error::x", Status: scenarios.Errored, Error: "::error::x"})
	c.Summary([]scenarios.Report{{Name: "x"}, {Path: "::x", Status: scenarios.Errored, Error: "y"}})
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
			t.Errorf("the runner would obey %q", line)
		}
	}
	if !strings.Contains(out.String(), "from a::b") {
		t.Errorf("a harmless line was changed:\n%s", out.String())
	}
}
