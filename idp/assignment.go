package idp

import (
	"cmp"
	"slices"

	"github.com/idharness/harness/idp/directory"
)

type assignment struct {
	kind directory.Kind
	role string
}

// Assignment is a user or group that may use an application.
type Assignment struct {
	Kind directory.Kind `json:"kind"`
	ID   string         `json:"id"`
	Role string         `json:"role,omitempty"`
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

// AssignRole assigns with the value of an app role; the empty role is default
// access.
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
	a.tenant.mu.Lock()
	a.assigned[id] = assignment{kind, role}
	a.tenant.mu.Unlock()
	a.assignmentChanged(kind, id)
	return nil
}

// Unassign takes an assignment back. Taking back what was not assigned changes
// nothing.
func (a *Application) Unassign(principals ...directory.Principal) error {
	for _, p := range principals {
		kind, id, err := a.tenant.directory.Resolve(p)
		if err != nil {
			return err
		}
		a.tenant.mu.Lock()
		delete(a.assigned, id)
		a.tenant.mu.Unlock()
		a.assignmentChanged(kind, id)
	}
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

// Assignments returns who is assigned, sorted by kind and id. An assignment ends
// with its object: at once for a group, with the purge for a user.
func (a *Application) Assignments() []Assignment {
	a.tenant.mu.RLock()
	out := make([]Assignment, 0, len(a.assigned))
	for id, as := range a.assigned {
		out = append(out, Assignment{as.kind, id, as.role})
	}
	a.tenant.mu.RUnlock()
	out = slices.DeleteFunc(out, func(as Assignment) bool {
		_, user := a.tenant.directory.User(as.ID)
		_, group := a.tenant.directory.Group(as.ID)
		return !user && !group
	})
	slices.SortFunc(out, func(x, y Assignment) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.ID, y.ID))
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

// access returns the assignments that let the user in: the user's own and those
// of groups of which the user is a direct member. Nested groups do not count
// (learn.microsoft.com, "Assign users and groups to an application").
func (a *Application) access(userID string) (groups []directory.Group, roles []string, ok bool) {
	a.tenant.mu.RLock()
	own, direct := a.assigned[userID]
	a.tenant.mu.RUnlock()
	if direct && own.role != "" {
		roles = append(roles, own.role)
	}
	ok = direct
	for _, id := range a.tenant.directory.DirectGroups(userID) {
		a.tenant.mu.RLock()
		as, assigned := a.assigned[id]
		a.tenant.mu.RUnlock()
		if !assigned {
			continue
		}
		ok = true
		if g, exists := a.tenant.directory.Group(id); exists {
			groups = append(groups, g)
		}
		if as.role != "" && !slices.Contains(roles, as.role) {
			roles = append(roles, as.role)
		}
	}
	return groups, roles, ok
}

// source is what the provisioning service reads of the tenant for one
// application.
type source struct {
	*directory.Directory
	app *Application
}

// Assigned reports whether the object itself is assigned to the application.
func (s source) Assigned(id string) bool { return s.app.isAssigned(id) }
