package scenarios

import (
	"context"
	"runtime"
	"strings"
	"sync"
)

// AllOptions say how several scenarios are run.
type AllOptions struct {
	Options

	Jobs     int  // at most so many run side by side; default: one for each processor
	FailFast bool // none is started after one that did not pass

	// WithoutTrace leaves the traces out of the reports: with many scenarios they
	// are most of what a run keeps in memory.
	WithoutTrace bool

	// OnBegin, if non-nil, is called before a scenario starts, in the order of
	// the scenarios. OnEnd, if non-nil, is called after each, in the order in
	// which they end and from several goroutines, as are OnStepStart and OnStep.
	OnBegin func(*Scenario)
	OnEnd   func(*Scenario, Report)
}

// RunAll runs scenarios side by side, each with a harness of its own: what comes
// of one does not depend on what runs beside it. They start in the order of the
// list; one that says parallel: false waits until the others have ended, and
// they wait for it. Where the harness has an address of its own, one runs at a
// time.
//
// The reports are in the order of the list. Scenarios that were not started,
// because of FailFast or because ctx was done, have none.
func RunAll(ctx context.Context, list []*Scenario, o AllOptions) []Report {
	var (
		reports = make([]*Report, len(list))
		mu      sync.Mutex
		stopped bool // something did not pass, and FailFast
	)
	start := func(i int) bool {
		mu.Lock()
		defer mu.Unlock()
		if stopped || ctx.Err() != nil {
			return false
		}
		if o.OnBegin != nil {
			o.OnBegin(list[i])
		}
		return true
	}
	sideBySide(list, o.jobs(), start, func(i int) {
		report := Run(ctx, list[i], o.Options)
		if o.WithoutTrace {
			report.Trace = nil
		}
		mu.Lock()
		reports[i] = &report
		stopped = stopped || o.FailFast && report.Status != Passed
		mu.Unlock()
		if o.OnEnd != nil {
			o.OnEnd(list[i], report)
		}
	})
	var out []Report
	for _, r := range reports {
		if r != nil {
			out = append(out, *r)
		}
	}
	return out
}

// jobs is how many scenarios may run side by side.
func (o AllOptions) jobs() int {
	switch {
	case isFixed(o.Harness.EntraAddr) || isFixed(o.Harness.AWSAddr):
		return 1
	case o.Jobs < 1:
		return runtime.GOMAXPROCS(0)
	default:
		return o.Jobs
	}
}

// isFixed tells an address that one harness at a time can have.
func isFixed(addr string) bool { return addr != "" && !strings.HasSuffix(addr, ":0") }

// sideBySide calls run for every scenario, at most so many at once, and returns
// when all have ended. Before each it calls start, in the order of the list,
// which ends it all with false.
func sideBySide(list []*Scenario, jobs int, start func(i int) bool, run func(i int)) {
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, jobs)
	for i, s := range list {
		if !s.Parallel {
			running.Wait()
		}
		slots <- struct{}{}
		if !start(i) {
			return
		}
		running.Go(func() {
			defer func() { <-slots }()
			run(i)
		})
		if !s.Parallel {
			running.Wait()
		}
	}
}
