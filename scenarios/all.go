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
	jobs := o.Jobs
	switch {
	case isFixed(o.Harness.EntraAddr) || isFixed(o.Harness.AWSAddr):
		jobs = 1
	case jobs < 1:
		jobs = runtime.GOMAXPROCS(0)
	}
	var (
		running sync.WaitGroup
		slots   = make(chan struct{}, jobs)
		reports = make([]*Report, len(list))

		mu      sync.Mutex
		stopped bool // something did not pass, and FailFast
	)
	isStopped := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return stopped || ctx.Err() != nil
	}
	for i, s := range list {
		if !s.Parallel {
			running.Wait()
		}
		slots <- struct{}{}
		if isStopped() {
			break
		}
		if o.OnBegin != nil {
			o.OnBegin(s)
		}
		running.Go(func() {
			defer func() { <-slots }()
			report := Run(ctx, s, o.Options)
			mu.Lock()
			reports[i] = &report
			stopped = stopped || o.FailFast && report.Status != Passed
			mu.Unlock()
			if o.OnEnd != nil {
				o.OnEnd(s, report)
			}
		})
		if !s.Parallel {
			running.Wait()
		}
	}
	running.Wait()
	var out []Report
	for _, r := range reports {
		if r != nil {
			out = append(out, *r)
		}
	}
	return out
}

// isFixed tells an address that one harness at a time can have.
func isFixed(addr string) bool { return addr != "" && !strings.HasSuffix(addr, ":0") }
