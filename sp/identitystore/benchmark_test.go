package identitystore

import (
	"fmt"
	"testing"
)

func BenchmarkHundredThousandUsers(b *testing.B) {
	s := New(Config{})
	g, _ := s.CreateGroup(Group{DisplayName: "all"})
	for i := range 100_000 {
		u, err := s.CreateUser(User{UserName: fmt.Sprintf("u%d@contoso.example", i), ExternalID: fmt.Sprint(i), DisplayName: "U", Name: Name{GivenName: "U", FamilyName: "U"},
			Emails: []Email{{Value: fmt.Sprintf("u%d@contoso.example", i), Primary: true}}})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.AddMembers(g.ID, u.ID); err != nil {
			b.Fatal(err)
		}
	}
	middle, _ := s.UserByName("u50000@contoso.example")
	b.Run("find", func(b *testing.B) {
		for b.Loop() {
			s.UserByName("u50000@contoso.example")
		}
	})
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			s.UserPage(Page{After: 100_000, Limit: 100})
		}
	})
	b.Run("leave and join", func(b *testing.B) {
		for b.Loop() {
			s.RemoveMembers(g.ID, middle.ID)
			s.AddMembers(g.ID, middle.ID)
		}
	})
}
