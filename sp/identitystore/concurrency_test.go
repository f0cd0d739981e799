package identitystore

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever 32 goroutines do at the same time: of those who create the same user
// one wins, no update is lost, every index finds what the store holds, and both
// directions of membership agree. A snapshot taken meanwhile is whole: another
// store takes it.
func TestConcurrentUse(t *testing.T) {
	const workers, rounds = 32, 60
	s, _ := newStore(t)
	counter := mustCreate(t, s, User{UserName: "counter", DisplayName: "U", Title: "0", Name: Name{GivenName: "U", FamilyName: "U"}})
	g := []Group{mustGroup(t, s, "a"), mustGroup(t, s, "b")}
	all := mustGroup(t, s, "all")
	own := people(t, s, workers) // one for each worker, whom only it touches
	var created, counted atomic.Int64
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for i := range rounds {
				name := fmt.Sprintf("shared%d", i)
				shared := User{UserName: name, ExternalID: name, DisplayName: name, Name: Name{GivenName: "U", FamilyName: "U"}, Emails: []Email{{Value: name + "@contoso.example", Primary: true}}}
				if _, err := s.CreateUser(shared); err == nil {
					created.Add(1)
				}
				if _, err := s.UpdateUser(counter.ID, func(u *User) error {
					n, err := strconv.Atoi(u.Title)
					u.Title = strconv.Itoa(n + 1)
					return err
				}); err == nil {
					counted.Add(1)
				}
				u, _ := s.UserByName(name)
				group := g[(i+worker)%2].ID
				switch (i + worker) % 4 {
				case 0:
					s.AddMembers(group, u.ID)
				case 1:
					s.RemoveMembers(group, u.ID)
				case 2:
					s.UpdateUser(u.ID, func(u *User) error {
						u.DisplayName, u.Emails[0].Value = fmt.Sprint(worker), fmt.Sprintf("e%d@contoso.example", worker)
						return nil
					})
				case 3:
					if i%20 == 0 && s.DeleteUser(u.ID) == nil {
						created.Add(-1)
					}
				}
				if err := s.AddMembers(all.ID, own[worker]); err != nil {
					t.Errorf("add member: %v", err)
				}
				if i%2 == worker%2 {
					if err := s.RemoveMembers(all.ID, own[worker]); err != nil {
						t.Errorf("remove member: %v", err)
					}
				}
				s.GroupsOf(u.ID)
				s.UserPage(Page{Limit: 5})
				s.DisplayNamePage("u", Page{Limit: 5})
				if i%20 == 0 {
					if err := New(Config{}).Restore(s.Snapshot()); err != nil {
						t.Errorf("a snapshot of a busy store: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()

	checkInvariants(t, s)
	if got, _ := s.User(counter.ID); counted.Load() != workers*rounds || got.Title != fmt.Sprint(workers*rounds) {
		t.Errorf("counted to %s in %d updates, want %d", got.Title, counted.Load(), workers*rounds)
	}
	if got := len(s.Users()); got != int(created.Load())+workers+1 {
		t.Errorf("%d users, want the %d that were created beside %d", got, created.Load(), workers+1)
	}
	for worker, id := range own { // what a worker did last is what counts
		if got, want := s.IsMember(all.ID, id), (rounds-1)%2 != worker%2; got != want {
			t.Errorf("worker %d: a member %v, want %v", worker, got, want)
		}
	}
}

// Restoring while others work leaves a store whose parts agree.
func TestConcurrentRestore(t *testing.T) {
	s := furnished(t)
	snapshot := s.Snapshot()
	b, _ := s.GroupByName("b")
	var wg sync.WaitGroup
	for worker := range 32 {
		wg.Go(func() {
			for i := range 30 {
				if worker == 0 {
					if err := s.Restore(snapshot); err != nil {
						t.Errorf("restore: %v", err)
					}
					continue
				}
				u, err := s.CreateUser(User{UserName: fmt.Sprintf("w%d-%d", worker, i), DisplayName: "U", Name: Name{GivenName: "U", FamilyName: "U"}})
				if err != nil {
					t.Errorf("create: %v", err)
				}
				s.AddMembers(b.ID, u.ID) // NotFound if a restore came in between
				s.MembershipPage(u.ID, Page{})
				s.DeleteUser(u.ID)
			}
		})
	}
	wg.Wait()
	checkInvariants(t, s)
	if err := s.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(snapshot, s.Snapshot()); diff != "" {
		t.Errorf("the restored store (-want +got):\n%s", diff)
	}
}

// checkInvariants checks that what must be unique is, that every index finds
// every user, and that both directions of membership agree.
func checkInvariants(t *testing.T, s *Store) {
	t.Helper()
	held := make(map[string]string) // what must be unique -> who has it
	unique := func(what, value, id string) {
		if other, taken := held[what+value]; taken && value != "" {
			t.Errorf("%s %s belongs to %s and %s", what, value, other, id)
		}
		held[what+value] = id
	}
	for _, u := range s.Users() {
		unique("userName ", fold(u.UserName), u.ID)
		unique("externalId ", u.ExternalID, u.ID)
		unique("e-mail ", fold(u.PrimaryEmail()), u.ID)
		for what, find := range map[string]func() (User, bool){
			"id":         func() (User, bool) { return s.User(u.ID) },
			"userName":   func() (User, bool) { return s.UserByName(u.UserName) },
			"externalId": func() (User, bool) { return s.UserByExternalID(u.ExternalID) },
			"e-mail":     func() (User, bool) { return s.UserByEmail(u.PrimaryEmail()) },
		} {
			if what == "externalId" && u.ExternalID == "" || what == "e-mail" && u.PrimaryEmail() == "" {
				continue
			}
			if got, _ := find(); !cmp.Equal(got, u) {
				t.Errorf("%s is not found by %s, but %s", u.UserName, what, got.UserName)
			}
		}
		if named, _ := s.DisplayNamePage(u.DisplayName, Page{}); !slices.ContainsFunc(named, func(n User) bool { return n.ID == u.ID }) {
			t.Errorf("%s is not found by displayName", u.UserName)
		}
		for _, group := range s.GroupsOf(u.ID) {
			if !slices.Contains(s.Members(group), u.ID) {
				t.Errorf("%s is in group %s, which does not have it", u.UserName, group)
			}
		}
	}
	for _, g := range s.Groups() {
		for _, user := range s.Members(g.ID) {
			if !slices.Contains(s.GroupsOf(user), g.ID) {
				t.Errorf("group %s has %s, who is not in it", g.DisplayName, user)
			}
			if _, ok := s.User(user); !ok {
				t.Errorf("group %s has a member who does not exist", g.DisplayName)
			}
		}
	}
}
