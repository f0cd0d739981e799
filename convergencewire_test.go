package harness_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/idharness/harness/idp/provisioning"
)

// wire carries the requests of a world's provisioning, and notes what Entra
// cannot know: which objects were made although no answer said so, and which
// ones the endpoint denied to have.
type wire struct {
	world     *world
	next      http.RoundTripper
	pace      time.Duration   // the virtual time that a request takes
	disturbed int             // answers that were no answers, or refusals
	orphans   map[string]bool // ids of the store whose creation was not answered
	denied    map[string]bool // ids of the store that a request was told are not there
}

func newWire(w *world) *wire {
	return &wire{world: w, next: provisioning.DefaultTransport(), orphans: make(map[string]bool), denied: make(map[string]bool)}
}

// RoundTrip passes a request on, and its answer as it came.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if w.pace > 0 {
		w.world.clock.Advance(w.pace)
	}
	var sent []byte
	if req.Body != nil {
		sent, _ = io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	had := w.stored()
	resp, err := w.next.RoundTrip(req)
	var got []byte
	var broken error
	if err == nil {
		got, broken = io.ReadAll(resp.Body)
		resp.Body.Close()
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(got), failing{broken}))
	}
	status := 0
	if err == nil {
		status = resp.StatusCode
	}
	answered := err == nil && broken == nil
	if !answered || status >= 400 || bytes.HasPrefix(got, []byte("<html>")) {
		w.disturbed++
		w.world.note("  %s %s %s: %d %s %v %v", req.Method, req.URL.RequestURI(), sent, status, got, err, broken)
	}
	if !answered || status >= 300 {
		for id := range w.stored() {
			if !had[id] {
				w.orphans[id] = true
			}
		}
	}
	if status == http.StatusNotFound {
		parts := strings.Split(req.URL.Path, "/")
		w.denied[parts[len(parts)-1]] = true
	}
	return resp, err
}

func (w *wire) stored() map[string]bool {
	ids := make(map[string]bool)
	for _, u := range w.world.store.Users() {
		ids[u.ID] = true
	}
	for _, g := range w.world.store.Groups() {
		ids[g.ID] = true
	}
	return ids
}

// failing gives back the error with which a body ended.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}
