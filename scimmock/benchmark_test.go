//go:build unix

package scimmock_test

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/idharness/harness/internal/load"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp/identitystore"
)

const (
	connections  = 8
	small, large = 1_000, 100_000
	mostGrowth   = 1.5  // of the time of an operation between the two sizes
	mostHeap     = 2560 // bytes for a user
)

// loaded is an endpoint with default settings behind net/http, as a program
// that is not a test has it: no trace, no log. Its users are typical ones, each
// in three groups.
type loaded struct {
	store    *identitystore.Store
	client   *load.Client
	scim     load.SCIM
	everyone string  // the id of a group that has all users
	heap     float64 // bytes for a user
	next     int     // the number of the next user to be created
}

func newLoaded(tb testing.TB, users int) *loaded {
	tb.Helper()
	fail := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	e := &loaded{store: identitystore.New(identitystore.Config{Region: "eu-west-1"}), next: users}
	access, err := e.store.EnableProvisioning()
	fail(err)
	e.scim = load.SCIM{Path: "/" + access.TenantID + "/scim/v2", Token: access.Token, Users: make([]string, users)}
	endpoint, err := scimmock.New(scimmock.Config{Store: e.store})
	fail(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	server := &http.Server{Handler: endpoint.Handler()}
	go server.Serve(listener)
	tb.Cleanup(func() { server.Close() })
	e.client, err = load.Dial(listener.Addr().String(), connections)
	fail(err)
	tb.Cleanup(func() { e.client.Close() })

	before := heap()
	fail(e.client.Do(0, users, e.scim.Create()))
	everyone, err := e.store.CreateGroup(identitystore.Group{DisplayName: "everyone"}, e.scim.Users...)
	fail(err)
	e.everyone = everyone.ID
	for _, size := range []int{20, 100} {
		for i := 0; i < users; i += size {
			_, err := e.store.CreateGroup(identitystore.Group{DisplayName: fmt.Sprintf("group %d of %d", i, size)}, e.scim.Users[i:min(i+size, users)]...)
			fail(err)
		}
	}
	e.heap = float64(heap()-before) / float64(users)
	return e
}

// heap returns the bytes that are in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // frees what finalizers of the first held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// cost is what a number of operations took: time, and processor time of
// endpoint and generator together.
type cost struct{ wall, cpu time.Duration }

// operations are what is measured. Each runs n times.
var operations = []struct {
	name string
	run  func(tb testing.TB, e *loaded, n int) cost
}{
	{"create", func(tb testing.TB, e *loaded, n int) cost {
		// What is created goes again between batches, so that the size stays.
		const batch = 500
		var sum cost
		for ; n > 0; n -= batch {
			first := e.next
			size := min(n, batch)
			e.next += size
			c := e.spend(tb, first, size, e.scim.Create())
			sum.wall, sum.cpu = sum.wall+c.wall, sum.cpu+c.cpu
			for i := range size {
				u, _ := e.store.UserByName(load.UserName(first + i))
				if err := e.store.DeleteUser(u.ID); err != nil {
					tb.Fatal(err)
				}
			}
		}
		return sum
	}},
	{"filter", func(tb testing.TB, e *loaded, n int) cost { return e.spend(tb, 0, n, e.scim.Filter()) }},
	{"get", func(tb testing.TB, e *loaded, n int) cost { return e.spend(tb, 0, n, e.scim.Get()) }},
	{"patch", func(tb testing.TB, e *loaded, n int) cost { return e.spend(tb, 0, n, e.scim.PatchActive()) }},
	{"patch-member", func(tb testing.TB, e *loaded, n int) cost {
		return e.spend(tb, 0, n, e.scim.PatchMember(e.everyone))
	}},
}

func (e *loaded) spend(tb testing.TB, first, n int, work load.Work) cost {
	tb.Helper()
	cpu, wall := load.ProcessorTime(), time.Now()
	if err := e.client.Do(first, n, work); err != nil {
		tb.Fatal(err)
	}
	return cost{time.Since(wall), load.ProcessorTime() - cpu}
}

// BenchmarkSCIM measures operations over loopback with eight connections, in an
// endpoint of 1,000 users and in one of 100,000. Generator and endpoint share the
// processors, and what the heap costs the garbage collector is in the figures.
// "growth" fails where the large endpoint takes 1.5 times as long.
func BenchmarkSCIM(b *testing.B) {
	for _, users := range []int{small, large} {
		b.Run(fmt.Sprintf("users=%d", users), func(b *testing.B) {
			e := newLoaded(b, users)
			for _, operation := range operations {
				b.Run(operation.name, func(b *testing.B) {
					b.ReportAllocs()
					runtime.GC() // what went before is not charged to who comes next
					b.ResetTimer()
					c := operation.run(b, e, b.N)
					b.ReportMetric(float64(c.wall)/float64(b.N), "ns/op")
					b.ReportMetric(float64(c.cpu)/float64(b.N), "cpu-ns/op")
					b.ReportMetric(float64(b.N)/c.wall.Seconds(), "req/s")
				})
			}
			b.Run("heap", func(b *testing.B) {
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(e.heap, "B/user")
				if e.heap >= mostHeap {
					b.Errorf("a user takes %.0f bytes of heap, want less than %d", e.heap, mostHeap)
				}
			})
		})
	}
	b.Run("growth", growth)
}

// growth asks a small and a large endpoint by turns, and judges by the median of
// the turns and by processor time: other work of the machine and collections of
// garbage, which fall into one turn or another, disturb that least.
func growth(b *testing.B) {
	const turns, requests = 9, 2_000
	few, many := newLoaded(b, small), newLoaded(b, large)
	b.ReportMetric(0, "ns/op")
	for _, operation := range operations {
		var ratios []float64
		for range turns {
			of := operation.run(b, few, requests)
			ratios = append(ratios, float64(operation.run(b, many, requests).cpu)/float64(of.cpu))
		}
		slices.Sort(ratios)
		median := ratios[turns/2]
		b.ReportMetric(median, operation.name)
		if median >= mostGrowth {
			b.Errorf("%s takes %.2f times as long with %d users as with %d, want less than %.1f; turns %.2f", operation.name, median, large, small, mostGrowth, ratios)
		}
	}
}

// A user takes less than 2.5 KiB of heap, with everything that finds it and its
// memberships of three groups.
func TestHeapPerUser(t *testing.T) {
	if e := newLoaded(t, 2_000); e.heap >= mostHeap || e.heap < 500 {
		t.Errorf("a user takes %.0f bytes of heap, want less than %d and, for all that it has, at least 500", e.heap, mostHeap)
	} else {
		t.Logf("a user takes %.0f bytes of heap", e.heap)
	}
}
