package idp_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/refusal"
)

// What keeps everybody out, assigned or not: learn.microsoft.com, "Properties of
// an enterprise application" (Enabled for users to sign in), "Error
// AADSTS7000112 - Application is disabled", "User and admin consent in Microsoft
// Entra ID" (AADSTS90094), "Error AADSTS65001". The disabled application's text is
// that of the pages that people report (EvanBasalik/OOFSponder issue 42).
func TestApplicationKeepsEverybodyOut(t *testing.T) {
	for _, test := range []struct {
		name          string
		change        func(*idp.ApplicationConfig)
		code, message string
		where         string
	}{
		{"disabled", func(c *idp.ApplicationConfig) { c.Enabled = new(false) }, "AADSTS7000112", "Application '%s'(Wiki) is disabled.", "Enterprise application > Properties"},
		{"without consent", func(c *idp.ApplicationConfig) { c.Consent = idp.ConsentMissing }, "AADSTS65001", "The user or administrator has not consented to use the application with ID '%s' named 'Wiki'. Send an interactive authorization request for this user and resource.", "Enterprise application > Permissions"},
		{"without an administrator's consent", func(c *idp.ApplicationConfig) { c.Consent = idp.ConsentAdminRequired }, "AADSTS90094", "Wiki needs permission to access resources in your organization that only an admin can grant. Request an admin to grant permission to this app before you can use it.%.0s", "Enterprise application > Permissions"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWire(t)
			if err := w.app.Configure(test.change); err != nil {
				t.Fatal(err)
			}
			for _, target := range []string{w.redirect(authnRequest(), ""), w.app.UserAccessURL()} {
				page := w.person().signIn(target)
				why := checkRefused(t, answer{page.Status, page.Header, string(page.Body)}, test.code, fmt.Sprintf(test.message, w.app.AppID()))
				if why.Where != test.where || why.Fix != refusal.Entra || why.Hint == "" {
					t.Errorf("explained by %+v", why)
				}
				if w.sp.last() != nil {
					t.Error("the service provider got something")
				}
			}
			err := w.app.Configure(func(c *idp.ApplicationConfig) { c.Enabled, c.Consent = new(true), idp.ConsentGranted })
			if err != nil {
				t.Fatal(err)
			}
			if page := w.person().signIn(w.redirect(authnRequest(), "")); !atServiceProvider(page) {
				t.Errorf("after the mistake was mended the browser is at %s", page.URL)
			}
		})
	}
}

// "Visible to users" keeps an application off My Apps, and only that
// (learn.microsoft.com, "Properties of an enterprise application"); the portal
// keeps the setting as the tag HideApp.
func TestInvisibleApplication(t *testing.T) {
	for name, change := range map[string]func(*idp.ApplicationConfig){
		"visible":         func(*idp.ApplicationConfig) {},
		"visible: true":   func(c *idp.ApplicationConfig) { c.Visible = new(true) },
		"visible: false":  func(c *idp.ApplicationConfig) { c.Visible = new(false) },
		"the tag HideApp": func(c *idp.ApplicationConfig) { c.Tags = append(c.Tags, "HideApp") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t)
			if err := w.app.Configure(change); err != nil {
				t.Fatal(err)
			}
			ana := w.person()
			want := map[string]string{}
			if name == "visible" || name == "visible: true" {
				want["Wiki"] = w.app.UserAccessURL()
			}
			if diff := cmp.Diff(want, w.tiles(ana.signIn(w.MyAppsURL()))); diff != "" {
				t.Errorf("tiles (-want +got):\n%s", diff)
			}
			if page := ana.open(w.app.UserAccessURL()); !atServiceProvider(page) {
				t.Errorf("the User access URL leads to %s", page.URL)
			}
		})
	}
}

// Graph: "In SAML SSO and OIDC flows, the default redirect URI gets the token
// when the request names none", IdP-initiated sign-in included; it must be one of
// the registered ones (application resource type, defaultRedirectUri).
func TestDefaultReplyURL(t *testing.T) {
	w := newWire(t)
	second := w.sp.URL + "/second"
	err := w.app.Configure(func(c *idp.ApplicationConfig) {
		c.ReplyURLs = append(c.ReplyURLs, second, "https://*.wiki.example/acs")
		c.DefaultReplyURL = second
	})
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{
		w.redirect(authnRequest(), ""): "/second",
		w.app.UserAccessURL():          "/second",
		w.redirect(authnRequest(`ID="`, `AssertionConsumerServiceURL="`+w.sp.acs()+`" ID="`), ""): "/acs",
	} {
		w.person().signIn(target)
		if got := w.sp.last().URL.Path; got != want {
			t.Errorf("%s posts to %s, want %s", target, got, want)
		}
	}
	for _, wrong := range []string{"https://elsewhere.example/acs", "https://*.wiki.example/acs"} {
		why, ok := refusal.From(w.app.Configure(func(c *idp.ApplicationConfig) { c.DefaultReplyURL = wrong }))
		if !ok || why.Where != "defaultReplyUrl" {
			t.Errorf("the default %s is refused with %v", wrong, why)
		}
	}
	// New metadata brings a default of its own.
	if err := w.app.UploadMetadata(spMetadata(identifier, "https://new.example/acs", "")); err != nil {
		t.Fatal(err)
	}
	if c := w.app.Config(); c.DefaultReplyURL != "" {
		t.Errorf("after an upload the default is %s", c.DefaultReplyURL)
	}
}
