package idp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
)

// "Stay signed in?" is asked after the password, and Yes keeps the session over
// the end of the browser for 90 days from each use (learn.microsoft.com, "Web
// browser cookies used in Microsoft Entra authentication", "Configurable token
// lifetimes").
func TestStaySignedIn(t *testing.T) {
	for _, test := range []struct {
		answer     string
		persistent bool
	}{{"1", true}, {"3", false}} {
		w := newWire(t)
		page := w.get(w.redirect(authnRequest(), ""))
		config := configOf(t, page.body)
		asked := w.post(w.BaseURL()+config["urlPost"].(string), credentials(w, config))
		config = configOf(t, asked.body)
		if config["pgid"] != "KmsiInterrupt" || config["urlPost"] != "/kmsi" || config["sErrorCode"] != "50140" || config["sPOST_Username"] != w.ana.UserPrincipalName {
			t.Fatalf("$Config after the password: %v", config)
		}
		if asked.header.Get("Set-Cookie") != "" {
			t.Errorf("a cookie before the answer: %s", asked.header.Get("Set-Cookie"))
		}
		answered := credentials(w, config)
		answered.Set("LoginOptions", test.answer)
		got := w.post(w.BaseURL()+"/kmsi", answered)
		w.posted(got)
		cookies := strings.Join(got.header.Values("Set-Cookie"), "\n")
		if strings.Contains(cookies, "ESTSAUTHPERSISTENT=") != test.persistent || !strings.Contains(cookies, "ESTSAUTH=") {
			t.Errorf("answer %s: cookies\n%s", test.answer, cookies)
		}
		if test.persistent && !strings.Contains(cookies, "Max-Age=7776000") {
			t.Errorf("the cookie that stays has no Max-Age of 90 days:\n%s", cookies)
		}
	}
}

// A browser that was closed comes back with the persistent cookie alone.
func TestClosedBrowserComesBack(t *testing.T) {
	w := newWire(t)
	p := w.person()
	page := p.stay(p.enterOnly(p.open(w.redirect(authnRequest(), ""))), "1")
	if !atServiceProvider(page) {
		t.Fatalf("came to %s", page.URL)
	}
	var persistent string
	for _, c := range p.b.Cookies(w.BaseURL()) {
		if c.Name == "ESTSAUTHPERSISTENT" {
			persistent = c.Value
		}
	}
	for range 3 {
		w.clock.Advance(90*24*time.Hour - time.Second)
		got := w.withCookies("ESTSAUTHPERSISTENT="+persistent, w.redirect(authnRequest(), ""))
		w.posted(got)
		if !strings.Contains(got.header.Get("Set-Cookie"), "ESTSAUTHPERSISTENT="+persistent) {
			t.Errorf("a use does not extend the cookie: %s", got.header.Get("Set-Cookie"))
		}
	}
	w.clock.Advance(90 * 24 * time.Hour)
	if got := w.withCookies("ESTSAUTHPERSISTENT="+persistent, w.redirect(authnRequest(), "")); configOf(t, got.body)["pgid"] != "ConvergedSignIn" {
		t.Error("the session outlives 90 days without use")
	}
	if got := w.withCookies("ESTSAUTH="+persistent, w.MyAppsURL()); configOf(t, got.body)["pgid"] != "ConvergedSignIn" {
		t.Error("one cookie serves as the other")
	}
}

// An account that was not to stay ends with the browser, beside one that stays.
func TestOnlyAccountsThatStayComeBack(t *testing.T) {
	w := newWire(t)
	b, ben := twoAccounts(w)
	page := b.open(w.redirect(authnRequest("Version", `ForceAuthn="true" Version`), "") + "&login_hint=" + ben.UserPrincipalName)
	form, ok := page.Form("signin")
	if !ok {
		t.Fatalf("no sign-in form:\n%s", page.Text())
	}
	asked, err := b.b.Submit(t.Context(), form, map[string]string{"loginfmt": ben.UserPrincipalName, "passwd": ben.Password})
	if err != nil {
		t.Fatal(err)
	}
	b.stay(asked, "1")
	for _, c := range b.b.Cookies(w.BaseURL()) {
		if c.Name != "ESTSAUTHPERSISTENT" {
			continue
		}
		w.posted(w.withCookies("ESTSAUTHPERSISTENT="+c.Value, w.redirect(authnRequest(), "")))
		w.sp.forget()
		if page := b.open(w.redirect(authnRequest(), "")); !atServiceProvider(page) {
			t.Errorf("after the browser was closed Ana is still there: %s", page.Text())
		}
		return
	}
	t.Error("no persistent cookie")
}

// A tenant's branding can leave the question out (learn.microsoft.com, "Manage
// the 'Stay signed in?' prompt").
func TestStaySignedInIsNotAsked(t *testing.T) {
	w := newWire(t)
	w.Choose(func(c *idp.Choices) { c.HideStaySignedIn = true })
	p := w.person()
	if page := p.enterOnly(p.open(w.redirect(authnRequest(), ""))); !atServiceProvider(page) {
		t.Errorf("came to %s:\n%s", page.URL, page.Text())
	}
}
