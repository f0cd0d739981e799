package scenarios

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/idharness/harness/internal/strictyaml"
)

// Test runs the scenario files that the pattern matches as subtests:
//
//	func TestScenarios(t *testing.T) { scenarios.Test(t, "testdata/*.yaml") }
//
// A folder that matches stands for the files below it, as in [Find]. A subtest
// has the name of its file, with the row of the matrix below it, and with the
// folder where files are in several. What does not pass is told with its place
// in the file and the HTTP exchanges of that step.
//
// As many scenarios as go test's -parallel allows run side by side, but for those that
// say parallel: false. Test returns when all have ended, so that what the test defers
// comes after, and t.Setenv can be used before.
//
// A pattern without a match fails: nothing would have been tested. So does a
// choice of tags in the options that chooses nothing.
func Test(t *testing.T, pattern string, options ...Options) {
	t.Helper()
	matches, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatalf("scenarios %s: %v", pattern, err)
	}
	if len(matches) == 0 {
		t.Fatalf("scenarios %s: no file matches", pattern)
	}
	paths, err := Find(matches...)
	if err != nil {
		t.Fatalf("scenarios %s: %v", pattern, err)
	}
	var o Options
	if len(options) > 0 {
		o = options[0]
	}
	var list []*Scenario
	names := make(map[*Scenario]string)
	inFolder := folderOf(paths)
	for _, path := range paths {
		name := inFolder(path)
		rows, err := LoadAll(path, o)
		if err != nil {
			t.Run(name, func(t *testing.T) { t.Fatal(inFull(err)) })
		}
		for _, s := range rows {
			names[s] = name
			if len(rows) > 1 {
				names[s] += "/" + strings.ReplaceAll(s.Row, "/", "_") // a slash separates names
			}
		}
		list = append(list, rows...)
	}
	if len(list) > 0 {
		if list, err = o.Tags.Select(list); err != nil {
			t.Fatalf("scenarios %s: %v", pattern, err)
		}
	}
	sideBySide(list, AllOptions{Options: o, Jobs: testJobs()}.jobs(), func(int) bool { return true }, func(i int) {
		t.Run(names[list[i]], func(t *testing.T) { test(t, list[i], o) })
	})
}

// inFull is an error with the lines of the file where it has places.
func inFull(err error) string {
	if mistakes := (strictyaml.Errors)(nil); errors.As(err, &mistakes) {
		return "\n" + mistakes.Detail()
	}
	return err.Error()
}

// folderOf returns what names a file by its path below the folder that all files
// are in, without the ending.
func folderOf(paths []string) func(path string) string {
	folders := func(path string) []string {
		if dir := filepath.Dir(path); dir != "." {
			return strings.Split(filepath.ToSlash(dir), "/")
		}
		return nil
	}
	common := folders(paths[0])
	for _, path := range paths {
		below := folders(path)
		same := 0
		for same < min(len(common), len(below)) && common[same] == below[same] {
			same++
		}
		common = common[:same]
	}
	return func(path string) string {
		base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		return strings.Join(append(slices.Clone(folders(path)[len(common):]), base), "/")
	}
}

// testJobs is what go test's -parallel says.
func testJobs() int {
	if f := flag.Lookup("test.parallel"); f != nil {
		if n, err := strconv.Atoi(f.Value.String()); err == nil {
			return n
		}
	}
	return 0
}

// test runs a scenario as a test.
func test(t *testing.T, s *Scenario, o Options) {
	told := o.OnStep
	o.OnStep = func(s *Scenario, step StepReport) {
		if told != nil {
			told(s, step)
		}
		t.Logf("%d %s: %s", step.Number, step.Status, step.Title)
		for _, failure := range append(slices.Clone(step.Failures), step.Error) {
			if failure != "" {
				t.Errorf("%s\n%s", step.Title, failure)
			}
		}
	}
	report := Run(t.Context(), s, o)
	if report.Error != "" {
		t.Error(report.Error)
	}
	for _, step := range report.Steps {
		if lines := exchangesOf(step, report); step.Status > Skipped && len(lines) > 0 {
			t.Logf("exchanges of step %d, %s:\n%s", step.Number, step.Title, strings.Join(lines, "\n"))
		}
	}
	if report.Status != Passed && !t.Failed() {
		t.Error("the scenario did not pass")
	}
}

// maxExchanges bounds what is told of a step that did not pass, and
// maxExchangeText the length of a line of it.
const (
	maxExchanges    = 40
	maxExchangeText = 160
)

// exchangesOf tells the exchanges of a step, the last ones if there are many,
// with what was checked and found wrong.
func exchangesOf(step StepReport, r Report) []string {
	var lines []string
	first := max(step.FirstExchange, step.LastExchange-maxExchanges+1)
	if step.LastExchange > 0 && first > step.FirstExchange {
		lines = append(lines, fmt.Sprintf("  (%d before these)", first-step.FirstExchange))
	}
	for _, e := range r.Trace {
		if step.LastExchange == 0 || e.Seq < first || e.Seq > step.LastExchange {
			continue
		}
		lines = append(lines, clipped(fmt.Sprintf("  %d %s → %s: %s (%d), %s %s", e.Seq, e.From, e.To, e.Kind, e.Response.Status, e.Request.Method, e.Request.URL)))
		if e.Error != "" {
			lines = append(lines, clipped("      "+e.Error))
		}
		for _, c := range e.Checks {
			if !c.Pass {
				lines = append(lines, clipped(fmt.Sprintf("      %s does not hold: %s", c.Name, c.Detail)))
			}
		}
	}
	return lines
}

// clipped is a text in one line that is not too long.
func clipped(text string) string {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	runes := []rune(indent + strings.Join(strings.Fields(text), " "))
	if len(runes) > maxExchangeText {
		return string(runes[:maxExchangeText-1]) + "…"
	}
	return string(runes)
}
