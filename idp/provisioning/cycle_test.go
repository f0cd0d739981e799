package provisioning_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// An incremental cycle costs what changed, not what there is: it reads neither
// the list of users nor that of groups, and asks the target about nobody else.
func TestIncrementalCycleIsProportionalToChanges(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Scope: provisioning.ScopeAll})
	for i := range 200 {
		f.addUser(fmt.Sprintf("u%03d", i))
	}
	f.addGroup("Ops", "user-u000")
	f.success()
	f.server.taken()
	f.scans = 0
	f.success()
	f.want(probe)
	f.set("user-u100", func(u *directory.User) { u.DisplayName = "new" })
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Updated: 1}})
	if f.scans != 0 {
		t.Errorf("an incremental cycle listed the directory %d times", f.scans)
	}
	if requests := f.server.taken(); len(requests) != 3 {
		t.Errorf("requests for one change: %v", requests)
	}
}

// What is the same is not sent: the object is read and skipped.
func TestRedundantExport(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann", full).ID)
	f.success()
	f.server.taken()
	f.set("user-ann", func(u *directory.User) { u.FaxNumber = "not mapped for AWS" })
	s := f.success()
	f.want(probe, "GET /Users/u1")
	f.wantLog(s, "other skipped ann@contoso.example RedundantExport")
}

// An object that exists already is taken over: matched, brought up to date,
// remembered by its id.
func TestBrownfield(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.server.put(map[string]any{"id": "old-user", "userName": "ANN@contoso.example", "active": true, "displayName": "ann", "name": map[string]any{"givenName": "ann", "familyName": "Sousa", "formatted": "ann Sousa"}})
	f.server.put(map[string]any{"id": "old-group", "displayName": "Ops"})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID).ID)
	f.wantCounts(f.success(), counts{
		Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Updated: 1}, Groups: provisioning.GroupCounts{Updated: 1}, Members: provisioning.MemberCounts{Added: 1},
	})
	links := f.job.Links()
	if len(links) != 2 || links[0].TargetID != "old-user" || links[1].TargetID != "old-group" || links[1].Members != 1 {
		t.Errorf("links %+v", links)
	}
}

// A linked object that is gone from the target is matched and created again,
// and gets its memberships back.
func TestLostObjectIsCreatedAgain(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID).ID)
	f.success()
	f.server.mu.Lock()
	delete(f.server.users, "u1")
	f.server.mu.Unlock()
	f.server.taken()
	f.set("user-ann", func(u *directory.User) { u.JobTitle = "Lead" })
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}, Groups: provisioning.GroupCounts{Updated: 1}, Members: provisioning.MemberCounts{Added: 1}})
	requests := unescape(t, f.server.taken())
	if diff := cmp.Diff([]string{probe, "GET /Users/u1", `GET /Users?filter=userName eq "ann@contoso.example"`}, requests[:3]); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if last := requests[len(requests)-1]; !contains(last, `PATCH /Groups/g2`) || !contains(last, `"value":"u3"`) {
		t.Errorf("last request %s", last)
	}
}

// A group that is gone is made again with all of its members, also when only
// its members had changed.
func TestLostGroupIsCreatedAgain(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID).ID)
	f.success()
	f.server.mu.Lock()
	delete(f.server.groups, "g2")
	f.server.mu.Unlock()
	f.check(f.AddMembers("group-Ops", f.addUser("bob").ID))
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}, Groups: provisioning.GroupCounts{Created: 1}, Members: provisioning.MemberCounts{Added: 2}})
	if got := f.server.members("Ops"); len(got) != 2 {
		t.Errorf("members %v", got)
	}
}

// A user who lost access and is gone from the target already is not brought
// back, and an object that is gone before its DELETE counts as skipped.
func TestGoneBeforehand(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.assign(f.addUser("bob").ID)
	f.success()
	f.server.mu.Lock()
	clear(f.server.users)
	f.server.mu.Unlock()
	f.enable("user-ann", false)
	f.delete("user-bob")
	f.check(f.PurgeUser("user-bob"))
	s := f.success()
	f.wantLog(s, "other skipped ann@contoso.example InvalidAnchor", "other skipped bob@contoso.example InvalidAnchor")
	if links := f.job.Links(); len(links) != 0 {
		t.Errorf("links %+v", links)
	}
}

// A rename changes the matching attribute in place.
func TestRename(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.success()
	f.server.taken()
	f.set("user-ann", func(u *directory.User) { u.UserPrincipalName = "anne@contoso.example" })
	f.success()
	f.want(probe, "GET /Users/u1", `PATCH /Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"userName","value":"anne@contoso.example"}]}`)
	if l := f.job.Links(); l[0].Name != "anne@contoso.example" {
		t.Errorf("link %+v", l)
	}
}

// A deleted user whose name another took: the target's object belongs to the
// first until it is purged.
func TestTwoSourcesForOneTarget(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.success()
	f.delete("user-ann")
	f.success()
	f.assign(f.addUser("ann", func(u *directory.User) { u.ID = "user-ann2" }).ID)
	s := f.cycle()
	f.wantLog(s, "other failure ann@contoso.example DuplicateSourceEntries")
	f.check(f.PurgeUser("user-ann"))
	f.wantCounts(f.cycle(), counts{Users: provisioning.UserCounts{Created: 1, Deleted: 1}})
}

// A group may have very many members: only those who changed are looked at, unless
// something went wrong with the group since it was last in step.
func TestMembersAreFollowed(t *testing.T) {
	f := newFixture(t, provisioning.Settings{MemberBatchSize: 1})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID, f.addUser("bob").ID).ID)
	f.success()
	cycle := func(want provisioning.MemberCounts, scans int) {
		t.Helper()
		before := f.memberScans
		if s := f.cycle(); s.Members != want || f.memberScans-before != scans {
			t.Errorf("members %+v after %d scans, want %+v after %d", s.Members, f.memberScans-before, want, scans)
		}
	}
	eve := f.addUser("eve").ID
	f.check(f.AddMembers("group-Ops", f.addUser("cem").ID, f.addUser("dan").ID))
	f.check(f.RemoveMembers("group-Ops", "user-ann"))
	cycle(provisioning.MemberCounts{Added: 2, Removed: 1}, 0)

	// Of two changes the target takes the first and refuses the second.
	patches := 0
	f.server.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method != http.MethodPatch || !strings.Contains(r.URL.Path, "/Groups/") {
			return false
		}
		if patches++; patches == 2 {
			w.WriteHeader(http.StatusBadRequest)
		}
		return patches == 2
	})
	f.check(f.AddMembers("group-Ops", eve, "user-ann"))
	cycle(provisioning.MemberCounts{Added: 1}, 0)
	f.server.setFault(nil)
	cycle(provisioning.MemberCounts{Added: 1}, 1)
	f.check(f.RemoveMembers("group-Ops", eve))
	cycle(provisioning.MemberCounts{Removed: 1}, 0)
	if got := f.server.members("Ops"); len(got) != 4 {
		t.Errorf("members %v", got)
	}

	// A group that is new in the target, or could not be changed itself.
	f.server.mu.Lock()
	clear(f.server.groups)
	f.server.mu.Unlock()
	f.check(f.AddMembers("group-Ops", eve))
	cycle(provisioning.MemberCounts{Added: 5}, 1)
	f.server.setFault(answer("GET", "/Groups/", 500, ""))
	f.check(f.RemoveMembers("group-Ops", eve))
	cycle(provisioning.MemberCounts{}, 0)
	f.server.setFault(nil)
	cycle(provisioning.MemberCounts{Removed: 1}, 1)

	// A member whose link was removed, and who was matched again.
	f.check(f.job.Unlink(t.Context(), "user-bob"))
	f.set("user-bob", func(u *directory.User) { u.DisplayName = "new" })
	cycle(provisioning.MemberCounts{}, 0)
	f.check(f.RemoveMembers("group-Ops", "user-bob"))
	cycle(provisioning.MemberCounts{Removed: 1}, 1)
}

// Members are sent in batches, removed members too.
func TestMemberBatches(t *testing.T) {
	f := newFixture(t, provisioning.Settings{MemberBatchSize: 2})
	var ids []string
	for i := range 5 {
		ids = append(ids, f.addUser(fmt.Sprintf("u%d", i)).ID)
	}
	f.assign(f.addGroup("Ops", ids...).ID)
	f.assign(ids[0])
	if s := f.success(); s.Members.Added != 5 {
		t.Errorf("added %d", s.Members.Added)
	}
	patches := 0
	for _, r := range f.server.taken() {
		if contains(r, "PATCH /Groups") {
			patches++
		}
	}
	if patches != 3 {
		t.Errorf("%d requests for five members in batches of two", patches)
	}
	f.check(f.RemoveMembers("group-Ops", ids...))
	s := f.success()
	if s.Members.Removed != 5 || s.Users.Disabled != 4 {
		t.Errorf("removed %d members, disabled %d users; want 5 and 4", s.Members.Removed, s.Users.Disabled)
	}
}

// The order is by name whatever the order of creation, so that two runs show
// the same requests.
func TestDeterministicOrder(t *testing.T) {
	run := func(names ...string) []string {
		f := newFixture(t, provisioning.Settings{Scope: provisioning.ScopeAll})
		for _, n := range names {
			f.addUser(n)
		}
		f.addGroup("b", "user-ann")
		f.addGroup("A", "user-ann", "user-Bob")
		f.success()
		var out []string
		for _, r := range unescape(t, f.server.taken()) {
			if !contains(r, "PATCH") {
				out = append(out, r)
			}
		}
		return out
	}
	if diff := cmp.Diff(run("Bob", "ann", "cat"), run("cat", "ann", "Bob")); diff != "" {
		t.Errorf("the order depends on creation:\n%s", diff)
	}
}

// A cycle that is interrupted leaves the watermark, so that the next one does
// the rest.
func TestInterruptedCycle(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	for _, n := range []string{"ann", "bob", "cat"} {
		f.assign(f.addUser(n).ID)
	}
	ctx, cancel := context.WithCancel(context.Background())
	posts := 0
	f.server.setFault(func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method == http.MethodPost {
			if posts++; posts == 2 {
				cancel()
				<-r.Context().Done()
			}
		}
		return false
	})
	s, err := f.job.RunCycle(ctx)
	if !errors.Is(err, context.Canceled) || s.Users.Created != 1 {
		t.Errorf("interrupted cycle: %+v, %v", s, err)
	}
	if n := f.job.Cycles(); n != 0 {
		t.Errorf("an interrupted cycle was counted: %d", n)
	}
	if _, quarantined := f.job.Quarantine(); quarantined || len(f.job.Escrows()) != 0 {
		t.Error("an interruption left a quarantine or escrows")
	}
	f.server.setFault(nil)
	s = f.success()
	f.wantCounts(s, counts{Cycle: provisioning.CycleInitial, Users: s.Users})
	if len(f.server.users) != 3 {
		t.Errorf("%d users in the target, want 3", len(f.server.users))
	}
}

// Cycles exclude each other; everything else may be called meanwhile.
func TestConcurrentCalls(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Scope: provisioning.ScopeAll})
	for i := range 20 {
		f.addUser(fmt.Sprintf("u%02d", i))
	}
	f.merge()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := f.job.RunCycle(context.Background()); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			for range 20 {
				f.job.Log()
				f.job.Links()
				f.job.Escrows()
				f.job.State()
				f.job.Quarantine()
				f.job.LastCycle()
				f.job.Settings()
			}
		})
		wg.Go(func() {
			if err := f.job.TestConnection(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := f.job.Cycles(); n != 4 {
		t.Errorf("%d cycles, want 4", n)
	}
	if len(f.server.users) != 20 {
		t.Errorf("%d users in the target, want 20", len(f.server.users))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	entered := make(chan struct{})
	var once sync.Once
	f.server.setFault(func(http.ResponseWriter, *http.Request, []byte) bool {
		once.Do(func() { close(entered) })
		<-ctx.Done()
		return false
	})
	wg.Go(func() { f.job.RunCycle(context.Background()) })
	<-entered
	if _, err := f.job.RunCycle(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for another cycle: %v", err)
	}
	wg.Wait()
}
