package idp_test

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/browser"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/internal/web"
)

const (
	tenantID   = "11111111-2222-4333-8444-555555555555"
	identifier = "https://wiki.example/saml"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// wire is a tenant behind HTTP, with one application, Wiki, to which Ana is
// assigned, and a service provider that keeps what it is sent.
type wire struct {
	*idp.Tenant
	t      testing.TB
	clock  *clock.Clock
	app    *idp.Application
	ana    directory.User
	sp     *serviceProvider
	client *http.Client // keeps no cookies, follows no redirects
}

func newWire(t testing.TB, record ...*trace.Recorder) *wire {
	t.Helper()
	w := &wire{t: t, clock: clock.Frozen(start), sp: newServiceProvider(t)}
	cfg := idp.Config{TenantID: tenantID, Clock: w.clock}
	if len(record) > 0 {
		cfg.Trace = record[0]
	}
	w.Tenant = idp.Run(t, cfg)
	transport := browser.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	w.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w.ana = w.AddUser(directory.User{
		UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa", Mail: "ana@contoso.example",
	})
	w.app = w.create(idp.ApplicationConfig{
		Name: "Wiki", Identifiers: []string{identifier}, ReplyURLs: []string{w.sp.acs()}, LogoutURL: w.sp.URL + "/slo",
	})
	w.assign(w.app, w.ana)
	return w
}

// in is the same wire for a subtest.
func (w *wire) in(t *testing.T) *wire {
	sub := *w
	sub.t = t
	return &sub
}

func (w *wire) create(cfg idp.ApplicationConfig) *idp.Application {
	w.t.Helper()
	app, err := w.CreateApplication(cfg)
	if err != nil {
		w.t.Fatalf("create application %s: %v", cfg.Name, err)
	}
	return app
}

func (w *wire) assign(app *idp.Application, principals ...directory.Principal) {
	w.t.Helper()
	if err := app.Assign(principals...); err != nil {
		w.t.Fatalf("assign: %v", err)
	}
}

// declare adds app roles to Wiki.
func (w *wire) declare(values ...string) {
	w.t.Helper()
	err := w.app.Configure(func(c *idp.ApplicationConfig) {
		for _, value := range values {
			c.AppRoles = append(c.AppRoles, idp.AppRole{Value: value})
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// serviceProvider is the other end: it keeps the requests that it gets.
type serviceProvider struct {
	*httptest.Server
	mu  sync.Mutex
	got []*http.Request
}

func newServiceProvider(t testing.TB) *serviceProvider {
	s := &serviceProvider{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		if page := r.Form.Get("page"); page != "" { // one of its own
			io.WriteString(w, page)
			return
		}
		s.mu.Lock()
		s.got = append(s.got, r)
		s.mu.Unlock()
		io.WriteString(w, "<title>Service provider</title>")
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *serviceProvider) acs() string { return s.URL + "/acs" }

// last is the latest request that arrived, or nil.
func (s *serviceProvider) last() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.got) == 0 {
		return nil
	}
	return s.got[len(s.got)-1]
}

// forget makes the next look find only what comes from now on.
func (s *serviceProvider) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = nil
}

// authnRequest is what Wiki sends; the changes come in pairs of old and new text.
func authnRequest(changes ...string) string {
	return strings.NewReplacer(changes...).Replace(
		`<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_request1" Version="2.0" IssueInstant="2026-01-05T09:00:00Z">` +
			`<Issuer>https://wiki.example/saml</Issuer></samlp:AuthnRequest>`)
}

// redirect is the address by which a message comes in the Redirect binding.
func (w *wire) redirect(xml, relayState string) string {
	w.t.Helper()
	u, err := binding.RedirectURL(w.LoginURL(), "SAMLRequest", []byte(xml), relayState)
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// formAt is the address of a page of the service provider that sends a message
// in the POST binding.
func (w *wire) formAt(xml, relayState string) string {
	e := strings.NewReplacer("\r", "&#13;", "\n", "&#10;")
	page := `<body onload="document.forms[0].submit()"><form method="post" action="` + w.LoginURL() + `">` +
		`<input type="hidden" name="SAMLRequest" value="` + binding.EncodePOST([]byte(xml)) + `">` +
		`<input type="hidden" name="RelayState" value="` + e.Replace(html.EscapeString(relayState)) + `"></form>`
	return w.sp.URL + "/?page=" + url.QueryEscape(page)
}

// answer is an HTTP response, read.
type answer struct {
	status int
	header http.Header
	body   string
}

func (w *wire) do(method, target, contentType, body string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(data)}
}

func (w *wire) get(target string) answer {
	w.t.Helper()
	return w.do(http.MethodGet, target, "", "")
}

func (w *wire) post(target string, form url.Values) answer {
	w.t.Helper()
	return w.do(http.MethodPost, target, "application/x-www-form-urlencoded", form.Encode())
}

// postRequest sends a message in the POST binding.
func (w *wire) postRequest(xml, relayState string) answer {
	w.t.Helper()
	form := url.Values{"SAMLRequest": {binding.EncodePOST([]byte(xml))}}
	if relayState != "" {
		form.Set("RelayState", relayState)
	}
	return w.post(w.LoginURL(), form)
}

var (
	refusalScript = regexp.MustCompile(`<script type="application/json" id="` + web.RefusalID + `">(.*)</script>`)
	configScript  = regexp.MustCompile(`(?s)<script type="text/javascript">//<!\[CDATA\[\n\$Config=(.*?);\n//\]\]></script>`)
)

// refusalOf reads the refusal of a page, or fails the test if there is none.
func refusalOf(t testing.TB, body string) refusal.Refusal {
	t.Helper()
	found := refusalScript.FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("no refusal on the page:\n%s", body)
	}
	var why refusal.Refusal
	if err := json.Unmarshal([]byte(found[1]), &why); err != nil {
		t.Fatalf("refusal of the page: %v", err)
	}
	return why
}

// configOf reads $Config the way command-line tools do.
func configOf(t testing.TB, body string) map[string]any {
	t.Helper()
	found := configScript.FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("no $Config on the page:\n%s", body)
	}
	var config map[string]any
	if err := json.Unmarshal([]byte(found[1]), &config); err != nil {
		t.Fatalf("$Config: %v", err)
	}
	return config
}

// checkRefused checks status, code and message of an error page.
func checkRefused(t *testing.T, got answer, code, message string) refusal.Refusal {
	t.Helper()
	if got.status != http.StatusBadRequest {
		t.Fatalf("status %d, want 400 and %s\n%s", got.status, code, got.body)
	}
	why := refusalOf(t, got.body)
	if why.Code != code || why.Message != message {
		t.Errorf("refused with %s: %s\nwant         %s: %s", why.Code, why.Message, code, message)
	}
	if why.Expected == "" || why.Got == "" || why.Where == "" || why.Fix == "" {
		t.Errorf("%s does not explain itself: %+v", why.Code, why)
	}
	return why
}

// response is what arrived at the service provider last, decoded.
func (w *wire) response() (xml []byte, form url.Values) {
	w.t.Helper()
	r := w.sp.last()
	if r == nil || r.Method != http.MethodPost || !r.PostForm.Has("SAMLResponse") {
		w.t.Fatalf("the service provider got no response but %v", r)
	}
	xml, err := binding.DecodePOST(r.PostForm.Get("SAMLResponse"))
	if err != nil {
		w.t.Fatal(err)
	}
	return xml, r.PostForm
}

// signInByForm sends the form of a sign-in page as a command-line tool does, as
// Ana, and returns the page that posts the response.
func (w *wire) signInByForm(page answer) answer {
	w.t.Helper()
	config := configOf(w.t, page.body)
	return w.notStaying(w.post(w.BaseURL()+config["urlPost"].(string), credentials(w, config)))
}

// credentials are what a command-line tool posts as Ana to a page with this
// $Config.
func credentials(w *wire, config map[string]any) url.Values {
	field := func(name string) string { value, _ := config[name].(string); return value }
	return url.Values{
		"login": {w.ana.UserPrincipalName}, "loginfmt": {w.ana.UserPrincipalName}, "passwd": {directory.DefaultPassword},
		"ctx": {field("sCtx")}, field("sFTName"): {field("sFT")}, "canary": {field("canary")},
	}
}

// notStaying answers "Stay signed in?" with No, if that is what the page asks.
func (w *wire) notStaying(page answer) answer {
	w.t.Helper()
	if page.status != http.StatusOK || !strings.Contains(page.body, `"KmsiInterrupt"`) {
		return page
	}
	config := configOf(w.t, page.body)
	no := credentials(w, config)
	no.Set("LoginOptions", "3")
	return w.post(w.BaseURL()+config["urlPost"].(string), no)
}

var (
	actionAttribute = regexp.MustCompile(` name="hiddenform" action="([^"]*)">`)
	responseField   = regexp.MustCompile(`<input type="hidden" name="SAMLResponse" value="([^"]*)" />`)
)

// posted reads the page that posts a response: what and where to.
func (w *wire) posted(page answer) (xml []byte, action string) {
	w.t.Helper()
	to, value := actionAttribute.FindStringSubmatch(page.body), responseField.FindStringSubmatch(page.body)
	if to == nil || value == nil {
		w.t.Fatalf("status %d, no form with a response:\n%s", page.status, page.body)
	}
	xml, err := binding.DecodePOST(value[1])
	if err != nil {
		w.t.Fatal(err)
	}
	return xml, html.UnescapeString(to[1])
}
