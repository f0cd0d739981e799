package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// screen is an output that a test reads while it is written.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// take returns what was written since it was last called.
func (s *screen) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.text.Reset()
	return s.text.String()
}

// watching is a harness run --watch under way.
type watching struct {
	ticks     chan time.Time
	idle      chan struct{} // it has done what it had to, and waits for a tick
	screen    screen        // both outputs
	interrupt context.CancelFunc
	status    chan int
}

func watchRun(t *testing.T, args ...string) *watching {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	w := &watching{ticks: make(chan time.Time), idle: make(chan struct{}, 1), interrupt: interrupt, status: make(chan int, 1)}
	p := &process{
		Args: append([]string{"run", "--watch", "--jobs", "1"}, args...), LookupEnv: func(string) (string, bool) { return "", false },
		Stdout: &w.screen, Stderr: &w.screen,
		Tick: func() <-chan time.Time {
			w.idle <- struct{}{}
			return w.ticks
		},
	}
	go func() { w.status <- p.main(ctx) }()
	t.Cleanup(interrupt)
	return w
}

// tick lets it look for changes, and returns when it has and has run what is to
// run.
func (w *watching) tick(t *testing.T) {
	t.Helper()
	w.ticks <- time.Time{}
	w.ready(t)
}

// ready returns when it waits for changes.
func (w *watching) ready(t *testing.T) {
	t.Helper()
	select {
	case <-w.idle:
	case status := <-w.status:
		t.Fatalf("it has ended with exit status %d\n%s", status, w.screen.take())
	}
}

// said lets it notice a change, and what it makes of it, and returns what it said.
func (w *watching) said(t *testing.T) string {
	t.Helper()
	for range 2 { // to see the change, and to see that it stays
		w.tick(t)
	}
	return w.screen.take()
}

func (w *watching) end(t *testing.T) (status int, said string) {
	t.Helper()
	w.interrupt()
	return <-w.status, w.screen.take()
}

// holding is a scenario that passes or fails, of a length of its own.
func holding(name, holds string) string {
	return "name: " + name + "\nsteps: [{observe: entra.users, expect: " + holds + "}]\n"
}

// expectSaid wants texts in what was said, and does not want those after !.
func expectSaid(t *testing.T, when, said string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		unwanted, not := strings.CutPrefix(want, "!")
		if strings.Contains(said, unwanted) == not {
			t.Errorf("%s: %q is said: %v\n%s", when, unwanted, not, said)
		}
	}
}

func TestWatchRunsWhatChanges(t *testing.T) {
	dir := t.TempDir()
	a := write(t, dir, "a.yaml", holding("Alpha", "[]"))
	b := write(t, dir, "b.yaml", holding("Beta", "[]"))
	report := filepath.Join(dir, "report.json")
	w := watchRun(t, dir, "--report-json", report)
	w.ready(t)
	expectSaid(t, "at first", w.screen.take(), "Alpha", "Beta", "passed: 2 scenarios", "watching 2 files; Ctrl-C ends\n")

	for range 5 {
		w.tick(t)
	}
	expectSaid(t, "nothing changes", w.screen.take(), "!Alpha", "!Beta", "!watching")

	write(t, dir, "b.yaml", holding("Beta", "[{}]"))
	expectSaid(t, "b fails", w.said(t), "\nchanged: "+b+"\n\n", "b.yaml:2:40", "failed: 1 scenario (0 passed, 1 failed)", "!Alpha")

	write(t, dir, "a.yaml", holding("Alpha again", "[]"))
	expectSaid(t, "a passes", w.said(t), "changed: "+a, "passed: 1 scenario", "Alpha again", "!Beta")

	write(t, dir, "c.yaml", holding("Gamma", "[]"))
	expectSaid(t, "c is new", w.said(t), "Gamma", "watching 3 files", "!Alpha", "!changed")

	write(t, dir, "c.yaml", holding("Gamma", "[], nonsense: 1"))
	expectSaid(t, "c is broken", w.said(t), "c.yaml:2:44", "!passed", "!Alpha")

	if err := os.Remove(a); err != nil {
		t.Fatal(err)
	}
	expectSaid(t, "a is gone", w.said(t), "gone: "+a+"\n", "!Beta", "!Gamma")
	var r struct {
		Scenarios []struct{ Name, Status string }
	}
	decode(t, report, &r)
	if len(r.Scenarios) != 1 || r.Scenarios[0].Name != "Beta" || r.Scenarios[0].Status != "failed" {
		t.Errorf("the report is not on the last run of each: %+v", r)
	}

	write(t, dir, "c.yaml", holding("Gamma mended", "[]"))
	expectSaid(t, "c is mended", w.said(t), "Gamma mended", "passed: 1 scenario")
	status, said := w.end(t)
	if status != exitFailed {
		t.Errorf("exit status %d, want %d, for b still fails", status, exitFailed)
	}
	expectSaid(t, "at the end", said, "the last run of every scenario:\n", "b.yaml:2:40", "failed: 2 scenarios (1 passed, 1 failed)")
}

func TestWatchEndsWithTheStatusOfTheLastRuns(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", holding("Alpha", "[]"))
	w := watchRun(t, dir)
	w.ready(t)
	if status, said := w.end(t); status != exitPassed || strings.Contains(said, "the last run of every") {
		t.Errorf("exit status %d, %s", status, said)
	}

	write(t, dir, "b.yaml", "name: [\n")
	w = watchRun(t, dir)
	w.ready(t)
	expectSaid(t, "one is broken", w.screen.take(), "b.yaml:", "passed: 1 scenario")
	if status, _ := w.end(t); status != exitInvalid {
		t.Errorf("exit status %d, want %d", status, exitInvalid)
	}
}

// While a file is being written it is not read.
func TestWatchWaitsUntilAFileStays(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", holding("Alpha", "[]"))
	w := watchRun(t, dir)
	w.ready(t)
	w.screen.take()
	write(t, dir, "a.yaml", "name: Al")
	w.tick(t)
	write(t, dir, "a.yaml", "name: Alpha\nste")
	w.tick(t)
	write(t, dir, "a.yaml", holding("Alpha whole", "[]"))
	w.tick(t)
	expectSaid(t, "it was never the same twice", w.screen.take(), "!Al")
	expectSaid(t, "it stays", w.said(t), "Alpha whole", "passed: 1 scenario")
}

// The files that a scenario depends on count: variables, and what targets name.
func TestWatchOtherFiles(t *testing.T) {
	dir := t.TempDir()
	vars := write(t, dir, "vars.txt", "names: []\n")
	write(t, dir, "a.yaml", holding("Alpha", "'${names}'"))
	write(t, dir, "b.yaml", holding("Beta", "[]"))
	w := watchRun(t, dir, "--vars", vars)
	w.ready(t)
	expectSaid(t, "at first", w.screen.take(), "passed: 2 scenarios", "watching 3 files")
	write(t, dir, "vars.txt", "names: [{}]\n")
	expectSaid(t, "variables change", w.said(t), "changed: "+vars+"\n", "Alpha", "Beta", "failed: 2 scenarios (1 passed, 1 failed)")
	write(t, dir, "vars.txt", "names: [")
	expectSaid(t, "variables are broken", w.said(t), "vars.txt:1:9", "!Beta")
	if err := os.Remove(vars); err != nil {
		t.Fatal(err)
	}
	expectSaid(t, "variables are gone", w.said(t), "read variables: ", "!Beta")
	write(t, dir, "vars.txt", "names: [] # again\n")
	expectSaid(t, "variables are back", w.said(t), "passed: 2 scenarios")
}

// Included files count too, also one that is not there yet.
func TestWatchIncludedFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", "name: Alpha\nsteps: [{include: _part.yaml}]\n")
	write(t, dir, "b.yaml", holding("Beta", "[]"))
	part := "steps: [{observe: entra.users, expect: []}]\n"
	w := watchRun(t, dir)
	w.ready(t)
	expectSaid(t, "it is not there", w.screen.take(), "there is no ", "passed: 1 scenario")
	write(t, dir, "_part.yaml", part)
	expectSaid(t, "it comes", w.said(t), "Alpha", "passed: 1 scenario", "!Beta")
	write(t, dir, "_part.yaml", strings.Replace(part, "[]", "[{}]", 1))
	expectSaid(t, "it changes", w.said(t), "changed: "+filepath.Join(dir, "_part.yaml")+"\n", "Alpha", "failed: 1 scenario", "!Beta")
	write(t, dir, "_part.yaml", "steps:\n")
	expectSaid(t, "it is broken", w.said(t), "_part.yaml:1:", "!Beta")
	write(t, dir, "_part.yaml", part)
	expectSaid(t, "it is mended", w.said(t), "Alpha", "passed: 1 scenario", "!Beta")
}

// Mistakes in the arguments end it at once.
func TestWatchMistakes(t *testing.T) {
	for _, test := range []struct {
		args   []string
		status int
	}{
		{[]string{"/nowhere/at/all"}, exitUnreachable},
		{[]string{walk, "--var", "x"}, exitUsage},
		{[]string{walk, "--tags", "("}, exitUsage},
		{nil, exitUsage},
	} {
		w := watchRun(t, test.args...)
		if status := <-w.status; status != test.status {
			t.Errorf("%v: exit status %d, want %d\n%s", test.args, status, test.status, w.screen.take())
		}
	}
}
