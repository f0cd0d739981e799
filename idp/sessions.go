package idp

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
)

const (
	sessionCookie = "ESTSAUTH"
	// A session without "stay signed in" ends when it was not used for a day
	// (learn.microsoft.com, "Configurable token lifetimes": a non-persistent
	// session token has a maximum inactive time of 24 hours, and every use
	// extends it).
	sessionIdle = 24 * time.Hour
)

// session is a browser's sign-in at the tenant.
type session struct {
	ID           string
	UserID       string
	AuthnInstant time.Time
	Expires      time.Time
	Participants []participant // applications that got a response, in order
}

// participant is an application that takes part in a session.
type participant struct {
	AppID        string
	SessionIndex string
	NameID       string
}

// sessions keeps the browser sessions and the sign-ins under way.
type sessions struct {
	clock *clock.Clock
	ids   *ids.Source

	mu      sync.Mutex
	live    map[string]*session
	sweepAt int // size of live at which expired sessions are cleared away
	pending map[string]*pending
	order   []string // pending ids, oldest first
}

func newSessions(c *clock.Clock, source *ids.Source) *sessions {
	return &sessions{clock: c, ids: source, live: make(map[string]*session), pending: make(map[string]*pending)}
}

// find returns the live session of the request's cookie and extends it.
func (s *sessions) find(r *http.Request) (session, bool) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return session{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	live, ok := s.live[cookie.Value]
	if !ok {
		return session{}, false
	}
	now := s.clock.Now()
	if !now.Before(live.Expires) {
		delete(s.live, cookie.Value)
		return session{}, false
	}
	live.Expires = now.Add(sessionIdle)
	return *live, true
}

// start opens a session and hands its cookie to the browser, in the place of the
// session that it had: when the same user signs in anew, the applications go on
// taking part. The cookie is Secure and SameSite=None, as the real one: the
// request of a service provider may come as a cross-site POST. Browsers take
// Secure cookies over plain HTTP from loopback addresses.
func (s *sessions) start(w http.ResponseWriter, r *http.Request, userID string) session {
	now := s.clock.Now()
	live := &session{ID: "0." + s.ids.Token(64), UserID: userID, AuthnInstant: now, Expires: now.Add(sessionIdle)}
	old, replaces := s.find(r)
	if replaces && old.UserID == userID {
		live.Participants = slices.Clone(old.Participants)
	}
	s.mu.Lock()
	delete(s.live, old.ID)
	if len(s.live) >= s.sweepAt {
		maps.DeleteFunc(s.live, func(_ string, other *session) bool { return !now.Before(other.Expires) })
		s.sweepAt = 2*len(s.live) + 1024
	}
	s.live[live.ID] = live
	s.mu.Unlock()
	setCookie(w, live.ID, 0)
	return *live
}

func setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: true, SameSite: http.SameSiteNoneMode,
	})
}

// end closes a session.
func (s *sessions) end(w http.ResponseWriter, id string) {
	s.mu.Lock()
	delete(s.live, id)
	s.mu.Unlock()
	setCookie(w, "", -1)
}

// joined notes that an application got a response in the session.
func (s *sessions) joined(id string, p participant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if live, ok := s.live[id]; ok {
		live.Participants = append(live.Participants, p)
	}
}
