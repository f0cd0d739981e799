package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// written writes files into a new folder and returns its path.
func written(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const matrix = `name: Two users
matrix:
- {user: ana}
- {user: ben, name: the other one}
entra:
  users: [{userPrincipalName: "${user}@contoso.example", displayName: "${user}"}]
steps:
- observe: entra.users
  expect: [{displayName: ana}]
`

// The rows of a matrix are scenarios: they are counted and told apart.
func TestRunOfAMatrix(t *testing.T) {
	dir := written(t, map[string]string{"m.yaml": matrix})
	file, junit, report := filepath.Join(dir, "m.yaml"), filepath.Join(dir, "j.xml"), filepath.Join(dir, "r.json")
	got := command(t, "run", file, "--report-junit", junit, "--report-json", report)
	if got.status != exitFailed {
		t.Errorf("exit status %d, want %d\n%s", got.status, exitFailed, got.stderr)
	}
	for _, want := range []string{"Two users [user=ana]\n", "Two users [the other one]\n", "2 scenarios (1 passed, 1 failed), 2 steps"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("it does not say %q:\n%s", want, got.stdout)
		}
	}
	var r struct {
		Scenarios []struct{ Name, Row, Status string }
	}
	decode(t, report, &r)
	want := []struct{ Name, Row, Status string }{{"Two users [user=ana]", "user=ana", "passed"}, {"Two users [the other one]", "the other one", "failed"}}
	if diff := cmp.Diff(want, r.Scenarios); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	xml, err := os.ReadFile(junit)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`m user=ana"`, `m the other one"`} {
		if !strings.Contains(string(xml), want) {
			t.Errorf("the JUnit report has no class %s:\n%s", want, xml)
		}
	}
}

func TestLintAndUpOfAMatrix(t *testing.T) {
	file := filepath.Join(written(t, map[string]string{"m.yaml": matrix}), "m.yaml")
	if got := command(t, "lint", file); got.status != exitPassed || got.stdout != "1 file valid\n" {
		t.Errorf("lint: %d %s%s", got.status, got.stdout, got.stderr)
	}
	got := command(t, "up", file)
	if want := "harness: up starts one scenario; the matrix of " + file + " makes 2 of it\n"; got.status != exitUsage || !strings.HasPrefix(got.stderr, want) {
		t.Errorf("up: %d %s", got.status, got.stderr)
	}
}

// What never holds is an expectation that failed; what takes too long could not
// be run.
func TestRunOfUntilAndTimeout(t *testing.T) {
	dir := written(t, map[string]string{
		"until.yaml": "name: n\nclock: 2026-01-05T09:00:00Z\nsteps:\n- observe: entra.users\n  until: [{}]\n  within: 3d\n  every: 1d\n",
		"slow.yaml":  "name: n\ntimeout: 1ns\nsteps:\n- observe: entra.users\n  expect: []\n",
	})
	report := filepath.Join(dir, "r.json")
	got := command(t, "run", filepath.Join(dir, "until.yaml"), "--report-json", report)
	if want := "observe: until did not hold within 3d; it was tried 4 times, and the last result differs as follows"; got.status != exitFailed || !strings.Contains(got.stdout, want) {
		t.Errorf("exit status %d:\n%s%s", got.status, got.stdout, got.stderr)
	}
	var r struct {
		Scenarios []struct {
			Steps []struct {
				Tries   int
				Details []struct{ Kind string }
			}
		}
	}
	decode(t, report, &r)
	if step := r.Scenarios[0].Steps[0]; step.Tries != 4 || len(step.Details) != 2 || step.Details[0].Kind != "until" {
		t.Errorf("report: %+v", step)
	}
	got = command(t, "run", filepath.Join(dir, "slow.yaml"))
	if want := "observe: the scenario took longer than its timeout of 1ns"; got.status != exitUnreachable || !strings.Contains(got.stdout, want) {
		t.Errorf("exit status %d:\n%s%s", got.status, got.stdout, got.stderr)
	}
}
