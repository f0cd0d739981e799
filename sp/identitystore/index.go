package identitystore

// userIndex finds users by what must be unique among them, and by displayName,
// which need not be.
type userIndex struct {
	byName, byExternalID, byEmail map[string]*User
	byDisplayName                 map[string]*sequence // in order of creation
	exact                         bool                 // names differ by case
}

// groupIndex finds groups by what must be unique among them.
type groupIndex struct {
	byName, byExternalID map[string]*Group
	exact                bool // names differ by case
}

func newUserIndex(size int, exact bool) userIndex {
	return userIndex{
		make(map[string]*User, size), make(map[string]*User, size), make(map[string]*User, size),
		make(map[string]*sequence, size), exact,
	}
}

func newGroupIndex(size int, exact bool) groupIndex {
	return groupIndex{make(map[string]*Group, size), make(map[string]*Group, size), exact}
}

// key is what a name is entered under.
func key(name string, exact bool) string {
	if exact {
		return name
	}
	return fold(name)
}

// free reports a conflict if another user has what must be unique: userName,
// primary e-mail address, externalId (user guide, "Troubleshooting IAM
// Identity Center issues", duplicate user or group).
func (x *userIndex) free(u *User) error {
	if holder, taken := x.byName[key(u.UserName, x.exact)]; taken && holder.ID != u.ID {
		return conflict(DuplicateUserName, "userName", u.UserName, holder.ID)
	}
	if email := u.PrimaryEmail(); email != "" {
		if holder, taken := x.byEmail[key(email, x.exact)]; taken && holder.ID != u.ID {
			return conflict(DuplicateEmail, "emails.value", email, holder.ID)
		}
	}
	if u.ExternalID != "" {
		if holder, taken := x.byExternalID[u.ExternalID]; taken && holder.ID != u.ID {
			return conflict(DuplicateExternalID, "externalId", u.ExternalID, holder.ID)
		}
	}
	return nil
}

// put enters a user that was created under serial.
func (x *userIndex) put(u *User, serial uint64) {
	x.byName[key(u.UserName, x.exact)] = u
	if email := u.PrimaryEmail(); email != "" {
		x.byEmail[key(email, x.exact)] = u
	}
	if u.ExternalID != "" {
		x.byExternalID[u.ExternalID] = u
	}
	if u.DisplayName == "" {
		return
	}
	name := fold(u.DisplayName)
	named := x.byDisplayName[name]
	if named == nil {
		named = &sequence{}
		x.byDisplayName[name] = named
	}
	named.add(u.ID, serial)
}

func (x *userIndex) drop(u *User) {
	x.dropUnique(u)
	x.dropDisplayName(u)
}

func (x *userIndex) dropUnique(u *User) {
	delete(x.byName, key(u.UserName, x.exact))
	if email := u.PrimaryEmail(); email != "" {
		delete(x.byEmail, key(email, x.exact))
	}
	if u.ExternalID != "" {
		delete(x.byExternalID, u.ExternalID)
	}
}

func (x *userIndex) dropDisplayName(u *User) {
	name := fold(u.DisplayName)
	if named := x.byDisplayName[name]; named != nil {
		if named.remove(u.ID); named.len() == 0 {
			delete(x.byDisplayName, name)
		}
	}
}

// replace is drop and put. A displayName that stays is not touched: what is
// entered under it is the id, which stays too.
func (x *userIndex) replace(before, next *User, serial uint64) {
	x.dropUnique(before)
	if fold(before.DisplayName) != fold(next.DisplayName) {
		x.dropDisplayName(before)
	}
	x.put(next, serial)
}

// free reports a conflict if another group has the name or the externalId.
func (x *groupIndex) free(g *Group) error {
	if holder, taken := x.byName[key(g.DisplayName, x.exact)]; taken && holder.ID != g.ID {
		return conflict(DuplicateGroupDisplayName, "displayName", g.DisplayName, holder.ID)
	}
	if g.ExternalID != "" {
		if holder, taken := x.byExternalID[g.ExternalID]; taken && holder.ID != g.ID {
			return conflict(DuplicateExternalID, "externalId", g.ExternalID, holder.ID)
		}
	}
	return nil
}

func (x *groupIndex) put(g *Group) {
	x.byName[key(g.DisplayName, x.exact)] = g
	if g.ExternalID != "" {
		x.byExternalID[g.ExternalID] = g
	}
}

func (x *groupIndex) drop(g *Group) {
	delete(x.byName, key(g.DisplayName, x.exact))
	if g.ExternalID != "" {
		delete(x.byExternalID, g.ExternalID)
	}
}
