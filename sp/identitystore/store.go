// Package identitystore is the identity store of the mock IAM Identity Center:
// users, groups, memberships and the access tokens of automatic provisioning.
//
// There is one [Store] behind SCIM, SAML sign-in, the access portal and the
// AWS APIs, as in the real service. Users and groups are passed and returned
// by value: changing a returned [User] changes nothing until it goes through
// [Store.UpdateUser]. Every rule that the service applies whatever the way in
// (uniqueness, lengths, characters, one value per multi-valued attribute) is
// applied here. [Rules] has them; the zero value is AWS's.
//
// # References
//
// Methods take ids. [Store.UserByName], [Store.UserByEmail],
// [Store.UserByExternalID], [Store.GroupByName] and [Store.GroupByExternalID] find
// them. [Store.Users] and [Store.Groups] are sorted by name, pages such as
// [Store.UserPage] by creation.
//
// # Errors
//
// A broken rule is an [*Error], whose text is the service's and whose Kind tells
// [NotFound], [Conflict] and [Invalid] apart. [Store.Authorize] returns
// [ErrTenant], [ErrUnknownToken] or [ErrExpiredToken].
//
// # Access tokens
//
// [Store.EnableProvisioning] and [Store.CreateToken] return a token once; only its
// hash is kept. A token is valid for a year, and there are at most two.
package identitystore

import (
	"sync"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
)

// Clock tells the store's time.
type Clock interface{ Now() time.Time }

// Config says how to make a Store. The zero value is usable.
type Config struct {
	ID     string       // identity store id, "d-" and ten hexadecimal digits; empty: made from IDs
	Region string       // AWS Region of the instance
	Clock  Clock        // nil: real time
	IDs    *ids.Source  // nil: a source of its own with a fixed seed
	Rules  Rules        // what users and groups must satisfy; zero: AWS's
	Secret func(string) // nil: nobody; otherwise called with every new access token, so that it can be masked
}

// Store holds the users and groups of one instance. It is safe for concurrent
// use.
type Store struct {
	clock  Clock
	ids    *ids.Source
	secret func(string)
	rules  Rules

	mu          sync.RWMutex
	content     // replaced as a whole by Restore
	subscribers []func(Event)

	id, region, tenant string

	provisioning bool
	tokens       []token
}

// content is what a store holds. Users and groups in it are replaced, never
// changed, so that they can be read without the lock once they were found.
type content struct {
	serial     uint64 // of the latest addition to any sequence
	users      map[string]*User
	groups     map[string]*Group
	userOrder  sequence
	groupOrder sequence
	byUser     userIndex
	byGroup    groupIndex
	members    map[string]*sequence // group id -> user ids
	memberOf   map[string]*sequence // user id -> group ids
}

// newContent returns an empty content with room for so many users and groups.
func newContent(rules Rules, users, groups int) content {
	return content{
		users:    make(map[string]*User, users),
		groups:   make(map[string]*Group, groups),
		byUser:   newUserIndex(users, rules.CaseExact),
		byGroup:  newGroupIndex(groups, rules.CaseExact),
		members:  make(map[string]*sequence, groups),
		memberOf: make(map[string]*sequence),
	}
}

// New returns an empty store.
func New(cfg Config) *Store {
	if cfg.Clock == nil {
		cfg.Clock = clock.Following(time.Now)
	}
	if cfg.IDs == nil {
		cfg.IDs = ids.New(1)
	}
	if cfg.ID == "" {
		cfg.ID = "d-" + cfg.IDs.Hex(10)
	}
	if cfg.Secret == nil {
		cfg.Secret = func(string) {}
	}
	return &Store{
		id: cfg.ID, region: cfg.Region, tenant: newTenantID(cfg.IDs),
		clock: cfg.Clock, ids: cfg.IDs, secret: cfg.Secret, rules: cfg.Rules,
		content: newContent(cfg.Rules, 0, 0),
	}
}

// ID returns the identity store id.
func (s *Store) ID() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.id
}

// Region returns the AWS Region of the instance.
func (s *Store) Region() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.region
}

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	UserCreated    EventKind = "userCreated"
	UserUpdated    EventKind = "userUpdated"
	UserDeleted    EventKind = "userDeleted"
	GroupCreated   EventKind = "groupCreated"
	GroupUpdated   EventKind = "groupUpdated"
	GroupDeleted   EventKind = "groupDeleted"
	MembersChanged EventKind = "membersChanged"

	ProvisioningEnabled  EventKind = "provisioningEnabled"
	ProvisioningDisabled EventKind = "provisioningDisabled"
	TokenCreated         EventKind = "tokenCreated"
	TokenDeleted         EventKind = "tokenDeleted"
)

// Event tells of one change: the id is that of the user, group or access token;
// for MembersChanged, of the group; for provisioning, of the tenant.
type Event struct {
	Kind EventKind
	ID   string
}

// Subscribe has f called after every change, in the goroutine that made it and
// with no lock held, so that f may use the store. Events of changes made at
// the same time may arrive in either order: f should look at the state.
func (s *Store) Subscribe(f func(Event)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscribers = append(s.subscribers, f)
}

// change runs f under the lock and then tells the subscribers of the events
// that f returned.
func (s *Store) change(f func() ([]Event, error)) error {
	events, subscribers, err := s.locked(f)
	for _, event := range events {
		for _, notify := range subscribers {
			notify(event)
		}
	}
	return err
}

func (s *Store) locked(f func() ([]Event, error)) ([]Event, []func(Event), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	events, err := f()
	return events, s.subscribers, err
}

// newID makes an id of the newer of the two shapes that the service uses: a
// UUID-like text whose third group begins with 70, without the prefix of the
// identity store (Identity Store API reference, CreateUser, UserId). An id may
// be in use already: after Restore of a snapshot of a store with the same seed.
func (s *Store) newID() string {
	for {
		b := s.ids.Bytes(16)
		b[6] = 0x70
		id := ids.Format(b)
		if s.users[id] == nil && s.groups[id] == nil {
			return id
		}
	}
}

// nextSerial numbers additions, so that listings have one order and a place
// in them stays valid while others come and go.
func (c *content) nextSerial() uint64 {
	c.serial++
	return c.serial
}

// Page asks for a part of a listing in order of creation.
type Page struct {
	After uint64 // the Next of the page before; zero: from the beginning
	Limit int    // zero or less: no limit
}
