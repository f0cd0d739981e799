package provisioning_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// dropAfter has the target close the connection once a request of a method and
// path part was carried out.
func (f *fixture) dropAfter(method, part string) {
	f.server.mu.Lock()
	defer f.server.mu.Unlock()
	f.server.after = func(r *http.Request) bool {
		return method != "" && r.Method == method && strings.Contains(r.URL.Path, part)
	}
}

// A change of references that was carried out and not answered is taken back
// when the directory takes it back before the retry.
func TestLostAnswersToReferences(t *testing.T) {
	newTeam := func(t *testing.T) *fixture {
		f := newFixture(t, provisioning.Settings{})
		f.assign(f.addUser("ann").ID)
		f.assign(f.addUser("bob").ID)
		f.assign(f.addGroup("Ops", "user-bob").ID)
		f.success()
		return f
	}
	managerOf := func(f *fixture, name string) string {
		return shownText(inner(inner(f.server.user(name)[enterpriseURN])["manager"])["value"])
	}
	t.Run("member added", func(t *testing.T) {
		f := newTeam(t)
		f.dropAfter("PATCH", "/Groups/")
		f.check(f.AddMembers("group-Ops", "user-ann"))
		f.wantCounts(f.cycle(), counts{Status: provisioning.SummaryFailed, Users: provisioning.UserCounts{Skipped: 1}, Groups: provisioning.GroupCounts{Failed: 1}})
		f.dropAfter("", "")
		f.check(f.RemoveMembers("group-Ops", "user-ann"))
		f.success()
		if diff := cmp.Diff([]string{"bob@contoso.example"}, f.server.members("Ops")); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
	})
	t.Run("member removed", func(t *testing.T) {
		f := newTeam(t)
		f.dropAfter("PATCH", "/Groups/")
		f.check(f.RemoveMembers("group-Ops", "user-bob"))
		f.cycle()
		f.dropAfter("", "")
		f.check(f.AddMembers("group-Ops", "user-bob"))
		f.success()
		if diff := cmp.Diff([]string{"bob@contoso.example"}, f.server.members("Ops")); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
	})
	t.Run("manager set", func(t *testing.T) {
		f := newTeam(t)
		f.dropAfter("PATCH", "/Users/")
		f.set("user-ann", func(u *directory.User) { u.Manager = "user-bob" })
		f.cycle()
		if managerOf(f, "ann@contoso.example") == "" {
			t.Fatal("the target did not carry out the change")
		}
		f.dropAfter("", "")
		f.set("user-ann", func(u *directory.User) { u.Manager = "" })
		f.success()
		if got := managerOf(f, "ann@contoso.example"); got != "" {
			t.Errorf("manager %s is left", got)
		}
	})
}

// A token that is refused after an object was retried, and before its
// references, does not lose these.
func TestReferencesAfterAHalt(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.addUser("ann", func(u *directory.User) { u.Manager = "user-bob" })
	f.addUser("bob")
	f.assign("user-ann")
	f.assign("user-bob")
	f.server.setFault(answer("POST", "ann@", 500, ""))
	f.cycle()
	f.server.setFault(answer("PATCH", "/Users/", 401, ""))
	if s := f.cycle(); s.Quarantine == nil || s.Users.Created != 1 {
		t.Fatalf("summary %+v, want ann created and a quarantine", s)
	}
	f.server.setFault(nil)
	f.success()
	boss := f.server.user("bob@contoso.example")["id"]
	if got := inner(inner(f.server.user("ann@contoso.example")[enterpriseURN])["manager"])["value"]; got != boss {
		t.Errorf("manager %v, want %v", got, boss)
	}
}

// A target that mixes up its ids is refused before anybody's data is written
// into somebody else's account.
func TestAnotherID(t *testing.T) {
	const incompatible = "SystemForCrossDomainIdentityManagementServiceIncompatible"
	t.Run("created", func(t *testing.T) {
		f := newFixture(t, provisioning.Settings{})
		f.assign(f.addUser("ann").ID)
		f.success()
		f.assign(f.addUser("bob").ID)
		f.server.setFault(answer("POST", "bob@", 201, `{"id":"u1"}`))
		f.wantLog(f.cycle(), "create failure bob@contoso.example "+incompatible)
		f.server.setFault(nil)
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}})
		if links := f.job.Links(); len(links) != 2 || links[0].TargetID == links[1].TargetID {
			t.Errorf("links %+v", links)
		}
	})
	t.Run("read", func(t *testing.T) {
		f := newFixture(t, provisioning.Settings{})
		f.assign(f.addUser("ann").ID)
		f.success()
		f.set("user-ann", func(u *directory.User) { u.DisplayName = "new" })
		f.server.setFault(answer("GET", "/Users/u1", 200, `{"id":"u7"}`))
		f.server.taken()
		f.wantLog(f.cycle(), "update failure ann@contoso.example "+incompatible)
		f.want(probe, "GET /Users/u1")
		f.server.setFault(nil)
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Updated: 1}})
	})
	t.Run("matched", func(t *testing.T) {
		f := newFixture(t, provisioning.Settings{})
		f.assign(f.addUser("ann").ID)
		f.success()
		f.assign(f.addUser("bob").ID)
		f.server.setFault(answer("GET", "bob%40", 200, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"Resources":[{"id":"u1","userName":"bob@contoso.example"}]}`))
		f.wantLog(f.cycle(), "other failure bob@contoso.example DuplicateSourceEntries")
		f.server.setFault(nil)
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}})
	})
}
