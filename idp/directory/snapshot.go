package directory

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Snapshot is everything that a directory holds, as a value that can be kept and
// written as JSON. It has passwords.
type Snapshot struct {
	Domain  string            `json:"domain"` // the tenant's verified domain
	Users   []UserRecord      `json:"users"`  // by object id; those in the recycle bin have deletedDateTime
	Groups  []GroupRecord     `json:"groups"` // by object id
	Roles   map[string]string `json:"roles,omitempty"`
	Changes ChangeLog         `json:"changes"`
}

// UserRecord is a user in a snapshot.
type UserRecord struct {
	User
	Password string   `json:"password,omitempty"` // empty: DefaultPassword
	MemberOf []string `json:"memberOf,omitempty"` // ids of groups, in the order in which the user joined them
}

// GroupRecord is a group in a snapshot.
type GroupRecord struct {
	Group
	Members  []string `json:"members,omitempty"`  // ids of direct members, in the order in which they joined
	MemberOf []string `json:"memberOf,omitempty"` // ids of groups, in the order in which the group joined them
}

// ChangeLog is the change log from some entry on: what is before it is of
// interest to nobody any more.
type ChangeLog struct {
	Before  uint64         `json:"before"` // number of entries that are left out
	Entries []ChangeRecord `json:"entries,omitempty"`
}

// ChangeRecord is an entry of the change log.
type ChangeRecord struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
}

// Since leaves out the entries up to a sequence number.
func (l ChangeLog) Since(seq uint64) ChangeLog {
	if seq <= l.Before {
		return l
	}
	n := min(seq-l.Before, uint64(len(l.Entries)))
	return ChangeLog{l.Before + n, l.Entries[n:]}
}

// Latest is the sequence number of the last entry.
func (l ChangeLog) Latest() uint64 { return l.Before + uint64(len(l.Entries)) }

// Snapshot returns what the directory holds, all of it of one moment.
func (d *Directory) Snapshot() Snapshot {
	d.rlock()
	defer d.mu.RUnlock()
	s := Snapshot{
		Domain: d.domain, Roles: maps.Clone(d.roles),
		Users: make([]UserRecord, 0, len(d.users)), Groups: make([]GroupRecord, 0, len(d.groups)),
		Changes: ChangeLog{d.forgotten, make([]ChangeRecord, len(d.changes))},
	}
	for _, u := range d.users {
		r := UserRecord{User: u.clone(), MemberOf: slices.Collect(d.memberO[u.ID].all())}
		if u.Password != DefaultPassword {
			r.Password = u.Password
		}
		s.Users = append(s.Users, r)
	}
	for _, g := range d.groups {
		s.Groups = append(s.Groups, GroupRecord{g.clone(), slices.Collect(d.members[g.ID].all()), slices.Collect(d.memberO[g.ID].all())})
	}
	slices.SortFunc(s.Users, func(a, b UserRecord) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Groups, func(a, b GroupRecord) int { return cmp.Compare(a.ID, b.ID) })
	for i, c := range d.changes {
		s.Changes.Entries[i] = ChangeRecord{c.Kind, c.ID}
	}
	return s
}

// Restoration is a snapshot that was checked.
type Restoration struct{ next *Directory }

// PrepareRestore checks a snapshot, and says where something in it is wrong.
func PrepareRestore(s Snapshot) (*Restoration, error) {
	d := New(nil, nil, s.Domain)
	if s.Domain == "" {
		return nil, errors.New("domain: there is none")
	}
	if err := d.restoreRoles(s.Roles); err != nil {
		return nil, err
	}
	for i, r := range s.Users {
		if err := d.restoreUser(r); err != nil {
			return nil, fmt.Errorf("users[%d] (%s): %w", i, r.UserPrincipalName, err)
		}
	}
	for i, r := range s.Groups {
		if err := d.restoreGroup(r.Group); err != nil {
			return nil, fmt.Errorf("groups[%d] (%s): %w", i, r.DisplayName, err)
		}
	}
	joined := 0
	for i, r := range s.Groups {
		for j, id := range r.Members {
			if err := d.restoreMember(r.ID, id); err != nil {
				return nil, fmt.Errorf("groups[%d] (%s).members[%d]: %w", i, r.DisplayName, j, err)
			}
		}
		joined += len(r.Members)
	}
	for i, r := range s.Users {
		if err := d.restoreMemberships(r.ID, r.MemberOf, &joined); err != nil {
			return nil, fmt.Errorf("users[%d] (%s).memberOf%w", i, r.UserPrincipalName, err)
		}
	}
	for i, r := range s.Groups {
		if err := d.restoreMemberships(r.ID, r.MemberOf, &joined); err != nil {
			return nil, fmt.Errorf("groups[%d] (%s).memberOf%w", i, r.DisplayName, err)
		}
	}
	if joined != 0 {
		return nil, fmt.Errorf("groups: %d members do not have the group in their memberOf", joined)
	}
	d.forgotten = s.Changes.Before
	if d.forgotten > 1<<53 {
		return nil, fmt.Errorf("changes.before: %d is no number of entries", d.forgotten)
	}
	for i, c := range s.Changes.Entries {
		if c.Kind != KindUser && c.Kind != KindGroup || c.ID == "" {
			return nil, fmt.Errorf("changes.entries[%d]: want the id of a %s or %s, got %s %q", i, KindUser, KindGroup, c.Kind, c.ID)
		}
		d.changed(c.Kind, c.ID)
	}
	return &Restoration{d}, nil
}

func (d *Directory) restoreRoles(roles map[string]string) error {
	for template, id := range roles {
		if known, ok := roleTemplate(template); !ok || known.TemplateID != template || id == "" {
			return fmt.Errorf("roles: want template ids of roles with object ids, got %q: %q", template, id)
		}
		d.roles[template] = id
	}
	return nil
}

func (d *Directory) restoreUser(r UserRecord) error {
	u := r.User.clone()
	u.Password = cmp.Or(r.Password, DefaultPassword)
	if err := d.restorable(u.ID, u.Created); err != nil {
		return err
	}
	for _, ref := range u.DirectoryRoles {
		if role, ok := roleTemplate(ref); !ok || d.roles[role.TemplateID] == "" {
			return fmt.Errorf("directoryRoles: %q is not among the roles of the snapshot", ref)
		}
	}
	u.fill()
	if u.IsDeleted() {
		if expiry := u.Deleted.Add(Retention); d.expiry.IsZero() || expiry.Before(d.expiry) {
			d.expiry = expiry
		}
	} else {
		if err := d.checkName(u.UserPrincipalName, ""); err != nil {
			return err
		}
		d.byName[strings.ToLower(u.UserPrincipalName)] = u.ID
	}
	d.users[u.ID] = &u
	return nil
}

func (d *Directory) restoreGroup(g Group) error {
	g = g.clone()
	if err := d.restorable(g.ID, g.Created); err != nil {
		return err
	}
	if strings.TrimSpace(g.DisplayName) == "" {
		return errors.New("displayName: there is none")
	}
	d.groups[g.ID], d.members[g.ID] = &g, &links{}
	return nil
}

// restorable checks what a directory sets itself, and a snapshot has.
func (d *Directory) restorable(id string, created time.Time) error {
	switch {
	case id == "":
		return errors.New("id: there is none")
	case created.IsZero():
		return errors.New("createdDateTime: there is none")
	}
	return d.idTaken(id)
}

func (d *Directory) restoreMember(group, id string) error {
	_, isUser := d.users[id]
	_, isGroup := d.groups[id]
	switch {
	case !isUser && !isGroup:
		return fmt.Errorf("there is no user or group with the id %q", id)
	case id == group:
		return errors.New("a group cannot be a member of itself")
	case !d.members[group].add(id):
		return fmt.Errorf("%s is a member twice", id)
	}
	return nil
}

// restoreMemberships sets the other direction of memberships, and counts them
// off.
func (d *Directory) restoreMemberships(id string, groups []string, joined *int) error {
	if len(groups) == 0 {
		return nil
	}
	of := &links{}
	for i, group := range groups {
		if d.members[group] == nil || d.members[group].find(id) < 0 {
			return fmt.Errorf("[%d]: it is not among the members of %q", i, group)
		}
		if !of.add(group) {
			return fmt.Errorf("[%d]: %s is there twice", i, group)
		}
		*joined--
	}
	d.memberO[id] = of
	return nil
}

// Restore makes the directory hold what was checked and nothing else.
func (d *Directory) Restore(r *Restoration) {
	next := r.next
	d.mu.Lock()
	defer d.mu.Unlock()
	d.domain, d.users, d.byName, d.groups, d.members, d.memberO = next.domain, next.users, next.byName, next.groups, next.members, next.memberO
	d.roles, d.changes, d.forgotten, d.expiry = next.roles, next.changes, next.forgotten, next.expiry
}
