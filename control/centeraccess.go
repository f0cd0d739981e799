package control

import (
	"net/http"

	"github.com/idharness/harness/sp"
)

// accountAssignment is a bound assignment, with names beside the ids.
type accountAssignment struct {
	PrincipalType string `json:"principalType" doc:"USER or GROUP."`
	PrincipalID   string `json:"principalId"`
	User          string `json:"user,omitempty"`
	Group         string `json:"group,omitempty"`
	PermissionSet string `json:"permissionSet"`
	Account       string `json:"account"`
	Role          string `json:"role,omitempty" doc:"ARN of the role in the account."`
}

// assigned is what became of an assignment.
type assigned struct {
	Assigned bool `json:"assigned"`
	Bound    bool `json:"bound" doc:"false: it waits until the user or group exists."`
}

func (s *Server) centerAccessRoutes() []route {
	const sets, assignments = "/v1/identity-center/permission-sets", "/v1/identity-center/assignments"
	center := func() *sp.Instance { return s.cfg.IdentityCenter }
	assign := read(http.MethodPut, assignments, "assignAccount", "Gives a user or group a permission set in an account, as soon as the user or group exists.", s.assignAccount)
	unassign := read(http.MethodDelete, assignments, "unassignAccount", "Takes an assignment back.", func(c *call) (nothing, error) {
		wish, err := c.wish()
		if err != nil {
			return nothing{}, err
		}
		return nothing{}, center().Unassign(wish)
	})
	assign.query = []parameter{
		{name: "user", doc: "userName; this or group.", example: "bruno"}, {name: "group", doc: "displayName.", example: "auditors"},
		{name: "permissionSet", doc: "Name or ARN.", example: "ReadOnlyAccess"}, {name: "account", doc: "Name or id.", example: "Production"},
	}
	unassign.query = assign.query
	return []route{
		read(http.MethodGet, "/v1/identity-center/accounts", "accounts", "The AWS accounts of the organization.", func(*call) ([]sp.Account, error) { return center().Accounts(), nil }),
		makes("/v1/identity-center/accounts", "createAccount", "Adds an AWS account.", `{"id": "444455556666", "name": "Sandbox", "email": "sandbox@contoso.example"}`, func(_ *call, body sp.Account) (sp.Account, error) { return center().CreateAccount(body) }),
		read(http.MethodGet, sets, "permissionSets", "The permission sets.", func(*call) ([]sp.PermissionSet, error) { return center().PermissionSets(), nil }),
		makes(sets, "createPermissionSet", "Makes a permission set.", `{"name": "Auditor", "sessionDuration": "PT4H", "managedPolicies": ["SecurityAudit"]}`, func(_ *call, body sp.PermissionSet) (sp.PermissionSet, error) {
			return center().CreatePermissionSet(body)
		}),
		send(http.MethodPatch, sets+"/{permissionSet}", "updatePermissionSet", "Changes a permission set and provisions it anew, as the console does; null removes an attribute.", `{"sessionDuration": "PT8H", "description": null}`, s.updatePermissionSet),
		read(http.MethodDelete, sets+"/{permissionSet}", "deletePermissionSet", "Deletes a permission set without assignments.", func(c *call) (sp.PermissionSet, error) { return center().DeletePermissionSet(c.value("permissionSet")) }),
		read(http.MethodGet, assignments, "assignments", "The assignments of users and groups that exist.", func(*call) ([]accountAssignment, error) { return s.accountAssignments(), nil }),
		assign,
		unassign,
	}
}

// wish reads an assignment from the query.
func (c *call) wish() (sp.Wish, error) {
	values, err := c.parameters()
	if err != nil {
		return sp.Wish{}, err
	}
	if (values["user"] == "") == (values["group"] == "") {
		return sp.Wish{}, badRequest("an assignment takes either user or group", "query", "")
	}
	for _, name := range []string{"permissionSet", "account"} {
		if values[name] == "" {
			return sp.Wish{}, badRequest("the query parameter "+name+" is missing", name, "")
		}
	}
	return sp.Wish{User: values["user"], Group: values["group"], PermissionSet: values["permissionSet"], Account: values["account"]}, nil
}

func (s *Server) assignAccount(c *call) (assigned, error) {
	wish, err := c.wish()
	if err != nil {
		return assigned{}, err
	}
	bound, err := s.cfg.IdentityCenter.Assign(wish)
	return assigned{true, bound}, err
}

func (s *Server) updatePermissionSet(c *call, body changes[sp.PermissionSet]) (sp.PermissionSet, error) {
	set, err := s.cfg.IdentityCenter.EditPermissionSet(c.value("permissionSet"), func(p *sp.PermissionSet) error {
		return body.apply(p).Err()
	})
	if err == nil {
		_, err = s.cfg.IdentityCenter.ProvisionPermissionSet(set.ARN, "")
	}
	return set, err
}

func (s *Server) accountAssignments() []accountAssignment {
	center := s.cfg.IdentityCenter
	accounts, sets := make(map[string]string), make(map[string]string)
	for _, a := range center.Accounts() {
		accounts[a.ID] = a.Name
	}
	for _, p := range center.PermissionSets() {
		sets[p.ARN] = p.Name
	}
	list := []accountAssignment{}
	for _, a := range center.Assignments() {
		entry := accountAssignment{PrincipalType: string(a.PrincipalType), PrincipalID: a.PrincipalID, PermissionSet: sets[a.PermissionSet], Account: accounts[a.AccountID]}
		if u, ok := center.Store().User(a.PrincipalID); ok {
			entry.User = u.UserName
		} else if g, ok := center.Store().Group(a.PrincipalID); ok {
			entry.Group = g.DisplayName
		}
		entry.Role, _ = center.RoleARN(a.AccountID, a.PermissionSet)
		list = append(list, entry)
	}
	return list
}
