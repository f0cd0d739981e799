package sp

import (
	"cmp"
	"slices"
	"strings"

	"github.com/idharness/harness/sp/identitystore"
)

// PrincipalType tells users from groups.
type PrincipalType string

// The principal types of the SSO Admin API.
const (
	PrincipalUser  PrincipalType = "USER"
	PrincipalGroup PrincipalType = "GROUP"
)

// Assignment gives a user or group a permission set in an account. The
// principal is bound by id: when it is deleted and made again under the same
// name, the assignment does not come back to life (user guide,
// "Troubleshooting").
type Assignment struct {
	PrincipalType PrincipalType `json:"principalType"`
	PrincipalID   string        `json:"principalId"`
	PermissionSet string        `json:"permissionSetArn"`
	AccountID     string        `json:"accountId"`
}

// Wish is an assignment by name that waits until the user or group exists.
type Wish struct {
	User          string `json:"user,omitempty"`  // user name; or
	Group         string `json:"group,omitempty"` // display name
	PermissionSet string `json:"permissionSet"`   // name or ARN
	Account       string `json:"account"`         // name or id
}

// Assign gives the user or group of the wish the permission set in the account.
// A user or group that does not exist yet is bound as soon as it does, which
// bound reports as false. Assigning twice is no error.
func (i *Instance) Assign(w Wish) (bound bool, err error) {
	x := i.access
	x.mu.Lock()
	defer x.mu.Unlock()
	if w, err = x.resolve(w); err != nil {
		return false, err
	}
	if !x.provisionable(w) {
		return false, quota("permission sets provisioned in an account", maxSetsPerAccount)
	}
	if x.bind(w) {
		return true, nil
	}
	x.wishes = append(x.wishes, w)
	return false, nil
}

// Unassign takes back what Assign gave, waiting or bound. An assignment whose
// principal is gone has no name any more; DeleteAssignment takes it.
func (i *Instance) Unassign(w Wish) error {
	x := i.access
	x.mu.Lock()
	defer x.mu.Unlock()
	w, err := x.resolve(w)
	if err != nil {
		return err
	}
	waiting := len(x.wishes)
	x.wishes = slices.DeleteFunc(x.wishes, w.same)
	found := len(x.wishes) < waiting
	if kind, id, ok := x.principal(w); ok {
		found = x.remove(Assignment{kind, id, w.PermissionSet, w.Account}) || found
	}
	if !found {
		return missing("account assignment", cmp.Or(w.User, w.Group)+" "+w.PermissionSet+" "+w.Account, nil)
	}
	return nil
}

// DeleteAssignment removes an assignment, also one whose user or group has been
// deleted.
func (i *Instance) DeleteAssignment(a Assignment) error {
	x := i.access
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.remove(a) {
		return missing("account assignment", a.PrincipalID+" "+a.PermissionSet+" "+a.AccountID, nil)
	}
	return nil
}

// resolve checks a wish and writes the account's id and the set's ARN into it.
func (x *access) resolve(w Wish) (Wish, error) {
	if (w.User == "") == (w.Group == "") {
		got := "neither"
		if w.User != "" {
			got = "both"
		}
		return w, validation("An assignment takes a user or a group.", "either user or group", got, "principal")
	}
	account, err := x.account(w.Account)
	if err != nil {
		return w, err
	}
	set, err := x.set(w.PermissionSet)
	if err != nil {
		return w, err
	}
	w.Account, w.PermissionSet = account.ID, set.ARN
	return w, nil
}

// same compares resolved wishes; names are unique in any case.
func (w Wish) same(other Wish) bool {
	return strings.EqualFold(w.User, other.User) && strings.EqualFold(w.Group, other.Group) && w.PermissionSet == other.PermissionSet && w.Account == other.Account
}

// remove reports whether the assignment existed. The role goes with the last
// assignment of its set in the account; the next one makes a role with another
// suffix (user guide, "Referencing permission sets in resource policies").
func (x *access) remove(gone Assignment) bool {
	n := slices.Index(x.assignments, gone)
	if n < 0 {
		return false
	}
	x.assignments = slices.Delete(x.assignments, n, n+1)
	if !slices.ContainsFunc(x.assignments, func(a Assignment) bool { return a.AccountID == gone.AccountID && a.PermissionSet == gone.PermissionSet }) {
		delete(x.roles, roleKey{gone.AccountID, gone.PermissionSet})
	}
	return true
}

// clear removes every assignment, waiting or bound.
func (x *access) clear() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.assignments, x.wishes = nil, nil
	x.roles = make(map[roleKey]provisionedRole)
}

// Assignments returns the bound assignments in order of creation.
func (i *Instance) Assignments() []Assignment {
	i.access.mu.RLock()
	defer i.access.mu.RUnlock()
	return slices.Clone(i.access.assignments)
}

func (x *access) principal(w Wish) (PrincipalType, string, bool) {
	store := x.instance.store
	if w.User != "" {
		u, ok := store.UserByName(w.User)
		return PrincipalUser, u.ID, ok
	}
	g, ok := store.GroupByName(w.Group)
	return PrincipalGroup, g.ID, ok
}

// bind turns a resolved wish into an assignment if its principal exists.
func (x *access) bind(w Wish) bool {
	kind, id, ok := x.principal(w)
	if !ok {
		return false
	}
	set, err := x.set(w.PermissionSet)
	if err != nil {
		return false
	}
	if !x.provisionable(w) {
		return false // it goes on waiting
	}
	a := Assignment{kind, id, set.ARN, w.Account}
	if !slices.Contains(x.assignments, a) {
		x.assignments = append(x.assignments, a)
	}
	x.provision(w.Account, set)
	return true
}

// storeChanged binds the wishes whose users or groups have come.
func (x *access) storeChanged(e identitystore.Event) {
	switch e.Kind {
	case identitystore.UserCreated, identitystore.UserUpdated, identitystore.GroupCreated, identitystore.GroupUpdated:
	default:
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.wishes = slices.DeleteFunc(x.wishes, x.bind)
}

// AccountAccess is what a user may do in one account.
type AccountAccess struct {
	Account
	Roles []string `json:"roles"` // names of permission sets, sorted
}

// AccessOf returns the accounts that a user reaches directly or through groups,
// sorted by name.
func (i *Instance) AccessOf(userID string) []AccountAccess {
	groups := i.store.GroupsOf(userID)
	x := i.access
	x.mu.RLock()
	defer x.mu.RUnlock()
	byAccount := make(map[string]*AccountAccess)
	for _, a := range x.assignments {
		mine := a.PrincipalType == PrincipalUser && a.PrincipalID == userID || a.PrincipalType == PrincipalGroup && slices.Contains(groups, a.PrincipalID)
		if !mine {
			continue
		}
		set, err := x.set(a.PermissionSet)
		if err != nil {
			continue
		}
		entry := byAccount[a.AccountID]
		if entry == nil {
			account, err := x.account(a.AccountID)
			if err != nil {
				continue
			}
			entry = &AccountAccess{Account: account}
			byAccount[a.AccountID] = entry
		}
		if !slices.Contains(entry.Roles, set.Name) {
			entry.Roles = append(entry.Roles, set.Name)
		}
	}
	out := make([]AccountAccess, 0, len(byAccount))
	for _, entry := range byAccount {
		slices.Sort(entry.Roles)
		out = append(out, *entry)
	}
	slices.SortFunc(out, func(a, b AccountAccess) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return out
}
