package provisioning_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// patchFault refuses the PATCH requests below a path with a status.
func patchFault(path string, status int) func(http.ResponseWriter, *http.Request, []byte) bool {
	return func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method != http.MethodPatch || !strings.Contains(r.URL.Path, path) {
			return false
		}
		http.Error(w, "{}", status)
		return true
	}
}

// A manager who is not managed, because of having left the scope or of never
// having been in it, is not written ("Known issues", manager isn't provisioned).
func TestManagerOutOfScope(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.addUser("cat")
	f.assign(f.addUser("bob").ID)
	f.assign(f.addUser("ann").ID)
	f.success()
	f.unassign("user-bob")
	f.success()
	for _, boss := range []string{"user-bob", "user-cat"} {
		f.server.taken()
		f.set("user-ann", func(u *directory.User) { u.Manager = boss })
		f.success()
		f.want(probe, "GET /Users/u1")
	}
}

// A reference that the target refuses is tried again, and is forgotten once it
// is written or no longer wanted.
func TestReferenceRetriesEnd(t *testing.T) {
	tests := []struct {
		name string
		path string // of the PATCH that is refused
		cure func(*fixture)
	}{
		{"manager, accepted", "/Users/", func(*fixture) {}},
		{"manager, taken away", "/Users/", func(f *fixture) { f.set("user-ann", func(u *directory.User) { u.Manager = "" }) }},
		{"manager, out of scope", "/Users/", func(f *fixture) {
			f.addUser("cat")
			f.set("user-ann", func(u *directory.User) { u.Manager = "user-cat" })
		}},
		{"manager, no longer mapped", "/Users/", func(f *fixture) {
			s := f.job.Settings()
			s.Users.Mappings = []provisioning.Mapping{userName}
			f.check(f.job.Configure(s))
		}},
		{"members, accepted", "/Groups/", func(*fixture) {}},
		{"members, taken away", "/Groups/", func(f *fixture) { f.check(f.RemoveMembers("group-Ops", "user-ann", "user-bob")) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, provisioning.Settings{})
			ann := f.addUser("ann", func(u *directory.User) { u.Manager = "user-bob" })
			f.assign(ann.ID)
			f.assign(f.addUser("bob").ID)
			f.assign(f.addGroup("Ops", ann.ID, "user-bob").ID)
			f.server.setFault(patchFault(test.path, http.StatusInternalServerError))
			f.cycle()
			if escrows := f.job.Escrows(); len(escrows) != 1 || !escrows[0].Reference {
				t.Fatalf("escrows %+v, want one of a reference", escrows)
			}
			f.server.setFault(nil)
			test.cure(f)
			f.clock.Advance(40 * time.Minute)
			f.success()
			if escrows := f.job.Escrows(); len(escrows) != 0 {
				t.Errorf("escrows %+v", escrows)
			}
		})
	}
}

// A token that is refused while references are written ends the cycle there:
// nothing more is sent, and the job is in quarantine.
func TestTokenRefusedAtReferences(t *testing.T) {
	for path, last := range map[string]string{"/Users/": "PATCH /Users/u1 ", "/Groups/": "PATCH /Groups/g4 "} {
		f := newFixture(t, provisioning.Settings{MemberBatchSize: 1})
		for _, name := range []string{"ann", "bob"} {
			f.addUser(name, func(u *directory.User) { u.Manager = "user-cat" })
		}
		f.addUser("cat")
		for _, name := range []string{"Dev", "Ops"} {
			f.assign(f.addGroup(name, "user-ann", "user-bob", "user-cat").ID)
		}
		f.server.setFault(patchFault(path, http.StatusUnauthorized))
		if s := f.cycle(); s.Status != provisioning.SummaryQuarantine {
			t.Errorf("%s: the cycle ends with %s", path, s.Status)
		}
		requests := f.server.taken()
		if got := requests[len(requests)-1]; !strings.HasPrefix(got, last) {
			t.Errorf("%s: the last request was %s, want %s…", path, got, last)
		}
		refused := slices.DeleteFunc(requests, func(r string) bool { return !strings.HasPrefix(r, "PATCH "+path) })
		if len(refused) != 1 {
			t.Errorf("%s: sent after the refusal: %v", path, refused)
		}
	}
}

// Without a mapping of members, groups have none, and without one of the manager
// nobody has; what there is already stays.
func TestReferencesNotMapped(t *testing.T) {
	s := users(provisioning.Mapping{Target: "displayName", Source: "displayName"})
	s.Groups.Mappings = []provisioning.Mapping{{Target: "displayName", Source: "displayName", Match: 1}}
	f := newFixture(t, s)
	ann := f.addUser("ann", func(u *directory.User) { u.Manager = "user-bob" })
	f.assign(f.addGroup("Ops", ann.ID, f.addUser("bob").ID).ID)
	f.success()
	for _, r := range f.server.taken() {
		if strings.HasPrefix(r, "PATCH") {
			t.Errorf("sent %s", r)
		}
	}
	f.check(f.job.Configure(provisioning.Settings{}))
	f.success()
	f.check(f.job.Configure(s))
	f.check(f.RemoveMembers("group-Ops", ann.ID))
	f.assign(ann.ID)
	f.set(ann.ID, func(u *directory.User) { u.Manager = "" })
	f.server.taken()
	f.success()
	if sent := writes(f.server.taken()); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}

// A reference's entry in the log names the object of the target and the step.
func TestReferenceEntries(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	ann := f.addUser("ann", func(u *directory.User) { u.Manager = "user-bob" })
	f.assign(f.addGroup("Ops", ann.ID, f.addUser("bob").ID).ID)
	f.success()
	for source, target := range map[string]string{"ann@contoso.example": "u1", "Ops": "g3"} {
		e := f.entry(source)
		if e.Target != target || e.Status != "success" || len(e.Steps) < 2 || e.Steps[0].Type != "referenceResolution" {
			t.Errorf("%s: logged %s", source, mustJSON(e))
		}
	}
}
