package harness_test

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
)

// controlled asks the control API of a harness.
func controlled(t *testing.T, h *harness.Harness, method, path, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, h.ControlURL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token := h.ControlToken(); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// post is what a headless sign-in gives.
type post struct {
	URL    string
	Fields map[string]string
}

// signIn signs in through the control API.
func signIn(t *testing.T, h *harness.Harness, request map[string]any) post {
	t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	status, answer := controlled(t, h, http.MethodPost, "/v1/sign-in", string(body))
	if status != http.StatusOK {
		t.Fatalf("status %d: %s", status, answer)
	}
	var p post
	if err := json.Unmarshal([]byte(answer), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// arrive posts the form to Identity Center, which must let the user in.
func arrive(t *testing.T, h *harness.Harness, p post) {
	t.Helper()
	if p.URL != h.IdentityCenter.ACSURL() {
		t.Errorf("the form goes to %s, want the ACS %s", p.URL, h.IdentityCenter.ACSURL())
	}
	fields := make(url.Values)
	for name, value := range p.Fields {
		fields.Set(name, value)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(p.URL, fields)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusSeeOther && resp.StatusCode != http.StatusFound {
		t.Errorf("the ACS answered %s: %s", resp.Status, body)
	}
}

// pair is a harness with a user who may use its application.
func pair(t *testing.T, cfg ...harness.Config) *harness.Harness {
	t.Helper()
	h := harness.Run(t, cfg...)
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa"})
	if err := h.Entra.App().Assign(ana); err != nil {
		t.Fatal(err)
	}
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

// redirect is where Identity Center sends a browser that is not signed in.
func redirect(t *testing.T, h *harness.Harness) string {
	t.Helper()
	client := &http.Client{CheckRedirect: func(req *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(req.URL.String(), h.Entra.BaseURL()) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := client.Get(h.IdentityCenter.PortalURL())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.Header.Get("Location")
}

func TestHeadlessSignInStartsAtEntra(t *testing.T) {
	h := pair(t)
	for _, app := range []string{h.Entra.App().Name(), h.Entra.App().AppID()} {
		p := signIn(t, h, map[string]any{"user": "ana@contoso.example", "app": app})
		arrive(t, h, p)
	}
}

func TestHeadlessSignInTakesARedirect(t *testing.T) {
	h := pair(t)
	target := redirect(t, h)
	p := signIn(t, h, map[string]any{"user": "ana@contoso.example", "url": target})
	sent, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	if want := sent.Query().Get("RelayState"); p.Fields["RelayState"] != want || want == "" {
		t.Errorf("RelayState %q, want %q", p.Fields["RelayState"], want)
	}
	arrive(t, h, p)
}

func TestHeadlessSignInTakesARequest(t *testing.T) {
	h := pair(t)
	sent, err := url.Parse(redirect(t, h))
	if err != nil {
		t.Fatal(err)
	}
	request := sent.Query().Get("SAMLRequest")
	state := sent.Query().Get("RelayState")
	arrive(t, h, signIn(t, h, map[string]any{"user": "ana@contoso.example", "samlRequest": request, "relayState": state}))
	p := signIn(t, h, map[string]any{"user": "ana@contoso.example", "samlRequest": request, "relayState": "a & b"})
	if got := p.Fields["RelayState"]; got != "a & b" {
		t.Errorf("RelayState %q", got)
	}
}

func TestHeadlessSignInTakesAPostedRequest(t *testing.T) {
	h := pair(t)
	sent, err := url.Parse(redirect(t, h))
	if err != nil {
		t.Fatal(err)
	}
	deflated, err := base64.StdEncoding.DecodeString(sent.Query().Get("SAMLRequest"))
	if err != nil {
		t.Fatal(err)
	}
	xml, err := io.ReadAll(flate.NewReader(bytes.NewReader(deflated)))
	if err != nil {
		t.Fatal(err)
	}
	arrive(t, h, signIn(t, h, map[string]any{
		"user": "ana@contoso.example", "samlRequest": base64.StdEncoding.EncodeToString(xml), "binding": "post", "relayState": sent.Query().Get("RelayState"), "fresh": true,
	}))
}

// A service provider's own page leads to Entra, with the cookies it sets.
func TestHeadlessSignInStartsAtAPage(t *testing.T) {
	h := pair(t)
	var target string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target, http.StatusFound)
	}))
	defer server.Close()
	target = redirect(t, h)
	arrive(t, h, signIn(t, h, map[string]any{"user": "ana@contoso.example", "url": server.URL + "/login"}))
}

func TestHeadlessSignInIsRefusedAsAProblem(t *testing.T) {
	h := pair(t)
	h.Entra.AddUser(directory.User{UserPrincipalName: "bruno@contoso.example"})
	if err := h.Entra.FailNext(50053); err != nil {
		t.Fatal(err)
	}
	request := fmt.Sprintf(`{"user": "ana@contoso.example", "app": %q}`, h.Entra.App().Name())
	status, answer := controlled(t, h, http.MethodPost, "/v1/sign-in", request)
	if status != http.StatusUnprocessableEntity || !strings.Contains(answer, `"code": "AADSTS50053"`) {
		t.Errorf("a fault: status %d: %s", status, answer)
	}
	for _, test := range []struct{ name, body, want string }{
		{"nobody assigned", `{"user": "bruno@contoso.example", "app": %q}`, "AADSTS50105"},
		{"wrong password", `{"user": "ana@contoso.example", "password": "wrong-one", "fresh": true, "app": %q}`, "AADSTS50126"},
		{"nobody", `{"user": "nobody@contoso.example", "app": %q}`, "AADSTS50034"},
	} {
		status, answer := controlled(t, h, http.MethodPost, "/v1/sign-in", fmt.Sprintf(test.body, h.Entra.App().Name()))
		var p struct{ Code, Expected, Fix string }
		if err := json.Unmarshal([]byte(answer), &p); err != nil || status != http.StatusUnprocessableEntity || p.Code != test.want || p.Expected == "" {
			t.Errorf("%s: status %d, %v: %s", test.name, status, err, answer)
		}
	}
	for _, test := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"nothing to sign in to", `{"user": "ana@contoso.example"}`, 400, "a sign-in takes one of url, samlRequest and app"},
		{"two things", `{"user": "ana@contoso.example", "app": "x", "url": "http://x"}`, 400, "url and app"},
		{"an application that is not there", `{"user": "ana@contoso.example", "app": "AWS IAM Identity Centre"}`, 404, "did you mean AWS IAM Identity Center?"},
		{"no address", `{"user": "ana@contoso.example", "url": "ftp://x"}`, 400, "http:// or https://"},
		{"a signature without a request", `{"user": "ana@contoso.example", "app": "x", "sigAlg": "y"}`, 400, "sigAlg belongs to samlRequest"},
		{"a signed form", `{"user": "ana@contoso.example", "samlRequest": "x", "binding": "post", "signature": "y"}`, 400, "within the request"},
		{"a page that leads nowhere", fmt.Sprintf(`{"user": "ana@contoso.example", "url": %q}`, h.ControlURL()+"/healthz"), 502, "without a response of Entra"},
		{"nobody listens", `{"user": "ana@contoso.example", "url": "http://127.0.0.1:1/"}`, 502, "127.0.0.1:1"},
		{"no request", `{"user": "ana@contoso.example", "samlRequest": "eA=="}`, 422, "AADSTS75005"},
	} {
		if status, answer := controlled(t, h, http.MethodPost, "/v1/sign-in", test.body); status != test.status || !strings.Contains(answer, test.want) {
			t.Errorf("%s: status %d, want %d and %q: %s", test.name, status, test.status, test.want, answer)
		}
	}
}

// A headless sign-in holds the form back; the next one in the same browser does
// not.
func TestHeadlessSignInLeavesTheBrowserAsItIs(t *testing.T) {
	h := pair(t)
	signIn(t, h, map[string]any{"user": "ana@contoso.example", "app": h.Entra.App().AppID()})
	session, err := h.SignIn(t.Context(), "ana@contoso.example")
	if err != nil || session.Outcome != harness.SignedIn || session.Portal == nil {
		t.Errorf("SignIn afterwards = %+v, %v", session, err)
	}
}

func TestHeadlessSignInOfASignedRequest(t *testing.T) {
	h := pair(t)
	sent, err := url.Parse(redirect(t, h))
	if err != nil {
		t.Fatal(err)
	}
	status, answer := controlled(t, h, http.MethodPost, "/v1/sign-in", fmt.Sprintf(
		`{"user": "ana@contoso.example", "samlRequest": %q, "sigAlg": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "signature": "AAAA"}`, sent.Query().Get("SAMLRequest")))
	if status != http.StatusOK { // nobody asked for a signature, and nobody has a certificate to check one
		t.Errorf("status %d: %s", status, answer)
	}
	found := false
	for _, e := range h.Trace() {
		found = found || strings.Contains(e.Request.URL, "&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256&Signature=AAAA")
	}
	if !found {
		t.Error("the signature did not reach Entra as the binding has it")
	}
}

func TestBaseURLsAreSetLater(t *testing.T) {
	h := pair(t)
	status, answer := controlled(t, h, http.MethodPut, "/v1/base-urls", `{"entra": "http://login.harness.test:18400", "identityCenter": "http://127.0.0.1:18500/", "control": "http://control.harness.test"}`)
	if status != http.StatusOK || !strings.Contains(answer, `"identityCenter": "http://127.0.0.1:18500"`) {
		t.Fatalf("status %d: %s", status, answer)
	}
	if got := h.ControlURL(); got != "http://control.harness.test" {
		t.Errorf("ControlURL = %s", got)
	}
	if got := string(h.IdentityCenter.Metadata()); !strings.Contains(got, `Location="http://127.0.0.1:18500/platform/saml/acs/`) {
		t.Errorf("SP metadata = %s", got)
	}
	// Nobody listens there: the harness knows where its mocks are.
	if _, err := h.ExchangeMetadata(t.Context(), h.Entra.App()); err != nil {
		t.Fatal(err)
	}
	access, err := h.EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.ConnectProvisioning(t.Context(), h.Entra.App(), access.Token); err != nil {
		t.Fatal(err)
	}
	session, err := h.SignIn(t.Context(), "ana@contoso.example")
	if err != nil || session.Portal == nil || !strings.HasPrefix(session.URL, "http://127.0.0.1:18500/") {
		t.Errorf("SignIn = %+v, %v", session, err)
	}
}

func TestBadBaseURLs(t *testing.T) {
	h := harness.Run(t, harness.Config{Unconnected: true})
	before := h.BaseURLs()
	for _, bad := range []string{"localhost:8400", "ftp://x", "http://", "http://x/path", "http://a:b@x", "http://x?y", "http://x#y", "http://[", "http://x:99999"} {
		status, answer := controlled(t, h, http.MethodPut, "/v1/base-urls", fmt.Sprintf(`{"entra": "http://fine.test", "control": %q}`, bad))
		if status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
			t.Errorf("%s: status %d: %s", bad, status, answer)
		}
	}
	if after := h.BaseURLs(); after != before {
		t.Errorf("bad base URLs changed %v to %v", before, after)
	}
}

func TestControlTokenElsewhere(t *testing.T) {
	h := harness.Run(t, harness.Config{Unconnected: true, ControlAddr: "0.0.0.0:0", ControlURL: ""})
	if len(h.ControlToken()) < 16 {
		t.Fatalf("control token %q", h.ControlToken())
	}
	resp, err := http.Get(h.ControlURL() + "/v1/clock")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %s", resp.Status)
	}
	if status, answer := controlled(t, h, http.MethodGet, "/v1/info", ""); status != http.StatusOK || strings.Contains(answer, h.ControlToken()) || !strings.Contains(answer, h.Entra.Issuer()) {
		t.Errorf("with the token: status %d: %s", status, answer)
	}
	other := harness.Run(t, harness.Config{Unconnected: true, ControlAddr: "0.0.0.0:0"})
	if other.ControlToken() == h.ControlToken() {
		t.Error("two harnesses of one seed have one token")
	}
	if own := harness.Run(t, harness.Config{Unconnected: true}); own.ControlToken() != "" {
		t.Error("a loopback address asks for a token")
	}
	set := harness.Run(t, harness.Config{Unconnected: true, ControlToken: "token-of-mine"})
	if status, _ := controlled(t, set, http.MethodGet, "/v1/clock", ""); status != http.StatusOK || set.ControlToken() != "token-of-mine" {
		t.Errorf("with a token that was set: %d, %q", status, set.ControlToken())
	}
	if _, err := harness.New(t.Context(), harness.Config{ControlToken: "short"}); err == nil || !strings.Contains(err.Error(), "at least 8") {
		t.Errorf("a short token: %v", err)
	}
}
