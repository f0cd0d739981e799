package idp_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/saml/document"
)

// How FuzzSignInRequest sends a message.
const (
	fuzzPOST     = 1 << iota // in a form, else in a query
	fuzzRaw                  // the parameter as it stands, else encoded as the binding wants
	fuzzSignedIn             // with the cookies of somebody who is signed in
	fuzzResponse             // as SAMLResponse
	fuzzSigned               // to an application that requires signed requests
	fuzzStrict               // of a tenant that looks at everything, and posts errors
)

const fuzzACS = "https://wiki.example/acs"

// fuzzTenant is a tenant without a network, with cookies of a session.
type fuzzTenant struct {
	*idp.Tenant
	handler http.Handler
	cookies []*http.Cookie
}

func newFuzzTenant(f *testing.F) *fuzzTenant {
	tenant, err := idp.New(idp.Config{TenantID: tenantID, Clock: clock.Frozen(start), BaseURL: "https://login.example"})
	if err != nil {
		f.Fatal(err)
	}
	t := &fuzzTenant{Tenant: tenant, handler: tenant.Handler()}
	t.Choose(func(c *idp.Choices) { c.HideStaySignedIn = true })
	ana, err := t.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"})
	if err != nil {
		f.Fatal(err)
	}
	app, err := t.CreateApplication(idp.ApplicationConfig{Name: "Wiki", Identifiers: []string{identifier}, ReplyURLs: []string{fuzzACS}})
	if err != nil {
		f.Fatal(err)
	}
	if err := app.Assign(ana); err != nil {
		f.Fatal(err)
	}
	if err := tenant.App().Configure(func(c *idp.ApplicationConfig) { c.SignInAudience = idp.AudienceMultipleOrgs }); err != nil {
		f.Fatal(err)
	}
	page := t.send(httptest.NewRequest(http.MethodGet, "/"+tenantID+"/saml2?SAMLRequest="+url.QueryEscape(mustDeflate(authnRequest())), nil))
	config, ok := fuzzConfig(page.Body.String())
	if !ok {
		f.Fatalf("no sign-in page:\n%s", page.Body)
	}
	text := func(key string) string { value, _ := config[key].(string); return value }
	form := url.Values{"login": {ana.UserPrincipalName}, "loginfmt": {ana.UserPrincipalName}, "passwd": {directory.DefaultPassword}, "ctx": {text("sCtx")}, text("sFTName"): {text("sFT")}, "canary": {text("canary")}}
	login := httptest.NewRequest(http.MethodPost, text("urlPost"), strings.NewReader(form.Encode()))
	login.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, cookie := range page.Result().Cookies() {
		login.AddCookie(cookie)
	}
	response := t.send(login)
	t.cookies = response.Result().Cookies()
	if !strings.Contains(response.Body.String(), "hiddenform") || len(t.cookies) == 0 {
		f.Fatalf("signing in did not work:\n%s", response.Body)
	}
	return t
}

func (t *fuzzTenant) send(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	t.handler.ServeHTTP(w, r)
	return w
}

func mustDeflate(xml string) string {
	text, err := binding.Deflate([]byte(xml))
	if err != nil {
		panic(err)
	}
	return text
}

func fuzzConfig(body string) (config map[string]any, ok bool) {
	found := configScript.FindStringSubmatch(body)
	return config, found != nil && json.Unmarshal([]byte(found[1]), &config) == nil
}

// Whatever comes to /saml2 gets one of Entra's pages: never a failure of the
// mock, never a page with something in it that a stranger wrote as markup. Who
// is signed in and asks properly gets a response, at the registered reply URL
// and with RelayState byte for byte (saml-bindings-2.0-os, section 3.5.3).
func FuzzSignInRequest(f *testing.F) {
	t := newFuzzTenant(f)
	for _, seed := range []string{
		authnRequest(), authnRequest(identifier, "https://blog.example"), authnRequest("_request1", "1"), authnRequest("Version", `IsPassive="true" Version`),
		authnRequest("Version", `AssertionConsumerServiceURL="`+fuzzACS+`" ForceAuthn="1" Destination="https://x" Version`),
		authnRequest("</Issuer>", `</Issuer><samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient" SPNameQualifier="x&#10;"/>`),
		authnRequest("</Issuer>", `</Issuer><Subject/><samlp:Scoping ProxyCount="1"/><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>`),
		authnRequest("</Issuer>", `</Issuer><samlp:RequestedAuthnContext Comparison="minimum"><AuthnContextClassRef>x</AuthnContextClassRef></samlp:RequestedAuthnContext>`),
		strings.ReplaceAll(authnRequest(), "AuthnRequest", "LogoutRequest"), strings.ReplaceAll(authnRequest(), "AuthnRequest", "LogoutResponse"),
		"", "%%%", "<a>", `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`, strings.Repeat("<a>", 100), "\xff\xfe", mustDeflate(authnRequest()),
	} {
		for how := range uint8(fuzzStrict << 1) {
			f.Add(how, seed, `"><script>alert(1)</script>`+"\r\n")
		}
	}
	f.Fuzz(func(ft *testing.T, how uint8, message, relayState string) {
		is := func(flag uint8) bool { return how&flag != 0 }
		t.Choose(func(c *idp.Choices) {
			c.CheckDestination, c.RefuseSPNameQualifier, c.SAMLErrors = is(fuzzStrict), is(fuzzStrict), ""
			if is(fuzzStrict) {
				c.SAMLErrors = idp.DeliverAll
			}
		})
		if err := t.App().SetVerification(idp.Verification{Required: is(fuzzSigned)}); err != nil {
			ft.Fatal(err)
		}
		parameter := message
		switch {
		case is(fuzzRaw):
		case is(fuzzPOST):
			parameter = binding.EncodePOST([]byte(message))
		default:
			parameter = mustDeflate(message)
		}
		name := "SAMLRequest"
		if is(fuzzResponse) {
			name = "SAMLResponse"
		}
		values := url.Values{name: {parameter}, "RelayState": {relayState}}.Encode()
		r := httptest.NewRequest(http.MethodGet, "/"+tenantID+"/saml2", nil)
		if is(fuzzPOST) {
			r = httptest.NewRequest(http.MethodPost, "/"+tenantID+"/saml2", strings.NewReader(values))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		} else {
			r.URL.RawQuery = values
		}
		if is(fuzzSignedIn) {
			for _, cookie := range t.cookies {
				r.AddCookie(cookie)
			}
		}
		w := t.send(r)
		if !slices.Contains([]int{http.StatusOK, http.StatusFound, http.StatusBadRequest}, w.Code) {
			ft.Fatalf("status %d:\n%s", w.Code, w.Body)
		}
		if w.Code != http.StatusFound {
			checkFuzzPage(ft, w, relayState)
		}
	})
}

// checkFuzzPage checks a page: its scripts are ours, what programs read of it is
// JSON, and a form that posts itself goes to the application with what it sent.
func checkFuzzPage(t *testing.T, w *httptest.ResponseRecorder, relayState string) {
	t.Helper()
	body := w.Body.String()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatalf("page: %v\n%s", err, body)
	}
	scripts, fields, action := 0, map[string]string{}, ""
	for n := range root.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "script":
			scripts++
		case n.Data == "form" && htmlAttribute(n, "name") == "hiddenform":
			action = htmlAttribute(n, "action")
		case n.Data == "input":
			fields[htmlAttribute(n, "name")] = htmlAttribute(n, "value")
		}
	}
	config, hasConfig := fuzzConfig(body)
	if action != "" {
		if action != fuzzACS || scripts != 1 || fields["RelayState"] != relayState {
			t.Fatalf("a form to %q with %d scripts and RelayState %q, want %q\n%s", action, scripts, fields["RelayState"], relayState, body)
		}
		xml, err := binding.DecodePOST(fields["SAMLResponse"])
		if err == nil {
			_, err = document.Parse(xml)
		}
		if err != nil {
			t.Fatalf("the response is no XML: %v\n%s", err, xml)
		}
		return
	}
	if w.Code == http.StatusBadRequest {
		code, _ := config["sErrorCode"].(string)
		if found := refusalScript.FindStringSubmatch(body); found == nil || !json.Valid([]byte(found[1])) || !hasConfig || code == "" || scripts != 2 {
			t.Fatalf("an error page with %d scripts and code %q:\n%s", scripts, code, body)
		}
		return
	}
	most := 1
	if strings.Contains(body, `name="signin"`) {
		most = 2 // $Config, and what shows one step after the other
	}
	if scripts > most || strings.Contains(body, "<title></title>") {
		t.Fatalf("a page with %d scripts:\n%s", scripts, body)
	}
}

func htmlAttribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
