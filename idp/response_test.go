package idp_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/saml/binding"
)

// The bytes of a response, with seeded ids at a frozen time.
func TestResponseBytes(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*idp.Application) error // nil: nothing
		idp    bool                         // IdP-initiated
	}{
		{name: "response.xml"},
		{name: "response-idp-initiated.xml", idp: true},
		{name: "response-both-signed-sha1.xml", change: func(a *idp.Application) error {
			return a.SetSigning(idp.Signing{Option: idp.SignBoth, Algorithm: "sha1"})
		}},
		{name: "response-claims.xml", change: func(a *idp.Application) error {
			return a.SetClaims([]claims.Claim{
				{Name: "AccessControl:Department", Namespace: "https://aws.amazon.com/SAML/Attributes", NameFormat: "uri", Source: "user.department"},
				{Name: "team", Value: "a & b"},
				{Name: "surname", Remove: true},
			})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			tenant, app := seeded(t)
			user, err := tenant.CreateUser(directory.User{
				ID: "aaaaaaaa-0000-4000-8000-000000000001", UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa",
				GivenName: "Ana", Surname: "Sousa", Mail: "ana.sousa@contoso.example", Department: "R&D",
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := app.AssignRole(user, "Editor"); err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				if err := test.change(app); err != nil {
					t.Fatal(err)
				}
			}
			path := strings.TrimPrefix(app.UserAccessURL(), tenant.BaseURL())
			if !test.idp {
				redirect, err := binding.RedirectURL("/"+tenantID+"/saml2", "SAMLRequest", []byte(authnRequest()), "")
				if err != nil {
					t.Fatal(err)
				}
				path = redirect
			}
			page := served(t, tenant, path)
			ticket, _ := configOf(t, page.Body.String())["sCtx"].(string)
			form := url.Values{"ctx": {ticket}, "login": {"ana@contoso.example"}, "passwd": {directory.DefaultPassword}}
			req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/"+tenantID+"/login", strings.NewReader(form.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			tenant.Handler().ServeHTTP(w, req)
			found := responseField.FindStringSubmatch(w.Body.String())
			if found == nil {
				t.Fatalf("no response:\n%s", w.Body)
			}
			xml, err := binding.DecodePOST(found[1])
			if err != nil {
				t.Fatal(err)
			}
			checkGolden(t, test.name, xml)
		})
	}
}

// Times around the issue: five minutes before, sixty after, three digits after
// the second, and the sign-in's own time as AuthnInstant.
func TestResponseTimes(t *testing.T) {
	w := newWire(t)
	ana := w.person()
	ana.signIn(w.redirect(authnRequest(), ""))
	w.clock.Advance(30*time.Minute + 1234567*time.Microsecond)
	ana.open(w.redirect(authnRequest(), ""))
	xml, _ := w.response()
	for _, test := range []struct{ path, name, want string }{
		{"/Response", "IssueInstant", "2026-01-05T09:30:01.234Z"},
		{"//Assertion", "IssueInstant", "2026-01-05T09:30:01.234Z"},
		{"//Conditions", "NotBefore", "2026-01-05T09:25:01.234Z"},
		{"//Conditions", "NotOnOrAfter", "2026-01-05T10:30:01.234Z"},
		{"//SubjectConfirmationData", "NotOnOrAfter", "2026-01-05T10:30:01.234Z"},
		{"//AuthnStatement", "AuthnInstant", "2026-01-05T09:00:00.000Z"},
	} {
		if got, _ := attr(t, xml, test.path, test.name); got != test.want {
			t.Errorf("%s/@%s = %s, want %s", test.path, test.name, got, test.want)
		}
	}
	for _, absent := range []struct{ path, name string }{
		{"//SubjectConfirmationData", "NotBefore"}, {"//AuthnStatement", "SessionNotOnOrAfter"}, {"//NameID", "NameQualifier"}, {"//NameID", "SPNameQualifier"},
		{"/Response", "Consent"}, {"//Attribute", "NameFormat"}, {"//Attribute", "FriendlyName"},
	} {
		if got, ok := attr(t, xml, absent.path, absent.name); ok {
			t.Errorf("%s/@%s = %s, want none", absent.path, absent.name, got)
		}
	}
}

// The ids of one response and the next.
func TestResponseIDs(t *testing.T) {
	w := newWire(t)
	ana := w.person()
	page := w.signInByForm(w.get(w.redirect(authnRequest(), "")))
	xml, _ := w.posted(page)
	assertion, _ := attr(t, xml, "//Assertion", "ID")
	response, _ := attr(t, xml, "/Response", "ID")
	session, _ := attr(t, xml, "//AuthnStatement", "SessionIndex")
	if session != assertion || assertion == response {
		t.Errorf("Assertion %s, SessionIndex %s, Response %s: want the first two alike", assertion, session, response)
	}
	// Captures: the Assertion's id ends as the ids of requests do, and is one.
	if !strings.HasSuffix(assertion, "00") || page.header.Get("x-ms-request-id") != strings.TrimPrefix(assertion, "_") {
		t.Errorf("Assertion %s, x-ms-request-id %s", assertion, page.header.Get("x-ms-request-id"))
	}
	for path := range map[string]bool{"/Response": true, "//SubjectConfirmationData": true} {
		if got, _ := attr(t, xml, path, "InResponseTo"); got != "_request1" {
			t.Errorf("%s/@InResponseTo = %s", path, got)
		}
	}
	ana.signIn(w.app.UserAccessURL())
	again, _ := w.response()
	for path := range map[string]bool{"/Response": true, "//SubjectConfirmationData": true} {
		if got, ok := attr(t, again, path, "InResponseTo"); ok {
			t.Errorf("IdP-initiated: %s/@InResponseTo = %s, want none", path, got)
		}
	}
	if id, _ := attr(t, again, "//Assertion", "ID"); id == assertion {
		t.Errorf("two Assertions with the ID %s", id)
	}
}

// The Audience is the identifier that the request used: what is no URI gets
// spn: in front (learn.microsoft.com, "Single sign-on SAML protocol"), and what
// follows # only tells instances apart (AWS Single-Account Access tutorial).
func TestAudience(t *testing.T) {
	w := newWire(t)
	appID := "cccccccc-0000-4000-8000-000000000001"
	app := w.create(idp.ApplicationConfig{
		AppID: appID, Name: "Several", ReplyURLs: []string{w.sp.acs()},
		Identifiers: []string{"https://several.example/saml", "https://several.example/saml/", "urn:several:1", "https://signin.aws.amazon.com/saml#2", "several", "a:b c", "note 1: x"},
	})
	bare := w.create(idp.ApplicationConfig{Name: "Bare", ReplyURLs: []string{w.sp.acs()}})
	w.assign(app, w.ana)
	w.assign(bare, w.ana)
	ana := w.person()
	ana.signIn(w.MyAppsURL())
	for _, test := range []struct{ identifier, want string }{
		{"https://several.example/saml", "https://several.example/saml"},
		{"https://several.example/saml/", "https://several.example/saml/"},
		{"urn:several:1", "urn:several:1"},
		{"https://signin.aws.amazon.com/saml#2", "https://signin.aws.amazon.com/saml"},
		{"several", "spn:several"},
		{"a:b c", "a:b c"},
		{"note 1: x", "spn:note 1: x"},
		{appID, "spn:" + appID},
		{"spn:" + appID, "spn:" + appID},
	} {
		ana.open(w.redirect(authnRequest(identifier, test.identifier), ""))
		xml, _ := w.response()
		if got := find(t, xml, "//Conditions/AudienceRestriction/Audience"); got != test.want {
			t.Errorf("identifier %q: Audience %q, want %q", test.identifier, got, test.want)
		}
	}
	// Without a request: the first identifier, or the application id.
	ana.open(app.UserAccessURL())
	if xml, _ := w.response(); find(t, xml, "//Audience") != "https://several.example/saml" {
		t.Errorf("IdP-initiated: Audience %q", find(t, xml, "//Audience"))
	}
	ana.open(bare.UserAccessURL())
	if xml, _ := w.response(); find(t, xml, "//Audience") != "spn:"+bare.AppID() {
		t.Errorf("without identifiers: Audience %q", find(t, xml, "//Audience"))
	}
}

// A NameIDPolicy decides the format; its SPNameQualifier comes back.
func TestNameIDPolicy(t *testing.T) {
	w := newWire(t)
	ana := w.person()
	ana.signIn(w.MyAppsURL())
	const issuer = "<Issuer>https://wiki.example/saml</Issuer>"
	for _, test := range []struct{ policy, format, value, qualifier string }{
		{"", "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", "ana@contoso.example", ""},
		{`<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"/>`, "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", "ana@contoso.example", ""},
		{`<samlp:NameIDPolicy SPNameQualifier="https://wiki.example/q"/>`, "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", "ana@contoso.example", "https://wiki.example/q"},
	} {
		ana.open(w.redirect(authnRequest(issuer, issuer+test.policy), ""))
		xml, _ := w.response()
		format, _ := attr(t, xml, "//NameID", "Format")
		qualifier, _ := attr(t, xml, "//NameID", "SPNameQualifier")
		if value := find(t, xml, "//NameID"); format != test.format || value != test.value || qualifier != test.qualifier {
			t.Errorf("%s: %s %q qualified by %q", test.policy, format, value, qualifier)
		}
	}
	var values []string
	for range 2 {
		ana.open(w.redirect(authnRequest(issuer, issuer+`<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient"/>`), ""))
		xml, _ := w.response()
		values = append(values, find(t, xml, "//NameID"))
	}
	if values[0] == values[1] || strings.Contains(values[0], "@") {
		t.Errorf("transient NameIDs %q", values)
	}
}
