package loopback_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/idharness/harness/internal/loopback"
)

// refused is a transport that must not be used.
type refused struct{}

func (refused) RoundTrip(req *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("left to the next transport: %s", req.URL)
}

func newTransport(t *testing.T) *loopback.Transport {
	transport := loopback.New(refused{}, nil)
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// send makes a request and reads the whole answer.
func send(t *testing.T, transport http.RoundTripper, method, url, body string) (*http.Response, string, error) {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, reader)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

func TestKeepsConnections(t *testing.T) {
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/none":
			w.WriteHeader(http.StatusNoContent)
		case "/chunks":
			w.(http.Flusher).Flush()
			fallthrough
		default:
			fmt.Fprintf(w, "%s %s %s", r.Method, r.URL, text)
		}
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	transport := newTransport(t)
	for _, c := range []struct{ method, path, body, want string }{
		{"GET", "/a?b=c+d", "", "GET /a?b=c+d "},
		{"POST", "/a", "text", "POST /a text"},
		{"DELETE", "/none", "", ""},
		{"GET", "/chunks", "", "GET /chunks "},
		{"HEAD", "/a", "", ""},
		{"PATCH", "/a", "text", "PATCH /a text"},
	} {
		if _, text, err := send(t, transport, c.method, server.URL+c.path, c.body); err != nil || text != c.want {
			t.Errorf("%s %s: %q, %v", c.method, c.path, text, err)
		}
	}
	if opened.Load() != 1 {
		t.Errorf("%d connections for one request after another", opened.Load())
	}
}

func TestLeavesTheRest(t *testing.T) {
	for _, url := range []string{"https://localhost/a", "http://scim.contoso.example/a", "http://192.0.2.1/a"} {
		if _, _, err := send(t, newTransport(t), "GET", url, ""); err == nil || !strings.Contains(err.Error(), "left to the next transport") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// canned is a server that answers each connection's requests with given texts and
// then closes it.
func canned(t *testing.T, answers ...string) (url string, requests *atomic.Int32, closed <-chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	requests = new(atomic.Int32)
	ends := make(chan struct{}, 100)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer func() {
					c.Close()
					ends <- struct{}{}
				}()
				reader := bufio.NewReader(c)
				for _, answer := range answers {
					req, err := http.ReadRequest(reader)
					if err != nil {
						return
					}
					io.Copy(io.Discard, req.Body)
					requests.Add(1)
					if _, err := io.WriteString(c, answer); err != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() { listener.Close(); wg.Wait() })
	return "http://" + listener.Addr().String(), requests, ends
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestClosedConnections(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		t.Run(method, func(t *testing.T) {
			url, requests, closed := canned(t, ok)
			transport := newTransport(t)
			for i := range 3 {
				if _, text, err := send(t, transport, method, url, map[string]string{"POST": "body"}[method]); err != nil || text != "ok" {
					t.Errorf("request %d: %q, %v", i, text, err)
				}
				<-closed
			}
			if requests.Load() != 3 {
				t.Errorf("%d requests, want 3", requests.Load())
			}
		})
	}
	t.Run("without an answer", func(t *testing.T) {
		url, requests, _ := canned(t, ok, "")
		transport := newTransport(t)
		if _, _, err := send(t, transport, "GET", url, ""); err != nil {
			t.Error(err)
		}
		// A POST that may have been carried out is not sent twice.
		if _, _, err := send(t, transport, "POST", url, "body"); !errors.Is(err, io.ErrUnexpectedEOF) || requests.Load() != 2 {
			t.Errorf("%v after %d requests", err, requests.Load())
		}
	})
}

func TestOddAnswers(t *testing.T) {
	for name, c := range map[string]struct{ answer, text, err string }{
		"interim":           {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok, "ok", ""},
		"interim for ever":  {strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 9), "", "too many 1xx"},
		"until the end":     {"HTTP/1.0 200 OK\r\n\r\nold", "old", ""},
		"more than said":    {ok + "HTTP/1.1 200 OK\r\n\r\n", "ok", ""},
		"less than said":    {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "ok", "unexpected EOF"},
		"endless header":    {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n\r\n", "", "longer than 1048576 bytes"},
		"no HTTP":           {"220 mail.contoso.example ESMTP\r\n", "", "malformed"},
		"nothing":           {"", "", "unexpected EOF"},
		"wrong chunks":      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", "", "invalid byte in chunk length"},
		"close when it was": {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", "ok", ""},
	} {
		t.Run(name, func(t *testing.T) {
			url, _, closed := canned(t, c.answer)
			transport := newTransport(t)
			for range 2 { // the second has a connection of its own
				_, text, err := send(t, transport, "GET", url, "")
				if text != c.text || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
					t.Errorf("%q, %v; want %q, %s", text, err, c.text, c.err)
				}
				<-closed
			}
		})
	}
}

func TestContextEnds(t *testing.T) {
	block := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			w.Write([]byte("some"))
			w.(http.Flusher).Flush()
		}
		<-block
	}))
	defer server.Close()
	defer close(block)
	transport := newTransport(t)
	for _, path := range []string{"/header", "/body"} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		req, err := http.NewRequestWithContext(ctx, "GET", server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", path, err)
		}
		cancel()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, err := http.NewRequestWithContext(ctx, "POST", server.URL, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := transport.RoundTrip(req); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// A server that does not read a large request to its end still gets its answer
// across.
func TestRefusedEarly(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		c.Read(make([]byte, 1024))
		io.WriteString(c, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		c.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, c)
		c.Close()
	}()
	resp, _, err := send(t, newTransport(t), "POST", "http://"+listener.Addr().String(), strings.Repeat("x", 1<<20))
	if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%v, %v", resp, err)
	}
}

func TestConcurrentRequests(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }))
	defer server.Close()
	transport := newTransport(t)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			for j := range 20 {
				want := fmt.Sprintf("%d of %d", j, i)
				if _, text, err := send(t, transport, "POST", server.URL, want); err != nil || text != want {
					t.Errorf("%q, %v; want %q", text, err, want)
				}
			}
		})
	}
	wg.Wait()
}

func TestNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	var refused *net.OpError
	if _, _, err := send(t, newTransport(t), "GET", "http://"+listener.Addr().String(), ""); !errors.As(err, &refused) || refused.Op != "dial" {
		t.Errorf("%v", err)
	}
}

// What goes over the wire is what net/http sends, but for the order of the header.
func TestWritesWhatNetHTTPWrites(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	received := make(chan string, 1)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			var text strings.Builder
			req, err := http.ReadRequest(bufio.NewReader(io.TeeReader(c, &text)))
			if err == nil {
				io.Copy(io.Discard, req.Body)
			}
			received <- text.String()
			io.WriteString(c, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
			c.Close()
		}
	}()
	sorted := func(text string) string {
		head, body, _ := strings.Cut(text, "\r\n\r\n")
		lines := strings.Split(head, "\r\n")
		slices.Sort(lines[1:])
		return strings.Join(lines, "\n") + "\n\n" + body
	}
	for name, edit := range map[string]func(*http.Request){
		"plain":            func(*http.Request) {},
		"header":           func(r *http.Request) { r.Header = http.Header{"ADSCIMVersion": {"5.0"}, "Accept": {"a", "b"}} },
		"no User-Agent":    func(r *http.Request) { r.Header.Set("User-Agent", "") },
		"own User-Agent":   func(r *http.Request) { r.Header.Set("User-Agent", "x/1") },
		"another host":     func(r *http.Request) { r.Host = "scim.contoso.example" },
		"line break":       func(r *http.Request) { r.Header.Set("X-Odd", "a\r\nX-Smuggled: b") },
		"length in header": func(r *http.Request) { r.Header.Set("Content-Length", "77") },
		"unknown length": func(r *http.Request) {
			if r.Body != nil {
				r.ContentLength = -1
			}
		},
		"empty body": func(r *http.Request) { r.Body, r.ContentLength = http.NoBody, 0 },
		"close":      func(r *http.Request) { r.Close = true },
	} {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			make := func() *http.Request {
				var body io.Reader
				if method != "GET" {
					body = strings.NewReader(`{"a":1}`)
				}
				req, err := http.NewRequestWithContext(t.Context(), method, "http://"+listener.Addr().String()+"/a%2Fb?c=d+e", body)
				if err != nil {
					t.Fatal(err)
				}
				edit(req)
				return req
			}
			var want strings.Builder
			if err := make().Write(&want); err != nil {
				t.Fatal(err)
			}
			resp, err := newTransport(t).RoundTrip(make())
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if got := <-received; sorted(got) != sorted(want.String()) {
				t.Errorf("%s, %s:\n%s\nwant\n%s", name, method, got, want.String())
			}
		}
	}
}
