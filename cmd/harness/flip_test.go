package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

// A check that cannot fail is none: every single expectation of every shipped
// scenario is made wrong, one at a time, and the command must exit with 4 each
// time.
func TestEveryExpectationCanFail(t *testing.T) {
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
			flipped := 0
			for i, step := range file.Root().Get("steps").Items() {
				expect := step.Get("expect")
				if expect == nil {
					continue
				}
				for _, flip := range matching.Flip(expect) {
					if flip.Node == nil {
						t.Errorf("%s: %s cannot be made wrong: %s", flip.Pos, flip.Path, flip.Skip)
						continue
					}
					flipped++
					wrong := withExpect(t, file.Root(), i, flip.Node)
					t.Run("", func(t *testing.T) {
						t.Parallel()
						if got := command(t, "run", wrong); got.status != exitFailed {
							t.Errorf("%s: with %s exit status %d, want %d\n%s%s", flip.Pos, flip.Change, got.status, exitFailed, got.stdout, got.stderr)
						}
					})
				}
			}
			if flipped == 0 {
				t.Error("nothing was made wrong")
			}
			t.Logf("%d expectations made wrong", flipped)
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
