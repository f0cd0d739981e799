package sp

import (
	"net/http"
	"net/url"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/sp/ssooidc"
)

// The pages on which a person approves a client: first the code that a device
// shows, then what the client may do, as in AWS's own pages, whose elements bear
// the same ids (published scripts that click on them).

// consentPage is what the page that asks for consent shows, and its outcome.
type consentPage struct {
	ssooidc.Pending
	Request  string `json:"-"` // id of the request
	User     string `json:"user"`
	Decision string `json:"decision,omitempty"` // allowed or denied; empty: the question
}

// What a person decided.
const (
	consentAllowed = "allowed"
	consentDenied  = "denied"
)

// serveDevice asks for the code that a device shows, or to compare it.
func (i *Instance) serveDevice(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "device verification")
	code := r.URL.Query().Get("user_code")
	if code == "" {
		i.pages.Render(w, http.StatusOK, "device.html", i.view("Authorize request", code))
		return
	}
	p, refused := i.oidc.ByUserCode(code)
	if refused != nil {
		i.refusePage(w, r, refused)
		return
	}
	i.pages.Render(w, http.StatusOK, "device.html", i.view("Authorize request", p.UserCode))
}

// serveDeviceConsent asks whoever is signed in to approve the client of a device.
func (i *Instance) serveDeviceConsent(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "consent")
	code := r.URL.Query().Get("user_code")
	p, refused := i.oidc.ByUserCode(code)
	if refused != nil {
		i.refusePage(w, r, refused)
		return
	}
	_, user, ok := i.enter(w, r, "/start/consent?"+url.Values{"user_code": {p.UserCode}}.Encode())
	if !ok {
		return
	}
	i.askConsent(w, p, user.UserName)
}

// serveAuthorize is the authorization endpoint, to which the AWS CLI sends the
// browser.
func (i *Instance) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "authorize")
	_, user, ok := i.enter(w, r, "/authorize?"+r.URL.RawQuery)
	if !ok {
		return
	}
	p, back, refused := i.oidc.Authorize(r.URL.Query())
	switch {
	case refused != nil && back == "":
		i.refusePage(w, r, refused)
	case refused != nil:
		trace.From(r.Context()).Refused("accepted", refused.Error(), &refused.Refusal)
		http.Redirect(w, r, back, http.StatusFound)
	default:
		i.askConsent(w, p, user.UserName)
	}
}

func (i *Instance) askConsent(w http.ResponseWriter, p ssooidc.Pending, user string) {
	page := consentPage{Pending: p, Request: p.ID, User: user}
	view := i.view("Allow access", page)
	view.Data = page
	i.pages.Render(w, http.StatusOK, "consent.html", view)
}

// serveConsent takes the person's decision. A page elsewhere cannot make it: the
// portal's cookie does not come with a POST from another site, and the id of the
// request stands in the form only.
func (i *Instance) serveConsent(w http.ResponseWriter, r *http.Request) {
	open := trace.From(r.Context())
	open.Kind("http", "consent")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		i.refuse(w, r, badRequest("a form of at most 1 MiB", err.Error(), "HTTP body"))
		return
	}
	s, user, ok := i.enter(w, r, "")
	if !ok {
		return
	}
	decision := r.PostForm.Get("decision")
	if decision != "allow" && decision != "deny" {
		i.refuse(w, r, badRequest("allow or deny", decision, "form field decision"))
		return
	}
	allow := decision == "allow"
	p, back, refused := i.oidc.Decide(r.PostForm.Get("request"), ssooidc.Approver{UserID: s.UserID, Expires: s.Expires, AccessControl: s.AccessControl}, allow)
	if refused != nil {
		i.refusePage(w, r, refused)
		return
	}
	page := consentPage{Pending: p, User: user.UserName, Decision: consentDenied}
	if allow {
		page.Decision = consentAllowed
	}
	open.Check("consent", allow, p.Client)
	if back != "" {
		if u, err := url.Parse(back); err == nil {
			open.Secret(u.Query().Get("code"))
		}
		http.Redirect(w, r, back, http.StatusFound)
		return
	}
	view := i.view("Request "+page.Decision, page)
	view.Data = page
	i.pages.Render(w, http.StatusOK, "consent.html", view)
}

// refusePage shows a refusal of the OIDC service to the person.
func (i *Instance) refusePage(w http.ResponseWriter, r *http.Request, why *ssooidc.Error) {
	shown := why.Refusal
	shown.Fix = refusal.Request
	i.refuse(w, r, &shown)
}
