package sp

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// PortalSession is a session at the access portal, as an administrator sees it
// on the user's page (user guide, "View and end active sessions for your
// workforce users").
type PortalSession struct {
	ID       string    `json:"id"`
	UserID   string    `json:"userId"`
	UserName string    `json:"userName,omitempty"` // empty: the user is gone
	Started  time.Time `json:"started"`
	Expires  time.Time `json:"expires"`
	Client   string    `json:"client,omitempty"` // name of the client that the user approved, such as the AWS CLI; empty: the browser
}

// SetSessionDuration says how long portal sessions last that begin from now on:
// 15 minutes to 90 days. Sessions that are open keep their end (user guide,
// "Configure the session duration").
func (i *Instance) SetSessionDuration(d time.Duration) error {
	if d < minDuration || d > maxDuration {
		return validation("The session duration is not valid.", fmt.Sprintf("%s to %s", minDuration, maxDuration), d.String(), "sessionDuration")
	}
	i.sessions.mu.Lock()
	defer i.sessions.mu.Unlock()
	i.sessions.duration = d
	return nil
}

// SessionDuration returns how long new portal sessions last.
func (i *Instance) SessionDuration() time.Duration {
	i.sessions.mu.Lock()
	defer i.sessions.mu.Unlock()
	return i.sessions.duration
}

// PortalSessions returns the open sessions, oldest first.
func (i *Instance) PortalSessions() []PortalSession {
	var list []PortalSession
	for _, s := range i.sessions.open() {
		user, _ := i.store.User(s.UserID)
		list = append(list, PortalSession{s.ID, s.UserID, user.UserName, s.Started, s.Expires, s.client})
	}
	return list
}

// EndPortalSessions ends the open sessions of a user and returns them. Role
// sessions that were opened in them go on to their own end (user guide,
// "Authentication").
func (i *Instance) EndPortalSessions(userName string) ([]PortalSession, error) {
	user, ok := i.store.UserByName(userName)
	if !ok {
		return nil, missing("user", userName, nil)
	}
	ended := []PortalSession{}
	for _, s := range i.PortalSessions() {
		if s.UserID == user.ID {
			ended = append(ended, s)
		}
	}
	i.sessions.forgetUser(user.ID)
	return ended, nil
}

// open returns the live sessions, oldest first.
func (s *sessions) open() []clientSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	maps.DeleteFunc(s.live, func(_ string, live *session) bool { return !now.Before(live.Expires) })
	list := s.clients.open(now)
	for _, live := range s.live {
		list = append(list, clientSession{session: *live})
	}
	slices.SortFunc(list, func(a, b clientSession) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID)) })
	return list
}
