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

// The cookies that hold a browser's sign-ins (learn.microsoft.com, "Web browser
// cookies used in Microsoft Entra authentication"): the first goes with the
// browser, the second stays on disk and is there only after "Stay signed in?"
// was answered with Yes.
const (
	sessionCookie    = "ESTSAUTH"
	persistentCookie = "ESTSAUTHPERSISTENT"
)

// How long a session may lie unused; every use extends it (learn.microsoft.com,
// "Configurable token lifetimes": maximum inactive time of non-persistent and
// of persistent session tokens).
const (
	sessionIdle    = 24 * time.Hour
	persistentIdle = 90 * 24 * time.Hour
)

// session is one person's sign-in in one browser.
type session struct {
	ID           string
	UserID       string
	AuthnInstant time.Time
	Methods      []string // values of authnmethodsreferences
	Stay         bool     // "Stay signed in?" was answered with Yes
	Expires      time.Time

	participants []participant // applications that got a response, in order
}

func (s *session) extend(now time.Time) {
	s.Expires = now.Add(sessionIdle)
	if s.Stay {
		s.Expires = now.Add(persistentIdle)
	}
}

// participant is an application that takes part in a session.
type participant struct {
	AppID          string
	SessionIndexes []string // of its latest responses
	NameIDs        []string // in them, as often
}

// maxIndexes bounds what is kept of one application's responses.
const maxIndexes = 32

// cookieState is what one browser's cookies stand for: the accounts that are
// signed in there, oldest first.
type cookieState struct {
	transient, persistent string // values of the two cookies
	accounts              []*session
}

// sessions keeps the browsers' sign-ins and the sign-ins under way.
type sessions struct {
	clock *clock.Clock
	ids   *ids.Source

	mu      sync.Mutex
	cookies map[string]*cookieState // by the value of either cookie
	byID    map[string]*session
	sweepAt int // size of cookies at which expired ones are cleared away
	pending map[string]*pending
	order   []string // pending ids, oldest first
}

func newSessions(c *clock.Clock, source *ids.Source) *sessions {
	return &sessions{clock: c, ids: source, cookies: make(map[string]*cookieState), byID: make(map[string]*session), pending: make(map[string]*pending)}
}

// state finds what the request's cookies stand for. A browser that was closed
// comes back with the persistent cookie alone, and with those accounts that
// were to stay. The sessions are locked.
func (s *sessions) state(r *http.Request) *cookieState {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		if c, ok := s.cookies[cookie.Value]; ok && c.transient == cookie.Value {
			return c
		}
	}
	cookie, err := r.Cookie(persistentCookie)
	if err != nil {
		return nil
	}
	c, ok := s.cookies[cookie.Value]
	if !ok || c.persistent != cookie.Value {
		return nil
	}
	s.drop(c, func(a *session) bool { return !a.Stay })
	return c
}

// drop forgets the accounts of a browser that gone names.
func (s *sessions) drop(c *cookieState, gone func(*session) bool) {
	c.accounts = slices.DeleteFunc(c.accounts, func(a *session) bool {
		if gone(a) {
			delete(s.byID, a.ID)
			return true
		}
		return false
	})
}

// expire drops the accounts that were not used in time.
func (s *sessions) expire(c *cookieState, now time.Time) {
	s.drop(c, func(a *session) bool { return !now.Before(a.Expires) })
}

// accounts returns who is signed in in the browser, oldest sign-in first.
func (s *sessions) accounts(r *http.Request) []session {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.state(r)
	if c == nil {
		return nil
	}
	s.expire(c, s.clock.Now())
	out := make([]session, len(c.accounts))
	for i, a := range c.accounts {
		out[i] = *a
	}
	return out
}

// use extends a session that serves again, and hands its cookies out anew: the
// persistent one is good for ninety days from each use.
func (s *sessions) use(w http.ResponseWriter, r *http.Request, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.state(r)
	if c == nil {
		return
	}
	for _, a := range c.accounts {
		if a.ID != id {
			continue
		}
		a.extend(s.clock.Now())
		if a.Stay {
			setCookie(w, persistentCookie, c.persistent, int(persistentIdle/time.Second))
		}
	}
}

// start adds a sign-in to the browser's and hands out cookies, in the place of
// those that it had. When the same user signs in anew, the applications go on
// taking part. The cookies are Secure and SameSite=None, as the real ones: the
// request of a service provider may come as a cross-site POST. Browsers take
// Secure cookies over plain HTTP from loopback addresses.
func (s *sessions) start(w http.ResponseWriter, r *http.Request, userID string, methods []string, stay bool) session {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	began := &session{ID: s.ids.UUID(), UserID: userID, AuthnInstant: now, Methods: slices.Clone(methods), Stay: stay}
	began.extend(now)
	next := &cookieState{transient: "0." + s.ids.Token(64)}
	if old := s.state(r); old != nil {
		s.expire(old, now)
		s.drop(old, func(a *session) bool {
			if a.UserID == userID {
				began.participants = a.participants
			}
			return a.UserID == userID
		})
		next.accounts = old.accounts
		delete(s.cookies, old.transient)
		delete(s.cookies, old.persistent)
	}
	next.accounts = append(next.accounts, began)
	s.byID[began.ID] = began
	s.sweep(now)
	s.cookies[next.transient] = next
	setCookie(w, sessionCookie, next.transient, 0)
	if slices.ContainsFunc(next.accounts, func(a *session) bool { return a.Stay }) {
		next.persistent = "0." + s.ids.Token(64)
		s.cookies[next.persistent] = next
		setCookie(w, persistentCookie, next.persistent, int(persistentIdle/time.Second))
	}
	return *began
}

// sweep forgets browsers in which nobody is signed in any more, now and then.
func (s *sessions) sweep(now time.Time) {
	if len(s.cookies) < s.sweepAt {
		return
	}
	maps.DeleteFunc(s.cookies, func(_ string, c *cookieState) bool {
		s.expire(c, now)
		return len(c.accounts) == 0
	})
	s.sweepAt = 2*len(s.cookies) + 1024
}

func setCookie(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: true, SameSite: http.SameSiteNoneMode,
	})
}

// end signs one account out of the browser. The cookies go with the last one.
func (s *sessions) end(w http.ResponseWriter, r *http.Request, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.state(r)
	if c == nil {
		return
	}
	s.drop(c, func(a *session) bool { return a.ID == id })
	if len(c.accounts) > 0 {
		return
	}
	delete(s.cookies, c.transient)
	setCookie(w, sessionCookie, "", -1)
	if c.persistent != "" {
		delete(s.cookies, c.persistent)
		setCookie(w, persistentCookie, "", -1)
	}
}

// joined notes that an application got a response in the session.
func (s *sessions) joined(id, appID string, got issued) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.byID[id]
	if !ok {
		return
	}
	for i := range a.participants {
		p := &a.participants[i]
		if p.AppID == appID {
			from := max(0, len(p.SessionIndexes)+1-maxIndexes)
			p.SessionIndexes = append(p.SessionIndexes, got.assertionID)[from:]
			p.NameIDs = append(p.NameIDs, got.nameID)[from:]
			return
		}
	}
	a.participants = append(a.participants, participant{appID, []string{got.assertionID}, []string{got.nameID}})
}

// participants returns the applications that take part in a session.
func (s *sessions) participants(id string) []participant {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.byID[id]
	if !ok {
		return nil
	}
	out := slices.Clone(a.participants)
	for i := range out {
		out[i].SessionIndexes, out[i].NameIDs = slices.Clone(out[i].SessionIndexes), slices.Clone(out[i].NameIDs)
	}
	return out
}

// strengthened notes that the person of a session has proved more.
func (s *sessions) strengthened(id string, methods []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.byID[id]; ok {
		a.Methods = slices.Clone(methods)
	}
}
