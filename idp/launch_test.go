package idp_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/saml/binding"
)

var launchScript = regexp.MustCompile(`(?m)^window\.location = '([^']*)';$`)

// launchAddress finds the address the way saml2aws does: in the statement that
// holds SAMLRequest, up to the quote (Versent/saml2aws, pkg/provider/aad,
// processSAMLRequest; it insists on https, so the mock needs --tls for it).
func launchAddress(t *testing.T, w *wire, body string) string {
	t.Helper()
	for statement := range strings.SplitSeq(body, ";") {
		if _, after, found := strings.Cut(statement, w.BaseURL()); found && strings.Contains(statement, "SAMLRequest") {
			address, _, _ := strings.Cut(after, "'")
			return w.BaseURL() + address
		}
	}
	t.Fatalf("no statement with a SAMLRequest:\n%s", body)
	return ""
}

// The older address that starts an application leads by a script to the sign-in
// endpoint, and ends in an IdP-initiated response (client code and capture of
// Versent/saml2aws).
func TestLegacyLaunch(t *testing.T) {
	w := newWire(t)
	if err := w.app.Configure(func(c *idp.ApplicationConfig) { c.RelayState = "start page" }); err != nil {
		t.Fatal(err)
	}
	launch := func(query string) string {
		return w.BaseURL() + "/applications/redirecttofederatedapplication.aspx?" + query
	}
	for _, query := range []string{
		"Operation=LinkedSignIn&applicationId=" + w.app.AppID(),
		"Operation=LinkedSignIn&applicationId=" + strings.ToUpper(w.app.AppID()),
		"Operation=SignIn&ApplicationConstName=aws&SingleSignOnType=Federated&ApplicationDisplayName=Wiki&tenantId=" + tenantID,
	} {
		page := w.get(launch(query))
		found := launchScript.FindStringSubmatch(page.body)
		if page.status != http.StatusOK || found == nil {
			t.Fatalf("%s: status %d\n%s", query, page.status, page.body)
		}
		target := launchAddress(t, w, page.body)
		if target != found[1] || !strings.HasPrefix(target, w.LoginURL()+"?SAMLRequest=") {
			t.Errorf("the page leads to %s, and a tool to %s", found[1], target)
		}
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		request, err := binding.Inflate(u.Query().Get("SAMLRequest"))
		if err != nil {
			t.Fatal(err)
		}
		id, _ := attr(t, request, "/AuthnRequest", "ID")
		if want := `<samlp:AuthnRequest xmlns="urn:oasis:names:tc:SAML:2.0:metadata" ID="` + id + `" Version="2.0" IssueInstant="2026-01-05T09:00:00.000Z" IsPassive="false" AssertionConsumerServiceURL="` + w.sp.acs() + `" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://wiki.example/saml</Issuer></samlp:AuthnRequest>`; string(request) != want {
			t.Errorf("request\n%s\nwant\n%s", request, want)
		}
		response := w.signInByForm(w.get(target))
		xml, _ := w.posted(response)
		if value, sent := attr(t, xml, "/Response", "InResponseTo"); sent {
			t.Errorf("InResponseTo = %q in a response that nobody asked for", value)
		}
		if !strings.Contains(response.body, `name="RelayState" value="start page"`) {
			t.Errorf("the application's RelayState is missing:\n%s", response.body)
		}
	}

	// The id of such a request cannot be made up, nor used for another application.
	other := w.create(idp.ApplicationConfig{Name: "Blog", Identifiers: []string{"https://blog.example"}, ReplyURLs: []string{w.sp.acs()}, AssignmentRequired: new(false)})
	target := launchAddress(t, w, w.get(launch("Operation=LinkedSignIn&applicationId="+other.AppID())).body)
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	request, err := binding.Inflate(u.Query().Get("SAMLRequest"))
	if err != nil {
		t.Fatal(err)
	}
	xml, _ := w.posted(w.signInByForm(w.get(w.redirect(strings.Replace(string(request), "https://blog.example", identifier, 1), ""))))
	if _, sent := attr(t, xml, "/Response", "InResponseTo"); !sent {
		t.Error("the launch of one application served for another")
	}

	// An application with a sign-on URL starts there; one that requires signed
	// requests does not start.
	if err := other.SetSignOnURL(w.sp.URL + "/start?a='b'&c=</script>"); err != nil {
		t.Fatal(err)
	}
	if page := w.get(launch("Operation=LinkedSignIn&applicationId=" + other.AppID())); !strings.Contains(page.body, `window.location = '`+w.sp.URL+`/start?a=\'b\'&c=\u003c/script\u003e';`) {
		t.Errorf("sign-on URL:\n%s", page.body)
	}
	w.require(idp.Verification{})
	checkRefused(t, w.get(launchAddress(t, w, w.get(launch("Operation=LinkedSignIn&applicationId="+w.app.AppID())).body)), "AADSTS76026", requestExpired)
}

func TestLegacyLaunchRefuses(t *testing.T) {
	w := newWire(t)
	notFound := func(id string) string {
		return "Application with identifier '" + id + "' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
	}
	w.create(idp.ApplicationConfig{Name: "No URL"})
	for _, test := range []struct{ query, code, message string }{
		{"Operation=LinkedSignIn&applicationId=x", "AADSTS700016", notFound("x")},
		{"Operation=LinkedSignIn", "AADSTS700016", notFound("")},
		{"Operation=SignIn&ApplicationDisplayName=Blog", "AADSTS700016", notFound("Blog")},
		{"Operation=SignIn&ApplicationDisplayName=No%20URL", "AADSTS900971", "No reply address provided."},
		{"Operation=SignIn&ApplicationDisplayName=Wiki&tenantId=fabrikam.example", "AADSTS90002", "Tenant 'fabrikam.example' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."},
		{"", "AADSTS90100", "Operation parameter is empty or not valid."},
	} {
		checkRefused(t, w.get(w.BaseURL()+"/Applications/RedirectToFederatedApplication.aspx?"+test.query), test.code, test.message)
	}
}
