package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

// Of every shipped scenario the last step with an expectation is made wrong, and
// the command must exit with 4. scenarios.TestEveryExpectationCanFail does so
// with all of them.
func TestAWrongExpectationIsAFailure(t *testing.T) {
	paths, err := filepath.Glob("../../scenarios/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := strictyaml.Parse(path, data)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			steps := file.Root().Get("steps").Items()
			for i, step := range slices.Backward(steps) {
				for _, flip := range matching.Flip(step.Get("expect")) {
					if flip.Node == nil {
						continue
					}
					got := command(t, "run", withExpect(t, file.Root(), i, flip.Node))
					if got.status == exitInvalid {
						continue // a value that there never is, which lint knows already
					}
					if got.status != exitFailed {
						t.Errorf("%s: with %s exit status %d, want %d\n%s%s", flip.Pos, flip.Change, got.status, exitFailed, got.stdout, got.stderr)
					}
					return
				}
			}
			t.Error("nothing was made wrong")
		})
	}
}

// withExpect writes the scenario with another expect in one step, as JSON,
// which is YAML too.
func withExpect(t *testing.T, root *strictyaml.Node, step int, expect *strictyaml.Node) string {
	t.Helper()
	scenario := root.Any().(map[string]any)
	scenario["steps"].([]any)[step].(map[string]any)["expect"] = expect.Any()
	data, err := json.MarshalIndent(scenario, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "wrong.yaml")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
