package directory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// What a user has who was given a name only.
func TestNewUser(t *testing.T) {
	f := newFixture(t)
	got, err := f.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa", Deleted: start})
	f.check(err)
	if len(got.ID) != 36 {
		t.Errorf("object id %q", got.ID)
	}
	f.same("user", directory.User{
		ID: got.ID, UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa",
		MailNickname: "ana", UserType: "Member", Password: directory.DefaultPassword, Created: start, LastPasswordChange: start,
	}, got)
	if !got.Enabled() || got.IsDeleted() {
		t.Error("a new user is enabled and not deleted")
	}
}

func TestCreateUserRefuses(t *testing.T) {
	const (
		badName = "Property userPrincipalName is invalid."
		taken   = "Another object with the same value for property userPrincipalName already exists."
		idTaken = "Another object with the same value for property id already exists."
	)
	f := newFixture(t)
	f.user("ana")
	f.group("staff")
	for _, test := range []struct {
		name    string
		user    directory.User
		message string
	}{
		{"no name", directory.User{}, badName},
		{"no domain", directory.User{UserPrincipalName: "ben"}, badName},
		{"empty domain", directory.User{UserPrincipalName: "ben@"}, badName},
		{"empty local part", directory.User{UserPrincipalName: "@contoso.example"}, badName},
		{"a name that is taken", directory.User{UserPrincipalName: "ana@contoso.example"}, taken},
		{"a name that is taken, in another case", directory.User{UserPrincipalName: "ANA@Contoso.Example"}, taken},
		{"a user's object id", directory.User{ID: "user-ana", UserPrincipalName: "ben@contoso.example"}, idTaken},
		{"a group's object id", directory.User{ID: "group-staff", UserPrincipalName: "ben@contoso.example"}, idTaken},
	} {
		_, err := f.CreateUser(test.user)
		f.refused(test.name, err, test.message)
	}
	f.same("users", []string{"ana@contoso.example"}, f.names(f.Users()))
	_, err := f.CreateGroup(directory.Group{ID: "user-ana", DisplayName: "x"})
	f.refused("a group with a user's object id", err, idTaken)
}

func TestFindUser(t *testing.T) {
	f := newFixture(t)
	ana := f.user("ana")
	for _, ref := range []string{ana.ID, "ana@contoso.example", "ANA@CONTOSO.EXAMPLE"} {
		if got, ok := f.User(ref); !ok || got.ID != ana.ID {
			t.Errorf("User(%s) = %+v, %v", ref, got, ok)
		}
	}
	for _, ref := range []string{"", "ana", "USER-ANA", "ana@contoso.example "} {
		if got, ok := f.User(ref); ok {
			t.Errorf("User(%q) = %+v", ref, got)
		}
	}
	_, err := f.UpdateUser("anna@contoso.example", func(*directory.User) {})
	f.refused("unknown user", err, notFound("anna@contoso.example"))
	if why, _ := refusal.From(err); why.Hint != "the directory has ana@contoso.example" {
		t.Errorf("Hint = %q", why.Hint)
	}
}

// Renaming frees the old name and keeps everything else.
func TestRenameUser(t *testing.T) {
	f := newFixture(t)
	ana := f.user("ana")
	f.user("ben")
	f.group("staff", ana.ID)
	f.clock.Advance(time.Hour)
	got, err := f.UpdateUser("ana@contoso.example", func(u *directory.User) {
		u.ID, u.Created, u.Deleted = "other", time.Time{}, start // are not for callers to change
		u.UserPrincipalName, u.Surname = "ana.sousa@contoso.example", "Sousa"
	})
	f.check(err)
	if got.ID != ana.ID || !got.Created.Equal(start) || got.IsDeleted() || got.UserPrincipalName != "ana.sousa@contoso.example" {
		t.Errorf("renamed: %+v", got)
	}
	if _, ok := f.User("ana@contoso.example"); ok {
		t.Error("the old name still finds a user")
	}
	f.same("groups", []string{"group-staff"}, f.DirectGroups(ana.ID))
	if _, err := f.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example"}); err != nil {
		t.Errorf("the old name is not free: %v", err)
	}
	_, err = f.UpdateUser(ana.ID, func(u *directory.User) { u.UserPrincipalName = "BEN@contoso.example" })
	f.refused("a name that is taken", err, "Another object with the same value for property userPrincipalName already exists.")
	if got, ok := f.User("ana.sousa@contoso.example"); !ok || got.ID != ana.ID {
		t.Errorf("a refused change was made: %+v", got)
	}
	_, err = f.UpdateUser(ana.ID, func(u *directory.User) { u.UserPrincipalName = "Ana.Sousa@contoso.example" })
	f.check(err)
	if got, ok := f.User("ana.sousa@contoso.example"); !ok || got.UserPrincipalName != "Ana.Sousa@contoso.example" {
		t.Errorf("a change of case: %+v", got)
	}
}

// Nobody is without a password, or anybody could sign in.
func TestUserKeepsAPassword(t *testing.T) {
	f := newFixture(t)
	f.user("ana")
	got, err := f.UpdateUser("user-ana", func(u *directory.User) { u.Password, u.UserType = "", "" })
	f.check(err)
	if got.Password != directory.DefaultPassword || got.UserType != "Member" {
		t.Errorf("password %q, type %q", got.Password, got.UserType)
	}
}

// Microsoft Graph, user: lastPasswordChangeDateTime is set when the password is
// first set and whenever it changes.
func TestLastPasswordChange(t *testing.T) {
	f := newFixture(t)
	f.user("ana")
	old := start.AddDate(0, 0, -100)
	given, err := f.CreateUser(directory.User{UserPrincipalName: "ben@contoso.example", LastPasswordChange: old})
	f.check(err)
	f.same("a date that was given", old, given.LastPasswordChange)

	f.clock.Advance(time.Hour)
	got, err := f.UpdateUser("user-ana", func(u *directory.User) { u.Department = "Platform" })
	f.check(err)
	f.same("after another change", start, got.LastPasswordChange)
	got, err = f.UpdateUser("user-ana", func(u *directory.User) { u.Password = "another" })
	f.check(err)
	f.same("after a new password", start.Add(time.Hour), got.LastPasswordChange)
	got, err = f.UpdateUser("user-ana", func(u *directory.User) { u.LastPasswordChange = old })
	f.check(err)
	f.same("a date that was set", old, got.LastPasswordChange)
}

func TestEnableUser(t *testing.T) {
	f := newFixture(t)
	f.user("ana")
	for _, enabled := range []bool{false, true} {
		got, err := f.SetEnabled("ana@contoso.example", enabled)
		f.check(err)
		if stored, _ := f.User("user-ana"); got.Enabled() != enabled || stored.Enabled() != enabled {
			t.Errorf("SetEnabled(%v): returned %v, stored %v", enabled, got.Enabled(), stored.Enabled())
		}
	}
	_, err := f.SetEnabled("nobody", true)
	f.refused("SetEnabled of nobody", err, notFound("nobody"))
}

// Objects go in and out by value: what a caller keeps does not change the store.
func TestUsersAreCopies(t *testing.T) {
	f := newFixture(t)
	enabled := true
	mine := directory.User{
		ID: "user-ana", UserPrincipalName: "ana@contoso.example", AccountEnabled: &enabled, OtherMails: []string{"a@x.example"}, ProxyAddresses: []string{"smtp:a@x.example"},
		ExtensionAttributes: map[string]string{"extensionAttribute1": "a"}, Extensions: map[string]directory.ExtensionValue{"extension_1_x": {"a"}},
		OnPremisesSyncEnabled: new(true), Identities: []directory.Identity{{Issuer: "google.com"}}, DirectoryRoles: []string{"Global Reader"},
	}
	spoil := func(u directory.User) {
		*u.AccountEnabled, u.OtherMails[0], u.ProxyAddresses[0] = false, "spoilt", "spoilt"
		u.ExtensionAttributes["extensionAttribute1"], u.Extensions["extension_1_x"][0] = "spoilt", "spoilt"
		*u.OnPremisesSyncEnabled, u.Identities[0].Issuer, u.DirectoryRoles[0] = false, "spoilt", "spoilt"
	}
	created, err := f.CreateUser(mine)
	f.check(err)
	want, _ := f.User("user-ana")
	intact := func(what string) {
		t.Helper()
		got, _ := f.User("user-ana")
		f.same("after spoiling "+what, want, got)
	}
	spoil(mine)
	intact("what was given to CreateUser")
	spoil(created)
	intact("what CreateUser returned")
	read, _ := f.User("user-ana")
	spoil(read)
	intact("what User returned")
	spoil(f.Users()[0])
	intact("what Users returned")

	off, list := true, []string{"b@x.example"}
	updated, err := f.UpdateUser("user-ana", func(u *directory.User) { u.AccountEnabled, u.OtherMails = &off, list })
	f.check(err)
	want, _ = f.User("user-ana")
	off, list[0] = false, "spoilt"
	intact("what was given to UpdateUser")
	spoil(updated)
	intact("what UpdateUser returned")
	deleted, err := f.DeleteUser("user-ana")
	f.check(err)
	want, _ = f.User("user-ana")
	spoil(deleted)
	intact("what DeleteUser returned")
	spoil(f.DeletedUsers()[0])
	intact("what DeletedUsers returned")
}

func TestUsersAreSorted(t *testing.T) {
	f := newFixture(t)
	for name := range strings.FieldsSeq("carl ana ben dora") {
		f.user(name)
	}
	_, err := f.DeleteUser("user-ben")
	f.check(err)
	f.same("users", []string{"ana@contoso.example", "carl@contoso.example", "dora@contoso.example"}, f.names(f.Users()))
	f.same("deleted users", []string{"ben@contoso.example"}, f.names(f.DeletedUsers()))
	if got := f.Domain(); got != "contoso.example" {
		t.Errorf("Domain() = %s", got)
	}
}
