package idp

import (
	"cmp"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
)

// signInForm is what the sign-in page shows.
type signInForm struct {
	Action        string
	Ticket        string
	Login         string
	App           string
	UsernameError string
	PasswordError string
	UnknownUser   string // what the page says of a name that nobody has
	DefaultHint   string
}

// showSignIn shows the sign-in page, with the reason for which it is shown again
// if there is one. Its code 50058 stands for "nobody has signed in yet".
func (t *Tenant) showSignIn(w http.ResponseWriter, p *pending, login string, why *refusal.Refusal) {
	ticket := t.sessions.hold(p)
	form := signInForm{Action: t.tenantURL("login"), Ticket: ticket, Login: login, UnknownUser: textUnknownUsername, DefaultHint: directory.DefaultPassword}
	if p.App != nil {
		form.App = p.App.Name()
	}
	config := t.pageConfig("ConvergedSignIn", ticket)
	config["urlPost"] = "/" + t.ID() + "/login"
	config["urlGetCredentialType"] = t.tenantURL("GetCredentialType") + "?mkt=en-US"
	config["sPOST_Username"], config["sErrTxt"] = login, ""
	code := "50058"
	if why != nil {
		code = strings.TrimPrefix(why.Code, "AADSTS")
		shown := textWrongPassword
		switch code {
		case "50034":
			shown = textUnknownUsername
			form.UsernameError = shown
		case "50053":
			shown = textLocked
			form.PasswordError = shown
		default:
			form.PasswordError = shown
		}
		config["sErrTxt"], config["strServiceExceptionMessage"] = shown, why.Code+": "+why.Message
	}
	config["sErrorCode"], config["arrValErrs"] = code, []string{code}
	t.showPage(w, "signin.html", form, config, why)
}

// serveLogin takes the sign-in page's form.
func (t *Tenant) serveLogin(w http.ResponseWriter, r *http.Request) {
	open := trace.From(r.Context())
	open.Kind("saml", "sign-in form")
	p, ok := t.takePending(w, r, "ctx")
	if !ok {
		return
	}
	login := strings.TrimSpace(cmp.Or(strings.TrimSpace(r.PostForm.Get("login")), r.PostForm.Get("loginfmt")))
	if why := t.faults.take(credentialFaults); why != nil {
		t.refuseSignIn(w, r, p, login, t.fault(why, p.App, login))
		return
	}
	user, known := t.directory.User(login)
	if !known || !isNamed(user, login) { // nobody signs in with an object id, by which deleted users are found too
		open.Check("user", false, login+" is not in the directory")
		t.refuseSignIn(w, r, p, login, aadsts(50034, fmt.Sprintf(text50034, login, t.DisplayName()), refusal.Refusal{
			Expected: "the userPrincipalName of a user in the directory", Got: cmp.Or(login, "no name"), Where: "sign-in page", Fix: refusal.Entra,
		}))
		return
	}
	if refused := t.lockouts.check(user, t.clock.Now()); refused != nil {
		open.Refused("lockout", refused.Explanation(), refused)
		t.refuseSignIn(w, r, p, login, refused)
		return
	}
	password := r.PostForm.Get("passwd")
	if subtle.ConstantTimeCompare([]byte(user.Password), []byte(password)) != 1 {
		open.Check("password", false, "not the user's")
		choices := t.Choices()
		t.lockouts.failed(user.ID, password, t.clock.Now(), choices.LockoutThreshold, choices.LockoutDuration)
		t.refuseSignIn(w, r, p, login, aadsts(50126, text50126, refusal.Refusal{
			Expected: "the password of " + user.UserPrincipalName, Got: "another one", Where: "sign-in page", Fix: refusal.Request,
		}))
		return
	}
	t.lockouts.forget(user.ID)
	open.Check("password", true, user.UserPrincipalName)
	p.UserID, p.Methods, p.SessionID, p.Skipped, p.Asked = user.ID, []string{claims.MethodPassword}, "", false, false
	t.proceed(w, r, p)
}

// refuseSignIn lets the person try again.
func (t *Tenant) refuseSignIn(w http.ResponseWriter, r *http.Request, p *pending, login string, why *refusal.Refusal) {
	trace.From(r.Context()).Refused("sign-in", why.Error(), why)
	t.showSignIn(w, p, login, why)
}

// takePending reads the form of one of the sign-in's pages and finds the sign-in
// that it belongs to by its ticket, in the field of this name.
func (t *Tenant) takePending(w http.ResponseWriter, r *http.Request, field string) (*pending, bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	got := "a form without " + field
	if err := r.ParseForm(); err != nil {
		got = err.Error()
	}
	ticket := r.PostForm.Get(field)
	if ticket == "" {
		t.refuse(w, r, nil, aadsts(900144, fmt.Sprintf(text900144, field), refusal.Refusal{
			Expected: "the form of the page before", Got: got, Where: "form field " + field, Fix: refusal.Request,
		}))
		return nil, false
	}
	p, ok := t.sessions.take(ticket)
	if !ok {
		t.refuse(w, r, nil, staleTicket(field, "form field "+field))
		return nil, false
	}
	return p, true
}

// staleTicket refuses a page that was shown too long ago, or was sent before.
func staleTicket(field, where string) *refusal.Refusal {
	return aadsts(50089, text50089, refusal.Refusal{
		Expected: "the " + field + " of a page shown in the last 15 minutes and not sent yet", Got: "another one", Where: where, Fix: refusal.Request, Hint: "start again at the application",
	})
}

// tenantURL is the address of one of the tenant's pages.
func (t *Tenant) tenantURL(path string) string { return t.BaseURL() + "/" + t.ID() + "/" + path }

// pageConfig is what every page of a sign-in tells programs: the $Config block
// that command-line tools read from the real pages. The ticket stands for the
// sign-in wherever the real page has a token of its own.
func (t *Tenant) pageConfig(pgid, ticket string) map[string]any {
	actions := map[string][2]int{
		"ConvergedSignIn": {1800, 1104}, "ConvergedTFA": {2202, 1114}, "ConvergedProofUpRedirect": {2000, 1121},
		"KmsiInterrupt": {2005, 1115}, "ConvergedChangePassword": {2201, 1118},
	}
	return map[string]any{
		"pgid": pgid, "hpgact": actions[pgid][0], "hpgid": actions[pgid][1],
		"sFTName": "flowToken", "sFT": ticket, "sCtx": ticket, "canary": ticket, "apiCanary": ticket, "sCanaryTokenName": "canary",
		"correlationId": t.ids.UUID(), "sessionId": t.requestID(), "sTenantId": t.ID(),
	}
}

// showPage renders a page of a sign-in.
func (t *Tenant) showPage(w http.ResponseWriter, name string, page any, config map[string]any, why *refusal.Refusal) {
	w.Header().Set(requestIDHeader, config["sessionId"].(string))
	view := t.view("Sign in to your account", page)
	view.Refusal, view.Config = why, config
	t.pages.Render(w, http.StatusOK, name, view)
}
