package idp

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/trace"
)

// signOut is a sign-out under way: who began it, and which applications have
// still to hear of it.
type signOut struct {
	App       *Application // that asked for it; nil for Entra's own pages
	RequestID string       // of the application's LogoutRequest
	Relay     string

	todo    []*Application // with a logout URL, not told yet
	user    string         // object id
	indexes map[string][]string
	expires time.Time
}

// signOuts keeps the sign-outs under way, by the ticket of a page or by the ID
// of the LogoutRequest that was sent last.
type signOuts struct {
	clock *clock.Clock

	mu     sync.Mutex
	byID   map[string]*signOut
	oldest []string
}

func newSignOuts(c *clock.Clock) *signOuts {
	return &signOuts{clock: c, byID: make(map[string]*signOut)}
}

func (s *signOuts) hold(id string, o *signOut) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.expires = s.clock.Now().Add(pendingLifetime)
	s.byID[id] = o
	s.oldest = append(s.oldest, id)
	if len(s.oldest) > maxPending {
		delete(s.byID, s.oldest[0])
		s.oldest = s.oldest[1:]
	}
}

func (s *signOuts) take(id string) (*signOut, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.byID[id]
	delete(s.byID, id)
	return o, ok && s.clock.Now().Before(o.expires)
}

// serveSignOutPage signs out from Entra's own pages.
func (t *Tenant) serveSignOutPage(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "sign-out")
	if r.Method == http.MethodPost {
		t.serveSignOutChoice(w, r)
		return
	}
	t.beginSignOut(w, r, &signOut{})
}

// beginSignOut signs the browser's account out, or asks which one
// (learn.microsoft.com, "Single Sign-Out SAML protocol", note on NameID: with
// several sessions the user is asked).
func (t *Tenant) beginSignOut(w http.ResponseWriter, r *http.Request, o *signOut) {
	accounts := t.sessions.accounts(r)
	switch len(accounts) {
	case 0:
		t.endSignOut(w, r, o)
	case 1:
		t.signOutOf(w, r, o, accounts[0])
	default:
		ticket := t.ids.Token(48)
		t.signOuts.hold(ticket, o)
		page := accountsPage{Action: t.tenantURL("logout"), Ticket: ticket, Question: "Which account do you want to sign out of?", Accounts: t.tiles(accounts)}
		view := t.view("Sign out", page)
		t.pages.Render(w, http.StatusOK, "accounts.html", view)
	}
}

// serveSignOutChoice takes the account that was chosen.
func (t *Tenant) serveSignOutChoice(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	o, ok := t.signOuts.take(r.PostForm.Get("ctx"))
	if err != nil || !ok {
		t.refuse(w, r, nil, staleTicket("ctx", "form field ctx"))
		return
	}
	for _, s := range t.sessions.accounts(r) {
		if s.ID == r.PostForm.Get("sosid") {
			t.signOutOf(w, r, o, s)
			return
		}
	}
	t.endSignOut(w, r, o) // that one is signed out already, and nobody chose another
}

// signOutOf ends a session and tells the applications that took part in it: all
// but the one that asked.
func (t *Tenant) signOutOf(w http.ResponseWriter, r *http.Request, o *signOut, s session) {
	o.user, o.indexes = s.UserID, make(map[string][]string)
	for _, p := range t.sessions.participants(s.ID) {
		app, ok := t.appByID(p.AppID)
		if !ok || app == o.App || app.settings().LogoutURL == "" {
			continue
		}
		o.todo = append(o.todo, app)
		o.indexes[app.appID] = p.SessionIndexes
	}
	t.sessions.end(w, r, s.ID)
	trace.From(r.Context()).Check("session", true, "ended")
	switch t.Choices().LogoutBroadcast {
	case BroadcastNone:
		t.endSignOut(w, r, o)
	case BroadcastRedirects:
		t.tellNext(w, r, o)
	default:
		t.tellInFrames(w, r, o)
	}
}

// tellNext sends the browser to the next application with a LogoutRequest; the
// application's LogoutResponse brings it back.
func (t *Tenant) tellNext(w http.ResponseWriter, r *http.Request, o *signOut) {
	if len(o.todo) == 0 {
		t.endSignOut(w, r, o)
		return
	}
	app := o.todo[0]
	o.todo = o.todo[1:]
	id, location, err := t.logoutRequestTo(r, app, o)
	if err != nil {
		t.internalError(w, r, err)
		return
	}
	t.signOuts.hold(id, o)
	http.Redirect(w, r, location, http.StatusFound)
}

type signingOutPage struct {
	Frames []string
	Next   string
}

// tellInFrames shows the page that loads every application's logout URL in a
// frame and then goes on.
func (t *Tenant) tellInFrames(w http.ResponseWriter, r *http.Request, o *signOut) {
	if len(o.todo) == 0 {
		t.endSignOut(w, r, o)
		return
	}
	var page signingOutPage
	for _, app := range o.todo {
		_, location, err := t.logoutRequestTo(r, app, o)
		if err != nil {
			t.internalError(w, r, err)
			return
		}
		page.Frames = append(page.Frames, location)
	}
	o.todo = nil
	ticket := t.ids.Token(48)
	t.signOuts.hold(ticket, o)
	page.Next = t.tenantURL("logoutsession") + "?ctx=" + ticket
	t.pages.Render(w, http.StatusOK, "signingout.html", t.view("Sign out", page))
}

// serveLogoutSession goes on once the frames have loaded.
func (t *Tenant) serveLogoutSession(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "sign-out")
	o, ok := t.signOuts.take(r.URL.Query().Get("ctx"))
	if !ok {
		o = &signOut{} // reloaded: there is nobody left to answer
	}
	t.endSignOut(w, r, o)
}

// endSignOut answers the application that asked, at its logout URL. Without a
// registered one the user stays on Entra's page.
func (t *Tenant) endSignOut(w http.ResponseWriter, r *http.Request, o *signOut) {
	target := ""
	if o.App != nil {
		target = o.App.settings().LogoutURL
	}
	if target == "" {
		t.pages.Render(w, http.StatusOK, "signedout.html", t.view("Signed out", nil))
		return
	}
	answer, err := t.logoutResponse(o.RequestID)
	if err != nil {
		t.internalError(w, r, err)
		return
	}
	trace.From(r.Context()).Decode("SAMLResponse", string(answer))
	location, err := t.logoutLocation(o.App, target, "SAMLResponse", answer, o.Relay)
	if err != nil {
		t.internalError(w, r, err)
		return
	}
	http.Redirect(w, r, location, http.StatusFound)
}

// logoutLocation makes the address that carries a logout message.
func (t *Tenant) logoutLocation(app *Application, target, parameter string, message []byte, relayState string) (string, error) {
	if t.Choices().UnsignedLogout {
		return binding.RedirectURL(target, parameter, message, relayState)
	}
	return signedRedirect(target, parameter, message, relayState, app.signer())
}

// knownIndex reports whether a session index is one of the session's.
func (t *Tenant) knownIndex(s session, index string) bool {
	return slices.ContainsFunc(t.sessions.participants(s.ID), func(p participant) bool { return slices.Contains(p.SessionIndexes, index) })
}
