package provisioning

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/directory"
)

// key names an object of the directory.
type key struct {
	kind directory.Kind
	id   string
}

// Link says which object of the target belongs to which of the directory.
type Link struct {
	Kind     directory.Kind `json:"kind"`
	SourceID string         `json:"sourceId"`
	TargetID string         `json:"targetId"`
	Name     string         `json:"name"`    // userPrincipalName or displayName
	Managed  bool           `json:"managed"` // false once the object left the scope: the service no longer minds it
	Members  int            `json:"members"` // of a group: how many the service put there
}

// link is the service's memory of a linked object.
type link struct {
	key
	targetID   string
	name       string
	managed    bool
	disabled   bool                // the target was told that the user lost access
	manager    string              // target id of the manager that the target shows
	managerSet bool                // the service wrote that manager, or may have
	unsettled  bool                // the target may have another manager than the one it showed
	members    map[string]string   // of a group: source id -> target id of the members that the service put there
	memberOf   map[string]struct{} // of a user: the groups that have it among their members
	doubtful   map[string]string   // of a group: target id -> source id of members of whom it is not known whether the target has them
	unsure     bool                // of a group: the members have to be compared one by one, as changes alone may not tell all
}

// links is the connector data store: every link, findable from both sides.
type links struct {
	bySource map[key]*link
	byTarget map[key]*link    // id is the target's
	stored   map[key]struct{} // whatever was linked since the store was cleared: a deletion takes nothing out
}

func newLinks() *links {
	return &links{make(map[key]*link), make(map[key]*link), make(map[key]struct{})}
}

func (l *links) get(k key) *link { return l.bySource[k] }

// owner finds the managed object that is linked with a target id.
func (l *links) owner(kind directory.Kind, targetID string) *link {
	return l.byTarget[key{kind, targetID}]
}

// put links an object. Where it was linked with another one, that stays in the
// target and has to leave its groups there.
func (l *links) put(k key, targetID, name string) *link {
	if old := l.bySource[k]; old != nil {
		for group := range old.memberOf {
			if g := l.get(key{directory.KindGroup, group}); g != nil {
				g.doubt(k.id, old.targetID)
				delete(g.members, k.id)
			}
		}
		l.drop(k)
	}
	n := &link{
		key: k, targetID: targetID, name: name, managed: true, unsure: true,
		members: make(map[string]string), memberOf: make(map[string]struct{}), doubtful: make(map[string]string),
	}
	l.bySource[k] = n
	l.stored[k] = struct{}{}
	l.byTarget[key{k.kind, targetID}] = n
	return n
}

// remove forgets the link of an object that is gone from the target and, with
// it, from its groups there. It returns the groups.
func (l *links) remove(k key) (groups []string) {
	n := l.bySource[k]
	if n == nil {
		return nil
	}
	for group := range n.memberOf {
		if g := l.get(key{directory.KindGroup, group}); g != nil {
			delete(g.members, k.id)
			delete(g.doubtful, n.targetID)
		}
		groups = append(groups, group)
	}
	l.drop(k)
	slices.Sort(groups)
	return groups
}

// drop forgets the link of an object that stays in the target. Its groups
// still know it as a member, so that it can be removed from them.
func (l *links) drop(k key) {
	n := l.bySource[k]
	if n == nil {
		return
	}
	for id := range n.members {
		if u := l.get(key{directory.KindUser, id}); u != nil {
			delete(u.memberOf, k.id)
		}
	}
	for group := range n.memberOf {
		if g := l.get(key{directory.KindGroup, group}); g != nil {
			g.unsure = true // nothing tells any more that it has this member
		}
	}
	delete(l.bySource, k)
	if t := (key{k.kind, n.targetID}); l.byTarget[t] == n {
		delete(l.byTarget, t)
	}
}

// rematch forgets the target id of an object that came back into scope and
// keeps its memberships where it is found under the same id again.
func (l *links) rematch(k key, targetID, name string) *link {
	if n := l.bySource[k]; n != nil && n.targetID == targetID {
		n.managed, n.name = true, name
		l.byTarget[key{k.kind, targetID}] = n
		return n
	}
	return l.put(k, targetID, name)
}

// release stops minding an object that left the scope.
func (l *links) release(n *link) {
	n.managed = false
	if t := (key{n.kind, n.targetID}); l.byTarget[t] == n {
		delete(l.byTarget, t)
	}
}

func (l *links) addMember(group *link, user, targetID string) {
	group.members[user] = targetID
	delete(group.doubtful, targetID)
	if u := l.get(key{directory.KindUser, user}); u != nil {
		u.memberOf[group.id] = struct{}{}
	}
}

// doubtMember is doubt for a member that may still be linked.
func (l *links) doubtMember(group *link, user, targetID string) {
	group.doubt(user, targetID)
	if u := l.get(key{directory.KindUser, user}); u != nil {
		u.memberOf[group.id] = struct{}{}
	}
}

func (l *links) removeMember(group *link, user, targetID string) {
	delete(group.doubtful, targetID)
	if group.members[user] != targetID {
		return // another object stands for that user by now
	}
	delete(group.members, user)
	if u := l.get(key{directory.KindUser, user}); u != nil {
		delete(u.memberOf, group.id)
	}
}

// doubt notes a member that the target may have or not have: the answer to a
// change was no answer, or the member's link went to another object.
func (n *link) doubt(user, targetID string) {
	n.doubtful[targetID] = user
	n.unsure = true
}

func (n *link) public() Link {
	return Link{n.kind, n.id, n.targetID, n.name, n.managed, len(n.members)}
}

// list returns the links, users first, by name.
func (l *links) list() []Link {
	var out []Link
	for n := range maps.Values(l.bySource) {
		out = append(out, n.public())
	}
	slices.SortFunc(out, func(a, b Link) int {
		return cmp.Or(-cmp.Compare(a.Kind, b.Kind), compareNames(a.Name, b.Name), cmp.Compare(a.SourceID, b.SourceID))
	})
	return out
}

// compareNames orders names as people do, without regard to case.
func compareNames(a, b string) int {
	return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
}
