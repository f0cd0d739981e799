package trace_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/trace"
)

func TestAfterGivesWhatIsOver(t *testing.T) {
	r := trace.NewRecorder(clock.Frozen(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)))
	inside, leave := make(chan struct{}), make(chan struct{})
	handler := r.Middleware("mock", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/slow" {
			close(inside)
			<-leave
		}
		io.WriteString(w, "done")
	}))
	ask := func(path string) {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, strings.NewReader("")))
	}
	ask("/first")
	_, changed := r.After(0)
	slow := make(chan struct{})
	go func() { defer close(slow); ask("/slow") }()
	<-inside
	ask("/third")
	<-changed // the third is over
	got, changed := r.After(0)
	if len(got) != 1 || got[0].Kind != "GET /first" {
		t.Fatalf("while the second is under way, After gives %v", got)
	}
	close(leave)
	<-slow
	<-changed
	got, _ = r.After(1)
	if len(got) != 2 || got[0].Kind != "GET /slow" || got[0].Response.Body != "done" || got[1].Seq != 3 {
		t.Errorf("once it is over, After(1) gives %v", got)
	}
}

func TestAfterSeesRequestsToOthers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { io.WriteString(w, "hello") }))
	r := trace.NewRecorder(clock.Frozen(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)))
	client := &http.Client{Transport: r.Transport("client", "http", http.DefaultTransport)}
	resp, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := r.After(0); len(got) != 0 {
		t.Errorf("before the body is read, After gives %v", got)
	}
	io.ReadAll(resp.Body)
	resp.Body.Close()
	if got, _ := r.After(0); len(got) != 1 || got[0].Response.Body != "hello" {
		t.Errorf("once it is read, After gives %v", got)
	}
	server.Close()
	if _, err := client.Get(server.URL); err == nil {
		t.Fatal("a server that is gone answered")
	}
	if got, _ := r.After(1); len(got) != 1 || got[0].Error == "" {
		t.Errorf("of a request that failed, After gives %v", got)
	}
}

func TestResetTellsFollowers(t *testing.T) {
	r := trace.NewRecorder(clock.Frozen(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)))
	_, changed := r.After(0)
	r.Reset()
	select {
	case <-changed:
	default:
		t.Error("who follows the trace was not told that it is empty")
	}
}
