package idp

import "time"

const (
	pendingLifetime = 15 * time.Minute
	maxPending      = 10_000
)

// pending is a sign-in under way: what it is for, and what has been proved.
type pending struct {
	Request   *authnRequest // nil unless a service provider asked
	App       *Application  // nil for My Apps itself
	ACS       string
	Relay     string
	LoginHint string
	Expires   time.Time

	UserID    string   // who entered the right password, or whose session it is
	Methods   []string // what the person has proved
	SessionID string   // the session that goes on; empty: a new one begins
	Phone     phone    // the second factor under way
	Skipped   bool     // the registration of a second factor was put off
	Asked     bool     // "Stay signed in?" was answered
	Stay      bool     // with Yes
}

// hold keeps a sign-in until its credentials come, and returns its ticket.
func (s *sessions) hold(p *pending) string {
	p.Expires = s.clock.Now().Add(pendingLifetime)
	ticket := s.ids.Token(48)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending[ticket] = p
	s.order = append(s.order, ticket)
	if len(s.order) > maxPending { // forget the oldest rather than grow without bound
		delete(s.pending, s.order[0])
		s.order = s.order[1:]
	}
	return ticket
}

// look returns the sign-in of a ticket without using the ticket up, and lets
// change edit it.
func (s *sessions) look(ticket string, change func(*pending)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.pending[ticket]
	if !ok || !s.clock.Now().Before(p.Expires) {
		return false
	}
	change(p)
	return true
}

// take returns the sign-in of a ticket, which serves once: the page that is
// shown after a wrong password has a ticket of its own.
func (s *sessions) take(ticket string) (*pending, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.pending[ticket]
	delete(s.pending, ticket)
	if !ok || !s.clock.Now().Before(p.Expires) {
		return nil, false
	}
	return p, true
}
