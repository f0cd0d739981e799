package sp

import (
	"reflect"
	"slices"

	"github.com/idharness/harness/internal/refusal"
)

// roleKey is where a permission set is provisioned.
type roleKey struct{ account, set string }

// provisionedRole is the IAM role that stands for a permission set in an
// account, with the set as it was when it was provisioned last.
type provisionedRole struct {
	name string // AWSReservedSSO_…
	set  PermissionSet
}

// provision makes the role of a set in an account, or brings it up to date.
func (x *access) provision(account string, set PermissionSet) {
	key := roleKey{account, set.ARN}
	name := x.roles[key].name
	if name == "" {
		name = "AWSReservedSSO_" + set.Name + "_" + x.instance.ids.Hex(16)
	}
	x.roles[key] = provisionedRole{name, set.clone()}
}

// provisionable reports whether the quota of an account leaves room for the set
// of a resolved wish.
func (x *access) provisionable(w Wish) bool {
	if _, ok := x.roles[roleKey{w.Account, w.PermissionSet}]; ok {
		return true
	}
	n := 0
	for key := range x.roles {
		if key.account == w.Account {
			n++
		}
	}
	return n < maxSetsPerAccount
}

// ProvisionPermissionSet brings the role of a permission set up to date in an
// account, which goes by name or id, or in all where it is provisioned if the
// account is empty. It returns the ids of these accounts. Creating an
// assignment provisions by itself; changes of a set do not (SSO Admin API
// reference, ProvisionPermissionSet).
func (i *Instance) ProvisionPermissionSet(ref, account string) ([]string, error) {
	x := i.access
	x.mu.Lock()
	defer x.mu.Unlock()
	set, err := x.set(ref)
	if err != nil {
		return nil, err
	}
	var only string
	if account != "" {
		a, err := x.account(account)
		if err != nil {
			return nil, err
		}
		only = a.ID
	}
	var done []string
	for _, a := range x.accounts {
		if _, provisioned := x.roles[roleKey{a.ID, set.ARN}]; !provisioned || only != "" && a.ID != only {
			continue
		}
		x.provision(a.ID, set)
		done = append(done, a.ID)
	}
	if only != "" && done == nil {
		return nil, &refusal.Refusal{
			Code: "ResourceNotFoundException", Message: "Received a 404 status error: Permission set provision not found in AWS account " + only + ".",
			Expected: "an account in which the permission set is assigned", Got: only, Where: "account", Fix: refusal.IdentityCenter,
		}
	}
	return done, nil
}

// Provisioned returns the permission set as it was provisioned in an account
// last, and whether that is how it is now; ok is false where it is not
// provisioned.
func (i *Instance) Provisioned(accountID, permissionSetARN string) (set PermissionSet, latest, ok bool) {
	x := i.access
	x.mu.RLock()
	defer x.mu.RUnlock()
	role, ok := x.roles[roleKey{accountID, permissionSetARN}]
	if !ok {
		return PermissionSet{}, false, false
	}
	now, err := x.set(permissionSetARN)
	return role.set.clone(), err == nil && now.sameRole(role.set), true
}

// provisioned is Provisioned for a set that goes by name, under the lock.
func (x *access) provisioned(accountID, name string) (PermissionSet, bool) {
	set, err := x.set(name)
	role, ok := x.roles[roleKey{accountID, set.ARN}]
	return role.set, err == nil && ok
}

// sameRole reports whether two versions of a set make the same role. Tags are
// the set's alone (API reference, Tag).
func (p PermissionSet) sameRole(other PermissionSet) bool {
	b, c := p.PermissionsBoundary, other.PermissionsBoundary
	sameBoundary := b == nil && c == nil || b != nil && c != nil && b.ManagedPolicy == c.ManagedPolicy && reflect.DeepEqual(b.CustomerManagedPolicy, c.CustomerManagedPolicy)
	return p.Description == other.Description && p.SessionDuration == other.SessionDuration && p.RelayState == other.RelayState && p.InlinePolicy == other.InlinePolicy &&
		slices.Equal(p.ManagedPolicies, other.ManagedPolicies) && slices.Equal(p.CustomerManagedPolicies, other.CustomerManagedPolicies) && sameBoundary
}

// RoleARN returns the ARN of the IAM role that stands for a permission set in an
// account, if it is provisioned there.
func (i *Instance) RoleARN(accountID, permissionSetARN string) (string, bool) {
	i.access.mu.RLock()
	defer i.access.mu.RUnlock()
	role, ok := i.access.roles[roleKey{accountID, permissionSetARN}]
	if !ok {
		return "", false
	}
	path := "aws-reserved/sso.amazonaws.com/"
	if i.Region() != "us-east-1" { // the home region of IAM goes without saying
		path += i.Region() + "/"
	}
	return "arn:aws:iam::" + accountID + ":role/" + path + role.name, true
}
