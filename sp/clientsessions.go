package sp

import (
	"maps"
	"time"
)

// clientSession is a session of a client that a person approved, such as the AWS
// CLI. It goes on when the browser's session is signed out, until its own end or
// until an administrator ends the person's sessions.
type clientSession struct {
	session
	client string // its name; empty: the browser
}

// clientSessions keeps the sessions of clients and their access tokens. The
// fields are under the lock of the sessions that they belong to.
type clientSessions struct {
	byID   map[string]clientSession
	tokens map[string]clientToken
}

// clientToken is an access token: it may end before its session does.
type clientToken struct {
	sessionID string
	expires   time.Time
}

func newClientSessions() clientSessions {
	return clientSessions{make(map[string]clientSession), make(map[string]clientToken)}
}

func (c *clientSessions) byToken(token string, now time.Time) (session, bool) {
	t, ok := c.tokens[token]
	if !ok {
		return session{}, false
	}
	s, ok := c.byID[t.sessionID]
	if !ok || !now.Before(t.expires) {
		delete(c.tokens, token)
		return session{}, false
	}
	return s.session, true
}

// end closes the sessions that a function names, with their tokens.
func (c *clientSessions) end(which func(clientSession) bool) {
	maps.DeleteFunc(c.byID, func(_ string, s clientSession) bool { return which(s) })
	maps.DeleteFunc(c.tokens, func(_ string, t clientToken) bool { _, ok := c.byID[t.sessionID]; return !ok })
}

// open returns the sessions that have not ended.
func (c *clientSessions) open(now time.Time) []clientSession {
	c.end(func(s clientSession) bool { return !now.Before(s.Expires) })
	var list []clientSession
	for _, s := range c.byID {
		list = append(list, s)
	}
	return list
}

// openClient begins a session of a client.
func (s *sessions) openClient(userID string, expires time.Time, tags map[string]string, client string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	if len(s.clients.byID)%sweepEvery == 0 {
		s.clients.end(func(c clientSession) bool { return !now.Before(c.Expires) })
	}
	id := s.ids.UUID()
	s.clients.byID[id] = clientSession{session{ID: id, UserID: userID, Started: now, Expires: expires, AccessControl: tags}, client}
	return id
}

// issueToken makes an access token of a client's session.
func (s *sessions) issueToken(sessionID string, atMost time.Duration) (token string, lives time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	c, ok := s.clients.byID[sessionID]
	if !ok || !now.Before(c.Expires) {
		return "", 0, false
	}
	lives = min(atMost, c.Expires.Sub(now))
	token = "aoa" + s.ids.Token(120)
	maps.DeleteFunc(s.clients.tokens, func(_ string, t clientToken) bool { return t.sessionID == sessionID && !now.Before(t.expires) })
	s.clients.tokens[token] = clientToken{sessionID, now.Add(lives)}
	return token, lives, true
}

// userOf returns whose session of a client it is.
func (s *sessions) userOf(sessionID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clients.byID[sessionID].UserID
}
