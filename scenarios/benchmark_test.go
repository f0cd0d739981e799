//go:build unix

package scenarios

import (
	"testing"
	"time"

	processor "github.com/idharness/harness/internal/load"
)

// BenchmarkOneSignIn says how long a scenario with one sign-in takes once the
// process runs, and where the time goes: both mocks coming up with their keys and the
// tenant, and each step.
func BenchmarkOneSignIn(b *testing.B) {
	list := signIns(b, 1)
	took := make(map[string]time.Duration)
	for b.Loop() {
		began := time.Now()
		r := Run(b.Context(), list[0], Options{OnStepStart: func(_ *Scenario, step StepReport) {
			if step.Number == 1 {
				took["start"] += time.Since(began)
			}
		}})
		mustPass(b, []Report{r}, 1)
		for _, step := range r.Steps {
			took[step.Verb] += step.Duration
		}
	}
	for what, d := range took {
		b.ReportMetric(float64(d.Microseconds())/1000/float64(b.N), what+"-ms")
	}
}

// BenchmarkTwoHundredSignIns runs 200 of them with eight jobs. Where the machine
// has other work, the processor time of each tells more than the clock.
func BenchmarkTwoHundredSignIns(b *testing.B) {
	list := signIns(b, 200)
	began := processor.ProcessorTime()
	for b.Loop() {
		mustPass(b, RunAll(b.Context(), list, AllOptions{Jobs: 8, WithoutTrace: true}), len(list))
	}
	of := float64(b.N * len(list))
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/of, "ms/scenario")
	b.ReportMetric(float64((processor.ProcessorTime()-began).Milliseconds())/of, "cpu-ms/scenario")
}

// BenchmarkLibrary runs the scenarios of this folder.
func BenchmarkLibrary(b *testing.B) {
	paths, err := Find(".")
	if err != nil {
		b.Fatal(err)
	}
	var list []*Scenario
	for _, path := range paths {
		rows, err := LoadAll(path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, rows...)
	}
	began := processor.ProcessorTime()
	for b.Loop() {
		mustPass(b, RunAll(b.Context(), list, AllOptions{WithoutTrace: true}), len(list))
	}
	b.ReportMetric(float64(len(list)), "scenarios")
	b.ReportMetric((processor.ProcessorTime()-began).Seconds()/float64(b.N), "cpu-s")
}
