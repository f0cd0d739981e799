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
		{"Unspecified, as Microsoft's list writes it", []string{classes + "Unspecified"}, ""},
		{"unspecified", []string{classes + "unspecified"}, ""},
		{"one of several", []string{classes + "X509", classes + "Password"}, ""},
		{"X509", []string{classes + "X509"}, "X509"},
		{"Windows", []string{"urn:federation:authentication:windows"}, "WindowsIntegrated"},
		{"Kerberos", []string{classes + "Kerberos"}, "Kerberos"},
		{"PGP", []string{classes + "PGP"}, "PGP"},
		{"SecureRemotePassword", []string{classes + "SecureRemotePassword"}, "SecureRemotePassword"},
		{"XMLDSig", []string{classes + "XMLDSig"}, "XMLDSig"},
		{"SPKI", []string{classes + "SPKI"}, "SPKI"},
		{"Smartcard", []string{classes + "Smartcard"}, "Smartcard"},
		{"SmartcardPKI", []string{classes + "SmartcardPKI"}, "SmartcardPKI"},
		{"TLSClient", []string{classes + "TLSClient"}, "TLSClient"},
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

// The comparison must be exact (learn.microsoft.com, "Single sign-on SAML
// protocol", RequestedAuthnContext; the text is that of centreon/centreon issue
// 5166).
func TestComparisonMustBeExact(t *testing.T) {
	w := newWire(t)
	with := func(attribute string) string {
		return w.redirect(authnRequest("</Issuer>", `</Issuer><samlp:RequestedAuthnContext`+attribute+`><AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</AuthnContextClassRef></samlp:RequestedAuthnContext>`), "")
	}
	for comparison, shown := range map[string]string{"minimum": "Minimum", "maximum": "Maximum", "better": "Better", "Exact": "Exact", "none": "none"} {
		why := checkRefused(t, w.get(with(` Comparison="`+comparison+`"`)), "AADSTS900235",
			"SAML authentication request's RequestedAuthenticationContext Comparison value must be 'exact'. Received value: '"+shown+"'.")
		if why.Where != "/AuthnRequest/RequestedAuthnContext/@Comparison" {
			t.Errorf("Where = %q", why.Where)
		}
	}
	asksToSignIn(t, w.get(with(` Comparison="exact"`)))
	asksToSignIn(t, w.get(with("")))
}
