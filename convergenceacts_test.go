package harness_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

func (w *world) name(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s%d", prefix, w.serial)
}

func (w *world) pick(texts ...string) string { return texts[w.rand.IntN(len(texts))] }

func (w *world) newUser() {
	name := w.name("user")
	u, err := w.dir.CreateUser(directory.User{
		UserPrincipalName: name + "@contoso.example", DisplayName: name, GivenName: "Given " + name, Surname: "Surname",
		City: w.pick("Porto", "Faro"), Mail: w.pick("", name+"@contoso.example"),
	})
	w.check(err)
	w.people[u.ID] = &person{values: make(map[string]map[string]bool)}
	w.changed(u)
	w.note("create %s %s in %s", u.ID, name, u.City)
	if w.rand.IntN(3) > 0 {
		w.assign(u.ID, u)
	}
}

func (w *world) newGroup() {
	g, err := w.dir.CreateGroup(directory.Group{DisplayName: w.name("group")})
	w.check(err)
	w.groupIDs = append(w.groupIDs, g.ID)
	w.note("create %s %s", g.ID, g.DisplayName)
	if w.rand.IntN(3) > 0 {
		w.assign(g.ID, g)
	}
}

// assign assigns who is not, and unassigns who is.
func (w *world) assign(id string, p directory.Principal) {
	w.assigned[id] = !w.assigned[id]
	w.note("assign %s: %v", id, w.assigned[id])
	if w.assigned[id] {
		w.check(w.app.Assign(p))
	} else {
		w.check(w.app.Unassign(p))
	}
}

// someone returns a user for whom a condition holds, or nothing.
func (w *world) someone(holds func(directory.User) bool) (directory.User, bool) {
	found := slices.DeleteFunc(w.everyone(), func(u directory.User) bool { return !holds(u) })
	if len(found) == 0 {
		return directory.User{}, false
	}
	return found[w.rand.IntN(len(found))], true
}

func (w *world) everyone() []directory.User {
	all := slices.Concat(w.dir.Users(), w.dir.DeletedUsers())
	slices.SortFunc(all, func(a, b directory.User) int { return strings.Compare(a.ID, b.ID) })
	return all
}

func present(u directory.User) bool { return !u.IsDeleted() }

// act does one thing in Entra.
func (w *world) act() {
	switch kind := w.rand.IntN(24); kind {
	case 0, 1:
		w.newUser()
	case 2:
		w.newGroup()
	case 3:
		if w.rand.IntN(3) == 0 {
			w.switchFilter()
		}
	case 4, 5, 6:
		w.editUser()
	case 7, 8, 9, 10, 11, 12:
		if u, ok := w.someone(present); ok {
			w.actOnUser(kind, u)
		}
	case 13, 14:
		if u, ok := w.someone(directory.User.IsDeleted); ok {
			w.actOnUser(kind, u)
		}
	default:
		if len(w.groupIDs) > 0 {
			w.actOnGroup(kind, w.rand.IntN(len(w.groupIDs)))
		}
	}
}

const filterCity = "Porto"

func (w *world) switchFilter() {
	w.filtered = !w.filtered
	w.settings.Users.Filters = nil
	if w.filtered {
		w.settings.Users.Filters = [][]provisioning.Clause{{{Attribute: "city", Operator: "EQUALS", Value: filterCity}}}
	}
	w.check(w.job.Configure(w.settings))
	w.note("filter %v", w.filtered)
}

func (w *world) update(id string, edit func(*directory.User)) {
	u, err := w.dir.UpdateUser(id, edit)
	w.check(err)
	w.changed(u)
}

func (w *world) editUser() {
	u, ok := w.someone(present)
	if !ok {
		return
	}
	value := w.pick("", w.name("value "), "Bürger & <Söhne> \"x\" \\ "+w.name(""))
	kind := w.rand.IntN(9)
	w.note("edit %d of %s: %q", kind, u.ID, value)
	w.update(u.ID, func(u *directory.User) {
		switch kind {
		case 0:
			u.DisplayName = "shown " + value
		case 1:
			u.JobTitle = value
		case 2:
			u.Mail = w.pick("", w.name("mail")+"@contoso.example", strings.ToUpper(u.Mail))
		case 3:
			u.City = w.pick("Porto", "Faro")
		case 4:
			u.Department = value
		case 5:
			u.StreetAddress = value
		case 6:
			u.BusinessPhone = w.pick("", w.name("+351 21000"))
		case 7:
			u.Surname = "Surname" + value
		case 8:
			u.EmployeeID, u.PreferredLanguage, u.JobTitle, u.PostalCode = w.name(""), w.pick("", "pt-PT", "en-US"), value, w.name("")
		}
	})
}

func (w *world) actOnUser(kind int, u directory.User) {
	switch kind {
	case 7:
		name := w.name("renamed")
		w.update(u.ID, func(u *directory.User) { u.UserPrincipalName, u.MailNickname = name+"@contoso.example", name })
		w.note("rename %s to %s", u.ID, name)
	case 8:
		_, err := w.dir.SetEnabled(u.ID, !u.Enabled())
		w.check(err)
		w.note("enable %s: %v", u.ID, !u.Enabled())
	case 9, 10:
		w.assign(u.ID, u)
	case 11:
		boss, _ := w.someone(present)
		if boss.ID == u.ID || w.rand.IntN(4) == 0 {
			boss.ID = ""
		}
		w.update(u.ID, func(u *directory.User) { u.Manager = boss.ID })
		w.note("manager of %s: %s", u.ID, boss.ID)
	case 12:
		_, err := w.dir.DeleteUser(u.ID)
		w.check(err)
		w.note("delete %s", u.ID)
	case 13:
		_, err := w.dir.RestoreUser(u.ID)
		w.check(err)
		w.note("restore %s", u.ID)
	case 14:
		w.check(w.dir.PurgeUser(u.ID))
		w.note("purge %s", u.ID)
	}
}

func (w *world) actOnGroup(kind, at int) {
	id := w.groupIDs[at]
	switch kind {
	case 15:
		w.assign(id, directory.Ref(id))
	case 16:
		name := w.pick(w.name("team"), "Vertrieb & Söhne "+w.name(""))
		_, err := w.dir.UpdateGroup(id, func(g *directory.Group) { g.DisplayName = name })
		w.check(err)
		w.note("rename %s to %s", id, name)
	case 17:
		if w.rand.IntN(2) == 0 {
			_, err := w.dir.DeleteGroup(id)
			w.check(err)
			w.groupIDs = slices.Delete(w.groupIDs, at, at+1)
			w.note("delete %s", id)
		}
	default:
		u, ok := w.someone(present)
		switch {
		case !ok:
		case slices.Contains(w.dir.DirectGroups(u.ID), id):
			w.check(w.dir.RemoveMembers(id, u.ID))
			w.note("remove %s from %s", u.ID, id)
		default:
			w.check(w.dir.AddMembers(id, u.ID))
			w.note("add %s to %s", u.ID, id)
		}
	}
}
