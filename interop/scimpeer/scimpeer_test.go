//go:build unix

package scimpeer

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/load"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp/identitystore"
)

const connections = 8

// operations are what both servers are asked for, and how many times the
// peer's rate the endpoint's must be.
var operations = []struct {
	name  string
	work  func(*load.SCIM) load.Work
	least float64
}{
	{"create", (*load.SCIM).Create, 1.2},
	{"filter", (*load.SCIM).Filter, 2},
	{"get", (*load.SCIM).Get, 0.9},
	{"patch", (*load.SCIM).PatchActive, 1.2},
}

// server is a SCIM server on loopback with users in it.
type server struct {
	client *load.Client
	scim   load.SCIM
	next   int // the number of the next user to be created
	reset  func()
}

// start serves handler behind net/http and creates the users.
func start(tb testing.TB, handler http.Handler, scim load.SCIM) *server {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &http.Server{Handler: handler}
	go s.Serve(listener)
	tb.Cleanup(func() { s.Close() })
	client, err := load.Dial(listener.Addr().String(), connections)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { client.Close() })
	if err := client.Do(0, len(scim.Users), scim.Create()); err != nil {
		tb.Fatal(err)
	}
	return &server{client, scim, len(scim.Users), func() {}}
}

// ours starts the endpoint with default settings; a program that is not a test
// has no trace then.
func ours(tb testing.TB, users int, recorder *trace.Recorder) *server {
	tb.Helper()
	store := identitystore.New(identitystore.Config{Region: "eu-west-1", Secret: recorder.Secret})
	access, err := store.EnableProvisioning()
	if err != nil {
		tb.Fatal(err)
	}
	endpoint, err := scimmock.New(scimmock.Config{Store: store, Trace: recorder})
	if err != nil {
		tb.Fatal(err)
	}
	s := start(tb, endpoint.Handler(), load.SCIM{Path: "/" + access.TenantID + "/scim/v2", Token: access.Token, Users: make([]string, users)})
	s.reset = recorder.Reset
	return s
}

func peer(tb testing.TB, users int) *server {
	tb.Helper()
	const token = "an access token of the peer"
	handler, err := newPeer(token)
	if err != nil {
		tb.Fatal(err)
	}
	return start(tb, handler, load.SCIM{Path: "/v2", Token: token, Users: make([]string, users)})
}

// rate asks for an operation n times and returns requests per second, and per
// second of processor time, in which the generator's is.
func (s *server) rate(tb testing.TB, n int, operation func(*load.SCIM) load.Work) (wall, cpu float64) {
	tb.Helper()
	first := s.next
	s.next += n  // Create must not repeat itself
	runtime.GC() // what went before is not charged to who comes next
	worked, begin := load.ProcessorTime(), time.Now()
	if err := s.client.Do(first, n, operation(&s.scim)); err != nil {
		tb.Fatal(err)
	}
	wall, cpu = float64(n)/time.Since(begin).Seconds(), float64(n)/(load.ProcessorTime()-worked).Seconds()
	s.reset()
	return wall, cpu
}

// Both servers answer what the benchmark asks, so that it compares like with
// like: every response is checked.
func TestBothAnswer(t *testing.T) {
	servers := map[string]*server{
		"ours":   ours(t, 100, nil),
		"traced": ours(t, 100, trace.NewRecorder(clock.Following(time.Now))),
		"peer":   peer(t, 100),
	}
	for name, s := range servers {
		for _, operation := range operations {
			if wall, cpu := s.rate(t, 300, operation.work); wall <= 0 || cpu <= 0 {
				t.Errorf("%s, %s: %f requests per second, %f of processor time", name, operation.name, wall, cpu)
			}
		}
		// A check that fails is noticed: there is no user of this number.
		s.scim.Users[0] = "nobody"
		if err := s.client.Do(0, 1, s.scim.Get()); err == nil {
			t.Errorf("%s answers for a user who does not exist", name)
		}
	}
}

// BenchmarkAgainstPeer asks the endpoint and the peer in turns, with 5,000
// users in each, and takes the middle of the turns' ratios. It fails where the
// endpoint's rate is too low beside the peer's. The rates that are judged are
// per second of processor time: both servers keep all processors busy, so that
// on a machine of its own the ratio is that of the plain rates, which are
// reported too, and other work disturbs it less. "traced" is the same with a
// trace, as in scimmock.Run; it has no limit.
func BenchmarkAgainstPeer(b *testing.B) {
	const users, turns, requests = 5_000, 5, 3_000
	type figures struct{ ratio, wallRatio, rate, peer []float64 }
	var plain, traced map[string]*figures
	measure := func(b *testing.B, recorder *trace.Recorder) map[string]*figures {
		servers := [2]*server{ours(b, users, recorder), peer(b, users)}
		servers[0].reset()
		all := make(map[string]*figures)
		for _, operation := range operations {
			f := &figures{}
			for turn := range turns {
				var wall, cpu [2]float64
				for i := range servers {
					i = (i + turn) % 2 // who comes first changes
					wall[i], cpu[i] = servers[i].rate(b, requests, operation.work)
				}
				f.ratio, f.wallRatio = append(f.ratio, cpu[0]/cpu[1]), append(f.wallRatio, wall[0]/wall[1])
				f.rate, f.peer = append(f.rate, wall[0]), append(f.peer, wall[1])
			}
			all[operation.name] = f
		}
		return all
	}
	report := func(b *testing.B, f *figures) float64 {
		b.ReportMetric(0, "ns/op") // the figures below are of all turns
		b.ReportMetric(middle(f.rate), "req/s")
		b.ReportMetric(middle(f.peer), "peer-req/s")
		b.ReportMetric(middle(f.wallRatio), "wall-ratio")
		b.ReportMetric(middle(f.ratio), "ratio")
		return middle(f.ratio)
	}
	for _, operation := range operations {
		b.Run(operation.name, func(b *testing.B) {
			if plain == nil {
				plain = measure(b, nil)
			}
			if ratio := report(b, plain[operation.name]); ratio < operation.least {
				b.Errorf("%s: %.2f times the peer's rate, want at least %.1f; turns %.2f", operation.name, ratio, operation.least, plain[operation.name].ratio)
			}
		})
	}
	for _, operation := range operations {
		b.Run(fmt.Sprintf("traced/%s", operation.name), func(b *testing.B) {
			if traced == nil {
				traced = measure(b, trace.NewRecorder(clock.Following(time.Now)))
			}
			report(b, traced[operation.name])
		})
	}
}

func middle(values []float64) float64 { return slices.Sorted(slices.Values(values))[len(values)/2] }
