package directory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Retention is how long a deleted object stays in the recycle bin
// (learn.microsoft.com, "Recover from deletions": 30 days).
const Retention = 30 * 24 * time.Hour

// DeleteUser moves a user to the recycle bin, from where RestoreUser brings it
// back with its group memberships until Retention has passed.
func (d *Directory) DeleteUser(ref string) (User, error) {
	d.lock()
	defer d.mu.Unlock()
	u, err := d.liveUser(ref)
	if err != nil {
		return User{}, err
	}
	u.Deleted = d.clock.Now()
	if expiry := u.Deleted.Add(Retention); d.expiry.IsZero() || expiry.Before(d.expiry) {
		d.expiry = expiry
	}
	delete(d.byName, strings.ToLower(u.UserPrincipalName))
	d.userMoved(u)
	return u.clone(), nil
}

// RestoreUser brings a user back from the recycle bin, by object id or by the
// userPrincipalName that it had.
func (d *Directory) RestoreUser(ref string) (User, error) {
	d.lock()
	defer d.mu.Unlock()
	u, err := d.deletedUser(ref)
	if err != nil {
		return User{}, err
	}
	if err := d.checkName(u.UserPrincipalName, u.ID); err != nil {
		return User{}, fmt.Errorf("restore user %s: %w", ref, err)
	}
	u.Deleted = time.Time{}
	d.byName[strings.ToLower(u.UserPrincipalName)] = u.ID
	d.userMoved(u)
	return u.clone(), nil
}

// userMoved logs that a user went into the recycle bin or came back, which
// changes the members of its groups too.
func (d *Directory) userMoved(u *User) {
	d.changed(KindUser, u.ID)
	for group := range d.memberO[u.ID].all() {
		d.changed(KindGroup, group)
	}
}

// PurgeUser removes a deleted user for good.
func (d *Directory) PurgeUser(ref string) error {
	d.lock()
	defer d.mu.Unlock()
	u, err := d.deletedUser(ref)
	if err != nil {
		return err
	}
	d.purge(u)
	return nil
}

// PurgeExpired removes the users whose time in the recycle bin is over and
// returns them, the one deleted first in front. Every other method does so
// before it looks at the directory.
func (d *Directory) PurgeExpired() []User {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.purgeExpired()
}

// purgeDue reports whether some user's time may be over.
func (d *Directory) purgeDue() bool {
	return !d.expiry.IsZero() && !d.clock.Now().Before(d.expiry)
}

func (d *Directory) purgeExpired() []User {
	if !d.purgeDue() {
		return nil
	}
	now := d.clock.Now()
	d.expiry = time.Time{}
	var expired []*User
	for _, u := range d.users {
		if !u.IsDeleted() {
			continue
		}
		switch expiry := u.Deleted.Add(Retention); {
		case !now.Before(expiry):
			expired = append(expired, u)
		case d.expiry.IsZero() || expiry.Before(d.expiry):
			d.expiry = expiry
		}
	}
	slices.SortFunc(expired, func(a, b *User) int {
		return cmp.Or(a.Deleted.Compare(b.Deleted), cmp.Compare(a.ID, b.ID))
	})
	purged := make([]User, 0, len(expired))
	for _, u := range expired {
		purged = append(purged, u.clone())
		d.purge(u)
	}
	return purged
}

func (d *Directory) purge(u *User) {
	d.leaveAll(u.ID)
	delete(d.users, u.ID)
	d.changed(KindUser, u.ID)
}

// deletedUser finds a user in the recycle bin by object id or, the one deleted
// last, by userPrincipalName.
func (d *Directory) deletedUser(ref string) (*User, error) {
	if u, ok := d.users[ref]; ok && u.IsDeleted() {
		return u, nil
	}
	var found *User
	var known []string
	for _, u := range d.users {
		if !u.IsDeleted() {
			continue
		}
		known = append(known, u.UserPrincipalName)
		if !strings.EqualFold(u.UserPrincipalName, ref) {
			continue
		}
		if found == nil || cmp.Or(u.Deleted.Compare(found.Deleted), cmp.Compare(u.ID, found.ID)) > 0 {
			found = u
		}
	}
	if found == nil {
		return nil, notFound(KindUser, ref, known)
	}
	return found, nil
}
