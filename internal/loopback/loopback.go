// Package loopback sends HTTP requests to servers of the same machine.
//
// The transport of net/http hands every request to two more goroutines. Over
// loopback that takes longer than everything else that the provisioning service
// does for a request, and its first cycle makes many thousands.
package loopback

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	maxIdle   = 16      // connections kept for one address
	maxHeader = 1 << 20 // bytes of a response's header
	max1xx    = 5       // interim responses to one request, as in net/http
)

// Transport is an [http.RoundTripper]. It speaks HTTP/1.1 without TLS to
// localhost and loopback addresses, within the goroutine of its caller, and
// keeps connections open. It is safe for concurrent use; requests at the same
// time have a connection each.
type Transport struct {
	next  http.RoundTripper
	reach func(addr string) string // where an address is listened on

	mu   sync.Mutex
	idle map[string][]*conn // by address, the one used last at the end
}

// New returns a transport that leaves to next whatever is not for a server of
// this machine, or is encrypted. A reach that is not nil says where an address
// of this machine is listened on, which a mapped port may hide.
func New(next http.RoundTripper, reach func(addr string) string) *Transport {
	return &Transport{next: next, reach: reach, idle: make(map[string][]*conn)}
}

// RoundTrip sends a request and returns the response, whose body must be closed.
// A connection that the server has closed meanwhile is replaced by another one
// where that cannot do anything twice.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !isLocal(req.URL) {
		return t.next.RoundTrip(req)
	}
	addr := req.URL.Host
	if req.URL.Port() == "" {
		addr = net.JoinHostPort(req.URL.Hostname(), "80")
	}
	if t.reach != nil {
		addr = t.reach(addr)
	}
	for {
		c, err := t.connection(req, addr)
		if err != nil {
			if req.Body != nil {
				req.Body.Close()
			}
			return nil, err
		}
		resp, err := c.exchange(req)
		if err == nil {
			return resp, nil
		}
		c.Close()
		if !c.used || c.answered || !repeatable(req) || req.Context().Err() != nil {
			return nil, err
		}
	}
}

// isLocal reports whether an address needs neither TLS nor, as net/http has it, a
// proxy.
func isLocal(u *url.URL) bool {
	if u.Scheme != "http" {
		return false
	}
	host := u.Hostname()
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// repeatable reports whether a request may be sent again when nothing is known of
// what became of it.
func repeatable(req *http.Request) bool {
	return (req.Method == http.MethodGet || req.Method == http.MethodHead) && (req.Body == nil || req.Body == http.NoBody)
}

// connection takes an idle connection or opens one. Whether the server has closed
// an idle one is looked at where the request could not be repeated.
func (t *Transport) connection(req *http.Request, addr string) (*conn, error) {
	for {
		c := t.take(addr)
		if c == nil {
			break
		}
		if repeatable(req) || open(c.Conn) {
			c.used, c.answered = true, false
			return c, nil
		}
		c.Close()
	}
	var d net.Dialer
	n, err := d.DialContext(req.Context(), "tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: n, transport: t, addr: addr}
	c.reader, c.writer = bufio.NewReader(limited{c}), bufio.NewWriter(n)
	return c, nil
}

func (t *Transport) take(addr string) *conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.idle[addr]
	if len(list) == 0 {
		return nil
	}
	c := list[len(list)-1]
	t.idle[addr] = list[:len(list)-1]
	return c
}

// keep puts a connection back.
func (t *Transport) keep(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.idle[c.addr]) >= maxIdle {
		c.Close()
		return
	}
	t.idle[c.addr] = append(t.idle[c.addr], c)
}

// CloseIdleConnections closes what is not in use, as [http.Client] expects of a
// transport.
func (t *Transport) CloseIdleConnections() {
	t.mu.Lock()
	for addr, list := range t.idle {
		for _, c := range list {
			c.Close()
		}
		delete(t.idle, addr)
	}
	t.mu.Unlock()
	if next, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}

// conn is a connection with one exchange at a time.
type conn struct {
	net.Conn
	transport *Transport
	addr      string
	reader    *bufio.Reader
	writer    *bufio.Writer
	left      int64 // bytes that may still be read

	used     bool // for an earlier exchange
	answered bool // something of the response has come
}

// limited reads from a connection until its limit.
type limited struct{ c *conn }

func (l limited) Read(p []byte) (int, error) {
	if l.c.left <= 0 {
		return 0, fmt.Errorf("the header of the response is longer than %d bytes", maxHeader)
	}
	n, err := l.c.Conn.Read(p[:min(int64(len(p)), l.c.left)])
	l.c.left -= int64(n)
	l.c.answered = l.c.answered || n > 0
	return n, err
}

// exchange sends a request and reads the header of the response. An error leaves
// the connection useless.
func (c *conn) exchange(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	fail := func(err error) (*http.Response, error) {
		stop()
		return nil, because(ctx, err)
	}
	sent := c.write(req)
	// A server may refuse a request before it has read all of it.
	c.left = maxHeader
	var resp *http.Response
	for range max1xx {
		var err error
		if resp, err = http.ReadResponse(c.reader, req); err != nil {
			return fail(errors.Join(sent, unexpected(err)))
		}
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			break
		}
	}
	if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
		return fail(errors.New("too many 1xx responses"))
	}
	c.left = math.MaxInt64
	b := &body{ReadCloser: resp.Body, c: c, ctx: ctx, stop: stop, keep: sent == nil && !req.Close && !resp.Close && resp.StatusCode >= 200}
	if resp.Body == http.NoBody {
		b.end(true)
	} else {
		resp.Body = b
	}
	return resp, nil
}

// write sends a request. Those of a client such as ours, with a body of known
// length, are spelled here; net/http's own way takes as long as the kernel's.
func (c *conn) write(req *http.Request) error {
	w := c.writer
	known := req.ContentLength > 0 || req.ContentLength == 0 && (req.Body == nil || req.Body == http.NoBody)
	if !known || req.Close || len(req.TransferEncoding) > 0 || len(req.Trailer) > 0 || req.Host != "" && req.Host != req.URL.Host || !writable(req) {
		if err := req.Write(w); err != nil {
			return err
		}
		return w.Flush()
	}
	for _, text := range [...]string{req.Method, " ", req.URL.RequestURI(), " HTTP/1.1\r\nHost: ", req.URL.Host, "\r\n"} {
		w.WriteString(text)
	}
	if _, given := req.Header["User-Agent"]; !given {
		w.WriteString("User-Agent: Go-http-client/1.1\r\n")
	}
	names := make([]string, 0, 8)
	for name := range req.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range req.Header[name] {
			if name == "User-Agent" && value == "" { // net/http's way to say none
				continue
			}
			for _, text := range [...]string{name, ": ", value, "\r\n"} {
				w.WriteString(text)
			}
		}
	}
	if req.ContentLength > 0 || req.Method == http.MethodPost || req.Method == http.MethodPut || req.Method == http.MethodPatch {
		w.WriteString("Content-Length: ")
		w.Write(strconv.AppendInt(w.AvailableBuffer(), req.ContentLength, 10))
		w.WriteString("\r\n")
	}
	w.WriteString("\r\n")
	if req.Body != nil {
		defer req.Body.Close()
		n, err := io.Copy(w, io.LimitReader(req.Body, req.ContentLength))
		if err == nil && n < req.ContentLength {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	return w.Flush() // errors of the writer stay until here
}

// writable reports whether nothing in the header needs net/http's care.
func writable(req *http.Request) bool {
	for name, values := range req.Header {
		switch name {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
			return false
		}
		for _, value := range values {
			if strings.ContainsAny(value, "\r\n") {
				return false
			}
		}
	}
	return true
}

// unexpected tells the end of a response from that of a file.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// because is the reason for an error: the context's, if that is what broke the
// connection off.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// body is that of a response. Its end sets the connection free.
type body struct {
	io.ReadCloser
	c     *conn
	ctx   context.Context
	stop  func() bool
	keep  bool
	ended bool
}

func (b *body) Read(p []byte) (int, error) {
	if b.ended {
		return b.ReadCloser.Read(p)
	}
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == io.EOF:
		b.end(true)
	case err != nil:
		err = because(b.ctx, err)
		b.end(false)
	}
	return n, err
}

// Close closes the connection too, unless the body was read to its end: what is
// left of it is not worth reading.
func (b *body) Close() error {
	if !b.ended {
		b.end(false)
	}
	return nil
}

// end is called once.
func (b *body) end(whole bool) {
	b.ended = true
	undisturbed := b.stop()
	if whole && b.keep && undisturbed && b.c.reader.Buffered() == 0 {
		b.c.transport.keep(b.c)
		return
	}
	b.c.Close()
}
