package sp_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/web"
	"github.com/idharness/harness/sp"
)

// Links without role_name have been seen: the only permission set stands in, of
// several the person chooses, and the destination is kept.
func TestDeepLinkWithoutRole(t *testing.T) {
	const s3 = "https://eu-west-1.console.aws.amazon.com/s3/buckets?a=1&b=2"
	w := withAccess(t, sp.PermissionSet{})
	w.signIn(ana)
	link := "account_id=" + production + "&destination=" + url.QueryEscape(s3)
	if got := w.openConsole(link); !strings.Contains(got.ARN, "AWSReservedSSO_Admin_") || got.Destination != s3 {
		t.Errorf("one permission set: %+v", got)
	}
	if _, err := w.center.CreatePermissionSet(sp.PermissionSet{Name: "Reader"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.center.Assign(sp.Wish{User: ana, PermissionSet: "Reader", Account: "Production"}); err != nil {
		t.Fatal(err)
	}
	p := w.get(w.center.BaseURL() + "/start/console?" + link)
	accessible(t, p)
	links := 0
	for n := range htmlOf(t, p).Descendants() {
		href := attr(n, "href")
		if !strings.HasPrefix(href, "/start/console?") {
			continue
		}
		links++
		if got := w.openConsole(strings.TrimPrefix(href, "/start/console?")); !strings.Contains(got.ARN, "AWSReservedSSO_"+textOf(n)+"_") || got.Destination != s3 {
			t.Errorf("%s leads to %+v", href, got)
		}
	}
	if p.status != http.StatusOK || links != 2 {
		t.Errorf("status %d, %d links, want one to each permission set", p.status, links)
	}
}

// A relay state that is no address of a console is a mistake of the permission
// set (user guide, "Set relay state": a page of the console).
func TestRelayStateElsewhere(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{RelayState: "https://contoso.example/"})
	w.signIn(ana)
	p := w.get(w.center.BaseURL() + "/start/console?account_id=" + production + "&role_name=Admin")
	w.wantNoAccess(t, p, "InvalidDestination")
	if why, _ := script[refusal.Refusal](t, p, web.RefusalID); why.Fix != refusal.IdentityCenter || why.Where != "relay state of the permission set Admin" {
		t.Errorf("refusal %+v", why)
	}
}

// A disabled user gets no new role session (user guide, "Authentication"), and is
// told why on every page of the portal.
func TestDisabledUserOpensNothing(t *testing.T) {
	for _, path := range []string{"/start/console", "/start/access-keys"} {
		w := withAccess(t, sp.PermissionSet{})
		w.signIn(ana)
		disable(w)
		if _, err := w.center.RoleCredentials(ana, "Production", "Admin"); err == nil {
			t.Error("credentials from Go")
		}
		if p := w.get(w.center.BaseURL() + "/federation/credentials?account_id=" + production + "&role_name=Admin"); p.status != http.StatusUnauthorized {
			t.Errorf("GetRoleCredentials: status %d", p.status)
		}
		p := w.get(w.center.BaseURL() + path + "?account_id=" + production + "&role_name=Admin")
		if why, ok := script[refusal.Refusal](t, p, web.RefusalID); !ok || why.Code != "UserDisabled" || why.Message != "Session token not found or invalid" {
			t.Errorf("%s: status %d, %+v", path, p.status, why)
		}
		if n := w.count("AssumeRoleWithSAML"); n != 0 {
			t.Errorf("%s: %d role sessions", path, n)
		}
	}
}

// Running role sessions outlive the portal session, the assignment and the user,
// each to its own end (user guide, "Authentication": up to twelve hours more).
func TestRoleSessionsGoOn(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{SessionDuration: "PT12H"})
	w.signIn(ana)
	w.clock.Advance(8*time.Hour - time.Second)
	p := w.get(w.center.BaseURL() + "/federation/credentials?account_id=" + production + "&role_name=Admin")
	var body struct {
		RoleCredentials struct{ AccessKeyID string }
	}
	if err := json.Unmarshal([]byte(p.body), &body); err != nil {
		t.Fatalf("%v: %s", err, p.body)
	}
	w.clock.Advance(time.Second)
	w.wantNoSession("after eight hours")
	if err := w.center.Unassign(sp.Wish{User: ana, PermissionSet: "Admin", Account: "Production"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.center.DeleteUser(ana); err != nil {
		t.Fatal(err)
	}
	if s, ok := w.center.RoleSession(body.RoleCredentials.AccessKeyID); !ok || !s.Expires.Equal(start.Add(20*time.Hour-time.Second)) {
		t.Errorf("role session %+v, %v; want it to go on for twelve hours", s, ok)
	}
}

// Whoever is deleted and made again under the same name has neither the old
// session nor the old assignments (user guide, "Troubleshooting IAM Identity
// Center issues").
func TestRecreatedUserStartsAnew(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{})
	w.signIn(ana)
	if _, err := w.center.DeleteUser(ana); err != nil {
		t.Fatal(err)
	}
	w.addUser(ana)
	if why, ok := script[refusal.Refusal](t, w.get(w.center.PortalURL()), web.RefusalID); !ok || why.Code != "UserDisabled" || why.Got != "a deleted user" {
		t.Errorf("the old session: %+v", why)
	}
	if shown := w.wantPortal(w.signIn(ana), ana); len(shown.Accounts) != 0 {
		t.Errorf("accounts %+v, want none", shown.Accounts)
	}
	w.wantNoAccess(t, w.get(w.center.BaseURL()+"/start/console?account_id="+production+"&role_name=Admin"), "ForbiddenException")
	if _, err := w.center.Assign(sp.Wish{User: ana, PermissionSet: "Admin", Account: "Production"}); err != nil {
		t.Fatal(err)
	}
	w.openConsole("account_id=" + production + "&role_name=Admin")
}

// ListAccounts gives out pages of 1 to 100 (SSO API reference, max_result).
func TestPortalAPIPages(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{})
	for n := range 104 {
		name := fmt.Sprintf("Account %03d", n)
		if _, err := w.center.CreateAccount(sp.Account{ID: fmt.Sprintf("%012d", n+1), Name: name}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.center.Assign(sp.Wish{User: ana, PermissionSet: "Admin", Account: name}); err != nil {
			t.Fatal(err)
		}
	}
	w.signIn(ana)
	list := func(query string) (sizes []int) {
		token, seen := "", map[string]bool{}
		for range 20 {
			p := w.get(w.center.BaseURL() + "/assignment/accounts?" + query + "&next_token=" + url.QueryEscape(token))
			var body struct {
				AccountList []struct{ AccountID string }
				NextToken   string
			}
			if err := json.Unmarshal([]byte(p.body), &body); err != nil || p.status != http.StatusOK {
				t.Fatalf("%s: status %d, %v: %s", query, p.status, err, p.body)
			}
			for _, a := range body.AccountList {
				seen[a.AccountID] = true
			}
			sizes = append(sizes, len(body.AccountList))
			if token = body.NextToken; token == "" {
				break
			}
		}
		if len(seen) != 105 {
			t.Errorf("%s: %d accounts, want all 105", query, len(seen))
		}
		return sizes
	}
	if got := fmt.Sprint(list(""), list("max_result=50")); got != "[100 5] [50 50 5]" {
		t.Errorf("pages of %s", got)
	}
	for _, query := range []string{"max_result=0", "max_result=101", "max_result=x", "next_token=x", "next_token=" + url.QueryEscape("LTU=")} {
		if p := w.get(w.center.BaseURL() + "/assignment/accounts?" + query); p.status != http.StatusBadRequest || p.header.Get("x-amzn-ErrorType") != "InvalidRequestException" {
			t.Errorf("%s: status %d, %s", query, p.status, p.body)
		}
	}
}

// The portal's token has been seen in three headers, and in the cookie.
func TestHeadersOfThePortalToken(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{})
	w.signIn(ana)
	base, err := url.Parse(w.center.BaseURL())
	if err != nil {
		t.Fatal(err)
	}
	token := w.client.Jar.Cookies(base)[0].Value
	w.freshBrowser()
	for header, value := range map[string]string{"x-amz-sso_bearer_token": token, "x-amz-sso-bearer-token": token, "Authorization": "Bearer " + token} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.center.BaseURL()+"/assignment/accounts", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(header, value)
		if p := w.do(req); p.status != http.StatusOK {
			t.Errorf("%s: status %d", header, p.status)
		}
	}
	all, err := json.Marshal(w.trace.Exchanges())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(all), token) {
		t.Error("the trace holds the portal's token")
	}
}

// Command-line tools open the console with access keys: getSigninToken, then login
// (IAM user guide, "Enable custom identity broker access to the AWS console").
func TestSigninTokenForAccessKeys(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{SessionDuration: "PT2H"})
	if sets := w.center.PermissionSets(); len(sets) != 1 {
		t.Fatalf("permission sets %v", sets)
	} else if _, err := w.center.RoleCredentials(ana, production, sets[0].ARN); err != nil {
		t.Error(err)
	}
	keys, err := w.center.RoleCredentials(ana, "Production", "Admin")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(id, secret, token, more string) page {
		given, err := json.Marshal(map[string]string{"sessionId": id, "sessionKey": secret, "sessionToken": token})
		if err != nil {
			t.Fatal(err)
		}
		return w.get(w.center.BaseURL() + "/federation?Action=getSigninToken&Session=" + url.QueryEscape(string(given)) + more)
	}
	for more, want := range map[string]time.Duration{"": 2 * time.Hour, "&SessionDuration=43200": 12 * time.Hour} {
		p := ask(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken, more)
		var body struct{ SigninToken string }
		if err := json.Unmarshal([]byte(p.body), &body); err != nil || body.SigninToken == "" {
			t.Fatalf("status %d, %v: %s", p.status, err, p.body)
		}
		login := "/federation?Action=login&Issuer=tool&Destination=" + url.QueryEscape("https://console.aws.amazon.com/") + "&SigninToken=" + body.SigninToken
		shown, ok := script[console](t, w.get(w.center.BaseURL()+login), web.DataID)
		if !ok || !strings.HasSuffix(shown.ARN, "/"+ana) || !shown.Expires.Equal(start.Add(want)) {
			t.Errorf("SessionDuration %q: %+v", more, shown)
		}
	}
	// A sign-in token is good for 15 minutes.
	var body struct{ SigninToken string }
	if err := json.Unmarshal([]byte(ask(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken, "").body), &body); err != nil {
		t.Fatal(err)
	}
	toConsole := w.center.BaseURL() + "/federation?Action=login&Destination=" + url.QueryEscape("https://console.aws.amazon.com/") + "&SigninToken="
	login := toConsole + body.SigninToken
	w.clock.Advance(15*time.Minute - time.Second)
	if p := w.get(login); p.status != http.StatusOK {
		t.Errorf("before 15 minutes: status %d", p.status)
	}
	w.clock.Advance(time.Second)
	w.wantNoAccess(t, w.get(login), "InvalidSigninToken")
	for _, p := range []page{
		ask(keys.AccessKeyID, "x", keys.SessionToken, ""), ask(keys.AccessKeyID, keys.SecretAccessKey, "x", ""), ask("ASIAX", keys.SecretAccessKey, keys.SessionToken, ""),
		ask(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken, "&SessionDuration=899"), ask(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken, "&SessionDuration=18446744074"),
		w.get(w.center.BaseURL() + "/federation?Action=getSigninToken&Session=x"),
	} {
		if why, ok := script[refusal.Refusal](t, p, web.RefusalID); p.status != http.StatusBadRequest || !ok || why.Code != "InvalidSession" {
			t.Errorf("status %d, %+v", p.status, why)
		}
		exchanges := w.trace.Exchanges()
		if checks := exchanges[len(exchanges)-1].Checks; len(checks) != 1 {
			t.Errorf("checks %+v, want one", checks)
		}
	}
	// Nor does it open a session that has ended meanwhile.
	w.clock.Advance(90 * time.Minute)
	if err := json.Unmarshal([]byte(ask(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken, "").body), &body); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(start.Add(2 * time.Hour).Sub(w.clock.Now()))
	w.wantNoAccess(t, w.get(toConsole+body.SigninToken), "InvalidSigninToken")
	all, err := json.Marshal(w.trace.Exchanges())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{keys.SecretAccessKey, keys.SessionToken, url.QueryEscape(keys.SecretAccessKey)} {
		if strings.Contains(string(all), secret) {
			t.Error("the trace holds a secret")
		}
	}
	w.clock.Advance(2 * time.Hour)
	if p := ask(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken, ""); p.status != http.StatusBadRequest {
		t.Errorf("expired credentials: status %d", p.status)
	}
}
