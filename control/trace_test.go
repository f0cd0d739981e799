package control_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/control"
)

// exchange makes one exchange in the trace.
func (f *fixture) exchange(path string) {
	handler := f.trace.Middleware("mock", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "done") }))
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
}

type seen struct {
	Seq  int
	Kind string
}

func TestTraceIsListed(t *testing.T) {
	f := newFixture(t)
	if got := f.send("GET", "/v1/trace", "").want(200).text; got != "[]\n" {
		t.Errorf("empty trace: %s", got)
	}
	for i := range 4 {
		f.exchange(fmt.Sprintf("/%d", i%2))
	}
	for _, test := range []struct {
		query string
		want  []int
	}{
		{"", []int{1, 2, 3, 4}}, {"?after=2", []int{3, 4}}, {"?limit=1", []int{1}}, {"?limit=0", []int{}}, {"?after=4", []int{}},
		{"?kind=GET+%2F1", []int{2, 4}}, {"?kind=GET+%2F1&limit=1&after=2", []int{4}}, {"?protocol=saml", []int{}}, {"?protocol=http&limit=2", []int{1, 2}},
	} {
		got := as[[]seen](f.send("GET", "/v1/trace"+test.query, "").want(200))
		numbers := []int{}
		for _, e := range got {
			numbers = append(numbers, e.Seq)
		}
		if fmt.Sprint(numbers) != fmt.Sprint(test.want) {
			t.Errorf("%s: %v, want %v", test.query, numbers, test.want)
		}
	}
	f.send("DELETE", "/v1/trace", "").want(204)
	f.exchange("/5")
	if got := as[[]seen](f.send("GET", "/v1/trace", "").want(200)); len(got) != 1 || got[0].Seq != 5 {
		t.Errorf("after it was cleared: %v", got)
	}
}

// stream is a client of the events.
type stream struct {
	t      *testing.T
	cancel context.CancelFunc
	lines  *bufio.Reader
}

func (f *fixture) stream(path string, header ...string) *stream {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Minute)
	f.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+path, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		f.t.Fatalf("%s, %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	return &stream{f.t, cancel, bufio.NewReader(resp.Body)}
}

// next reads an event, or a comment.
func (s *stream) next() (id string, e seen, comment string) {
	s.t.Helper()
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			s.t.Fatalf("the stream ends: %v", err)
		}
		line = strings.TrimSuffix(line, "\n")
		switch name, value, _ := strings.Cut(line, ": "); name {
		case "":
			if line == "" && id != "" {
				return id, e, ""
			}
			if line != "" {
				return "", e, value
			}
		case "id":
			id = value
		case "data":
			if err := json.Unmarshal([]byte(value), &e); err != nil {
				s.t.Fatalf("%v in %s", err, value)
			}
		}
	}
}

// event reads the next event.
func (s *stream) event() (string, seen) {
	s.t.Helper()
	for {
		if id, e, comment := s.next(); comment == "" {
			return id, e
		}
	}
}

func TestEventsFollowTheTrace(t *testing.T) {
	f := newFixture(t)
	f.exchange("/1")
	s := f.stream("/v1/trace/events")
	if id, e := s.event(); id != "1" || e.Kind != "GET /1" {
		t.Errorf("first: %s %+v", id, e)
	}
	f.exchange("/2")
	f.exchange("/3")
	for _, want := range []string{"2", "3"} {
		if id, e := s.event(); id != want || e.Kind != "GET /"+want {
			t.Errorf("%s: %s %+v", want, id, e)
		}
	}
	resumed := f.stream("/v1/trace/events?after=1", "Last-Event-ID", "2")
	if id, _ := resumed.event(); id != "3" {
		t.Errorf("resumed with %s", id)
	}
	filtered := f.stream("/v1/trace/events?kind=GET+%2F3")
	if id, _ := filtered.event(); id != "3" {
		t.Errorf("filtered: %s", id)
	}
	f.send("GET", "/v1/trace/events", "", "Last-Event-ID", "x").problem(400)
}

func TestEventsShowThatTheyAreAlive(t *testing.T) {
	f := newFixture(t, func(c *control.Config) { c.Heartbeat = time.Millisecond })
	s := f.stream("/v1/trace/events")
	for _, want := range []string{"exchanges follow", "still here", "still here"} {
		if _, _, comment := s.next(); comment != want {
			t.Errorf("comment %q, want %q", comment, want)
		}
	}
}

// A client that reads nothing keeps nobody waiting.
func TestEventsDoNotWaitForSlowReaders(t *testing.T) {
	f := newFixture(t)
	s := f.stream("/v1/trace/events")
	for i := range 2000 {
		f.exchange(fmt.Sprintf("/%d?%s", i, strings.Repeat("x", 2000)))
	}
	for want := 1; want <= 2000; want++ {
		if id, _ := s.event(); id != fmt.Sprint(want) {
			t.Fatalf("event %s, want %d", id, want)
		}
	}
}

func TestEventsEndWithTheClientAndTheHarness(t *testing.T) {
	ended := make(chan struct{}, 2)
	f := newFixture(t)
	handler := f.api.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		ended <- struct{}{}
	}))
	defer server.Close()
	f.url = server.URL
	gone := f.stream("/v1/trace/events")
	gone.next()
	gone.cancel()
	<-ended
	stays := f.stream("/v1/trace/events")
	stays.next()
	f.api.Close()
	<-ended
	if _, err := stays.lines.ReadString('\n'); err != io.EOF && err != io.ErrUnexpectedEOF {
		if _, err := io.ReadAll(stays.lines); err != nil {
			t.Errorf("the stream did not end well: %v", err)
		}
	}
	f.api.Close() // twice is no mistake
}
