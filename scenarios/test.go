package scenarios

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
)

// Test runs the scenario files that the pattern matches as subtests:
//
//	func TestScenarios(t *testing.T) { scenarios.Test(t, "testdata/*.yaml") }
//
// A pattern without a match fails: nothing would have been tested.
func Test(t *testing.T, pattern string, options ...Options) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatalf("scenarios %s: %v", pattern, err)
	}
	if len(paths) == 0 {
		t.Fatalf("scenarios %s: no file matches", pattern)
	}
	var o Options
	if len(options) > 0 {
		o = options[0]
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), func(t *testing.T) {
			rows, err := LoadAll(path, o)
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) == 1 {
				test(t, rows[0], o)
				return
			}
			for _, s := range rows {
				t.Run(s.Row, func(t *testing.T) { test(t, s, o) })
			}
		})
	}
}

func test(t *testing.T, s *Scenario, o Options) {
	t.Helper()
	o.OnStep = func(_ *Scenario, step StepReport) {
		t.Logf("%d %s: %s", step.Number, step.Status, step.Title)
		for _, failure := range append(step.Failures, step.Error) {
			if failure != "" {
				t.Errorf("%s\n%s", step.Title, failure)
			}
		}
	}
	if report := Run(context.Background(), s, o); report.Error != "" {
		t.Error(report.Error)
	}
}
