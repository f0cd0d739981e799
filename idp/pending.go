package idp

import "time"

const (
	pendingLifetime = 15 * time.Minute
	maxPending      = 10_000
)

// pending is a sign-in that waits for credentials.
type pending struct {
	Request   *authnRequest // nil unless a service provider asked
	App       *Application  // nil for My Apps itself
	ACS       string
	Relay     string
	LoginHint string
	Expires   time.Time
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
