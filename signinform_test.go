package harness_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
)

// loginPages is a service provider that asks and waits for people, before it
// sends them to Entra and after.
func loginPages(t *testing.T, entraLogin func() string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	page := func(pattern, html string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, html) })
	}
	page("GET /login", `<title>Log in</title><form action="/local" method="post"><input name="name"><input name="passwd" type="password"><button>Log in</button></form> <a href="/help">Help</a> <a href="sso">Use single sign-on</a>`)
	page("GET /sso", `<title>Who are you?</title><form action="/find" method="post"><input type="hidden" name="csrf" value="1"><input name="email"><input name="org"><button>Next</button></form>`)
	mux.HandleFunc("POST /find", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("email") != "ana@contoso.example" || r.FormValue("org") != "contoso" || r.FormValue("csrf") != "1" {
			http.Error(w, fmt.Sprintf("nobody knows %v", r.PostForm), http.StatusNotFound)
			return
		}
		request := `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0" IssueInstant="2026-01-05T09:00:00Z"><saml:Issuer>https://wiki.contoso.example</saml:Issuer></samlp:AuthnRequest>`
		fmt.Fprintf(w, `<title>Go on</title><form action="%s" method="post"><input type="hidden" name="SAMLRequest" value="%s"><button>Continue</button></form>`, entraLogin(), base64.StdEncoding.EncodeToString([]byte(request)))
	})
	page("POST /acs", `<title>Your teams</title><form action="/home" method="post"><button name="team" value="docs">Team Docs</button><button name="team" value="web">Team Web</button></form>`)
	mux.HandleFunc("POST /home", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "<title>Wiki</title>Hello from team %s", r.FormValue("team"))
	})
	page("GET /shell", `<title>Wiki</title><div id="root"></div><script src="/app.js"></script>`)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("GET /saml", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://wiki.contoso.example"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="%s/acs" index="0"/></SPSSODescriptor></EntityDescriptor>`, server.URL)
	})
	return server
}

// A service provider's own pages are filled in and pressed as its target says:
// the link to single sign-on, the mail address, what waits for a button, what it
// asks for afterwards. What people would have to do there is told where the
// target says nothing of it.
func TestServiceProviderWithPagesOfItsOwn(t *testing.T) {
	sso, find, team := harness.SignInPage{Submit: "Use single sign-on"}, harness.SignInPage{User: "email", Fields: map[string]string{"org": "contoso"}}, harness.SignInPage{Submit: "Team Web"}
	for name, test := range map[string]struct {
		form  []harness.SignInPage
		start string
		hint  string // empty: she is signed in
	}{
		"all of them":      {form: []harness.SignInPage{sso, find, team}},
		"none":             {hint: `the page has inputs name, passwd, the button "Log in", the link "Help", the link "Use single sign-on"; what people do there to sign in stands under targets.serviceProvider.form`},
		"not the address":  {form: []harness.SignInPage{sso}, hint: `the page has inputs email, org, the button "Next"`},
		"not the team":     {form: []harness.SignInPage{sso, find}, hint: "by its metadata nothing is wrong with the response"},
		"made by a script": {start: "/shell", hint: "scripts make this page, and the browser runs none: let start be the address to which they lead"},
	} {
		t.Run(name, func(t *testing.T) {
			var h *harness.Harness
			wiki := loginPages(t, func() string { return h.Entra.LoginURL() })
			start := test.start
			if start == "" {
				start = "/login"
			}
			h = harness.Run(t, harness.Config{Targets: harness.Targets{ServiceProvider: &harness.ServiceProviderTarget{
				Metadata: wiki.URL + "/saml", Start: wiki.URL + start, Form: test.form, Success: harness.Success{Text: "Hello from team web"},
			}}})
			app := wikiApp(t, h)
			if err := app.Assign(h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"})); err != nil {
				t.Fatal(err)
			}
			if _, err := h.ExchangeMetadata(t.Context(), app); err != nil {
				t.Fatal(err)
			}
			session, err := h.SignIn(t.Context(), "ana@contoso.example")
			switch {
			case test.hint == "" && (err != nil || session.Outcome != harness.SignedIn):
				t.Errorf("%v, %+v", err, session)
			case test.hint != "" && (err == nil || session.By != "serviceProvider" || !strings.Contains(session.Explanation.Hint, test.hint)):
				t.Errorf("want %q, got %v", test.hint, err)
			}
		})
	}
}

// A page that scripts make has no text in which success could show.
func TestSuccessOnAPageMadeByScripts(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /acs", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `<title>Wiki</title><div id="root"></div><script src="/app.js"></script>`)
	})
	wiki := httptest.NewServer(mux)
	defer wiki.Close()
	metadata := `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://wiki.contoso.example"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="` + wiki.URL + `/acs" index="0"/></SPSSODescriptor></EntityDescriptor>`
	h := harness.Run(t, harness.Config{Targets: harness.Targets{ServiceProvider: &harness.ServiceProviderTarget{Metadata: metadata, Success: harness.Success{Text: "Hello"}}}})
	app := wikiApp(t, h)
	if err := app.Assign(h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"})); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ExchangeMetadata(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	session, err := h.SignIn(t.Context(), "ana@contoso.example")
	if err == nil || !strings.Contains(session.Explanation.Hint, "the browser runs none: let success be an address, a cookie or a status") {
		t.Errorf("%v", err)
	}
}
