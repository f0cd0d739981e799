package interop

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// scimServer is a SCIM server of others into which Entra provisions.
type scimServer struct {
	tenantURL, token string
	store            func(t *testing.T) scimStore // what is in it, not by way of SCIM
	own              func(user map[string]string) // nil-able; adds what the server should derive from what was sent
}

// scimStore is what a server holds.
type scimStore struct {
	Users  []map[string]any `json:"users"`
	Groups []map[string]any `json:"groups"`
}

// facts says of each object which attributes have which value, as JSON. Objects
// go by the name that they came with, also as members and managers: a user by
// what stands before the @.
type facts map[string]map[string]string

const enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// facts reads the store of a server. names are those of objects by their ids,
// to which it adds.
func (s scimStore) facts(t *testing.T, names map[string]string) facts {
	t.Helper()
	out := make(facts)
	name := func(o map[string]any, name any) {
		if id := fmt.Sprint(o["id"]); names[id] == "" {
			names[id], _, _ = strings.Cut(fmt.Sprint(name), "@")
		}
	}
	for _, u := range s.Users {
		name(u, u["userName"])
	}
	for _, g := range s.Groups {
		name(g, g["displayName"])
	}
	add := func(o map[string]any) {
		name := names[fmt.Sprint(o["id"])]
		if out[name] != nil {
			t.Fatalf("the server holds two objects named %s", name)
		}
		out[name] = make(map[string]string)
		for _, ours := range []string{"id", "meta", "schemas"} {
			delete(o, ours)
		}
		flatten(out[name], "", o, names)
	}
	for _, u := range s.Users {
		add(u)
	}
	for _, g := range s.Groups {
		members := []string{}
		list, _ := g["members"].([]any)
		for _, m := range list {
			o, _ := m.(map[string]any)
			members = append(members, names[fmt.Sprint(o["value"])])
		}
		slices.Sort(members)
		g["members"] = strings.Join(members, " ")
		add(g)
	}
	return out
}

// flatten gives every value below v a path, such as emails[work].value.
func flatten(out map[string]string, path string, v any, names map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if name == enterpriseSchema {
				name = "enterprise"
			}
			if path != "" {
				name = path + "." + name
			}
			flatten(out, name, inner, names)
		}
	case []any:
		for i, inner := range v {
			key := fmt.Sprint(i)
			if o, ok := inner.(map[string]any); ok && o["type"] != nil {
				key = fmt.Sprint(o["type"])
				delete(o, "type")
			}
			flatten(out, path+"["+key+"]", inner, names)
		}
	case nil:
	default:
		if id, ok := v.(string); ok && names[id] != "" {
			v = names[id]
		}
		text, _ := json.Marshal(v) // what came out of JSON goes into it
		out[path] = string(text)
	}
}

// scimDifference lists what one has and the other has not, in both directions.
func scimDifference(want, got facts) []string {
	var out []string
	list := func(a, b facts, verb string) {
		for object, attributes := range a {
			if b[object] == nil {
				out = append(out, object+" "+verb)
				continue
			}
			for name, value := range attributes {
				if b[object][name] != value {
					out = append(out, fmt.Sprintf("%s %s: %s %s", object, verb, name, value))
				}
			}
		}
	}
	list(want, got, "lacks")
	list(got, want, "has")
	slices.Sort(out)
	return out
}

// deviations are what one event leaves at a server otherwise than it should be.
type deviations struct {
	event   string
	dialect string // legacy or compliant; empty: both
	lines   []string
}

// scimWalk is what happens to a tenant, and what a server makes of it.
type scimWalk struct {
	t      *testing.T
	entra  *idp.Tenant
	app    *idp.Application
	server scimServer
	listed map[string][]string // the deviations that are known, by event

	names     map[string]string // of objects at the server, by their ids there
	managed   map[string]bool   // ids of the users who should be at the server
	matched   map[string]bool   // ids of those who had an account there before
	strangers facts             // accounts there that are none of Entra's business
	lingering string            // a member who is in the recycle bin: nothing is sent about the group before the purge
	before    []string          // deviations after the last event
	logged    int               // entries of the provisioning log until then
	events    map[string]bool
}

// newSCIMWalk has a new tenant provision into a server, in one dialect.
func newSCIMWalk(t *testing.T, server scimServer, dialect string, listed []deviations) *scimWalk {
	t.Helper()
	w := &scimWalk{t: t, entra: idp.Run(t), server: server, listed: make(map[string][]string), strangers: make(facts), names: make(map[string]string), managed: make(map[string]bool), matched: make(map[string]bool), events: make(map[string]bool)}
	for _, d := range listed {
		if d.dialect == "" || d.dialect == dialect {
			w.listed[d.event] = append(w.listed[d.event], d.lines...)
		}
	}
	var err error
	if w.app, err = w.entra.CreateApplication(idp.ApplicationConfig{Name: "Wiki"}); err != nil {
		t.Fatal(err)
	}
	tenantURL := server.tenantURL
	if dialect == "compliant" {
		tenantURL += "?aadOptscim062020"
	}
	job := w.app.Provisioning()
	w.check(job.SetTarget(tenantURL, server.token))
	w.check(job.TestConnection(t.Context()))
	return w
}

func (w *scimWalk) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// user adds a user, whom nobody has assigned.
func (w *scimWalk) user(name, surname, title string) directory.User {
	w.t.Helper()
	given := strings.ToUpper(name[:1]) + name[1:]
	return w.entra.AddUser(directory.User{
		UserPrincipalName: name + "@contoso.example", DisplayName: given + " " + surname, GivenName: given, Surname: surname, JobTitle: title,
		Mail: name + "." + strings.ToLower(surname) + "@contoso.example", Department: "Platform", City: "Lisboa", EmployeeID: "e-" + name,
	})
}

// change changes a user.
func (w *scimWalk) change(id string, change func(*directory.User)) {
	w.t.Helper()
	_, err := w.entra.Directory().UpdateUser(id, change)
	w.check(err)
}

// wanted is what the server should hold: by the default attribute mappings,
// everybody who was ever in scope and is not purged.
func (w *scimWalk) wanted(disabled ...string) facts {
	quote := func(text string) string {
		b, _ := json.Marshal(text)
		return string(b)
	}
	out := maps.Clone(w.strangers)
	name := func(id string) string {
		u, _ := w.entra.Directory().User(id)
		return u.MailNickname
	}
	for id := range w.managed {
		u, ok := w.entra.Directory().User(id)
		if !ok {
			continue
		}
		o := map[string]string{
			"userName": quote(u.UserPrincipalName), "active": fmt.Sprint(u.Enabled() && !u.IsDeleted() && !slices.Contains(disabled, id)),
			"displayName": quote(u.DisplayName), "title": quote(u.JobTitle), "externalId": quote(u.MailNickname),
			"name.givenName": quote(u.GivenName), "name.familyName": quote(u.Surname), "name.formatted": quote(u.GivenName + " " + u.Surname),
			"emails[work].value": quote(u.Mail), "addresses[work].locality": quote(u.City), "phoneNumbers[work].value": quote(u.BusinessPhone),
			"enterprise.department": quote(u.Department), "enterprise.employeeNumber": quote(u.EmployeeID), "enterprise.manager.value": quote(name(u.Manager)),
		}
		if !w.matched[id] {
			o["emails[work].primary"] = "true" // with a created user
		}
		maps.DeleteFunc(o, func(_, value string) bool { return value == `""` })
		if w.server.own != nil {
			w.server.own(o)
		}
		out[u.MailNickname] = o
	}
	for _, g := range w.entra.Directory().Groups() {
		if !slices.ContainsFunc(w.app.Assignments(), func(a idp.Assignment) bool { return a.ID == g.ID }) {
			continue
		}
		var members []string
		for _, m := range w.entra.Directory().Members(g.ID) {
			members = append(members, name(m.ID))
		}
		if w.lingering != "" {
			members = append(members, w.lingering)
		}
		slices.Sort(members)
		out["Platform"] = map[string]string{
			"displayName": quote(g.DisplayName), "externalId": quote(g.ID), "members": quote(strings.Join(members, " ")),
		}
	}
	return out
}

// compare runs a cycle after an event and compares what the server holds, and
// the failures in the provisioning log, with what should be. Deviations that
// appear or end must be those which are listed for the event.
func (w *scimWalk) compare(event string, want facts, failures ...string) {
	w.t.Helper()
	w.events[event] = true
	job := w.app.Provisioning()
	if _, err := job.RunCycle(w.t.Context()); err != nil {
		w.t.Fatalf("%s: %v", event, err)
	}
	holds := w.server.store(w.t).facts(w.t, w.names)
	now := scimDifference(want, holds)
	var got []string
	for _, line := range now {
		if !slices.Contains(w.before, line) {
			got = append(got, line)
		}
	}
	for _, line := range w.before {
		object, _, _ := strings.Cut(line, " ")
		if gone := want[object] == nil && holds[object] == nil; !gone && !slices.Contains(now, line) {
			got = append(got, "no longer: "+line)
		}
	}
	w.before = now
	log := job.Log()
	for _, e := range log[w.logged:] {
		if e.Status != provisioning.StatusFailure {
			continue
		}
		line := fmt.Sprintf("log: %s %s: %s, status %d", e.Action, e.Source, e.Error.Code, e.Error.Status)
		if i := slices.Index(failures, line); i >= 0 {
			failures = slices.Delete(failures, i, i+1)
			continue
		}
		_, response, _ := strings.Cut(e.Error.Reason, "Web Response: ")
		w.t.Logf("%s: %s: %s", event, line, response)
		got = append(got, line)
	}
	w.logged = len(log)
	for _, line := range failures {
		got = append(got, "no "+line)
	}
	listed := slices.Sorted(slices.Values(w.listed[event]))
	slices.Sort(got)
	if !slices.Equal(got, listed) {
		w.t.Errorf("%s: deviations\n\t%s\nlisted\n\t%s", event, strings.Join(got, "\n\t"), strings.Join(listed, "\n\t"))
	}
}

// end checks that every deviation which is listed belongs to an event.
func (w *scimWalk) end() {
	w.t.Helper()
	for event := range w.listed {
		if !w.events[event] {
			w.t.Errorf("deviations are listed for %q, which did not happen", event)
		}
	}
}
