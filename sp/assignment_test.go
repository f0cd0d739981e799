package sp_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

const production = "111122223333"

// assign gives ReadOnlyAccess in Production, making both if need be, and says
// whether the principal exists.
func assign(t *testing.T, w *world, wish sp.Wish) (bound bool) {
	t.Helper()
	if len(w.center.Accounts()) == 0 {
		if _, err := w.center.CreateAccount(sp.Account{ID: production, Name: "Production"}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.center.CreatePermissionSet(sp.PermissionSet{Name: "ReadOnlyAccess"}); err != nil {
			t.Fatal(err)
		}
	}
	wish.Account, wish.PermissionSet = "Production", "ReadOnlyAccess"
	bound, err := w.center.Assign(wish)
	if err != nil {
		t.Fatal(err)
	}
	return bound
}

func addGroup(t *testing.T, w *world, name string, members ...string) identitystore.Group {
	t.Helper()
	g, err := w.center.CreateGroup(identitystore.Group{DisplayName: name}, members...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestWishIsBoundWhenThePrincipalArrives, be it created or renamed.
func TestWishIsBoundWhenThePrincipalArrives(t *testing.T) {
	w := newWorld(t)
	if assign(t, w, sp.Wish{Group: "aws-admins"}) || assign(t, w, sp.Wish{User: "bob@contoso.example"}) || assign(t, w, sp.Wish{Group: "AWS-Admins"}) {
		t.Error("an assignment is bound to nobody")
	}
	if n := len(w.center.Assignments()); n != 0 {
		t.Errorf("%d assignments before anybody is there", n)
	}
	other := addGroup(t, w, "other")
	if _, err := w.center.Store().UpdateGroup(other.ID, func(g *identitystore.Group) error { g.DisplayName = "aws-admins"; return nil }); err != nil {
		t.Fatal(err)
	}
	bob := w.addUser("bob@contoso.example")
	set := w.center.PermissionSets()[0]
	want := []sp.Assignment{
		{PrincipalType: sp.PrincipalGroup, PrincipalID: other.ID, PermissionSet: set.ARN, AccountID: production},
		{PrincipalType: sp.PrincipalUser, PrincipalID: bob.ID, PermissionSet: set.ARN, AccountID: production},
	}
	if diff := cmp.Diff(want, w.center.Assignments()); diff != "" {
		t.Errorf("assignments (-want +got):\n%s", diff)
	}
	if !assign(t, w, sp.Wish{Group: "aws-admins"}) || len(w.center.Assignments()) != 2 {
		t.Error("assigning twice is no error and makes no second assignment")
	}
}

// TestRecreatedGroupDoesNotReviveAccess: assignments hold the principal's id
// (user guide, "Troubleshooting IAM Identity Center issues": a user or group
// deleted and created again). The remedy is to remove and assign again.
func TestRecreatedGroupDoesNotReviveAccess(t *testing.T) {
	w := newWorld(t)
	addGroup(t, w, "aws-admins", ana)
	assign(t, w, sp.Wish{Group: "aws-admins"})
	if got := w.center.AccessOf(w.ana.ID); len(got) != 1 || !slices.Equal(got[0].Roles, []string{"ReadOnlyAccess"}) {
		t.Fatalf("access %+v", got)
	}
	if _, err := w.center.DeleteGroup("aws-admins"); err != nil {
		t.Fatal(err)
	}
	addGroup(t, w, "aws-admins", ana)
	if got := w.center.AccessOf(w.ana.ID); len(got) != 0 {
		t.Errorf("access %+v through a group that was made again", got)
	}
	stale := w.center.Assignments()
	if len(stale) != 1 {
		t.Fatalf("assignments %+v, want the stale one to stay", stale)
	}
	if err := w.center.Unassign(sp.Wish{Group: "aws-admins", Account: production, PermissionSet: "ReadOnlyAccess"}); err == nil {
		t.Error("the name stands for the new group, which has no assignment")
	}
	if err := w.center.DeleteAssignment(stale[0]); err != nil {
		t.Error(err)
	}
	wantRefusal(t, w.center.DeleteAssignment(stale[0]), "ResourceNotFoundException", stale[0].PrincipalID)
	assign(t, w, sp.Wish{Group: "aws-admins"})
	if got := w.center.AccessOf(w.ana.ID); len(got) != 1 {
		t.Errorf("access %+v after assigning again", got)
	}
}

// TestRoleComesAndGoesWithAssignments: user guide, "Referencing permission sets
// in resource policies": the role goes with the last assignment, and the next
// one has another suffix.
func TestRoleComesAndGoesWithAssignments(t *testing.T) {
	for region, shape := range map[string]string{
		"eu-west-1": `^arn:aws:iam::111122223333:role/aws-reserved/sso\.amazonaws\.com/eu-west-1/AWSReservedSSO_ReadOnlyAccess_[0-9a-f]{16}$`,
		"us-east-1": `^arn:aws:iam::111122223333:role/aws-reserved/sso\.amazonaws\.com/AWSReservedSSO_ReadOnlyAccess_[0-9a-f]{16}$`,
	} {
		t.Run(region, func(t *testing.T) {
			w := newWorld(t, func(c *sp.Config) { c.Region = region })
			addGroup(t, w, "aws-admins")
			assign(t, w, sp.Wish{Group: "not yet there"})
			set := w.center.PermissionSets()[0].ARN
			if _, ok := w.center.RoleARN(production, set); ok {
				t.Error("there is a role before there is an assignment")
			}
			assign(t, w, sp.Wish{Group: "aws-admins"})
			first, ok := w.center.RoleARN(production, set)
			if !ok || !regexp.MustCompile(shape).MatchString(first) {
				t.Errorf("role %q, want %s", first, shape)
			}
			assign(t, w, sp.Wish{User: ana})
			unassign(t, w, sp.Wish{Group: "aws-admins"})
			if got, _ := w.center.RoleARN(production, set); got != first {
				t.Errorf("role %q while an assignment is left, want %q", got, first)
			}
			unassign(t, w, sp.Wish{User: ana})
			if got, ok := w.center.RoleARN(production, set); ok {
				t.Errorf("role %q after the last assignment", got)
			}
			assign(t, w, sp.Wish{User: ana})
			if again, ok := w.center.RoleARN(production, set); !ok || again == first {
				t.Errorf("role %q, want one with another suffix than %q", again, first)
			}
		})
	}
}

func unassign(t *testing.T, w *world, wish sp.Wish) {
	t.Helper()
	wish.Account, wish.PermissionSet = production, w.center.PermissionSets()[0].ARN // by id as well as by name
	if err := w.center.Unassign(wish); err != nil {
		t.Fatal(err)
	}
}

func TestUnassignTakesBackAWish(t *testing.T) {
	w := newWorld(t)
	assign(t, w, sp.Wish{Group: "aws-admins"})
	unassign(t, w, sp.Wish{Group: "AWS-admins"})
	addGroup(t, w, "aws-admins", ana)
	if n := len(w.center.Assignments()); n != 0 {
		t.Errorf("%d assignments, want the wish to be gone", n)
	}
}

func TestAssignRefuses(t *testing.T) {
	w := newWorld(t)
	assign(t, w, sp.Wish{User: ana})
	for _, test := range []struct {
		name      string
		wish      sp.Wish
		code, got string
	}{
		{"nobody", sp.Wish{Account: production, PermissionSet: "ReadOnlyAccess"}, "ValidationException", "neither"},
		{"a user and a group", sp.Wish{User: ana, Group: "x", Account: production, PermissionSet: "ReadOnlyAccess"}, "ValidationException", "both"},
		{"no such account", sp.Wish{User: ana, Account: "Development", PermissionSet: "ReadOnlyAccess"}, "ResourceNotFoundException", "Development"},
		{"no such permission set", sp.Wish{User: ana, Account: production, PermissionSet: "Billing"}, "ResourceNotFoundException", "Billing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := w.center.Assign(test.wish)
			wantRefusal(t, err, test.code, test.got)
			wantRefusal(t, w.center.Unassign(test.wish), test.code, test.got)
		})
	}
	wantRefusal(t, w.center.Unassign(sp.Wish{User: "bob@contoso.example", Account: production, PermissionSet: "ReadOnlyAccess"}), "ResourceNotFoundException", "bob@contoso.example")
}

// wantRefusal checks that an error explains itself with a code and what came.
func wantRefusal(t *testing.T, err error, code, got string) {
	t.Helper()
	why, ok := refusal.From(err)
	if !ok || why.Code != code || !strings.Contains(why.Got, got) || why.Expected == "" || why.Where == "" {
		t.Errorf("got %v; want %s with %q", err, code, got)
	}
}
