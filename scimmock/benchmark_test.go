package scimmock_test

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
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

// operations are what is measured. Each runs n times and returns how long that
// took.
var operations = []struct {
	name string
	run  func(tb testing.TB, e *loaded, n int) time.Duration
}{
	{"create", func(tb testing.TB, e *loaded, n int) time.Duration {
		// What is created goes again between batches, so that the size stays.
		const batch = 500
		var spent time.Duration
		for ; n > 0; n -= batch {
			first := e.next
			size := min(n, batch)
			e.next += size
			spent += e.spend(tb, first, size, e.scim.Create())
			for i := range size {
				u, _ := e.store.UserByName(load.UserName(first + i))
				if err := e.store.DeleteUser(u.ID); err != nil {
					tb.Fatal(err)
				}
			}
		}
		return spent
	}},
	{"filter", func(tb testing.TB, e *loaded, n int) time.Duration { return e.spend(tb, 0, n, e.scim.Filter()) }},
	{"get", func(tb testing.TB, e *loaded, n int) time.Duration { return e.spend(tb, 0, n, e.scim.Get()) }},
	{"patch", func(tb testing.TB, e *loaded, n int) time.Duration { return e.spend(tb, 0, n, e.scim.PatchActive()) }},
	{"patch-member", func(tb testing.TB, e *loaded, n int) time.Duration {
		return e.spend(tb, 0, n, e.scim.PatchMember(e.everyone))
	}},
}

func (e *loaded) spend(tb testing.TB, first, n int, work load.Work) time.Duration {
	tb.Helper()
	begin := time.Now()
	if err := e.client.Do(first, n, work); err != nil {
		tb.Fatal(err)
	}
	return time.Since(begin)
}

// BenchmarkSCIM measures operations over loopback with eight connections, in an
// endpoint of 1,000 users and in one of 100,000. Generator and endpoint share
// the processors. "growth" runs both sizes in turns, takes the best turn of
// each operation, which is the one that other work of the machine disturbed
// least, and fails if the large one needs 1.5 times as long.
func BenchmarkSCIM(b *testing.B) {
	for _, users := range []int{small, large} {
		b.Run(fmt.Sprintf("users=%d", users), func(b *testing.B) {
			e := newLoaded(b, users)
			for _, operation := range operations {
				b.Run(operation.name, func(b *testing.B) {
					b.ReportAllocs()
					operation.run(b, e, b.N)
					b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
					b.ReportMetric(e.heap, "heap-B/user")
				})
			}
			if e.heap >= mostHeap {
				b.Errorf("a user takes %.0f bytes of heap, want less than %d", e.heap, mostHeap)
			}
		})
	}
	growth := make(map[string]float64)
	b.Run("growth", func(b *testing.B) {
		if b.N == 1 { // the first run of a benchmark, and enough
			measureGrowth(b, growth)
		}
		for name, times := range growth {
			b.ReportMetric(times, name+"-growth")
			if times >= mostGrowth {
				b.Errorf("%s takes %.2f times as long with %d users as with %d, want less than %.1f", name, times, large, small, mostGrowth)
			}
		}
	})
}

func measureGrowth(b *testing.B, growth map[string]float64) {
	const turns, requests = 4, 6_000
	endpoints := [2]*loaded{newLoaded(b, small), newLoaded(b, large)}
	for _, operation := range operations {
		var best [2]time.Duration
		for turn := range turns {
			for i := range endpoints {
				size := (i + turn) % 2 // who comes first changes
				spent := operation.run(b, endpoints[size], requests)
				if turn == 0 || spent < best[size] {
					best[size] = spent
				}
			}
		}
		growth[operation.name] = float64(best[1]) / float64(best[0])
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
