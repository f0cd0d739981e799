package directory

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Group is a group object with Microsoft Graph's property names.
type Group struct {
	ID              string `json:"id,omitempty"` // object id; made when empty
	DisplayName     string `json:"displayName"`
	Description     string `json:"description,omitempty"`
	MailNickname    string `json:"mailNickname,omitempty"`
	SecurityEnabled *bool  `json:"securityEnabled,omitempty"` // nil means true

	OnPremisesSamAccountName     string `json:"onPremisesSamAccountName,omitempty"`
	OnPremisesDomainName         string `json:"onPremisesDomainName,omitempty"`
	OnPremisesNetBiosName        string `json:"onPremisesNetBiosName,omitempty"`
	OnPremisesSecurityIdentifier string `json:"onPremisesSecurityIdentifier,omitempty"`

	Created time.Time `json:"createdDateTime,omitzero"`
}

// Security reports whether this is a security group; only those can be
// assigned to applications.
func (g Group) Security() bool { return g.SecurityEnabled == nil || *g.SecurityEnabled }

func (g Group) clone() Group {
	if g.SecurityEnabled != nil {
		enabled := *g.SecurityEnabled
		g.SecurityEnabled = &enabled
	}
	return g
}

// Member is a direct member of a group.
type Member struct {
	Kind Kind
	ID   string
}

// CreateGroup adds a group and returns it as stored. Display names need not be
// unique, as in Entra; a reference by an ambiguous name is refused.
func (d *Directory) CreateGroup(g Group) (Group, error) {
	d.lock()
	defer d.mu.Unlock()
	g = g.clone()
	if strings.TrimSpace(g.DisplayName) == "" {
		return Group{}, badRequest("Invalid value specified for property 'displayName' of resource 'Group'.", "a display name", "nothing", "displayName")
	}
	if g.ID == "" {
		g.ID = d.ids.UUID()
	}
	if err := d.idTaken(g.ID); err != nil {
		return Group{}, err
	}
	g.Created = d.clock.Now()
	d.groups[g.ID] = &g
	d.members[g.ID] = &links{}
	d.changed(KindGroup, g.ID)
	return g.clone(), nil
}

// Group finds a group by object id or by display name, if only one group has
// it.
func (d *Directory) Group(ref string) (Group, bool) {
	d.rlock()
	defer d.mu.RUnlock()
	if named := d.groupsNamed(ref); len(named) == 1 {
		return named[0].clone(), true
	}
	return Group{}, false
}

// groupsNamed returns the group with the object id ref, or those with the
// display name ref.
func (d *Directory) groupsNamed(ref string) []*Group {
	if g, ok := d.groups[ref]; ok {
		return []*Group{g}
	}
	var named []*Group
	for _, g := range d.groups {
		if g.DisplayName == ref {
			named = append(named, g)
		}
	}
	return named
}

func (d *Directory) findGroup(ref string) (*Group, error) {
	switch named := d.groupsNamed(ref); len(named) {
	case 0:
		var known []string
		for _, g := range d.groups {
			known = append(known, g.DisplayName)
		}
		return nil, notFound(KindGroup, ref, known)
	case 1:
		return named[0], nil
	default:
		return nil, ambiguous(ref)
	}
}

func ambiguous(name string) error {
	return badRequest("More than one group has the display name '"+name+"'.", "an object id, or a display name that one group has", name, "displayName")
}

// Groups returns all groups, by display name.
func (d *Directory) Groups() []Group {
	d.rlock()
	defer d.mu.RUnlock()
	var out []Group
	for _, g := range d.groups {
		out = append(out, g.clone())
	}
	slices.SortFunc(out, func(a, b Group) int {
		if order := strings.Compare(a.DisplayName, b.DisplayName); order != 0 {
			return order
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// UpdateGroup lets change edit the group and stores the result. The directory
// is locked while change runs.
func (d *Directory) UpdateGroup(ref string, change func(*Group)) (Group, error) {
	d.lock()
	defer d.mu.Unlock()
	g, err := d.findGroup(ref)
	if err != nil {
		return Group{}, err
	}
	next := g.clone()
	change(&next)
	next = next.clone() // it may hold what belongs to the caller
	next.ID, next.Created = g.ID, g.Created
	if strings.TrimSpace(next.DisplayName) == "" {
		return Group{}, badRequest("Invalid value specified for property 'displayName' of resource 'Group'.", "a display name", "nothing", "displayName")
	}
	d.groups[next.ID] = &next
	d.changed(KindGroup, next.ID)
	return next.clone(), nil
}

// DeleteGroup removes a group. Security groups have no recycle bin
// (learn.microsoft.com, "Restore a deleted Microsoft 365 group").
func (d *Directory) DeleteGroup(ref string) (Group, error) {
	d.lock()
	defer d.mu.Unlock()
	g, err := d.findGroup(ref)
	if err != nil {
		return Group{}, err
	}
	for member := range d.members[g.ID].all() {
		if d.memberO[member].remove(g.ID) {
			d.memberChanged(member)
		}
	}
	d.leaveAll(g.ID)
	delete(d.members, g.ID)
	delete(d.groups, g.ID)
	d.changed(KindGroup, g.ID)
	return g.clone(), nil
}

// AddMembers makes users or groups direct members of a group, all or none.
// Adding a member twice changes nothing.
func (d *Directory) AddMembers(group string, members ...string) error {
	return d.eachMember(group, members, d.link)
}

// RemoveMembers ends direct memberships, all or none. Removing somebody who is
// no member changes nothing.
func (d *Directory) RemoveMembers(group string, members ...string) error {
	return d.eachMember(group, members, d.unlink)
}

// eachMember applies a change of membership and logs what it changed: the group
// once, then the members.
func (d *Directory) eachMember(group string, members []string, apply func(group, member string) bool) error {
	d.lock()
	defer d.mu.Unlock()
	g, err := d.findGroup(group)
	if err != nil {
		return err
	}
	resolved := make([]string, 0, len(members))
	for _, ref := range members {
		_, id, err := d.resolve(ref)
		if err != nil {
			return err
		}
		if id == g.ID {
			return badRequest("A group cannot be a member of itself.", "another group or a user", ref, "members")
		}
		resolved = append(resolved, id)
	}
	first := true
	for _, id := range resolved {
		if !apply(g.ID, id) {
			continue
		}
		if first {
			d.changed(KindGroup, g.ID)
			first = false
		}
		d.memberChanged(id)
	}
	return nil
}

// link and unlink change both directions of a membership and report whether
// that changed anything.
func (d *Directory) link(group, member string) bool {
	if !d.members[group].add(member) {
		return false
	}
	if d.memberO[member] == nil {
		d.memberO[member] = &links{}
	}
	d.memberO[member].add(group)
	return true
}

func (d *Directory) unlink(group, member string) bool {
	if !d.members[group].remove(member) {
		return false
	}
	d.memberO[member].remove(group)
	return true
}

// leaveAll ends the memberships of an object that is about to go.
func (d *Directory) leaveAll(member string) {
	for group := range d.memberO[member].all() {
		if d.members[group].remove(member) {
			d.changed(KindGroup, group)
		}
	}
	delete(d.memberO, member)
}

func (d *Directory) memberChanged(id string) {
	kind := KindUser
	if _, ok := d.groups[id]; ok {
		kind = KindGroup
	}
	d.changed(kind, id)
}

// Members returns the direct members of a group in the order in which they
// joined. Users in the recycle bin are left out.
func (d *Directory) Members(ref string) []Member {
	d.rlock()
	defer d.mu.RUnlock()
	named := d.groupsNamed(ref)
	if len(named) != 1 {
		return nil
	}
	var out []Member
	for id := range d.members[named[0].ID].all() {
		u, isUser := d.users[id]
		switch {
		case !isUser:
			out = append(out, Member{KindGroup, id})
		case !u.IsDeleted():
			out = append(out, Member{KindUser, id})
		}
	}
	return out
}

// DirectGroups returns the ids of the groups of which the object is a direct
// member, in the order in which it joined them.
func (d *Directory) DirectGroups(id string) []string {
	d.rlock()
	defer d.mu.RUnlock()
	return slices.Collect(d.memberO[id].all())
}

// TransitiveGroups returns the ids of the groups of which the object is a
// member directly or through other groups, sorted.
func (d *Directory) TransitiveGroups(id string) []string {
	d.rlock()
	defer d.mu.RUnlock()
	seen := make(map[string]bool)
	for next := []string{id}; len(next) > 0; {
		last := next[len(next)-1]
		next = next[:len(next)-1]
		for group := range d.memberO[last].all() {
			if !seen[group] {
				seen[group] = true
				next = append(next, group)
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
