package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// write makes a file in a folder and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// asking is a scenario that sends a request, and another one in finally.
const asking = `name: Asking %[1]s
parallel: %[3]v
steps:
  - http: {url: "%[2]s/%[1]s"}
    expect: {status: 200}
  - observe: entra.users
    expect: []
finally:
  - http: {url: "%[2]s/%[1]s/finally"}
    expect: {status: 200}
`

// gauge is a server that notes how many requests it has at once. A request
// ends when enough others have come.
type gauge struct {
	*httptest.Server
	mu       sync.Mutex
	now      map[string]bool
	together []string // paths that were there at once, when one came
}

func newGauge(t *testing.T, handle func(path string)) *gauge {
	g := &gauge{now: make(map[string]bool)}
	g.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.now[r.URL.Path] = true
		g.together = append(g.together, fmt.Sprint(len(g.now), r.URL.Path))
		g.mu.Unlock()
		handle(r.URL.Path)
		g.mu.Lock()
		delete(g.now, r.URL.Path)
		g.mu.Unlock()
	}))
	t.Cleanup(g.Close)
	return g
}

// Scenarios run side by side, as many as --jobs says: each waits for the others.
func TestJobsRunSideBySide(t *testing.T) {
	const jobs = 3
	var mu sync.Mutex
	come, all := 0, make(chan struct{})
	g := newGauge(t, func(path string) {
		if strings.HasSuffix(path, "finally") {
			return
		}
		mu.Lock()
		come++
		if come == jobs {
			close(all)
		}
		mu.Unlock()
		<-all
	})
	dir := t.TempDir()
	for i := range jobs {
		write(t, dir, fmt.Sprintf("s%d.yaml", i), fmt.Sprintf(asking, fmt.Sprint(i), g.URL, true))
	}
	if got := command(t, "run", "--jobs", fmt.Sprint(jobs), dir); got.status != exitPassed {
		t.Errorf("exit status %d\n%s%s", got.status, got.stdout, got.stderr)
	}
}

// With --jobs 1, and where a scenario says parallel: false, nothing runs beside.
func TestParallelFalseRunsAlone(t *testing.T) {
	for _, test := range []struct {
		name, jobs string
		parallel   bool
	}{{"one job", "1", true}, {"parallel: false", "8", false}} {
		t.Run(test.name, func(t *testing.T) {
			g := newGauge(t, func(string) {})
			dir := t.TempDir()
			for i := range 6 {
				// Those with even numbers are alone; the others are where one job is enough to be.
				write(t, dir, fmt.Sprintf("s%d.yaml", i), fmt.Sprintf(asking, fmt.Sprint(i), g.URL, test.parallel || i%2 == 1))
			}
			if got := command(t, "run", "--jobs", test.jobs, dir); got.status != exitPassed {
				t.Fatalf("exit status %d\n%s%s", got.status, got.stdout, got.stderr)
			}
			var want []string
			for i := range 6 {
				want = append(want, fmt.Sprintf("1/%d", i), fmt.Sprintf("1/%d/finally", i))
			}
			if diff := cmp.Diff(want, g.together); diff != "" {
				t.Errorf("requests with how many there were (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever --jobs says, the same is told in the same order, with the same ids.
func TestJobsChangeNothing(t *testing.T) {
	dir := t.TempDir()
	for i := range 6 {
		name := "entra-to-aws.yaml"
		if i%2 == 1 {
			name = "demo.yaml"
		}
		data, err := os.ReadFile(filepath.Join("../../scenarios", name))
		if err != nil {
			t.Fatal(err)
		}
		// Ids depend on virtual time where they hold it, and demo.yaml has real time.
		text := strings.Replace(string(data), "\nname: Demo tenant\n", "\nname: Demo tenant\nclock: 2026-01-05T09:00:00Z\n", 1)
		write(t, dir, fmt.Sprintf("s%d.yaml", i), text)
	}
	write(t, dir, "s9.yaml", "name: It misses\nsteps: [{observe: entra.users, expect: [{}]}]\n")
	told := make(map[string]string)
	var reports []any
	for _, jobs := range []string{"1", "8"} {
		report := filepath.Join(t.TempDir(), "r.json")
		got := command(t, "run", dir, "--jobs", jobs, "--report-json", report)
		if got.status != exitFailed || got.stderr != "" {
			t.Fatalf("exit status %d\n%s%s", got.status, got.stdout, got.stderr)
		}
		told[jobs] = timeless(got.stdout)
		data, err := os.ReadFile(report)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal([]byte(timeless(string(data))), &value); err != nil {
			t.Fatal(err)
		}
		reports = append(reports, value)
	}
	if diff := cmp.Diff(told["1"], told["8"]); diff != "" {
		t.Errorf("the account differs (-1 job +8 jobs):\n%s", diff)
	}
	if diff := cmp.Diff(reports[0], reports[1]); diff != "" {
		t.Errorf("the report differs (-1 job +8 jobs):\n%s", diff)
	}
	if n := len(told["1"]); n < 2000 {
		t.Errorf("only %d bytes are told:\n%s", n, told["1"])
	}
}

// timeless takes out what differs from run to run: durations and ports.
func timeless(text string) string {
	for pattern, stands := range map[string]string{
		`"durationNanoseconds": \d+`:                   `"durationNanoseconds": 0`,
		`(127\.0\.0\.1|localhost)(:|%3A|%253A)\d{4,5}`: "${1}${2}PORT",
		`\b[\d.]+(µs|ms|s)(, \d+ expectations?)?\)`:    "0s$2)",
		`(expectations?) in [\d.]+(µs|ms|s)\n`:         "$1 in 0s\n",
	} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, stands)
	}
	return text
}

// An interrupt ends the run cleanly: finally runs, reports are written, what did
// not run is named.
func TestInterruptedRun(t *testing.T) {
	dir := t.TempDir()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	g := newGauge(t, func(path string) {
		if path == "/1" {
			interrupt()
			<-ctx.Done()
		}
	})
	for i := range 4 {
		write(t, dir, fmt.Sprintf("s%d.yaml", i), fmt.Sprintf(asking, fmt.Sprint(i), g.URL, true))
	}
	report := filepath.Join(dir, "report.json")
	var stdout, stderr bytes.Buffer
	p := &process{Args: []string{"run", "--jobs", "1", dir, "--report-json", report}, LookupEnv: func(string) (string, bool) { return "", false }, Stdout: &stdout, Stderr: &stderr}
	if status := p.main(ctx); status != exitUnreachable {
		t.Errorf("exit status %d, want %d", status, exitUnreachable)
	}
	if got := stderr.String(); got != "harness: interrupted: 2 scenarios did not run\n" {
		t.Errorf("it says %q", got)
	}
	if diff := cmp.Diff([]string{"1/0", "1/0/finally", "1/1", "1/1/finally"}, g.together); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	var r struct {
		Scenarios []struct {
			Status string
			Steps  []struct{ Status, Error string }
		}
	}
	decode(t, report, &r)
	var statuses []string
	for _, s := range r.Scenarios {
		statuses = append(statuses, s.Status)
		for _, step := range s.Steps {
			statuses = append(statuses, step.Status)
		}
	}
	if diff := cmp.Diff([]string{"passed", "passed", "passed", "passed", "error", "error", "skipped", "passed"}, statuses); diff != "" {
		t.Errorf("scenarios and their steps (-want +got):\n%s", diff)
	}
	if len(r.Scenarios) == 2 && !strings.Contains(r.Scenarios[1].Steps[0].Error, "http: interrupted: context canceled") {
		t.Errorf("the step says %q", r.Scenarios[1].Steps[0].Error)
	}
}

func TestJobsMistakes(t *testing.T) {
	for _, test := range []struct{ value, says string }{{"0", "--jobs 0: want 1 or more"}, {"-1", "--jobs -1: want 1 or more"}, {"x", `invalid argument "x"`}} {
		if got := command(t, "run", walk, "--jobs", test.value); got.status != exitUsage || !strings.Contains(got.stderr, test.says) {
			t.Errorf("--jobs %s: exit status %d, %s", test.value, got.status, got.stderr)
		}
	}
}

// After one that does not pass, --fail-fast starts no other; what runs ends.
func TestFailFastWithJobs(t *testing.T) {
	dir := t.TempDir()
	second := make(chan struct{})
	g := newGauge(t, func(path string) {
		switch path {
		case "/0":
			<-second // so that the second one runs when the first one fails
		case "/1":
			close(second)
		}
	})
	write(t, dir, "s0.yaml", strings.Replace(fmt.Sprintf(asking, "0", g.URL, true), "expect: []", "expect: [{}]", 1))
	for i := range 6 {
		write(t, dir, fmt.Sprintf("s%d.yaml", i+1), fmt.Sprintf(asking, fmt.Sprint(i+1), g.URL, i != 1))
	}
	got := command(t, "run", "--jobs", "2", "--fail-fast", dir)
	if got.status != exitFailed || !strings.Contains(got.stdout, "failed: 2 scenarios (1 passed, 1 failed)") || !strings.Contains(got.stdout, "not started: 5 scenarios\n") {
		t.Errorf("exit status %d\n%s%s", got.status, got.stdout, got.stderr)
	}
}
