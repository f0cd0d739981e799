package idp_test

import (
	"html"
	"strings"
	"testing"
)

// RequestedAuthnContext must be met by the way in which the user signed in
// (learn.microsoft.com, "Error code AADSTS75011"); the names in the text are
// those that have been seen.
func TestRequestedAuthnContext(t *testing.T) {
	const classes = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
	for _, test := range []struct {
		name     string
		contexts []string
		asked    string // as the text names it; empty where the request is met
	}{
		{"none", nil, ""},
		{"Password", []string{classes + "Password"}, ""},
		{"PasswordProtectedTransport (azure-docs issue 20550)", []string{classes + "PasswordProtectedTransport"}, ""},
		{"unspecified", []string{classes + "unspecified"}, ""},
		{"one of several", []string{classes + "X509", classes + "Password"}, ""},
		{"X509", []string{classes + "X509"}, "X509"},
		{"Windows", []string{"urn:federation:authentication:windows"}, "WindowsIntegrated"},
		{"two that are not met", []string{classes + "X509", classes + "Kerberos"}, "X509, Kerberos"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWire(t)
			requested := ""
			if test.contexts != nil {
				requested = `<samlp:RequestedAuthnContext Comparison="exact">`
				for _, ref := range test.contexts {
					requested += "<AuthnContextClassRef>" + ref + "</AuthnContextClassRef>"
				}
				requested += "</samlp:RequestedAuthnContext>"
			}
			page := w.signInByForm(w.get(w.redirect(authnRequest("</Issuer>", "</Issuer>"+requested), "")))
			if test.asked == "" {
				if xml, _ := w.posted(page); !strings.Contains(string(xml), classes+"Password<") {
					t.Errorf("the response does not say how the user signed in:\n%s", xml)
				}
				return
			}
			want := "AADSTS75011: Authentication method 'Password' by which the user authenticated with the service doesn't match requested authentication method '" + test.asked + "'. Contact the Wiki application owner."
			if text := html.UnescapeString(page.body); page.status != 400 || !strings.Contains(text, want) {
				t.Errorf("status %d without %q:\n%s", page.status, want, text)
			}
		})
	}
}
