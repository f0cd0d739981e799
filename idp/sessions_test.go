package idp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
)

// One sign-in serves every application; AuthnInstant is the sign-in's time.
func TestSessionServesASecondApplication(t *testing.T) {
	w := newWire(t)
	blog := w.create(idp.ApplicationConfig{Name: "Blog", Identifiers: []string{"urn:blog"}, ReplyURLs: []string{w.sp.URL + "/blog"}})
	w.assign(blog, w.ana)
	ana := w.person()
	ana.signIn(w.redirect(authnRequest(), ""))
	first, _ := w.response()
	w.clock.Advance(7 * time.Hour)
	for name, target := range map[string]string{
		"SP-initiated": w.redirect(authnRequest(identifier, "urn:blog"), ""), "IdP-initiated": blog.UserAccessURL(), "passive": w.redirect(authnRequest(identifier, "urn:blog", "Version", `IsPassive="true" Version`), ""),
	} {
		w.sp.forget()
		if page := ana.open(target); !atServiceProvider(page) || w.sp.last().URL.Path != "/blog" {
			t.Fatalf("%s: came to %s\n%s", name, page.URL, page.Body)
		}
		xml, _ := w.response()
		if got, _ := attr(t, xml, "//AuthnStatement", "AuthnInstant"); got != "2026-01-05T09:00:00.000Z" {
			t.Errorf("%s: AuthnInstant %s", name, got)
		}
		a, _ := attr(t, first, "//AuthnStatement", "SessionIndex")
		if b, _ := attr(t, xml, "//AuthnStatement", "SessionIndex"); a == b {
			t.Errorf("%s: the second response has the SessionIndex of the first", name)
		}
	}
	if page := w.person().open(blog.UserAccessURL()); !asksForPassword(page) {
		t.Error("another browser is signed in too")
	}
}

// ForceAuthn asks for the password although there is a session
// (learn.microsoft.com, "Single sign-on SAML protocol").
func TestForceAuthn(t *testing.T) {
	w := newWire(t)
	ana := w.person()
	ana.signIn(w.redirect(authnRequest(), ""))
	before := ana.b.Cookies(w.BaseURL())
	w.clock.Advance(time.Hour)
	for _, value := range []string{"false", "0"} {
		if page := ana.open(w.redirect(authnRequest("Version", `ForceAuthn="`+value+`" Version`), "")); !atServiceProvider(page) {
			t.Errorf("ForceAuthn=%s came to %s", value, page.URL)
		}
	}
	// Nobody is asked with IsPassive, and a session is no fresh sign-in.
	both := ana.open(w.redirect(authnRequest("Version", `ForceAuthn="true" IsPassive="true" Version`), ""))
	checkRefused(t, answer{both.Status, both.Header, string(both.Body)}, "AADSTS50058", "A silent sign-in request was sent but no user is signed in.")
	for _, value := range []string{"true", "1"} {
		page := ana.open(w.redirect(authnRequest("Version", `ForceAuthn="`+value+`" Version`), ""))
		if page = ana.enter(page, w.ana.UserPrincipalName, directory.DefaultPassword); !atServiceProvider(page) {
			t.Fatalf("ForceAuthn=%s came to %s", value, page.URL)
		}
		xml, _ := w.response()
		if got, _ := attr(t, xml, "//AuthnStatement", "AuthnInstant"); got != "2026-01-05T10:00:00.000Z" {
			t.Errorf("ForceAuthn=%s: AuthnInstant %s, want that of the second sign-in", value, got)
		}
	}
	after := ana.b.Cookies(w.BaseURL())
	if len(before) != 1 || len(after) != 1 || before[0].Value == after[0].Value {
		t.Fatalf("cookies before %v and after %v: want another session", before, after)
	}
	// The session that was replaced is over.
	if got := w.withCookie(w.MyAppsURL(), before[0].Value); configOf(t, got.body)["pgid"] != "ConvergedSignIn" {
		t.Errorf("the old session goes on:\n%s", got.body)
	}
	if got := w.withCookie(w.MyAppsURL(), after[0].Value); !strings.Contains(got.body, "My Apps") {
		t.Errorf("the new session does not work:\n%s", got.body)
	}
}

// withCookie asks as a browser with this session would.
func (w *wire) withCookie(target, session string) answer {
	w.t.Helper()
	return w.withCookies("ESTSAUTH="+session, target)
}

func (w *wire) withCookies(cookies, target string) answer {
	w.t.Helper()
	sub := *w
	sub.client = &http.Client{Transport: cookieSetter{cookies, w.client.Transport}, CheckRedirect: w.client.CheckRedirect}
	return sub.get(target)
}

type cookieSetter struct {
	cookie string
	base   http.RoundTripper
}

func (c cookieSetter) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Cookie", c.cookie)
	return c.base.RoundTrip(r)
}

// A session ends when it was not used for 24 hours; every use extends it
// (learn.microsoft.com, "Configurable token lifetimes", non-persistent session
// tokens).
func TestSessionExpires(t *testing.T) {
	w := newWire(t)
	ana := w.person()
	ana.signIn(w.redirect(authnRequest(), ""))
	for range 3 {
		w.clock.Advance(24*time.Hour - time.Nanosecond)
		if page := ana.open(w.redirect(authnRequest(), "")); !atServiceProvider(page) {
			t.Fatalf("a session that was used yesterday is over: %s", page.URL)
		}
	}
	w.clock.Advance(24 * time.Hour)
	if page := ana.open(w.redirect(authnRequest(), "")); !asksForPassword(page) {
		t.Errorf("a session that was not used for a day came to %s", page.URL)
	}
}

func TestUnknownSession(t *testing.T) {
	w := newWire(t)
	for _, cookie := range []string{"", "0.made-up", strings.Repeat("x", 10_000)} {
		if got := w.withCookie(w.redirect(authnRequest(), ""), cookie); configOf(t, got.body)["pgid"] != "ConvergedSignIn" {
			t.Errorf("%.20q: status %d\n%s", cookie, got.status, got.body)
		}
	}
}

// A session does not outlive what it stands on: the next use after the user was
// disabled or deleted ends it.
func TestUserChangesDuringASession(t *testing.T) {
	const (
		disabled = "The user account is disabled."
		gone     = "The user account ana@contoso.example does not exist in the Contoso directory. To sign into this application, the account must be added to the directory."
	)
	for _, test := range []struct {
		name          string
		change, undo  func(d *directory.Directory, id string) error
		code, message string
		got           string
	}{
		{"disabled",
			func(d *directory.Directory, id string) error { _, err := d.SetEnabled(id, false); return err },
			func(d *directory.Directory, id string) error { _, err := d.SetEnabled(id, true); return err },
			"AADSTS50057", disabled, "a session of ana@contoso.example, whose account has been disabled since"},
		{"deleted",
			func(d *directory.Directory, id string) error { _, err := d.DeleteUser(id); return err },
			func(d *directory.Directory, id string) error { _, err := d.RestoreUser(id); return err },
			"AADSTS50034", gone, "a session of ana@contoso.example, who has been deleted since"},
	} {
		for where, target := range map[string]func(*wire) string{
			"at an application": func(w *wire) string { return w.redirect(authnRequest(), "") },
			"at My Apps":        func(w *wire) string { return w.MyAppsURL() },
		} {
			t.Run(test.name+" "+where, func(t *testing.T) {
				w := newWire(t)
				ana := w.person()
				ana.signIn(w.redirect(authnRequest(), ""))
				w.sp.forget()
				if err := test.change(w.Directory(), w.ana.ID); err != nil {
					t.Fatal(err)
				}
				page := ana.open(target(w))
				why := checkRefused(t, answer{page.Status, page.Header, string(page.Body)}, test.code, test.message)
				if why.Got != test.got {
					t.Errorf("Got = %q, want %q", why.Got, test.got)
				}
				if w.sp.last() != nil {
					t.Error("the service provider got something")
				}
				if err := test.undo(w.Directory(), w.ana.ID); err != nil {
					t.Fatal(err)
				}
				if page := ana.open(target(w)); !asksForPassword(page) {
					t.Errorf("the session came back with the user: %s", page.URL)
				}
			})
		}
	}
}

// Somebody who was purged has no name left to be told.
func TestUserIsPurgedDuringASession(t *testing.T) {
	w := newWire(t)
	ana := w.person()
	ana.signIn(w.redirect(authnRequest(), ""))
	if _, err := w.Directory().DeleteUser(w.ana.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.Directory().PurgeUser(w.ana.ID); err != nil {
		t.Fatal(err)
	}
	page := ana.open(w.redirect(authnRequest(), ""))
	checkRefused(t, answer{page.Status, page.Header, string(page.Body)}, "AADSTS50034",
		"The user account "+w.ana.ID+" does not exist in the Contoso directory. To sign into this application, the account must be added to the directory.")
}
