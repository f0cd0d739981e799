package idp_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/saml/binding"
)

// logoutRequest is what Wiki sends when Ana signs out there; the changes come
// in pairs of old and new text.
func logoutRequest(changes ...string) string {
	return strings.NewReplacer(changes...).Replace(
		`<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_logout1" Version="2.0" IssueInstant="2026-01-05T09:00:00Z">` +
			`<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://wiki.example/saml</Issuer>` +
			`<NameID xmlns="urn:oasis:names:tc:SAML:2.0:assertion">whoever@contoso.example</NameID></samlp:LogoutRequest>`)
}

// A service provider ends the session: the answer comes by redirect to the
// registered logout URL, and the NameID is not compared (learn.microsoft.com,
// "Single Sign-Out SAML protocol").
func TestLogoutRequest(t *testing.T) {
	w := newWire(t)
	ana := w.person()
	ana.signIn(w.redirect(authnRequest(), ""))
	page := ana.open(w.redirect(logoutRequest(), "state 1&2"))
	if !atServiceProvider(page) {
		t.Fatalf("the browser came to %s:\n%s", page.URL, page.Body)
	}
	got := w.sp.last()
	if got.Method != http.MethodGet || got.URL.Path != "/slo" || got.Form.Get("RelayState") != "state 1&2" {
		t.Errorf("the answer came as %s %s", got.Method, got.URL)
	}
	xml, err := binding.Inflate(got.Form.Get("SAMLResponse"))
	if err != nil {
		t.Fatal(err)
	}
	id, _ := attr(t, xml, "/LogoutResponse", "ID")
	want := `<samlp:LogoutResponse ID="` + id + `" Version="2.0" IssueInstant="2026-01-05T09:00:00.000Z" InResponseTo="_logout1" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">` +
		`<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://sts.windows.net/` + tenantID + `/</Issuer>` +
		`<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:LogoutResponse>`
	if diff := cmp.Diff(want, string(xml)); diff != "" {
		t.Errorf("LogoutResponse (-want +got):\n%s", diff)
	}
	if page := ana.open(w.redirect(authnRequest(), "")); !asksForPassword(page) {
		t.Errorf("the session goes on: %s\n%s", page.URL, page.Body)
	}
}

// Without a session there is nothing to end, and the answer is the same.
func TestLogoutRequestWithoutSession(t *testing.T) {
	w := newWire(t)
	got := w.get(w.redirect(logoutRequest(), ""))
	location, err := url.Parse(got.header.Get("Location"))
	if err != nil || got.status != http.StatusFound || !strings.HasPrefix(location.String(), w.sp.URL+"/slo?") {
		t.Fatalf("status %d, Location %q", got.status, got.header.Get("Location"))
	}
	if location.Query().Has("RelayState") {
		t.Error("there is a RelayState that nobody sent")
	}
}

// A logout URL may have a query of its own; without one the user stays at
// Entra.
func TestLogoutURL(t *testing.T) {
	w := newWire(t)
	for name, url := range map[string]string{"Query": w.sp.URL + "/slo?tenant=1", "None": ""} {
		w.create(idp.ApplicationConfig{Name: name, Identifiers: []string{"urn:" + name}, LogoutURL: url})
	}
	got := w.get(w.redirect(logoutRequest(identifier, "urn:Query"), ""))
	if location := got.header.Get("Location"); !strings.HasPrefix(location, w.sp.URL+"/slo?tenant=1&SAMLResponse=") {
		t.Errorf("Location = %q", location)
	}
	got = w.get(w.redirect(logoutRequest(identifier, "urn:None"), ""))
	if got.status != http.StatusOK || !strings.Contains(got.body, "You signed out of your account") {
		t.Errorf("status %d:\n%s", got.status, got.body)
	}
}

func TestRefusedLogoutRequests(t *testing.T) {
	const notSAML = "The request is not a valid Saml2 protocol message."
	w := newWire(t)
	ana := w.person()
	ana.signIn(w.redirect(authnRequest(), ""))
	for _, test := range []struct{ name, xml, code, message, where string }{
		{"no ID", logoutRequest(` ID="_logout1"`, ""), "AADSTS75005", notSAML, "/LogoutRequest/@ID"},
		{"ID begins with a digit", logoutRequest("_logout1", "1"), "AADSTS7500529", "The value '1' is not a valid SAML ID. The ID must not begin with a number.", "/LogoutRequest/@ID"},
		{"version 1.1", logoutRequest(`"2.0"`, `"1.1"`), "AADSTS75005", notSAML, "/LogoutRequest/@Version"},
		{"no IssueInstant", logoutRequest(` IssueInstant="2026-01-05T09:00:00Z"`, ""), "AADSTS75005", notSAML, "/LogoutRequest/@IssueInstant"},
		{"no Issuer", logoutRequest(`https://wiki.example/saml`, ""), "AADSTS75005", notSAML, "/LogoutRequest/Issuer"},
		{"unknown Issuer", logoutRequest("wiki", "blog"), "AADSTS700016", "Application with identifier 'https://blog.example/saml' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.", "/LogoutRequest/Issuer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := w.in(t)
			if why := checkRefused(t, w.get(w.redirect(test.xml, "")), test.code, test.message); why.Where != test.where {
				t.Errorf("Where = %q, want %q", why.Where, test.where)
			}
			page := ana.open(w.redirect(test.xml, ""))
			if page.Status != http.StatusBadRequest {
				t.Errorf("status %d", page.Status)
			}
		})
	}
	// The metadata offer the Redirect binding only.
	checkRefused(t, w.postRequest(logoutRequest(), ""), "AADSTS50061", "Unable to complete sign out. The request was invalid.")
	if page := ana.open(w.redirect(authnRequest(), "")); !atServiceProvider(page) {
		t.Errorf("a refused LogoutRequest ended the session: %s", page.Body)
	}
}

// An application that answers a LogoutRequest ends at Entra's page.
func TestLogoutResponseArrives(t *testing.T) {
	w := newWire(t)
	xml := `<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r" Version="2.0" IssueInstant="2026-01-05T09:00:00Z"/>`
	message := base64.StdEncoding.EncodeToString([]byte(xml))
	got := w.post(w.LoginURL(), url.Values{"SAMLResponse": {message}})
	if got.status != http.StatusOK || !strings.Contains(got.body, "You signed out of your account") {
		t.Errorf("status %d:\n%s", got.status, got.body)
	}
}

// "Sign out" on Entra's own pages.
func TestSignOutFromThePage(t *testing.T) {
	w := newWire(t)
	ana := w.person()
	apps := ana.signIn(w.MyAppsURL())
	var signOut string
	for _, link := range apps.Links() {
		if link.Text == "Sign out" {
			signOut = link.Href
		}
	}
	page, err := ana.b.Click(t.Context(), apps, signOut)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.Text(), "You signed out of your account") {
		t.Errorf("%s shows:\n%s", page.URL, page.Text())
	}
	if cookies := ana.b.Cookies(w.BaseURL()); len(cookies) != 0 {
		t.Errorf("cookies that are left: %v", cookies)
	}
	if page := ana.open(w.MyAppsURL()); !asksForPassword(page) {
		t.Errorf("the session goes on:\n%s", page.Text())
	}
}
