package sp_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/web"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

const (
	deviceGrant  = "urn:ietf:params:oauth:grant-type:device_code"
	callback     = "http://127.0.0.1:51234/oauth/callback"
	codeVerifier = "0123456789-0123456789-0123456789-0123456789-0123456789-012345678"
)

// answer is what the OIDC service said.
type answer struct {
	page
	members map[string]any
}

func (a answer) text(name string) string { s, _ := a.members[name].(string); return s }

// oidc calls the OIDC service as SDKs do.
func (w *world) oidc(path string, input map[string]any) answer {
	w.t.Helper()
	body, err := json.Marshal(input)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.oidcBody(path, string(body))
}

func (w *world) oidcBody(path, body string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.center.BaseURL()+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	a := answer{page: w.do(req)}
	if err := json.Unmarshal([]byte(a.body), &a.members); err != nil {
		w.t.Fatalf("%s answered %d %q: %v", path, a.status, a.body, err)
	}
	return a
}

// awsCLI is a client as the AWS CLI registers it, with the input members of
// another kind over it.
func (w *world) awsCLI(more map[string]any) map[string]any {
	w.t.Helper()
	input := map[string]any{"clientName": "botocore-client-demo", "clientType": "public"}
	for name, value := range more {
		input[name] = value
	}
	a := w.oidc("/client/register", input)
	if a.status != http.StatusOK {
		w.t.Fatalf("RegisterClient: %d %s", a.status, a.body)
	}
	return map[string]any{"clientId": a.text("clientId"), "clientSecret": a.text("clientSecret")}
}

func with(base map[string]any, more map[string]any) map[string]any {
	all := map[string]any{}
	for _, m := range []map[string]any{base, more} {
		for name, value := range m {
			all[name] = value
		}
	}
	return all
}

func (w *world) wantOIDCError(a answer, status int, exception, oauth, description string) {
	w.t.Helper()
	if a.status != status || a.header.Get("x-amzn-ErrorType") != exception+":http://internal.amazon.com/coral/com.amazonaws.sso.oidc/" || a.text("error") != oauth {
		w.t.Errorf("answered %d %s %s, want %d %s %s", a.status, a.header.Get("x-amzn-ErrorType"), a.body, status, exception, oauth)
	}
	if description != "" && a.text("error_description") != description || a.text("error_description") == "" {
		w.t.Errorf("description %q, want %q", a.text("error_description"), description)
	}
	exchanges := w.trace.Exchanges()
	last := exchanges[len(exchanges)-1]
	if len(last.Checks) == 0 || last.Checks[len(last.Checks)-1].Pass || !strings.Contains(last.Checks[len(last.Checks)-1].Detail, exception) {
		w.t.Errorf("the trace does not say why: %+v", last.Checks)
	}
}

// approve walks the pages on which Ana approves a device, signing in if she has
// to, and returns the last one.
func (w *world) approve(verification, decision string) page {
	w.t.Helper()
	first := w.get(verification)
	code := attribute(w.t, first, `id="verification_code"`, "value")
	asked := w.get(w.center.BaseURL() + "/start/consent?user_code=" + url.QueryEscape(code))
	if asked.status == http.StatusFound {
		request, relayState := w.requestIn(asked)
		asked = w.follow(w.post(w.entra.signed(w.center, ana, request.SelectAttrValue("ID", "")), relayState))
	}
	return w.decide(asked, decision)
}

func (w *world) decide(asked page, decision string) page {
	w.t.Helper()
	if !strings.Contains(asked.body, "to access your data?") {
		w.t.Fatalf("status %d, want the question whether to allow access:\n%s", asked.status, asked.body)
	}
	return w.postForm(w.center.BaseURL()+"/start/consent", url.Values{"request": {attribute(w.t, asked, `name="request"`, "value")}, "decision": {decision}})
}

// attribute reads an attribute of the element that has another one.
func attribute(t testing.TB, p page, element, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(p.body, element)
	if !ok {
		t.Fatalf("status %d, no element %s:\n%s", p.status, element, p.body)
	}
	tag, _, _ := strings.Cut(rest, ">")
	_, value, _ := strings.Cut(tag, name+`="`)
	value, _, _ = strings.Cut(value, `"`)
	return value
}

// portalAPI calls the portal's API with an access token.
func (w *world) portalAPI(path, token string) page {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.center.BaseURL()+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("x-amz-sso_bearer_token", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	resp.Body.Close()
	return page{status: resp.StatusCode}
}

// TestDeviceAuthorization is aws sso login as the AWS CLI does it with a device
// code (aws-cli, awscli/customizations/sso and botocore's SSOTokenFetcher): it
// asks once before a person can have answered, then until the person has.
func TestDeviceAuthorization(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{})
	client := w.awsCLI(nil)
	started := w.oidc("/device_authorization", with(client, map[string]any{"startUrl": "https://d-9067729b3d.awsapps.com/start"}))
	// Values that have been seen: ten minutes, and a second between questions.
	if started.status != http.StatusOK || started.members["expiresIn"] != 600.0 || started.members["interval"] != 1.0 {
		t.Fatalf("StartDeviceAuthorization: %d %s", started.status, started.body)
	}
	userCode := started.text("userCode")
	if len(userCode) != 9 || userCode[4] != '-' || started.text("verificationUriComplete") != started.text("verificationUri")+"?user_code="+userCode {
		t.Errorf("codes: %s", started.body)
	}
	ask := with(client, map[string]any{"grantType": deviceGrant, "deviceCode": started.text("deviceCode")})
	w.wantOIDCError(w.oidc("/token", ask), 400, "AuthorizationPendingException", "authorization_pending", "Authorization is still pending")

	p := w.approve(started.text("verificationUriComplete"), "allow")
	shown, _ := script[struct{ Client, User, Decision string }](t, p, web.DataID)
	if shown.Client != "botocore-client-demo" || shown.User != ana || shown.Decision != "allowed" || !strings.Contains(p.body, "Request approved") {
		t.Errorf("the page says %+v:\n%s", shown, p.body)
	}
	token := w.oidc("/token", ask)
	if token.status != http.StatusOK || token.text("tokenType") != "Bearer" || token.members["expiresIn"] != 28800.0 || !strings.HasPrefix(token.text("accessToken"), "aoa") {
		t.Fatalf("CreateToken: %d %s", token.status, token.body)
	}
	if token.text("refreshToken") != "" {
		t.Error("a client without scopes got a refresh token")
	}
	if p := w.portalAPI("/federation/credentials?role_name=Admin&account_id="+production, token.text("accessToken")); p.status != http.StatusOK {
		t.Errorf("GetRoleCredentials with the access token: %d", p.status)
	}
	// User guide, "Logging IAM Identity Center API calls": the record of CreateToken.
	last := sp.Event{}
	for _, e := range w.center.Events() {
		if e.EventName == "CreateToken" && e.ErrorMessage == "" {
			last = e
		}
	}
	if last.EventSource != "sso.amazonaws.com" || last.RequestParameters["clientSecret"] != "HIDDEN_DUE_TO_SECURITY_REASONS" || last.ResponseElements["accessToken"] != "HIDDEN_DUE_TO_SECURITY_REASONS" ||
		last.ResponseElements["expiresIn"] != 28800.0 || len(last.Resources) != 1 || last.Resources[0].ARN != "d-9067729b3d" {
		t.Errorf("CloudTrail record of CreateToken: %+v", last)
	}
	w.wantOIDCError(w.oidc("/token", ask), 400, "InvalidGrantException", "invalid_grant", "Invalid grant provided")
	w.clock.Advance(8*time.Hour - time.Second)
	if p := w.portalAPI("/assignment/accounts", token.text("accessToken")); p.status != http.StatusOK {
		t.Errorf("a second before its end the token is worth %d", p.status)
	}
	w.clock.Advance(time.Second)
	if p := w.portalAPI("/assignment/accounts", token.text("accessToken")); p.status != http.StatusUnauthorized {
		t.Errorf("after its end the token is worth %d", p.status)
	}
	for _, secret := range []string{client["clientSecret"].(string), started.text("deviceCode"), token.text("accessToken")} {
		for _, e := range w.trace.Exchanges() {
			if data, err := json.Marshal(e); err != nil || strings.Contains(string(data), secret) {
				t.Fatalf("exchange %d of the trace shows a secret (%v)", e.Seq, err)
			}
		}
	}
}

// TestDeviceCodeRefused: the exceptions of CreateToken (OIDC API reference).
func TestDeviceCodeRefused(t *testing.T) {
	w := newWorld(t)
	client := w.awsCLI(nil)
	start := func() (answer, map[string]any) {
		a := w.oidc("/device_authorization", with(client, map[string]any{"startUrl": w.center.PortalURL()}))
		return a, with(client, map[string]any{"grantType": deviceGrant, "deviceCode": a.text("deviceCode")})
	}
	t.Run("denied", func(t *testing.T) {
		started, ask := start()
		if p := w.approve(started.text("verificationUriComplete"), "deny"); !strings.Contains(p.body, "Request denied") {
			t.Errorf("the page says:\n%s", p.body)
		}
		w.wantOIDCError(w.oidc("/token", ask), 400, "AccessDeniedException", "access_denied", "")
		// The page cannot be answered again.
		again := w.get(started.text("verificationUriComplete"))
		if why, ok := script[refusal.Refusal](t, again, web.RefusalID); !ok || why.Code != "InvalidGrantException" {
			t.Errorf("the page of a decided request: %d %+v", again.status, why)
		}
	})
	t.Run("expired", func(t *testing.T) {
		started, ask := start()
		w.clock.Advance(10*time.Minute - time.Second)
		w.wantOIDCError(w.oidc("/token", ask), 400, "AuthorizationPendingException", "authorization_pending", "")
		w.clock.Advance(time.Second)
		w.wantOIDCError(w.oidc("/token", ask), 400, "ExpiredTokenException", "expired_token", "")
		late := w.get(started.text("verificationUriComplete"))
		if why, ok := script[refusal.Refusal](t, late, web.RefusalID); !ok || why.Code != "ExpiredTokenException" {
			t.Errorf("the page of an expired code: %d %+v", late.status, why)
		}
	})
	t.Run("another client's code", func(t *testing.T) {
		_, ask := start()
		w.wantOIDCError(w.oidc("/token", with(ask, w.awsCLI(nil))), 400, "InvalidGrantException", "invalid_grant", "Invalid grant provided")
	})
	t.Run("too quick", func(t *testing.T) {
		w.center.Choose(func(c *sp.Choices) { c.DeviceSlowDown = true })
		_, ask := start()
		w.wantOIDCError(w.oidc("/token", ask), 400, "AuthorizationPendingException", "authorization_pending", "")
		w.wantOIDCError(w.oidc("/token", ask), 400, "SlowDownException", "slow_down", "")
		w.clock.Advance(time.Second)
		w.wantOIDCError(w.oidc("/token", ask), 400, "AuthorizationPendingException", "authorization_pending", "")
	})
	t.Run("user disabled meanwhile", func(t *testing.T) {
		started, ask := start()
		w.approve(started.text("verificationUriComplete"), "allow")
		if _, err := w.center.UpdateUser(ana, func(u *identitystore.User) error { u.Active = false; return nil }); err != nil {
			t.Fatal(err)
		}
		w.wantOIDCError(w.oidc("/token", ask), 400, "InvalidGrantException", "invalid_grant", "Invalid grant provided")
	})
	t.Run("unknown user code", func(t *testing.T) {
		p := w.get(w.center.BaseURL() + "/device?user_code=AAAA-BBBB")
		if why, ok := script[refusal.Refusal](t, p, web.RefusalID); !ok || why.Code != "InvalidGrantException" || why.Got != "AAAA-BBBB" {
			t.Errorf("%d %+v", p.status, why)
		}
	})
}

// TestInputsRefused: every member that the operations require or restrict (OIDC
// API reference).
func TestInputsRefused(t *testing.T) {
	w := newWorld(t)
	client := w.awsCLI(nil)
	codeOnly := w.awsCLI(map[string]any{"grantTypes": []string{"authorization_code"}, "redirectUris": []string{"http://127.0.0.1/oauth/callback"}})
	register := map[string]any{"clientName": "x", "clientType": "public"}
	device := with(client, map[string]any{"startUrl": w.center.PortalURL()})
	for _, test := range []struct {
		name, path string
		input      map[string]any
		status     int
		exception  string
		oauth      string
	}{
		{"no clientName", "/client/register", with(register, map[string]any{"clientName": ""}), 400, "InvalidRequestException", "invalid_request"},
		{"clientType", "/client/register", with(register, map[string]any{"clientType": "confidential"}), 400, "InvalidClientMetadataException", "invalid_client_metadata"},
		{"grantTypes", "/client/register", with(register, map[string]any{"grantTypes": []string{"password"}}), 400, "UnsupportedGrantTypeException", "unsupported_grant_type"},
		{"scopes", "/client/register", with(register, map[string]any{"scopes": []string{"everything"}}), 400, "InvalidScopeException", "invalid_scope"},
		{"redirect to http elsewhere", "/client/register", with(register, map[string]any{"redirectUris": []string{"http://app.contoso.example/cb"}}), 400, "InvalidRedirectUriException", "invalid_redirect_uri"},
		{"no redirect for the code grant", "/client/register", with(register, map[string]any{"grantTypes": []string{"authorization_code"}}), 400, "InvalidRedirectUriException", "invalid_redirect_uri"},
		{"issuer of another instance", "/client/register", with(register, map[string]any{"issuerUrl": "https://other.awsapps.com/start"}), 400, "InvalidRequestException", "invalid_request"},
		{"start URL of another instance", "/device_authorization", with(device, map[string]any{"startUrl": "https://other.awsapps.com/start"}), 400, "InvalidRequestException", "invalid_request"},
		{"no start URL", "/device_authorization", client, 400, "InvalidRequestException", "invalid_request"},
		{"wrong secret", "/device_authorization", with(device, map[string]any{"clientSecret": "wrong"}), 401, "InvalidClientException", "invalid_client"},
		{"unknown client", "/device_authorization", with(device, map[string]any{"clientId": "unknown"}), 401, "InvalidClientException", "invalid_client"},
		{"not registered for devices", "/device_authorization", with(device, codeOnly), 400, "UnauthorizedClientException", "unauthorized_client"},
		{"no grant type", "/token", client, 400, "InvalidRequestException", "invalid_request"},
		{"unknown grant type", "/token", with(client, map[string]any{"grantType": "password"}), 400, "UnsupportedGrantTypeException", "unsupported_grant_type"},
		{"no device code", "/token", with(client, map[string]any{"grantType": deviceGrant}), 400, "InvalidRequestException", "invalid_request"},
		{"unknown device code", "/token", with(client, map[string]any{"grantType": deviceGrant, "deviceCode": "x"}), 400, "InvalidGrantException", "invalid_grant"},
		{"unknown refresh token", "/token", with(client, map[string]any{"grantType": "refresh_token", "refreshToken": "x"}), 400, "InvalidGrantException", "invalid_grant"},
		{"grant not registered", "/token", with(codeOnly, map[string]any{"grantType": deviceGrant, "deviceCode": "x"}), 400, "UnauthorizedClientException", "unauthorized_client"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.wantOIDCError(w.oidc(test.path, test.input), test.status, test.exception, test.oauth, "")
		})
	}
	w.clock.Advance(90 * 24 * time.Hour)
	w.wantOIDCError(w.oidc("/device_authorization", device), 401, "InvalidClientException", "invalid_client", "")
	w.wantOIDCError(w.oidcBody("/token", `{"clientId":`), 400, "InvalidRequestException", "invalid_request", "")
	w.wantOIDCError(w.oidcBody("/token", `{"clientId":"`+strings.Repeat("x", 1<<20)+`"}`), 413, "InvalidRequestException", "invalid_request", "")
}

// TestStartURLs: every address of the portal and the issuer are start URLs.
func TestStartURLs(t *testing.T) {
	w := newWorld(t)
	client := w.awsCLI(nil)
	instance := strings.TrimPrefix(w.center.ARN(), "arn:aws:sso:::instance/")
	for _, address := range append(w.center.PortalURLs(), w.center.PortalURL(), w.center.PortalURL()+"/", w.center.PortalURL()+"/#/", "https://d-9067729b3d.awsapps.com/start/#", "https://"+instance+".eu-west-1.portal.amazonaws.com", "https://identitycenter.amazonaws.com/"+instance) {
		if a := w.oidc("/device_authorization", with(client, map[string]any{"startUrl": address})); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", address, a.status, a.body)
		}
	}
}

// authorizeURL is where the AWS CLI sends the browser (aws-cli,
// SSOTokenFetcherAuth), with parameters changed; empty: left out.
func (w *world) authorizeURL(client map[string]any, change map[string]string) string {
	hash := sha256.Sum256([]byte(codeVerifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {client["clientId"].(string)}, "redirect_uri": {callback}, "state": {"the-state"},
		"code_challenge_method": {"S256"}, "scopes": {"sso:account:access"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(hash[:])},
	}
	for name, value := range change {
		q.Set(name, value)
		if value == "" {
			q.Del(name)
		}
	}
	return w.center.BaseURL() + "/authorize?" + q.Encode()
}

// codeClient is the AWS CLI as it registers since version 2.22.
func (w *world) codeClient() map[string]any {
	return w.awsCLI(map[string]any{
		"grantTypes": []string{"authorization_code", "refresh_token"}, "redirectUris": []string{"http://127.0.0.1/oauth/callback"},
		"scopes": []string{"sso:account:access"}, "issuerUrl": "https://d-9067729b3d.awsapps.com/start",
	})
}

// authorized has Ana allow the client and returns the parameters of the callback.
func (w *world) authorized(client map[string]any) url.Values {
	w.t.Helper()
	back := w.decide(w.get(w.authorizeURL(client, nil)), "allow")
	target, err := url.Parse(back.header.Get("Location"))
	if back.status != http.StatusFound || err != nil || !strings.HasPrefix(target.String(), callback+"?") {
		w.t.Fatalf("%d, to %q", back.status, back.header.Get("Location"))
	}
	return target.Query()
}

// TestAuthorizationCode is aws sso login since version 2.22: the browser comes
// back to a port that the client did not know when it registered, the token lives
// an hour and is refreshed until the session ends.
func TestAuthorizationCode(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{})
	w.signIn(ana)
	client := w.codeClient()
	q := w.authorized(client)
	if q.Get("state") != "the-state" || q.Get("code") == "" {
		t.Fatalf("callback with %v", q)
	}
	ask := with(client, map[string]any{"grantType": "authorization_code", "code": q.Get("code"), "redirectUri": callback, "codeVerifier": codeVerifier})
	token := w.oidc("/token", ask)
	if token.status != http.StatusOK || token.members["expiresIn"] != 3600.0 || !strings.HasPrefix(token.text("refreshToken"), "aor") {
		t.Fatalf("CreateToken: %d %s", token.status, token.body)
	}
	w.wantOIDCError(w.oidc("/token", ask), 400, "InvalidGrantException", "invalid_grant", "Invalid grant provided")

	refresh := func(token string) answer {
		return w.oidc("/token", with(client, map[string]any{"grantType": "refresh_token", "refreshToken": token}))
	}
	w.clock.Advance(time.Hour)
	if p := w.portalAPI("/assignment/accounts", token.text("accessToken")); p.status != http.StatusUnauthorized {
		t.Errorf("after an hour the token is worth %d", p.status)
	}
	renewed := refresh(token.text("refreshToken"))
	if renewed.status != http.StatusOK || renewed.text("accessToken") == token.text("accessToken") {
		t.Fatalf("refresh: %d %s", renewed.status, renewed.body)
	}
	if p := w.portalAPI("/assignment/accounts", renewed.text("accessToken")); p.status != http.StatusOK {
		t.Errorf("the renewed token is worth %d", p.status)
	}
	w.wantOIDCError(refresh(token.text("refreshToken")), 400, "InvalidGrantException", "invalid_grant", "Invalid refresh token provided")
	w.clock.Advance(6*time.Hour + 30*time.Minute)
	last := refresh(renewed.text("refreshToken"))
	if last.members["expiresIn"] != 1800.0 {
		t.Errorf("half an hour before the session ends the token lives %v s", last.members["expiresIn"])
	}
	w.clock.Advance(30 * time.Minute)
	w.wantOIDCError(refresh(last.text("refreshToken")), 400, "InvalidGrantException", "invalid_grant", "Invalid refresh token provided")
}

// TestAuthorizationCodeRefused: RFC 7636 section 4.6, and the redirect URI and
// lifetime of codes (RFC 6749 section 4.1).
func TestAuthorizationCodeRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change map[string]any
		later  time.Duration
	}{
		"another verifier": {change: map[string]any{"codeVerifier": codeVerifier + "x"}},
		"no verifier":      {change: map[string]any{"codeVerifier": ""}},
		"another redirect": {change: map[string]any{"redirectUri": "http://127.0.0.1:51235/oauth/callback"}},
		"another code":     {change: map[string]any{"code": "x"}},
		"too late":         {later: 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.signIn(ana)
			client := w.codeClient()
			ask := with(client, map[string]any{"grantType": "authorization_code", "code": w.authorized(client).Get("code"), "redirectUri": callback, "codeVerifier": codeVerifier})
			w.clock.Advance(test.later)
			w.wantOIDCError(w.oidc("/token", with(ask, test.change)), 400, "InvalidGrantException", "invalid_grant", "Invalid grant provided")
		})
	}
}

// TestAuthorizeRefused: what the client can be told goes to its redirect URI, the
// rest to the person (RFC 6749 section 4.1.2.1).
func TestAuthorizeRefused(t *testing.T) {
	w := newWorld(t)
	w.signIn(ana)
	client := w.codeClient()
	for name, test := range map[string]struct {
		change map[string]string
		code   string // shown to the person
		oauth  string // told to the client
	}{
		"unknown client":     {map[string]string{"client_id": "x"}, "InvalidClientException", ""},
		"no redirect":        {map[string]string{"redirect_uri": ""}, "InvalidRedirectUriException", ""},
		"another path":       {map[string]string{"redirect_uri": "http://127.0.0.1:51234/other"}, "InvalidRedirectUriException", ""},
		"another host":       {map[string]string{"redirect_uri": "http://evil.example/oauth/callback"}, "InvalidRedirectUriException", ""},
		"implicit":           {map[string]string{"response_type": "token"}, "", "invalid_request"},
		"no PKCE":            {map[string]string{"code_challenge": ""}, "", "invalid_request"},
		"plain PKCE":         {map[string]string{"code_challenge_method": "plain"}, "", "invalid_request"},
		"unregistered scope": {map[string]string{"scopes": "sso:account:access codewhisperer:completions"}, "", "invalid_scope"},
	} {
		t.Run(name, func(t *testing.T) {
			p := w.get(w.authorizeURL(client, test.change))
			if test.code != "" {
				if why, ok := script[refusal.Refusal](t, p, web.RefusalID); !ok || why.Code != test.code || p.header.Get("Location") != "" {
					t.Errorf("%d %+v, to %q", p.status, why, p.header.Get("Location"))
				}
				return
			}
			target, err := url.Parse(p.header.Get("Location"))
			if err != nil || p.status != http.StatusFound || !strings.HasPrefix(target.String(), callback+"?") || target.Query().Get("error") != test.oauth || target.Query().Get("state") != "the-state" {
				t.Errorf("%d to %q", p.status, p.header.Get("Location"))
			}
		})
	}
	denied := w.decide(w.get(w.authorizeURL(client, nil)), "deny")
	if target, err := url.Parse(denied.header.Get("Location")); err != nil || target.Query().Get("error") != "access_denied" || target.Query().Get("code") != "" {
		t.Errorf("denied: %d to %q", denied.status, denied.header.Get("Location"))
	}
}

// TestClientSessions: a client's session outlives the browser's sign-out and ends
// with Logout or when an administrator ends it (user guide, "View and end active
// sessions for your workforce users").
func TestClientSessions(t *testing.T) {
	for name, end := range map[string]func(w *world, token string){
		"administrator": func(w *world, _ string) {
			if _, err := w.center.EndPortalSessions(ana); err != nil {
				w.t.Fatal(err)
			}
		},
		"logout": func(w *world, token string) {
			req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.center.BaseURL()+"/logout", nil)
			if err != nil {
				w.t.Fatal(err)
			}
			req.Header.Set("x-amz-sso_bearer_token", token)
			if p := w.do(req); p.status != http.StatusOK {
				w.t.Errorf("logout: %d", p.status)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.signIn(ana)
			client := w.codeClient()
			token := w.oidc("/token", with(client, map[string]any{"grantType": "authorization_code", "code": w.authorized(client).Get("code"), "redirectUri": callback, "codeVerifier": codeVerifier}))
			w.get(w.center.PortalURL() + "/signout")
			if p := w.portalAPI("/assignment/accounts", token.text("accessToken")); p.status != http.StatusOK {
				t.Fatalf("after the browser's sign-out the token is worth %d", p.status)
			}
			if open := w.center.PortalSessions(); len(open) != 1 || open[0].Client != "botocore-client-demo" {
				t.Errorf("open sessions %+v", open)
			}
			end(w, token.text("accessToken"))
			if p := w.portalAPI("/assignment/accounts", token.text("accessToken")); p.status != http.StatusUnauthorized {
				t.Errorf("afterwards the token is worth %d", p.status)
			}
			w.wantOIDCError(w.oidc("/token", with(client, map[string]any{"grantType": "refresh_token", "refreshToken": token.text("refreshToken")})), 400, "InvalidGrantException", "invalid_grant", "Invalid refresh token provided")
			if open := w.center.PortalSessions(); len(open) != 0 {
				t.Errorf("open sessions %+v", open)
			}
		})
	}
}

// TestConsentNeedsItsPage: without a session, or with the id of no request,
// nothing is decided.
func TestConsentNeedsItsPage(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"request": {"x"}, "decision": {"allow"}}
	if p := w.postForm(w.center.BaseURL()+"/start/consent", form); p.status != http.StatusFound || !strings.HasPrefix(p.header.Get("Location"), entraSSO) {
		t.Errorf("without a session: %d", p.status)
	}
	w.signIn(ana)
	for _, bad := range []url.Values{form, {"request": {"x"}, "decision": {"maybe"}}, {}} {
		p := w.postForm(w.center.BaseURL()+"/start/consent", bad)
		if _, ok := script[refusal.Refusal](t, p, web.RefusalID); !ok || p.status != http.StatusBadRequest {
			t.Errorf("%v: %d", bad, p.status)
		}
	}
}
