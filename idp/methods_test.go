package idp

import (
	"testing"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/saml"
)

// How sessions of every kind meet RequestedAuthnContext, and how the text of
// AADSTS75011 names both sides. The names and their order are those of published
// reports: ACAS issue 807 (Windows), pfSense-pkg-saml2-auth issue 20 (X509),
// opencti issue 7607 (device), commcare-hq pull request 37181 and snipe-it issue
// 17375 (Fido), php-saml issue 567 (one-time passcode).
func TestSessionsOfEveryMethodAgainstAuthnContext(t *testing.T) {
	const mfa, asked = claims.MethodMultipleAuthn, "Password, ProtectedTransport"
	for _, test := range []struct {
		methods []string
		ref     string
		actual  string // empty: it is met
		wanted  string
	}{
		{[]string{claims.MethodPassword}, saml.ACPasswordProtected, "", ""},
		{[]string{claims.MethodPassword, mfa}, saml.ACPasswordProtected, "", ""},
		{[]string{claims.MethodPassword}, saml.ACX509, "Password", "X509"},
		{[]string{mfa, claims.MethodPassword}, saml.ACX509, "Password, MultiFactor", "X509"},
		{[]string{claims.MethodWindows}, saml.ACPasswordProtected, "WindowsIntegrated", asked},
		{[]string{claims.MethodWindows}, saml.WindowsAuthenticated, "", ""},
		{[]string{claims.MethodX509, mfa}, saml.ACPasswordProtected, "X509, MultiFactor", asked},
		{[]string{mfa, claims.MethodX509}, saml.ACPassword, "X509, MultiFactor", "Password"},
		{[]string{claims.MethodX509, mfa}, saml.ACX509, "", ""},
		{[]string{methodX509Device, mfa, claims.MethodX509}, saml.ACPasswordProtected, "X509, MultiFactor, X509Device", asked},
		{[]string{methodFido, mfa}, saml.ACPasswordProtected, "MultiFactor, Fido", asked},
		{[]string{methodX509Device, methodFido, mfa}, saml.ACPasswordProtected, "MultiFactor, Fido, X509Device", asked},
		{[]string{methodOneTimePasscode, mfa}, saml.ACPasswordProtected, "MultiFactor, OneTimePasscode", asked},
		{[]string{methodFido, mfa}, "urn:oasis:names:tc:SAML:2.0:ac:classes:Unspecified", "", ""},
		{[]string{methodFido, mfa}, mfa, "", ""},
		{[]string{claims.MethodPassword}, mfa, "Password", "MultiFactor"},
	} {
		why := contextMismatch(&authnRequest{Contexts: []string{test.ref}}, "Wiki", test.methods)
		if test.actual == "" {
			if why != nil {
				t.Errorf("%q against %s: %v", test.methods, test.ref, why)
			}
			continue
		}
		want := "Authentication method '" + test.actual + "' by which the user authenticated with the service doesn't match requested authentication method '" + test.wanted + "'. Contact the Wiki application owner."
		if why == nil || why.Code != "AADSTS75011" || why.Message != want {
			t.Errorf("%q against %s: %v\nwant %s", test.methods, test.ref, why, want)
		}
	}
	if why := contextMismatch(nil, "Wiki", nil); why != nil {
		t.Errorf("without a request: %v", why)
	}
}
