package idp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
)

// Microsoft's page says that Destination is ignored; a report has the text with
// which a wrong one is refused (MicrosoftDocs/entra-docs pull request 679).
func TestCheckDestination(t *testing.T) {
	w := newWire(t)
	to := func(destination string) string {
		return w.redirect(authnRequest("Version", `Destination="`+destination+`" Version`), "")
	}
	const elsewhere = "https://www.wiki.example/"
	asksToSignIn(t, w.get(to(elsewhere)))
	w.Choose(func(c *idp.Choices) { c.CheckDestination = true })
	for _, destination := range []string{elsewhere, w.BaseURL(), w.BaseURL() + "/22222222-2222-4333-8444-555555555555/saml2", w.LoginURL() + "/", "saml2"} {
		why := checkRefused(t, w.get(to(destination)), "AADSTS75008", "Received SAML request with an unexpected destination '"+destination+"'. Expected one of '"+w.LoginURL()+"'.")
		if why.Where != "/AuthnRequest/@Destination" || why.Got != destination {
			t.Errorf("explained by %+v", why)
		}
	}
	for _, destination := range []string{"", w.LoginURL(), strings.ToUpper(w.LoginURL()), w.BaseURL() + "/contoso.example/saml2", w.BaseURL() + "/common/saml2"} {
		asksToSignIn(t, w.get(to(destination)))
	}
	address := w.BaseURL()
	if err := w.SetBaseURL("https://login.contoso.example"); err != nil { // the default port can be left out, and put in
		t.Fatal(err)
	}
	target := strings.Replace(to("https://login.contoso.example:443/"+tenantID+"/saml2"), "https://login.contoso.example", address, 1)
	asksToSignIn(t, w.get(target))
}

// The list of codes has one for old requests; the protocol page says that
// IssueInstant is not used.
func TestRequestMaxAge(t *testing.T) {
	w := newWire(t)
	w.Choose(func(c *idp.Choices) { c.RequestMaxAge = 5 * time.Minute })
	asksToSignIn(t, w.get(w.redirect(authnRequest(), "")))
	w.clock.Advance(5 * time.Minute)
	asksToSignIn(t, w.get(w.redirect(authnRequest(), "")))
	w.clock.Advance(time.Second)
	if why := checkRefused(t, w.get(w.redirect(authnRequest(), "")), "AADSTS76026", requestExpired); why.Expected != "an IssueInstant not before 2026-01-05T09:00:01.000Z" || why.Got != "2026-01-05T09:00:00Z" {
		t.Errorf("explained by %+v", why)
	}
	checkRefused(t, w.get(w.redirect(authnRequest("2026-01-05T09:00:00Z", "yesterday"), "")), "AADSTS75005", "The request is not a valid Saml2 protocol message.")
	w.Choose(func(c *idp.Choices) { c.RequestMaxAge = 0 })
	asksToSignIn(t, w.get(w.redirect(authnRequest("2026-01-05T09:00:00Z", "yesterday"), "")))
}

// The code for an Issuer that nobody knows has been reported in three ways
// (learn.microsoft.com, "Error AADSTS650056 - Misconfigured application";
// SAML-Toolkits/python-saml issue 310).
func TestUnknownIssuer(t *testing.T) {
	w := newWire(t)
	unknown := w.redirect(authnRequest("wiki.example", "blog.example"), "")
	for code, message := range map[string]string{
		"AADSTS650056": "Misconfigured application. This could be due to one of the following: The client has not listed any permissions for 'AAD Graph' in the requested permissions in the client's application registration. Or, The admin has not consented in the tenant. Or, Check the application identifier in the request to ensure it matches the configured client application identifier. Please contact your admin to fix the configuration or consent on behalf of the tenant.",
		"AADSTS900971": "No reply address provided.",
	} {
		w.Choose(func(c *idp.Choices) { c.UnknownIssuer = code })
		if why := checkRefused(t, w.get(unknown), code, message); why.Got != "https://blog.example/saml" {
			t.Errorf("explained by %+v", why)
		}
	}
}

// Whether case counts is not published.
func TestCaseOfIssuerAndReplyURL(t *testing.T) {
	w := newWire(t)
	issuer := w.redirect(authnRequest("wiki.example", "WIKI.example"), "")
	acs := w.redirect(asking(strings.ToUpper(w.sp.acs())), "")
	for _, target := range []string{issuer, acs} {
		if got := w.get(target); got.status != http.StatusBadRequest {
			t.Errorf("another case: status %d", got.status)
		}
	}
	w.Choose(func(c *idp.Choices) { c.IgnoreIssuerCase, c.IgnoreReplyURLCase = true, true })
	asksToSignIn(t, w.get(issuer))
	asksToSignIn(t, w.get(acs))
}

// SPNameQualifier is echoed, says Microsoft's page; a sample of 2013 on the same
// page shows it refused.
func TestSPNameQualifierRefused(t *testing.T) {
	w := newWire(t)
	target := w.redirect(authnRequest("</Issuer>", `</Issuer><samlp:NameIDPolicy SPNameQualifier="wiki"/>`), "")
	asksToSignIn(t, w.get(target))
	w.Choose(func(c *idp.Choices) { c.RefuseSPNameQualifier = true })
	why := checkRefused(t, w.get(target), "AADSTS75006", "An error occurred while processing a SAML2 Authentication request. AADSTS90011: The SAML authentication request property 'NameIdentifierPolicy/SPNameQualifier' is not supported.")
	if why.Where != "/AuthnRequest/NameIDPolicy/@SPNameQualifier" {
		t.Errorf("Where = %q", why.Where)
	}
	asksToSignIn(t, w.get(w.redirect(authnRequest(), "")))
}

// The status of the error page is not published.
func TestStatusOfTheErrorPage(t *testing.T) {
	w := newWire(t)
	w.Choose(func(c *idp.Choices) { c.ErrorPagesAreOK = true })
	got := w.get(w.LoginURL())
	if why := refusalOf(t, got.body); got.status != http.StatusOK || why.Code != "AADSTS750054" {
		t.Errorf("status %d, %s", got.status, why.Code)
	}
}
