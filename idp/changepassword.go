package idp

import (
	"net/http"
	"slices"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
)

type changePasswordPage struct {
	Action, Ticket, Login, Error string
}

// showChangePassword asks a user whose password has expired, or was set by an
// administrator for once, for a new one ("Update your password").
func (t *Tenant) showChangePassword(w http.ResponseWriter, p *pending, user directory.User, wrong *refusal.Refusal) {
	ticket := t.sessions.hold(p)
	page := changePasswordPage{Action: t.tenantURL("changepassword"), Ticket: ticket, Login: user.UserPrincipalName}
	config := t.pageConfig("ConvergedChangePassword", ticket)
	config["urlPost"], config["sPOST_Username"] = page.Action, user.UserPrincipalName
	config["sErrorCode"], config["sErrTxt"] = "50055", text50055
	why := wrong
	if wrong == nil {
		why = aadsts(50055, text50055, refusal.Refusal{
			Expected: "a password that is still good", Got: "forceChangePasswordNextSignIn of " + user.UserPrincipalName, Where: "directory", Fix: refusal.Entra,
			Hint: "enter a new password on this page",
		})
	} else {
		page.Error, config["sErrTxt"] = wrong.Message, wrong.Message
	}
	t.showPage(w, "changepassword.html", page, config, why)
}

// serveChangePassword takes the new password and goes on with the sign-in.
func (t *Tenant) serveChangePassword(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("saml", "change of the password")
	p, ok := t.takePending(w, r, "ctx")
	if !ok {
		return
	}
	user, refused := t.userOf(p)
	if refused != nil {
		t.refuseRequest(w, r, p, refused)
		return
	}
	current, next, again := r.PostForm.Get("oldpasswd"), r.PostForm.Get("newpasswd"), r.PostForm.Get("confirmnewpasswd")
	why := refusal.Refusal{Where: "page for the new password", Fix: refusal.Request}
	switch {
	case !slices.Contains(p.Methods, claims.MethodPassword) || current != user.Password:
		why.Expected, why.Got = "the current password of "+user.UserPrincipalName, "another one"
		refused = aadsts(50126, text50126, why)
	case next != again:
		why.Expected, why.Got = "the new password twice", "two different ones"
		refused = aadsts(50055, textPasswordsDiffer, why)
	case next == "" || next == current:
		why.Expected, why.Got = "another password than the current one", "the same, or none"
		refused = aadsts(50055, textPasswordReused, why)
	}
	if refused == nil {
		t.trace.Secret(next)
		updated, err := t.directory.UpdateUser(user.ID, func(u *directory.User) { u.Password, u.ForceChangePassword = next, false })
		if err == nil {
			trace.From(r.Context()).Check("password", true, "changed for "+updated.UserPrincipalName)
			t.proceed(w, r, p)
			return
		}
		refused = aadsts(50055, text50055, refusal.Refusal{Expected: "a user whose password can be changed", Got: err.Error(), Where: "directory", Fix: refusal.Entra})
	}
	trace.From(r.Context()).Refused("password", refused.Explanation(), refused)
	t.showChangePassword(w, p, user, refused)
}
