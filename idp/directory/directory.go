// Package directory is the mock tenant's directory: users, groups, membership
// and the recycle bin.
//
// Property names are those of Microsoft Graph. Objects are passed and returned
// by value: changing a returned [User] changes nothing; [Directory.UpdateUser]
// does.
//
// # References
//
// Where a reference is asked for, an object id does, for users also the
// userPrincipalName, in any case, and for groups the display name, if only one
// group has it. A [Principal] is a [User], a [Group] or such a reference as [Ref].
//
// # Deletion
//
// [Directory.DeleteUser] puts a user into the recycle bin, from which
// [Directory.RestoreUser] brings the same object back within [Retention].
// [Directory.PurgeUser] does not wait. A group is gone at once.
//
// # Changes
//
// [Directory.Changes] tells what has changed since a number that it gave out
// before: the provisioning service asks it as the real one asks Graph's delta
// query.
//
// # Errors
//
// What Graph would refuse is a [*github.com/idharness/harness.Refusal] with
// Graph's code, such as Request_BadRequest, and the property in Where.
package directory

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idharness/harness/internal/refusal"
)

// Clock tells the directory's time.
type Clock interface{ Now() time.Time }

// IDs makes object ids.
type IDs interface{ UUID() string }

// Directory holds the objects of one tenant. It is safe for concurrent use.
type Directory struct {
	clock Clock
	ids   IDs

	mu        sync.RWMutex
	domain    string
	users     map[string]*User  // by object id, deleted ones included
	byName    map[string]string // lower-case userPrincipalName -> object id, live users only
	groups    map[string]*Group // by object id
	members   map[string]*links // by group id
	memberO   map[string]*links // by member id: the groups it is a direct member of
	roles     map[string]string // by template id: the object id of an activated role
	changes   []Change
	forgotten uint64    // entries of the change log before those of changes
	expiry    time.Time // no deleted user is due to be purged before; zero: there is none
}

// New returns an empty directory. The domain is the tenant's verified domain.
func New(clock Clock, ids IDs, domain string) *Directory {
	return &Directory{
		clock: clock, ids: ids, domain: domain,
		users: make(map[string]*User), byName: make(map[string]string),
		groups: make(map[string]*Group), members: make(map[string]*links), memberO: make(map[string]*links),
		roles: make(map[string]string),
	}
}

// lock locks the directory for writing, rlock for reading. Users whose time in
// the recycle bin is over are gone before anybody looks.
func (d *Directory) lock() {
	d.mu.Lock()
	d.purgeExpired()
}

func (d *Directory) rlock() {
	d.mu.RLock()
	if !d.purgeDue() {
		return
	}
	d.mu.RUnlock()
	d.lock()
	d.mu.Unlock()
	d.mu.RLock()
}

// Domain returns the tenant's verified domain.
func (d *Directory) Domain() string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.domain
}

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
	d.rlock()
	defer d.mu.RUnlock()
	latest := d.forgotten + uint64(len(d.changes))
	if since >= latest {
		return nil, latest
	}
	seen := make(map[string]bool)
	var out []Change
	for _, change := range d.changes[max(since, d.forgotten)-d.forgotten:] {
		if !seen[change.ID] {
			seen[change.ID] = true
			out = append(out, change)
		}
	}
	return out, latest
}

func (d *Directory) changed(kind Kind, id string) {
	d.changes = append(d.changes, Change{d.forgotten + uint64(len(d.changes)) + 1, kind, id})
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

// Resolve finds the live user or the group that p names. A user goes before a
// group of the same name.
func (d *Directory) Resolve(p Principal) (Kind, string, error) {
	d.rlock()
	defer d.mu.RUnlock()
	return d.resolve(p.ObjectID())
}

func (d *Directory) resolve(ref string) (Kind, string, error) {
	if u := d.findUser(ref); u != nil && !u.IsDeleted() {
		return KindUser, u.ID, nil
	}
	switch named := d.groupsNamed(ref); len(named) {
	case 0:
		return "", "", notFound(KindUser, ref, d.liveNames())
	case 1:
		return KindGroup, named[0].ID, nil
	default:
		return "", "", ambiguous(ref)
	}
}

// idTaken refuses an object id that some user or group has.
func (d *Directory) idTaken(id string) error {
	_, user := d.users[id]
	_, group := d.groups[id]
	if user || group {
		return badRequest("Another object with the same value for property id already exists.", "an object id that is not in use", id, "id")
	}
	return nil
}

// Touch enters an object into the change log although none of its properties
// changed: its assignment to an application did.
func (d *Directory) Touch(kind Kind, id string) {
	d.lock()
	defer d.mu.Unlock()
	d.changed(kind, id)
}
