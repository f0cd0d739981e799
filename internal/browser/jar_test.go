package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/clock"
)

// One Set-Cookie header from one address, and what a later request to another
// address carries. Sections are those of RFC 6265bis draft 22. All requests are
// typed, so SameSite keeps nothing back.
func TestCookieRules(t *testing.T) {
	const (
		plain  = "http://app.contoso.example/"
		secure = "https://app.contoso.example/"
	)
	tests := []struct {
		name     string
		section  string
		at       string // who sets it
		line     string
		to       string // who is asked next
		want     string // the Cookie header there
		rejected string // the reason why it was not stored
		withheld string // the reason why it was not sent
	}{
		{"plain", "5.7", plain, "a=1", plain, "a=1", "", ""},
		{"to another port", "1: cookies do not isolate by port", plain, "a=1", "http://app.contoso.example:80/", "a=1", "", ""},

		{"host-only to a subdomain", "5.7 step 7: host-only-flag", "http://contoso.example/", "a=1", plain, "",
			"", "it was set without Domain, so only for contoso.example"},
		{"Domain to a subdomain", "5.1.3", "http://contoso.example/", "a=1; Domain=contoso.example", plain, "a=1", "", ""},
		{"Domain with a leading dot", "5.6.3", plain, "a=1; Domain=.Contoso.Example", "http://other.contoso.example/", "a=1", "", ""},
		{"Domain of a sibling", "5.7: the host has to match the domain", plain, "a=1; Domain=other.contoso.example", "http://other.contoso.example/", "",
			"Domain=other.contoso.example does not cover the host app.contoso.example", ""},
		{"Domain of a subdomain", "5.7", "http://contoso.example/", "a=1; Domain=app.contoso.example", plain, "",
			"Domain=app.contoso.example does not cover the host contoso.example", ""},
		{"Domain that is a suffix of the name only", "5.1.3", "http://evilcontoso.example/", "a=1; Domain=contoso.example", plain, "",
			"Domain=contoso.example does not cover the host evilcontoso.example", ""},
		{"Domain that is a public suffix", "5.7 step 9", plain, "a=1; Domain=example", plain, "", "Domain=example is a public suffix", ""},
		{"Domain that is a private suffix", "5.7 step 9", "http://me.github.io/", "a=1; Domain=github.io", "http://you.github.io/", "",
			"Domain=github.io is a public suffix", ""},
		{"empty Domain", "5.6.3", plain, "a=1; Domain=", plain, "a=1", "", ""},
		{"Domain of an IP address", "5.1.3: an address matches only itself", "http://127.0.0.1/", "a=1; Domain=127.0.0.1", "http://127.0.0.1/", "a=1", "", ""},
		{"part of an IP address", "5.1.3", "http://127.0.0.1/", "a=1; Domain=0.0.1", "http://127.0.0.1/", "",
			"Domain=0.0.1 does not cover the host 127.0.0.1", ""},
		{"Domain=localhost at localhost", "5.7 step 9: a suffix that is the host itself makes it host-only", "http://localhost/", "a=1; Domain=localhost", "http://localhost/", "a=1", "", ""},
		{"Domain=localhost below localhost", "5.7 step 9", "http://sp.localhost/", "a=1; Domain=localhost", "http://sp.localhost/", "", "Domain=localhost is a public suffix", ""},

		{"default path", "5.1.4", plain + "saml/acs", "a=1", plain + "saml/other", "a=1", "", ""},
		{"default path elsewhere", "5.1.4", plain + "saml/acs", "a=1", plain + "start", "", "", "Path=/saml does not cover /start"},
		{"Path covers below", "5.1.4", plain, "a=1; Path=/saml", plain + "saml/acs", "a=1", "", ""},
		{"Path matches whole segments", "5.1.4", plain, "a=1; Path=/saml", plain + "saml2", "", "", "Path=/saml does not cover /saml2"},
		{"Path with a slash at its end", "5.1.4", plain, "a=1; Path=/saml/", plain + "saml", "", "", "Path=/saml/ does not cover /saml"},
		{"Path is compared as written", "5.1.4", plain, "a=1; Path=/SAML", plain + "saml", "", "", "Path=/SAML does not cover /saml"},
		{"Path that is not one", "5.6.4", plain + "saml/acs", "a=1; Path=saml", plain + "saml/x", "a=1", "", ""},

		{"Secure over https", "5.7", secure, "a=1; Secure", secure, "a=1", "", ""},
		{"Secure over http", "5.7: only a secure connection may set it", plain, "a=1; Secure", secure, "", "Secure over plain http", ""},
		{"Secure sent over http", "5.8.3", secure, "a=1; Secure", plain, "", "", "Secure over plain http"},
		{"Secure at localhost", "5.7, 5.8.3: what is secure is the browser's to say", "http://localhost/", "a=1; Secure", "http://localhost/", "a=1", "", ""},
		{"Secure at 127.0.0.1", "5.8.3", "http://127.0.0.1/", "a=1; Secure", "http://127.0.0.1/", "a=1", "", ""},
		{"Secure at 127.1.2.3", "5.8.3", "http://127.1.2.3/", "a=1; Secure", "http://127.1.2.3/", "a=1", "", ""},
		{"Secure at [::1]", "5.8.3", "http://[::1]/", "a=1; Secure", "http://[::1]/", "a=1", "", ""},
		{"Secure at another address", "5.8.3", "http://192.0.2.1/", "a=1; Secure", "http://192.0.2.1/", "", "Secure over plain http", ""},

		{"SameSite=None without Secure", "5.7", secure, "a=1; SameSite=None", secure, "", "SameSite=None without Secure", ""},
		{"SameSite=None at localhost", "5.7: localhost or not, it needs Secure", "http://localhost/", "a=1; SameSite=None", "http://localhost/", "", "SameSite=None without Secure", ""},
		{"SameSite=none; secure", "5.6.7: without regard to case", secure, "a=1; samesite=none; secure", secure, "a=1", "", ""},
		{"unknown SameSite", "5.6.7: as if it were not there", plain, "a=1; SameSite=Whatever", plain, "a=1", "", ""},

		{"__Secure-", "5.4", secure, "__Secure-a=1; Secure", secure, "__Secure-a=1", "", ""},
		{"__Secure- without Secure", "5.4", secure, "__Secure-a=1", secure, "", "the prefix __Secure- without Secure", ""},
		{"__secure- in lower case", "5.4: without regard to case", secure, "__secure-a=1", secure, "", "the prefix __Secure- without Secure", ""},
		{"__Host-", "5.4", secure, "__Host-a=1; Secure; Path=/", secure, "__Host-a=1", "", ""},
		{"__Host- at localhost", "5.4; Chrome counts localhost as secure here too", "http://localhost/", "__Host-a=1; Secure; Path=/", "http://localhost/", "__Host-a=1", "", ""},
		{"__Host- without Secure", "5.4", secure, "__Host-a=1; Path=/", secure, "", "the prefix __Host- without Secure", ""},
		{"__Host- with Domain", "5.4", secure, "__Host-a=1; Secure; Path=/; Domain=contoso.example", secure, "", "the prefix __Host- with a Domain", ""},
		{"__Host- without Path", "5.4", secure, "__Host-a=1; Secure", secure, "", "the prefix __Host- without Path=/", ""},
		{"__Host- with another Path", "5.4", secure, "__Host-a=1; Secure; Path=/a", secure + "a", "", "the prefix __Host- without Path=/", ""},
		{"__Host- in a nameless cookie", "5.7", secure, "=__Host-a=1; Secure; Path=/", secure, "", "it has no name and its value begins like a name prefix", ""},

		{"HttpOnly", "5.8.3: HTTP is what the attribute allows", plain, "a=1; HttpOnly", plain, "a=1", "", ""},
		{"value with equals signs and quotes", "5.6", plain, `a="x=y="`, plain, `a="x=y="`, "", ""},
		{"spaces around", "5.6", plain, " a = 1 ; Path = / ", plain + "x", "a=1", "", ""},
		{"no name", "5.6", plain, "token", plain, "token", "", ""},
		{"neither name nor value", "5.7", plain, "=", plain, "", "it has neither name nor value", ""},
		{"too long", "5.6", plain, "a=" + strings.Repeat("x", 4096), plain, "", "name and value are longer than 4096 octets", ""},
		{"just not too long", "5.6", plain, "a=" + strings.Repeat("x", 4095), plain, "a=" + strings.Repeat("x", 4095), "", ""},
		{"attribute too long is ignored", "5.6", plain, "a=1; Path=/" + strings.Repeat("x", 1024), plain, "a=1", "", ""},
		{"the last attribute of a name counts", "5.7", plain, "a=1; Path=/x; Path=/y", plain + "y", "a=1", "", ""},
	}
	transport := internet(t, stageHandler)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBrowser(t, Config{Transport: transport})
			hop := mustOpen(t, b, address(test.at, "set", test.line)).Hops[0]
			reason := ""
			if len(hop.CookiesRejected) > 0 {
				reason = hop.CookiesRejected[0].Reason
			}
			if reason != test.rejected || (len(hop.CookiesSet) == 1) != (reason == "") {
				t.Errorf("section %s: rejected %q, want %q; set %q", test.section, reason, test.rejected, hop.CookiesSet)
			}
			page := mustOpen(t, b, test.to)
			if got := shown(t, page, "cookies"); got != test.want {
				t.Errorf("section %s: %s got %q, want %q", test.section, test.to, got, test.want)
			}
			reason = ""
			if w := page.Hops[0].CookiesWithheld; len(w) > 0 {
				reason = w[0].Reason
			}
			if reason != test.withheld {
				t.Errorf("section %s: withheld because %q, want %q", test.section, reason, test.withheld)
			}
		})
	}
}

// RFC 6265bis sections 5.6.1, 5.6.2 and 5.5, by the virtual clock.
func TestCookieExpiry(t *testing.T) {
	tests := []struct {
		name, attributes string
		lives, dead      time.Duration // it is there after lives and gone after dead; 0 for never
	}{
		{"session", "", 1000 * 24 * time.Hour, 0},
		{"Max-Age", "; Max-Age=60", 59 * time.Second, 60 * time.Second},
		{"Expires", "; Expires=Mon, 05 Jan 2026 09:10:00 GMT", 599 * time.Second, 600 * time.Second},
		{"Expires of old servers", "; Expires=Mon, 05-Jan-26 09:10:00 GMT", 599 * time.Second, 600 * time.Second},
		{"Expires as asctime", "; Expires=Mon Jan  5 09:10:00 2026", 599 * time.Second, 600 * time.Second},
		{"Max-Age wins", "; Max-Age=60; Expires=Mon, 05 Jan 2026 10:00:00 GMT", 59 * time.Second, 60 * time.Second},
		{"Max-Age wins from behind", "; Expires=Mon, 05 Jan 2026 10:00:00 GMT; Max-Age=60", 59 * time.Second, 60 * time.Second},
		{"Expires that is no date", "; Expires=tomorrow", 1000 * 24 * time.Hour, 0},
		{"30 February", "; Expires=Mon, 30 Feb 2026 09:10:00 GMT", 1000 * 24 * time.Hour, 0},
		{"Max-Age that is no number", "; Max-Age=1h", 1000 * 24 * time.Hour, 0},
		{"at most 400 days", "; Max-Age=99999999999999999999", 400*24*time.Hour - time.Second, 400 * 24 * time.Hour},
		{"at most 400 days by date", "; Expires=Fri, 31 Dec 9999 23:59:59 GMT", 400*24*time.Hour - time.Second, 400 * 24 * time.Hour},
	}
	_, loopback, _ := twoSites(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := clock.Frozen(start)
			b := newBrowser(t, Config{Clock: c})
			mustOpen(t, b, address(loopback, "set", "a=1"+test.attributes))
			c.Advance(test.lives)
			if got := shown(t, mustOpen(t, b, loopback), "cookies"); got != "a=1" {
				t.Fatalf("after %v: cookies %q, want a=1", test.lives, got)
			}
			if test.dead == 0 {
				return
			}
			c.Advance(test.dead - test.lives)
			page := mustOpen(t, b, loopback)
			if got := shown(t, page, "cookies"); got != "" {
				t.Errorf("after %v: cookies %q, want none", test.dead, got)
			}
			want := []Withheld{{"a", "it expired at " + start.Add(test.dead).Format(time.RFC3339)}}
			if diff := cmp.Diff(want, page.Hops[0].CookiesWithheld); diff != "" {
				t.Errorf("withheld (-want +got):\n%s", diff)
			}
		})
	}
}

func TestServerDeletesCookie(t *testing.T) {
	_, loopback, _ := twoSites(t)
	for _, attributes := range []string{"; Max-Age=0", "; Max-Age=-1", "; Expires=Thu, 01 Jan 1970 00:00:00 GMT"} {
		b := newBrowser(t, Config{})
		mustOpen(t, b, address(loopback, "set", "a=1", "set", "b=1"))
		hop := mustOpen(t, b, address(loopback, "set", "a="+attributes)).Hops[0]
		if diff := cmp.Diff([]string{"a"}, hop.CookiesDeleted); diff != "" {
			t.Errorf("%s: deleted (-want +got):\n%s", attributes, diff)
		}
		if got := shown(t, mustOpen(t, b, loopback), "cookies"); got != "b=1" {
			t.Errorf("after a%s: cookies %q, want b=1", attributes, got)
		}
	}
}

// RFC 6265bis section 5.8.3 step 2: longer paths first, among equals the older;
// a cookie that is set anew keeps its place.
func TestCookieOrder(t *testing.T) {
	_, loopback, _ := twoSites(t)
	b := newBrowser(t, Config{})
	mustOpen(t, b, address(loopback, "set", "old=1; Path=/", "set", "new=1; Path=/", "set", "long=1; Path=/saml"))
	mustOpen(t, b, address(loopback, "set", "old=2; Path=/"))
	if got, want := shown(t, mustOpen(t, b, loopback+"saml"), "cookies"), "long=1; old=2; new=1"; got != want {
		t.Errorf("cookies %q, want %q", got, want)
	}
}

// RFC 6265bis section 5.7, "leave secure cookies alone".
func TestPlainHTTPDoesNotCoverSecureCookie(t *testing.T) {
	b := newBrowser(t, Config{Transport: internet(t, stageHandler)})
	mustOpen(t, b, address("https://app.contoso.example/", "set", "a=secure; Secure; Domain=contoso.example"))
	hop := mustOpen(t, b, address("http://app.contoso.example/", "set", "a=plain", "set", "b=plain")).Hops[0]
	want := []Rejected{{"a", "a Secure cookie of the same name exists and plain http may not cover it"}}
	if diff := cmp.Diff(want, hop.CookiesRejected); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
	if got := shown(t, mustOpen(t, b, "https://app.contoso.example/"), "cookies"); got != "a=secure; b=plain" {
		t.Errorf("cookies %q, want the secure one untouched", got)
	}
}

// A response to a cross-site POST may set Strict and Lax cookies: it is a
// top-level navigation (RFC 6265bis section 5.7).
func TestCrossSitePostMaySetCookies(t *testing.T) {
	localhost, loopback, _ := twoSites(t)
	b := newBrowser(t, Config{})
	page := mustOpen(t, b, address(localhost, "auto", address(loopback, "set", "s=1; SameSite=Strict", "set", "l=1; SameSite=Lax")))
	if diff := cmp.Diff([]string{"s", "l"}, page.Hops[1].CookiesSet); diff != "" {
		t.Errorf("set (-want +got):\n%s", diff)
	}
}

// Control characters make the whole header void (RFC 6265bis section 5.6); Go's
// own server does not send them, so the header is read directly.
func TestControlCharactersInSetCookie(t *testing.T) {
	for _, line := range []string{"a=1\x00", "a=1; Path=/\x07", "a\x7f=1", "a=1\r"} {
		if _, reason := parseSetCookie(line, start); reason != "it contains a control character" {
			t.Errorf("%q: reason %q", line, reason)
		}
	}
	if c, reason := parseSetCookie("a=1\t; Path=/", start); reason != "" || c.value != "1" {
		t.Errorf("a tab: %+v, %q; want it accepted", c, reason)
	}
}

func TestCookieDate(t *testing.T) {
	want := time.Date(2026, 6, 9, 10, 18, 14, 0, time.UTC)
	for _, good := range []string{
		"Tue, 09 Jun 2026 10:18:14 GMT", "Tuesday, 09-Jun-26 10:18:14 GMT", "Tue Jun  9 10:18:14 2026", "9 june 2026 10:18:14",
		"10:18:14 2026 jun 9", "Tue, 09 Jun 2026 10:18:14 +0200", "9/jun/26/10:18:14",
	} {
		if got, ok := parseCookieDate(good); !ok || !got.Equal(want) {
			t.Errorf("parseCookieDate(%q) = %v, %v; want %v", good, got, ok, want)
		}
	}
	for _, bad := range []string{"", "Tue", "09 Jun 2026", "09 Jun 2026 24:00:00", "09 Jun 2026 10:60:00", "32 Jun 2026 10:18:14", "09 Jun 1600 10:18:14", "09 Jun 20260 10:18:14", "09 Jun 2026 10:18"} {
		if got, ok := parseCookieDate(bad); ok {
			t.Errorf("parseCookieDate(%q) = %v, want no date", bad, got)
		}
	}
	if got, _ := parseCookieDate("01 Jan 70 00:00:00"); got.Year() != 1970 {
		t.Errorf("year 70 became %d, want 1970 (section 5.1.1)", got.Year())
	}
}

// The jar stays within Chrome's bound of 180 cookies a domain; those without
// Secure go first, then those used least recently.
func TestJarIsBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "precious=1; Secure")
		for i := range 300 {
			w.Header().Add("Set-Cookie", fmt.Sprintf("c%d=1", i))
		}
	}))
	defer server.Close()
	b := newBrowser(t, Config{})
	mustOpen(t, b, server.URL)
	cookies := b.Cookies("")
	if len(cookies) != maxCookiesPerDomain {
		t.Errorf("the jar holds %d cookies, want %d", len(cookies), maxCookiesPerDomain)
	}
	if cookies[0].Name != "precious" || cookies[len(cookies)-1].Name != "c299" {
		t.Errorf("kept %s … %s, want precious … c299", cookies[0].Name, cookies[len(cookies)-1].Name)
	}
}

func TestCookiesAndClear(t *testing.T) {
	localhost, loopback, _ := twoSites(t)
	b := newBrowser(t, Config{})
	mustOpen(t, b, address(loopback, "set", "a=1; Max-Age=60; HttpOnly; SameSite=Strict; Secure", "set", "b=2; Path=/deep"))
	mustOpen(t, b, address(localhost, "set", "c=3"))
	want := []Cookie{{
		Name: "a", Value: "1", Domain: "127.0.0.1", Path: "/", HostOnly: true, Secure: true, HTTPOnly: true,
		SameSite: SameSiteStrict, Expires: start.Add(time.Minute),
	}}
	if diff := cmp.Diff(want, b.Cookies(loopback)); diff != "" {
		t.Errorf("Cookies (-want +got):\n%s", diff)
	}
	if got := len(b.Cookies("")); got != 3 {
		t.Errorf("Cookies of every address: %d, want 3", got)
	}
	b.ClearCookies()
	if got := b.Cookies(""); len(got) != 0 {
		t.Errorf("after ClearCookies: %v", got)
	}
	if other := newBrowser(t, Config{}); len(other.Cookies("")) != 0 {
		t.Error("a new browser has cookies")
	}
}
