package interop

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
)

// mellon verifies the signature of the LogoutResponse, which the Redirect
// binding carries in the query (saml-bindings-2.0-os, section 3.4.4.1).
func TestMellonSignsOut(t *testing.T) {
	_, app, _ := newWiki(t)
	site := startMellon(t, app, nil)
	v := newVisitor(t)
	private, bye := site.url+"/private/page.html", site.url+"/bye.html"
	expect(t, v.open(private), private, http.StatusOK)

	page := v.open(site.url + "/mellon/logout?ReturnTo=" + url.QueryEscape(bye))
	expect(t, page, bye, http.StatusOK)

	again := v.arrive(v.browser.Open(t.Context(), private))
	if title := again.Title(); title != "Sign in to your account" {
		t.Errorf("after the sign-out the browser came to %q at %s, want to be asked for the password", title, again.URL)
	}
}

// When Entra signs somebody out, mellon verifies the LogoutRequest and then looks
// for the session by NameID. It stays signed in, for Entra sends the pairwise id
// without a Format: so people report it (MicrosoftDocs/azure-docs issue 29978).
func TestMellonHearsOfASignOutAtEntra(t *testing.T) {
	for _, test := range []struct {
		name, format string
		choose       func(*idp.Choices)
		reason       string // that Apache's log gives
	}{
		{"frames", claims.FormatEmailAddress, func(*idp.Choices) {}, "No session found for NameID"},
		{"redirects", claims.FormatEmailAddress, func(c *idp.Choices) { c.LogoutBroadcast = idp.BroadcastRedirects }, "No session found for NameID"},
		// The value is the session's here, but the Format is not.
		{"pairwise id", claims.FormatPersistent, func(*idp.Choices) {}, "Error validating logout request"},
		{"unsigned", claims.FormatEmailAddress, func(c *idp.Choices) { c.UnsignedLogout = true }, "Invalid signature algorithm"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tenant, app, _ := newWiki(t)
			tenant.Choose(test.choose)
			site := startMellon(t, app, func(url string, cert *x509.Certificate) string { return mellonMetadata(url, test.format, cert) })
			v := newVisitor(t)
			private := site.url + "/private/page.html"
			expect(t, v.open(private), private, http.StatusOK)

			page := v.arrive(v.browser.Open(t.Context(), tenant.BaseURL()+"/"+tenant.ID()+"/logout"))
			if heading := page.Text(); !strings.Contains(heading, "You signed out of your account") {
				t.Errorf("the browser rests at %s with status %d:\n%s", page.URL, page.Status, heading)
			}
			if log := site.newErrors(); !strings.Contains(log, test.reason) {
				t.Errorf("Apache's log does not give %q as the reason:\n%s", test.reason, log)
			}
			expect(t, v.arrive(v.browser.Open(t.Context(), private)), private, http.StatusOK)
			v.browser.ClearCookies()
			if title := v.arrive(v.browser.Open(t.Context(), private)).Title(); title != "Sign in to your account" {
				t.Errorf("without mellon's cookie the browser came to %q", title)
			}
		})
	}
}
