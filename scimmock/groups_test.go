package scimmock_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestGroupOperations: developer guide, CreateGroup (no members in the
// response), GetGroup, DeleteGroup.
func TestGroupOperations(t *testing.T) {
	e := run(t)
	ana, bo := e.person("ana"), e.person("bo")
	created := e.do("POST", "/Groups", `{"externalId":"g-1","displayName":"Group Bar","members":[{"value":"`+ana+`","$ref":"../Users/`+ana+`","type":"User"},{"value":"`+bo+`","display":"Bo"}]}`).want(201)
	id := created.id()
	want := `{"id":"` + id + `","externalId":"g-1","meta":{"resourceType":"Group","created":"2026-01-05T09:00:00Z","lastModified":"2026-01-05T09:00:00Z"},` +
		`"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Group Bar"}`
	if created.body != want {
		t.Errorf("created group\n got %s\nwant %s", created.body, want)
	}
	if diff := cmp.Diff([]string{"ana", "bo"}, e.members(id)); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if got, want := e.get("/Groups/"+id+"?excludedAttributes=members").want(200).body, strings.TrimSuffix(want, "}")+`,"members":[]}`; got != want {
		t.Errorf("group read\n got %s\nwant %s", got, want)
	}
	if r := e.do("DELETE", "/Groups/"+id, "").want(204); r.body != "" {
		t.Errorf("DELETE has the body %q", r.body)
	}
	e.get("/Groups/"+id).refused(404, notThere)
	e.do("DELETE", "/Groups/"+id, "").refused(404, notThere)
	e.patch("/Groups/"+id, `{"op":"replace","path":"displayName","value":"x"}`).refused(404, notThere)
	if groups := e.store.GroupsOf(ana); len(groups) != 0 {
		t.Errorf("ana is still in %v", groups)
	}
}

func TestCreateGroupTakes(t *testing.T) {
	for name, body := range map[string]string{
		"just a name":                  `{"displayName":"g"}`,
		"ssosync":                      `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"g","externalId":"x","members":[]}`,
		"idpscim, empty id and meta":   `{"id":"","meta":{},"displayName":"g","externalId":"x"}`,
		"Entra, with its second URN":   `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group","http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"externalId":"8aa1a0c0","displayName":"g","meta":{"resourceType":"Group"}}`,
		"nulls":                        `{"schemas":null,"displayName":"g","externalId":null,"members":null}`,
		"a description, which is lost": `{"displayName":"g","description":"x"}`,
		"spaces and other alphabets":   `{"displayName":"Группа <1> & 日本:%"}`,
	} {
		t.Run(name, func(t *testing.T) { run(t).do("POST", "/Groups", body).want(201) })
	}
}

func TestCreateGroupRefuses(t *testing.T) {
	for _, test := range []struct {
		name, body string
		status     int
		detail     string
	}{
		{"no name", `{"externalId":"x"}`, 400, fmt.Sprintf(mustExist, "displayName")},
		{"empty name", `{"displayName":""}`, 400, fmt.Sprintf(nonEmpty, "displayName", pattern)},
		{"name too long", `{"displayName":"` + strings.Repeat("g", 1025) + `"}`, 400, "1 validation errors detected: Value at 'displayName' failed to satisfy constraint: Member must have length less than or equal to 1024"},
		{"name a number", `{"displayName":1}`, 400, genericInvalid},
		{"name taken", `{"displayName":"taken"}`, 409, duplicate},
		{"name taken in another case", `{"displayName":"TAKEN"}`, 409, duplicate},
		{"externalId taken", `{"displayName":"g","externalId":"t-1"}`, 409, duplicate},
		{"unknown member", `{"displayName":"g","members":[{"value":"nobody"}]}`, 400, genericInvalid},
		{"member without an id", `{"displayName":"g","members":[{"display":"x"}]}`, 400, genericInvalid},
		{"member with an empty id", `{"displayName":"g","members":[{"value":""}]}`, 400, fmt.Sprintf(nonEmpty, "members.value", pattern)},
		{"member a text", `{"displayName":"g","members":["x"]}`, 400, genericInvalid},
		{"members a text", `{"displayName":"g","members":"x"}`, 400, genericInvalid},
		{"a group as a member", `{"displayName":"g","members":[{"value":"x","type":"Group"}]}`, 400, genericInvalid},
		{"101 members", `{"displayName":"g","members":` + refs(strings.Split(strings.Repeat("x,", 100)+"x", ",")...) + `}`, 400, genericInvalid},
		{"user schema", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"displayName":"g"}`, 400, genericInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t)
			e.do("POST", "/Groups", `{"displayName":"taken","externalId":"t-1"}`).want(201)
			e.do("POST", "/Groups", test.body).refused(test.status, test.detail)
			if n := len(e.store.Groups()); n != 1 {
				t.Errorf("%d groups after a refusal", n)
			}
		})
	}
}

// TestPatchGroup: developer guide, PatchGroup, and the forms that clients send.
// Every one is answered with 204 and no body.
func TestPatchGroup(t *testing.T) {
	for _, test := range []struct {
		name, operations string // A, B, C, G stand for the ids of ana, bo, carol and the group
		displayName      string
		members          []string
	}{
		{"rename", `{"op":"replace","path":"displayName","value":"new"}`, "new", []string{"ana", "bo"}},
		{"rename without a path, the older example", `{"op":"replace","value":{"id":"G","displayName":"new"}}`, "new", []string{"ana", "bo"}},
		{"externalId without a path, idpscim", `{"op":"replace","value":{"id":"G","externalId":"x"}}`, "g", []string{"ana", "bo"}},
		{"both in two operations, ssosync", `{"op":"replace","path":"displayName","value":"new"},{"op":"replace","path":"externalId","value":"x"}`, "new", []string{"ana", "bo"}},
		{"Entra renames", `{"op":"Replace","path":"displayName","value":"new"}`, "new", []string{"ana", "bo"}},
		{"remove externalId", `{"op":"remove","path":"externalId"}`, "g", []string{"ana", "bo"}},
		{"add", `{"op":"add","path":"members","value":[{"value":"C"}]}`, "g", []string{"ana", "bo", "carol"}},
		{"add two", `{"op":"add","path":"members","value":[{"value":"C"},{"value":"A"}]}`, "g", []string{"ana", "bo", "carol"}},
		{"add those who are members, ssosync", `{"op":"add","path":"members","value":[{"value":"A"},{"value":"B"}]}`, "g", []string{"ana", "bo"}},
		{"add nobody, idpscim", `{"op":"add","path":"members","value":[]}`, "g", []string{"ana", "bo"}},
		{"add one outside an array", `{"op":"add","path":"members","value":{"value":"C"}}`, "g", []string{"ana", "bo", "carol"}},
		{"add without a path", `{"op":"add","value":{"members":[{"value":"C"}]}}`, "g", []string{"ana", "bo", "carol"}},
		{"Entra adds", `{"op":"Add","path":"members","value":[{"$ref":null,"value":"C"}]}`, "g", []string{"ana", "bo", "carol"}},
		{"remove", `{"op":"remove","path":"members","value":[{"value":"A"}]}`, "g", []string{"bo"}},
		{"remove all by name", `{"op":"remove","path":"members","value":[{"value":"A"},{"value":"B"}]}`, "g", []string{}},
		{"remove those who are none", `{"op":"remove","path":"members","value":[{"value":"C"},{"value":"nobody"}]}`, "g", []string{"ana", "bo"}},
		{"Entra removes", `{"op":"Remove","path":"members","value":[{"$ref":null,"value":"A"}]}`, "g", []string{"bo"}},
		{"Entra removes with aadOptscim062020, Okta", `{"op":"remove","path":"members[value eq \"A\"]"}`, "g", []string{"bo"}},
		{"Entra removes several so", `{"op":"remove","path":"members[value eq \"A\"]"},{"op":"remove","path":"Members[Value eq \"B\"]"}`, "g", []string{}},
		{"add, then remove", `{"op":"add","path":"members","value":[{"value":"C"}]},{"op":"remove","path":"members[value eq \"C\"]"}`, "g", []string{"ana", "bo"}},
		{"rename and change members", `{"op":"replace","path":"displayName","value":"new"},{"op":"add","path":"members","value":[{"value":"C"}]},{"op":"remove","path":"members","value":[{"value":"B"}]}`, "new", []string{"ana", "carol"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t)
			g, operations := e.patchable(test.operations)
			if r := e.patch("/Groups/"+g, operations).want(204); r.body != "" {
				t.Errorf("body %q, want none", r.body)
			}
			same(t, "displayName", e.get("/Groups/"+g).json("displayName"), `"`+test.displayName+`"`)
			if diff := cmp.Diff(test.members, e.members(g)); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
		})
	}
}

// patchable makes the group g of ana and bo beside carol and another group, and
// puts their ids into operations.
func (e *endpoint) patchable(operations string) (group, filled string) {
	e.t.Helper()
	a, b, c := e.person("ana"), e.person("bo"), e.person("carol")
	group = e.group("g", a, b)
	e.do("POST", "/Groups", `{"displayName":"taken","externalId":"t-1"}`).want(201)
	e.clock.Advance(time.Minute)
	return group, strings.NewReplacer(`"A"`, `"`+a+`"`, `"B"`, `"`+b+`"`, `"C"`, `"`+c+`"`, `"G"`, `"`+group+`"`, `\"A\"`, `\"`+a+`\"`, `\"B\"`, `\"`+b+`\"`, `\"C\"`, `\"`+c+`\"`).Replace(operations)
}

func TestPatchGroupRefuses(t *testing.T) {
	const replacing = "Replacing group memberships is not supported."
	nobody := make([]string, 101)
	for i := range nobody {
		nobody[i] = "nobody"
	}
	for _, test := range []struct {
		name, operations string
		status           int
		detail           string
	}{
		{"replace members", `{"op":"replace","path":"members","value":[{"value":"C"}]}`, 400, replacing},
		{"replace members by nobody", `{"op":"Replace","path":"members","value":[]}`, 400, replacing},
		{"replace members without a path", `{"op":"replace","value":{"members":[{"value":"C"}]}}`, 400, replacing},
		{"replace a member", `{"op":"replace","path":"members[value eq \"A\"].value","value":"C"}`, 400, replacing},
		{"remove all", `{"op":"remove","path":"members"}`, 400, genericInvalid},
		{"remove an empty list", `{"op":"remove","path":"members","value":[]}`, 400, genericInvalid},
		{"remove null", `{"op":"remove","path":"members","value":null}`, 400, genericInvalid},
		{"remove an empty id", `{"op":"remove","path":"members","value":[{"value":""}]}`, 400, fmt.Sprintf(nonEmpty, "members.value", pattern)},
		{"remove by an empty id", `{"op":"remove","path":"members[value eq \"\"]"}`, 400, genericInvalid},
		{"remove by another attribute", `{"op":"remove","path":"members[type eq \"User\"]"}`, 400, genericInvalid},
		{"remove by two comparisons", `{"op":"remove","path":"members[value eq \"A\" or value eq \"B\"]"}`, 400, badFilter},
		{"remove a part of members", `{"op":"remove","path":"members.value"}`, 400, genericInvalid},
		{"add by filter", `{"op":"add","path":"members[value eq \"C\"]","value":{"value":"C"}}`, 400, genericInvalid},
		{"add somebody unknown", `{"op":"add","path":"members","value":[{"value":"C"},{"value":"nobody"}]}`, 404, notThere},
		{"add a group", `{"op":"add","path":"members","value":[{"value":"G"}]}`, 404, notThere},
		{"add texts", `{"op":"add","path":"members","value":["C"]}`, 400, genericInvalid},
		{"101 changes", `{"op":"add","path":"members","value":` + refs(nobody...) + `}`, 400, genericInvalid},
		{"101 changes in two operations", `{"op":"remove","path":"members","value":` + refs(nobody[:60]...) + `},{"op":"remove","path":"members","value":` + refs(nobody[:41]...) + `}`, 400, genericInvalid},
		{"two attributes without a path, authentik", `{"op":"replace","value":{"displayName":"new","externalId":"x"}}`, 400, severalOps},
		{"no attribute without a path", `{"op":"replace","value":{}}`, 400, severalOps},
		{"wrong case without a path, idpscim", `{"op":"replace","value":{"id":"G","ExternalID":"x"}}`, 400, genericInvalid},
		{"remove without a path", `{"op":"remove","value":[{"value":"A"}]}`, 400, "Missing path in PATCH request"},
		{"remove displayName", `{"op":"remove","path":"displayName"}`, 400, genericInvalid},
		{"displayName null", `{"op":"replace","path":"displayName","value":null}`, 400, genericInvalid},
		{"displayName empty", `{"op":"replace","path":"displayName","value":""}`, 400, fmt.Sprintf(nonEmpty, "displayName", pattern)},
		{"displayName a list", `{"op":"replace","path":"displayName","value":["x"]}`, 400, genericInvalid},
		{"another attribute", `{"op":"replace","path":"description","value":"x"}`, 400, genericInvalid},
		{"a user's attribute", `{"op":"replace","path":"userName","value":"x"}`, 400, genericInvalid},
		{"part of displayName", `{"op":"replace","path":"displayName.value","value":"x"}`, 400, genericInvalid},
		{"name taken", `{"op":"replace","path":"displayName","value":"Taken"}`, 409, duplicate},
		{"externalId taken", `{"op":"replace","path":"externalId","value":"t-1"}`, 409, duplicate},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t)
			g, operations := e.patchable(test.operations)
			before := e.get("/Groups/" + g).body
			e.patch("/Groups/"+g, operations).refused(test.status, test.detail)
			// RFC 7644 section 3.5.2: all operations or none.
			carol, _ := e.store.UserByName("carol")
			e.patch("/Groups/"+g, `{"op":"add","path":"members","value":`+refs(carol.ID)+`},`+operations).refused(test.status, test.detail)
			if after := e.get("/Groups/" + g).body; after != before {
				t.Errorf("a refused PATCH changed the group from\n%s to\n%s", before, after)
			}
			if diff := cmp.Diff([]string{"ana", "bo"}, e.members(g)); diff != "" {
				t.Errorf("a refused PATCH changed the members (-want +got):\n%s", diff)
			}
		})
	}
}

// A hundred changes are allowed, as often as one likes.
func TestHundredMembers(t *testing.T) {
	e := run(t)
	var ids []string
	for i := range 200 {
		ids = append(ids, e.person(fmt.Sprintf("u%03d", i)))
	}
	g := e.group("g", ids[:100]...)
	e.patch("/Groups/"+g, `{"op":"add","path":"members","value":`+refs(ids[100:]...)+`}`).want(204)
	if n := len(e.members(g)); n != 200 {
		t.Errorf("%d members, want 200", n)
	}
	e.patch("/Groups/"+g, `{"op":"remove","path":"members","value":`+refs(ids[50:150]...)+`}`).want(204)
	if n := len(e.members(g)); n != 100 {
		t.Errorf("%d members, want 100", n)
	}
}

// Deleting a user ends its memberships; disabling it does not.
func TestMembershipsFollowTheUser(t *testing.T) {
	e := run(t)
	ana, bo := e.person("ana"), e.person("bo")
	g := e.group("g", ana, bo)
	e.patch("/Users/"+ana, `{"op":"replace","path":"active","value":false}`).want(200)
	e.do("DELETE", "/Users/"+bo, "").want(204)
	if diff := cmp.Diff([]string{"ana"}, e.members(g)); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}
