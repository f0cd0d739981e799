// Package ssooidc is IAM Identity Center's OIDC service: clients such as the AWS
// CLI register themselves, have a person approve them by a device code or an
// authorization code with PKCE, and get access tokens for the access portal's
// API.
//
// The package knows the protocol: registrations, codes, tokens and what is
// refused. The pages on which a person approves belong to package sp, and so do
// the sessions that tokens stand for.
package ssooidc

import (
	"crypto/subtle"
	"sync"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
)

const (
	codeLifetime   = 10 * time.Minute    // of device codes (answers that have been seen: 600 s) and of authorization codes
	secretLifetime = 90 * 24 * time.Hour // of a client's secret; AWS publishes no number
	maxInterval    = time.Second         // between two questions with a device code (answers that have been seen)

	// An access token that can be refreshed lives an hour, any other one eight
	// (tokens that have been seen), and none longer than the session.
	refreshableLifetime = time.Hour
	plainLifetime       = 8 * time.Hour

	maxKept = 10_000 // of registrations, codes and refresh tokens each; the oldest are forgotten first
)

// Portal is what the service needs of the access portal.
type Portal interface {
	// BaseURL is where browsers and clients reach the instance.
	BaseURL() string
	// IsStartURL reports whether an address is one of the instance's start URLs
	// or its issuer.
	IsStartURL(string) bool
	// OpenSession begins a session of a client for the person who approved it
	// and returns its id.
	OpenSession(by Approver, client string) string
	// IssueToken makes an access token of a session that lives for at most the
	// given time. It reports false where the session is over.
	IssueToken(sessionID string, atMost time.Duration) (token string, lives time.Duration, ok bool)
}

// Approver is the person who approves a client, by a session at the portal.
type Approver struct {
	UserID        string
	Expires       time.Time         // of the portal session
	AccessControl map[string]string // session tags from the assertion
}

// Settings are what AWS does not publish.
type Settings struct {
	// SlowDown refuses a client that asks again before the interval is over.
	SlowDown bool
}

// Service is the OIDC service of one instance. It is safe for concurrent use.
type Service struct {
	clock    *clock.Clock
	ids      *ids.Source
	portal   Portal
	settings func() Settings

	mu       sync.Mutex
	clients  *kept[client]        // by id
	requests *kept[*request]      // by request id; devices and browsers alike
	devices  *kept[string]        // device code -> request id
	users    *kept[string]        // user code -> request id
	codes    *kept[authorization] // authorization code
	refresh  *kept[refreshToken]
}

// New returns the service of a portal.
func New(c *clock.Clock, source *ids.Source, portal Portal, settings func() Settings) *Service {
	return &Service{
		clock: c, ids: source, portal: portal, settings: settings,
		clients: newKept[client](), requests: newKept[*request](), devices: newKept[string](), users: newKept[string](),
		codes: newKept[authorization](), refresh: newKept[refreshToken](),
	}
}

// client is a registered client.
type client struct {
	name, secret string
	scopes       []string
	grants       []string // empty: any
	redirects    []string
	expires      time.Time
}

// refreshable reports whether the client's tokens come with a refresh token:
// those of clients that registered scopes or the grant do (AWS CLI user guide,
// "Configuring IAM Identity Center authentication", on sso_registration_scopes).
func (c client) refreshable() bool {
	for _, g := range c.grants {
		if g == grantRefresh {
			return true
		}
	}
	return len(c.grants) == 0 && len(c.scopes) > 0
}

// authenticate finds the client of a request. The caller holds mu.
func (s *Service) authenticate(id, secret string) (client, *Error) {
	c, ok := s.clients.get(id)
	switch {
	case !ok:
		return client{}, invalidClient("the clientId of a registration", "another one", "clientId")
	case subtle.ConstantTimeCompare([]byte(c.secret), []byte(secret)) != 1:
		return client{}, invalidClient("the clientSecret of the registration", "another one", "clientSecret")
	case !s.clock.Now().Before(c.expires):
		return client{}, invalidClient("a registration that has not expired", "one that expired at "+c.expires.Format(time.RFC3339), "clientSecret")
	}
	return c, nil
}

// kept is a map that forgets its oldest entries.
type kept[V any] struct {
	byKey map[string]V
	order []string
}

func newKept[V any]() *kept[V] { return &kept[V]{byKey: make(map[string]V)} }

func (k *kept[V]) get(key string) (V, bool) { v, ok := k.byKey[key]; return v, ok }

func (k *kept[V]) put(key string, v V) {
	k.byKey[key] = v
	if k.order = append(k.order, key); len(k.order) > maxKept {
		delete(k.byKey, k.order[0])
		k.order = k.order[1:]
	}
}

// drop forgets an entry. Its key stays in order until its turn comes, which is
// harmless: keys do not come back.
func (k *kept[V]) drop(key string) { delete(k.byKey, key) }

// EndAll forgets every approval that was asked for or given. Registrations stay:
// they let nobody in by themselves, and clients keep them for months.
func (s *Service) EndAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.devices, s.users = newKept[*request](), newKept[string](), newKept[string]()
	s.codes, s.refresh = newKept[authorization](), newKept[refreshToken]()
}
