package harness_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/scimmock"
)

// left counts what a process holds: goroutines that have to do with harnesses or
// HTTP, and open files, among them listeners and connections.
type left struct{ goroutines, files int }

func inUse(t *testing.T) left {
	t.Helper()
	stacks := make([]byte, 1<<20)
	for n := runtime.Stack(stacks, true); n == len(stacks); n = runtime.Stack(stacks, true) {
		stacks = make([]byte, 2*len(stacks))
	}
	var l left
	for stack := range strings.SplitSeq(strings.TrimRight(string(stacks), "\x00"), "\n\n") {
		if strings.Contains(stack, "idharness/harness") || strings.Contains(stack, "net/http.") {
			l.goroutines++
		}
	}
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil && runtime.GOOS == "linux" {
		t.Fatal(err)
	}
	l.files = len(files)
	return l
}

// settles waits until no more is in use than before. What closes a connection
// does not wait for the goroutines on its other end.
func settles(t *testing.T, before left) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		now := inUse(t)
		if now.goroutines <= before.goroutines && now.files <= before.files {
			return
		}
		select {
		case <-ctx.Done():
			stacks := make([]byte, 1<<16)
			t.Fatalf("%+v before, %+v after\n%s", before, now, stacks[:runtime.Stack(stacks, true)])
		case <-tick.C:
		}
	}
}

// cycles are the ways in which a harness starts and stops.
var cycles = []struct {
	name string
	run  func(t *testing.T, taken string)
}{
	{"signed in", func(t *testing.T, _ string) {
		h := newHarness(t, harness.Config{Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)})
		signInAna(t, h)
		closeAll(t, h)
	}},
	{"connected", func(t *testing.T, _ string) { closeAll(t, newHarness(t, harness.Config{})) }},
	{"closed twice", func(t *testing.T, _ string) {
		h := newHarness(t, harness.Config{Unconnected: true})
		closeAll(t, h)
		closeAll(t, h)
	}},
	{"closed by several", func(t *testing.T, _ string) {
		h := newHarness(t, harness.Config{Unconnected: true})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := h.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}},
	{"third port taken", func(t *testing.T, taken string) { refuses(t, t.Context(), harness.Config{ControlAddr: taken}) }},
	{"second port taken", func(t *testing.T, taken string) { refuses(t, t.Context(), harness.Config{AWSAddr: taken}) }},
	{"no such Region", func(t *testing.T, _ string) { refuses(t, t.Context(), harness.Config{Region: "mars"}) }},
	{"given up", func(t *testing.T, _ string) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		refuses(t, ctx, harness.Config{})
	}},
}

func newHarness(t *testing.T, cfg harness.Config) *harness.Harness {
	t.Helper()
	h, err := harness.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func closeAll(t *testing.T, h *harness.Harness) {
	t.Helper()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}

func refuses(t *testing.T, ctx context.Context, cfg harness.Config) {
	t.Helper()
	if h, err := harness.New(ctx, cfg); err == nil {
		h.Close()
		t.Errorf("%+v starts", cfg)
	}
}

// signInAna provisions Ana and signs her in.
func signInAna(t *testing.T, h *harness.Harness) {
	t.Helper()
	ana, err := h.Entra.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa"})
	if err == nil {
		err = errors.Join(h.Entra.App().Assign(ana), h.Provision(t.Context()))
	}
	if err != nil {
		t.Error(err)
		return
	}
	session, err := h.SignIn(t.Context(), "ana@contoso.example")
	if err != nil || session.Portal == nil {
		t.Errorf("%v, %+v", err, session)
	}
}

// A thousand harnesses, one after the other, leave nothing behind: no goroutine,
// no open file, no memory to speak of. That holds too where the start fails in
// the middle.
func TestStartAndStopLeakNothing(t *testing.T) {
	rounds := 1000 / len(cycles)
	if testing.Short() {
		rounds = 5
	}
	http.DefaultClient.CloseIdleConnections()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	round := func() {
		for _, c := range cycles {
			c.run(t, busy.Addr().String())
			if t.Failed() {
				t.Fatalf("failed: %s", c.name)
			}
		}
	}
	round() // what is made once stays, such as keys
	before, memory := inUse(t), heap()
	for range rounds {
		round()
	}
	settles(t, before)
	if grown := heap() - memory; grown > 16<<20 {
		t.Errorf("after %d rounds the heap has grown by %d bytes", rounds, grown)
	}
}

// heap is the memory that is in use once what is not needed is gone.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Streams and requests that take long keep no harness from stopping.
func TestCloseDuringRequests(t *testing.T) {
	http.DefaultClient.CloseIdleConnections()
	before := inUse(t)
	h := newHarness(t, harness.Config{})
	if err := h.SCIM.Fail(scimmock.Fault{Latency: time.Minute, Times: -1}); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	client := &http.Client{Transport: transport}

	stream, err := client.Get(h.ControlURL() + "/v1/trace/events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if line, err := bufio.NewReader(stream.Body).ReadString('\n'); err != nil {
		t.Fatalf("the stream begins with %q, %v", line, err)
	}
	long := make(chan error, 1)
	began := h.Exchanges()
	go func() {
		resp, err := client.Get(h.IdentityCenter.SCIMURL() + "/Users")
		if err == nil {
			resp.Body.Close()
			err = errors.New(resp.Status)
		}
		long <- err
	}()
	waitFor(t, func() bool { return h.Exchanges() > began })

	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := <-long; err == nil {
		t.Error("the long request was answered")
	}
	stream.Body.Close()
	transport.CloseIdleConnections()
	settles(t, before)
}

func waitFor(t *testing.T, ready func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-ctx.Done():
			t.Fatal("it does not begin")
		case <-tick.C:
		}
	}
}

// Two hundred harnesses of one process live side by side, each at a time of its
// own, and none sees anything of another.
func TestTwoHundredAtOnce(t *testing.T) {
	count := 200
	if testing.Short() {
		count = 20
	}
	before := heap()
	all := make([]*harness.Harness, count)
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			h, err := harness.New(t.Context(), harness.Config{Seed: uint64(i + 1), Start: startOf(i)})
			if err != nil {
				t.Error(err)
				return
			}
			all[i] = h
			signInAna(t, h)
		})
	}
	wg.Wait()
	defer func() {
		for _, h := range all {
			wg.Go(func() {
				if h != nil {
					closeAll(t, h)
				}
			})
		}
		wg.Wait()
	}()
	if t.Failed() {
		return
	}
	if each := (heap() - before) / int64(count); each > 4<<20 {
		t.Errorf("a harness takes %d bytes", each)
	}
	ids := make(map[string]int)
	for i, h := range all {
		ids[h.Entra.ID()]++
		if got := h.Clock.Now(); !got.Equal(startOf(i)) {
			t.Errorf("harness %d shows %v", i, got)
		}
		if users := h.IdentityCenter.Store().Users(); len(users) != 1 || !users[0].Created.Equal(startOf(i)) {
			t.Errorf("harness %d has the users %+v", i, users)
		}
		if stray := slices.IndexFunc(h.Trace(), func(e harness.Exchange) bool { return !e.Time.Equal(startOf(i)) }); stray >= 0 {
			t.Errorf("harness %d has an exchange of %v", i, h.Trace()[stray].Time)
		}
	}
	if len(ids) != count {
		t.Errorf("%d harnesses have %d tenant ids", count, len(ids))
	}
}

// startOf is when the clock of a harness stands.
func startOf(i int) time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC).AddDate(0, 0, i) }
