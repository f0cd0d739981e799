package provisioning_test

import (
	"context"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/refusal"
)

// Unlink works on a job that does not run, and has the object matched again.
func TestUnlink(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.success()
	f.check(f.job.Start(context.Background()))
	if err := f.job.Unlink(context.Background(), "user-ann"); err == nil {
		t.Error("a link of an active job was removed")
	}
	f.job.Stop()
	f.check(f.job.Unlink(context.Background(), "user-ann"))
	f.check(f.job.Unlink(context.Background(), "user-ann")) // again: no error
	f.server.taken()
	f.set("user-ann", func(u *directory.User) { u.City = "Lisboa" })
	f.success()
	if requests := unescape(t, f.server.taken()); requests[1] != `GET /Users?filter=userName eq "ann@contoso.example"` {
		t.Errorf("requests %v", requests)
	}
}

// A link is found by the id in the directory or by that in the target ("Manage
// provisioning object connections"), also after its object left the scope.
func TestLink(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID).ID)
	f.success()
	for id, name := range map[string]string{"user-ann": "ann@contoso.example", "u1": "ann@contoso.example", "group-Ops": "Ops", "g2": "Ops"} {
		if l, ok := f.job.Link(id); !ok || l.Name != name {
			t.Errorf("%s: %+v, %v", id, l, ok)
		}
	}
	if l, ok := f.job.Link("nobody"); ok {
		t.Errorf("a link of nobody: %+v", l)
	}
	f.check(f.RemoveMembers("group-Ops", "user-ann"))
	f.success()
	if l, ok := f.job.Link("u1"); !ok || l.Managed {
		t.Errorf("after leaving the scope: %+v, %v", l, ok)
	}
	f.check(f.job.Unlink(context.Background(), "u1"))
	if l, ok := f.job.Link("user-ann"); ok {
		t.Errorf("%+v after it was removed by the target's id", l)
	}
}

// Removing a link deletes nothing: the object is matched when it is next
// evaluated, and what the service knows of its memberships stays.
func TestUnlinkDeletesNothing(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID, f.addUser("bob").ID).ID)
	f.assign("user-ann")
	f.success()
	f.server.taken()
	f.check(f.job.Unlink(context.Background(), "user-ann"))
	f.success()
	f.want(probe)
	if got := f.server.members("Ops"); len(got) != 2 {
		t.Errorf("members %v", got)
	}
	if s, err := f.job.OnDemand(context.Background(), "user-ann"); err != nil || s.Users.Skipped != 1 {
		t.Errorf("on demand: %+v, %v", s, err)
	}
	if l, ok := f.job.Link("user-ann"); !ok || l.TargetID != "u1" {
		t.Errorf("link %+v", l)
	}
	f.check(f.RemoveMembers("group-Ops", "user-ann"))
	if s := f.success(); s.Members.Removed != 1 {
		t.Errorf("removed %d members", s.Members.Removed)
	}
}

// The page's repair of an incorrect link: the source is corrected, the link
// removed, and the object belongs to whom it matches ("Manage provisioning
// object connections", repair an incorrect object connection).
func TestRepairOfALink(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.server.put(map[string]any{"id": "account", "userName": "bob@contoso.example", "active": true})
	f.assign(f.addUser("ann", func(u *directory.User) { u.UserPrincipalName = "bob@contoso.example" }).ID)
	f.success()
	if l, ok := f.job.Link("account"); !ok || l.SourceID != "user-ann" {
		t.Fatalf("link %+v", l)
	}
	f.set("user-ann", func(u *directory.User) { u.UserPrincipalName = "ann@contoso.example" })
	f.check(f.job.Unlink(context.Background(), "account"))
	f.assign(f.addUser("bob").ID)
	if s, err := f.job.OnDemand(context.Background(), "user-bob"); err != nil || s.Users.Updated != 1 {
		t.Errorf("on demand: %+v, %v", s, err)
	}
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1, Skipped: 1}})
	if l, ok := f.job.Link("account"); !ok || l.SourceID != "user-bob" {
		t.Errorf("link %+v, want that of bob", l)
	}
	if got := f.server.user("bob@contoso.example"); got == nil || got["id"] != "account" || got["displayName"] != "bob" {
		t.Errorf("bob's account %v", got)
	}
}

// A job that four weeks of quarantine have disabled counts as stopped.
func TestUnlinkOfADisabledJob(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.success()
	f.server.setToken("another")
	f.check(f.job.Start(context.Background()))
	f.clock.Advance(27 * 24 * time.Hour)
	err := f.job.Unlink(context.Background(), "user-ann")
	if r, ok := refusal.From(err); !ok || r.Code != "Conflict" {
		t.Errorf("in quarantine: %v", err)
	}
	f.clock.Advance(2 * 24 * time.Hour)
	f.check(f.job.Unlink(context.Background(), "user-ann"))
	if _, ok := f.job.Link("user-ann"); ok {
		t.Error("the link is still there")
	}
}
