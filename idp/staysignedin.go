package idp

import (
	"net/http"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/trace"
)

type staySignedInPage struct {
	Action, Ticket, Login string
}

// showStaySignedIn asks "Stay signed in?" after the credentials
// (learn.microsoft.com, "Manage the 'Stay signed in?' prompt").
func (t *Tenant) showStaySignedIn(w http.ResponseWriter, p *pending, user directory.User) {
	ticket := t.sessions.hold(p)
	page := staySignedInPage{Action: t.BaseURL() + "/kmsi", Ticket: ticket, Login: user.UserPrincipalName}
	config := t.pageConfig("KmsiInterrupt", ticket)
	config["urlPost"], config["sPOST_Username"] = "/kmsi", user.UserPrincipalName
	config["sErrorCode"], config["sErrTxt"] = "50140", ""
	t.showPage(w, "staysignedin.html", page, config, nil)
}

// serveStaySignedIn takes the answer: LoginOptions is 1 for Yes and 3 for No.
func (t *Tenant) serveStaySignedIn(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("saml", "Stay signed in?")
	p, ok := t.takePending(w, r, "ctx")
	if !ok {
		return
	}
	p.Asked, p.Stay = true, r.PostForm.Get("LoginOptions") == "1"
	t.proceed(w, r, p)
}
