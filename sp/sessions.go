package sp

import (
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
)

const (
	portalCookie     = "x-amz-sso_authn"
	authCodeLifetime = 5 * time.Minute // AWS publishes no number
	sweepEvery       = 1024            // sessions, of which nobody may ask for those that have ended
)

// session is a person's session at the access portal.
type session struct {
	ID            string
	UserID        string
	Started       time.Time
	Expires       time.Time
	AccessControl map[string]string // session tags from the assertion
}

// sessions keeps the portal sessions and the one-time codes by which the
// sign-in service hands a session over to the portal.
type sessions struct {
	clock *clock.Clock
	ids   *ids.Source

	mu       sync.Mutex
	duration time.Duration // of new sessions
	live     map[string]*session
	codes    map[string]code
	clients  clientSessions
}

type code struct {
	session session
	next    string // page of the portal to go to; empty: the portal itself
	expires time.Time
}

func newSessions(c *clock.Clock, source *ids.Source, duration time.Duration) *sessions {
	return &sessions{clock: c, ids: source, duration: duration, live: make(map[string]*session), codes: make(map[string]code), clients: newClientSessions()}
}

// issue makes a session and returns the one-time code that fetches it. The
// session ends after the portal's duration or, if it is earlier, when the
// identity provider says so by SessionNotOnOrAfter (user guide, "Prerequisites
// and considerations" of the session duration).
func (s *sessions) issue(userID string, tags map[string]string, notOnOrAfter time.Time, next string) (authCode string, issued session) {
	now := s.clock.Now()
	issued = session{ID: s.ids.UUID(), UserID: userID, Started: now, AccessControl: tags}
	s.mu.Lock()
	defer s.mu.Unlock()
	issued.Expires = now.Add(s.duration)
	if !notOnOrAfter.IsZero() && notOnOrAfter.Before(issued.Expires) {
		issued.Expires = notOnOrAfter
	}
	authCode = s.ids.Token(64)
	maps.DeleteFunc(s.codes, func(_ string, c code) bool { return now.After(c.expires) })
	s.codes[authCode] = code{issued, next, now.Add(authCodeLifetime)}
	return authCode, issued
}

// redeem opens the session of a one-time code in the browser.
func (s *sessions) redeem(w http.ResponseWriter, authCode string, secure bool) (opened session, next string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.codes[authCode]
	delete(s.codes, authCode)
	if !ok || s.clock.Now().After(c.expires) {
		return session{}, "", false
	}
	if len(s.live)%sweepEvery == 0 {
		maps.DeleteFunc(s.live, func(_ string, live *session) bool { return !s.clock.Now().Before(live.Expires) })
	}
	token := s.ids.Token(128)
	s.live[token] = &c.session
	http.SetCookie(w, &http.Cookie{Name: portalCookie, Value: token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
	return c.session, c.next, true
}

// find returns the live session of the request's cookie.
func (s *sessions) find(r *http.Request) (session, bool) {
	cookie, err := r.Cookie(portalCookie)
	if err != nil {
		return session{}, false
	}
	return s.byToken(cookie.Value)
}

// byToken returns the live session of a token.
func (s *sessions) byToken(token string) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	live, ok := s.live[token]
	if !ok {
		return s.clients.byToken(token, s.clock.Now())
	}
	if !s.clock.Now().Before(live.Expires) {
		delete(s.live, token)
		return session{}, false
	}
	return *live, true
}

// forget closes a session by its id.
func (s *sessions) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.live, func(_ string, live *session) bool { return live.ID == id })
	s.clients.end(func(c clientSession) bool { return c.ID == id })
}

// forgetUser closes the sessions of a user, also those that nobody has opened
// yet.
func (s *sessions) forgetUser(userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.live, func(_ string, live *session) bool { return live.UserID == userID })
	maps.DeleteFunc(s.codes, func(_ string, c code) bool { return c.session.UserID == userID })
	s.clients.end(func(c clientSession) bool { return c.UserID == userID })
}

// end closes the browser's session.
func (s *sessions) end(w http.ResponseWriter, r *http.Request, secure bool) {
	if cookie, err := r.Cookie(portalCookie); err == nil {
		s.mu.Lock()
		delete(s.live, cookie.Value)
		s.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: portalCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
}
