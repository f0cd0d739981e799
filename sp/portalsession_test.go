package sp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/web"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// wantNoSession checks that the portal sends the browser to the identity
// provider.
func (w *world) wantNoSession(when string) {
	w.t.Helper()
	if p := w.get(w.center.PortalURL()); p.status != http.StatusFound || !strings.HasPrefix(p.header.Get("Location"), entraSSO) {
		w.t.Errorf("%s: status %d, Location %q; want to be sent to sign in", when, p.status, p.header.Get("Location"))
	}
}

// TestPortalSessionEnds: after eight hours by default (user guide, "Configure
// the session duration"), or when the identity provider says so if that is
// earlier ("Prerequisites and considerations"). SessionNotOnOrAfter cannot make
// it longer.
func TestPortalSessionEnds(t *testing.T) {
	for _, test := range []struct {
		name                string
		configured          time.Duration
		sessionNotOnOrAfter time.Duration // after now; zero: not sent
		want                time.Duration
	}{
		{"by default", 0, 0, 8 * time.Hour},
		{"as configured", 90 * 24 * time.Hour, 0, 90 * 24 * time.Hour},
		{"shortest", 15 * time.Minute, 0, 15 * time.Minute},
		{"SessionNotOnOrAfter is earlier", 0, 20 * time.Minute, 20 * time.Minute},
		{"SessionNotOnOrAfter is later", 0, 24 * time.Hour, 8 * time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, func(c *sp.Config) { c.SessionDuration = test.configured })
			end := ""
			if test.sessionNotOnOrAfter != 0 {
				end = saml.FormatTime(start.Add(test.sessionNotOnOrAfter))
			}
			w.wantPortal(w.signIn(ana, set("Assertion/AuthnStatement", "SessionNotOnOrAfter", end)), ana)
			w.clock.Advance(test.want - time.Second)
			w.wantPortal(w.get(w.center.PortalURL()), ana) // and looking at it does not prolong it
			w.clock.Advance(time.Second)
			w.wantNoSession("after " + test.want.String())
		})
	}
}

// TestEarliestSessionNotOnOrAfterCounts: an assertion may hold more than one
// AuthnStatement (saml-profiles-2.0-os, section 4.1.4.2).
func TestEarliestSessionNotOnOrAfterCounts(t *testing.T) {
	for _, minutes := range [][]time.Duration{{20, 40}, {40, 20}} {
		w := newWorld(t)
		w.wantPortal(w.signIn(ana, func(r *etree.Element) {
			first := at(r, "Assertion/AuthnStatement")
			second := first.Copy()
			first.CreateAttr("SessionNotOnOrAfter", saml.FormatTime(start.Add(minutes[0]*time.Minute)))
			second.CreateAttr("SessionNotOnOrAfter", saml.FormatTime(start.Add(minutes[1]*time.Minute)))
			at(r, "Assertion").AddChild(second)
		}), ana)
		w.clock.Advance(20*time.Minute - time.Second)
		w.wantPortal(w.get(w.center.PortalURL()), ana)
		w.clock.Advance(time.Second)
		w.wantNoSession("at the earlier time")
	}
}

// TestSessionThatIsOverAlready: SessionNotOnOrAfter has no skew, since no
// session could come of it.
func TestSessionThatIsOverAlready(t *testing.T) {
	w := newWorld(t)
	now := saml.FormatTime(start)
	w.wantRefused(w.signIn(ana, set("Assertion/AuthnStatement", "SessionNotOnOrAfter", now)),
		refusal.Refusal{Code: "Expired", Message: notYou, Got: now, Where: "/Response/Assertion/AuthnStatement/@SessionNotOnOrAfter", Fix: refusal.Entra})
}

// TestDisabledOrDeletedUserCannotSignIn: user guide, "Authentication": at once.
func TestDisabledOrDeletedUserCannotSignIn(t *testing.T) {
	w := newWorld(t)
	disable(w)
	w.wantRefused(w.signIn(ana), refusal.Refusal{Code: "UserDisabled", Message: unexpected, Got: ana + " with active=false", Where: "Users", Fix: refusal.Entra})
	if _, err := w.center.DeleteUser(ana); err != nil {
		t.Fatal(err)
	}
	w.wantRefused(w.signIn(ana), refusal.Refusal{Code: "UserNotFound", Message: noUser, Got: ana, Where: nameIDPath, Fix: refusal.Entra})
}

func disable(w *world) {
	w.t.Helper()
	if _, err := w.center.UpdateUser(ana, func(u *identitystore.User) error { u.Active = false; return nil }); err != nil {
		w.t.Fatal(err)
	}
}

// TestSessionOfADisabledOrDeletedUserEnds: the user guide gives an hour at
// most.
func TestSessionOfADisabledOrDeletedUserEnds(t *testing.T) {
	for name, end := range map[string]struct {
		do  func(w *world)
		got string
	}{
		"disabled": {disable, ana + " with active=false"},
		"deleted": {func(w *world) {
			if _, err := w.center.DeleteUser(ana); err != nil {
				w.t.Fatal(err)
			}
		}, "a deleted user"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.wantPortal(w.signIn(ana), ana)
			end.do(w)
			p := w.get(w.center.PortalURL())
			why, ok := script[refusal.Refusal](t, p, web.RefusalID)
			if p.status != http.StatusBadRequest || !ok || why.Code != "UserDisabled" || why.Message != "Session token not found or invalid" || why.Got != end.got {
				t.Errorf("status %d, %+v", p.status, why)
			}
			if cookie := p.header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "x-amz-sso_authn=; ") || !strings.Contains(cookie, "Max-Age=0") {
				t.Errorf("cookie %q, want it removed", cookie)
			}
			w.wantNoSession("afterwards")
		})
	}
}

// TestSignOutEndsThePortalSessionOnly: there is no single logout; the metadata
// offers none.
func TestSignOutEndsThePortalSessionOnly(t *testing.T) {
	w := newWorld(t)
	w.wantPortal(w.signIn(ana), ana)
	portal, err := url.Parse(w.center.PortalURL())
	if err != nil {
		t.Fatal(err)
	}
	kept := w.client.Jar.Cookies(portal)
	p := w.get(w.center.PortalURL() + "/signout")
	if p.status != http.StatusOK || !strings.Contains(p.body, "You have signed out of the AWS access portal") {
		t.Errorf("status %d\n%s", p.status, p.body)
	}
	if p.header.Get("Location") != "" {
		t.Error("the browser is sent on; the session at the identity provider is not ours to end")
	}
	if e := w.lastEvent(); e.EventName != "Logout" || e.UserIdentity.OnBehalfOf == nil || e.UserIdentity.OnBehalfOf.UserID != w.ana.ID {
		t.Errorf("last event %+v, want Logout by Ana", e)
	}
	w.wantNoSession("after signing out")
	w.client.Jar.SetCookies(portal, kept)
	w.wantNoSession("with the old cookie")

	before := len(w.center.Events())
	w.freshBrowser()
	if p := w.get(w.center.PortalURL() + "/signout"); p.status != http.StatusOK || len(w.center.Events()) != before {
		t.Errorf("signing out without a session: status %d, %d events more", p.status, len(w.center.Events())-before)
	}
}

// TestStolenCookieOfAnotherInstanceIsWorthless, and a made-up one too.
func TestStolenCookieOfAnotherInstanceIsWorthless(t *testing.T) {
	one, other := newWorld(t), newWorld(t)
	one.wantPortal(one.signIn(ana), ana)
	other.client = one.client // cookies do not tell ports apart
	other.wantNoSession("with the cookie of the first instance")
}

// TestCookieIsSecureOverHTTPS: behind a proxy that ends TLS the base URL tells.
func TestCookieIsSecureOverHTTPS(t *testing.T) {
	w := newWorld(t)
	const public = "https://sso.contoso.example"
	local := w.center.BaseURL()
	if err := w.center.SetBaseURL(public); err != nil {
		t.Fatal(err)
	}
	acs := local + strings.TrimPrefix(w.center.ACSURL(), public)
	location := w.postForm(acs, samlResponse(w.entra.signed(w.center, ana, ""))).header.Get("Location")
	rest, ok := strings.CutPrefix(location, public)
	if !ok {
		t.Fatalf("Location %q does not follow the base URL", location)
	}
	if cookie := w.get(local + rest).header.Get("Set-Cookie"); !strings.Contains(cookie, "; Secure; SameSite=Lax") {
		t.Errorf("cookie %q", cookie)
	}
}
