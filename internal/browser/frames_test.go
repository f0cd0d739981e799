package browser

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// framing is a server whose query says which frames a page has, and which keeps
// the requests that it gets.
type framing struct {
	*httptest.Server
	mu  sync.Mutex
	got []string // path, Sec-Fetch-Dest and cookies
}

func newFraming(t *testing.T) *framing {
	f := &framing{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.got = append(f.got, strings.TrimSpace(r.URL.Path+" "+r.Header.Get("Sec-Fetch-Dest")+" "+r.Header.Get("Cookie")))
		f.mu.Unlock()
		q := r.URL.Query()
		for _, line := range q["set"] {
			w.Header().Add("Set-Cookie", line)
		}
		if policy := q.Get("xfo"); policy != "" {
			w.Header().Set("X-Frame-Options", policy)
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<title>"+r.URL.Path+"</title>")
		for _, src := range q["frame"] {
			fmt.Fprintf(w, `<iframe src="%s"></iframe>`, html.EscapeString(src))
		}
		if next := q.Get("refresh"); next != "" {
			fmt.Fprintf(w, `<meta http-equiv="refresh" content="0; url=%s">`, html.EscapeString(next))
		}
	}))
	t.Cleanup(f.Close)
	return f
}

// other is the server's address under the name of another site.
func (f *framing) other() string { return strings.Replace(f.URL, "127.0.0.1", "localhost", 1) }

func (f *framing) seen() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.got
	f.got = nil
	return out
}

// Frames load before the page goes on (HTML standard, load event). Lax cookies
// do not travel into a frame of another site, nor come out of it (RFC 6265bis
// sections 5.2.1 and 5.7).
func TestFrames(t *testing.T) {
	f := newFraming(t)
	b := New(Config{})
	defer b.Close()
	open := func(target string) *Page {
		t.Helper()
		page, err := b.Open(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	open(address(f.URL+"/own", "set", "lax=1; SameSite=Lax", "set", "none=1; SameSite=None; Secure"))
	open(address(f.other()+"/foreign", "set", "lax=2; SameSite=Lax", "set", "none=2; SameSite=None; Secure"))
	f.seen()
	page := open(address(f.URL+"/page",
		"frame", f.URL+"/inner?frame=/never", "frame", address(f.other()+"/away", "set", "late=3", "set", "free=3; SameSite=None; Secure"),
		"frame", "about:blank", "refresh", f.URL+"/next"))
	want := []string{
		"/page document lax=1; none=1", "/inner iframe lax=1; none=1", "/away iframe none=2", "/next document lax=1; none=1",
	}
	if got := f.seen(); !slices.Equal(got, want) {
		t.Errorf("requests\n%q\nwant\n%q", got, want)
	}
	if page.Title() != "/next" {
		t.Errorf("the tab is at %s", page.Title())
	}
	explained := Explain(page.Hops)
	for _, part := range []string{"SameSite=Lax in a frame of http://127.0.0.1 for http://localhost", "cookie late was not stored: not SameSite=None, in a frame of http://127.0.0.1"} {
		if !strings.Contains(explained, part) {
			t.Errorf("the hops do not say %q:\n%s", part, explained)
		}
	}
	open(f.other() + "/after")
	if got := f.seen(); !slices.Equal(got, []string{"/after document lax=2; none=2; free=3"}) {
		t.Errorf("after the frame: %q", got)
	}
}

// A page that refuses to be framed has been asked for all the same, but what it
// would do by itself does not happen.
func TestFrameOptions(t *testing.T) {
	f := newFraming(t)
	b := New(Config{})
	defer b.Close()
	for _, test := range []struct {
		policy, base, note string
		goesOn             bool
	}{
		{"", f.other(), "", true},
		{"DENY", f.URL, "X-Frame-Options: DENY", false},
		{"sameorigin", f.URL, "", true},
		{"SAMEORIGIN", f.other(), "X-Frame-Options: SAMEORIGIN", false},
	} {
		f.seen()
		inner := address(test.base+"/inner", "xfo", test.policy, "refresh", test.base+"/on")
		page, err := b.Open(t.Context(), address(f.URL+"/page", "frame", inner))
		if err != nil {
			t.Fatal(err)
		}
		if notes := strings.Join(page.Notes, "\n"); !strings.Contains(notes, test.note) || test.note == "" && notes != "" {
			t.Errorf("%q: notes %q, want %q", test.policy, notes, test.note)
		}
		if got := len(f.seen()); got != map[bool]int{true: 3, false: 2}[test.goesOn] {
			t.Errorf("%q: %d requests", test.policy, got)
		}
	}
	// A frame that does not load harms nothing.
	page, err := b.Open(t.Context(), address(f.URL+"/page", "frame", "http://127.0.0.1:1/"))
	if err != nil || page.Title() != "/page" || len(page.Notes) != 1 {
		t.Errorf("page %v with notes %v: %v", page, page.Notes, err)
	}
}
