package harness_test

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"github.com/idharness/harness"
)

// BenchmarkStart measures how long a test waits for its harness: the first of
// a process, which makes the signing keys, those after it, one with keys of its
// own, and 200 at once. What it takes to stop them is not in it.
func BenchmarkStart(b *testing.B) {
	start := func(b *testing.B, cfg harness.Config) *harness.Harness {
		h, err := harness.New(b.Context(), cfg)
		if err != nil {
			b.Error(err)
		}
		return h
	}
	many := func(count int, cfg harness.Config) func(b *testing.B) {
		return func(b *testing.B) {
			all := make([]*harness.Harness, count)
			for b.Loop() {
				var wg sync.WaitGroup
				for i := range all {
					wg.Go(func() { all[i] = start(b, cfg) })
				}
				wg.Wait()
				b.StopTimer()
				for _, h := range all {
					if h == nil {
						b.FailNow()
					}
					if err := h.Close(); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
			}
		}
	}
	b.Run("first", benchmarkFirstStart)
	b.Run("again", many(1, harness.Config{}))
	b.Run("own-keys", many(1, harness.Config{FreshKeys: true}))
	b.Run("200-at-once", many(200, harness.Config{}))
}

// benchmarkFirstStart has other processes start one harness each and reports
// what they measured.
func benchmarkFirstStart(b *testing.B) {
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	took := regexp.MustCompile(`(?m)^BenchmarkStart/again\S*\s+1\s+([0-9.]+) ns/op`)
	var sum float64
	for b.Loop() {
		out, err := exec.CommandContext(b.Context(), program, "-test.run=^$", "-test.bench=^BenchmarkStart$/^again$", "-test.benchtime=1x").CombinedOutput()
		found := took.FindSubmatch(out)
		if err != nil || found == nil {
			b.Fatalf("%v\n%s", err, out)
		}
		ns, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			b.Fatal(err)
		}
		sum += ns
	}
	b.ReportMetric(sum/float64(b.N), "ns/first-start")
	b.ReportMetric(0, "ns/op") // of the processes around it
}
