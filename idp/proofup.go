package idp

import (
	"net/http"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/trace"
)

type proofUpPage struct {
	Action, Ticket, Login, SkipURL string
}

// showProofUp asks a user without a second factor to register one ("More
// information required", $Config of saml2aws's test page).
func (t *Tenant) showProofUp(w http.ResponseWriter, p *pending, user directory.User) {
	ticket := t.sessions.hold(p)
	page := proofUpPage{Action: t.tenantURL("proofup"), Ticket: ticket, Login: user.UserPrincipalName}
	config := t.pageConfig("ConvergedProofUpRedirect", ticket)
	config["urlPost"], config["urlPostRedirect"], config["sPOST_Username"] = page.Action, page.Action, user.UserPrincipalName
	config["sErrorCode"], config["sErrTxt"] = "50072", ""
	if t.mayPutOff(p, user) {
		page.SkipURL = t.tenantURL("resume") + "?ctx=" + ticket
		config["urlSkipMfaRegistration"], config["iRemainingDaysToSkipMfaRegistration"] = page.SkipURL, 14
		config["sErrorCode"] = "" // saml2aws gives up at any code, before it looks at the address
	}
	t.showPage(w, "proofup.html", page, config, nil)
}

// mayPutOff tells whether somebody may go on without a second factor: where the
// tenant lets users, and nothing but its registration is asked for. A Conditional
// Access policy waits for nobody.
func (t *Tenant) mayPutOff(p *pending, user directory.User) bool {
	_, required := t.policy(p.App, user, GrantMFA)
	return t.Choices().SkipMFARegistration && user.PerUserMFAState == directory.MFAEnabled && !required
}

// serveProofUp registers the second factor. A user for whom it was enabled is
// enforced from then on (learn.microsoft.com, "Enable per-user Microsoft Entra
// multifactor authentication").
func (t *Tenant) serveProofUp(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("saml", "registration of a second factor")
	p, ok := t.takePending(w, r, "flowToken")
	if !ok {
		return
	}
	_, err := t.directory.UpdateUser(p.UserID, func(u *directory.User) {
		if u.PerUserMFAState == directory.MFAEnabled { // else another page's ticket came here
			u.PerUserMFAState = directory.MFAEnforced
		}
	})
	if err != nil {
		trace.From(r.Context()).Check("registration", false, err.Error())
	}
	t.proceed(w, r, p)
}

// serveResume goes on without a second factor, where its registration may be put
// off.
func (t *Tenant) serveResume(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("saml", "sign-in goes on")
	p, ok := t.sessions.take(r.URL.Query().Get("ctx"))
	if ok {
		user, _ := t.directory.User(p.UserID) // none before the password
		ok = t.mayPutOff(p, user)
	}
	if !ok {
		t.refuse(w, r, nil, staleTicket("ctx", "query parameter ctx"))
		return
	}
	p.Skipped = true
	t.proceed(w, r, p)
}
