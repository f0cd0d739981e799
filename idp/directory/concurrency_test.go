package directory_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
)

// Everything at once, under the race detector: readers, writers and time. In the
// end both directions of every membership agree, and nobody is lost.
func TestConcurrentUse(t *testing.T) {
	const workers, rounds = 4, 200
	f := newFixture(t)
	for _, g := range []string{"a", "b", "c"} {
		f.group(g)
	}
	f.check(f.AddMembers("a", "b"))
	var all sync.WaitGroup
	fail := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	for worker := range workers {
		all.Go(func() {
			for round := range rounds {
				id := fmt.Sprintf("user-%d-%d", worker, round)
				name := id + "@contoso.example"
				_, err := f.CreateUser(directory.User{ID: id, UserPrincipalName: name})
				fail(err)
				fail(f.AddMembers("group-a", name))
				fail(f.AddMembers("group-b", id))
				_, err = f.UpdateUser(id, func(u *directory.User) { u.Department = "x" })
				fail(err)
				_, err = f.DeleteUser(name)
				fail(err)
				if round%2 == 0 {
					_, err = f.RestoreUser(id)
					fail(err)
					fail(f.RemoveMembers("group-a", id))
					continue
				}
				fail(f.PurgeUser(id))
			}
		})
		all.Go(func() {
			var since uint64
			for range rounds {
				f.Users()
				f.DeletedUsers()
				f.Groups()
				f.Members("group-a")
				f.TransitiveGroups(fmt.Sprintf("user-%d-0", worker))
				f.DirectGroups("group-b")
				f.Resolve(directory.Ref("a"))
				changes, latest := f.Changes(since)
				if latest < since || len(changes) > 0 && changes[0].Seq <= since {
					t.Errorf("changes after %d begin at %d and end at %d", since, changes[0].Seq, latest)
				}
				since = latest
			}
		})
	}
	all.Go(func() {
		for range rounds {
			f.clock.Advance(time.Minute)
			f.PurgeExpired()
			f.Touch(directory.KindGroup, "group-c")
		}
	})
	all.Wait()

	if got, want := len(f.Users()), workers*rounds/2; got != want {
		t.Errorf("%d users, want %d", got, want)
	}
	if got := len(f.DeletedUsers()); got != 0 {
		t.Errorf("%d deleted users", got)
	}
	f.same("members of a", []string{"Group group-b"}, f.memberIDs("a"))
	members := f.Members("b")
	if len(members) != workers*rounds/2 {
		t.Errorf("%d members of b, want %d", len(members), workers*rounds/2)
	}
	for _, m := range members {
		f.same("groups of "+m.ID, []string{"group-b"}, f.DirectGroups(m.ID))
		f.same("all groups of "+m.ID, []string{"group-a", "group-b"}, f.TransitiveGroups(m.ID))
	}
}

// Only one of those who want a name gets it.
func TestConcurrentCreatesOfOneName(t *testing.T) {
	f := newFixture(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	created := 0
	for range 20 {
		all.Go(func() {
			if _, err := f.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example"}); err == nil {
				mu.Lock()
				created++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if created != 1 || len(f.Users()) != 1 {
		t.Errorf("%d were created, %d users", created, len(f.Users()))
	}
}
