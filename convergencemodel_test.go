package harness_test

import (
	"slices"
	"strings"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp/identitystore"
)

// mapped are the attributes that the model follows: what the default mappings
// promise, read from both ends.
var mapped = []struct {
	name   string
	source func(directory.User) string
	target func(identitystore.User) string
}{
	{"userName", func(u directory.User) string { return u.UserPrincipalName }, func(o identitystore.User) string { return o.UserName }},
	{"externalId", func(u directory.User) string { return u.MailNickname }, func(o identitystore.User) string { return o.ExternalID }},
	{"displayName", func(u directory.User) string { return u.DisplayName }, func(o identitystore.User) string { return o.DisplayName }},
	{"givenName", func(u directory.User) string { return u.GivenName }, func(o identitystore.User) string { return o.Name.GivenName }},
	{"familyName", func(u directory.User) string { return u.Surname }, func(o identitystore.User) string { return o.Name.FamilyName }},
	{"formatted", func(u directory.User) string { return u.GivenName + " " + u.Surname }, func(o identitystore.User) string { return o.Name.Formatted }},
	{"title", func(u directory.User) string { return u.JobTitle }, func(o identitystore.User) string { return o.Title }},
	{"preferredLanguage", func(u directory.User) string { return u.PreferredLanguage }, func(o identitystore.User) string { return o.PreferredLanguage }},
	{"emails", func(u directory.User) string { return u.Mail }, func(o identitystore.User) string { return o.PrimaryEmail() }},
	{"phoneNumbers", func(u directory.User) string { return u.BusinessPhone }, func(o identitystore.User) string {
		return only(o.PhoneNumbers, func(p identitystore.PhoneNumber) string { return p.Value })
	}},
	{"locality", func(u directory.User) string { return u.City }, func(o identitystore.User) string {
		return only(o.Addresses, func(a identitystore.Address) string { return a.Locality })
	}},
	{"streetAddress", func(u directory.User) string { return u.StreetAddress }, func(o identitystore.User) string {
		return only(o.Addresses, func(a identitystore.Address) string { return a.StreetAddress })
	}},
	{"postalCode", func(u directory.User) string { return u.PostalCode }, func(o identitystore.User) string {
		return only(o.Addresses, func(a identitystore.Address) string { return a.PostalCode })
	}},
	{"department", func(u directory.User) string { return u.Department }, func(o identitystore.User) string { return enterprise(o).Department }},
	{"employeeNumber", func(u directory.User) string { return u.EmployeeID }, func(o identitystore.User) string { return enterprise(o).EmployeeNumber }},
}

// only reads the value of a list of one; two are more than one mapping makes.
func only[T any](list []T, value func(T) string) string {
	var texts []string
	for _, v := range list {
		texts = append(texts, value(v))
	}
	return strings.Join(texts, " and ")
}

func enterprise(o identitystore.User) identitystore.Enterprise {
	if o.Enterprise == nil {
		return identitystore.Enterprise{}
	}
	return *o.Enterprise
}

// entitled is the scope of "How application provisioning works": assigned, or a
// direct member of an assigned group, and passing the filter.
func (w *world) entitled(u directory.User) bool {
	assigned := w.assigned[u.ID] || slices.ContainsFunc(w.dir.DirectGroups(u.ID), func(g string) bool { return w.assigned[g] })
	return assigned && (!w.filtered || u.City == filterCity)
}

// active reports whether the user is to be in the store and active.
func (w *world) active(u directory.User) bool {
	return w.entitled(u) && u.Enabled() && !u.IsDeleted()
}

// changed notes a user's values.
func (w *world) changed(u directory.User) {
	values := w.people[u.ID].values
	for _, a := range mapped {
		if values[a.name] == nil {
			values[a.name] = map[string]bool{"": true}
		}
		values[a.name][a.source(u)] = true
	}
}

// remember notes references that a cycle left out because who they point to
// could not be provisioned. They are repaired by a restart only ("Known issues").
func (w *world) remember() {
	for _, u := range w.everyone() {
		if boss, ok := w.dir.User(u.Manager); u.Manager != "" && (!ok || !w.active(boss)) {
			w.people[u.ID].boss = u.Manager
		}
		for _, g := range w.groupIDs {
			switch member := slices.Contains(w.dir.DirectGroups(u.ID), g); {
			case !member:
				delete(w.late, [2]string{g, u.ID})
			case !w.active(u):
				w.late[[2]string{g, u.ID}] = true
			}
		}
	}
}

// forgetLate is what a restart does.
func (w *world) forgetLate() {
	clear(w.late)
	for _, p := range w.people {
		p.boss = ""
	}
}

// holder finds the object of the store that keeps a user's or group's values
// from being taken by another: AWS wants userName, externalId and primary e-mail
// to be unique. It is one of which Entra has lost sight, and so nobody's.
func (w *world) holder(kind directory.Kind, id string) (string, bool) {
	managed := make(map[string]bool)
	for _, l := range w.job.Links() {
		managed[l.TargetID] = l.Managed && l.SourceID != id
	}
	if kind == directory.KindGroup {
		for _, g := range w.store.Groups() {
			if g.ExternalID == id && !managed[g.ID] && w.requests.forgotten(g.ID) {
				return g.ID, true
			}
		}
		return "", false
	}
	u, _ := w.dir.User(id)
	if gone := slices.IndexFunc(w.dir.DeletedUsers(), func(d directory.User) bool { return d.ID == id }); gone >= 0 {
		u = w.dir.DeletedUsers()[gone]
	}
	for _, o := range w.store.Users() {
		same := o.ExternalID == u.MailNickname || u.Mail != "" && strings.EqualFold(o.PrimaryEmail(), u.Mail)
		if same && !strings.EqualFold(o.UserName, u.UserPrincipalName) && !managed[o.ID] {
			return o.ID, true
		}
	}
	return "", false
}

func (w *wire) forgotten(id string) bool { return w.orphans[id] || w.denied[id] }

// blocked reports whether an object has to fail for ever.
func (w *world) blocked(e provisioning.Escrow) bool {
	if _, held := w.holder(e.Kind, e.SourceID); held && e.Code == "EntryConflict" {
		return true
	}
	if !e.Reference {
		return false
	}
	if e.Kind == directory.KindUser {
		u, _ := w.dir.User(e.SourceID)
		if u.Manager == "" && w.keepsManagers() {
			return true
		}
		_, held := w.holder(directory.KindUser, u.Manager)
		return held
	}
	return slices.ContainsFunc(w.dir.Members(e.SourceID), func(m directory.Member) bool {
		_, held := w.holder(m.Kind, m.ID)
		return held
	})
}

// keepsManagers reports whether the endpoint refuses to take a manager away: AWS
// wants a text of at least one character, and Entra replaces by an empty one.
func (w *world) keepsManagers() bool { return w.scim.Profile().Protocol == scimmock.ProtocolAWS }

// compare holds the store against the directory.
func (w *world) compare() {
	w.Helper()
	links := make(map[string]provisioning.Link)
	for _, l := range w.job.Links() {
		links[l.SourceID] = l
	}
	sources := make(map[string]string) // id in the store to object id
	for _, u := range w.everyone() {
		l := links[u.ID]
		switch {
		case w.active(u):
			if id := w.compareActive(u); id != "" {
				sources[id] = u.ID
			}
		case l.TargetID != "":
			if o, ok := w.store.User(l.TargetID); ok {
				sources[o.ID] = u.ID
				if o.Active {
					w.Errorf("%s lost access, and in the store is %+v", u.ID, o)
				}
				w.compareValues(u, o, l.Managed && w.entitled(u))
			}
		}
	}
	for _, o := range w.store.Users() {
		if sources[o.ID] == "" && !w.requests.forgotten(o.ID) && (o.Active || !w.former(o)) {
			w.Errorf("nobody in the directory explains %+v in the store", o)
		}
	}
	w.compareManagers(sources)
	w.compareGroups(sources)
}

// former reports whether somebody had the name of an object before.
func (w *world) former(o identitystore.User) bool {
	for id, p := range w.people {
		u, exists := w.dir.User(id)
		if p.values["userName"][o.UserName] && (!exists || u.UserPrincipalName != o.UserName) {
			return true
		}
	}
	return false
}

func (w *world) compareActive(u directory.User) string {
	var found []identitystore.User
	for _, o := range w.store.Users() {
		if strings.EqualFold(o.UserName, u.UserPrincipalName) {
			found = append(found, o)
		}
	}
	_, held := w.holder(directory.KindUser, u.ID)
	if len(found) == 0 && held {
		return ""
	}
	if len(found) != 1 {
		w.Errorf("%s (%s) is %d times in the store", u.ID, u.UserPrincipalName, len(found))
		return ""
	}
	if held {
		return found[0].ID
	}
	if !found[0].Active {
		w.Errorf("%s has access, and in the store is %+v", u.ID, found[0])
	}
	w.compareValues(u, found[0], true)
	return found[0].ID
}

// compareValues allows values that the source no longer has: nulls are not
// provisioned. current means that every other value must be the source's.
func (w *world) compareValues(u directory.User, o identitystore.User, current bool) {
	for _, a := range mapped {
		got, want := a.target(o), a.source(u)
		switch {
		case want != "" && current && !sameValue(got, want):
			w.Errorf("%s of %s is %q in the store, want %q", a.name, u.ID, got, want)
		case (want == "" || !current) && !w.people[u.ID].values[a.name][got]:
			w.Errorf("%s of %s is %q in the store, which it never was in the directory", a.name, u.ID, got)
		}
	}
}

// sameValue compares as the service does where caseExact is not set: a
// difference in case alone is no change.
func sameValue(got, want string) bool { return strings.EqualFold(got, want) }

func (w *world) compareManagers(sources map[string]string) {
	for id, source := range sources {
		u, _ := w.dir.User(source)
		if !w.active(u) {
			continue
		}
		if _, held := w.holder(directory.KindUser, source); held {
			continue
		}
		got := ""
		if o, _ := w.store.User(id); enterprise(o).Manager != nil {
			got = enterprise(o).Manager.Value
		}
		boss, known := w.dir.User(u.Manager)
		_, held := w.holder(directory.KindUser, boss.ID)
		switch {
		case u.Manager == "" && got != "" && !w.requests.forgotten(id) && !w.keepsManagers():
			w.Errorf("%s has no manager, and in the store %s", source, got)
		case u.Manager != "" && known && w.active(boss) && !held && w.people[source].boss != boss.ID && sources[got] != boss.ID:
			w.Errorf("the manager of %s is %q in the store, want that of %s", source, got, boss.ID)
		}
	}
}

func (w *world) compareGroups(sources map[string]string) {
	explained := make(map[string]bool)
	for _, id := range w.groupIDs {
		if !w.assigned[id] {
			continue
		}
		g, _ := w.dir.Group(id)
		o, ok := w.store.GroupByName(g.DisplayName)
		_, held := w.holder(directory.KindGroup, id)
		switch {
		case !ok && held:
			continue
		case !ok:
			w.Errorf("%s (%s) is not in the store", id, g.DisplayName)
			continue
		case o.ExternalID != id && !held:
			w.Errorf("externalId of %s is %s", id, o.ExternalID)
		}
		explained[o.ID] = true
		if !held {
			w.compareMembers(id, o.ID, sources)
		}
	}
	for _, o := range w.store.Groups() {
		if !explained[o.ID] && !w.requests.forgotten(o.ID) {
			w.Errorf("nothing in the directory explains %+v in the store", o)
		}
	}
}

func (w *world) compareMembers(group, inStore string, sources map[string]string) {
	have := make(map[string]bool)
	for _, id := range w.store.Members(inStore) {
		source := sources[id]
		have[source] = true
		if !slices.Contains(w.dir.DirectGroups(source), group) && !w.requests.forgotten(id) && !w.requests.forgotten(inStore) {
			w.Errorf("%s (%s) is a member of %s in the store only", id, source, group)
		}
	}
	for _, m := range w.dir.Members(group) {
		u, _ := w.dir.User(m.ID)
		_, held := w.holder(m.Kind, m.ID)
		if w.active(u) && !held && !have[m.ID] && !w.late[[2]string{group, m.ID}] {
			w.Errorf("%s is a member of %s in the directory only", m.ID, group)
		}
	}
}
