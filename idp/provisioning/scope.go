package provisioning

import (
	"strings"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning/expression"
)

// scoping is the outcome of "Determine if user is in scope", with the names
// that the log gives its parts.
type scoping struct {
	active   bool     // exists, is enabled and not in the recycle bin
	assigned bool     // to the application, or the scope is all
	filtered bool     // passes the scoping filters
	failed   []string // the clauses that it failed
}

// inScope reports whether the object belongs to the application. A user who
// was disabled or deleted may still do so.
func (s scoping) inScope() bool { return s.assigned && s.filtered }

// softDeleted is IsSoftDeleted: not assigned, not passing the filters, in the
// recycle bin, or disabled.
func (s scoping) softDeleted() bool { return !s.active || !s.inScope() }

func (s scoping) details() map[string]string {
	out := map[string]string{"IsActive": boolText(s.active), "Assigned": boolText(s.assigned), "IsInProvisioningScope": boolText(s.filtered)}
	if len(s.failed) > 0 {
		out["ScopeEvaluationResult"] = strings.Join(s.failed, "; ") + ": false"
	}
	return out
}

func boolText(b bool) string { return expression.Truth(b).String() }

// scopeUser decides about a user. Members of assigned groups count as
// assigned, members of groups in those groups do not; the group must be
// security-enabled ("How application provisioning works", scoping).
func (c *configuration) scopeUser(source Source, ev evaluation, u directory.User) scoping {
	s := scoping{active: u.Enabled() && !u.IsDeleted(), assigned: c.Scope == ScopeAll || source.Assigned(u.ID)}
	if !s.assigned {
		for _, id := range source.DirectGroups(u.ID) {
			if group, ok := source.Group(id); ok && source.Assigned(id) && c.entitles(ev, group) {
				s.assigned = true
				break
			}
		}
	}
	user := sourceUser{User: u}
	s.filtered, s.failed = c.userFilters.match(user.attribute)
	return s
}

// entitles reports whether membership in an assigned group counts. A group
// without a matching value is not provisioned and neither are its members.
func (c *configuration) entitles(ev evaluation, g directory.Group) bool {
	if !g.Security() {
		return false
	}
	return !c.groupsEnabled() || c.matchable(ev, &c.groups, groupEntry(g))
}

func (c *configuration) scopeGroup(source Source, g directory.Group) scoping {
	s := scoping{active: true, assigned: c.Scope == ScopeAll || source.Assigned(g.ID) && g.Security()}
	s.filtered, s.failed = c.groupFilters.match(func(name string) expression.Value { return groupAttribute(&g, name) })
	return s
}

// matchable reports whether the object has a value for a matching attribute.
func (c *configuration) matchable(ev evaluation, t *table, e *entry) bool {
	for _, m := range t.match {
		if v, failed := ev.value(m, e); failed == nil && !v.IsEmpty() {
			return true
		}
	}
	return false
}

func groupEntry(g directory.Group) *entry {
	return &entry{kind: directory.KindGroup, id: g.ID, name: g.DisplayName, group: g}
}
