package directory_test

import (
	"testing"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// Microsoft Graph, directoryRole: an object of the tenant with an id of its own,
// made from a template whose id is the same everywhere.
func TestDirectoryRoles(t *testing.T) {
	const unnamed = "0f971eea-41eb-4569-a71e-57bb8a3eff1e"
	f := newFixture(t)
	ana, err := f.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", DirectoryRoles: []string{
		"global administrator", "62E90394-69F5-4237-9190-012177145E10", unnamed,
	}})
	f.check(err)
	ben := f.user("ben")
	got := f.Roles(ana.ID)
	if len(got) != 2 || len(got[0].ID) != 36 || len(got[1].ID) != 36 || got[0].ID == got[1].ID {
		t.Fatalf("roles %+v, want two with ids of their own", got)
	}
	f.same("roles", []directory.Role{
		{ID: got[0].ID, TemplateID: directory.GlobalAdministrator, DisplayName: "Global Administrator"}, {ID: got[1].ID, TemplateID: unnamed},
	}, got)
	if !ana.HasRole(directory.GlobalAdministrator) || ben.HasRole(directory.GlobalAdministrator) {
		t.Error("HasRole does not tell who is a Global Administrator")
	}
	f.same("roles of a user who has none", []directory.Role(nil), f.Roles(ben.ID))
	f.same("roles of nobody", []directory.Role(nil), f.Roles("nobody"))

	_, err = f.UpdateUser(ben.ID, func(u *directory.User) { u.DirectoryRoles = []string{"Global Administrator", "Global Reader"} })
	f.check(err)
	again := f.Roles("ben@contoso.example")
	if len(again) != 2 || again[0] != got[0] || again[1].TemplateID != "f2ef992c-3afb-46b9-b7cf-a126ee74c451" {
		t.Errorf("roles of another: %+v", again)
	}
}

func TestUnknownDirectoryRole(t *testing.T) {
	f := newFixture(t)
	const message = "Property directoryRoles is invalid."
	_, err := f.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", DirectoryRoles: []string{"Global Admin"}})
	f.refused("CreateUser", err, message)
	f.user("ana")
	_, err = f.UpdateUser("user-ana", func(u *directory.User) { u.DirectoryRoles = []string{"Global Administrator", "62e90394"} })
	f.refused("UpdateUser", err, message)
	if why, _ := refusal.From(err); why.Got != "62e90394" || why.Where != "directoryRoles" {
		t.Errorf("the refusal says %+v", why)
	}
	if u, _ := f.User("user-ana"); len(u.DirectoryRoles) != 0 {
		t.Errorf("a refused change was made: %+v", u)
	}
}
