package idp_test

import (
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/browser"
)

// The one error response that Microsoft documents (learn.microsoft.com, "Single
// sign-on SAML protocol", Status), element for element.
func TestErrorResponse(t *testing.T) {
	w := newWire(t)
	w.Choose(func(c *idp.Choices) { c.SAMLErrors, c.RefuseSPNameQualifier = idp.DeliverAll, true })
	page := w.get(w.redirect(authnRequest("</Issuer>", `</Issuer><samlp:NameIDPolicy SPNameQualifier="wiki"/>`), "a=b"))
	xml, action := w.posted(page)
	id, _ := attr(t, xml, "/Response", "ID")
	want := `<samlp:Response ID="` + id + `" Version="2.0" IssueInstant="2026-01-05T09:00:00.000Z" InResponseTo="_request1" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">` +
		`<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://sts.windows.net/` + tenantID + `/</Issuer><samlp:Status>` +
		`<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Requester"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported"/></samlp:StatusCode>` +
		`<samlp:StatusMessage>AADSTS75006: An error occurred while processing a SAML2 Authentication request. AADSTS90011: The SAML authentication request property 'NameIdentifierPolicy/SPNameQualifier' is not supported.` +
		"\nTrace ID: " + page.header.Get("x-ms-request-id") + "\nTimestamp: 2026-01-05 09:00:00Z</samlp:StatusMessage></samlp:Status></samlp:Response>"
	if string(xml) != want {
		t.Errorf("response\n%s\nwant\n%s", xml, want)
	}
	if action != w.sp.acs() || !strings.HasPrefix(page.body, "<html><head><title>Working...</title>") || !strings.Contains(page.body, `name="RelayState" value="a=b"`) {
		t.Errorf("page:\n%s", page.body)
	}
}

// Which errors reach the service provider is not published, nor with which
// status codes: every report shows Entra's page, and no capture IsPassive.
func TestSAMLErrors(t *testing.T) {
	const issuer = `</Issuer>`
	w := newWire(t)
	w.create(idp.ApplicationConfig{Name: "Blog", Identifiers: []string{"https://blog.example"}, ReplyURLs: []string{w.sp.acs()}})
	signIn := func(page answer) answer { return w.signInByForm(page) }
	context := issuer + `<samlp:RequestedAuthnContext><AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:X509</AuthnContextClassRef></samlp:RequestedAuthnContext>`
	for _, test := range []struct {
		name         string
		xml          string
		then         func(answer) answer
		code         string
		outer, inner string
	}{
		{"IsPassive", authnRequest("Version", `IsPassive="true" Version`), nil, "AADSTS50058", "Responder", "NoPassive"},
		{"Subject", authnRequest(issuer, issuer+"<Subject/>"), nil, "AADSTS900236", "Requester", "RequestUnsupported"},
		{"NameIDPolicy", authnRequest(issuer, issuer+`<samlp:NameIDPolicy Format="urn:x"/>`), nil, "AADSTS750161", "Requester", "InvalidNameIDPolicy"},
		{"binding", authnRequest("Version", `ProtocolBinding="urn:x" Version`), nil, "AADSTS750032", "Requester", "UnsupportedBinding"},
		{"Destination", authnRequest("Version", `Destination="https://x.example/" Version`), nil, "AADSTS75008", "Requester", "RequestDenied"},
		{"RequestedAuthnContext", authnRequest(issuer, context), signIn, "AADSTS75011", "Responder", "NoAuthnContext"},
		{"not assigned", authnRequest(identifier, "https://blog.example"), signIn, "AADSTS50105", "Responder", "RequestDenied"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := w.in(t)
			send := func(delivery idp.ErrorDelivery) answer {
				w.Choose(func(c *idp.Choices) { c.SAMLErrors, c.CheckDestination = delivery, true })
				page := w.get(w.redirect(test.xml, ""))
				if test.then != nil {
					page = test.then(page)
				}
				return page
			}
			posted := func(page answer) {
				t.Helper()
				xml, action := w.posted(page)
				outer, _ := attr(t, xml, "/Response/Status/StatusCode", "Value")
				inner, _ := attr(t, xml, "/Response/Status/StatusCode/StatusCode", "Value")
				const prefix = "urn:oasis:names:tc:SAML:2.0:status:"
				if outer != prefix+test.outer || inner != prefix+test.inner || action != w.sp.acs() {
					t.Errorf("%s and %s to %s", outer, inner, action)
				}
				if message := find(t, xml, "//StatusMessage"); !strings.HasPrefix(message, "AADSTS75006: An error occurred while processing a SAML2 Authentication request. "+test.code+": ") {
					t.Errorf("StatusMessage = %q", message)
				}
			}
			for _, delivery := range []idp.ErrorDelivery{"", idp.DeliverNone, idp.DeliverNoPassive} {
				page := send(delivery)
				if delivery == idp.DeliverNoPassive && test.inner == "NoPassive" {
					posted(page)
				} else if why := refusalOf(t, page.body); why.Code != test.code {
					t.Errorf("%q: %+v", delivery, why)
				}
			}
			posted(send(idp.DeliverAll))
		})
	}
	// Nobody is told who has no registered reply URL, or did not ask.
	w.Choose(func(c *idp.Choices) { c.SAMLErrors = idp.DeliverAll })
	for code, page := range map[string]answer{
		"AADSTS50011":  w.get(w.redirect(asking("https://evil.example/acs"), "")),
		"AADSTS700016": w.get(w.redirect(authnRequest(identifier, "https://evil.example"), "")),
	} {
		if why := refusalOf(t, page.body); why.Code != code {
			t.Errorf("%+v, want %s", why, code)
		}
	}
}

// Whoever is disabled while a page waits is told the same way.
func TestSAMLErrorAfterAPage(t *testing.T) {
	for name, test := range map[string]struct {
		user func(*directory.User)
		send func(person, *browser.Page) *browser.Page
	}{
		"second factor": {func(u *directory.User) { u.PerUserMFAState = directory.MFAEnforced }, func(p person, page *browser.Page) *browser.Page {
			return p.press(page, "phone", "approve", nil)
		}},
		"new password": {func(u *directory.User) { u.ForceChangePassword = true }, func(p person, page *browser.Page) *browser.Page {
			return p.submit(page, "changepassword")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t)
			w.Choose(func(c *idp.Choices) { c.SAMLErrors = idp.DeliverAll })
			update := func(change func(*directory.User)) {
				if _, err := w.Directory().UpdateUser(w.ana.ID, change); err != nil {
					t.Fatal(err)
				}
			}
			update(test.user)
			p := w.person()
			page := p.enterOnly(p.open(w.redirect(authnRequest(), "")))
			update(func(u *directory.User) { u.AccountEnabled = new(false) })
			if page = test.send(p, page); !atServiceProvider(page) {
				t.Fatalf("came to %s", page.URL)
			}
			if xml, _ := w.response(); !strings.Contains(find(t, xml, "//StatusMessage"), "AADSTS50057") {
				t.Errorf("%s", xml)
			}
		})
	}
}
