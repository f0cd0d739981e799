package identitystore

import (
	"fmt"
	"reflect"
	"time"
)

// snapshotVersion is the version of the snapshots that this package writes and
// reads.
const snapshotVersion = 1

// Snapshot is everything that a store knows about users, groups and
// memberships at one moment, as a value that can be kept and written as JSON.
// What the store is (its id, region and tenant) and how it is reached (access
// tokens, subscribers) is not part of it: clients go on after a [Store.Restore]
// with the token that they have.
type Snapshot struct {
	Version int    `json:"version"`
	Serial  uint64 `json:"serial"` // of the latest addition to any listing

	Users  []UserRecord  `json:"users"`  // in order of creation
	Groups []GroupRecord `json:"groups"` // in order of creation
}

// UserRecord is a user in a snapshot. Its place in listings is its serial
// number. As JSON it has the user as a SCIM resource.
type UserRecord struct {
	Serial uint64
	User   User
}

// GroupRecord is a group in a snapshot.
type GroupRecord struct {
	Serial  uint64
	Group   Group
	Members []MemberRecord // in the order in which they joined
}

// MemberRecord is a member of a group in a snapshot. Serial is the place in
// the listing of the group's members and in that of the user's groups.
type MemberRecord struct {
	Serial uint64 `json:"serial"`
	UserID string `json:"user"`
}

// Snapshot returns what the store holds. It is of one moment: no change is in
// it by half.
func (s *Store) Snapshot() Snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.snapshot()
}

func (s *Store) snapshot() Snapshot {
	snapshot := Snapshot{
		Version: snapshotVersion, Serial: s.serial,
		Users:  make([]UserRecord, 0, s.userOrder.len()),
		Groups: make([]GroupRecord, 0, s.groupOrder.len()),
	}
	for p := range s.userOrder.places() {
		snapshot.Users = append(snapshot.Users, UserRecord{p.serial, s.users[p.id].clone()})
	}
	for p := range s.groupOrder.places() {
		record := GroupRecord{p.serial, *s.groups[p.id], make([]MemberRecord, 0, s.members[p.id].len())}
		for m := range s.members[p.id].places() {
			record.Members = append(record.Members, MemberRecord{m.serial, m.id})
		}
		snapshot.Groups = append(snapshot.Groups, record)
	}
	return snapshot
}

// Restore makes the store hold what the snapshot has and nothing else. If
// anything in the snapshot breaks a rule of the store, the error says what, and
// the store stays as it was. Listings are those of the snapshot's store, and
// cursors that it gave out are valid. Subscribers are told of every user and
// group that is new, gone or changed.
func (s *Store) Restore(snapshot Snapshot) error {
	next, err := build(s.rules, snapshot)
	if err != nil {
		return fmt.Errorf("restore snapshot: %w", err)
	}
	return s.change(func() ([]Event, error) {
		before := s.content
		s.content = next
		return differences(before, next), nil
	})
}

// build makes the content that a snapshot describes, by the store's rules.
func build(rules Rules, snapshot Snapshot) (content, error) {
	if snapshot.Version != snapshotVersion {
		return content{}, fmt.Errorf("version is %d: this program reads version %d", snapshot.Version, snapshotVersion)
	}
	c := newContent(rules, len(snapshot.Users), len(snapshot.Groups))
	c.serial = snapshot.Serial
	taken := make(map[uint64]bool, len(snapshot.Users)+len(snapshot.Groups))
	serial := func(n uint64) error {
		if n == 0 || n > snapshot.Serial || taken[n] {
			return fmt.Errorf("serial %d is not one of 1 to %d that nothing else has", n, snapshot.Serial)
		}
		taken[n] = true
		return nil
	}
	for i, record := range snapshot.Users {
		err := serial(record.Serial)
		if err == nil {
			err = c.restoreUser(rules, record)
		}
		if err != nil {
			return content{}, fmt.Errorf("users[%d] (%s): %w", i, record.User.UserName, err)
		}
	}
	for i, record := range snapshot.Groups {
		err := serial(record.Serial)
		if err == nil {
			err = c.restoreGroup(rules, record)
		}
		if err != nil {
			return content{}, fmt.Errorf("groups[%d] (%s): %w", i, record.Group.DisplayName, err)
		}
		for j, m := range record.Members {
			err := serial(m.Serial)
			switch {
			case err != nil:
			case c.users[m.UserID] == nil:
				err = userNotFound("members.value", m.UserID)
			case !c.join(record.Group.ID, m.UserID, m.Serial):
				err = fmt.Errorf("user %s is a member twice", m.UserID)
			}
			if err != nil {
				return content{}, fmt.Errorf("groups[%d] (%s).members[%d]: %w", i, record.Group.DisplayName, j, err)
			}
		}
	}
	return c, nil
}

func (c *content) restoreUser(rules Rules, record UserRecord) error {
	u := record.User.tidied()
	if err := c.restorable(u.ID, u.CreatedBy, u.Created, u.LastModified); err != nil {
		return err
	}
	if err := rules.checkUser(&u); err != nil {
		return err
	}
	if err := c.byUser.free(&u); err != nil {
		return err
	}
	c.users[u.ID] = &u
	c.byUser.put(&u, record.Serial)
	c.userOrder.add(u.ID, record.Serial)
	return nil
}

func (c *content) restoreGroup(rules Rules, record GroupRecord) error {
	g := record.Group
	if err := c.restorable(g.ID, g.CreatedBy, g.Created, g.LastModified); err != nil {
		return err
	}
	if err := rules.checkGroup(&g); err != nil {
		return err
	}
	if err := c.byGroup.free(&g); err != nil {
		return err
	}
	c.groups[g.ID] = &g
	c.byGroup.put(&g)
	c.groupOrder.add(g.ID, record.Serial)
	c.members[g.ID] = &sequence{}
	return nil
}

// restorable checks what a store sets itself, and a snapshot has.
func (c *content) restorable(id, createdBy string, created, modified time.Time) error {
	switch {
	case id == "":
		return fmt.Errorf("there is no id")
	case c.users[id] != nil, c.groups[id] != nil:
		return fmt.Errorf("the id %s is there twice", id)
	case created.IsZero(), modified.Before(created):
		return fmt.Errorf("it was created %s and modified %s", Date(created), Date(modified))
	case createdBy != CreatedBySCIM && createdBy != CreatedManually:
		return fmt.Errorf("createdBy is %q, want %q or %q", createdBy, CreatedBySCIM, CreatedManually)
	}
	return nil
}

// differences lists the events that lead from one content to another, those
// about users before those about groups.
func differences(before, after content) []Event {
	var events []Event
	for _, id := range before.userOrder.all() {
		if after.users[id] == nil {
			events = append(events, Event{UserDeleted, id})
		}
	}
	for _, id := range after.userOrder.all() {
		switch was := before.users[id]; {
		case was == nil:
			events = append(events, Event{UserCreated, id})
		case !reflect.DeepEqual(was, after.users[id]):
			events = append(events, Event{UserUpdated, id})
		}
	}
	for _, id := range before.groupOrder.all() {
		if after.groups[id] == nil {
			events = append(events, Event{GroupDeleted, id})
		}
	}
	for _, id := range after.groupOrder.all() {
		switch was := before.groups[id]; {
		case was == nil:
			events = append(events, Event{GroupCreated, id})
		case *was != *after.groups[id]:
			events = append(events, Event{GroupUpdated, id})
		}
		if !sameIDs(before.members[id], after.members[id]) {
			events = append(events, Event{MembersChanged, id})
		}
	}
	return events
}

func sameIDs(a, b *sequence) bool {
	if a.len() != b.len() {
		return false
	}
	for p := range a.places() {
		if !b.has(p.id) {
			return false
		}
	}
	return true
}
