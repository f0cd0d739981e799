package idp_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// The sign-in page has the fields that people's scripts fill in, and the $Config
// keys that command-line tools read (Versent/saml2aws, testdata of
// pkg/provider/aad).
func TestSignInPage(t *testing.T) {
	w := newWire(t)
	got := w.get(w.redirect(authnRequest(), "") + "&login_hint=" + url.QueryEscape(`ana@contoso.example"><script>`))
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("status %d, headers %v", got.status, got.header)
	}
	config := configOf(t, got.body)
	for key, want := range map[string]any{
		"pgid": "ConvergedSignIn", "sErrorCode": "50058", "sErrTxt": "", "sFTName": "flowToken", "hpgact": 1800.0, "hpgid": 1104.0,
		"urlPost": "/" + tenantID + "/login", "sTenantId": tenantID, "sessionId": got.header.Get("x-ms-request-id"),
	} {
		if config[key] != want {
			t.Errorf("$Config.%s = %v, want %v", key, config[key], want)
		}
	}
	for _, key := range []string{"sFT", "sCtx", "canary", "apiCanary", "correlationId", "sessionId"} {
		if text, ok := config[key].(string); !ok || len(text) < 30 {
			t.Errorf("$Config.%s = %v", key, config[key])
		}
	}
	if errs := fmt.Sprint(config["arrValErrs"]); errs != "[50058]" {
		t.Errorf("$Config.arrValErrs = %s", errs)
	}
	page := w.person().open(w.redirect(authnRequest(), "") + "&login_hint=" + url.QueryEscape(`ana@contoso.example"><script>`))
	form, _ := page.Form("signin")
	for name, want := range map[string]string{"loginfmt": `ana@contoso.example"><script>`, "passwd": ""} {
		if got, ok := form.Value(name); !ok || got != want {
			t.Errorf("field %s = %q, %v; want %q", name, got, ok, want)
		}
	}
	if !strings.Contains(page.Text(), "to continue to Wiki") || !strings.Contains(page.Text(), directory.DefaultPassword) {
		t.Errorf("the page says:\n%s", page.Text())
	}
}

// Who may sign in, and what is said to those who may not (learn.microsoft.com,
// "Microsoft Entra authentication and authorization error codes").
func TestSignIn(t *testing.T) {
	const (
		wrongPassword = "Error validating credentials due to invalid username or password."
		unknown       = "The user account %s does not exist in the Contoso directory. To sign into this application, the account must be added to the directory."
		disabled      = "The user account is disabled."
		hintPassword  = "Your account or password is incorrect. If you don't remember your password, reset it now."
		hintName      = "This username may be incorrect. Make sure you typed it correctly. Otherwise, contact your admin."
	)
	w := newWire(t)
	add := func(name, password string) directory.User {
		u := w.AddUser(directory.User{UserPrincipalName: name, Password: password})
		w.assign(w.app, u)
		return u
	}
	add("ben@contoso.example", "Correct-Horse-1")
	off, gone := add("off@contoso.example", ""), add("gone@contoso.example", "")
	if _, err := w.Directory().SetEnabled(off.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Directory().DeleteUser(gone.ID); err != nil {
		t.Fatal(err)
	}
	const right = directory.DefaultPassword
	for _, test := range []struct {
		name, login, password string
		code, message         string // empty: signed in
		again                 string // what the sign-in page says; empty: the error page
		got                   string
	}{
		{"default password", "ana@contoso.example", right, "", "", "", ""},
		{"another case, white space around", "  Ana@Contoso.Example ", right, "", "", "", ""},
		{"own password", "ben@contoso.example", "Correct-Horse-1", "", "", "", ""},
		{"default password of somebody with an own one", "ben@contoso.example", right, "AADSTS50126", wrongPassword, hintPassword, "another one"},
		{"wrong password", "ana@contoso.example", "guess", "AADSTS50126", wrongPassword, hintPassword, "another one"},
		{"password in another case", "ana@contoso.example", strings.ToLower(right), "AADSTS50126", wrongPassword, hintPassword, "another one"},
		{"no password", "ana@contoso.example", "", "AADSTS50126", wrongPassword, hintPassword, "another one"},
		{"unknown user", "nobody@contoso.example", right, "AADSTS50034", fmt.Sprintf(unknown, "nobody@contoso.example"), hintName, "nobody@contoso.example"},
		{"no user", "", right, "AADSTS50034", fmt.Sprintf(unknown, ""), hintName, "no name"},
		{"hostile user", `<img src=x onerror=alert(1)>'"`, right, "AADSTS50034", fmt.Sprintf(unknown, `<img src=x onerror=alert(1)>'"`), hintName, `<img src=x onerror=alert(1)>'"`},
		{"object id instead of a name", w.ana.ID, right, "AADSTS50034", fmt.Sprintf(unknown, w.ana.ID), hintName, w.ana.ID},
		{"name of a group", w.AddGroup("staff", w.ana).DisplayName, right, "AADSTS50034", fmt.Sprintf(unknown, "staff"), hintName, "staff"},
		{"deleted", "gone@contoso.example", right, "AADSTS50034", fmt.Sprintf(unknown, "gone@contoso.example"), hintName, "gone@contoso.example"},
		{"deleted, by object id", gone.ID, right, "AADSTS50034", fmt.Sprintf(unknown, gone.ID), hintName, gone.ID},
		{"disabled", "off@contoso.example", right, "AADSTS50057", disabled, "", "off@contoso.example with accountEnabled=false"},
		{"disabled, wrong password", "off@contoso.example", "guess", "AADSTS50126", wrongPassword, hintPassword, "another one"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := w.in(t)
			w.sp.forget()
			p := w.person()
			page := p.enter(p.open(w.redirect(authnRequest(), "state")), test.login, test.password)
			if test.code == "" {
				if xml, _ := w.response(); !atServiceProvider(page) || !strings.HasPrefix(find(t, xml, "//NameID"), strings.ToLower(strings.TrimSpace(test.login))) {
					t.Errorf("came to %s with\n%s", page.URL, xml)
				}
				return
			}
			why := refusalOf(t, string(page.Body))
			if why.Code != test.code || why.Message != test.message || why.Got != test.got || why.Fix == "" {
				t.Errorf("refused with %+v\nwant %s: %s, got %q", why, test.code, test.message, test.got)
			}
			if w.sp.last() != nil {
				t.Errorf("the service provider got %s", w.sp.last().URL)
			}
			if len(p.b.Cookies(w.BaseURL())) != 0 {
				t.Errorf("cookies: %v", p.b.Cookies(w.BaseURL()))
			}
			if test.again == "" {
				if page.Status != http.StatusBadRequest || asksForPassword(page) {
					t.Errorf("status %d, want the error page", page.Status)
				}
				return
			}
			shown, _ := page.Find("passwordError")
			if test.code == "AADSTS50034" {
				shown, _ = page.Find("usernameError")
			}
			config := configOf(t, string(page.Body))
			if page.Status != http.StatusOK || shown != test.again || "AADSTS"+fmt.Sprint(config["sErrorCode"]) != test.code || config["sErrTxt"] != test.again {
				t.Errorf("status %d, shows %q, $Config %v", page.Status, shown, config)
			}
			if want := test.code + ": " + test.message; config["strServiceExceptionMessage"] != want {
				t.Errorf("$Config.strServiceExceptionMessage = %v, want %s", config["strServiceExceptionMessage"], want)
			}
			// The form that is shown again leads on to the same application.
			if page = p.enter(page, w.ana.UserPrincipalName, right); !atServiceProvider(page) {
				t.Errorf("second try came to %s", page.URL)
			}
			if _, form := w.response(); form.Get("RelayState") != "state" {
				t.Errorf("second try lost the RelayState: %q", form.Get("RelayState"))
			}
		})
	}
}

// A sign-in page is good for one answer within a quarter of an hour.
func TestSignInPageExpires(t *testing.T) {
	const expired = "Authentication failed due to flow token expired."
	w := newWire(t)
	page := w.get(w.redirect(authnRequest(), ""))
	if got := w.signInByForm(page); got.status != http.StatusOK {
		t.Fatalf("status %d", got.status)
	}
	checkRefused(t, w.signInByForm(page), "AADSTS50089", expired)

	for _, test := range []struct {
		after time.Duration
		ok    bool
	}{{15*time.Minute - time.Nanosecond, true}, {15 * time.Minute, false}} {
		page := w.get(w.redirect(authnRequest(), ""))
		w.clock.Advance(test.after)
		got := w.signInByForm(page)
		if test.ok {
			w.posted(got)
			continue
		}
		if why := checkRefused(t, got, "AADSTS50089", expired); why.Fix != refusal.Request || why.Hint != "start again at the application" {
			t.Errorf("after %s: explained by %+v", test.after, why)
		}
	}
}

// The session cookie is the real one's: Secure and SameSite=None, because the
// request of a service provider may come as a cross-site POST.
func TestSessionCookie(t *testing.T) {
	w := newWire(t)
	got := w.signInByForm(w.get(w.redirect(authnRequest(), "")))
	cookie := got.header.Get("Set-Cookie")
	if !regexp.MustCompile(`^ESTSAUTH=0\.[\w-]{64}; Path=/; HttpOnly; Secure; SameSite=None$`).MatchString(cookie) {
		t.Errorf("Set-Cookie: %s", cookie)
	}
	ana := w.person()
	ana.signIn(w.MyAppsURL())
	if page := ana.open(w.formAt(authnRequest(), "")); !atServiceProvider(page) {
		t.Errorf("a POST from another site came to %s", page.URL)
	}
}

// A response goes only to whom the sign-in was for, even if another sign-in
// begins meanwhile.
func TestSignInsDoNotMix(t *testing.T) {
	w := newWire(t)
	other := w.create(idp.ApplicationConfig{Name: "Blog", Identifiers: []string{"urn:blog"}, ReplyURLs: []string{w.sp.URL + "/blog"}})
	w.assign(other, w.ana)
	first := w.get(w.redirect(authnRequest(), "first"))
	second := w.get(w.redirect(authnRequest(identifier, "urn:blog", "_request1", "_request2"), "second"))
	for _, test := range []struct {
		page        answer
		acs, answer string
	}{{second, w.sp.URL + "/blog", "_request2"}, {first, w.sp.acs(), "_request1"}} {
		xml, action := w.posted(w.signInByForm(test.page))
		if id, _ := attr(t, xml, "/Response", "InResponseTo"); action != test.acs || id != test.answer {
			t.Errorf("the answer to %s went to %s, want the one to %s at %s", id, action, test.answer, test.acs)
		}
	}
}
