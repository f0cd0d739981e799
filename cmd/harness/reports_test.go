package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A report that cannot be written is an error of its own; the verdict is told
// all the same, and the other reports are written.
func TestUnwritableReports(t *testing.T) {
	dir := t.TempDir()
	written := filepath.Join(dir, "trace.json")
	got := command(t, "run", "../../scenarios/demo.yaml", "--report-json", filepath.Join(dir, "none", "r.json"), "--trace", written)
	if got.status != exitUnreachable || !strings.Contains(got.stdout, "passed: 1 scenario (1 passed)") {
		t.Errorf("exit status %d\n%s", got.status, got.stdout)
	}
	if want := "harness: write report " + filepath.Join(dir, "none", "r.json") + ": no such file or directory\n"; got.stderr != want {
		t.Errorf("it says\n%s, want\n%s", got.stderr, want)
	}
	if _, err := os.Stat(written); err != nil {
		t.Error(err)
	}
}

func TestQuietTellsOnlyWhatDoesNotPass(t *testing.T) {
	dir := t.TempDir()
	miss := filepath.Join(dir, "miss.yaml")
	if err := os.WriteFile(miss, []byte("name: It misses\nsteps: [{observe: entra.users, expect: [{}]}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := command(t, "run", "-q", "../../scenarios/demo.yaml", miss)
	if got.status != exitFailed || strings.Contains(got.stdout, "Demo tenant") || !strings.Contains(got.stdout, "It misses\n"+miss) || !strings.Contains(got.stdout, "miss.yaml:2:40") {
		t.Errorf("exit status %d\n%s", got.status, got.stdout)
	}
	if got := command(t, "run", "--quiet", "../../scenarios/demo.yaml"); got.status != exitPassed || strings.Count(got.stdout, "\n") != 1 {
		t.Errorf("exit status %d\n%s", got.status, got.stdout)
	}
}

// Colours and the step that runs are for terminals that want them.
func TestColours(t *testing.T) {
	for _, test := range []struct {
		name            string
		terminal        bool
		env             map[string]string
		colours, redrew bool
	}{
		{"no terminal", false, nil, false, false},
		{"terminal", true, nil, true, true},
		{"NO_COLOR", true, map[string]string{"NO_COLOR": "1"}, false, true},
		{"NO_COLOR empty", true, map[string]string{"NO_COLOR": ""}, true, true},
		{"dumb terminal", true, map[string]string{"TERM": "dumb"}, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			p := &process{
				Args: []string{"run", "../../scenarios/demo.yaml"}, Stdout: &stdout, Stderr: &stderr, Terminal: test.terminal,
				LookupEnv: func(name string) (string, bool) { value, set := test.env[name]; return value, set },
			}
			if status := p.main(t.Context()); status != exitPassed {
				t.Fatalf("exit status %d\n%s", status, stderr.String())
			}
			if colours := strings.Contains(stdout.String(), "\x1b[32m"); colours != test.colours {
				t.Errorf("colours: %v, want %v", colours, test.colours)
			}
			if redrew := strings.Contains(stdout.String(), "\r\x1b[2K"); redrew != test.redrew {
				t.Errorf("lines written anew: %v, want %v", redrew, test.redrew)
			}
		})
	}
}

// GitHub Actions gets annotations, others only if they ask for them.
func TestAnnotationsForGitHub(t *testing.T) {
	miss := filepath.Join(t.TempDir(), "miss.yaml")
	if err := os.WriteFile(miss, []byte("name: It misses\nsteps: [{observe: entra.users, expect: [{}]}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args   []string
		github string
		want   bool
	}{
		{nil, "true", true}, {nil, "", false}, {[]string{"--annotate"}, "", true},
	} {
		var stdout, stderr bytes.Buffer
		p := &process{
			Args: append([]string{"run", miss}, test.args...), Stdout: &stdout, Stderr: &stderr,
			LookupEnv: func(name string) (string, bool) { return test.github, name == "GITHUB_ACTIONS" && test.github != "" },
		}
		if status := p.main(t.Context()); status != exitFailed {
			t.Fatalf("exit status %d\n%s", status, stderr.String())
		}
		if got := strings.Contains(stdout.String(), "\n::error file="+miss+",line=2,col=40,title=It misses%3A 1 observe::$"); got != test.want {
			t.Errorf("%v, GITHUB_ACTIONS=%q: annotated %v\n%s", test.args, test.github, got, stdout.String())
		}
	}
}

// Every flag writes its format.
func TestEveryReportFlagWritesItsFormat(t *testing.T) {
	dir := t.TempDir()
	args := []string{"run", "-q", "../../scenarios/demo.yaml"}
	want := map[string]string{
		"--report-json": `{
  "totals": {`, "--report-junit": `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="harness" tests="3" failures="0" errors="0"`, "--report-tap": "TAP version 13\n1..3\n", "--report-html": "<!DOCTYPE html>\n", "--trace": `[
  {
    "scenario": "Demo tenant",`,
	}
	for flag := range want {
		args = append(args, flag, filepath.Join(dir, flag))
	}
	if got := command(t, args...); got.status != exitPassed {
		t.Fatalf("exit status %d\n%s", got.status, got.stderr)
	}
	for flag, beginning := range want {
		data, err := os.ReadFile(filepath.Join(dir, flag))
		if err != nil || !strings.HasPrefix(string(data), beginning) {
			t.Errorf("%s wrote %.80q, %v", flag, data, err)
		}
	}
}
