package idp

import (
	"net/http"

	"github.com/idharness/harness/internal/trace"
)

// tile is an application on the My Apps page.
type tile struct{ Name, URL string }

type myAppsPage struct {
	User, SignOutURL string
	Tiles            []tile
}

// serveMyApps shows the applications to which the signed-in user is assigned:
// only those, whether they require assignment or not, and only if they are
// visible to users (learn.microsoft.com, "Properties of an enterprise
// application").
func (t *Tenant) serveMyApps(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "My Apps")
	p := &pending{LoginHint: r.URL.Query().Get("login_hint")}
	accounts := t.sessions.accounts(r)
	if len(accounts) == 0 {
		t.showSignIn(w, p, p.LoginHint, nil)
		return
	}
	s := accounts[len(accounts)-1] // the portal shows the latest account
	p.UserID, p.SessionID = s.UserID, s.ID
	user, refused := t.userOf(p)
	if refused != nil {
		t.sessions.end(w, r, s.ID)
		t.refuse(w, r, nil, refused)
		return
	}
	t.sessions.use(w, r, s.ID)
	page := myAppsPage{User: user.DisplayName, SignOutURL: t.BaseURL() + "/" + t.ID() + "/logout"}
	for _, app := range t.Apps() {
		if app.settings().isVisible() && app.access(user.ID).assigned {
			page.Tiles = append(page.Tiles, tile{app.Name(), app.UserAccessURL()})
		}
	}
	view := t.view("My Apps", page)
	view.Data = page
	t.pages.Render(w, http.StatusOK, "myapps.html", view)
}

// serveUserAccess starts an application from its User access URL: at its
// sign-on URL if it has one, else with a response that nobody asked for.
func (t *Tenant) serveUserAccess(w http.ResponseWriter, r *http.Request, appID string) {
	trace.From(r.Context()).Kind("saml", "IdP-initiated sign-in")
	app, ok := t.appByID(appID)
	if !ok {
		t.refuse(w, r, nil, t.noSuchApp(appID, "URL path"))
		return
	}
	if u := app.settings().SignOnURL; u != "" {
		http.Redirect(w, r, u, http.StatusFound)
		return
	}
	if refused := app.refuseLaunch(); refused != nil {
		t.refuse(w, r, app, refused)
		return
	}
	acs, refused := app.replyURL("", "")
	if refused != nil {
		t.refuse(w, r, app, refused)
		return
	}
	if fault := t.faults.take(requestFaults); fault != nil {
		t.refuse(w, r, app, t.fault(fault, app, ""))
		return
	}
	t.begin(w, r, &pending{App: app, ACS: acs, Relay: app.settings().RelayState, LoginHint: r.URL.Query().Get("login_hint")})
}
