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
	if err := checkUser(&u); err != nil {
		return User{}, err
	}
	err := s.change(func() ([]Event, error) {
		u.ID = s.newID()
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
		s.byUser.put(&stored)
		s.userOrder.add(u.ID, s.nextSerial())
		return []Event{{UserCreated, u.ID}}, nil
	})
	if err != nil {
		return User{}, err
	}
	return u.clone(), nil
}

// now returns the time with the precision that the service keeps: its dates
// have seconds.
func (s *Store) now() time.Time { return s.clock.Now().UTC().Truncate(time.Second) }

// User finds a user by id.
func (s *Store) User(id string) (User, bool) {
	return s.findUser(func() string { return id })
}

// UserByName finds a user by userName in any case.
func (s *Store) UserByName(userName string) (User, bool) {
	return s.findUser(func() string { return s.byUser.byName[fold(userName)] })
}

// UserByExternalID finds a user by externalId.
func (s *Store) UserByExternalID(externalID string) (User, bool) {
	return s.findUser(func() string { return s.byUser.byExternalID[externalID] })
}

// UserByEmail finds a user by primary e-mail address in any case.
func (s *Store) UserByEmail(email string) (User, bool) {
	return s.findUser(func() string { return s.byUser.byEmail[fold(email)] })
}

func (s *Store) findUser(id func() string) (User, bool) {
	s.mu.RLock()
	u, ok := s.users[id()]
	s.mu.RUnlock()
	if !ok {
		return User{}, false
	}
	return u.clone(), true // what is stored is replaced, never changed
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
		if err := checkUser(&next); err != nil {
			return nil, err
		}
		if err := s.byUser.free(&next); err != nil {
			return nil, err
		}
		next.LastModified = s.now()
		s.byUser.drop(before)
		s.byUser.put(&next)
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

// free reports a conflict if another user has what must be unique: userName,
// primary e-mail address, externalId (user guide, "Troubleshooting IAM
// Identity Center issues", duplicate user or group).
func (x *userIndex) free(u *User) error {
	if holder, taken := x.byName[fold(u.UserName)]; taken && holder != u.ID {
		return conflict(DuplicateUserName, "userName", u.UserName, holder)
	}
	if email := u.PrimaryEmail(); email != "" {
		if holder, taken := x.byEmail[fold(email)]; taken && holder != u.ID {
			return conflict(DuplicateEmail, "emails.value", email, holder)
		}
	}
	if u.ExternalID != "" {
		if holder, taken := x.byExternalID[u.ExternalID]; taken && holder != u.ID {
			return conflict(DuplicateExternalID, "externalId", u.ExternalID, holder)
		}
	}
	return nil
}

func (x *userIndex) put(u *User) {
	x.byName[fold(u.UserName)] = u.ID
	if email := u.PrimaryEmail(); email != "" {
		x.byEmail[fold(email)] = u.ID
	}
	if u.ExternalID != "" {
		x.byExternalID[u.ExternalID] = u.ID
	}
}

func (x *userIndex) drop(u *User) {
	delete(x.byName, fold(u.UserName))
	if email := u.PrimaryEmail(); email != "" {
		delete(x.byEmail, fold(email))
	}
	if u.ExternalID != "" {
		delete(x.byExternalID, u.ExternalID)
	}
}
