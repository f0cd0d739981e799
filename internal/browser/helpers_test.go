package browser

import (
	"context"
	"crypto/tls"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/internal/clock"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// stage is a server whose query says what it does, so that a table can direct a
// whole journey:
//
//	set=COOKIE    sends this Set-Cookie (any number)
//	go=URL        answers with a redirect, of status=CODE (302)
//	link=URL      answers with a page with a link and with forms "get" and "post" to URL
//	auto=URL      answers with a page whose form posts itself to URL
//	refresh=URL   answers with a page that refreshes to URL
//	header=K: V   sends this header (any number)
//
// Every page shows the request: the method in #method, the cookies in #cookies,
// the body in #body and the headers that browsers add in #<lower-case name>.
func stage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for _, line := range q["header"] {
		name, value, _ := strings.Cut(line, ": ")
		w.Header().Add(name, value)
	}
	for _, line := range q["set"] {
		w.Header().Add("Set-Cookie", line)
	}
	if target := q.Get("go"); target != "" {
		status := http.StatusFound
		fmt.Sscan(q.Get("status"), &status)
		w.Header().Set("Location", target)
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	e := html.EscapeString
	fmt.Fprintf(w, `<!DOCTYPE html><title>Stage</title><p id=method>%s</p><p id=cookies>%s</p>`, r.Method, e(r.Header.Get("Cookie")))
	for _, name := range []string{"Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User", "User-Agent", "Accept", "Content-Type"} {
		fmt.Fprintf(w, "<p id=%s>%s</p>", strings.ToLower(name), e(r.Header.Get(name)))
	}
	if target := q.Get("link"); target != "" {
		fmt.Fprintf(w, `<a id=link href="%s">on</a><form name=get action="%[1]s"></form><form name=post method=post action="%[1]s"></form>`, e(target))
	}
	if target := q.Get("auto"); target != "" {
		fmt.Fprintf(w, `<body onload="document.forms[0].submit()"><form method=post action="%s"><input type=hidden name=SAMLResponse value=PHNhbWw+></form>`, e(target))
	}
	if target := q.Get("refresh"); target != "" {
		fmt.Fprintf(w, `<meta http-equiv=refresh content="0; url=%s">`, e(target))
	}
	r.ParseForm()
	fmt.Fprintf(w, "<p id=body>%s</p>", e(r.PostForm.Encode()))
}

var stageHandler = http.HandlerFunc(stage)

// address writes an address of the stage; params go in pairs.
func address(base string, params ...string) string {
	q := url.Values{}
	for i := 0; i < len(params); i += 2 {
		q.Add(params[i], params[i+1])
	}
	return base + "?" + q.Encode()
}

// twoSites starts a stage and gives its address under two names, which are two
// sites to a browser, and the address of a second stage on another port of the
// second site.
func twoSites(t *testing.T) (localhost, loopback, otherPort string) {
	t.Helper()
	first, second := httptest.NewServer(http.HandlerFunc(stage)), httptest.NewServer(http.HandlerFunc(stage))
	t.Cleanup(first.Close)
	t.Cleanup(second.Close)
	port := func(s *httptest.Server) string {
		_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
		return port
	}
	return "http://localhost:" + port(first) + "/", "http://127.0.0.1:" + port(first) + "/", "http://127.0.0.1:" + port(second) + "/"
}

// internet gives a transport on which every host name leads to a stage: port 80
// over HTTP, port 443 over TLS.
func internet(t *testing.T, handler http.Handler) *http.Transport {
	t.Helper()
	plain, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			switch _, port, _ := net.SplitHostPort(addr); port {
			case "80":
				addr = plain.Listener.Addr().String()
			case "443":
				addr = secure.Listener.Addr().String()
			}
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // every name leads to the same test certificate
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// newBrowser returns a browser at a frozen time.
func newBrowser(t *testing.T, config Config) *Browser {
	t.Helper()
	if config.Clock == nil {
		config.Clock = clock.Frozen(start)
	}
	b := New(config)
	t.Cleanup(b.Close)
	return b
}

func mustOpen(t *testing.T, b *Browser, address string) *Page {
	t.Helper()
	page, err := b.Open(t.Context(), address)
	if err != nil {
		t.Fatalf("Open(%s): %v", address, err)
	}
	return page
}

func mustForm(t *testing.T, p *Page, name string) *Form {
	t.Helper()
	form, ok := p.Form(name)
	if !ok {
		t.Fatalf("no form %q on %s:\n%s", name, p.URL, p.Body)
	}
	return form
}

func shown(t *testing.T, p *Page, id string) string {
	t.Helper()
	text, ok := p.Find(id)
	if !ok {
		t.Fatalf("no element %q on %s:\n%s", id, p.URL, p.Body)
	}
	return text
}

// serve starts a server that answers everything with one HTML page, and records
// the requests it gets at other paths than "/".
func serve(t *testing.T, page string, header ...string) (base string, requests *[]*http.Request) {
	t.Helper()
	var got []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path != "/" {
			r.ParseForm()
			got = append(got, r)
			fmt.Fprint(w, "<p>arrived</p>")
			return
		}
		for i := 0; i < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		fmt.Fprint(w, page)
	}))
	t.Cleanup(server.Close)
	return server.URL, &got
}
