package sp

import (
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/sp/identitystore"
)

// While provisioning is manual, an administrator adds, changes and deletes
// users and groups by hand; once SCIM owns them, the console refuses (user
// guide, "Provision users and groups from an external identity provider using
// SCIM").

func (i *Instance) manual(what string) error {
	if i.Source().Type == SourceActiveDirectory {
		return &refusal.Refusal{
			Code: "ManagedByActiveDirectory", Message: "You can't " + what + " in IAM Identity Center while Active Directory is the identity source.", Expected: "another identity source", Got: SourceActiveDirectory.title(),
			Where: "Settings > Identity source", Fix: refusal.IdentityCenter,
		}
	}
	if !i.store.ProvisioningEnabled() {
		return nil
	}
	return &refusal.Refusal{
		Code: "ProvisionedBySCIM", Message: "You can't " + what + " in IAM Identity Center while automatic provisioning is enabled.", Expected: "manual provisioning", Got: "automatic provisioning (SCIM)",
		Where: "Settings > Identity source > Provisioning method", Fix: refusal.Entra, Hint: "make the change at the identity provider",
	}
}

// CreateUser adds a user by hand.
func (i *Instance) CreateUser(u identitystore.User) (identitystore.User, error) {
	if err := i.manual("add users"); err != nil {
		return identitystore.User{}, err
	}
	u.CreatedBy, u.Active = identitystore.CreatedManually, true
	return i.store.CreateUser(u)
}

// UpdateUser changes a user by hand.
func (i *Instance) UpdateUser(userName string, change func(*identitystore.User) error) (identitystore.User, error) {
	if err := i.manual("edit users"); err != nil {
		return identitystore.User{}, err
	}
	ids, err := i.userIDs([]string{userName})
	if err != nil {
		return identitystore.User{}, err
	}
	return i.store.UpdateUser(ids[0], change)
}

// DeleteUser deletes a user by hand and returns what it was. Identity Center
// lets administrators delete users whoever made them; the identity provider
// may well bring them back.
func (i *Instance) DeleteUser(userName string) (identitystore.User, error) {
	ids, err := i.userIDs([]string{userName})
	if err != nil {
		return identitystore.User{}, err
	}
	u, _ := i.store.User(ids[0])
	return u, i.store.DeleteUser(ids[0])
}

// CreateGroup adds a group by hand, with the users named.
func (i *Instance) CreateGroup(g identitystore.Group, userNames ...string) (identitystore.Group, error) {
	if err := i.manual("add groups"); err != nil {
		return identitystore.Group{}, err
	}
	ids, err := i.userIDs(userNames)
	if err != nil {
		return identitystore.Group{}, err
	}
	g.CreatedBy = identitystore.CreatedManually
	return i.store.CreateGroup(g, ids...)
}

// DeleteGroup deletes a group by hand and returns what it was.
func (i *Instance) DeleteGroup(displayName string) (identitystore.Group, error) {
	g, err := i.group(displayName)
	if err != nil {
		return identitystore.Group{}, err
	}
	return g, i.store.DeleteGroup(g.ID)
}

// AddMembers adds users to a group by hand.
func (i *Instance) AddMembers(displayName string, userNames ...string) (identitystore.Group, error) {
	return i.changeMembers(displayName, userNames, i.store.AddMembers)
}

// RemoveMembers takes users out of a group by hand.
func (i *Instance) RemoveMembers(displayName string, userNames ...string) (identitystore.Group, error) {
	return i.changeMembers(displayName, userNames, i.store.RemoveMembers)
}

func (i *Instance) changeMembers(displayName string, userNames []string, do func(group string, users ...string) error) (identitystore.Group, error) {
	if err := i.manual("edit groups"); err != nil {
		return identitystore.Group{}, err
	}
	g, err := i.group(displayName)
	if err != nil {
		return identitystore.Group{}, err
	}
	ids, err := i.userIDs(userNames)
	if err != nil {
		return identitystore.Group{}, err
	}
	return g, do(g.ID, ids...)
}

func (i *Instance) group(displayName string) (identitystore.Group, error) {
	if g, ok := i.store.GroupByName(displayName); ok {
		return g, nil
	}
	var known []string
	for _, g := range i.store.Groups() {
		known = append(known, g.DisplayName)
	}
	return identitystore.Group{}, missing("group", displayName, known[:min(len(known), 10)])
}

func (i *Instance) userIDs(userNames []string) ([]string, error) {
	out := make([]string, 0, len(userNames))
	for _, name := range userNames {
		u, ok := i.store.UserByName(name)
		if !ok {
			var known []string
			for _, u := range i.store.Users() {
				known = append(known, u.UserName)
			}
			return nil, missing("user", name, known[:min(len(known), 10)])
		}
		out = append(out, u.ID)
	}
	return out, nil
}
