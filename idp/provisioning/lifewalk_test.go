package provisioning_test

import (
	"strings"
	"testing"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// walk is a fixture whose expected requests are written in the legacy dialect
// and compared in the one that it uses.
type walk struct {
	*fixture
	compliant bool
}

var toCompliant = strings.NewReplacer(
	`"op":"Add"`, `"op":"add"`, `"op":"Replace"`, `"op":"replace"`, `"value":"False"`, `"value":false`, `"value":"True"`, `"value":true`,
	`{"op":"Remove","path":"members","value":[{"value":"u2"}]}`, `{"op":"remove","path":"members[value eq \"u2\"]"}`,
)

// event runs a cycle after something has happened, and compares what was sent
// after the probe. An operation stands for the PATCH around it.
func (w *walk) event(what string, happens func(), requests ...string) {
	w.Helper()
	happens()
	w.server.taken()
	w.cycle()
	want := []string{probe}
	for _, r := range requests {
		path, operation, isPatch := strings.Cut(r, " {")
		if isPatch && strings.HasPrefix(path, "PATCH ") {
			r = path + " " + patchPrefix + "{" + operation + "]}"
		}
		if w.compliant {
			r = toCompliant.Replace(r)
		}
		want = append(want, r)
	}
	w.Run(what, func(t *testing.T) { w.want(want...) })
}

// Run tells of a failure under the event's name.
func (w *walk) Run(what string, check func(*testing.T)) {
	w.Helper()
	outer := w.TB
	outer.(*testing.T).Run(what, func(t *testing.T) {
		w.TB = t
		check(t)
	})
	w.TB = outer
}

// Everything that can happen to a user and a group, in one life, in both
// dialects. The rules are those of "How application provisioning works"; where
// another page gives one, the event says which.
func TestLife(t *testing.T) {
	for name, compliant := range map[string]bool{"legacy": false, "compliant": true} {
		t.Run(name, func(t *testing.T) { live(t, compliant) })
	}
}

func live(t *testing.T, compliant bool) {
	s := users(
		provisioning.Mapping{Target: "active", Expression: `Switch([IsSoftDeleted], , "False", "True", "True", "False")`},
		provisioning.Mapping{Target: "title", Source: "jobTitle"},
	)
	s.Compliant, s.Users.Filters = compliant, [][]provisioning.Clause{{{Attribute: "department", Operator: "NOT EQUALS", Value: "Sales"}}}
	w := &walk{newFixture(t, s), compliant}
	post := func(name string) string {
		return `POST /Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + enterpriseURN + `"],"userName":"` + name + `@contoso.example","active":true,"meta":{"resourceType":"User"},"roles":[]}`
	}
	match := func(name string) string { return `GET /Users?filter=userName eq "` + name + `@contoso.example"` }
	member := func(name string) directory.User {
		return w.addUser(name, func(u *directory.User) { u.Department = "R&D" })
	}
	title := func(id, title string) {
		w.set(id, func(u *directory.User) { u.JobTitle = title })
	}

	w.server.put(map[string]any{"id": "u1", "userName": "ANN@contoso.example", "active": true})
	w.server.serial = 1
	w.event("matched to an existing account", func() { w.assign(member("ann").ID); title("user-ann", "Lead") },
		match("ann"), `PATCH /Users/u1 {"op":"Add","path":"title","value":"Lead"}`)
	w.event("created", func() { w.assign(member("bob").ID) }, match("bob"), post("bob"))
	w.event("group with a member out of scope", func() {
		w.addUser("dan", func(u *directory.User) { u.Department = "Sales" })
		w.assign(w.addGroup("Ops", "user-bob", "user-dan").ID)
	},
		"GET /Users/u2", `GET /Groups?excludedAttributes=members&filter=displayName eq "Ops"`,
		`POST /Groups {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group","http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"externalId":"group-Ops","displayName":"Ops","meta":{"resourceType":"Group"}}`,
		`PATCH /Groups/g3 {"op":"Add","path":"members","value":[{"value":"u2"}]}`)
	w.event("member comes into scope", func() { w.set("user-dan", func(u *directory.User) { u.Department = "R&D" }) }, // "Known issues", member of group not provisioned
		match("dan"), post("dan"))
	w.event("changed", func() { title("user-bob", "Engineer") }, "GET /Users/u2", `PATCH /Users/u2 {"op":"Add","path":"title","value":"Engineer"}`)
	w.event("changed to nothing", func() { title("user-bob", "") }, "GET /Users/u2") // "Known issues", null attribute can't be provisioned
	w.event("renamed", func() { w.set("user-bob", func(u *directory.User) { u.UserPrincipalName = "rob@contoso.example" }) },
		"GET /Users/u2", `PATCH /Users/u2 {"op":"Replace","path":"userName","value":"rob@contoso.example"}`)
	w.event("group renamed", func() {
		_, err := w.UpdateGroup("group-Ops", func(g *directory.Group) { g.DisplayName = "Operations" })
		w.check(err)
	}, "GET /Groups/g3?excludedAttributes=members", `PATCH /Groups/g3 {"op":"Replace","path":"displayName","value":"Operations"}`)
	w.event("left the group", func() { w.check(w.RemoveMembers("group-Ops", "user-bob")) },
		"GET /Users/u2", "GET /Groups/g3?excludedAttributes=members", `PATCH /Groups/g3 {"op":"Remove","path":"members","value":[{"value":"u2"}]}`)
	w.event("disabled", func() { w.enable("user-bob", false) }, "GET /Users/u2", `PATCH /Users/u2 {"op":"Replace","path":"active","value":"False"}`)
	w.event("enabled", func() { w.enable("user-bob", true) }, "GET /Users/u2", `PATCH /Users/u2 {"op":"Replace","path":"active","value":"True"}`)
	w.event("soft-deleted", func() { w.delete("user-bob") }, "GET /Users/u2", `PATCH /Users/u2 {"op":"Replace","path":"active","value":"False"}`)
	w.event("restored", func() { _, err := w.RestoreUser("user-bob"); w.check(err) }, "GET /Users/u2", `PATCH /Users/u2 {"op":"Replace","path":"active","value":"True"}`)
	w.event("deleted behind our back", func() { w.forget("u2"); title("user-bob", "Head") }, // inferred from "Manage object connections"
		"GET /Users/u2", match("rob"), `POST /Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","`+enterpriseURN+`"],"userName":"rob@contoso.example","active":true,"meta":{"resourceType":"User"},"roles":[],"title":"Head"}`)
	w.event("soft-deleted again", func() { w.delete("user-bob") }, "GET /Users/u5", `PATCH /Users/u5 {"op":"Replace","path":"active","value":"False"}`)
	w.event("purged", func() { w.check(w.PurgeUser("user-bob")) }, "DELETE /Users/u5")
	w.event("unassigned", func() { w.unassign("user-ann") }, "GET /Users/u1", `PATCH /Users/u1 {"op":"Replace","path":"active","value":"False"}`)
	w.event("changed while unassigned", func() { title("user-ann", "Head") })
	w.event("assigned again", func() { w.assign("user-ann") }, match("ann"),
		map[bool]string{
			false: `PATCH /Users/u1 {"op":"Replace","path":"active","value":"True"},{"op":"Replace","path":"title","value":"Head"}`,
			true:  `PATCH /Users/u1 {"op":"replace","value":{"active":true,"title":"Head"}}`,
		}[compliant])
	w.event("fails the filter", func() { w.set("user-ann", func(u *directory.User) { u.Department = "Sales" }) },
		"GET /Users/u1", `PATCH /Users/u1 {"op":"Replace","path":"active","value":"False"}`)
	w.event("purged when no longer managed", func() { w.delete("user-ann"); w.check(w.PurgeUser("user-ann")) })
	w.server.put(map[string]any{"id": "e1", "userName": "eve@contoso.example"})
	w.server.put(map[string]any{"id": "e2", "userName": "eve@contoso.example"})
	w.event("twice in the target", func() { w.assign(member("eve").ID) }, match("eve"))
	if e := w.entry("eve@contoso.example"); e.Error == nil || e.Error.Code != "DuplicateTargetEntries" {
		t.Errorf("logged %+v", e.Error)
	}
	w.event("once in the target", func() { w.forget("e2") }, match("eve"), `PATCH /Users/e1 {"op":"Add","path":"active","value":"True"}`)
	w.event("group unassigned", func() { w.unassign("group-Ops") },
		"GET /Users/u4", `PATCH /Users/u4 {"op":"Replace","path":"active","value":"False"}`, "DELETE /Groups/g3")
}

// forget removes a user from the target.
func (f *fixture) forget(id string) {
	f.server.mu.Lock()
	defer f.server.mu.Unlock()
	delete(f.server.users, id)
}
