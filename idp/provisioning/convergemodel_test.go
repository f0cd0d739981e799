package provisioning_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/directory"
)

// convergent are the attributes that the model follows.
var convergent = []struct {
	name   string
	source func(directory.User) string
	target func(map[string]any) any
}{
	{"userName", func(u directory.User) string { return u.UserPrincipalName }, func(o map[string]any) any { return o["userName"] }},
	{"displayName", func(u directory.User) string { return u.DisplayName }, func(o map[string]any) any { return o["displayName"] }},
	{"title", func(u directory.User) string { return u.JobTitle }, func(o map[string]any) any { return o["title"] }},
	{"externalId", func(u directory.User) string { return u.MailNickname }, func(o map[string]any) any { return o["externalId"] }},
	{"emails", func(u directory.User) string { return u.Mail }, func(o map[string]any) any { return first(o["emails"])["value"] }},
	{"locality", func(u directory.User) string { return u.City }, func(o map[string]any) any { return first(o["addresses"])["locality"] }},
	{"department", func(u directory.User) string { return u.Department }, func(o map[string]any) any { return inner(o[enterpriseURN])["department"] }},
}

func inner(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

func first(v any) map[string]any {
	list, _ := v.([]any)
	if len(list) == 0 {
		return nil
	}
	return inner(list[0])
}

func shownText(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// entitled is the scope of "How application provisioning works": assigned, or a
// direct member of an assigned group, and passing the filter.
func (w *world) entitled(u directory.User) bool {
	assigned := w.assigned[u.ID] || slices.ContainsFunc(w.DirectGroups(u.ID), func(g string) bool { return w.assigned[g] })
	return assigned && (!w.filtered || u.City == filterCity)
}

// active reports whether the user is to be created, or to be active.
func (w *world) active(u directory.User) bool {
	return w.entitled(u) && u.Enabled() && !u.IsDeleted()
}

// remember notes what a cycle saw. In a quiet one everything was settled.
func (w *world) remember(quiet bool) {
	for _, u := range slices.Concat(w.Directory.Users(), w.DeletedUsers()) {
		p := w.people[u.ID]
		switch {
		case quiet && w.active(u):
			p.left = false
		case !u.IsDeleted() && !w.entitled(u):
			p.left = true
		}
		for _, a := range convergent {
			v := a.source(u)
			if v == "" {
				continue
			}
			if p.values[a.name] == nil || quiet && w.active(u) {
				p.values[a.name] = make(map[string]bool)
			}
			p.values[a.name][v] = true
			if !quiet || !w.active(u) {
				p.values[a.name][""] = true
			}
		}
		if boss, ok := w.User(u.Manager); u.Manager != "" && (!ok || !w.active(boss)) {
			p.lateBoss = u.Manager
		}
	}
	for _, g := range w.groupIDs {
		for id := range w.people {
			u, ok := w.User(id)
			member := ok && slices.Contains(w.DirectGroups(id), g)
			switch {
			case !member:
				delete(w.late, [2]string{g, id})
			case !w.active(u):
				w.late[[2]string{g, id}] = true
			}
		}
	}
}

// forgetLate is what a restart does.
func (w *world) forgetLate() {
	clear(w.late)
	for _, p := range w.people {
		p.lateBoss = ""
	}
}

// compare holds the target against the directory.
func (w *world) compare() {
	w.Helper()
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	targets := make(map[string]string) // target id to object id
	explained := make(map[string]bool)
	linked := make(map[string]string)
	for _, l := range w.job.Links() {
		linked[l.SourceID] = l.TargetID
	}
	for _, u := range slices.Concat(w.Directory.Users(), w.DeletedUsers()) {
		if w.active(u) {
			id := w.compareActive(u)
			targets[id] = u.ID
			explained[id] = true
			continue
		}
		if o := w.server.users[linked[u.ID]]; o != nil {
			targets[linked[u.ID]] = u.ID
			explained[linked[u.ID]] = true
			if o["active"] != false {
				w.Errorf("%s lost access, the target has %v", u.ID, o)
			}
			w.compareValues(u, o, w.entitled(u) && !w.people[u.ID].left)
		}
	}
	for _, id := range sortedKeys(w.server.users) {
		o := w.server.users[id]
		if explained[id] || w.broken[id] || w.vanished[id] {
			continue
		}
		owner := w.formerOwner(o)
		if owner == nil || o["active"] != false {
			w.Errorf("nobody in the directory explains %v in the target", o)
		}
	}
	w.compareManagers(targets)
	w.compareGroups(targets)
}

// formerOwner finds a user of whom the service let go, and who was purged or
// renamed after that.
func (w *world) formerOwner(o map[string]any) *person {
	for _, p := range w.people {
		if (p.gone && p.left || p.outgrown) && p.names[shownText(o["userName"])] {
			return p
		}
	}
	return nil
}

func (w *world) compareActive(u directory.User) string {
	var found []map[string]any
	for _, o := range w.server.users {
		if strings.EqualFold(shownText(o["userName"]), u.UserPrincipalName) {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		w.Errorf("%s (%s) is %d times in the target", u.ID, u.UserPrincipalName, len(found))
		return ""
	}
	if found[0]["active"] != true {
		w.Errorf("%s has access, the target has %v", u.ID, found[0])
	}
	w.compareValues(u, found[0], true)
	return found[0]["id"].(string)
}

// compareValues allows values that the source no longer has: nulls are not
// provisioned. current means that every other value must be the source's.
func (w *world) compareValues(u directory.User, o map[string]any, current bool) {
	for _, a := range convergent {
		got, want := shownText(a.target(o)), a.source(u)
		may := w.people[u.ID].values[a.name]
		switch {
		case want != "" && current && got != want:
			w.Errorf("%s of %s is %q in the target, want %q", a.name, u.ID, got, want)
		case (want == "" || !current) && !may[got] && (got != "" || len(may) > 0):
			w.Errorf("%s of %s is %q in the target, want one of %v", a.name, u.ID, got, may)
		}
	}
}

func (w *world) compareManagers(targets map[string]string) {
	for id, source := range targets {
		u, _ := w.User(source)
		if id == "" || !w.active(u) {
			continue
		}
		got := shownText(inner(inner(w.server.users[id][enterpriseURN])["manager"])["value"])
		boss, known := w.User(u.Manager)
		switch {
		case u.Manager == "":
			if got != "" && !w.vanished[id] && !w.broken[id] {
				w.Errorf("%s has no manager, and in the target %s", source, got)
			}
		case known && w.active(boss) && w.people[source].lateBoss != boss.ID && targets[got] != boss.ID:
			w.Errorf("the manager of %s is %q in the target, want that of %s", source, got, boss.ID)
		}
	}
}

func (w *world) compareGroups(targets map[string]string) {
	explained := make(map[string]bool)
	for _, id := range w.groupIDs {
		g, _ := w.Group(id)
		if !w.assigned[id] {
			continue
		}
		var found []string
		for target, o := range w.server.groups {
			if o["displayName"] == g.DisplayName {
				found = append(found, target)
			}
		}
		if len(found) != 1 {
			w.Errorf("%s (%s) is %d times in the target", id, g.DisplayName, len(found))
			continue
		}
		explained[found[0]] = true
		o := w.server.groups[found[0]]
		if o["externalId"] != id {
			w.Errorf("externalId of %s is %v", id, o["externalId"])
		}
		w.compareMembers(id, o, targets)
	}
	for id, o := range w.server.groups {
		if !explained[id] && !w.broken[id] && !w.vanished[id] {
			w.Errorf("nothing in the directory explains %v in the target", o)
		}
	}
}

func (w *world) compareMembers(group string, o map[string]any, targets map[string]string) {
	have := make(map[string]bool)
	members, _ := o["members"].([]any)
	for _, m := range members {
		id := shownText(inner(m)["value"])
		source := targets[id]
		have[source] = true
		if !slices.Contains(w.DirectGroups(source), group) && !w.broken[id] && !w.vanished[id] && !w.vanished[shownText(o["id"])] {
			w.Errorf("%s (%s) is a member of %s in the target only", id, source, group)
		}
	}
	for _, m := range w.Members(group) {
		u, _ := w.User(m.ID)
		if w.active(u) && !have[m.ID] && !w.late[[2]string{group, m.ID}] {
			w.Errorf("%s is a member of %s in the directory only", m.ID, group)
		}
	}
}
