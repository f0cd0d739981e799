package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/report"
)

// watchEvery is how often --watch looks for changes. What the operating system
// tells of changes would need a dependency, and is not told on every file system.
const watchEvery = 300 * time.Millisecond

// watch is a run that goes on: it runs again what changes.
type watch struct {
	p     *process
	args  []string
	flags *runFlags

	paths []string                // of the scenario files, in the order of the arguments
	files map[string]*watchedFile // by path
	known snapshot                // what the last round began with
}

// watchedFile is what came of a scenario file.
type watchedFile struct {
	of      snapshot // the files that it is made of, as they were then
	wrong   error    // why it could not be read
	reports []scenarios.Report
}

// snapshot tells files from what they become when they are written: by path.
// A file that is not there has no stamp.
type snapshot map[string]stamp

type stamp struct {
	modified time.Time
	size     int64
	mistake  string
}

func (s snapshot) equal(other snapshot) bool {
	if len(s) != len(other) {
		return false
	}
	for path, is := range s {
		if was, ok := other[path]; !ok || was != is {
			return false
		}
	}
	return true
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{mistake: err.Error()}
	}
	return stamp{modified: info.ModTime(), size: info.Size()}
}

func newWatch(p *process, args []string, flags *runFlags) *watch {
	return &watch{p: p, args: args, flags: flags, files: make(map[string]*watchedFile)}
}

// run runs everything once, and then what changes, until ctx is done. Its
// verdict is on the last run of every scenario.
func (w *watch) run(ctx context.Context) error {
	if _, err := scenarios.Find(w.args...); err != nil {
		return exit(exitUnreachable, err) // a mistake in the arguments, as without --watch
	}
	var coded *exitError
	if _, err := w.flags.options(w.p.LookupEnv); err != nil && !errors.As(err, &coded) {
		return err // also one, and no file will change it
	}
	tick := w.p.Tick
	if tick == nil {
		ticker := time.NewTicker(watchEvery)
		defer ticker.Stop()
		tick = func() <-chan time.Time { return ticker.C }
	}
	rounds := 0
	var err error
	for {
		if w.paths, err = w.find(); err != nil {
			w.tell(err)
		}
		w.known = w.look(w.paths)
		err = w.round(ctx)
		rounds++
		if ctx.Err() != nil {
			return err
		}
		fmt.Fprintf(w.p.Stdout, "watching %s; Ctrl-C ends\n", count(len(w.known), "file"))
		if !w.wait(ctx, tick) {
			break
		}
	}
	if all := w.reports(); rounds > 1 && len(all) > 0 {
		fmt.Fprintln(w.p.Stdout, "\nthe last run of every scenario:")
		w.p.console(report.ConsoleOptions{}).Summary(all)
	}
	return err
}

// find lists the scenario files there are now. An argument that names none is
// no reason to leave out the others: it may be a file that is being written.
func (w *watch) find() (paths []string, err error) {
	for _, arg := range w.args {
		found, wrong := scenarios.Find(arg)
		err = errors.Join(err, wrong)
		for _, path := range found {
			if !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return paths, err
}

// look takes the stamps of everything that a run depends on.
func (w *watch) look(paths []string) snapshot {
	s := make(snapshot)
	if w.flags.vars.file != "" {
		s[w.flags.vars.file] = stampOf(w.flags.vars.file)
	}
	for _, path := range paths {
		s[path] = stampOf(path)
		if f := w.files[path]; f != nil {
			for part := range f.of {
				s[part] = stampOf(part)
			}
		}
	}
	return s
}

// wait returns once something has changed and stays as it is from one tick to
// the next, so that no file is read while it is being written. It returns false
// when ctx is done.
func (w *watch) wait(ctx context.Context, tick func() <-chan time.Time) bool {
	last := w.known
	for {
		select {
		case <-ctx.Done():
			return false
		case <-tick():
		}
		paths, _ := w.find()
		now := w.look(paths)
		if now.equal(last) && !now.equal(w.known) {
			return true
		}
		last = now
	}
}

// round runs what has changed since it ran, and gives the verdict on everything.
func (w *watch) round(ctx context.Context) error {
	o, err := w.flags.options(w.p.LookupEnv)
	if err != nil {
		return w.tell(err)
	}
	list := w.load(o)
	if len(list) > 0 {
		if list, err = o.Tags.Select(list); err != nil {
			fmt.Fprintln(w.p.Stdout, err) // not chosen, and so nothing to run
		}
	}
	var reports []scenarios.Report
	if len(list) > 0 {
		fmt.Fprintln(w.p.Stdout)
		reports = w.p.perform(ctx, list, o, w.flags)
	}
	for _, r := range reports {
		w.files[r.Path].reports = append(w.files[r.Path].reports, r)
	}
	for _, s := range list[len(reports):] {
		if f := w.files[s.Path]; f != nil && len(f.reports) == 0 {
			delete(w.files, s.Path) // --fail-fast: it has yet to run
		}
	}
	if err := w.flags.files.write(w.p, w.reports()); err != nil {
		return w.tell(exit(exitUnreachable, err))
	}
	if left := len(list) - len(reports); left > 0 && ctx.Err() != nil {
		return exit(exitUnreachable, fmt.Errorf("interrupted: %s did not run", count(left, "scenario")))
	}
	return w.verdict()
}

// load reads the files that have changed, and tells which and what is wrong in them.
func (w *watch) load(o scenarios.Options) []*scenarios.Scenario {
	var list []*scenarios.Scenario
	var changed, gone []string
	var mistakes strictyaml.Errors
	var others error
	for path := range w.files {
		if !slices.Contains(w.paths, path) {
			gone = append(gone, path)
			delete(w.files, path)
		}
	}
	for _, path := range w.paths {
		f := w.files[path]
		if f != nil {
			parts := w.changed(f)
			if len(parts) == 0 {
				continue
			}
			changed = append(changed, parts...)
		}
		rows, err := w.read(path, o)
		list = append(list, rows...)
		var more strictyaml.Errors
		if errors.As(err, &more) {
			mistakes = append(mistakes, more...)
		} else {
			others = errors.Join(others, err)
		}
	}
	slices.Sort(gone)
	slices.Sort(changed)
	w.name("changed", slices.Compact(changed))
	w.name("gone", gone)
	if len(mistakes) > 0 {
		w.tell(mistakes)
	}
	if others != nil {
		w.tell(others)
	}
	return list
}

func (w *watch) name(what string, paths []string) {
	if len(paths) > 0 {
		fmt.Fprintf(w.p.Stdout, "\n%s: %s\n", what, strings.Join(paths, ", "))
	}
}

// changed lists the files, of those that something is made of, that are not as
// they were.
func (w *watch) changed(f *watchedFile) []string {
	var parts []string
	for path, was := range f.of {
		if w.known[path] != was {
			parts = append(parts, path)
		}
	}
	return parts
}

// read reads a file and notes what it is made of.
func (w *watch) read(path string, o scenarios.Options) ([]*scenarios.Scenario, error) {
	f := &watchedFile{of: make(snapshot)}
	parts := []string{path}
	o.OnFile = func(part string) { parts = append(parts, part) }
	rows, err := scenarios.LoadAll(path, o)
	if old := w.files[path]; old != nil && err != nil {
		for part := range old.of {
			parts = append(parts, part) // what is wrong may hide them
		}
	}
	if w.flags.vars.file != "" {
		parts = append(parts, w.flags.vars.file)
	}
	for _, part := range parts {
		if _, ok := w.known[part]; !ok {
			w.known[part] = stampOf(part)
		}
		f.of[part] = w.known[part]
	}
	f.wrong = err
	w.files[path] = f
	return rows, err
}

// tell tells of an error that does not end the run, and returns what carries its
// exit status, in case the run ends now.
func (w *watch) tell(err error) error {
	var mistakes strictyaml.Errors
	if errors.As(err, &mistakes) {
		fmt.Fprint(w.p.Stderr, mistakes.Brief(maxMistakes))
	} else {
		fmt.Fprintf(w.p.Stderr, "harness: %v\n", err)
	}
	return exit(statusOf(err), nil)
}

// statusOf is the exit status for a file that could not be read.
func statusOf(err error) int {
	var mistakes strictyaml.Errors
	var coded *exitError
	switch {
	case errors.As(err, &coded):
		return coded.status
	case errors.As(err, &mistakes):
		return exitInvalid
	default:
		return exitUnreachable
	}
}

// reports are those of the last run of every scenario, in the order of the files.
func (w *watch) reports() []scenarios.Report {
	var all []scenarios.Report
	for _, path := range w.paths {
		if f := w.files[path]; f != nil {
			all = append(all, f.reports...)
		}
	}
	return all
}

// verdict is what the run would end with now.
func (w *watch) verdict() error {
	for _, path := range w.paths {
		if f := w.files[path]; f != nil && f.wrong != nil {
			return exit(statusOf(f.wrong), nil)
		}
	}
	return verdictOf(w.reports())
}
