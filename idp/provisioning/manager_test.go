package provisioning_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// A manager is set, changed and taken away, in every form and in both dialects.
// The default form is that of captures, the list that of the oldest
// documentation; how the service itself takes a manager away no capture shows.
func TestManager(t *testing.T) {
	const path = `"path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"`
	tests := []struct {
		form             string
		compliant        bool
		set, change, end string
	}{
		{"", false, `{"op":"Add",` + path + `,"value":"u2"}`, `{"op":"Replace",` + path + `,"value":"u3"}`, `{"op":"Replace",` + path + `,"value":""}`},
		{"", true, `{"op":"add",` + path + `,"value":"u2"}`, `{"op":"replace",` + path + `,"value":"u3"}`, `{"op":"replace",` + path + `,"value":""}`},
		{provisioning.ManagerObject, false, `{"op":"Add",` + path + `,"value":{"value":"u2"}}`, `{"op":"Replace",` + path + `,"value":{"value":"u3"}}`, `{"op":"Replace",` + path + `,"value":{"value":""}}`},
		{provisioning.ManagerArray, false, `{"op":"Add","path":"manager","value":[{"$ref":"<base>/Users/u2","value":"u2"}]}`, `{"op":"Replace","path":"manager","value":[{"$ref":"<base>/Users/u3","value":"u3"}]}`, `{"op":"Remove","path":"manager"}`},
	}
	for _, test := range tests {
		f := newFixture(t, provisioning.Settings{ManagerValueForm: test.form, Compliant: test.compliant})
		ann := f.addUser("ann")
		for _, u := range []directory.User{ann, f.addUser("bob"), f.addUser("cat")} {
			f.assign(u.ID)
		}
		f.success()
		for _, step := range []struct{ manager, want string }{{"user-bob", test.set}, {"user-cat", test.change}, {"", test.end}} {
			f.server.taken()
			f.set(ann.ID, func(u *directory.User) { u.Manager = step.manager })
			f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Updated: 1}})
			f.want(probe, "GET /Users/u1", "PATCH /Users/u1 "+patchPrefix+strings.ReplaceAll(step.want, "<base>", f.server.tenantURL())+"]}")
			f.set(ann.ID, func(u *directory.User) { u.City += "x" })
			f.success()
			if requests := f.server.taken(); len(requests) != 3 {
				t.Errorf("%s: an unchanged manager is sent again: %v", test.form, requests)
			}
		}
	}
}

// A manager that somebody else set in the target is not taken away, because
// the service provisions no nulls.
func TestForeignManagerStays(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.server.put(map[string]any{"id": "u77", "userName": "ann@contoso.example", enterpriseURN: map[string]any{"manager": map[string]any{"value": "boss"}}})
	f.assign(f.addUser("ann").ID)
	f.success()
	if m := f.server.user("ann@contoso.example")[enterpriseURN]; !contains(mustJSON(m), "boss") {
		t.Errorf("the manager became %v", m)
	}
}

// With CheckReferences every reference is asked for before it is written
// ("Develop and plan provisioning for a SCIM endpoint", reference attributes).
func TestCheckReferences(t *testing.T) {
	f := newFixture(t, provisioning.Settings{CheckReferences: true})
	ann := f.addUser("ann", func(u *directory.User) { u.Manager = "user-bob" })
	f.assign(f.addGroup("Ops", ann.ID, f.addUser("bob").ID).ID)
	f.success()
	requests := unescape(t, f.server.taken())
	want := []string{
		`GET /Users?filter=id eq "u1" and manager eq "u2"&attributes=id`,
		`PATCH /Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"u2"}]}`,
		`GET /Groups?filter=id eq "g3" and members eq "u1"&attributes=id`,
		`GET /Groups?filter=id eq "g3" and members eq "u2"&attributes=id`,
		`PATCH /Groups/g3 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"members","value":[{"value":"u1"},{"value":"u2"}]}]}`,
	}
	if diff := cmp.Diff(want, requests[len(requests)-5:]); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	f.check(f.job.Restart(context.Background(), 0))
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleRestart, Users: provisioning.UserCounts{Skipped: 2}, Groups: provisioning.GroupCounts{Skipped: 1}})
	if writes := writes(f.server.taken()); len(writes) > 0 {
		t.Errorf("references that are there were written again: %v", writes)
	}
	// A reference that is to go is not asked for, and one that cannot be asked
	// for is not written.
	f.set(ann.ID, func(u *directory.User) { u.Manager = "" })
	f.success()
	f.want(probe, "GET /Users/u1", "PATCH /Users/u1 "+patchPrefix+`{"op":"Replace","path":"`+enterpriseURN+`:manager","value":""}]}`)
	f.server.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if !strings.HasPrefix(r.URL.Query().Get("filter"), "id eq") {
			return false
		}
		http.Error(w, "{}", http.StatusInternalServerError)
		return true
	})
	f.set(ann.ID, func(u *directory.User) { u.Manager = "user-bob" })
	f.check(f.AddMembers("group-Ops", f.addUser("cat").ID))
	f.cycle()
	if writes := writes(f.server.taken()); len(writes) != 1 || writes[0] != "POST /Users" {
		t.Errorf("written although it could not be asked for: %v", writes)
	}
}
