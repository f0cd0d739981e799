package idp_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/browser"
)

// The page that carries the response to the service provider. Command-line tools
// look for its first bytes and for the name of its form (Versent/saml2aws,
// pkg/provider/aad).
func TestPageThatPostsItself(t *testing.T) {
	w := newWire(t)
	page := w.signInByForm(w.get(w.redirect(authnRequest(), "back to page 7")))
	if page.status != http.StatusOK || page.header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(page.header.Get("Cache-Control"), "no-store") {
		t.Errorf("status %d, headers %v", page.status, page.header)
	}
	response := responseField.FindStringSubmatch(page.body)
	if response == nil {
		t.Fatalf("no response:\n%s", page.body)
	}
	want := `<html><head><title>Working...</title></head><body><form method="POST" name="hiddenform" action="` + w.sp.acs() + `">` +
		`<input type="hidden" name="SAMLResponse" value="` + response[1] + `" />` +
		`<input type="hidden" name="RelayState" value="back to page 7" />` +
		`<noscript><p>Script is disabled. Click Submit to continue.</p><input type="submit" value="Submit" /></noscript></form>` +
		`<script language="javascript">document.forms[0].submit();</script></body></html>`
	if page.body != want {
		t.Errorf("page\n%s\nwant\n%s", page.body, want)
	}
	if !regexp.MustCompile(`^[A-Za-z0-9+/]+=*$`).MatchString(response[1]) {
		t.Errorf("SAMLResponse is not base64 without line breaks")
	}
	if page := w.signInByForm(w.get(w.redirect(authnRequest(), ""))); strings.Contains(page.body, "RelayState") {
		t.Errorf("a RelayState that nobody sent:\n%s", page.body)
	}
}

// RelayState comes back byte for byte, whatever it holds
// (saml-bindings-2.0-os, section 3.5.3: the responder must return the exact
// data that it got).
func TestRelayStateComesBackUnchanged(t *testing.T) {
	w := newWire(t)
	ana := w.person()
	ana.signIn(w.MyAppsURL())
	b := browser.New(browser.Config{Clock: w.clock, Hold: func(*browser.Form) bool { return true }})
	t.Cleanup(b.Close)
	held := person{w, b} // stays on pages that would post themselves
	held.signIn(w.MyAppsURL())
	for _, state := range []string{
		"x", "https://wiki.example/page?a=1&b=%20#c", `"><script>alert(1)</script>`, `' onmouseover='alert(1)`, "&quot;&amp;&#34;", "a+b c%2Bd%25",
		"\n", "\r", "\r\n", "a\nb\r\nc\rd", "\t tab and spaces  ", "áé–€\u2028\U0001F600", "javascript:alert(1)", "//evil.example", strings.Repeat("long ", 5_000),
	} {
		form, ok := held.open(w.redirect(authnRequest(), state)).Form("hiddenform")
		if !ok {
			t.Fatalf("%.60q: no form with the response", state)
		}
		if got, _ := form.Value("RelayState"); got != state {
			t.Errorf("Redirect: %.60q came back as %.60q", state, got)
		}
		// A service provider's page posts the request, and gets the response.
		w.sp.forget()
		if page := ana.open(w.formAt(authnRequest(), state)); !atServiceProvider(page) {
			t.Fatalf("%.60q: the browser came to %s\n%s", state, page.URL, page.Body)
		}
		want := strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(state) // so browsers send line breaks
		if _, form := w.response(); form.Get("RelayState") != want {
			t.Errorf("POST: %.60q came back as %.60q", want, form.Get("RelayState"))
		}
	}
}

// The application's own RelayState goes with responses that nobody asked for.
func TestRelayStateOfTheApplication(t *testing.T) {
	w := newWire(t)
	const state = `https://wiki.example/?q="a"&b=1`
	app := w.create(idp.ApplicationConfig{Name: "Wiki 2", Identifiers: []string{"urn:wiki:2"}, ReplyURLs: []string{w.sp.acs()}, RelayState: state})
	w.assign(app, w.ana)
	ana := w.person()
	ana.signIn(app.UserAccessURL())
	if _, form := w.response(); form.Get("RelayState") != state {
		t.Errorf("IdP-initiated: RelayState %q", form.Get("RelayState"))
	}
	ana.open(w.redirect(authnRequest(identifier, "urn:wiki:2"), ""))
	if _, form := w.response(); form.Has("RelayState") {
		t.Errorf("SP-initiated: RelayState %q, want none", form.Get("RelayState"))
	}
}

// An ACS URL may hold what HTML must escape.
func TestReplyURLIsEscaped(t *testing.T) {
	w := newWire(t)
	acs := w.sp.URL + `/acs?a=1&b="><script>`
	app := w.create(idp.ApplicationConfig{Name: "Wiki 2", Identifiers: []string{"urn:wiki:2"}, ReplyURLs: []string{acs}})
	w.assign(app, w.ana)
	page := w.signInByForm(w.get(w.redirect(authnRequest(identifier, "urn:wiki:2"), "")))
	if !strings.Contains(page.body, ` action="`+html.EscapeString(acs)+`">`) {
		t.Errorf("page:\n%s", page.body)
	}
	w.person().signIn(app.UserAccessURL())
	if got := w.sp.last(); got.Method != http.MethodPost || got.URL.Path != "/acs" || got.URL.Query().Get("a") != "1" {
		t.Errorf("posted to %s", got.URL)
	}
}
