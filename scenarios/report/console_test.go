package report_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/report"
)

// What a system under test sends cannot steer the reader's terminal.
func TestConsoleIsNotSteered(t *testing.T) {
	for _, o := range []report.ConsoleOptions{{}, {Quiet: true}, {Color: true, Live: true}} {
		var out bytes.Buffer
		if err := console(o)(&out, sample()); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if !strings.Contains(text, "<script>") {
			t.Errorf("%+v: the hostile text is not there at all:\n%s", o, text)
		}
		for _, bad := range []string{"\x00", "\x1b[31m ]]>", "\u202e"} {
			if strings.Contains(text, bad) {
				t.Errorf("%+v: the output holds %q", o, bad)
			}
		}
		if coloured := strings.Contains(text, "\x1b"); coloured != o.Color {
			t.Errorf("%+v: escape sequences: %v", o, coloured)
		}
	}
}

// Scenarios that run side by side are told one after the other, the first as
// it goes.
func TestConsoleOfScenariosSideBySide(t *testing.T) {
	var out bytes.Buffer
	c := report.NewConsole(&out, report.ConsoleOptions{})
	a, b, third := &scenarios.Scenario{Name: "A"}, &scenarios.Scenario{Name: "B"}, &scenarios.Scenario{Name: "C"}
	step := func(title string) scenarios.StepReport { return scenarios.StepReport{Number: 1, Title: title} }
	c.Begin(a)
	c.Begin(b)
	c.Step(b, step("b one"))
	c.Step(a, step("a one"))
	if text := out.String(); !strings.Contains(text, "a one") || strings.Contains(text, "B") {
		t.Errorf("while A runs, it says\n%s", text)
	}
	c.End(b, scenarios.Report{Name: "B"})
	c.Begin(third)
	c.Step(third, step("c one"))
	c.End(a, scenarios.Report{Name: "A"})
	if text := out.String(); !strings.Contains(text, "b one") || !strings.Contains(text, "c one") {
		t.Errorf("after A, it says\n%s", text)
	}
	c.Step(third, step("c two"))
	c.End(third, scenarios.Report{Name: "C"})
	text := out.String()
	at := -1
	for _, want := range []string{"A\n", "a one", "B\n", "b one", "C\n", "c one", "c two"} {
		i := strings.Index(text, want)
		if i <= at || strings.Count(text, want) != 1 {
			t.Errorf("%q is not in its place:\n%s", want, text)
		}
		at = i
	}
}

// A step that runs is shown only on a terminal, and gone when it has ended.
func TestConsoleShowsTheStepThatRuns(t *testing.T) {
	s := &scenarios.Scenario{Name: "A"}
	step := scenarios.StepReport{Number: 3, Title: strings.Repeat("long ", 40)}
	for _, live := range []bool{false, true} {
		var out bytes.Buffer
		c := report.NewConsole(&out, report.ConsoleOptions{Live: live})
		c.Begin(s)
		before := out.Len()
		c.StepBegins(s, step)
		shown := out.String()[before:]
		if live != strings.HasPrefix(shown, "  3  …") || len([]rune(shown)) > 79 || strings.Contains(shown, "\n") {
			t.Errorf("live %v: while the step runs, it shows %q", live, shown)
		}
		before = out.Len()
		c.Step(s, step)
		if after := out.String()[before:]; strings.HasPrefix(after, "\r\x1b[2K  3  ok") != live {
			t.Errorf("live %v: when it has ended, it shows %q", live, after)
		}
	}
}

func TestConsoleTakesCallsFromEverywhere(t *testing.T) {
	var out bytes.Buffer
	c := report.NewConsole(&out, report.ConsoleOptions{Live: true})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s := &scenarios.Scenario{Name: "side by side"}
			c.Begin(s)
			for range 20 {
				c.StepBegins(s, scenarios.StepReport{Title: "step"})
				c.Step(s, scenarios.StepReport{Title: "step"})
			}
			c.End(s, scenarios.Report{})
		})
	}
	all.Wait()
	if steps := strings.Count(out.String(), "ok       step"); steps != 160 {
		t.Errorf("%d steps are told, want 160", steps)
	}
}

// Beside the step that runs stands how many scenarios have ended, also when one
// ends whose turn to be told has not come.
func TestConsoleShowsProgress(t *testing.T) {
	var out bytes.Buffer
	c := report.NewConsole(&out, report.ConsoleOptions{Live: true, Scenarios: 3, Elapsed: func() time.Duration { return 3 * time.Second }})
	a, b := &scenarios.Scenario{Name: "A"}, &scenarios.Scenario{Name: "B"}
	c.Begin(a)
	c.Begin(b)
	c.StepBegins(a, scenarios.StepReport{Number: 1, Title: strings.Repeat("long ", 40)})
	before := out.Len()
	c.End(b, scenarios.Report{})
	if shown := out.String()[before:]; !strings.HasPrefix(shown, "\r\x1b[2K  1  …") || !strings.HasSuffix(shown, "…  [1 of 3]") || len([]rune(shown)) > 78+len("\r\x1b[2K") {
		t.Errorf("when B has ended, it shows %q", shown)
	}
	c.End(a, scenarios.Report{})
	before = out.Len()
	c.Summary([]scenarios.Report{{Duration: time.Second}, {Duration: time.Second}})
	if want := "not started: 1 scenario\npassed: 2 scenarios (2 passed), 0 steps, 0 expectations in 3s\n"; out.String()[before:] != want {
		t.Errorf("the summary is %q, want %q", out.String()[before:], want)
	}
}
