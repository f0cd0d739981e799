package directory_test

import (
	"testing"

	"github.com/idharness/harness/idp/directory"
)

// Every change enters the log: with the object, and with whoever it was linked
// to.
func TestChangeLog(t *testing.T) {
	f := newFixture(t)
	f.user("ana")
	f.user("ben")
	f.group("staff", "user-ana")
	f.group("everybody", "staff")
	first, since := f.Changes(0)
	var ids []string
	for i, c := range first {
		ids = append(ids, string(c.Kind)+" "+c.ID)
		if i > 0 && c.Seq <= first[i-1].Seq {
			t.Errorf("sequence numbers %d, %d", first[i-1].Seq, c.Seq)
		}
	}
	f.same("changes so far, each object once", []string{"User user-ana", "User user-ben", "Group group-staff", "Group group-everybody"}, ids)

	for _, test := range []struct {
		name   string
		change func() error
		want   []string
	}{
		{"nothing", func() error { return nil }, nil},
		{"update", func() error { return second(f.UpdateUser("user-ana", func(u *directory.User) { u.Department = "x" })) }, []string{"User user-ana"}},
		{"rename", func() error {
			return second(f.UpdateUser("user-ana", func(u *directory.User) { u.UserPrincipalName = "anna@contoso.example" }))
		}, []string{"User user-ana"}},
		{"disable", func() error { return second(f.SetEnabled("user-ana", false)) }, []string{"User user-ana"}},
		{"update a group", func() error {
			_, err := f.UpdateGroup("staff", func(g *directory.Group) { g.Description = "x" })
			return err
		}, []string{"Group group-staff"}},
		{"join", func() error { return f.AddMembers("everybody", "user-ben", "user-ana") }, []string{"Group group-everybody", "User user-ben", "User user-ana"}},
		{"join again", func() error { return f.AddMembers("everybody", "user-ben", "user-ana") }, nil},
		{"join, one of them new", func() error { return f.AddMembers("staff", "user-ana", "user-ben") }, []string{"Group group-staff", "User user-ben"}},
		{"leave", func() error { return f.RemoveMembers("everybody", "user-ana") }, []string{"Group group-everybody", "User user-ana"}},
		{"leave again", func() error { return f.RemoveMembers("everybody", "user-ana") }, nil},
		{"a group leaves", func() error { return f.RemoveMembers("everybody", "staff") }, []string{"Group group-everybody", "Group group-staff"}},
		{"a group joins", func() error { return f.AddMembers("everybody", "staff") }, []string{"Group group-everybody", "Group group-staff"}},
		{"delete", func() error { return second(f.DeleteUser("user-ben")) }, []string{"User user-ben", "Group group-everybody", "Group group-staff"}},
		{"restore", func() error { return second(f.RestoreUser("user-ben")) }, []string{"User user-ben", "Group group-everybody", "Group group-staff"}},
		{"delete and purge", func() error {
			if _, err := f.DeleteUser("user-ben"); err != nil {
				return err
			}
			return f.PurgeUser("user-ben")
		}, []string{"User user-ben", "Group group-everybody", "Group group-staff"}},
		{"delete a group", func() error { _, err := f.DeleteGroup("staff"); return err }, []string{"User user-ana", "Group group-everybody", "Group group-staff"}},
		{"touch", func() error { f.Touch(directory.KindUser, "user-ana"); return nil }, []string{"User user-ana"}},
		{"a refused update", func() error {
			f.UpdateUser("user-ana", func(u *directory.User) { u.UserPrincipalName = "" })
			return nil
		}, nil},
	} {
		f.check(test.change())
		changes, latest := f.Changes(since)
		var got []string
		for _, c := range changes {
			got = append(got, string(c.Kind)+" "+c.ID)
			if c.Seq <= since || c.Seq > latest {
				t.Errorf("%s: sequence number %d outside (%d, %d]", test.name, c.Seq, since, latest)
			}
		}
		f.same(test.name, test.want, got)
		if latest != since && len(changes) == 0 || latest < since {
			t.Errorf("%s: number went from %d to %d with %d changes", test.name, since, latest, len(changes))
		}
		since = latest
	}
	// The entry of a group that many join at once stands there once.
	f.group("new", "user-ana", "group-everybody")
	if _, latest := f.Changes(since); latest != since+4 { // made, changed, and two who joined
		t.Errorf("%d entries, want 4", latest-since)
	}
	_, since = f.Changes(since)
	// A number from the future, or of another directory, gives nothing.
	if changes, latest := f.Changes(since + 100); len(changes) != 0 || latest != since {
		t.Errorf("Changes of the future: %v, %d", changes, latest)
	}
}
