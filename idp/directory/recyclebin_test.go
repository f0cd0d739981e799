package directory_test

import (
	"errors"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// A deleted user is in the recycle bin, out of sight, and comes back with the
// memberships (learn.microsoft.com, "Restore or remove a recently deleted
// user").
func TestDeleteAndRestore(t *testing.T) {
	f := newFixture(t)
	f.user("ana")
	f.user("ben")
	f.group("staff", "user-ana", "user-ben")
	f.clock.Advance(time.Hour)
	deleted, err := f.DeleteUser("ana@contoso.example")
	f.check(err)
	if !deleted.IsDeleted() || !deleted.Deleted.Equal(start.Add(time.Hour)) {
		t.Errorf("DeleteUser = %+v", deleted)
	}
	f.same("users", []string{"ben@contoso.example"}, f.names(f.Users()))
	f.same("deleted users", []string{"ana@contoso.example"}, f.names(f.DeletedUsers()))
	f.same("staff", []string{"User user-ben"}, f.memberIDs("staff"))
	if _, ok := f.User("ana@contoso.example"); ok {
		t.Error("the name finds a deleted user")
	}
	if got, ok := f.User("user-ana"); !ok || !got.IsDeleted() {
		t.Errorf("by object id: %+v, %v", got, ok)
	}
	for what, err := range map[string]error{
		"delete":  second(f.DeleteUser("user-ana")),
		"update":  second(f.UpdateUser("user-ana", func(*directory.User) {})),
		"enable":  second(f.SetEnabled("user-ana", true)),
		"member":  f.AddMembers("staff", "user-ana"),
		"resolve": third(f.Resolve(directory.Ref("user-ana"))),
	} {
		f.refused(what+" of a deleted user", err, notFound("user-ana"))
	}

	restored, err := f.RestoreUser("ANA@contoso.example")
	f.check(err)
	if restored.ID != "user-ana" || restored.IsDeleted() {
		t.Errorf("RestoreUser = %+v", restored)
	}
	f.same("staff", []string{"User user-ana", "User user-ben"}, f.memberIDs("staff"))
	f.same("users", []string{"ana@contoso.example", "ben@contoso.example"}, f.names(f.Users()))
	f.same("deleted users", []string(nil), f.names(f.DeletedUsers()))
	f.refused("restoring again", second(f.RestoreUser("user-ana")), notFound("user-ana"))
}

func second(_ directory.User, err error) error          { return err }
func third(_ directory.Kind, _ string, err error) error { return err }

// A name is free while its user is deleted, and who comes back finds it taken.
func TestRestoreFindsTheNameTaken(t *testing.T) {
	f := newFixture(t)
	f.user("ana")
	_, err := f.DeleteUser("user-ana")
	f.check(err)
	_, err = f.CreateUser(directory.User{ID: "user-ana2", UserPrincipalName: "ana@contoso.example"})
	f.check(err)
	_, err = f.RestoreUser("user-ana")
	f.refused("restore", err, "Another object with the same value for property userPrincipalName already exists.")
	if got, _ := f.User("user-ana"); !got.IsDeleted() {
		t.Error("a refused restore took the user out of the recycle bin")
	}
	if got, _ := f.User("ana@contoso.example"); got.ID != "user-ana2" {
		t.Errorf("the name now belongs to %s", got.ID)
	}
	// Two deleted users of one name: the one deleted last comes back.
	f.clock.Advance(time.Minute)
	_, err = f.DeleteUser("ana@contoso.example")
	f.check(err)
	got, err := f.RestoreUser("ana@contoso.example")
	f.check(err)
	if got.ID != "user-ana2" {
		t.Errorf("%s was restored", got.ID)
	}
}

// A purged user leaves nothing behind.
func TestPurge(t *testing.T) {
	f := newFixture(t)
	f.user("ana")
	f.group("staff", "user-ana")
	f.refused("purging a live user", f.PurgeUser("user-ana"), notFound("user-ana"))
	_, err := f.DeleteUser("user-ana")
	f.check(err)
	f.check(f.PurgeUser("ana@contoso.example"))
	if got, ok := f.User("user-ana"); ok {
		t.Errorf("User = %+v", got)
	}
	f.same("ana's groups", []string(nil), f.DirectGroups("user-ana"))
	f.refused("purging again", f.PurgeUser("user-ana"), notFound("user-ana"))
	_, err = f.RestoreUser("user-ana")
	f.refused("restoring", err, notFound("user-ana"))
	var why *refusal.Refusal
	if !errors.As(err, &why) || why.Hint != "" {
		t.Errorf("hint of an empty recycle bin: %+v", why)
	}
	f.user("ana") // name and object id are free again
	f.same("the new user's groups", []string(nil), f.DirectGroups("user-ana"))
	f.same("staff", []string(nil), f.memberIDs("staff"))
}

// Thirty days after the deletion a user is gone for good, whoever looks first
// (learn.microsoft.com, "Recover from deletions").
func TestRetention(t *testing.T) {
	gone := map[string]func(f *fixture) bool{
		"User":             func(f *fixture) bool { _, ok := f.User("user-ana"); return !ok },
		"DeletedUsers":     func(f *fixture) bool { return len(f.DeletedUsers()) == 0 },
		"RestoreUser":      func(f *fixture) bool { _, err := f.RestoreUser("user-ana"); return err != nil },
		"PurgeUser":        func(f *fixture) bool { return f.PurgeUser("user-ana") != nil },
		"DirectGroups":     func(f *fixture) bool { return len(f.DirectGroups("user-ana")) == 0 },
		"TransitiveGroups": func(f *fixture) bool { return len(f.TransitiveGroups("user-ana")) == 0 },
		"CreateUser": func(f *fixture) bool {
			_, err := f.CreateUser(directory.User{ID: "user-ana", UserPrincipalName: "x@contoso.example"})
			return err == nil
		},
		"Changes": func(f *fixture) bool { changes, _ := f.Changes(6); return len(changes) == 2 }, // the group and the user
	}
	for name, look := range gone {
		t.Run(name, func(t *testing.T) {
			for _, test := range []struct {
				after time.Duration
				want  bool
			}{{directory.Retention - time.Nanosecond, false}, {directory.Retention, true}, {10 * directory.Retention, true}} {
				f := newFixture(t)
				f.user("ana")
				f.group("staff", "user-ana")
				_, err := f.DeleteUser("user-ana")
				f.check(err)
				if _, since := f.Changes(0); since != 6 {
					t.Fatalf("%d changes, want 6", since)
				}
				f.clock.Advance(test.after)
				if got := look(f); got != test.want {
					t.Errorf("after %s: gone = %v, want %v", test.after, got, test.want)
				}
			}
		})
	}
}

// PurgeExpired tells who went, the one deleted first in front, and leaves the
// others.
func TestPurgeExpired(t *testing.T) {
	f := newFixture(t)
	for _, name := range []string{"ana", "ben", "cleo", "dan"} {
		f.user(name)
	}
	for _, name := range []string{"dan", "ana", "cleo"} {
		_, err := f.DeleteUser("user-" + name)
		f.check(err)
		f.clock.Advance(24 * time.Hour)
	}
	if got := f.PurgeExpired(); len(got) != 0 {
		t.Errorf("too early: %v", f.names(got))
	}
	f.clock.Advance(directory.Retention - 2*24*time.Hour) // now dan's and ana's time is over
	f.same("purged", []string{"dan@contoso.example", "ana@contoso.example"}, f.names(f.PurgeExpired()))
	f.same("deleted users", []string{"cleo@contoso.example"}, f.names(f.DeletedUsers()))
	f.clock.Advance(24 * time.Hour)
	f.same("purged a day later", []string{"cleo@contoso.example"}, f.names(f.PurgeExpired()))
	f.same("users", []string{"ben@contoso.example"}, f.names(f.Users()))
}

// A restored user's time does not run on.
func TestRestoredUserIsNotPurged(t *testing.T) {
	f := newFixture(t)
	f.user("ana")
	_, err := f.DeleteUser("user-ana")
	f.check(err)
	f.clock.Advance(directory.Retention - time.Hour)
	_, err = f.RestoreUser("user-ana")
	f.check(err)
	_, err = f.DeleteUser("user-ana")
	f.check(err)
	f.clock.Advance(2 * time.Hour)
	if _, ok := f.User("user-ana"); !ok {
		t.Fatal("the time ran on from the first deletion")
	}
	f.clock.Advance(directory.Retention)
	if _, ok := f.User("user-ana"); ok {
		t.Error("the second deletion does not expire")
	}
}
