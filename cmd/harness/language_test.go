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

// What is given on the command line is read as what the file has, and one that no
// file could notice is a slip.
func TestVariablesOnTheCommandLine(t *testing.T) {
	dir := written(t, map[string]string{
		"s.yaml": "name: n\nvars: {who: ana, enabled: true, must: null}\nmatrix: [{row: 1}]\n" +
			"entra: {users: [{userPrincipalName: \"${who}@contoso.example\", displayName: \"${free}\", accountEnabled: \"${enabled}\"}]}\n" +
			"steps:\n- {observe: entra.users, expect: [{displayName: Ana, accountEnabled: false}]}\n",
		"none.yaml": "name: n\nsteps:\n- {observe: entra.users, expect: []}\n",
		"all.yaml":  "must: x\nfree: Ana\nunheard: of\n",
	})
	file, none, vars := filepath.Join(dir, "s.yaml"), filepath.Join(dir, "none.yaml"), filepath.Join(dir, "all.yaml")
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"run", file, "--vars", vars, "--var", "enabled=false", "--var", "row=2"}, exitPassed, "n [row=1]"},
		{[]string{"run", file, "--var", "free=Ana", "--var", "must=x"}, exitFailed, "expected: false"},
		{[]string{"run", file, "--vars", vars, "--var", "enabled=no"}, exitInvalid, `the variable "enabled" is true or false, and what is given for it does not read as that`},
		{[]string{"run", file, "--var", "free=Ana"}, exitInvalid, `the variable "must" has no value`},
		{[]string{"lint", file, "--vars", vars, "--var", "hwo=ben"}, exitUsage, `harness: --var hwo: no scenario has a variable "hwo"; did you mean who?`},
		{[]string{"run", file, "--vars", vars, "--var", "fre=x"}, exitUsage, `did you mean free?`},
		{[]string{"run", file, "--vars", vars, "--var", "something=x"}, exitUsage, `no scenario has a variable "something"; there are enabled, free, must, row, who`},
		{[]string{"run", file, none, "--vars", vars, "--var", "who=ben"}, exitFailed, "expected: false"},
		{[]string{"up", none, "--var", "who=ben"}, exitUsage, "harness: --var who: no scenario has variables"},
	} {
		got := command(t, test.args...)
		if got.status != test.status || !strings.Contains(got.stdout+got.stderr, test.want) {
			t.Errorf("%q: exit status %d, want %d and %q\n%s%s", test.args, got.status, test.status, test.want, got.stdout, got.stderr)
		}
	}
}

// Includes work as they do for LoadFile, and what fails in them is told with both
// places.
func TestRunOfAnInclude(t *testing.T) {
	dir := written(t, map[string]string{
		"s.yaml":         "name: n\nsteps:\n- include: {file: lib/_look.yaml, vars: {names: []}}\n- include: {file: lib/_look.yaml, vars: {names: [{displayName: Ana}]}}\n",
		"lib/_look.yaml": "vars: {names: null}\nsteps:\n- {observe: entra.users, expect: \"${names}\"}\n",
	})
	junit := filepath.Join(dir, "j.xml")
	got := command(t, "run", dir, "--report-junit", junit)
	xml, err := os.ReadFile(junit)
	if err != nil {
		t.Fatal(err)
	}
	at := "included at " + filepath.Join(dir, "s.yaml") + ":4:3"
	for _, text := range []string{got.stdout, string(xml)} {
		if got.status != exitFailed || !strings.Contains(text, at) || !strings.Contains(text, filepath.Join("lib", "_look.yaml")+":3:") {
			t.Errorf("exit status %d; want %s in\n%s%s", got.status, at, text, got.stderr)
		}
	}
}
