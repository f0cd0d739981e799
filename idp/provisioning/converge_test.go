package provisioning_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/rounds"
)

// Whatever happens in the directory, and whatever the target answers
// meanwhile: two cycles after the target has recovered it has what the
// directory says, and after a restart also what the documentation leaves out
// until then.
func TestConvergence(t *testing.T) {
	for seed := range uint64(rounds.Of(t, 12)) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := newWorld(t, seed)
			defer func() {
				if t.Failed() {
					t.Logf("history:\n%s", strings.Join(w.history, "\n"))
				}
			}()
			for range 14 {
				for range w.rand.IntN(6) {
					w.act()
				}
				w.run([]int{0, 6, 20, 60}[w.rand.IntN(4)])
			}
			w.settle()
			w.compare()
			if t.Failed() {
				return
			}
			w.loseObjects()
			w.note("restart")
			w.check(w.job.Restart(context.Background(), provisioning.ResetNone|provisioning.ResetWatermark))
			w.settle()
			w.forgetLate()
			w.compare()
		})
	}
}

// world is a fixture to which things happen, and the model's memory of them.
type world struct {
	*fixture
	rand     *rand.Rand
	settings provisioning.Settings
	filtered bool
	serial   int
	people   map[string]*person // by object id
	groupIDs []string
	late     map[[2]string]bool // group and user: the user became a member when it could not be provisioned
	broken   map[string]bool    // ids of target objects whose creation was answered wrongly
	vanished map[string]bool    // ids of target objects that the target denied to have
	tries    int                // percentage of requests that fail
	history  []string
}

// person is what the model remembers of a user beyond the directory.
type person struct {
	values   map[string]map[string]bool // by attribute: what the target may have, where the source has nothing
	names    map[string]bool            // every userPrincipalName that it had
	left     bool                       // out of scope in a cycle, so that the service may have let go of it
	outgrown bool                       // renamed then, so that it is not matched again
	lateBoss string                     // a manager who could not be provisioned when it was looked at
	gone     bool                       // purged
}

const filterCity = "Porto"

func newWorld(t *testing.T, seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 6))
	settings := provisioning.Settings{
		Compliant: r.IntN(2) == 0, CheckReferences: r.IntN(3) == 0, MemberBatchSize: 1 + r.IntN(3),
	}
	w := &world{
		fixture: newFixture(t, settings), rand: r, settings: settings, people: make(map[string]*person),
		late: make(map[[2]string]bool), broken: make(map[string]bool), vanished: make(map[string]bool),
	}
	w.server.unique = []string{"userName"}
	w.server.setFault(w.disturb)
	for range 4 {
		w.newUser()
	}
	for range 2 {
		w.newGroup()
	}
	return w
}

func (w *world) note(format string, args ...any) {
	w.history = append(w.history, fmt.Sprintf(format, args...))
}

func (w *world) name(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s%d", prefix, w.serial)
}

func (w *world) newUser() {
	name := w.name("user")
	u := w.addUser(name, func(u *directory.User) { u.City = w.pick("Porto", "Faro") })
	w.people[u.ID] = &person{values: make(map[string]map[string]bool), names: map[string]bool{u.UserPrincipalName: true}}
	w.note("create %s in %s", u.ID, u.City)
	if w.rand.IntN(3) > 0 {
		w.assignment(u.ID, true)
		w.note("assign %s", u.ID)
	}
}

func (w *world) newGroup() {
	g := w.addGroup(w.name("group"))
	w.groupIDs = append(w.groupIDs, g.ID)
	w.note("create %s", g.ID)
	if w.rand.IntN(3) > 0 {
		w.assignment(g.ID, true)
		w.note("assign %s", g.ID)
	}
}

func (w *world) pick(texts ...string) string { return texts[w.rand.IntN(len(texts))] }

// someone returns a user for whom a condition holds, or nothing.
func (w *world) someone(holds func(directory.User) bool) (directory.User, bool) {
	var found []directory.User
	for _, u := range slices.Concat(w.Directory.Users(), w.DeletedUsers()) {
		if holds(u) {
			found = append(found, u)
		}
	}
	if len(found) == 0 {
		return directory.User{}, false
	}
	slices.SortFunc(found, func(a, b directory.User) int { return strings.Compare(a.ID, b.ID) })
	return found[w.rand.IntN(len(found))], true
}

func present(u directory.User) bool { return !u.IsDeleted() }
func deleted(u directory.User) bool { return u.IsDeleted() }

// act does one thing to the directory.
func (w *world) act() {
	kind := w.rand.IntN(20)
	switch kind {
	case 0, 1:
		w.newUser()
		return
	case 2:
		w.newGroup()
		return
	case 3:
		if w.rand.IntN(3) == 0 {
			w.switchFilter()
		}
		return
	}
	if kind < 14 {
		w.actOnUser(kind)
	} else {
		w.actOnGroup(kind)
	}
}

func (w *world) switchFilter() {
	w.filtered = !w.filtered
	w.settings.Users.Filters = nil
	if w.filtered {
		w.settings.Users.Filters = [][]provisioning.Clause{{{Attribute: "city", Operator: "EQUALS", Value: filterCity}}}
	}
	w.check(w.job.Configure(w.settings))
	w.note("filter %v", w.filtered)
}

func (w *world) actOnUser(kind int) {
	holds := present
	if kind == 12 || kind == 13 {
		holds = deleted
	}
	u, ok := w.someone(holds)
	if !ok {
		return
	}
	switch kind {
	case 4, 5:
		attribute, value := w.pick("displayName", "jobTitle", "mail", "city", "department"), w.pick("", w.name("value"), w.name("value"))
		if attribute == "city" {
			value = w.pick("Porto", "Faro")
		}
		w.set(u.ID, func(u *directory.User) {
			switch attribute {
			case "displayName":
				u.DisplayName = "shown " + value
			case "jobTitle":
				u.JobTitle = value
			case "mail":
				u.Mail = value
			case "city":
				u.City = value
			case "department":
				u.Department = value
			}
		})
		w.note("set %s of %s to %q", attribute, u.ID, value)
	case 6:
		name := w.name("renamed")
		w.set(u.ID, func(u *directory.User) { u.UserPrincipalName, u.MailNickname = name+"@contoso.example", name })
		p := w.people[u.ID]
		p.outgrown = p.outgrown || p.left
		p.names[name+"@contoso.example"] = true
		w.note("rename %s to %s", u.ID, name)
	case 7:
		w.enable(u.ID, !u.Enabled())
		w.note("enable %s: %v", u.ID, !u.Enabled())
	case 8, 9:
		w.assignment(u.ID, !w.assigned[u.ID])
		w.note("assign %s: %v", u.ID, w.assigned[u.ID])
	case 10:
		boss, _ := w.someone(present)
		if boss.ID == u.ID || w.rand.IntN(3) == 0 {
			boss.ID = ""
		}
		w.set(u.ID, func(u *directory.User) { u.Manager = boss.ID })
		w.note("manager of %s: %s", u.ID, boss.ID)
	case 11:
		w.delete(u.ID)
		w.note("delete %s", u.ID)
	case 12:
		_, err := w.RestoreUser(u.ID)
		w.check(err)
		w.note("restore %s", u.ID)
	case 13:
		w.check(w.PurgeUser(u.ID))
		w.people[u.ID].gone = true
		w.note("purge %s", u.ID)
	}
}

func (w *world) actOnGroup(kind int) {
	if len(w.groupIDs) == 0 {
		return
	}
	at := w.rand.IntN(len(w.groupIDs))
	id := w.groupIDs[at]
	switch kind {
	case 14:
		w.assignment(id, !w.assigned[id])
		w.note("assign %s: %v", id, w.assigned[id])
	case 15:
		name := w.name("team")
		_, err := w.UpdateGroup(id, func(g *directory.Group) { g.DisplayName = name })
		w.check(err)
		w.note("rename %s to %s", id, name)
	case 16:
		if w.rand.IntN(2) == 0 {
			_, err := w.DeleteGroup(id)
			w.check(err)
			w.groupIDs = slices.Delete(w.groupIDs, at, at+1)
			w.note("delete %s", id)
		}
	default:
		u, ok := w.someone(present)
		if !ok {
			return
		}
		if slices.Contains(w.DirectGroups(u.ID), id) {
			w.check(w.RemoveMembers(id, u.ID))
			w.note("remove %s from %s", u.ID, id)
		} else {
			w.check(w.AddMembers(id, u.ID))
			w.note("add %s to %s", u.ID, id)
		}
	}
}

// run does a cycle in which a percentage of the requests fail.
func (w *world) run(percent int) {
	w.clock.Advance([]time.Duration{40 * time.Minute, 3 * time.Hour, 13 * time.Hour}[w.rand.IntN(3)])
	w.tries = percent
	w.note("%s cycle, %d %% faults", w.clock.Now().Format("01-02 15:04"), percent)
	s := w.evaluate()
	w.remember(s.Err() == nil && len(w.job.Escrows()) == 0)
}

// evaluate is cycle for a server that shares the world's state with the test:
// the server's lock orders them.
func (w *world) evaluate() provisioning.Summary {
	w.server.setFault(w.disturb)
	s := w.cycle()
	w.server.setFault(w.disturb)
	return s
}

// settle is the two cycles after the target has recovered, late enough for
// every retry to be due.
func (w *world) settle() {
	for range 2 {
		w.clock.Advance(25 * time.Hour)
		w.tries = 0
		w.note("quiet cycle")
		s := w.evaluate()
		w.remember(s.Err() == nil && len(w.job.Escrows()) == 0)
	}
	if escrows := w.job.Escrows(); len(escrows) > 0 {
		w.Errorf("escrows %+v two cycles after the target recovered", escrows)
	}
}

// loseObjects has the target lose a user and a group.
func (w *world) loseObjects() {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	for _, objects := range []map[string]map[string]any{w.server.users, w.server.groups} {
		if ids := sortedKeys(objects); len(ids) > 0 {
			id := ids[w.rand.IntN(len(ids))]
			delete(objects, id)
			for _, g := range w.server.groups {
				removeMember(g, id)
			}
			w.note("target loses %s", id)
			for _, p := range w.people { // whoever it was is made anew, without what the source no longer has
				for _, values := range p.values {
					values[""] = true
				}
			}
		}
	}
}
