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
	d.mu.Lock()
	defer d.mu.Unlock()
	g = g.clone()
	if strings.TrimSpace(g.DisplayName) == "" {
		return Group{}, badRequest("Invalid value specified for property 'displayName' of resource 'Group'.", "a display name", "nothing", "displayName")
	}
	if g.ID == "" {
		g.ID = d.ids.UUID()
	}
	if _, taken := d.groups[g.ID]; taken {
		return Group{}, badRequest("Another object with the same value for property id already exists.", "an object id that is not in use", g.ID, "id")
	}
	g.Created = d.clock.Now()
	d.groups[g.ID] = &g
	d.members[g.ID] = &links{}
	d.changed(KindGroup, g.ID)
	return g.clone(), nil
}

// Group finds a group by object id or by display name.
func (d *Directory) Group(ref string) (Group, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	g, err := d.findGroup(ref)
	if err != nil {
		return Group{}, false
	}
	return g.clone(), true
}

func (d *Directory) findGroup(ref string) (*Group, error) {
	if g, ok := d.groups[ref]; ok {
		return g, nil
	}
	var found *Group
	var known []string
	for _, g := range d.groups {
		known = append(known, g.DisplayName)
		if g.DisplayName != ref {
			continue
		}
		if found != nil {
			return nil, badRequest("More than one group has the display name '"+ref+"'.", "an object id, or a display name that one group has", ref, "displayName")
		}
		found = g
	}
	if found == nil {
		return nil, notFound(KindGroup, ref, known)
	}
	return found, nil
}

// Groups returns all groups, by display name.
func (d *Directory) Groups() []Group {
	d.mu.RLock()
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

// UpdateGroup lets change edit the group and stores the result.
func (d *Directory) UpdateGroup(ref string, change func(*Group)) (Group, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	g, err := d.findGroup(ref)
	if err != nil {
		return Group{}, err
	}
	next := g.clone()
	change(&next)
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
	d.mu.Lock()
	defer d.mu.Unlock()
	g, err := d.findGroup(ref)
	if err != nil {
		return Group{}, err
	}
	for _, member := range slices.Clone(d.members[g.ID].ids) {
		d.unlink(g.ID, member)
	}
	for _, parent := range slices.Clone(d.groupsOf(g.ID)) {
		d.unlink(parent, g.ID)
	}
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

func (d *Directory) eachMember(group string, members []string, apply func(group, member string)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	g, err := d.findGroup(group)
	if err != nil {
		return err
	}
	resolved := make([]string, 0, len(members))
	for _, ref := range members {
		id, err := d.principal(ref)
		if err != nil {
			return err
		}
		if id == g.ID {
			return badRequest("A group cannot be a member of itself.", "another group or a user", ref, "members")
		}
		resolved = append(resolved, id)
	}
	for _, id := range resolved {
		apply(g.ID, id)
	}
	return nil
}

// principal resolves a live user or a group to its object id.
func (d *Directory) principal(ref string) (string, error) {
	u, userErr := d.liveUser(ref)
	if userErr == nil {
		return u.ID, nil
	}
	if g, err := d.findGroup(ref); err == nil {
		return g.ID, nil
	}
	return "", userErr
}

func (d *Directory) link(group, member string) {
	if !d.members[group].add(member) {
		return
	}
	if d.memberO[member] == nil {
		d.memberO[member] = &links{}
	}
	d.memberO[member].add(group)
	d.membershipChanged(group, member)
}

func (d *Directory) unlink(group, member string) {
	if !d.members[group].remove(member) {
		return
	}
	d.memberO[member].remove(group)
	d.membershipChanged(group, member)
}

func (d *Directory) membershipChanged(group, member string) {
	d.changed(KindGroup, group)
	kind := KindUser
	if _, ok := d.groups[member]; ok {
		kind = KindGroup
	}
	d.changed(kind, member)
}

func (d *Directory) groupsOf(id string) []string {
	if l := d.memberO[id]; l != nil {
		return l.ids
	}
	return nil
}

// Members returns the direct members of a group in the order in which they
// joined. Users in the recycle bin are left out.
func (d *Directory) Members(ref string) []Member {
	d.mu.RLock()
	defer d.mu.RUnlock()
	g, err := d.findGroup(ref)
	if err != nil {
		return nil
	}
	var out []Member
	for _, id := range d.members[g.ID].ids {
		if u, ok := d.users[id]; ok {
			if !u.IsDeleted() {
				out = append(out, Member{KindUser, id})
			}
			continue
		}
		out = append(out, Member{KindGroup, id})
	}
	return out
}

// DirectGroups returns the ids of the groups of which the object is a direct
// member.
func (d *Directory) DirectGroups(id string) []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(d.groupsOf(id))
}

// TransitiveGroups returns the ids of the groups of which the object is a
// member directly or through other groups, sorted.
func (d *Directory) TransitiveGroups(id string) []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	seen := make(map[string]bool)
	var visit func(string)
	visit = func(id string) {
		for _, group := range d.groupsOf(id) {
			if !seen[group] {
				seen[group] = true
				visit(group)
			}
		}
	}
	visit(id)
	return slices.Sorted(maps.Keys(seen))
}
