// Package directory is the mock tenant's directory: users, groups, membership
// and the recycle bin.
//
// Property names are those of Microsoft Graph. Objects are passed and returned
// by value: changing a returned User changes nothing until it is handed to
// UpdateUser.
package directory

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idharness/harness/internal/refusal"
)

// Retention is how long a deleted object stays in the recycle bin
// (learn.microsoft.com, "Recover from deletions": 30 days).
const Retention = 30 * 24 * time.Hour

// Clock tells the directory's time.
type Clock interface{ Now() time.Time }

// IDs makes object ids.
type IDs interface{ UUID() string }

// Directory holds the objects of one tenant. It is safe for concurrent use.
type Directory struct {
	clock  Clock
	ids    IDs
	domain string

	mu      sync.RWMutex
	users   map[string]*User  // by object id, deleted ones included
	byName  map[string]string // lower-case userPrincipalName -> object id, live users only
	groups  map[string]*Group // by object id, deleted ones included
	members map[string]*links // by group id
	memberO map[string]*links // by member id: the groups it is a direct member of
	changes []Change
}

// links is a set of ids that keeps the order of insertion.
type links struct{ ids []string }

func (l *links) add(id string) bool {
	if slices.Contains(l.ids, id) {
		return false
	}
	l.ids = append(l.ids, id)
	return true
}

func (l *links) remove(id string) bool {
	before := len(l.ids)
	l.ids = slices.DeleteFunc(l.ids, func(other string) bool { return other == id })
	return len(l.ids) < before
}

// New returns an empty directory. The domain is the tenant's verified domain.
func New(clock Clock, ids IDs, domain string) *Directory {
	return &Directory{
		clock: clock, ids: ids, domain: domain,
		users: make(map[string]*User), byName: make(map[string]string),
		groups: make(map[string]*Group), members: make(map[string]*links), memberO: make(map[string]*links),
	}
}

// Domain returns the tenant's verified domain.
func (d *Directory) Domain() string { return d.domain }

// Kind tells users from groups.
type Kind string

// The kinds of directory objects.
const (
	KindUser  Kind = "User"
	KindGroup Kind = "Group"
)

// Change is one entry of the change log: an object that was created, changed,
// deleted, restored or purged, or a group whose members changed.
type Change struct {
	Seq  uint64
	Kind Kind
	ID   string
}

// Changes returns what changed after the sequence number since, oldest first,
// each object once, and the number to ask with next time. A group appears when
// its members change, and so do the members that joined or left.
func (d *Directory) Changes(since uint64) ([]Change, uint64) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	latest := uint64(len(d.changes))
	if since >= latest {
		return nil, latest
	}
	seen := make(map[string]bool)
	var out []Change
	for _, change := range d.changes[since:] {
		if !seen[change.ID] {
			seen[change.ID] = true
			out = append(out, change)
		}
	}
	return out, latest
}

func (d *Directory) changed(kind Kind, id string) {
	d.changes = append(d.changes, Change{uint64(len(d.changes)) + 1, kind, id})
}

// notFound is Graph's answer for an object that does not exist.
func notFound(kind Kind, ref string, known []string) error {
	r := &refusal.Refusal{
		Code:     "Request_ResourceNotFound",
		Message:  fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", ref),
		Expected: "the object id or name of an existing " + strings.ToLower(string(kind)),
		Got:      ref,
		Fix:      refusal.Entra,
	}
	if len(known) > 0 {
		slices.Sort(known)
		r.Hint = "the directory has " + strings.Join(known[:min(len(known), 10)], ", ")
	}
	return r
}

func badRequest(message, expected, got, where string) error {
	return &refusal.Refusal{Code: "Request_BadRequest", Message: message, Expected: expected, Got: got, Where: where, Fix: refusal.Entra}
}

// Principal is anything that can be named by its object id: a User, a Group or
// a Ref.
type Principal interface{ ObjectID() string }

// Ref names a user by object id or userPrincipalName, or a group by object id
// or display name.
type Ref string

// ObjectID returns the reference, which the directory resolves.
func (r Ref) ObjectID() string { return string(r) }

// ObjectID returns the user's object id.
func (u User) ObjectID() string { return u.ID }

// ObjectID returns the group's object id.
func (g Group) ObjectID() string { return g.ID }

// Resolve finds the live user or the group that p names.
func (d *Directory) Resolve(p Principal) (Kind, string, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	id, err := d.principal(p.ObjectID())
	if err != nil {
		return "", "", err
	}
	if _, ok := d.groups[id]; ok {
		return KindGroup, id, nil
	}
	return KindUser, id, nil
}

// Touch enters an object into the change log although none of its properties
// changed: its assignment to an application did.
func (d *Directory) Touch(kind Kind, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changed(kind, id)
}
