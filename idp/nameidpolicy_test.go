package idp_test

import (
	"regexp"
	"testing"

	"github.com/idharness/harness/idp/claims"
)

// NameIDPolicy in every format that is taken, over a NameID that is configured
// otherwise: the request's format wins (learn.microsoft.com, "Single sign-on SAML
// protocol", NameIDPolicy, and "Customize SAML token claims").
func TestNameIDPolicyFormats(t *testing.T) {
	const upn = `^ana@contoso\.example$`
	w := newWire(t)
	if err := w.app.SetNameID(claims.NameID{Source: "user.userprincipalname", Format: "windowsDomainQualifiedName"}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ policy, format, value string }{
		{"", claims.FormatWindowsDomainQualifiedName, upn},
		{`<samlp:NameIDPolicy AllowCreate="true"/>`, claims.FormatWindowsDomainQualifiedName, upn},
		{`<samlp:NameIDPolicy Format="` + claims.FormatPersistent + `"/>`, claims.FormatPersistent, upn},
		{`<samlp:NameIDPolicy Format="` + claims.FormatEmailAddress + `"/>`, claims.FormatEmailAddress, upn},
		{`<samlp:NameIDPolicy Format="` + claims.FormatUnspecified + `"/>`, claims.FormatUnspecified, upn},
		{`<samlp:NameIDPolicy Format="` + claims.FormatTransient + `"/>`, claims.FormatTransient, `^[^@]{10,}$`},
	} {
		xml, _ := w.posted(w.signInByForm(w.get(w.redirect(authnRequest("</Issuer>", "</Issuer>"+test.policy), ""))))
		format, _ := attr(t, xml, "//NameID", "Format")
		if value := find(t, xml, "//NameID"); format != test.format || !regexp.MustCompile(test.value).MatchString(value) {
			t.Errorf("%s: NameID %q in format %s, want %s in %s", test.policy, value, format, test.value, test.format)
		}
	}
}
