package browser

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Fetch standard, "HTTP-redirect fetch".
func TestRedirectMethod(t *testing.T) {
	tests := []struct {
		status   int
		form     string
		want     string
		repeated bool // body and Content-Type
	}{
		{301, "post", "GET", false},
		{302, "post", "GET", false},
		{303, "post", "GET", false},
		{307, "post", "POST", true},
		{308, "post", "POST", true},
		{302, "get", "GET", false},
		{307, "get", "GET", false},
	}
	for _, test := range tests {
		var landed *http.Request
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/":
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprintf(w, `<form method=%s action=/away><input name=who value=ana></form>`, test.form)
			case "/away":
				http.Redirect(w, r, "/landed", test.status)
			case "/landed":
				r.ParseForm()
				landed = r
			}
		}))
		b := newBrowser(t, Config{})
		if _, err := b.Submit(t.Context(), mustOpen(t, b, server.URL).Forms()[0], nil); err != nil {
			t.Fatal(err)
		}
		server.Close()
		body, contentType := "", ""
		if test.repeated {
			body, contentType = "who=ana", "application/x-www-form-urlencoded"
		}
		if landed.Method != test.want || landed.PostForm.Encode() != body || landed.Header.Get("Content-Type") != contentType {
			t.Errorf("%s form answered with %d: %s %q %q, want %s %q %q", test.form, test.status,
				landed.Method, landed.PostForm.Encode(), landed.Header.Get("Content-Type"), test.want, body, contentType)
		}
	}
}

func TestRedirectLimit(t *testing.T) {
	hits := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits++
		n := 0
		fmt.Sscanf(r.URL.Path, "/%d", &n)
		if n > 0 {
			http.Redirect(w, r, fmt.Sprintf("/%d", n-1), http.StatusFound)
		}
	}))
	defer server.Close()
	b := newBrowser(t, Config{})
	page := mustOpen(t, b, server.URL+"/20")
	if len(page.Hops) != 21 || page.Hops[20].Why != Redirected || page.Hops[0].Why != Typed {
		t.Errorf("20 redirects: %d hops", len(page.Hops))
	}
	hits = 0
	_, err := b.Open(t.Context(), server.URL+"/21")
	var failed *Error
	if !errors.Is(err, ErrTooManyRedirects) || !errors.As(err, &failed) || len(failed.Hops) != 21 || hits != 21 {
		t.Errorf("21 redirects: %v after %d requests, want ErrTooManyRedirects after 21", err, hits)
	}
	if err != nil && !strings.Contains(err.Error(), "more than 20") {
		t.Errorf("error %q does not say the limit", err)
	}
}

func TestRedirectLocations(t *testing.T) {
	_, loopback, _ := twoSites(t)
	b := newBrowser(t, Config{})
	for location, want := range map[string]string{
		"deep/page?x=1":         loopback + "deep/page?x=1",
		"?x=1":                  loopback + "?x=1",
		`\deep\page`:            loopback + "deep/page",
		"  /a b\t?c d  ":        loopback + "a%20b?c%20d",
		"/p#here":               loopback + "p#here",
		"/p?SAMLRequest=a%2fb+": loopback + "p?SAMLRequest=a%2fb+", // the octets of a signed query stay as they are
	} {
		page := mustOpen(t, b, address(loopback, "go", location))
		if got := page.URL.String(); got != want {
			t.Errorf("Location %q led to %s, want %s", location, got, want)
		}
	}
	// HTML standard: a redirect inherits the fragment.
	if page := mustOpen(t, b, address(loopback, "go", "/p")+"#top"); page.URL.Fragment != "top" {
		t.Errorf("fragment %q after the redirect, want top", page.URL.Fragment)
	}
	for _, bad := range []string{"javascript:alert(1)", "ftp://contoso.example/", "http://", "mailto:ana@contoso.example", "/%zz"} {
		if _, err := b.Open(t.Context(), address(loopback, "go", bad)); err == nil || !strings.Contains(err.Error(), "Location") {
			t.Errorf("Location %q: error %v, want one that names the header", bad, err)
		}
	}
	page := mustOpen(t, b, address(loopback, "header", "Refresh: 0; url="+loopback+"refreshed"))
	if page.URL.Path != "/refreshed" || page.Hops[1].Why != Refreshed {
		t.Errorf("Refresh header led to %s", page.URL)
	}
}

func TestRedirectStatusWithoutLocationIsAPage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusFound)
		fmt.Fprint(w, "<p>lost</p>")
	}))
	defer server.Close()
	page := mustOpen(t, newBrowser(t, Config{}), server.URL)
	if page.Status != http.StatusFound || len(page.Notes) != 1 {
		t.Errorf("status %d, notes %q; want the 302 itself with a note", page.Status, page.Notes)
	}
}

// What a server sees in the headers, hop by hop: Fetch standard ("append a
// request Origin header"), Referrer Policy, Fetch Metadata.
func TestHeaders(t *testing.T) {
	localhost, loopback, otherPort := twoSites(t)
	origin := func(base string) string { return strings.TrimSuffix(base, "/") }
	noReferrer := "Referrer-Policy: no-referrer"
	tests := []struct {
		name, start, act             string
		origin, referer, site, user  string
		wantRefererToBeTheWholeStart bool
	}{
		{name: "typed", start: loopback, site: "none", user: "?1"},
		{name: "typed and redirected", start: address(localhost, "go", loopback), site: "none", user: "?1"},
		{name: "link, same origin", start: address(loopback, "link", loopback), act: "link", wantRefererToBeTheWholeStart: true, site: "same-origin", user: "?1"},
		{name: "link, same site", start: address(otherPort, "link", loopback), act: "link", referer: otherPort, site: "same-site", user: "?1"},
		{name: "link, cross-site", start: address(localhost, "link", loopback), act: "link", referer: localhost, site: "cross-site", user: "?1"},
		{name: "POST, same origin", start: address(loopback, "link", loopback), act: "post", origin: origin(loopback), wantRefererToBeTheWholeStart: true, site: "same-origin", user: "?1"},
		{name: "POST, cross-site", start: address(localhost, "link", loopback), act: "post", origin: origin(localhost), referer: localhost, site: "cross-site", user: "?1"},
		{name: "self-submitting POST", start: address(localhost, "auto", loopback), origin: origin(localhost), referer: localhost, site: "cross-site"},
		{name: "refresh", start: address(localhost, "refresh", loopback), referer: localhost, site: "cross-site"},
		{
			name: "POST redirected back with 307: the origin is tainted", start: address(localhost, "link", address(loopback, "go", localhost, "status", "307")),
			act: "post", origin: "null", wantRefererToBeTheWholeStart: true, site: "cross-site", user: "?1",
		},
		{
			name: "POST redirected with 303: GET has no Origin", start: address(localhost, "link", address(loopback, "go", loopback, "status", "303")),
			act: "post", referer: localhost, site: "cross-site", user: "?1",
		},
		{name: "no-referrer, POST on the same origin", start: address(loopback, "link", loopback, "header", noReferrer), act: "post", origin: "null", site: "same-origin", user: "?1"},
		{name: "no-referrer, link", start: address(loopback, "link", loopback, "header", noReferrer), act: "link", site: "same-origin", user: "?1"},
		{
			name: "a redirect sets the policy", start: address(loopback, "link", address(loopback, "go", loopback, "header", noReferrer)),
			act: "link", site: "same-origin", user: "?1",
		},
		{name: "same-origin policy, cross-site POST", start: address(localhost, "link", loopback, "header", "Referrer-Policy: same-origin"), act: "post", origin: "null", site: "cross-site", user: "?1"},
		{name: "unsafe-url, cross-site link", start: address(localhost, "link", loopback, "header", "Referrer-Policy: unsafe-url"), act: "link", wantRefererToBeTheWholeStart: true, site: "cross-site", user: "?1"},
		{name: "origin, same origin", start: address(loopback, "link", loopback, "header", "Referrer-Policy: bogus, origin"), act: "link", referer: loopback, site: "same-origin", user: "?1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBrowser(t, Config{})
			page := mustOpen(t, b, test.start+"#fragment")
			var err error
			switch test.act {
			case "link":
				page, err = b.Click(t.Context(), page, page.Links()[0].Href)
			case "post":
				page, err = b.Submit(t.Context(), mustForm(t, page, "post"), nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{
				"origin": test.origin, "referer": test.referer, "sec-fetch-site": test.site, "sec-fetch-user": test.user,
				"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
			}
			if test.wantRefererToBeTheWholeStart {
				want["referer"] = test.start
			}
			got := make(map[string]string)
			for name := range want {
				got[name] = shown(t, page, name)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

// From https to http: no Referer, and the Origin of a POST is null. To a host
// that is not trustworthy no Sec-Fetch header goes.
func TestHeadersOnDowngrade(t *testing.T) {
	b := newBrowser(t, Config{Transport: internet(t, stageHandler), UserAgent: "probe/1"})
	page := mustOpen(t, b, address("https://contoso.example/", "link", "http://contoso.example/"))
	page, err := b.Submit(t.Context(), mustForm(t, page, "post"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"origin": "null", "referer": "", "sec-fetch-site": "", "sec-fetch-mode": "", "user-agent": "probe/1"} {
		if got := shown(t, page, id); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	page = mustOpen(t, b, address("https://contoso.example/", "link", "https://login.contoso.example/"))
	if page, err = b.Click(t.Context(), page, "https://login.contoso.example/"); err != nil {
		t.Fatal(err)
	}
	if got := shown(t, page, "sec-fetch-site"); got != "same-site" {
		t.Errorf("a link to a sibling: Sec-Fetch-Site %q, want same-site", got)
	}
}

// Referrer Policy, section 8.3 "Determine request's Referrer": what each policy
// sends to the same origin, to another one, and from https to http.
func TestReferrerPolicies(t *testing.T) {
	const (
		page = "https://ana:secret@contoso.example/a?b=c#d"
		full = "https://contoso.example/a?b=c"
		bare = "https://contoso.example/"
	)
	tests := []struct{ policy, same, cross, downgrade string }{
		{"no-referrer", "", "", ""},
		{"never", "", "", ""},
		{"no-referrer-when-downgrade", full, full, ""},
		{"same-origin", full, "", ""},
		{"origin", bare, bare, bare},
		{"strict-origin", bare, bare, ""},
		{"origin-when-cross-origin", full, bare, bare},
		{"origin-when-crossorigin", full, bare, bare},
		{"strict-origin-when-cross-origin", full, bare, ""},
		{"default", full, bare, ""},
		{"", full, bare, ""},
		{"bogus", full, bare, ""},
		{"unsafe-url", full, full, full},
		{"Always", full, full, full},
		{"no-referrer, strict-origin, later-invention", bare, bare, ""},
	}
	from, err := resolve(nil, page)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		policy := parseReferrerPolicy([]string{test.policy}, defaultReferrerPolicy)
		for target, want := range map[string]string{
			"https://contoso.example/x": test.same, "https://other.example/": test.cross, "http://contoso.example/": test.downgrade,
		} {
			to, err := resolve(nil, target)
			if err != nil {
				t.Fatal(err)
			}
			if got := policy.referer(from, to); got != want {
				t.Errorf("%q to %s: Referer %q, want %q", test.policy, target, got, want)
			}
		}
	}
	base, requests := serve(t, `<meta name=referrer content=no-referrer><a href=/x>x</a>`)
	b := newBrowser(t, Config{})
	if _, err := b.Click(t.Context(), mustOpen(t, b, base), "/x"); err != nil {
		t.Fatal(err)
	}
	if got := (*requests)[0].Header.Get("Referer"); got != "" {
		t.Errorf("<meta name=referrer> was ignored: Referer %q", got)
	}
}

func TestLinkReferrerPolicy(t *testing.T) {
	base, requests := serve(t, `<a href=/rel rel="noopener noreferrer">1</a><a href=/attribute referrerpolicy=origin>2</a><a href=/plain>3</a>
		<form name=f action=/form method=post rel=noreferrer></form>`)
	b := newBrowser(t, Config{})
	page := mustOpen(t, b, base)
	for _, href := range []string{"/rel", "/attribute", "plain"} {
		if _, err := b.Click(t.Context(), page, href); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Submit(t.Context(), mustForm(t, page, "f"), nil); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, r := range *requests {
		got[r.URL.Path] = r.Header.Get("Referer") + " " + r.Header.Get("Origin")
	}
	want := map[string]string{"/rel": " ", "/attribute": base + "/ ", "/plain": base + "/ ", "/form": " null"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Referer and Origin (-want +got):\n%s", diff)
	}
}

func TestBodyLimit(t *testing.T) {
	size := maxBody
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Write([]byte(strings.Repeat("x", size)))
	}))
	defer server.Close()
	b := newBrowser(t, Config{})
	if page := mustOpen(t, b, server.URL); len(page.Body) != maxBody {
		t.Errorf("read %d octets, want all %d", len(page.Body), maxBody)
	}
	size++
	if _, err := b.Open(t.Context(), server.URL); !errors.Is(err, ErrBodyTooLarge) {
		t.Errorf("one octet more: %v, want ErrBodyTooLarge", err)
	}
}

func TestNavigationsThatFail(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close() // nothing listens there
	b := newBrowser(t, Config{})
	_, err := b.Open(t.Context(), server.URL)
	var failed *Error
	if !errors.As(err, &failed) || len(failed.Hops) != 1 || failed.Hops[0].Error == "" || failed.Hops[0].Status != 0 {
		t.Errorf("a closed port: %v, want an *Error with the hop", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Open(ctx, "http://127.0.0.1:1/"); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
	for _, bad := range []string{"", "contoso.example", "/start", "file:///etc/passwd", "http://", "http://bücher.example/", "http://a b/"} {
		if _, err := b.Open(t.Context(), bad); err == nil {
			t.Errorf("Open(%q) went through", bad)
		}
	}
	if _, err := b.Click(t.Context(), nil, "/"); err == nil {
		t.Error("Click without a page went through")
	}
	for _, submit := range []func() (*Page, error){
		func() (*Page, error) { return b.Submit(t.Context(), nil, nil) },
		func() (*Page, error) { return b.Press(t.Context(), nil, "ok", nil) },
		func() (*Page, error) { return b.SubmitAsScript(t.Context(), nil, nil) },
	} {
		if _, err := submit(); err == nil {
			t.Error("submitting no form went through")
		}
	}
}

func TestOnHopAndExplain(t *testing.T) {
	localhost, loopback, _ := twoSites(t)
	var seen []Hop
	b := newBrowser(t, Config{OnHop: func(h Hop) { seen = append(seen, h) }})
	mustOpen(t, b, address(loopback, "set", "relay=1; SameSite=Lax"))
	seen = nil
	page := mustOpen(t, b, address(localhost, "auto", address(loopback, "go", "/done", "set", "__Host-x=1")))
	if diff := cmp.Diff(page.Hops, seen); diff != "" {
		t.Errorf("OnHop saw other hops than the page has (-page +seen):\n%s", diff)
	}
	lines := strings.Split(Explain(page.Hops), "\n")
	if len(lines) != 3 {
		t.Fatalf("Explain gave %d lines, want 3:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	want := "(self-submitting form) -> 302; cookie relay was not sent: SameSite=Lax on a cross-site POST from http://localhost to http://127.0.0.1" +
		"; cookie __Host-x was not stored: the prefix __Host- without Secure"
	if !strings.HasSuffix(lines[1], want) {
		t.Errorf("line 2 is %q, want it to end with %q", lines[1], want)
	}
	if !strings.HasPrefix(lines[2], "GET "+loopback+"done (redirect) -> 200") {
		t.Errorf("line 3 is %q", lines[2])
	}
}

// Names below localhost lead to this machine without a resolver (RFC 6761
// section 6.3), and are sites of their own.
func TestNamesBelowLocalhost(t *testing.T) {
	localhost, _, _ := twoSites(t)
	b := newBrowser(t, Config{})
	sub := strings.Replace(localhost, "localhost", "idp.localhost", 1)
	mustOpen(t, b, address(sub, "set", "a=1; SameSite=Strict; Secure"))
	page := mustOpen(t, b, address(localhost, "link", sub))
	page, err := b.Click(t.Context(), page, sub)
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(t, page, "cookies"); got != "" || page.URL.Hostname() != "idp.localhost" {
		t.Errorf("%s got %q; want no Strict cookie from localhost", page.URL, got)
	}
}

func TestTwoTabsAtOnce(t *testing.T) {
	localhost, loopback, _ := twoSites(t)
	b := newBrowser(t, Config{})
	done := make(chan error)
	for i := range 8 {
		go func() {
			var err error
			for range 20 {
				if _, err = b.Open(context.Background(), address(localhost, "set", fmt.Sprintf("a%d=1", i), "auto", loopback)); err != nil {
					break
				}
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := len(b.Cookies(localhost)); got != 8 {
		t.Errorf("%d cookies, want 8", got)
	}
}
