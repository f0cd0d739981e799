package idp

import (
	"cmp"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
)

// signInForm is what the sign-in page shows.
type signInForm struct {
	Action      string
	Ticket      string
	Login       string
	App         string
	Error       string
	DefaultHint string
}

// showSignIn shows the sign-in page, with the reason for which it is shown again
// if there is one. The $Config block is what command-line tools read from the
// real page; its code 50058 stands for "nobody has signed in yet".
func (t *Tenant) showSignIn(w http.ResponseWriter, p *pending, login string, why *refusal.Refusal) {
	ticket := t.sessions.hold(p)
	form := signInForm{Action: t.BaseURL() + "/" + t.id + "/login", Ticket: ticket, Login: login, DefaultHint: directory.DefaultPassword}
	if p.App != nil {
		form.App = p.App.Name()
	}
	requestID := t.requestID()
	w.Header().Set(requestIDHeader, requestID)
	config := map[string]any{
		"pgid": "ConvergedSignIn", "hpgact": 1800, "hpgid": 1104, "sErrTxt": "", "urlPost": "/" + t.id + "/login",
		"sFTName": "flowToken", "sFT": ticket, "sCtx": ticket, "canary": ticket, "apiCanary": ticket,
		"correlationId": t.ids.UUID(), "sessionId": requestID, "sTenantId": t.id,
	}
	code := "50058"
	if why != nil {
		code, form.Error = strings.TrimPrefix(why.Code, "AADSTS"), textWrongPassword
		if code == "50034" {
			form.Error = textUnknownUsername
		}
		config["sErrTxt"], config["strServiceExceptionMessage"] = form.Error, why.Code+": "+why.Message
	}
	config["sErrorCode"], config["arrValErrs"] = code, []string{code}
	view := t.view("Sign in to your account", form)
	view.Refusal, view.Config = why, config
	t.pages.Render(w, http.StatusOK, "signin.html", view)
}

// serveLogin takes the sign-in page's form.
func (t *Tenant) serveLogin(w http.ResponseWriter, r *http.Request) {
	open := trace.From(r.Context())
	open.Kind("saml", "sign-in form")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		t.refuse(w, r, nil, aadsts(900144, fmt.Sprintf(text900144, "ctx"), refusal.Refusal{
			Expected: "the form of the sign-in page", Got: err.Error(), Where: "HTTP body", Fix: refusal.Request,
		}))
		return
	}
	ticket := r.PostForm.Get("ctx")
	if ticket == "" {
		t.refuse(w, r, nil, aadsts(900144, fmt.Sprintf(text900144, "ctx"), refusal.Refusal{
			Expected: "the form of the sign-in page", Got: "a form without ctx", Where: "form field ctx", Fix: refusal.Request,
		}))
		return
	}
	p, ok := t.sessions.take(ticket)
	if !ok {
		t.refuse(w, r, nil, aadsts(50089, text50089, refusal.Refusal{
			Expected: "the ctx of a sign-in page shown in the last 15 minutes and not sent yet", Got: "another one", Where: "form field ctx", Fix: refusal.Request, Hint: "start again at the application",
		}))
		return
	}
	login := strings.TrimSpace(r.PostForm.Get("login"))
	if login == "" {
		login = strings.TrimSpace(r.PostForm.Get("loginfmt"))
	}
	user, known := t.directory.User(login)
	if known && user.ID == login {
		known = false // nobody signs in with an object id, by which deleted users are found too
	}
	if !known {
		open.Check("user", false, login+" is not in the directory")
		t.refuseSignIn(w, r, p, login, aadsts(50034, fmt.Sprintf(text50034, login, t.displayName), refusal.Refusal{
			Expected: "the userPrincipalName of a user in the directory", Got: cmp.Or(login, "no name"), Where: "sign-in page", Fix: refusal.Entra,
		}))
		return
	}
	if subtle.ConstantTimeCompare([]byte(user.Password), []byte(r.PostForm.Get("passwd"))) != 1 {
		open.Check("password", false, "not the user's")
		t.refuseSignIn(w, r, p, login, aadsts(50126, text50126, refusal.Refusal{
			Expected: "the password of " + user.UserPrincipalName, Got: "another one", Where: "sign-in page", Fix: refusal.Request,
		}))
		return
	}
	open.Check("password", true, user.UserPrincipalName)
	if !user.Enabled() {
		t.refuse(w, r, p.App, aadsts(50057, text50057, refusal.Refusal{
			Expected: "an enabled account", Got: user.UserPrincipalName + " with accountEnabled=false", Where: "directory", Fix: refusal.Entra,
		}))
		return
	}
	t.complete(w, r, p, t.sessions.start(w, r, user.ID))
}

// refuseSignIn lets the person try again.
func (t *Tenant) refuseSignIn(w http.ResponseWriter, r *http.Request, p *pending, login string, why *refusal.Refusal) {
	trace.From(r.Context()).Check("sign-in", false, why.Error())
	t.showSignIn(w, p, login, why)
}
