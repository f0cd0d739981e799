package identitystore

import (
	"slices"
	"strings"
	"time"
)

// Group is a group as IAM Identity Center keeps it. As JSON it is a SCIM
// resource, see [Group.Resource].
type Group struct {
	ID          string // made by the store
	ExternalID  string
	DisplayName string
	Description string // known to the Identity Store API only, not to SCIM

	Created      time.Time // set by the store, as is LastModified
	LastModified time.Time
	CreatedBy    string // CreatedBySCIM or CreatedManually
}

// GroupEdit is a change to a group and to its members that happens as a whole
// or not at all.
type GroupEdit struct {
	Group   Group
	Members []MemberChange // made one after another

	current func() []string
}

// Current lists the ids of the members before the edit.
func (e *GroupEdit) Current() []string { return e.current() }

// MemberChange makes a user a member of a group or ends that. Adding a member
// and removing somebody who is none change nothing.
type MemberChange struct {
	UserID string
	Remove bool
}

// CreateGroup adds a group with its first members, all or nothing, and returns
// it as stored. The id and the dates are the store's.
func (s *Store) CreateGroup(g Group, members ...string) (Group, error) {
	if err := s.rules.checkGroup(&g); err != nil {
		return Group{}, err
	}
	err := s.change(func() ([]Event, error) {
		g.ID = s.newID()
		if err := s.byGroup.free(&g); err != nil {
			return nil, err
		}
		if err := s.checkMembers(add(members)); err != nil {
			return nil, err
		}
		g.Created = s.now()
		g.LastModified = g.Created
		if g.CreatedBy == "" {
			g.CreatedBy = CreatedManually
		}
		stored := g
		s.groups[g.ID] = &stored
		s.byGroup.put(&stored)
		s.groupOrder.add(g.ID, s.nextSerial())
		s.members[g.ID] = &sequence{}
		events := []Event{{GroupCreated, g.ID}}
		if s.changeMembers(g.ID, add(members)) {
			events = append(events, Event{MembersChanged, g.ID})
		}
		return events, nil
	})
	if err != nil {
		return Group{}, err
	}
	return g, nil
}

// Group finds a group by id.
func (s *Store) Group(id string) (Group, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return copied(s.groups[id])
}

// GroupByName finds a group by displayName in any case.
func (s *Store) GroupByName(displayName string) (Group, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return copied(s.byGroup.byName[key(displayName, s.rules.CaseExact)])
}

// GroupByExternalID finds a group by externalId.
func (s *Store) GroupByExternalID(externalID string) (Group, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return copied(s.byGroup.byExternalID[externalID])
}

func copied(g *Group) (Group, bool) {
	if g == nil {
		return Group{}, false
	}
	return *g, true
}

// UpdateGroup is UpdateUser for groups.
func (s *Store) UpdateGroup(id string, change func(*Group) error) (Group, error) {
	return s.EditGroup(id, func(e *GroupEdit) error { return change(&e.Group) })
}

// AddMembers makes users members of a group, all or none.
func (s *Store) AddMembers(groupID string, userIDs ...string) error {
	_, err := s.EditGroup(groupID, func(e *GroupEdit) error {
		e.Members = add(userIDs)
		return nil
	})
	return err
}

// RemoveMembers ends memberships of a group.
func (s *Store) RemoveMembers(groupID string, userIDs ...string) error {
	_, err := s.EditGroup(groupID, func(e *GroupEdit) error {
		for _, id := range userIDs {
			e.Members = append(e.Members, MemberChange{UserID: id, Remove: true})
		}
		return nil
	})
	return err
}

func add(userIDs []string) []MemberChange {
	changes := make([]MemberChange, len(userIDs))
	for i, id := range userIDs {
		changes[i] = MemberChange{UserID: id}
	}
	return changes
}

// EditGroup lets edit change the group and say which memberships change, and
// stores all of it or nothing. What edit returns is returned, and then nothing
// is stored. As in UpdateUser, the store is locked meanwhile, and a change that
// changes nothing leaves the date of modification alone.
func (s *Store) EditGroup(id string, edit func(*GroupEdit) error) (Group, error) {
	var edited Group
	err := s.change(func() ([]Event, error) {
		before, ok := s.groups[id]
		if !ok {
			return nil, groupNotFound("id", id)
		}
		e := GroupEdit{Group: *before, current: s.members[id].all}
		if err := edit(&e); err != nil {
			return nil, err
		}
		next := e.Group
		next.ID, next.CreatedBy = before.ID, before.CreatedBy
		next.Created, next.LastModified = before.Created, before.LastModified
		attributes := next != *before
		if attributes {
			if err := s.rules.checkGroup(&next); err != nil {
				return nil, err
			}
			if err := s.byGroup.free(&next); err != nil {
				return nil, err
			}
		}
		if err := s.checkMembers(e.Members); err != nil {
			return nil, err
		}

		var events []Event
		if attributes {
			events = append(events, Event{GroupUpdated, id})
		}
		if s.changeMembers(id, e.Members) {
			events = append(events, Event{MembersChanged, id})
		}
		edited = *before
		if len(events) == 0 {
			return nil, nil
		}
		next.LastModified = s.now()
		s.byGroup.drop(before)
		s.byGroup.put(&next)
		s.groups[id] = &next
		edited = next
		return events, nil
	})
	return edited, err
}

// checkMembers reports the first user to be added who does not exist. Removing
// somebody unknown is allowed: deleting a user has ended the membership.
func (s *Store) checkMembers(changes []MemberChange) error {
	for _, c := range changes {
		if _, ok := s.users[c.UserID]; !ok && !c.Remove {
			return userNotFound("members.value", c.UserID)
		}
	}
	return nil
}

// changeMembers changes both directions of membership and reports whether the
// members are others than before.
func (c *content) changeMembers(group string, changes []MemberChange) bool {
	was := make(map[string]bool, len(changes)) // those that a change touched: member before?
	for _, m := range changes {
		var changed bool
		if m.Remove {
			changed = c.members[group].remove(m.UserID)
			c.leave(m.UserID, group)
		} else {
			changed = c.join(group, m.UserID, c.nextSerial())
		}
		if _, seen := was[m.UserID]; !seen {
			was[m.UserID] = c.members[group].has(m.UserID) != changed
		}
	}
	for id, before := range was {
		if c.members[group].has(id) != before {
			return true
		}
	}
	return false
}

// join makes a user a member, unless it is one.
func (c *content) join(group, user string, serial uint64) bool {
	if !c.members[group].add(user, serial) {
		return false
	}
	groups := c.memberOf[user]
	if groups == nil {
		groups = &sequence{}
		c.memberOf[user] = groups
	}
	groups.add(group, serial)
	return true
}

func (c *content) leave(user, group string) {
	groups := c.memberOf[user]
	if groups == nil {
		return
	}
	groups.remove(group)
	if groups.len() == 0 {
		delete(c.memberOf, user)
	}
}

// DeleteGroup removes a group and its memberships. Its id never comes back: a
// group made again under the same name has another one (user guide,
// "Troubleshooting IAM Identity Center issues").
func (s *Store) DeleteGroup(id string) error {
	return s.change(func() ([]Event, error) {
		g, ok := s.groups[id]
		if !ok {
			return nil, groupNotFound("id", id)
		}
		for _, user := range s.members[id].all() {
			s.leave(user, id)
		}
		delete(s.members, id)
		delete(s.groups, id)
		s.byGroup.drop(g)
		s.groupOrder.remove(id)
		return []Event{{GroupDeleted, id}}, nil
	})
}

// Groups returns every group, by displayName.
func (s *Store) Groups() []Group {
	groups, _ := s.GroupPage(Page{})
	slices.SortFunc(groups, func(a, b Group) int { return strings.Compare(a.DisplayName, b.DisplayName) })
	return groups
}

// GroupPage returns a page of the groups in order of creation, and where the
// next page begins: zero after the last.
func (s *Store) GroupPage(p Page) (groups []Group, next uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.groupsOf(&s.groupOrder, p)
}

// MembershipPage returns a page of the groups of which a user is a member, in
// the order in which it joined, and where the next page begins: zero after the
// last.
func (s *Store) MembershipPage(userID string, p Page) (groups []Group, next uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.groupsOf(s.memberOf[userID], p)
}

func (s *Store) groupsOf(listed *sequence, p Page) ([]Group, uint64) {
	ids, next := listed.page(p)
	groups := make([]Group, len(ids))
	for i, id := range ids {
		groups[i] = *s.groups[id]
	}
	return groups, next
}

// Members returns the ids of a group's members in the order in which they
// joined.
func (s *Store) Members(groupID string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.members[groupID].all()
}

// GroupsOf returns the ids of a user's groups in the order in which it joined
// them.
func (s *Store) GroupsOf(userID string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.memberOf[userID].all()
}

// IsMember reports whether a user is a member of a group.
func (s *Store) IsMember(groupID, userID string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.members[groupID].has(userID)
}
