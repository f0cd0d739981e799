package identitystore

// userIndex finds users by what must be unique among them, and by displayName,
// which need not be.
type userIndex struct {
	byName, byExternalID, byEmail map[string]*User
	byDisplayName                 map[string]*sequence // in order of creation
}

// groupIndex finds groups by what must be unique among them.
type groupIndex struct{ byName, byExternalID map[string]*Group }

func newUserIndex(size int) userIndex {
	return userIndex{
		make(map[string]*User, size), make(map[string]*User, size), make(map[string]*User, size),
		make(map[string]*sequence, size),
	}
}

func newGroupIndex(size int) groupIndex {
	return groupIndex{make(map[string]*Group, size), make(map[string]*Group, size)}
}

// free reports a conflict if another user has what must be unique: userName,
// primary e-mail address, externalId (user guide, "Troubleshooting IAM
// Identity Center issues", duplicate user or group).
func (x *userIndex) free(u *User) error {
	if holder, taken := x.byName[fold(u.UserName)]; taken && holder.ID != u.ID {
		return conflict(DuplicateUserName, "userName", u.UserName, holder.ID)
	}
	if email := u.PrimaryEmail(); email != "" {
		if holder, taken := x.byEmail[fold(email)]; taken && holder.ID != u.ID {
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
	x.byName[fold(u.UserName)] = u
	if email := u.PrimaryEmail(); email != "" {
		x.byEmail[fold(email)] = u
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
	delete(x.byName, fold(u.UserName))
	if email := u.PrimaryEmail(); email != "" {
		delete(x.byEmail, fold(email))
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
	if holder, taken := x.byName[fold(g.DisplayName)]; taken && holder.ID != g.ID {
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
	x.byName[fold(g.DisplayName)] = g
	if g.ExternalID != "" {
		x.byExternalID[g.ExternalID] = g
	}
}

func (x *groupIndex) drop(g *Group) {
	delete(x.byName, fold(g.DisplayName))
	if g.ExternalID != "" {
		delete(x.byExternalID, g.ExternalID)
	}
}
