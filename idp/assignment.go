package idp

import (
	"cmp"
	"slices"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning/expression"
)

// assignment is what a user or group has of an application: one role or
// several.
type assignment struct {
	kind    directory.Kind
	roleIDs []string // in order of assignment; defaultAccess for the one without a role
}

// defaultAccess is the appRoleId of an assignment without a role.
const defaultAccess = "00000000-0000-0000-0000-000000000000"

// Assignment is one role of a user or group that may use an application.
type Assignment struct {
	Kind directory.Kind `json:"kind"`
	ID   string         `json:"id"`
	Role string         `json:"role,omitempty"` // value of the app role, or its display name
}

// Assign lets a user, or the direct members of a group, use the application.
func (a *Application) Assign(principals ...directory.Principal) error {
	for _, p := range principals {
		if err := a.AssignRole(p, ""); err != nil {
			return err
		}
	}
	return nil
}

// AssignRole assigns with an app role that the application declares, by value or,
// if it has none, by display name; the empty role is default access. A principal
// can have several roles.
func (a *Application) AssignRole(p directory.Principal, role string) error {
	kind, id, err := a.tenant.directory.Resolve(p)
	if err != nil {
		return err
	}
	if kind == directory.KindGroup {
		if g, ok := a.tenant.directory.Group(id); ok && !g.Security() {
			return invalid("Only security groups can be assigned to an application.", "a group with securityEnabled", g.DisplayName, "group")
		}
	}
	roleID, err := a.roleID(role, true)
	if err != nil {
		return err
	}
	a.tenant.mu.Lock()
	if err := a.lost(); err != nil {
		a.tenant.mu.Unlock()
		return err
	}
	as := a.assigned[id]
	if !slices.Contains(as.roleIDs, roleID) {
		a.assigned[id] = assignment{kind, append(slices.Clone(as.roleIDs), roleID)}
	}
	a.tenant.mu.Unlock()
	a.assignmentChanged(kind, id)
	return nil
}

// dropRoles ends the assignments of roles that are gone, and returns those that
// ended, by principal. The tenant is locked.
func (a *Application) dropRoles() map[string]directory.Kind {
	changed := make(map[string]directory.Kind)
	for id, as := range a.assigned {
		before := len(as.roleIDs)
		as.roleIDs = slices.DeleteFunc(slices.Clone(as.roleIDs), func(roleID string) bool {
			return roleID != defaultAccess && !slices.ContainsFunc(a.cfg.AppRoles, func(r AppRole) bool { return r.ID == roleID })
		})
		if len(as.roleIDs) < before {
			changed[id] = as.kind
		}
		if len(as.roleIDs) == 0 {
			delete(a.assigned, id)
		} else {
			a.assigned[id] = as
		}
	}
	return changed
}

// roleID finds the id of a role; to assign it, it must be enabled.
func (a *Application) roleID(role string, toAssign bool) (string, error) {
	if role == "" {
		return defaultAccess, nil
	}
	cfg := a.settings()
	if !toAssign {
		for _, r := range cfg.AppRoles {
			if r.named(role) {
				return r.ID, nil
			}
		}
	}
	r, err := cfg.roleToAssign(role)
	return r.ID, err
}

// Unassign takes a principal's assignments back. Taking back what was not
// assigned changes nothing.
func (a *Application) Unassign(principals ...directory.Principal) error {
	for _, p := range principals {
		if err := a.unassign(p, func(string) bool { return true }); err != nil {
			return err
		}
	}
	return nil
}

// UnassignRole takes back one role; the empty one is default access.
func (a *Application) UnassignRole(p directory.Principal, role string) error {
	roleID, err := a.roleID(role, false)
	if err != nil {
		return err
	}
	return a.unassign(p, func(id string) bool { return id == roleID })
}

func (a *Application) unassign(p directory.Principal, which func(roleID string) bool) error {
	kind, id, err := a.tenant.directory.Resolve(p)
	if err != nil {
		return err
	}
	a.tenant.mu.Lock()
	if err := a.lost(); err != nil {
		a.tenant.mu.Unlock()
		return err
	}
	as := a.assigned[id]
	as.roleIDs = slices.DeleteFunc(slices.Clone(as.roleIDs), which)
	if len(as.roleIDs) == 0 {
		delete(a.assigned, id)
	} else {
		a.assigned[id] = as
	}
	a.tenant.mu.Unlock()
	a.assignmentChanged(kind, id)
	return nil
}

// assignmentChanged tells the provisioning service whom to look at again.
func (a *Application) assignmentChanged(kind directory.Kind, id string) {
	a.tenant.directory.Touch(kind, id)
	if kind == directory.KindGroup {
		for _, m := range a.tenant.directory.Members(id) {
			a.tenant.directory.Touch(m.Kind, m.ID)
		}
	}
}

// Assignments returns who is assigned, sorted by kind, id and role. An assignment ends
// with its object: at once for a group, with the purge for a user.
func (a *Application) Assignments() []Assignment {
	a.tenant.mu.RLock()
	out := make([]Assignment, 0, len(a.assigned))
	for id, as := range a.assigned {
		for _, roleID := range as.roleIDs {
			out = append(out, Assignment{as.kind, id, a.cfg.roleName(roleID)})
		}
	}
	a.tenant.mu.RUnlock()
	out = slices.DeleteFunc(out, func(as Assignment) bool {
		_, user := a.tenant.directory.User(as.ID)
		_, group := a.tenant.directory.Group(as.ID)
		return !user && !group
	})
	slices.SortFunc(out, func(x, y Assignment) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.ID, y.ID), cmp.Compare(x.Role, y.Role))
	})
	return out
}

// isAssigned reports whether the object itself is assigned.
func (a *Application) isAssigned(id string) bool {
	a.tenant.mu.RLock()
	defer a.tenant.mu.RUnlock()
	_, ok := a.assigned[id]
	return ok
}

// access returns what the user's own assignments and those of groups of which
// the user is a direct member give. Nested groups do not count
// (learn.microsoft.com, "Assign users and groups to an application"). Roles that
// have been disabled since still count for those who have them ("Add app roles to
// your application and receive them in the token").
func (a *Application) access(userID string) access {
	var out access
	cfg := a.settings()
	add := func(id string) bool {
		a.tenant.mu.RLock()
		as, ok := a.assigned[id]
		a.tenant.mu.RUnlock()
		out.assigned = out.assigned || ok
		for _, roleID := range as.roleIDs {
			at := slices.IndexFunc(cfg.AppRoles, func(r AppRole) bool { return r.ID == roleID })
			if at >= 0 && cfg.AppRoles[at].Value != "" && !slices.Contains(out.roles, cfg.AppRoles[at].Value) {
				out.roles = append(out.roles, cfg.AppRoles[at].Value)
			}
		}
		return ok
	}
	add(userID)
	for _, id := range a.tenant.directory.DirectGroups(userID) {
		if g, exists := a.tenant.directory.Group(id); add(id) && exists {
			out.groups = append(out.groups, g)
		}
	}
	return out
}

// source is what the provisioning service reads of the tenant for one
// application.
type source struct {
	*directory.Directory
	app *Application
}

// Assigned reports whether the object itself is assigned to the application.
func (s source) Assigned(id string) bool { return s.app.isAssigned(id) }

// AppRoles returns the roles that the user has of the application, its own first,
// then those of its groups. Default access is none. Whether the service counts a
// group's roles is not documented; for sign-in they count.
func (s source) AppRoles(userID string) []expression.Role {
	cfg := s.app.settings()
	var out []expression.Role
	for _, id := range append([]string{userID}, s.DirectGroups(userID)...) {
		for _, roleID := range s.app.roleIDs(id) {
			at := slices.IndexFunc(cfg.AppRoles, func(r AppRole) bool { return r.ID == roleID })
			if at < 0 || slices.ContainsFunc(out, func(r expression.Role) bool { return r.ID == roleID }) {
				continue
			}
			r := cfg.AppRoles[at]
			out = append(out, expression.Role{ID: r.ID, Value: r.Value, DisplayName: r.DisplayName})
		}
	}
	return out
}

// roleIDs returns the roles assigned to a principal itself.
func (a *Application) roleIDs(id string) []string {
	a.tenant.mu.RLock()
	defer a.tenant.mu.RUnlock()
	return slices.Clone(a.assigned[id].roleIDs)
}
