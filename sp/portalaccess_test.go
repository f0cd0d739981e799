package sp_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/web"
	"github.com/idharness/harness/sp"
)

// withAccess is a world in which Ana may be administrator in Production.
func withAccess(t *testing.T, set sp.PermissionSet, configure ...func(*sp.Config)) *world {
	t.Helper()
	w := newWorld(t, configure...)
	set.Name = "Admin"
	if _, err := w.center.CreateAccount(sp.Account{ID: production, Name: "Production"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.center.CreatePermissionSet(set); err != nil {
		t.Fatal(err)
	}
	if _, err := w.center.Assign(sp.Wish{User: ana, PermissionSet: "Admin", Account: "Production"}); err != nil {
		t.Fatal(err)
	}
	return w
}

// console is what the mock console says to programs.
type console struct {
	Account, ARN, UserID, Destination string
	Expires                           time.Time
	Tags                              map[string]string
}

func (w *world) openConsole(query string) console {
	w.t.Helper()
	p := w.follow(w.get(w.center.BaseURL() + "/start/console?" + query))
	shown, ok := script[console](w.t, p, web.DataID)
	if p.status != http.StatusOK || !ok {
		why, _ := script[refusal.Refusal](w.t, p, web.RefusalID)
		w.t.Fatalf("status %d, no console (%s)", p.status, why.Error())
	}
	return shown
}

// The console link federates the person into the account: an assumed-role
// session that bears the user name, with the session tags of attributes for
// access control, for as long as the permission set says (user guide,
// "Referencing permission sets in resource policies", "Attributes for access
// control", "Set session duration for AWS accounts").
func TestConsoleLink(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{SessionDuration: "PT4H"}, func(c *sp.Config) { c.AccessControl = true })
	w.signIn(ana, sessionTag("https://aws.amazon.com/SAML/Attributes/AccessControl:Team", "Blue"))
	got := w.openConsole("account_id=" + production + "&role_name=Admin")
	role, _ := w.center.RoleARN(production, w.center.PermissionSets()[0].ARN)
	name := role[strings.LastIndex(role, "/")+1:]
	if want := "arn:aws:sts::" + production + ":assumed-role/" + name + "/" + ana; got.ARN != want || got.Account != production {
		t.Errorf("ARN %s, want %s", got.ARN, want)
	}
	if !strings.HasPrefix(got.UserID, "AROA") || !strings.HasSuffix(got.UserID, ":"+ana) || len(got.UserID) != 22+len(ana) {
		t.Errorf("user id %s", got.UserID)
	}
	if got.Tags["Team"] != "Blue" || !got.Expires.Equal(start.Add(4*time.Hour)) {
		t.Errorf("tags %v, until %s", got.Tags, got.Expires)
	}
	if got.Destination != "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1" {
		t.Errorf("destination %s", got.Destination)
	}
}

// sessionTag adds an attribute to the response's assertion.
func sessionTag(name, value string) func(*etree.Element) {
	return func(response *etree.Element) { addAttribute(at(response, "Assertion/AttributeStatement"), name, value) }
}

// Deep links go to the console through the sign-in, and to addresses of consoles
// only; a permission set's relay state counts where no destination is named
// (user guide, "Create shortcut links", "Set relay state").
func TestDeepLinks(t *testing.T) {
	const relay, s3 = "https://console.aws.amazon.com/ec2/", "https://eu-west-1.console.aws.amazon.com/s3/buckets"
	w := withAccess(t, sp.PermissionSet{RelayState: relay})
	// Without a session the way leads through the identity provider and back.
	p := w.get(w.center.BaseURL() + "/start/console?account_id=" + production + "&role_name=Admin&destination=" + url.QueryEscape(s3))
	request, relayState := w.requestIn(p)
	p = w.follow(w.post(w.entra.signed(w.center, ana, request.SelectAttrValue("ID", "")), relayState))
	if shown, ok := script[console](t, p, web.DataID); !ok || shown.Destination != s3 {
		t.Fatalf("after the sign-in: status %d, %+v", p.status, shown)
	}
	if got := w.openConsole("account_id=" + production + "&role_name=Admin").Destination; got != relay {
		t.Errorf("destination %s, want the relay state", got)
	}
	signedIn := w.client.Jar
	w.freshBrowser()
	p = w.get(w.center.BaseURL() + "/start/console?account_id=" + production + "&destination=" + strings.Repeat("x", 4096))
	if why, ok := script[refusal.Refusal](t, p, web.RefusalID); !ok || why.Code != "AddressTooLong" || why.Where != "address of the page" {
		t.Errorf("an address that nobody keeps: status %d, %+v", p.status, why)
	}
	w.client.Jar = signedIn
	logins := w.count("ConsoleLogin")
	for _, bad := range []string{
		"https://evil.example/", "http://console.aws.amazon.com/", "javascript:alert(1)", "https://console.aws.amazon.com.evil.example/", "https://u@console.aws.amazon.com/",
		"//console.aws.amazon.com/", `https://evil.example\.console.aws.amazon.com/`, "https://evilconsole.aws.amazon.com/",
	} {
		w.wantNoAccess(t, w.get(w.center.BaseURL()+"/start/console?account_id="+production+"&role_name=Admin&destination="+url.QueryEscape(bad)), "InvalidDestination")
		// The federation endpoint looks for itself: its address can be made by hand.
		p := w.get(w.center.BaseURL() + "/start/console?account_id=" + production + "&role_name=Admin")
		forged, err := url.Parse(p.header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		q := forged.Query()
		q.Set("Destination", bad)
		forged.RawQuery = q.Encode()
		w.wantNoAccess(t, w.get(forged.String()), "InvalidDestination")
	}
	if n := w.count("ConsoleLogin"); n != logins {
		t.Errorf("%d console sign-ins came of bad destinations", n-logins)
	}
	for _, good := range []string{"https://console.aws.amazon.com/", "https://us-gov-west-1.console.amazonaws-us-gov.com/s3", "https://console.amazonaws.cn/ec2"} {
		if got := w.openConsole("account_id=" + production + "&role_name=Admin&destination=" + url.QueryEscape(good)).Destination; got != good {
			t.Errorf("destination %s, want %s", got, good)
		}
	}
	// The fragment of the real links reaches the script of the portal's page.
	if p := w.get(w.center.PortalURL()); !strings.Contains(p.body, `location.hash.indexOf("#/console?")`) {
		t.Error("the portal does not read deep links")
	}
}

// Nobody gets into an account without an assignment; one that is taken back, and
// a user that is disabled, shut the door at once.
func TestConsoleWithoutAccess(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{})
	w.signIn(ana)
	refused := func(query, code string) {
		t.Helper()
		w.wantNoAccess(t, w.get(w.center.BaseURL()+"/start/console?"+query), code)
		w.wantNoAccess(t, w.get(w.center.BaseURL()+"/start/access-keys?"+query), code)
	}
	refused("account_id="+production+"&role_name=ReadOnly", "ForbiddenException")
	refused("account_id=444455556666&role_name=Admin", "ForbiddenException")
	refused("account_id=12&role_name=Admin", "InvalidRequestException")
	w.openConsole("account_id=" + production + "&role_name=Admin")
	if err := w.center.Unassign(sp.Wish{User: ana, PermissionSet: "Admin", Account: "Production"}); err != nil {
		t.Fatal(err)
	}
	refused("account_id="+production+"&role_name=Admin", "ForbiddenException")
	w.wantNoAccess(t, w.get(w.center.BaseURL()+"/start/console?account_id="+production), "ForbiddenException")
	w.wantNoAccess(t, w.get(w.center.BaseURL()+"/federation?Action=login&SigninToken=made-up"), "InvalidSigninToken")
	w.wantNoAccess(t, w.get(w.center.BaseURL()+"/federation?Action=logout"), "InvalidAction")
}

// wantNoAccess checks the page that has been seen where somebody opens what he may
// not (samlify issue 539).
func (w *world) wantNoAccess(t *testing.T, p page, code string) {
	t.Helper()
	why, ok := script[refusal.Refusal](t, p, web.RefusalID)
	if p.status != http.StatusBadRequest || !ok || why.Code != code || why.Message != "No access" || why.Expected == "" || why.Got == "" || why.Where == "" {
		t.Errorf("status %d, %+v, want %s", p.status, why, code)
	}
	shown := htmlText(t, p)
	for _, want := range []string{"An error occurred while signing in to the application", "No access", "your primary email address is assigned in IAM Identity Center."} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not say %q:\n%s", want, shown)
		}
	}
	accessible(t, p)
}

// count says how many records of this name there are.
func (w *world) count(eventName string) int {
	n := 0
	for _, e := range w.center.Events() {
		if e.EventName == eventName {
			n++
		}
	}
	return n
}

// The dialog shows credentials in the three options and for three shells (user
// guide, "Getting IAM Identity Center user credentials"); they are those of the
// role session, and stay out of the trace.
func TestAccessKeys(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{})
	w.signIn(ana)
	p := w.get(w.center.BaseURL() + "/start/access-keys?account_id=" + production + "&role_name=Admin")
	unix := text(t, p, "env-unix")
	values := make(map[string]string)
	for _, line := range strings.Split(unix, "\n") {
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !ok || !strings.HasPrefix(line, "export AWS_") {
			t.Fatalf("line %q of\n%s", line, unix)
		}
		values[name] = strings.Trim(value, `"`)
	}
	key, secret, token := values["AWS_ACCESS_KEY_ID"], values["AWS_SECRET_ACCESS_KEY"], values["AWS_SESSION_TOKEN"]
	if !strings.HasPrefix(key, "ASIA") || len(key) != 20 || len(secret) != 40 || len(token) < 200 {
		t.Errorf("key %s, secret of %d and token of %d characters", key, len(secret), len(token))
	}
	for id, want := range map[string]string{
		"env-windows":    "SET AWS_ACCESS_KEY_ID=" + key,
		"env-powershell": `$Env:AWS_ACCESS_KEY_ID="` + key + `"`,
		"profile":        "[" + production + "_Admin]\naws_access_key_id=" + key,
	} {
		if shown := text(t, p, id); !strings.HasPrefix(shown, want) || !strings.Contains(shown, token) {
			t.Errorf("#%s shows\n%s", id, shown)
		}
	}
	if s, ok := w.center.RoleSession(key); !ok || s.UserName != ana || s.AccountID != production {
		t.Errorf("session of the key: %+v, %v", s, ok)
	}
	hidden := []string{secret, token}
	for len(hidden) < 100 && !strings.Contains(hidden[len(hidden)-1], "+") { // which HTML does not write as it is
		more := w.get(w.center.BaseURL() + "/start/access-keys?account_id=" + production + "&role_name=Admin")
		_, more1, _ := strings.Cut(text(t, more, "profile"), "aws_secret_access_key=")
		more1, _, _ = strings.Cut(more1, "\n")
		hidden = append(hidden, more1)
	}
	if !strings.Contains(hidden[len(hidden)-1], "+") {
		t.Error("no secret access key has a +")
	}
	var all strings.Builder
	encoder := json.NewEncoder(&all)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(w.trace.Exchanges()); err != nil {
		t.Fatal(err)
	}
	for _, h := range hidden {
		for _, written := range []string{h, url.QueryEscape(h), strings.ReplaceAll(h, "+", "&#43;")} {
			if strings.Contains(all.String(), written) {
				t.Errorf("the trace holds a secret, written %q", written)
			}
		}
	}
}

// The SSO API: ListAccounts, ListAccountRoles, GetRoleCredentials and Logout with
// the portal's token in the header that SDKs send (SSO API reference; client
// code of botocore).
func TestPortalAPI(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{SessionDuration: "PT2H"})
	w.signIn(ana)
	portalURL, err := url.Parse(w.center.BaseURL())
	if err != nil {
		t.Fatal(err)
	}
	token := ""
	for _, c := range w.client.Jar.Cookies(portalURL) {
		if c.Name == "x-amz-sso_authn" {
			token = c.Value
		}
	}
	w.freshBrowser()
	call := func(method, path, token string) (page, map[string]any) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, w.center.BaseURL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			req.Header.Set("x-amz-sso_bearer_token", token)
		}
		p := w.do(req)
		var body map[string]any
		if p.body != "" {
			if err := json.Unmarshal([]byte(p.body), &body); err != nil {
				t.Fatalf("%s: %v: %s", path, err, p.body)
			}
		}
		return p, body
	}
	if _, body := call("GET", "/assignment/accounts", token); !strings.Contains(jsonOf(t, body), `"accountId":"`+production+`"`) {
		t.Errorf("ListAccounts %v", body)
	}
	if _, body := call("GET", "/assignment/roles?account_id="+production, token); jsonOf(t, body) != `{"roleList":[{"accountId":"`+production+`","roleName":"Admin"}]}` {
		t.Errorf("ListAccountRoles %v", body)
	}
	p, body := call("GET", "/federation/credentials?account_id="+production+"&role_name=Admin", token)
	credentials, _ := body["roleCredentials"].(map[string]any)
	if p.status != 200 || credentials["expiration"] != float64(start.Add(2*time.Hour).UnixMilli()) || !strings.HasPrefix(credentials["accessKeyId"].(string), "ASIA") {
		t.Errorf("GetRoleCredentials: status %d, %v", p.status, body)
	}
	if _, body := call("GET", "/federation/console?account_id="+production+"&role_name=Admin", token); body["signInFederationLocation"] != w.center.BaseURL()+"/federation" || body["signInToken"] == "" {
		t.Errorf("console: %v", body)
	}
	for _, test := range []struct {
		path, token, code, message string
		status                     int
	}{
		{"/federation/credentials?account_id=" + production + "&role_name=Admin", "made-up", "UnauthorizedException", "Session token not found or invalid", 401},
		{"/assignment/accounts", "", "UnauthorizedException", "Session token not found or invalid", 401},
		{"/federation/credentials?account_id=" + production + "&role_name=Other", token, "ForbiddenException", "No access", 403},
		{"/assignment/roles?account_id=x", token, "InvalidRequestException", "The request is not valid.", 400},
	} {
		p, body := call("GET", test.path, test.token)
		if p.status != test.status || p.header.Get("x-amzn-ErrorType") != test.code || body["message"] != test.message || body["__type"] != "com.amazonaws.switchboard.portal#"+test.code {
			t.Errorf("%s: status %d, %s, %v", test.path, p.status, p.header.Get("x-amzn-ErrorType"), body)
		}
	}
	if p, _ := call("POST", "/logout", token); p.status != 200 {
		t.Errorf("Logout: status %d", p.status)
	}
	if p, _ := call("GET", "/assignment/accounts", token); p.status != 401 {
		t.Errorf("after Logout: status %d", p.status)
	}
	// Role sessions go on after the portal's session has ended.
	if s, ok := w.center.RoleSession(credentials["accessKeyId"].(string)); !ok || !s.Expires.Equal(start.Add(2*time.Hour)) {
		t.Errorf("role session %+v, %v", s, ok)
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
