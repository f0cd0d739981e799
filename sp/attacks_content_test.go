package sp_test

import (
	"net/url"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
)

const (
	unexpected = "An unexpected error has occurred"
	notYou     = "It's not you, it is us"
	noUser     = "Invalid MFA credentials"
)

// contentAttacks are signed rightly, and what is signed is not right.
// Rules without a source of AWS's own are those of saml-core-2.0-os (core),
// saml-bindings-2.0-os (bindings) and saml-profiles-2.0-os (profiles).
func contentAttacks() []attack {
	const (
		data       = "Assertion/Subject/SubjectConfirmation/SubjectConfirmationData"
		conditions = "/Response/Assertion/Conditions"
	)
	var out []attack
	for _, row := range []struct {
		name string
		edit func(*etree.Element)
		want refusal.Refusal
	}{
		{"another root element (profiles 4.1.4.2)", func(r *etree.Element) { r.Tag = "LogoutResponse" },
			refusal.Refusal{Code: "NotAResponse", Got: "LogoutResponse", Where: "/LogoutResponse"}},
		{"Version 1.1 on the Response (core 3.2.2)", set("", "Version", "1.1"),
			refusal.Refusal{Code: "UnsupportedVersion", Got: "1.1", Where: "/Response/@Version"}},
		{"Version 1.1 on the Assertion (core 2.3.3)", set("Assertion", "Version", "1.1"),
			refusal.Refusal{Code: "UnsupportedVersion", Got: "1.1", Where: "/Response/Assertion/@Version"}},
		{"status Responder with an assertion (core 3.2.2.2)", set("Status/StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder"),
			refusal.Refusal{Code: "StatusNotSuccess", Got: "status:Responder", Where: "/Response/Status/StatusCode/@Value"}},
		{"Success only below another status (core 3.2.2.2)", func(r *etree.Element) {
			code := at(r, "Status/StatusCode")
			element(code, "samlp:StatusCode", "", "Value", saml.StatusSuccess)
			code.CreateAttr("Value", "urn:oasis:names:tc:SAML:2.0:status:Requester")
		}, refusal.Refusal{Code: "StatusNotSuccess", Got: "status:Requester, " + saml.StatusSuccess, Where: "/Response/Status/StatusCode/@Value"}},
		{"no status (core 3.2.2)", remove("Status"), refusal.Refusal{Code: "StatusNotSuccess", Got: "nothing", Where: "/Response/Status/StatusCode/@Value"}},
		{"wrong Destination (troubleshooting: ACS URL; bindings 3.5.5.2)", set("", "Destination", "https://attacker.example/acs"),
			refusal.Refusal{Code: "WrongDestination", Got: "https://attacker.example/acs", Where: "/Response/@Destination"}},
		{"wrong Issuer on the Response (CVE-2026-49284)", setText("Issuer", "https://sts.windows.net/other/"),
			refusal.Refusal{Code: "WrongIssuer", Message: notYou, Got: "https://sts.windows.net/other/", Where: "/Response/Issuer", Fix: refusal.IdentityCenter}},
		{"wrong Issuer on the Assertion (CVE-2025-27509)", setText("Assertion/Issuer", "https://sts.windows.net/other/"),
			refusal.Refusal{Code: "WrongIssuer", Message: notYou, Got: "https://sts.windows.net/other/", Where: "/Response/Assertion/Issuer", Fix: refusal.IdentityCenter}},
		{"no Issuer on the Assertion (core 2.3.3)", remove("Assertion/Issuer"),
			refusal.Refusal{Code: "SignatureStructure", Got: "another place", Where: "/Response/Assertion/Signature", Fix: refusal.Request}},
		{"two assertions (troubleshooting: one assertion)", func(r *etree.Element) {
			second := at(r, "Assertion").Copy()
			second.CreateAttr("ID", "_second")
			r.AddChild(second)
		}, refusal.Refusal{Code: "AssertionCount", Got: "2", Where: "/Response"}},

		{"no bearer confirmation: holder of key (profiles 4.1.4.2)", set("Assertion/Subject/SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"),
			refusal.Refusal{Code: "NoBearerConfirmation", Got: "none", Where: "/Response/Assertion/Subject"}},
		{"no bearer confirmation: sender vouches (profiles 4.1.4.2)", set("Assertion/Subject/SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"),
			refusal.Refusal{Code: "NoBearerConfirmation", Got: "none", Where: "/Response/Assertion/Subject"}},
		{"no SubjectConfirmation (profiles 4.1.4.2)", remove("Assertion/Subject/SubjectConfirmation"),
			refusal.Refusal{Code: "NoBearerConfirmation", Got: "none", Where: "/Response/Assertion/Subject"}},
		{"no SubjectConfirmationData (crewjam/saml panics)", remove(data),
			refusal.Refusal{Code: "NoBearerConfirmation", Got: "none", Where: "/Response/Assertion/Subject"}},
		{"wrong Recipient (profiles 4.1.4.2)", set(data, "Recipient", "https://attacker.example/acs"),
			refusal.Refusal{Code: "WrongRecipient", Got: "https://attacker.example/acs", Where: dataPath + "/@Recipient"}},
		{"two confirmations, neither for us (profiles 4.1.4.2)", func(r *etree.Element) {
			second := at(r, "Assertion/Subject/SubjectConfirmation").Copy()
			at(second, "SubjectConfirmationData").CreateAttr("Recipient", "https://second.example/acs")
			at(r, data).CreateAttr("Recipient", "https://first.example/acs")
			at(r, "Assertion/Subject").AddChild(second)
		}, refusal.Refusal{Code: "WrongRecipient", Got: "https://first.example/acs", Where: "/Response/Assertion/Subject/SubjectConfirmation[1]/SubjectConfirmationData/@Recipient"}},
		{"no Recipient (profiles 4.1.4.2)", set(data, "Recipient", ""), refusal.Refusal{Code: "WrongRecipient", Got: "nothing", Where: dataPath + "/@Recipient"}},
		{"no NotOnOrAfter on the confirmation (profiles 4.1.4.2)", set(data, "NotOnOrAfter", ""),
			refusal.Refusal{Code: "ConfirmationExpiryMissing", Got: "none", Where: dataPath + "/@NotOnOrAfter"}},
		{"NotBefore on the confirmation (profiles 4.1.4.2)", set(data, "NotBefore", "2026-01-05T08:00:00Z"),
			refusal.Refusal{Code: "ConfirmationNotBefore", Got: "2026-01-05T08:00:00Z", Where: dataPath + "/@NotBefore"}},
		{"InResponseTo on the Response only (profiles 4.1.4.2)", set("", "InResponseTo", "aws_x"),
			refusal.Refusal{Code: "InResponseToMismatch", Got: `"aws_x" and ""`, Where: "/Response/@InResponseTo"}},

		{"no Conditions (profiles 4.1.4.2; crewjam/saml panics)", remove("Assertion/Conditions"),
			refusal.Refusal{Code: "ConditionsMissing", Got: "0", Where: "/Response/Assertion"}},
		{"two Conditions (core 2.3.3)", func(r *etree.Element) { at(r, "Assertion").AddChild(at(r, "Assertion/Conditions").Copy()) },
			refusal.Refusal{Code: "ConditionsMissing", Got: "2", Where: "/Response/Assertion"}},
		{"unknown condition (core 2.5.1)", func(r *etree.Element) { element(at(r, "Assertion/Conditions"), "Condition", "") },
			refusal.Refusal{Code: "UnknownCondition", Got: "Condition", Where: conditions + "/Condition"}},
		{"known name in an unknown namespace (core 2.5.1)", func(r *etree.Element) {
			element(at(r, "Assertion/Conditions"), "OneTimeUse", "", "xmlns", "urn:example:other")
		}, refusal.Refusal{Code: "UnknownCondition", Got: "OneTimeUse", Where: conditions + "/OneTimeUse"}},
		{"wrong audience (troubleshooting; CVE-2026-9093)", setText("Assertion/Conditions/AudienceRestriction/Audience", "https://other.example/saml"),
			refusal.Refusal{Code: "WrongAudience", Got: "https://other.example/saml", Where: conditions + "/AudienceRestriction/Audience"}},
		{"audience with a trailing slash (core 2.5.1.4)", appendText("Assertion/Conditions/AudienceRestriction/Audience", "/"),
			refusal.Refusal{Code: "WrongAudience", Got: "/", Where: conditions + "/AudienceRestriction/Audience"}},
		{"our audience as prefix of another (CVE-2026-41577)", appendText("Assertion/Conditions/AudienceRestriction/Audience", ".attacker.example"),
			refusal.Refusal{Code: "WrongAudience", Got: ".attacker.example", Where: conditions + "/AudienceRestriction/Audience"}},
		{"two restrictions, one wrong (core 2.5.1.4: AND between)", func(r *etree.Element) {
			element(element(at(r, "Assertion/Conditions"), "AudienceRestriction", ""), "Audience", "https://other.example")
		}, refusal.Refusal{Code: "WrongAudience", Got: "https://other.example", Where: conditions + "/AudienceRestriction/Audience"}},
		{"no audience (profiles 4.1.4.2)", remove("Assertion/Conditions/AudienceRestriction"),
			refusal.Refusal{Code: "WrongAudience", Got: "nothing", Where: conditions + "/AudienceRestriction/Audience"}},
		{"no AuthnStatement (profiles 4.1.4.2)", remove("Assertion/AuthnStatement"),
			refusal.Refusal{Code: "AuthnStatementMissing", Got: "none", Where: "/Response/Assertion"}},

		{"NameID format (other-idps: NameID format; seen in CloudTrail)", set("Assertion/Subject/NameID", "Format", saml.NameIDPersistent),
			refusal.Refusal{Code: "NameIDFormat", Got: saml.NameIDPersistent, Where: "/Response/Assertion/Subject/NameID/@Format"}},
		{"NameID without format (core 8.3.1: unspecified)", set("Assertion/Subject/NameID", "Format", ""),
			refusal.Refusal{Code: "NameIDFormat", Got: "nothing", Where: "/Response/Assertion/Subject/NameID/@Format"}},
		{"no NameID (troubleshooting)", remove("Assertion/Subject/NameID"), refusal.Refusal{Code: "NameIDMissing", Got: "0", Where: "/Response/Assertion/Subject/NameID"}},
		{"no Subject (profiles 4.1.4.2)", remove("Assertion/Subject"), refusal.Refusal{Code: "NameIDMissing", Got: "0", Where: "/Response/Assertion/Subject/NameID"}},
		{"two NameIDs (core 2.4.1)", func(r *etree.Element) {
			at(r, "Assertion/Subject").AddChild(at(r, "Assertion/Subject/NameID").Copy())
		}, refusal.Refusal{Code: "NameIDMissing", Got: "2", Where: "/Response/Assertion/Subject/NameID"}},

		{"Conditions that are over (CVE-2026-9096)", set("Assertion/Conditions", "NotOnOrAfter", "2026-01-05T08:57:00.000Z"),
			refusal.Refusal{Code: "Expired", Message: notYou, Got: "08:57", Where: conditions + "/@NotOnOrAfter"}},
		{"Conditions that have not begun (CVE-2026-41577)", set("Assertion/Conditions", "NotBefore", "2026-01-05T09:03:01.000Z"),
			refusal.Refusal{Code: "NotYetValid", Message: notYou, Got: "09:03", Where: conditions + "/@NotBefore"}},
		{"a confirmation that is over (profiles 4.1.4.3)", set(data, "NotOnOrAfter", "2026-01-05T08:57:00.000Z"),
			refusal.Refusal{Code: "Expired", Message: notYou, Got: "08:57", Where: dataPath + "/@NotOnOrAfter"}},
		{"a time that is none (core 1.3.3)", set("Assertion/Conditions", "NotOnOrAfter", "tomorrow"),
			refusal.Refusal{Code: "Expired", Message: notYou, Got: "tomorrow", Where: conditions + "/@NotOnOrAfter"}},
		{"SessionNotOnOrAfter that has passed (core 2.7.2)", set("Assertion/AuthnStatement", "SessionNotOnOrAfter", "2026-01-05T08:59:59.000Z"),
			refusal.Refusal{Code: "Expired", Message: notYou, Got: "08:59", Where: "/Response/Assertion/AuthnStatement/@SessionNotOnOrAfter"}},
		{"InResponseTo on the confirmation only (profiles 4.1.4.3)", set(data, "InResponseTo", "aws_x"),
			refusal.Refusal{Code: "InResponseToMismatch", Got: `"" and "aws_x"`, Where: "/Response/@InResponseTo"}},
		{"Recipient with a trailing slash (profiles 4.1.4.2)", func(r *etree.Element) {
			d := at(r, data)
			d.CreateAttr("Recipient", d.SelectAttrValue("Recipient", "")+"/")
		}, refusal.Refusal{Code: "WrongRecipient", Got: "/", Where: dataPath + "/@Recipient"}},
		{"Destination in a namespace only (The Fragile Lock)", func(r *etree.Element) {
			r.CreateAttr("samlp:Destination", r.SelectAttrValue("Destination", ""))
			r.CreateAttr("Destination", "https://attacker.example/acs")
		}, refusal.Refusal{Code: "WrongDestination", Got: "https://attacker.example/acs", Where: "/Response/@Destination"}},
		{"no Version (core 2.3.3)", set("Assertion", "Version", ""), refusal.Refusal{Code: "UnsupportedVersion", Got: "nothing", Where: "/Response/Assertion/@Version"}},
	} {
		out = append(out, attack{name: row.name, hostile: edited(row.edit), want: row.want})
	}
	return out
}

// memoryAttacks break rules that need memory: which requests are outstanding and
// what was used before.
func memoryAttacks() []attack {
	answer := func(w *world, id string) string { return w.entra.signed(w.center, ana, id) }
	request := func(w *world) (id, relayState string) {
		r, relayState := w.startAtPortal()
		return r.SelectAttrValue("ID", ""), relayState
	}
	form := func(xml, relayState string) url.Values {
		f := samlResponse(xml)
		f.Set("RelayState", relayState)
		return f
	}
	stale := refusal.Refusal{Code: "InResponseTo", Got: "aws_", Where: inResponseTo, Fix: refusal.Request}
	return []attack{
		{name: "answer to a request that was never made (CVE-2026-9098)", outside: true, want: stale, hostile: func(w *world) string { return answer(w, "aws_made-up") }},
		{name: "second answer to one request (profiles 4.1.4.3)", outside: true, want: stale, form: func(w *world) url.Values {
			id, relayState := request(w)
			w.wantPortal(w.follow(w.post(answer(w, id), relayState)), ana)
			w.freshBrowser()
			return form(answer(w, id), relayState)
		}},
		{name: "RelayState of another session (bindings 3.5.3; login CSRF)", outside: true, want: refusal.Refusal{Code: "RelayState", Where: "form field RelayState"}, form: func(w *world) url.Values {
			id, _ := request(w)
			_, other := request(w)
			return form(answer(w, id), other)
		}},
		{name: "RelayState replaced by an address (CVE-2019-13038, CVE-2021-3639)", outside: true, want: refusal.Refusal{Code: "RelayState", Got: "///attacker.example", Where: "form field RelayState"}, form: func(w *world) url.Values {
			id, _ := request(w)
			return form(answer(w, id), "///attacker.example")
		}},
		{name: "the same response again (profiles 4.1.4.5; CVE-2026-45720)", outside: true, want: refusal.Refusal{Code: "Replay", Got: "again", Where: "/Response/Assertion/@ID", Fix: refusal.Request}, form: func(w *world) url.Values {
			xml := answer(w, "")
			w.wantPortal(w.follow(w.post(xml, "")), ana)
			w.freshBrowser()
			return form(xml, "")
		}},
		{name: "the same assertion in another Response (profiles 4.1.4.5)", outside: true, want: refusal.Refusal{Code: "Replay", Got: "again", Where: "/Response/Assertion/@ID", Fix: refusal.Request}, form: func(w *world) url.Values {
			xml := answer(w, "")
			w.wantPortal(w.follow(w.post(xml, "")), ana)
			w.freshBrowser()
			doc := parse(w.t, xml)
			doc.Root().CreateAttr("ID", "_another")
			return form(write(w.t, doc.Root()), "")
		}},
	}
}

func appendText(path, more string) func(*etree.Element) {
	return func(r *etree.Element) { at(r, path).SetText(at(r, path).Text() + more) }
}
