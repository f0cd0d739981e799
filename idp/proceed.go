package idp

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// begin decides what a request for a sign-in needs: nothing, if the browser is
// signed in; a choice, if it is signed in more than once; else a password.
func (t *Tenant) begin(w http.ResponseWriter, r *http.Request, p *pending) {
	accounts := t.sessions.accounts(r)
	if p.LoginHint != "" { // the hint names the account that is meant
		accounts = slices.DeleteFunc(accounts, func(s session) bool {
			user, ok := t.directory.User(s.UserID)
			return !ok || !isNamed(user, p.LoginHint)
		})
	}
	forced, passive := p.Request != nil && p.Request.ForceAuthn, p.Request != nil && p.Request.IsPassive
	switch {
	case forced && passive, len(accounts) == 0 && passive:
		t.refuseRequest(w, r, p, aadsts(50058, text50058, refusal.Refusal{
			Expected: "a browser that is signed in", Got: passiveWithout(forced), Where: "/AuthnRequest/@IsPassive", Fix: refusal.Request,
		}))
	case forced && len(accounts) == 1:
		login := p.LoginHint
		if user, ok := t.directory.User(accounts[0].UserID); ok {
			login = cmp.Or(login, user.UserPrincipalName)
		}
		t.showSignIn(w, p, login, nil)
	case len(accounts) == 0, forced:
		t.showSignIn(w, p, p.LoginHint, nil)
	case len(accounts) > 1 && !passive:
		t.showAccounts(w, p, accounts)
	default: // the one account, or, where nobody can be asked, the latest
		t.resume(w, r, p, accounts[len(accounts)-1])
	}
}

func passiveWithout(forced bool) string {
	if forced {
		return "IsPassive together with ForceAuthn, which asks for the password"
	}
	return "IsPassive without a session"
}

// isNamed reports whether login is how the user signs in.
func isNamed(user directory.User, login string) bool {
	return strings.EqualFold(strings.TrimSpace(login), user.UserPrincipalName)
}

// resume goes on with an account that is signed in.
func (t *Tenant) resume(w http.ResponseWriter, r *http.Request, p *pending, s session) {
	p.UserID, p.Methods, p.SessionID, p.Asked = s.UserID, s.Methods, s.ID, true
	t.proceed(w, r, p)
}

// proceed goes on with a sign-in after each of its steps: what is still
// wanted of the person comes first, then the response.
func (t *Tenant) proceed(w http.ResponseWriter, r *http.Request, p *pending) {
	user, refused := t.userOf(p)
	if refused != nil {
		if p.SessionID != "" {
			t.sessions.end(w, r, p.SessionID)
		}
		t.refuseRequest(w, r, p, refused)
		return
	}
	if refused := t.blocked(p.App, user); refused != nil {
		t.refuseRequest(w, r, p, refused)
		return
	}
	switch {
	case p.SessionID == "" && user.ForceChangePassword:
		t.showChangePassword(w, p, user, nil)
	case t.wantsMFA(p, user):
		t.askForMFA(w, r, p, user)
	case !p.Asked && !t.Choices().HideStaySignedIn:
		t.showStaySignedIn(w, p, user)
	default:
		t.finish(w, r, p, user)
	}
}

// finish opens the session, or goes on with the one that there is, and answers
// the request.
func (t *Tenant) finish(w http.ResponseWriter, r *http.Request, p *pending, user directory.User) {
	var s session
	if p.SessionID == "" {
		s = t.sessions.start(w, r, user.ID, p.Methods, p.Stay)
	} else {
		found := false
		for _, account := range t.sessions.accounts(r) {
			if account.ID == p.SessionID {
				s, found = account, true
			}
		}
		if !found { // signed out elsewhere meanwhile
			p.UserID, p.Methods, p.SessionID, p.Asked = "", nil, "", false
			t.begin(w, r, p)
			return
		}
		if len(p.Methods) > len(s.Methods) {
			t.sessions.strengthened(s.ID, p.Methods)
			s.Methods = p.Methods
		}
		t.sessions.use(w, r, s.ID)
	}
	t.complete(w, r, p, user, s)
}

// userOf returns the user of a sign-in, who may have been disabled or deleted
// since the session began.
func (t *Tenant) userOf(p *pending) (directory.User, *refusal.Refusal) {
	user, exists := t.directory.User(p.UserID)
	if p.UserID == "" { // the ticket is that of a page before the password
		return directory.User{}, staleTicket("ticket", "form")
	}
	name := cmp.Or(user.UserPrincipalName, p.UserID)
	why := refusal.Refusal{Expected: "an enabled account", Where: "directory", Fix: refusal.Entra}
	switch {
	case !exists || user.IsDeleted():
		why.Got = "a session of " + name + ", who has been deleted since"
		return directory.User{}, aadsts(50034, fmt.Sprintf(text50034, name, t.DisplayName()), why)
	case !user.Enabled() && p.SessionID == "":
		why.Got = name + " with accountEnabled=false"
		return directory.User{}, disabled(user, why)
	case !user.Enabled():
		why.Got = "a session of " + name + ", whose account has been disabled since"
		return directory.User{}, disabled(user, why)
	}
	return user, nil
}

// disabled refuses a disabled account; guests have a code of their own.
func disabled(user directory.User, why refusal.Refusal) *refusal.Refusal {
	if user.UserType == "Guest" {
		return aadsts(500571, text500571, why)
	}
	return aadsts(50057, text50057, why)
}

// wantsMFA reports whether a second factor is still missing.
func (t *Tenant) wantsMFA(p *pending, user directory.User) bool {
	return !p.Skipped && !slices.Contains(p.Methods, claims.MethodMultipleAuthn) && t.mfaReason(p.App, user) != ""
}
