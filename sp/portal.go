package sp

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/internal/web"
	"github.com/idharness/harness/sp/identitystore"
)

//go:embed pages/*.html
var pageFiles embed.FS

// parsePages reads the pages, once for all: they never change.
var parsePages = sync.OnceValues(func() (*web.Pages, error) {
	sub, err := fs.Sub(pageFiles, "pages")
	if err != nil {
		return nil, fmt.Errorf("read pages: %w", err)
	}
	return web.Parse(sub)
})

// Handler serves the instance: service provider metadata, ACS and access portal.
func (i *Instance) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /platform/saml/metadata/{store}", i.serveMetadata)
	mux.HandleFunc("POST /platform/saml/acs/{tenant}", i.serveACS)
	mux.HandleFunc("POST /{host}/platform/saml/acs/{tenant}", i.serveACS)
	mux.HandleFunc("GET /{host}/{$}", i.servePortalAt)
	mux.HandleFunc("GET /{host}/start", i.servePortalAt)
	mux.HandleFunc("GET /start", i.servePortal)
	mux.HandleFunc("GET /start/{$}", i.servePortal)
	mux.HandleFunc("GET /start/signout", i.serveSignOut)
	mux.HandleFunc("GET /start/console", i.serveOpenConsole)
	mux.HandleFunc("GET /start/access-keys", i.serveAccessKeys)
	mux.HandleFunc("GET /federation", i.serveFederation)
	mux.HandleFunc("POST /saml", i.serveSAML)
	mux.HandleFunc("POST /static/saml", i.serveSAML)
	mux.HandleFunc("GET /static/saml-metadata.xml", i.serveSignInMetadata)
	mux.HandleFunc("GET /federation/console", i.api("console", i.consoleToken))
	mux.HandleFunc("GET /federation/credentials", i.api(getRoleCredentials, i.serveRoleCredentials))
	mux.HandleFunc("GET /assignment/accounts", i.api("ListAccounts", i.listAccounts))
	mux.HandleFunc("GET /assignment/roles", i.api("ListAccountRoles", i.listAccountRoles))
	mux.HandleFunc("POST /logout", i.api("Logout", i.logout))
	mux.HandleFunc("POST /client/register", oidcCall(i, "RegisterClient", i.oidc.Register))
	mux.HandleFunc("POST /device_authorization", oidcCall(i, "StartDeviceAuthorization", i.oidc.StartDevice))
	mux.HandleFunc("POST /token", oidcCall(i, createToken, i.oidc.CreateToken))
	mux.HandleFunc("GET /device", i.serveDevice)
	mux.HandleFunc("GET /start/device", i.serveDevice)
	mux.HandleFunc("GET /start/consent", i.serveDeviceConsent)
	mux.HandleFunc("GET /authorize", i.serveAuthorize)
	mux.HandleFunc("POST /start/consent", i.serveConsent)
	mux.Handle("GET /{$}", http.RedirectHandler("/start", http.StatusFound))
	return i.Guard(i.trace.Middleware("identityCenter", mux))
}

// portalPage is what the access portal shows. Its JSON form stands in the page
// for programs.
type portalPage struct {
	User     string          `json:"user"`
	Accounts []AccountAccess `json:"accounts"`
	// AccessControl holds the session tags, from the assertion and the profile.
	AccessControl map[string]string `json:"accessControl,omitempty"`
}

// servePortal shows the portal to whoever has a session and sends everybody
// else to the identity provider.
func (i *Instance) servePortal(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "access portal")
	if authCode := r.URL.Query().Get("auth_code"); authCode != "" {
		i.openSession(w, r, authCode)
		return
	}
	s, user, ok := i.enter(w, r, "")
	if !ok {
		return
	}
	i.events.record(r, "ListApplications", event{userID: s.UserID, sessionID: s.ID})
	page := portalPage{User: user.UserName, Accounts: i.AccessOf(user.ID), AccessControl: i.sessionTags(user, s.AccessControl)}
	view := i.view("AWS access portal", page)
	view.Data = page
	i.pages.Render(w, http.StatusOK, "portal.html", view)
}

// enter finds the session of the browser and whose it is. Where there is none it
// answers by itself: it sends the browser to the identity provider, to come back
// to next (empty: the portal), or says that the user is disabled.
func (i *Instance) enter(w http.ResponseWriter, r *http.Request, next string) (session, identitystore.User, bool) {
	s, ok := i.sessions.find(r)
	if !ok && len(next) > maxNext {
		i.refuse(w, r, &refusal.Refusal{
			Code: "AddressTooLong", Message: textSession, Expected: fmt.Sprintf("at most %d bytes, which are kept until the browser comes back", maxNext), Got: fmt.Sprint(len(next)),
			Where: "address of the page", Fix: refusal.Request, Hint: "sign in at the access portal first",
		})
		return session{}, identitystore.User{}, false
	}
	if !ok {
		i.sendToIdPAndBack(w, r, next)
		return session{}, identitystore.User{}, false
	}
	user, exists := i.store.User(s.UserID)
	if exists && user.Active {
		return s, user, true
	}
	// The user guide ("Authentication", table of what happens to sessions)
	// gives an hour at most; here the next look at the portal ends it.
	i.sessions.end(w, r, i.secure())
	got := "a deleted user"
	if exists {
		got = user.UserName + " with active=false"
	}
	i.refuse(w, r, &refusal.Refusal{
		Code: "UserDisabled", Message: textSession, Expected: "a session of an enabled user", Got: got, Where: "Users", Fix: refusal.Entra,
	})
	return session{}, identitystore.User{}, false
}

// openSession exchanges the one-time code of the sign-in service for a portal
// session.
func (i *Instance) openSession(w http.ResponseWriter, r *http.Request, authCode string) {
	s, next, ok := i.sessions.redeem(w, authCode, i.secure())
	if !ok {
		i.refuse(w, r, &refusal.Refusal{
			Code: "AuthCode", Message: textSession, Expected: "a sign-in code of the last five minutes that was not used", Got: "another one",
			Where: "query parameter auth_code", Fix: refusal.Request, Hint: "start again at the access portal",
		})
		return
	}
	i.events.record(r, "Authenticate", event{userID: s.UserID, sessionID: s.ID})
	http.Redirect(w, r, i.BaseURL()+cmp.Or(next, "/start"), http.StatusFound)
}

// secure says whether cookies may ask for HTTPS.
func (i *Instance) secure() bool { return strings.HasPrefix(i.BaseURL(), "https:") }

// serveSignOut ends the portal session. The session at the identity provider
// lives on: Identity Center has no single logout.
func (i *Instance) serveSignOut(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "portal sign-out")
	if s, ok := i.sessions.find(r); ok {
		i.events.record(r, "Logout", event{userID: s.UserID, sessionID: s.ID})
	}
	i.sessions.end(w, r, i.secure())
	i.pages.Render(w, http.StatusOK, "signedout.html", i.view("Signed out", i.PortalURL()))
}

func (i *Instance) view(title string, page any) web.View {
	return web.View{Title: title, Brand: "AWS IAM Identity Center · " + i.Region(), Side: "aws", Page: page}
}

// refuseAccess shows the page that has been seen where somebody opens what he is
// not assigned to.
func (i *Instance) refuseAccess(w http.ResponseWriter, r *http.Request, why *refusal.Refusal) {
	why.Message = textNoAccess
	trace.From(r.Context()).Refused("accepted", why.Error(), why)
	view := i.view("AWS access portal", i.PortalURL())
	view.Refusal = why
	i.pages.Render(w, http.StatusBadRequest, "noaccess.html", view)
}

// refuse shows the page that says what AWS says, and our explanation below. The
// status is the 400 that has been seen on the ACS; for the rest of the pages
// nothing is known and it stands too.
func (i *Instance) refuse(w http.ResponseWriter, r *http.Request, why *refusal.Refusal) {
	trace.From(r.Context()).Refused("accepted", why.Error(), why)
	view := i.view("AWS access portal", why.Message)
	view.Refusal = why
	i.pages.Render(w, http.StatusBadRequest, "refused.html", view)
}
