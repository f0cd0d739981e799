package idp_test

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/saml/binding"
)

// requests returns what arrived at the service provider and carries a parameter.
func (s *serviceProvider) requests(parameter string) []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.got), func(r *http.Request) bool { return !r.Form.Has(parameter) })
}

// threeApplications signs Ana in at Wiki, Blog and Mail; Blog and Mail have logout
// URLs, of which Blog's answers a LogoutRequest as an application should.
func threeApplications(t *testing.T) (*wire, person, *idp.Application) {
	t.Helper()
	w := newWire(t)
	blog := w.create(idp.ApplicationConfig{Name: "Blog", Identifiers: []string{"urn:blog"}, ReplyURLs: []string{w.sp.URL + "/blog"}, LogoutURL: w.sp.URL + "/blog-slo"})
	mail := w.create(idp.ApplicationConfig{Name: "Mail", Identifiers: []string{"urn:mail"}, ReplyURLs: []string{w.sp.URL + "/mail"}, LogoutURL: w.sp.URL + "/mail-slo"})
	quiet := w.create(idp.ApplicationConfig{Name: "Quiet", Identifiers: []string{"urn:quiet"}, ReplyURLs: []string{w.sp.URL + "/quiet"}})
	ana := w.person()
	ana.signIn(w.redirect(authnRequest(), ""))
	for _, app := range []*idp.Application{blog, mail, quiet} {
		w.assign(app, w.ana)
		if page := ana.open(app.UserAccessURL()); !atServiceProvider(page) {
			t.Fatalf("%s: %s", app.Name(), page.URL)
		}
	}
	w.sp.forget()
	return w, ana, blog
}

// When a session ends, every application that took part in it and has a logout
// URL gets a LogoutRequest, except the one that asked (learn.microsoft.com,
// "Single Sign-Out SAML protocol"); its NameID is the pairwise id without a
// Format (azure-docs issues 29978 and 41409).
func TestSignOutIsMadeKnown(t *testing.T) {
	for _, how := range []idp.LogoutBroadcast{"", idp.BroadcastFrames, idp.BroadcastRedirects} {
		t.Run(string(how), func(t *testing.T) {
			w, ana, blog := threeApplications(t)
			w.Choose(func(c *idp.Choices) { c.LogoutBroadcast = how })
			page := ana.open(w.redirect(logoutRequest(), "state"))
			if how == idp.BroadcastRedirects { // the applications answer, one after the other
				for range 2 {
					asked := w.sp.requests("SAMLRequest")
					xml, err := binding.Inflate(asked[len(asked)-1].Form.Get("SAMLRequest"))
					if err != nil {
						t.Fatal(err)
					}
					id, _ := attr(t, xml, "/LogoutRequest", "ID")
					answer := `<p:LogoutResponse xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_a" Version="2.0" IssueInstant="2026-01-05T09:00:00Z" InResponseTo="` + id + `"><p:Status><p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></p:Status></p:LogoutResponse>`
					target, err := binding.RedirectURL(w.LoginURL(), "SAMLResponse", []byte(answer), "")
					if err != nil {
						t.Fatal(err)
					}
					page = ana.open(target)
				}
			}
			if !atServiceProvider(page) || page.URL.Path != "/slo" {
				t.Fatalf("came to %s\n%s", page.URL, page.Text())
			}
			if got := w.sp.last(); got.Form.Get("RelayState") != "state" || !got.Form.Has("SAMLResponse") {
				t.Errorf("Wiki got %s", got.URL)
			}
			asked := w.sp.requests("SAMLRequest")
			paths := make([]string, len(asked))
			for i, r := range asked {
				paths[i] = r.URL.Path
			}
			if !slices.Equal(paths, []string{"/blog-slo", "/mail-slo"}) {
				t.Fatalf("LogoutRequests went to %v", paths)
			}
			xml, err := binding.Inflate(asked[0].Form.Get("SAMLRequest"))
			if err != nil {
				t.Fatal(err)
			}
			if name := find(t, xml, "//NameID"); len(name) != 43 || strings.Contains(name, "@") {
				t.Errorf("NameID %q, want the pairwise id", name)
			}
			if format, ok := attr(t, xml, "//NameID", "Format"); ok {
				t.Errorf("NameID has the Format %s", format)
			}
			if issuer := find(t, xml, "//Issuer"); issuer != w.Issuer() {
				t.Errorf("Issuer %s", issuer)
			}
			if asked[0].Form.Get("RelayState") != "" || asked[0].Form.Get("Signature") == "" {
				t.Errorf("query %v", asked[0].Form)
			}
			if err := binding.VerifyRedirect(asked[0].URL.RawQuery, certificatesOf(blog), false); err != nil {
				t.Errorf("signature: %v", err)
			}
			if page := ana.open(w.redirect(authnRequest(), "")); !asksForPassword(page) {
				t.Errorf("the session goes on: %s", page.URL)
			}
		})
	}
}

// Sign-out from Entra's own page tells all of them and stays there.
func TestSignOutFromThePageIsMadeKnown(t *testing.T) {
	w, ana, _ := threeApplications(t)
	page := ana.open(w.BaseURL() + "/" + w.ID() + "/logout")
	if !strings.Contains(page.Text(), "You signed out of your account") {
		t.Errorf("%s shows:\n%s", page.URL, page.Text())
	}
	if asked := w.sp.requests("SAMLRequest"); len(asked) != 3 {
		t.Errorf("%d applications were told, want 3", len(asked))
	}
}

// Applications that took part before a fresh sign-in of the same user are told
// as well: what they opened goes on.
func TestSignOutIsMadeKnownAfterAFreshSignIn(t *testing.T) {
	w, ana, _ := threeApplications(t)
	page := ana.open(w.redirect(authnRequest("Version", `ForceAuthn="true" Version`), ""))
	if page = ana.enter(page, w.ana.UserPrincipalName, directory.DefaultPassword); !atServiceProvider(page) {
		t.Fatalf("came to %s", page.URL)
	}
	ana.open(w.redirect(logoutRequest(), ""))
	var paths []string
	for _, r := range w.sp.requests("SAMLRequest") {
		paths = append(paths, r.URL.Path)
	}
	if !slices.Equal(paths, []string{"/blog-slo", "/mail-slo"}) {
		t.Errorf("LogoutRequests went to %v", paths)
	}
}

func TestSignOutIsKeptQuiet(t *testing.T) {
	w, ana, _ := threeApplications(t)
	w.Choose(func(c *idp.Choices) {
		c.LogoutBroadcast, c.UnsignedLogout, c.LogoutIssuer = idp.BroadcastNone, true, idp.LogoutIssuerLogin
	})
	ana.open(w.redirect(logoutRequest(), ""))
	if asked := w.sp.requests("SAMLRequest"); len(asked) != 0 {
		t.Errorf("%d applications were told", len(asked))
	}
	got := w.sp.last()
	xml, err := binding.Inflate(got.Form.Get("SAMLResponse"))
	if err != nil {
		t.Fatal(err)
	}
	if issuer := find(t, xml, "//Issuer"); issuer != "https://login.microsoftonline.com/"+tenantID+"/" || got.Form.Has("Signature") {
		t.Errorf("Issuer %s, query %v", issuer, got.Form)
	}
}

// With several accounts, the person chooses which one leaves (azure-docs issue
// 41237), whatever NameID the request has.
func TestSignOutOfOneAccount(t *testing.T) {
	w := newWire(t)
	b, ben := twoAccounts(w)
	page := b.open(w.redirect(logoutRequest(), "state"))
	if !strings.Contains(page.Text(), "Which account do you want to sign out of?") {
		t.Fatalf("came to %s\n%s", page.URL, page.Text())
	}
	if page = b.submit(page, "account-"+w.ana.UserPrincipalName); !atServiceProvider(page) || w.sp.last().Form.Get("RelayState") != "state" {
		t.Fatalf("came to %s\n%s", page.URL, page.Text())
	}
	w.sp.forget()
	b.open(w.redirect(authnRequest(), ""))
	if xml, _ := w.response(); find(t, xml, "//NameID") != ben.UserPrincipalName {
		t.Errorf("NameID %s, want Ben's, who stays", find(t, xml, "//NameID"))
	}
	stale := w.post(w.BaseURL()+"/"+w.ID()+"/logout", url.Values{"ctx": {"made up"}, "sosid": {"x"}})
	checkRefused(t, stale, "AADSTS50089", "Authentication failed due to flow token expired.")
}

// What is wrong with a LogoutRequest where there is a session
// (learn.microsoft.com, "Microsoft Entra authentication and authorization error
// codes").
func TestLogoutRequestAgainstTheSession(t *testing.T) {
	w := newWire(t)
	w.create(idp.ApplicationConfig{Name: "Blog", Identifiers: []string{"urn:blog"}, ReplyURLs: []string{w.sp.URL + "/blog"}})
	ana := w.person()
	ana.signIn(w.redirect(authnRequest(), ""))
	xml, _ := w.response()
	index, _ := attr(t, xml, "//AuthnStatement", "SessionIndex")
	withIndex := func(i string) string {
		return logoutRequest("</samlp:LogoutRequest>", "<samlp:SessionIndex>"+i+"</samlp:SessionIndex></samlp:LogoutRequest>")
	}
	late := logoutRequest(`Version="2.0"`, `Version="2.0" NotOnOrAfter="2026-01-05T09:00:00Z"`)
	for _, test := range []struct {
		name, xml, code, message, where string
	}{
		{"an application that takes no part", logoutRequest("https://wiki.example/saml", "urn:blog"), "AADSTS50068", "Sign out has failed. The app that initiated sign out is not a participant in the current session.", "/LogoutRequest/Issuer"},
		{"the index of no session", withIndex("_other"), "AADSTS50070", "Sign out has failed. The sign out request specified a name identifier that didn't match the existing session(s).", "/LogoutRequest/SessionIndex"},
		{"after its NotOnOrAfter", late, "AADSTS50071", "The logout request has expired.", "/LogoutRequest/@NotOnOrAfter"},
		{"a NotOnOrAfter that is no time", strings.Replace(late, `NotOnOrAfter="2026-01-05T09:00:00Z"`, `NotOnOrAfter="soon"`, 1), "AADSTS75005", "The request is not a valid Saml2 protocol message.", "/LogoutRequest/@NotOnOrAfter"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if why := checkRefused(t, asAnswer(ana.open(w.redirect(test.xml, ""))), test.code, test.message); why.Where != test.where {
				t.Errorf("Where %q, want %q", why.Where, test.where)
			}
			if page := ana.open(w.redirect(authnRequest(), "")); !atServiceProvider(page) {
				t.Errorf("the session is over: %s", page.URL)
			}
		})
	}
	w.Choose(func(c *idp.Choices) { c.MatchLogoutNameID = true })
	checkRefused(t, asAnswer(ana.open(w.redirect(logoutRequest(), ""))), "AADSTS50070", "Sign out has failed. The sign out request specified a name identifier that didn't match the existing session(s).")
	w.Choose(func(c *idp.Choices) { c.IgnoreLogoutExpiry = true })
	good := strings.Replace(strings.Replace(withIndex(index), "whoever@contoso.example", w.ana.UserPrincipalName, 1), `Version="2.0"`, `Version="2.0" NotOnOrAfter="2020-01-01T00:00:00Z"`, 1)
	if page := ana.open(w.redirect(good, "")); !atServiceProvider(page) {
		t.Errorf("the session's own index and NameID came to %s\n%s", page.URL, page.Text())
	}
}

// A sign-out that an application never answers is forgotten.
func TestSignOutThatNobodyAnswers(t *testing.T) {
	w, ana, _ := threeApplications(t)
	w.Choose(func(c *idp.Choices) { c.LogoutBroadcast = idp.BroadcastRedirects })
	ana.open(w.redirect(logoutRequest(), ""))
	xml, err := binding.Inflate(w.sp.last().Form.Get("SAMLRequest"))
	if err != nil {
		t.Fatal(err)
	}
	id, _ := attr(t, xml, "/LogoutRequest", "ID")
	w.clock.Advance(15 * time.Minute)
	answer := `<p:LogoutResponse xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_a" Version="2.0" IssueInstant="2026-01-05T09:00:00Z" InResponseTo="` + id + `"/>`
	target, err := binding.RedirectURL(w.LoginURL(), "SAMLResponse", []byte(answer), "")
	if err != nil {
		t.Fatal(err)
	}
	w.sp.forget()
	if page := ana.open(target); !strings.Contains(page.Text(), "You signed out of your account") || w.sp.last() != nil {
		t.Errorf("came to %s", page.URL)
	}
	if page := ana.enter(ana.open(w.redirect(authnRequest(), "")), w.ana.UserPrincipalName, directory.DefaultPassword); !atServiceProvider(page) {
		t.Errorf("the next sign-in came to %s", page.URL)
	}
}

func certificatesOf(app *idp.Application) []*x509.Certificate {
	var certs []*x509.Certificate
	for _, c := range app.Certificates() {
		certs = append(certs, c.X509)
	}
	return certs
}

// With the choice, the NameID of whatever response the application got in the
// session will do, in the format that the request asked for.
func TestLogoutNameIDIsThatOfAResponse(t *testing.T) {
	for _, format := range []string{"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"} {
		t.Run(format, func(t *testing.T) {
			w := newWire(t)
			w.Choose(func(c *idp.Choices) { c.MatchLogoutNameID = true })
			ana := w.person()
			ana.signIn(w.redirect(authnRequest("</samlp:AuthnRequest>", `<samlp:NameIDPolicy Format="`+format+`"/></samlp:AuthnRequest>`), ""))
			xml, _ := w.response()
			name := find(t, xml, "//NameID")
			checkRefused(t, asAnswer(ana.open(w.redirect(logoutRequest("whoever@contoso.example", w.ana.UserPrincipalName), ""))), "AADSTS50070",
				"Sign out has failed. The sign out request specified a name identifier that didn't match the existing session(s).")
			if page := ana.open(w.redirect(logoutRequest("whoever@contoso.example", name), "")); !atServiceProvider(page) {
				t.Errorf("the NameID %s of the response came to %s", name, page.URL)
			}
		})
	}
}

// Who chose Ana in two tabs signs Ana out, and nobody else.
func TestSignOutOfTheSameAccountTwice(t *testing.T) {
	w := newWire(t)
	b, ben := twoAccounts(w)
	out := w.BaseURL() + "/" + w.ID() + "/logout"
	first, second := b.open(out), b.open(out)
	b.submit(first, "account-"+w.ana.UserPrincipalName)
	if page := b.submit(second, "account-"+w.ana.UserPrincipalName); !strings.Contains(page.Text(), "You signed out of your account") {
		t.Errorf("came to %s\n%s", page.URL, page.Text())
	}
	page := b.open(w.redirect(authnRequest(), ""))
	if !atServiceProvider(page) {
		t.Fatalf("came to %s", page.URL)
	}
	if xml, _ := w.response(); find(t, xml, "//NameID") != ben.UserPrincipalName {
		t.Errorf("NameID %s", find(t, xml, "//NameID"))
	}
}
