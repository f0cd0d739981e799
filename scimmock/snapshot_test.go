package scimmock_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/sp/identitystore"
)

// A store that goes back to a snapshot, read from JSON, answers as it did then:
// the same bodies, the same listings in the same order, and the cursors that
// clients hold go on where they left off. The access token stays valid.
func TestSnapshotAtTheWire(t *testing.T) {
	e := run(t)
	var people []string
	for i := range 7 {
		people = append(people, e.person(fmt.Sprintf("u%d", i)))
	}
	full := e.user(with(ana(), `"title":"Guide","addresses":[{"locality":"Lisbon","type":"work","primary":true}],"`+enterprise+`":{"department":"Tours","manager":{"value":"`+people[0]+`"}}`))
	admins := e.group("admins", people[4], full, people[1])
	first := e.get("/Users?count=3&cursor").want(200)
	cursor, _ := first.json("nextCursor").(string)

	paths := []string{"/Users", "/Groups", "/Users/" + full, "/Groups/" + admins, "/Users?cursor=" + cursor,
		"/Users?filter=" + `groups.value+eq+"` + admins + `"`, "/Groups?filter=" + `members.value+eq+"` + full + `"`,
		"/Users?filter=" + `userName+eq+"ANA@contoso.example"`, "/Users?filter=" + `externalId+eq+"a-1"`, "/Groups?filter=" + `displayName+eq+"admins"`}
	before := make([]string, len(paths))
	for i, path := range paths {
		before[i] = e.get(path).want(200).body
	}
	text, err := json.Marshal(e.store.Snapshot())
	if err != nil {
		t.Fatal(err)
	}

	e.do("DELETE", "/Users/"+full, "").want(204)
	e.do("DELETE", "/Users/"+people[5], "").want(204)
	e.patch("/Users/"+people[6], `{"op":"replace","path":"userName","value":"renamed"}`).want(200)
	e.patch("/Groups/"+admins, `{"op":"add","path":"members","value":[{"value":"`+people[2]+`"}]}`).want(204)
	late := e.user(ana()) // takes the userName of the deleted one
	e.group("late", late)
	for i, path := range paths {
		if r := e.get(path); r.body == before[i] && path != "/Groups/"+admins && i != len(paths)-1 { // a group shows no members
			t.Errorf("GET %s is as before: this test changes too little", path)
		}
	}

	var snapshot identitystore.Snapshot
	if err := json.Unmarshal(text, &snapshot); err != nil {
		t.Fatal(err)
	}
	if err := e.store.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	for i, path := range paths {
		if diff := cmp.Diff(before[i], e.get(path).want(200).body); diff != "" {
			t.Errorf("GET %s (-before +after):\n%s", path, diff)
		}
	}
	e.get("/Users/"+late).refused(404, notThere)
	e.do("POST", "/Users", ana()).refused(409, duplicate)

	// What is restored goes on: a cursor of before sees who came after.
	next := e.person("next")
	if names := e.get("/Users?count=100&cursor=" + cursor).names("id"); len(names) != 6 || !slices.Contains(names, next) || slices.Contains(names, people[2]) {
		t.Errorf("the page after the cursor: %v", names)
	}
}
