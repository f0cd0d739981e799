package sp_test

import (
	"github.com/idharness/harness/internal/refusal"
)

// parserAttacks are documents of which two parsers, or two passes of one, see
// different things.
func parserAttacks() []attack {
	var out []attack
	for _, row := range []struct {
		name    string
		hostile func(w *world) string
		got     string
	}{
		{"document type that does nothing (pysaml2 issue 508)", before("<!DOCTYPE Response>"), "document type"},
		{"external document type (attackxee of ruby-saml)", before(`<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">`), "document type"},
		{"parameter entity (attackxee of ruby-saml)", before(`<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>`), "document type"},
		{"internal entity as NameID (XXE)", beforeAndIn(`<!DOCTYPE r [<!ENTITY who "ana@contoso.example">]>`, ">mallory@contoso.example<", ">&who;<"), "document type"},
		{"entities that multiply (billion laughs, CVE-2003-1564)", before(`<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>`), "document type"},
		{"comment begun in a document type (CVE-2025-25291)", before(`<!DOCTYPE r SYSTEM 'x"><!--'>`), "document type"},
		{"namespace by default of a document type (CVE-2025-25292, CVE-2025-66567)", before(`<!DOCTYPE r [<!ATTLIST Assertion xmlns CDATA "urn:oasis:names:tc:SAML:2.0:assertion">]>`), "document type"},
		{"ID by an entity (CVE-2025-23369)", before(`<!DOCTYPE r [<!ENTITY id "_evil">]>`), "document type"},
		{"notation with a comment in it (CVE-2020-29510)", before("<!NOTATION x <!-- --> >"), "document type"},
		{"document type within the root (CVE-2020-29510)", replaced("<samlp:Status>", "<!DOCTYPE x><samlp:Status>"), "document type"},
		{"attribute of two colons (CVE-2020-29509)", replaced("<samlp:Status>", `<samlp:Status ::a="b">`), "line 1"},
		{"element of two colons (CVE-2020-29511)", replaced("<samlp:Status>", "<x::E/><samlp:Status>"), "line 1"},
		{"element whose prefix is empty (CVE-2020-15216)", replaced("<samlp:Status>", "<:E/><samlp:Status>"), "line 1"},
		{"attribute twice (XML 1.0, 3.1)", replaced(`Version="2.0"`, `Version="2.0" Version="2.0"`), "appears twice"},
		{"relative namespace on the Response (CVE-2025-66475)", replaced("<samlp:Response ", `<samlp:Response xmlns:ns="1" `), "not an absolute URI"},
		{"processing instruction in the assertion (oblique.security, Hacking SAML)", replaced("<Subject>", "<?x y?><Subject>"), "processing instructions"},
		{"style sheet before the root (xml-stylesheet)", before(`<?xml-stylesheet href="http://127.0.0.1:1/x.xsl"?>`), "processing instructions"},
		{"another encoding declared (XML 1.0, 4.3.3)", before(`<?xml version="1.0" encoding="ISO-8859-1"?>`), "only UTF-8"},
		{"bytes that are no UTF-8 (XML 1.0, 4.3.3)", replaced(">mallory@", ">\xffana@"), "UTF-8"},
		{"end tag of another name (XML 1.0, 3)", replaced("</samlp:Status>", "</samlp:Statu>"), "line 1"},
	} {
		out = append(out, attack{name: row.name, hostile: row.hostile, want: refusal.Refusal{Code: "MalformedResponse", Got: row.got, Where: "SAMLResponse"}})
	}
	return out
}

// before puts text in front of Mallory's signed response.
func before(text string) func(*world) string {
	return func(w *world) string { return text + w.entra.signed(w.center, mallory, "") }
}

func beforeAndIn(text, old, with string) func(*world) string {
	return func(w *world) string { return text + replaced(old, with)(w) }
}
