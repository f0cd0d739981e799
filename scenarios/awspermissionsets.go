package scenarios

import (
	"context"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/sp"
)

type awsCreatePermissionSet struct {
	sp.PermissionSet

	node *strictyaml.Node
}

// UnmarshalNode reads the permission set, which is the whole argument.
func (a *awsCreatePermissionSet) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	a.node = n
	return strictyaml.Decode(n, &a.PermissionSet)
}

func (a *awsCreatePermissionSet) declare(n *names) { declareSet(n, a.node) }

// declareSet notes the permission set that a node describes.
func declareSet(n *names, node *strictyaml.Node) {
	name := node.Get("name")
	if name == nil {
		name = node.Get("predefined")
	}
	n.add(sets, node, name)
}

func (a *awsCreatePermissionSet) run(_ context.Context, r *running) (outcome, error) {
	p, err := r.h.IdentityCenter.CreatePermissionSet(a.PermissionSet)
	return did(p, err, "Identity Center: permission set %s created", p.Name)
}

// awsUpdatePermissionSet changes a permission set: the keys that are named, each
// as a whole. As the console does, it provisions the set anew.
type awsUpdatePermissionSet struct {
	PermissionSet setRef           `yaml:"permissionSet" required:"true"`
	Set           *strictyaml.Node `yaml:"set" required:"true" doc:"Attributes to change, with the keys of permissionSets."`
	Provision     *bool            `yaml:"provision" doc:"Whether accounts get the change at once, as by the console. Default: true; false is what the API does."`
}

func (a *awsUpdatePermissionSet) check(*strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(a.Set, &sp.PermissionSet{})
}

func (a *awsUpdatePermissionSet) run(_ context.Context, r *running) (outcome, error) {
	var errs strictyaml.Errors
	p, err := r.h.IdentityCenter.EditPermissionSet(a.PermissionSet.Name, func(p *sp.PermissionSet) error {
		errs = replaceKeys(a.Set, p)
		return errs.Err()
	})
	if err == nil && (a.Provision == nil || *a.Provision) {
		_, err = r.h.IdentityCenter.ProvisionPermissionSet(p.ARN, "")
	}
	return did(p, err, "Identity Center: permission set %s changed: %s", a.PermissionSet.Name, keys(a.Set))
}

type awsDeletePermissionSet struct{ PermissionSet setRef }

// UnmarshalNode reads the permission set's name, which is the whole argument.
func (a *awsDeletePermissionSet) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(n, &a.PermissionSet)
}

func (a *awsDeletePermissionSet) declare(n *names) {
	n.end(sets, a.PermissionSet.Name, a.PermissionSet.node, "deleted")
}

func (a *awsDeletePermissionSet) run(_ context.Context, r *running) (outcome, error) {
	p, err := r.h.IdentityCenter.DeletePermissionSet(a.PermissionSet.Name)
	return did(p, err, "Identity Center: permission set %s deleted", a.PermissionSet.Name)
}

type awsProvisionPermissionSet struct {
	PermissionSet setRef     `yaml:"permissionSet" required:"true"`
	Account       accountRef `yaml:"account" doc:"Default: every account where the set is provisioned."`
}

func (a *awsProvisionPermissionSet) run(_ context.Context, r *running) (outcome, error) {
	accounts, err := r.h.IdentityCenter.ProvisionPermissionSet(a.PermissionSet.Name, a.Account.Name)
	return did(provisionedIn{accounts}, err, "Identity Center: permission set %s provisioned in %d accounts", a.PermissionSet.Name, len(accounts))
}

// observedSet is a permission set with the accounts where it is provisioned.
type observedSet struct {
	sp.PermissionSet
	Accounts []setPlace `json:"accounts"`
}

// setPlace is an account where a permission set is provisioned. Latest says
// whether that is how the set is now.
type setPlace struct {
	Account string `json:"account"`
	Role    string `json:"role"`
	Latest  bool   `json:"latest"`
}

func awsPermissionSets(r *running) ([]observedSet, error) {
	center := r.h.IdentityCenter
	out := []observedSet{}
	for _, p := range center.PermissionSets() {
		s := observedSet{p, []setPlace{}}
		for _, a := range center.Accounts() {
			if _, latest, ok := center.Provisioned(a.ID, p.ARN); ok {
				role, _ := center.RoleARN(a.ID, p.ARN)
				s.Accounts = append(s.Accounts, setPlace{a.Name, role, latest})
			}
		}
		out = append(out, s)
	}
	return out, nil
}
