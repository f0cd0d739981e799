package scenarios

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/idharness/harness/scimmock"
)

// wiki is a service provider that takes what a test wants it to take.
type wiki struct {
	*httptest.Server
	audience string // it takes responses for this one only
	sent     http.Header
}

func newWiki(t *testing.T, start func(http.Handler) *httptest.Server) *wiki {
	t.Helper()
	w := &wiki{audience: "https://wiki.contoso.example"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metadata", func(out http.ResponseWriter, r *http.Request) {
		w.sent = r.Header.Clone()
		fmt.Fprintf(out, `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://wiki.contoso.example"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="%s/acs" index="0"/></SPSSODescriptor></EntityDescriptor>`, w.URL)
	})
	mux.HandleFunc("POST /acs", func(out http.ResponseWriter, r *http.Request) {
		xml, err := base64.StdEncoding.DecodeString(r.FormValue("SAMLResponse"))
		if err != nil || !strings.Contains(string(xml), "<Audience>"+w.audience+"</Audience>") {
			out.WriteHeader(http.StatusForbidden)
			io.WriteString(out, "<title>Sorry</title>This response is not for <b>us</b>.")
			return
		}
		http.SetCookie(out, &http.Cookie{Name: "wiki", Value: "ana", Path: "/"})
		http.Redirect(out, r, "/home", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /home", func(out http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(out, "<title>Wiki</title><h1>Hello Ana</h1>%s", html.EscapeString(r.Header.Get("X-Gate-Key")))
	})
	mux.HandleFunc("GET /me", func(out http.ResponseWriter, r *http.Request) {
		io.WriteString(out, `{"user": {"email": "ana@contoso.example", "admin": false}}`)
	})
	mux.HandleFunc("GET /hold", func(out http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	w.Server = start(mux)
	t.Cleanup(w.Close)
	return w
}

// wikiScenario signs Ana in at the wiki. It takes lines for the target, the
// argument of signIn and what is expected of it.
const wikiScenario = `name: Wiki
entra:
  users: [{userPrincipalName: ana@contoso.example, displayName: Ana Sousa, givenName: Ana, surname: Sousa, mail: ana@contoso.example}]
  app: {name: Wiki, template: custom-saml, assignments: [{user: ana@contoso.example}]}
targets:
  serviceProvider:
    metadata: %[1]s/metadata
%[2]s
steps:
  - exchangeMetadata: {}
    expect: {entra: {identifier: "https://wiki.contoso.example", replyURL: "%[1]s/acs"}, metadata: {entityID: {$matches: "^https://sts"}, text: {$contains: EntityDescriptor}, location: {$matches: "/saml2$"}}}
  - signIn: %[3]s
    expect: %[4]s
`

func runText(t *testing.T, name, text string, env map[string]string) Report {
	t.Helper()
	o := Options{Env: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}
	s, err := Load(name, []byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return Run(t.Context(), s, o)
}

// failuresOf is everything that a report says went wrong.
func failuresOf(r Report) string {
	text := r.Error
	for _, s := range r.Steps {
		text += s.Error + strings.Join(s.Failures, "\n")
	}
	return text
}

// Each sign of success is seen where it is, and missed where it is not.
func TestServiceProviderShowsSuccess(t *testing.T) {
	w := newWiki(t, httptest.NewServer)
	const signedIn = `{outcome: signedIn, nameID: {value: ana@contoso.example}, page: {status: 200, title: Wiki, text: {$contains: Hello Ana}}}`
	refused := func(expected string) string {
		return fmt.Sprintf(`{outcome: refused, by: serviceProvider, code: NotSignedIn, message: {$contains: Hello Ana}, explanation: {expected: %q, where: "%s/home"}}`, expected, w.URL)
	}
	for name, test := range map[string]struct{ success, expect string }{
		"url":             {"{url: " + w.URL + "/home}", signedIn},
		"another url":     {"{url: " + w.URL + "/admin}", refused("a page whose address begins with " + w.URL + "/admin")},
		"text":            {"{text: Hello Ana}", signedIn},
		"another text":    {"{text: Hello Ben}", refused(`the text "Hello Ben"`)},
		"matches":         {"{matches: '(?i)hello \\w+'}", signedIn},
		"does not match":  {"{matches: 'Bye'}", refused("a text that matches Bye")},
		"cookie":          {"{cookie: wiki}", signedIn},
		"another cookie":  {"{cookie: session}", refused("a cookie called session")},
		"status":          {"{status: 200}", signedIn},
		"another status":  {"{status: 201}", refused("status 201")},
		"no JSON":         {"{json: user.email}", refused("JSON with user.email")},
		"all that is set": {"{status: 200, text: Hello, cookie: session}", refused("a cookie called session")},
	} {
		t.Run(name, func(t *testing.T) {
			report := runText(t, "wiki.yaml", fmt.Sprintf(wikiScenario, w.URL, "    success: "+test.success, "{user: ana@contoso.example}", test.expect), nil)
			if report.Status != Passed {
				t.Errorf("%v: %s", report.Status, failuresOf(report))
			}
		})
	}
}

// What the service provider says when it refuses is told, with what its own
// metadata give as the reason.
func TestServiceProviderRefuses(t *testing.T) {
	w := newWiki(t, httptest.NewServer)
	w.audience = "https://files.contoso.example"
	text := fmt.Sprintf(wikiScenario, w.URL, "    success: {text: Hello}", "{user: ana@contoso.example}",
		`{outcome: refused, by: serviceProvider, code: HTTP403, message: "This response is not for us.", nameID: {value: ana@contoso.example}, page: {status: 403, title: Sorry}, explanation: {got: {$contains: status 403}, hint: {$contains: nothing is wrong with the response}}}`)
	if report := runText(t, "wiki.yaml", text, nil); report.Status != Passed {
		t.Errorf("%v: %s", report.Status, failuresOf(report))
	}

	// Without an expectation the step fails and tells all of it.
	report := runText(t, "wiki.yaml", strings.Replace(text[:strings.LastIndex(text, "    expect:")], "  - signIn", "  - entra: {updateApp: {app: Wiki, set: {identifiers: [urn:else]}}}\n  - signIn", 1), nil)
	got := failuresOf(report)
	for _, want := range []string{"This response is not for us", "status 403", "audience"} {
		if report.Status != Failed || !strings.Contains(got, want) {
			t.Errorf("%v, %q is not in\n%s", report.Status, want, got)
		}
	}
}

// Metadata that are not there are a mistake in the target, and told there.
func TestMetadataThatAreNotThere(t *testing.T) {
	w := newWiki(t, httptest.NewServer)
	text := strings.Replace(fmt.Sprintf(wikiScenario, w.URL, "    success: {text: Hello}", "{user: ana@contoso.example}", "{outcome: signedIn}"), "/metadata\n", "/meta\n", 1)
	report := runText(t, "wiki.yaml", text, nil)
	if got := failuresOf(report); report.Status != Errored || !strings.Contains(got, "exchangeMetadata: "+w.URL+"/meta answered 404 Not Found") || !strings.Contains(got, "wiki.yaml:7:15") {
		t.Errorf("%v: %s", report.Status, got)
	}
}

// The account of a step tells what a real system says that is no success, and
// each part of a refusal in a line of its own.
func TestAccountsOfWhatTargetsSay(t *testing.T) {
	w := newWiki(t, httptest.NewServer)
	w.audience = "https://files.contoso.example"
	text := fmt.Sprintf(wikiScenario, w.URL, "    success: {text: Hello}", "{user: ana@contoso.example}", "{outcome: refused}") + `
  - http: {method: POST, url: "` + w.URL + `/acs", body: x}
    expect: {status: 403}
  - http: {url: "` + w.URL + `/me"}
  - entra: {updateApp: {app: Wiki, set: {identifiers: [urn:a, urn:b]}}}
`
	report := runText(t, "wiki.yaml", text, nil)
	if report.Status != Passed {
		t.Fatalf("%v: %s", report.Status, failuresOf(report))
	}
	for i, want := range [][]string{
		1: {"Refused by serviceProvider: HTTP403: This response is not for us.", "  expected: a status below 400; the text \"Hello\"", "  got: status 403; a page without it", "  at: " + w.URL + "/acs"},
		2: {"POST " + w.URL + "/acs → 403 Forbidden", "  it says: <title>Sorry</title>This response is not for <b>us</b>."},
		3: {"GET " + w.URL + "/me → 200 OK"},
		4: {`Entra: application Wiki changed: identifiers = ["urn:a","urn:b"]`},
	} {
		if got := strings.Join(report.Steps[i].Account, "\n"); !strings.Contains(got, strings.Join(want, "\n")) || i == 3 && len(report.Steps[i].Account) != 1 {
			t.Errorf("step %d: want\n%s\ngot\n%s", i+1, strings.Join(want, "\n"), got)
		}
	}
}

// A page that shows success to anybody proves nothing.
func TestServiceProviderThatSignsNobodyIn(t *testing.T) {
	w := newWiki(t, httptest.NewServer)
	report := runText(t, "wiki.yaml", fmt.Sprintf(wikiScenario, w.URL, "    start: "+w.URL+"/home\n    success: {text: Hello}", "{user: ana@contoso.example}", "{outcome: signedIn}"), nil)
	if report.Status != Errored || !strings.Contains(failuresOf(report), "no SAML response has passed") || !strings.Contains(failuresOf(report), "wiki.yaml:9:14") {
		t.Errorf("%v: %s", report.Status, failuresOf(report))
	}
	// With a session it does.
	again := fmt.Sprintf(wikiScenario, w.URL, "    success: {json: $.user.email}", "{user: ana@contoso.example, start: myApps}", "{outcome: refused}") + `
  - signIn: {user: ana@contoso.example, start: "` + w.URL + `/me"}
    expect: {outcome: signedIn, page: {json: {user: {email: ana@contoso.example}}}}
`
	again = strings.Replace(again, "success: {json: $.user.email}", "success: {cookie: wiki}", 1)
	again = strings.Replace(again, "{outcome: refused}", "{outcome: signedIn}", 1)
	if report := runText(t, "wiki.yaml", again, nil); report.Status != Passed {
		t.Errorf("%v: %s", report.Status, failuresOf(report))
	}
}

// A target that cannot be reached, or whose certificate nobody trusts, is no
// failed expectation: exit status 3.
func TestTargetsThatCannotBeReached(t *testing.T) {
	closed := newWiki(t, httptest.NewServer)
	closed.Close()
	private := newWiki(t, httptest.NewTLSServer)
	slow := newWiki(t, httptest.NewServer)
	for name, test := range map[string]struct {
		url, lines string
		want       []string
	}{
		"closed":    {closed.URL, "    success: {status: 200}", []string{"wiki.yaml:7:15", "tried " + closed.URL + "/metadata", "connection refused", "metadata: " + closed.URL}},
		"start":     {slow.URL, "    start: " + closed.URL + "/login\n    success: {status: 200}", []string{"wiki.yaml:8:12", "tried " + closed.URL + "/login"}},
		"no trust":  {private.URL, "    success: {status: 200}", []string{"certificate signed by unknown authority", "caFile"}},
		"no answer": {slow.URL, "    timeout: 1ns\n    success: {status: 200}", []string{"no answer within 1ns"}},
		"a secret":  {closed.URL, "    headers: {Authorization: 'Bearer not-for-anybody'}\n    success: {status: 200}", []string{"tried " + closed.URL}},
	} {
		t.Run(name, func(t *testing.T) {
			report := runText(t, "wiki.yaml", fmt.Sprintf(wikiScenario, test.url, test.lines, "{user: ana@contoso.example}", "{outcome: signedIn}"), nil)
			for _, want := range test.want {
				if report.Status != Errored || !strings.Contains(report.Error, want) {
					t.Errorf("%v, %q is not in\n%s", report.Status, want, report.Error)
				}
			}
			if strings.Contains(report.Error, "not-for-anybody") {
				t.Errorf("a secret shows:\n%s", report.Error)
			}
		})
	}
}

// A certification authority of one's own is trusted, and headers go to the
// target alone and into no report.
func TestTargetIsReached(t *testing.T) {
	w := newWiki(t, httptest.NewTLSServer)
	folder := t.TempDir()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(folder, "ca.pem"), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(wikiScenario, w.URL, "    caFile: ca.pem\n    headers: {X-Gate: \"${env:GATE}\", X-Gate-Key: locked and bolted}\n    success: {text: Hello}", "{user: ana@contoso.example}", "{outcome: signedIn}")
	report := runText(t, filepath.Join(folder, "wiki.yaml"), text, map[string]string{"GATE": "open sesame 4711"})
	if report.Status != Passed {
		t.Fatalf("%v: %s", report.Status, failuresOf(report))
	}
	if got := w.sent.Get("X-Gate"); got != "open sesame 4711" {
		t.Errorf("X-Gate: %q", got)
	}
	if page := fmt.Sprint(report.Steps[1].Result); !strings.Contains(page, "Hello Ana ***") {
		t.Errorf("what the target repeats of a secret shows: %s", page)
	}
	for _, e := range report.Trace {
		if text := html.UnescapeString(fmt.Sprintf("%v", e)); strings.Contains(text, "sesame") || strings.Contains(text, "bolted") {
			t.Errorf("the trace shows the secret in %s %s", e.Request.Method, e.Request.URL)
		}
		if strings.HasPrefix(e.Request.URL, "http://") && e.Request.Header["X-Gate"] != nil {
			t.Errorf("the header went to %s", e.Request.URL)
		}
	}
}

// A real SCIM server is provisioned as its profile says, unless the application
// says otherwise, and read with its own token.
func TestSCIMTargetOfAScenario(t *testing.T) {
	const text = `name: Wiki
entra:
  users: [{userPrincipalName: ana@contoso.example, displayName: Ana Sousa, givenName: Ana, surname: Sousa}]
  groups: [{displayName: editors, members: [ana@contoso.example]}]
  app: {name: Wiki, template: custom-saml, assignments: [{group: editors}]%s}
targets: {scim: {url: "${env:URL}", token: "${env:TOKEN}", profile: {groupExtraSchema: false}}}
steps:
  - connectProvisioning: {}
    expect: {testConnection: succeeded, endpoint: "${env:URL}"}
  - provision: {}
    expect: {status: success, users: {created: 1}, groups: {created: 1}}
  - scim: {path: '/Users?filter=userName eq "ana@contoso.example"'}
    expect: {status: 200, body: {totalResults: 1}}
  - scim: {path: /Users, token: not the right token}
    expect: {status: 401}
  - connectProvisioning: {token: not the right token}
    expect: {testConnection: failed}
`
	for name, test := range map[string]struct {
		own      string
		extended bool
	}{
		"the server's profile":     {"", false},
		"the application's wishes": {", provisioning: {groupExtraSchema: true}", true},
	} {
		t.Run(name, func(t *testing.T) {
			server := scimmock.Run(t, scimmock.Config{Profile: scimmock.RFC()})
			report := runText(t, "scim.yaml", fmt.Sprintf(text, test.own), map[string]string{"URL": server.URL(), "TOKEN": server.Token()})
			if report.Status != Passed {
				t.Fatalf("%v: %s", report.Status, failuresOf(report))
			}
			extended := false
			for _, e := range server.Exchanges() {
				if e.Request.Method == http.MethodPost && strings.HasSuffix(e.Request.URL, "/Groups") {
					extended = strings.Contains(e.Request.Body, "schemas.microsoft.com")
				}
			}
			if extended != test.extended {
				t.Errorf("Microsoft's schema in the group: %v, want %v", extended, test.extended)
			}
			for _, e := range report.Trace {
				if strings.Contains(fmt.Sprintf("%v", e), server.Token()) {
					t.Errorf("the trace shows the token in %s %s", e.Request.Method, e.Request.URL)
				}
			}
		})
	}
}

// A real system is shared: scenarios with one do not run beside others, unless
// they say so.
func TestScenariosWithTargetsRunAlone(t *testing.T) {
	for text, want := range map[string]bool{
		"targets: {scim: {url: https://wiki.contoso.example, token: x}}\n":                 false,
		"targets: {scim: {url: https://wiki.contoso.example, token: x}}\nparallel: true\n": true,
		"parallel: false\n": false,
		"":                  true,
	} {
		s, err := Load("x.yaml", []byte("name: x\n"+text+"steps: [{advance: 1m, expect: {cycles: 0}}]\n"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Parallel != want {
			t.Errorf("%q: parallel %v", text, s.Parallel)
		}
	}
}

// A SCIM server behind a certificate of one's own is provisioned and read with
// caFile, and without it refused with what to do.
func TestSCIMTargetOverTLS(t *testing.T) {
	server := scimmock.Run(t, scimmock.Config{Profile: scimmock.RFC()})
	behind, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	gate := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: behind.Scheme, Host: behind.Host})
	}})
	t.Cleanup(gate.Close)
	folder := t.TempDir()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: gate.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(folder, "ca.pem"), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	const text = `name: Wiki
entra:
  users: [{userPrincipalName: ana@contoso.example, displayName: Ana Sousa, givenName: Ana, surname: Sousa}]
  app: {name: Wiki, template: custom-saml, assignments: [{user: ana@contoso.example}]}
targets: {scim: {url: "${env:URL}", token: "${env:TOKEN}", profile: rfc%s}}
steps:
  - connectProvisioning: {}
    expect: {testConnection: succeeded}
  - provision: {}
    expect: {status: success, users: {created: 1}}
  - scim: {path: /Users}
    expect: {status: 200, body: {totalResults: 1}}
`
	env := map[string]string{"URL": gate.URL + behind.Path, "TOKEN": server.Token()}
	if report := runText(t, filepath.Join(folder, "scim.yaml"), fmt.Sprintf(text, ", caFile: ca.pem"), env); report.Status != Passed {
		t.Errorf("%v: %s", report.Status, failuresOf(report))
	}
	report := runText(t, filepath.Join(folder, "scim.yaml"), fmt.Sprintf(text, ""), env)
	if got := failuresOf(report); report.Status != Errored || !strings.Contains(got, "the SCIM server cannot be reached: tried "+env["URL"]) || !strings.Contains(got, "as caFile") {
		t.Errorf("%v: %s", report.Status, got)
	}
}
