package sp_test

import (
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
)

// textAttacks make of one name another: comments survive canonicalisation and so
// the signature, and some readers stop at them; elements inside fool others;
// look-alikes must stay what they are.
func textAttacks() []attack {
	const longer = "ana@contoso.example.attacker.example"
	var out []attack
	for _, row := range []struct{ name, signed, sent, code string }{
		{"comment put into the NameID (CVE-2017-11427, CVE-2017-11428, CVE-2017-11429, CVE-2018-0489)", longer, "ana@contoso.example<!---->.attacker.example", "NameIDNotAnAddress"},
		{"comment before the NameID's text (CVE-2026-57580)", longer, "<!-- -->" + longer, "NameIDNotAnAddress"},
		{"processing instruction put into the NameID (OneUptime issue 2988)", "not-ana@contoso.example", "<?p not-?>ana@contoso.example", "MalformedResponse"},
		{"character data section in the NameID (samlify before 2.10)", longer, "ana@contoso.example<![CDATA[.attacker.example]]>", "UserNotFound"},
		{"character data section of nothing (samlify before 2.10)", longer, "ana@contoso.example<![CDATA[]]>.attacker.example", "UserNotFound"},
		{"character reference in the NameID (XML 1.0, 4.1)", longer, "ana@contoso&#46;example.attacker.example", "UserNotFound"},
	} {
		hostile := func(w *world) string {
			signed := w.entra.signed(w.center, row.signed, "")
			sent := strings.Replace(signed, `emailAddress">`+row.signed, `emailAddress">`+row.sent, 1)
			if sent == signed {
				w.t.Fatal("nothing was replaced")
			}
			return sent
		}
		test := attack{name: row.name, hostile: hostile, want: refusal.Refusal{Code: row.code, Where: nameIDPath}}
		switch row.code {
		case "MalformedResponse":
			test.want.Where = "SAMLResponse"
		case "UserNotFound": // read whole: nobody has this name
			test.want.Message, test.outside = noUser, true
			test.want.Got = longer
		}
		out = append(out, test)
	}
	for _, row := range []struct{ name, nameID, got string }{
		{"white space around the NameID (Shibboleth trims)", " \n ana@contoso.example \t", "ana@"},
		{"zero-width space in the NameID (Unicode TR 36)", "ana\u200b@contoso.example", "ana"},
		{"Cyrillic letter in the NameID (Unicode TR 36)", "\u0430na@contoso.example", "na@"},
		{"full-width letters in the NameID (Unicode TR 36)", "\uff41na@contoso.example", "na@"},
		{"line end and header in the NameID (CWE-113)", "ana@contoso.example\nX-Injected: 1", "ana@"},
		{"markup in the NameID (CWE-79)", "<script>alert(1)</script>@contoso.example", "<script>"},
		{"two addresses in the NameID (RFC 2822, 3.4)", "ana@contoso.example, mallory@contoso.example", "ana@"},
		{"comment of RFC 2822 in the NameID (RFC 2822, 3.2.3)", "ana@contoso.example(mallory)", "ana@"},
		{"empty NameID (node-saml)", "", "nothing"},
	} {
		out = append(out, attack{
			name: row.name, hostile: func(w *world) string { return w.entra.signed(w.center, row.nameID, "") },
			want: refusal.Refusal{Code: "NameIDNotAnAddress", Got: row.got, Where: nameIDPath},
		})
	}
	return append(out,
		attack{
			name: "element inside the NameID, signed (saml2-js)", hostile: edited(func(r *etree.Element) { element(at(r, "Assertion/Subject/NameID"), "b", ".attacker.example") }),
			want: refusal.Refusal{Code: "NameIDNotAnAddress", Where: nameIDPath},
		},
		attack{
			name: "comment inside the NameID, signed (SimpleSAMLphp, CVE-2018-7644)", hostile: edited(func(r *etree.Element) {
				at(r, "Assertion/Subject/NameID").CreateComment("x")
			}), want: refusal.Refusal{Code: "NameIDNotAnAddress", Where: nameIDPath},
		},
		attack{
			name: "comment inside the Response's Issuer (CVE-2018-0489)", hostile: replaced(">"+entraIssuer, "><!---->"+entraIssuer),
			want: refusal.Refusal{Code: "WrongIssuer", Message: notYou, Where: "/Response/Issuer", Fix: refusal.IdentityCenter},
		},
	)
}
