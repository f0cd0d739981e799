package identitystore

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// CreateUser adds a user and returns it as stored. The id and the dates are
// the store's: what u has there is ignored.
func (s *Store) CreateUser(u User) (User, error) {
	u = u.tidied()
	if err := s.rules.checkUser(&u); err != nil {
		return User{}, err
	}
	err := s.change(func() ([]Event, error) {
		u.ID = s.newID()
		if err := s.checkManager(&u); err != nil {
			return nil, err
		}
		if err := s.byUser.free(&u); err != nil {
			return nil, err
		}
		u.Created = s.now()
		u.LastModified = u.Created
		if u.CreatedBy == "" {
			u.CreatedBy = CreatedManually
		}
		stored := u
		s.users[u.ID] = &stored
		serial := s.nextSerial()
		s.byUser.put(&stored, serial)
		s.userOrder.add(u.ID, serial)
		return []Event{{UserCreated, u.ID}}, nil
	})
	if err != nil {
		return User{}, err
	}
	return u.clone(), nil
}

// checkManager refuses a manager who does not exist, if the rules say so.
func (s *Store) checkManager(u *User) error {
	if !s.rules.ManagerExists || u.Enterprise == nil || u.Enterprise.Manager == nil || u.Enterprise.Manager.Value == u.ID {
		return nil
	}
	id := u.Enterprise.Manager.Value
	if _, ok := s.users[id]; ok {
		return nil
	}
	return &Error{Kind: Invalid, Attribute: EnterpriseURN + ".manager.value", Value: id, Message: UserNotFound, Expected: "the id of an existing user"}
}

// now returns the time with the precision that the service keeps: its dates
// have seconds.
func (s *Store) now() time.Time { return s.clock.Now().UTC().Truncate(time.Second) }

// User finds a user by id.
func (s *Store) User(id string) (User, bool) {
	s.mu.RLock()
	u := s.users[id]
	s.mu.RUnlock()
	return found(u)
}

// UserByName finds a user by userName in any case.
func (s *Store) UserByName(userName string) (User, bool) {
	s.mu.RLock()
	u := s.byUser.byName[key(userName, s.rules.CaseExact)]
	s.mu.RUnlock()
	return found(u)
}

// UserByExternalID finds a user by externalId.
func (s *Store) UserByExternalID(externalID string) (User, bool) {
	s.mu.RLock()
	u := s.byUser.byExternalID[externalID]
	s.mu.RUnlock()
	return found(u)
}

// UserByEmail finds a user by primary e-mail address in any case.
func (s *Store) UserByEmail(email string) (User, bool) {
	s.mu.RLock()
	u := s.byUser.byEmail[key(email, s.rules.CaseExact)]
	s.mu.RUnlock()
	return found(u)
}

// found copies a stored user. That needs no lock: what is stored is replaced,
// never changed.
func found(u *User) (User, bool) {
	if u == nil {
		return User{}, false
	}
	return u.clone(), true
}

// UpdateUser lets change edit the user and stores the result; what change
// returns is returned, and then nothing is stored. The id, the dates and who
// created the user stay. A change that leaves everything as it was is none:
// the date of modification stays too. The store is locked meanwhile, so change
// must not use it.
func (s *Store) UpdateUser(id string, change func(*User) error) (User, error) {
	var updated User
	err := s.change(func() ([]Event, error) {
		before, ok := s.users[id]
		if !ok {
			return nil, userNotFound("id", id)
		}
		next := before.clone()
		if err := change(&next); err != nil {
			return nil, err
		}
		next.ID, next.CreatedBy = before.ID, before.CreatedBy
		next.Created, next.LastModified = before.Created, before.LastModified
		next = next.tidied()
		if reflect.DeepEqual(next, *before) {
			updated = next
			return nil, nil
		}
		if err := s.rules.checkUser(&next); err != nil {
			return nil, err
		}
		if err := s.checkManager(&next); err != nil {
			return nil, err
		}
		if err := s.byUser.free(&next); err != nil {
			return nil, err
		}
		next.LastModified = s.now()
		serial, _ := s.userOrder.serial(id)
		s.byUser.replace(before, &next, serial)
		s.users[id] = &next
		updated = next.clone()
		return []Event{{UserUpdated, id}}, nil
	})
	return updated, err
}

// DeleteUser removes a user for good, and with it its memberships.
func (s *Store) DeleteUser(id string) error {
	return s.change(func() ([]Event, error) {
		u, ok := s.users[id]
		if !ok {
			return nil, userNotFound("id", id)
		}
		events := []Event{{UserDeleted, id}}
		for _, group := range s.memberOf[id].all() {
			s.members[group].remove(id)
			events = append(events, Event{MembersChanged, group})
		}
		delete(s.memberOf, id)
		delete(s.users, id)
		s.byUser.drop(u)
		s.userOrder.remove(id)
		return events, nil
	})
}

// Users returns every user, by userName.
func (s *Store) Users() []User {
	users, _ := s.UserPage(Page{})
	slices.SortFunc(users, func(a, b User) int { return strings.Compare(a.UserName, b.UserName) })
	return users
}

// UserPage returns a page of the users in order of creation, and where the
// next page begins: zero after the last.
func (s *Store) UserPage(p Page) (users []User, next uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.usersOf(&s.userOrder, p)
}

// DisplayNamePage returns a page of the users with a displayName, in any case,
// in order of creation, and where the next page begins: zero after the last.
func (s *Store) DisplayNamePage(displayName string, p Page) (users []User, next uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.usersOf(s.byUser.byDisplayName[fold(displayName)], p)
}

// MemberPage returns a page of the users that are members of a group, in the
// order in which they joined, and where the next page begins: zero after the
// last.
func (s *Store) MemberPage(groupID string, p Page) (users []User, next uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.usersOf(s.members[groupID], p)
}

func (s *Store) usersOf(listed *sequence, p Page) ([]User, uint64) {
	ids, next := listed.page(p)
	users := make([]User, len(ids))
	for i, id := range ids {
		users[i] = s.users[id].clone()
	}
	return users, next
}
