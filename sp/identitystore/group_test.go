package identitystore

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func people(t *testing.T, s *Store, n int) []string {
	t.Helper()
	var ids []string
	for i := range n {
		ids = append(ids, mustCreate(t, s, User{UserName: fmt.Sprintf("u%d@contoso.example", i), DisplayName: "U", Name: Name{GivenName: "U", FamilyName: "U"}}).ID)
	}
	return ids
}

func mustGroup(t *testing.T, s *Store, name string, members ...string) Group {
	t.Helper()
	g, err := s.CreateGroup(Group{DisplayName: name}, members...)
	if err != nil {
		t.Fatalf("create group %s: %v", name, err)
	}
	return g
}

func TestGroupsAndTheirRules(t *testing.T) {
	s, c := newStore(t)
	g, err := s.CreateGroup(Group{DisplayName: "aws-admins", ExternalID: "g-1", CreatedBy: CreatedBySCIM})
	if err != nil {
		t.Fatal(err)
	}
	for name, find := range map[string]func() (Group, bool){
		"id":                    func() (Group, bool) { return s.Group(g.ID) },
		"displayName":           func() (Group, bool) { return s.GroupByName("aws-admins") },
		"displayName, any case": func() (Group, bool) { return s.GroupByName("AWS-Admins") },
		"externalId":            func() (Group, bool) { return s.GroupByExternalID("g-1") },
	} {
		if got, ok := find(); !ok || got != g {
			t.Errorf("by %s: %v, %v", name, got, ok)
		}
	}

	for _, test := range []struct {
		name      string
		group     Group
		kind      Kind
		attribute string
		message   string
	}{
		{"same name", Group{DisplayName: "aws-admins"}, Conflict, "displayName", DuplicateGroupDisplayName},
		{"same name in another case", Group{DisplayName: "AWS-ADMINS"}, Conflict, "displayName", DuplicateGroupDisplayName},
		{"same externalId", Group{DisplayName: "other", ExternalID: "g-1"}, Conflict, "externalId", DuplicateExternalID},
		{"no name", Group{}, Invalid, "displayName", "Value null at 'displayName'"},
		{"long name", Group{DisplayName: strings.Repeat("x", 1025)}, Invalid, "displayName", "1024"},
		{"reserved name", Group{DisplayName: "AWSAdministrators"}, Invalid, "displayName", "reserved"},
		{"control character", Group{DisplayName: "a\x00b"}, Invalid, "displayName", "pattern"},
	} {
		t.Run(test.name, func(t *testing.T) {
			other := mustGroup(t, s, "to be changed")
			defer s.DeleteGroup(other.ID)
			_, created := s.CreateGroup(test.group)
			_, updated := s.UpdateGroup(other.ID, func(g *Group) error { *g = test.group; return nil })
			for doing, err := range map[string]error{"create": created, "update": updated} {
				var e *Error
				if !errors.As(err, &e) || e.Kind != test.kind || e.Attribute != test.attribute || !strings.Contains(e.Message, test.message) {
					t.Errorf("%s: %#v, want %s about %s", doing, err, test.kind, test.attribute)
				}
			}
		})
	}

	c.Advance(time.Minute)
	renamed, err := s.UpdateGroup(g.ID, func(g *Group) error { g.DisplayName = "admins"; return nil })
	if err != nil {
		t.Fatal(err)
	}
	want := g
	want.DisplayName, want.LastModified = "admins", start.Add(time.Minute)
	if renamed != want {
		t.Errorf("renamed group is %+v, want %+v", renamed, want)
	}
	if _, ok := s.GroupByName("aws-admins"); ok {
		t.Error("the old name still finds the group")
	}
}

func TestMembershipHasTwoDirections(t *testing.T) {
	s, _ := newStore(t)
	u := people(t, s, 4)
	a := mustGroup(t, s, "a", u[1], u[0])
	b := mustGroup(t, s, "b")

	if err := s.AddMembers(a.ID, u[2], u[2], u[0]); err != nil { // repeats change nothing
		t.Fatal(err)
	}
	if err := s.AddMembers(b.ID, u[2]); err != nil {
		t.Fatal(err)
	}
	check := func(when string, membersOfA, groupsOf2 []string) {
		t.Helper()
		if diff := cmp.Diff(membersOfA, s.Members(a.ID)); diff != "" {
			t.Errorf("%s: members of a (-want +got):\n%s", when, diff)
		}
		if diff := cmp.Diff(groupsOf2, s.GroupsOf(u[2])); diff != "" {
			t.Errorf("%s: groups of u2 (-want +got):\n%s", when, diff)
		}
	}
	check("after adding", []string{u[1], u[0], u[2]}, []string{a.ID, b.ID})
	if !s.IsMember(a.ID, u[2]) || s.IsMember(a.ID, u[3]) {
		t.Error("IsMember disagrees")
	}

	var e *Error
	if err := s.AddMembers(a.ID, u[3], "nobody"); !errors.As(err, &e) || e.Kind != NotFound || e.Attribute != "members.value" {
		t.Errorf("adding somebody unknown: %v", err)
	}
	check("after a refusal", []string{u[1], u[0], u[2]}, []string{a.ID, b.ID})

	if err := s.RemoveMembers(a.ID, u[1], u[3], "nobody"); err != nil {
		t.Errorf("removing those who are no members: %v", err)
	}
	check("after removing", []string{u[0], u[2]}, []string{a.ID, b.ID})

	if err := s.DeleteUser(u[0]); err != nil {
		t.Fatal(err)
	}
	check("after deleting a user", []string{u[2]}, []string{a.ID, b.ID})
	if err := s.DeleteGroup(b.ID); err != nil {
		t.Fatal(err)
	}
	check("after deleting a group", []string{u[2]}, []string{a.ID})
	if s.DeleteGroup(b.ID) == nil || s.AddMembers(b.ID, u[2]) == nil {
		t.Error("a deleted group is still there")
	}
}

func TestEditGroupIsAtomic(t *testing.T) {
	s, _ := newStore(t)
	u := people(t, s, 2)
	mustGroup(t, s, "taken")
	g := mustGroup(t, s, "a", u[0])
	for name, edit := range map[string]func(*GroupEdit) error{
		"name taken": func(e *GroupEdit) error { e.Group.DisplayName = "taken"; e.Members = add(u[1:]); return nil },
		"unknown member": func(e *GroupEdit) error {
			e.Group.DisplayName = "new"
			e.Members = add([]string{u[1], "x"})
			return nil
		},
		"edit fails": func(e *GroupEdit) error { e.Group.DisplayName = "new"; e.Members = add(u[1:]); return errors.New("no") },
	} {
		if _, err := s.EditGroup(g.ID, edit); err == nil {
			t.Errorf("%s: no error", name)
		}
		if got, _ := s.Group(g.ID); got != g || !slices.Equal(s.Members(g.ID), u[:1]) {
			t.Errorf("%s: the group changed: %+v, members %v", name, got, s.Members(g.ID))
		}
	}
	if _, err := s.CreateGroup(Group{DisplayName: "b"}, u[0], "nobody"); err == nil {
		t.Error("a group was created with an unknown member")
	}
	if _, ok := s.GroupByName("b"); ok {
		t.Error("a refused group exists")
	}
}

func TestMembersChangeOneAfterAnother(t *testing.T) {
	s, c := newStore(t)
	u := people(t, s, 2)
	g := mustGroup(t, s, "a", u[0])
	c.Advance(time.Minute)
	_, err := s.EditGroup(g.ID, func(e *GroupEdit) error {
		e.Members = []MemberChange{{UserID: u[0], Remove: true}, {UserID: u[1]}, {UserID: u[0]}, {UserID: u[1], Remove: true}}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Members(g.ID); !slices.Equal(got, u[:1]) {
		t.Errorf("members %v, want %v", got, u[:1])
	}
	if got, _ := s.Group(g.ID); !got.LastModified.Equal(start) {
		t.Error("the group has the same members as before, yet its date of modification changed")
	}
}

func TestEvents(t *testing.T) {
	s, _ := newStore(t)
	var got []Event
	s.Subscribe(func(e Event) {
		s.Users() // no lock is held
		got = append(got, e)
	})
	a := mustCreate(t, s, ana())
	g := mustGroup(t, s, "a", a.ID)
	s.UpdateUser(a.ID, func(u *User) error { u.Title = "x"; return nil })
	s.UpdateUser(a.ID, func(u *User) error { return nil })
	s.UpdateGroup(g.ID, func(g *Group) error { g.DisplayName = "b"; return nil })
	s.AddMembers(g.ID, a.ID)
	s.RemoveMembers(g.ID, a.ID)
	s.AddMembers(g.ID, a.ID)
	s.AddMembers(g.ID, "nobody")
	s.DeleteUser(a.ID)
	s.DeleteGroup(g.ID)
	want := []Event{
		{"userCreated", a.ID}, {"groupCreated", g.ID}, {"membersChanged", g.ID}, {"userUpdated", a.ID}, {"groupUpdated", g.ID},
		{"membersChanged", g.ID}, {"membersChanged", g.ID}, {"userDeleted", a.ID}, {"membersChanged", g.ID}, {"groupDeleted", g.ID},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestPagesOfMembersAndMemberships(t *testing.T) {
	s, _ := newStore(t)
	u := people(t, s, 5)
	g := mustGroup(t, s, "a", u...)
	users, next := s.MemberPage(g.ID, Page{Limit: 3})
	rest, end := s.MemberPage(g.ID, Page{After: next, Limit: 3})
	if len(users) != 3 || len(rest) != 2 || end != 0 || rest[1].ID != u[4] {
		t.Errorf("pages of %d and %d members, last %d", len(users), len(rest), end)
	}
	mustGroup(t, s, "b", u[0])
	groups, next := s.MembershipPage(u[0], Page{Limit: 1})
	if len(groups) != 1 || groups[0].DisplayName != "a" || next == 0 {
		t.Errorf("first page of memberships: %v, next %d", groups, next)
	}
	groups, next = s.MembershipPage(u[0], Page{After: next, Limit: 1})
	if len(groups) != 1 || groups[0].DisplayName != "b" || next != 0 {
		t.Errorf("second page of memberships: %v, next %d", groups, next)
	}
	if groups := s.Groups(); len(groups) != 2 || groups[0].DisplayName != "a" {
		t.Errorf("Groups() = %v", groups)
	}
}
