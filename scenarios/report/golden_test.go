package report_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/report"
)

var update = flag.Bool("update", false, "rewrite golden files")

// formats are all that a run can be written as.
var formats = []struct {
	file  string
	write func(io.Writer, []scenarios.Report) error
}{
	{"report.json", report.JSON},
	{"trace.json", report.Trace},
	{"junit.xml", report.JUnit},
	{"report.tap", report.TAP},
	{"github.txt", report.GitHub},
	{"report.html", report.HTML},
	{"console.txt", console(report.ConsoleOptions{})},
	{"console-color.txt", console(report.ConsoleOptions{Color: true, Live: true})},
	{"console-quiet.txt", console(report.ConsoleOptions{Quiet: true})},
}

// Every format, as it is written for the same run.
func TestFormatsAreGolden(t *testing.T) {
	for _, format := range formats {
		t.Run(format.file, func(t *testing.T) {
			var got bytes.Buffer
			if err := format.write(&got, sample()); err != nil {
				t.Fatal(err)
			}
			golden(t, format.file, got.Bytes())
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// console plays reports to a console as a run would.
func console(o report.ConsoleOptions) func(io.Writer, []scenarios.Report) error {
	return func(w io.Writer, reports []scenarios.Report) error {
		c := report.NewConsole(w, o)
		for _, r := range reports {
			s := &scenarios.Scenario{Path: r.Path, Name: r.Name}
			c.Begin(s)
			for _, step := range r.Steps {
				if step.Status != scenarios.Skipped {
					c.StepBegins(s, step)
				}
				c.Step(s, step)
			}
			c.End(s, r)
		}
		c.Summary(reports)
		return nil
	}
}
