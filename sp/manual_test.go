package sp_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/sp/identitystore"
)

// TestAdministratorManagesUsersAndGroups by hand, which is provisioning without
// SCIM.
func TestAdministratorManagesUsersAndGroups(t *testing.T) {
	w := newWorld(t)
	if w.ana.CreatedBy != identitystore.CreatedManually || !w.ana.Active {
		t.Errorf("created %+v, want an enabled user of the administrator's", w.ana)
	}
	bob := w.addUser("bob@contoso.example")
	g := addGroup(t, w, "aws-admins", ana, "ANA@contoso.example")
	if got := w.center.Store().Members(g.ID); g.CreatedBy != identitystore.CreatedManually || !slices.Equal(got, []string{w.ana.ID}) {
		t.Errorf("group %+v with members %v", g, got)
	}
	if _, err := w.center.AddMembers("aws-admins", "bob@contoso.example"); err != nil {
		t.Error(err)
	}
	if _, err := w.center.RemoveMembers("aws-admins", ana); err != nil {
		t.Error(err)
	}
	if got := w.center.Store().Members(g.ID); !slices.Equal(got, []string{bob.ID}) {
		t.Errorf("members %v, want Bob", got)
	}
	updated, err := w.center.UpdateUser(ana, func(u *identitystore.User) error { u.Title = "Engineer"; return nil })
	if err != nil || updated.Title != "Engineer" {
		t.Errorf("updated %+v, %v", updated, err)
	}
	if deleted, err := w.center.DeleteUser("bob@contoso.example"); err != nil || deleted.ID != bob.ID {
		t.Errorf("deleted %+v, %v", deleted, err)
	}
	if deleted, err := w.center.DeleteGroup("aws-admins"); err != nil || deleted.ID != g.ID {
		t.Errorf("deleted %+v, %v", deleted, err)
	}
	if users, groups := len(w.center.Store().Users()), len(w.center.Store().Groups()); users != 1 || groups != 0 {
		t.Errorf("%d users and %d groups, want 1 and 0", users, groups)
	}
}

// TestManualChangesAreRefusedWhileSCIMOwns: user guide, "Provision users and
// groups from an external identity provider using SCIM". Deleting stays
// possible; so does everything once provisioning is manual again.
func TestManualChangesAreRefusedWhileSCIMOwns(t *testing.T) {
	w := newWorld(t)
	addGroup(t, w, "aws-admins")
	access, err := w.center.Store().EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]func() error{
		"add a user": func() error {
			_, err := w.center.CreateUser(identitystore.User{UserName: "bob@contoso.example", DisplayName: "Bob", Name: identitystore.Name{GivenName: "Bob", FamilyName: "Lee"}})
			return err
		},
		"edit a user": func() error {
			_, err := w.center.UpdateUser(ana, func(u *identitystore.User) error { u.Title = "x"; return nil })
			return err
		},
		"add a group":    func() error { _, err := w.center.CreateGroup(identitystore.Group{DisplayName: "g"}); return err },
		"add members":    func() error { _, err := w.center.AddMembers("aws-admins", ana); return err },
		"remove members": func() error { _, err := w.center.RemoveMembers("aws-admins", ana); return err },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			err := change()
			wantRefusal(t, err, "ProvisionedBySCIM", "automatic provisioning")
			if why, _ := refusal.From(err); why != nil && why.Fix != refusal.Entra {
				t.Errorf("fix on the side of %s, want that of the identity provider", why.Fix)
			}
		})
	}
	if users, groups := len(w.center.Store().Users()), len(w.center.Store().Groups()); users != 1 || groups != 1 {
		t.Errorf("%d users and %d groups, want what was there", users, groups)
	}
	if err := errors.Join(w.center.Store().DeleteToken(access.TokenID), w.center.Store().DisableProvisioning()); err != nil {
		t.Fatal(err)
	}
	for name, change := range changes {
		if err := change(); err != nil {
			t.Errorf("%s with manual provisioning: %v", name, err)
		}
	}
	if _, err := w.center.Store().EnableProvisioning(); err != nil {
		t.Fatal(err)
	}
	_, deleteUser := w.center.DeleteUser(ana)
	_, deleteGroup := w.center.DeleteGroup("aws-admins")
	if err := errors.Join(deleteUser, deleteGroup); err != nil {
		t.Errorf("deleting while SCIM owns: %v", err)
	}
}

func TestManualChangesNameWhatIsMissing(t *testing.T) {
	w := newWorld(t)
	addGroup(t, w, "aws-admins")
	for name, err := range map[string]error{
		"user":           second(w.center.DeleteUser("bob@contoso.example")),
		"updated user":   second(w.center.UpdateUser("bob@contoso.example", func(*identitystore.User) error { return nil })),
		"member":         second(w.center.AddMembers("aws-admins", "bob@contoso.example")),
		"removed member": second(w.center.RemoveMembers("aws-admins", "bob@contoso.example")),
		"first member":   second(w.center.CreateGroup(identitystore.Group{DisplayName: "g"}, "bob@contoso.example")),
	} {
		t.Run(name, func(t *testing.T) { wantRefusal(t, err, "ResourceNotFoundException", "bob@contoso.example") })
	}
	wantRefusal(t, second(w.center.DeleteGroup("none")), "ResourceNotFoundException", "none")
	wantRefusal(t, second(w.center.AddMembers("none", ana)), "ResourceNotFoundException", "none")
	if why, _ := refusal.From(second(w.center.DeleteGroup("none"))); why.Expected != "aws-admins" {
		t.Errorf("expected %q, want the groups there are", why.Expected)
	}
	// A rule of the store comes through as the store's own error.
	var broken *identitystore.Error
	if err := second(w.center.CreateUser(identitystore.User{UserName: ana, DisplayName: "x", Name: identitystore.Name{GivenName: "x", FamilyName: "x"}})); !errors.As(err, &broken) || broken.Kind != identitystore.Conflict {
		t.Errorf("second user of one name: %v, want a conflict", err)
	}
}

func second[T any](_ T, err error) error { return err }
