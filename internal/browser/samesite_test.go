package browser

import (
	"strings"
	"testing"
	"time"
)

// Every way to get to a page, and which cookies of its site go along. The
// section is that of RFC 6265bis (draft-ietf-httpbis-rfc6265bis-22).
func TestSameSite(t *testing.T) {
	localhost, loopback, otherPort := twoSites(t)
	const all = "none=1; strict=1; lax=1; plain=1"
	ways := []struct {
		name    string
		section string
		start   string // the first page
		act     string // what the user does there: link, get, post; empty for nothing
		ignore  bool   // Config.IgnoreRedirectChain
		want    string
		reasons map[string]string // of the withheld cookies, at the last hop
	}{
		{
			name: "typed", section: "5.2: a request without client is same-site",
			start: loopback, want: all,
		},
		{
			name: "link on the same site", section: "5.2",
			start: address(loopback, "link", loopback), act: "link", want: all,
		},
		{
			name: "link from another port", section: "5.2: the port is no part of the site",
			start: address(otherPort, "link", loopback), act: "link", want: all,
		},
		{
			name: "POST from another port", section: "5.2",
			start: address(otherPort, "link", loopback), act: "post", want: all,
		},
		{
			name: "link from another site", section: "5.6.7.1: Lax goes with a safe top-level navigation, Strict does not",
			start: address(localhost, "link", loopback), act: "link", want: "none=1; lax=1; plain=1",
			reasons: map[string]string{"strict": "SameSite=Strict on a cross-site GET from http://localhost to http://127.0.0.1"},
		},
		{
			name: "GET form from another site", section: "5.6.7.1",
			start: address(localhost, "link", loopback), act: "get", want: "none=1; lax=1; plain=1",
			reasons: map[string]string{"strict": "SameSite=Strict on a cross-site GET from http://localhost to http://127.0.0.1"},
		},
		{
			name: "POST from another site", section: "5.8.3: only a safe method is excepted; 5.6.7.2 is not applied",
			start: address(localhost, "link", loopback), act: "post", want: "none=1",
			reasons: map[string]string{
				"strict": "SameSite=Strict on a cross-site POST from http://localhost to http://127.0.0.1",
				"lax":    "SameSite=Lax on a cross-site POST from http://localhost to http://127.0.0.1",
				"plain":  "no SameSite, which means Lax, on a cross-site POST from http://localhost to http://127.0.0.1",
			},
		},
		{
			name: "self-submitting POST from another site", section: "5.8.3",
			start: address(localhost, "auto", loopback), want: "none=1",
			reasons: map[string]string{
				"strict": "SameSite=Strict on a cross-site POST from http://localhost to http://127.0.0.1",
				"lax":    "SameSite=Lax on a cross-site POST from http://localhost to http://127.0.0.1",
				"plain":  "no SameSite, which means Lax, on a cross-site POST from http://localhost to http://127.0.0.1",
			},
		},
		{
			name: "refresh from another site", section: "5.2: the page is the client",
			start: address(localhost, "refresh", loopback), want: "none=1; lax=1; plain=1",
			reasons: map[string]string{"strict": "SameSite=Strict on a cross-site GET from http://localhost to http://127.0.0.1"},
		},
		{
			name: "POST from another site answered with 303", section: "5.6.7.1: the method of the current hop counts",
			start: address(localhost, "link", address(loopback, "go", loopback, "status", "303")), act: "post", want: "none=1; lax=1; plain=1",
			reasons: map[string]string{"strict": "SameSite=Strict on a cross-site GET from http://localhost to http://127.0.0.1"},
		},
		{
			name: "POST from another site answered with 307", section: "5.8.3",
			start: address(localhost, "link", address(loopback, "go", loopback, "status", "307")), act: "post", want: "none=1",
			reasons: map[string]string{
				"strict": "SameSite=Strict on a cross-site POST from http://localhost to http://127.0.0.1",
				"lax":    "SameSite=Lax on a cross-site POST from http://localhost to http://127.0.0.1",
				"plain":  "no SameSite, which means Lax, on a cross-site POST from http://localhost to http://127.0.0.1",
			},
		},
		{
			name: "typed elsewhere and redirected here", section: "5.2 of drafts before 2024: the whole chain has to be same-site",
			start: address(localhost, "go", loopback), want: "none=1; lax=1; plain=1",
			reasons: map[string]string{"strict": "SameSite=Strict on a GET that was redirected through another site, http://localhost"},
		},
		{
			name: "link on the same site, redirected through another", section: "5.2 of drafts before 2024",
			start: address(loopback, "link", address(localhost, "go", loopback)), act: "link", want: "none=1; lax=1; plain=1",
			reasons: map[string]string{"strict": "SameSite=Strict on a GET that was redirected through another site, http://localhost"},
		},
		{
			name: "the same, lenient", section: "5.2 of draft 22: the chain does not count", ignore: true,
			start: address(loopback, "link", address(localhost, "go", loopback)), act: "link", want: all,
		},
		{
			name: "POST on the same site, repeated by 307 through another, lenient", section: "5.2 of draft 22", ignore: true,
			start: address(loopback, "link", address(localhost, "go", loopback, "status", "307")), act: "post", want: all,
		},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			b := newBrowser(t, Config{IgnoreRedirectChain: way.ignore})
			mustOpen(t, b, address(loopback,
				"set", "none=1; SameSite=None; Secure", "set", "strict=1; SameSite=Strict", "set", "lax=1; SameSite=Lax", "set", "plain=1"))
			page := mustOpen(t, b, way.start)
			var err error
			switch way.act {
			case "link":
				page, err = b.Click(t.Context(), page, page.Links()[0].Href)
			case "get", "post":
				page, err = b.Submit(t.Context(), mustForm(t, page, way.act), nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(t, page, "cookies"); got != way.want {
				t.Errorf("%s: the server got %q, want %q", way.section, got, way.want)
			}
			last := page.Hops[len(page.Hops)-1]
			if got := strings.Join(last.CookiesSent, "=1; ") + "=1"; got != way.want {
				t.Errorf("the hop says %q was sent, want %q", got, way.want)
			}
			if len(last.CookiesWithheld) != len(way.reasons) {
				t.Errorf("withheld: %v, want %d", last.CookiesWithheld, len(way.reasons))
			}
			for _, w := range last.CookiesWithheld {
				if w.Reason != way.reasons[w.Name] {
					t.Errorf("cookie %s withheld because %q, want %q", w.Name, w.Reason, way.reasons[w.Name])
				}
			}
		})
	}
}

// RFC 6265bis section 5.6.7.2, where it is asked for: two minutes' grace for
// cookies without SameSite, and for no others. Chrome counts from the time of
// creation, which a cookie set again with the same value keeps.
func TestLaxAllowingUnsafe(t *testing.T) {
	localhost, loopback, _ := twoSites(t)
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	b := newBrowser(t, Config{LaxAllowingUnsafe: true, Clock: clockFunc(func() time.Time { return now })})
	post := func(want string) {
		t.Helper()
		page := mustOpen(t, b, address(localhost, "link", loopback))
		page, err := b.Submit(t.Context(), mustForm(t, page, "post"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := shown(t, page, "cookies"); got != want {
			t.Errorf("after %v: the server got %q, want %q", now.Sub(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)), got, want)
		}
	}
	mustOpen(t, b, address(loopback, "set", "lax=1; SameSite=Lax", "set", "strict=1; SameSite=Strict", "set", "plain=1"))
	post("plain=1")
	now = now.Add(2 * time.Minute)
	post("plain=1")
	mustOpen(t, b, address(loopback, "set", "plain=1"))
	now = now.Add(time.Second)
	post("")
	mustOpen(t, b, address(loopback, "set", "plain=2"))
	post("plain=2")
}

type clockFunc func() time.Time

func (f clockFunc) Now() time.Time { return f() }

// RFC 6265bis section 5.2 and the HTML standard, "Sites": scheme and registrable
// domain make the site.
func TestSite(t *testing.T) {
	tests := []struct {
		a, b string
		same bool
	}{
		{"http://contoso.example/", "http://login.contoso.example:8080/x", true},
		{"http://contoso.example/", "https://contoso.example/", false},
		{"http://a.github.io/", "http://b.github.io/", false}, // a private suffix of the list
		{"https://a.co.uk/", "https://b.co.uk/", false},
		{"http://localhost/", "http://127.0.0.1/", false},
		{"http://localhost:1/", "http://localhost:2/", true},
		{"http://127.0.0.1/", "http://127.0.0.2/", false},
		{"http://[::1]:1/", "http://[::1]:2/", true},
		{"http://idp.localhost/", "http://sp.localhost/", false}, // localhost counts as the suffix
		{"http://localhost/", "http://sp.localhost/", false},
		{"http://Contoso.Example/", "http://contoso.example/", true},
	}
	for _, test := range tests {
		a, errA := resolve(nil, test.a)
		b, errB := resolve(nil, test.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if sameSite(a, b) != test.same || sameSite(b, a) != test.same {
			t.Errorf("%s (%s) and %s (%s): same site = %v, want %v", test.a, site(a), test.b, site(b), !test.same, test.same)
		}
	}
}

// Schemeful same-site: after a link from http to https of one host a Strict
// cookie stays behind.
func TestSchemeIsPartOfTheSite(t *testing.T) {
	transport := internet(t, stageHandler)
	b := newBrowser(t, Config{Transport: transport})
	mustOpen(t, b, address("https://contoso.example/", "set", "s=1; SameSite=Strict; Secure", "set", "l=1; SameSite=Lax; Secure"))
	page := mustOpen(t, b, address("http://contoso.example/", "link", "https://contoso.example/"))
	page, err := b.Click(t.Context(), page, "https://contoso.example/")
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(t, page, "cookies"); got != "l=1" {
		t.Errorf("cookies after http -> https: %q, want only the Lax one", got)
	}
	page, err = b.Submit(t.Context(), mustForm(t, mustOpen(t, b, address("http://contoso.example/", "link", "https://contoso.example/")), "post"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(t, page, "cookies"); got != "" {
		t.Errorf("cookies of a POST http -> https: %q, want none", got)
	}
}
