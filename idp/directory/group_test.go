package directory_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

func TestGroups(t *testing.T) {
	f := newFixture(t)
	got, err := f.CreateGroup(directory.Group{DisplayName: "staff"})
	f.check(err)
	if len(got.ID) != 36 || !got.Created.Equal(start) || !got.Security() {
		t.Errorf("a new group: %+v", got)
	}
	for name, g := range map[string]directory.Group{"no name": {}, "blank name": {DisplayName: " "}} {
		_, err := f.CreateGroup(g)
		f.refused(name, err, "Invalid value specified for property 'displayName' of resource 'Group'.")
	}
	_, err = f.CreateGroup(directory.Group{ID: got.ID, DisplayName: "other"})
	f.refused("an object id that is taken", err, "Another object with the same value for property id already exists.")

	f.clock.Advance(time.Hour)
	no := false
	renamed, err := f.UpdateGroup("staff", func(g *directory.Group) {
		g.ID, g.Created = "other", time.Time{} // are not for callers to change
		g.DisplayName, g.SecurityEnabled = "everybody", &no
	})
	f.check(err)
	if renamed.ID != got.ID || !renamed.Created.Equal(start) || renamed.DisplayName != "everybody" || renamed.Security() {
		t.Errorf("renamed: %+v", renamed)
	}
	no = true // the caller's variable is the caller's
	if stored, ok := f.Group("everybody"); !ok || stored.Security() {
		t.Errorf("stored: %+v, %v", stored, ok)
	}
	if _, ok := f.Group("staff"); ok {
		t.Error("the old name still finds a group")
	}
	_, err = f.UpdateGroup("everybody", func(g *directory.Group) { g.DisplayName = "" })
	f.refused("no name", err, "Invalid value specified for property 'displayName' of resource 'Group'.")
	_, err = f.UpdateGroup("nobody", func(*directory.Group) {})
	f.refused("unknown group", err, notFound("nobody"))
	if why, _ := refusal.From(err); why.Hint != "the directory has everybody" {
		t.Errorf("Hint = %q", why.Hint)
	}
}

// Display names need not be unique; then only the object id names a group.
func TestGroupsOfOneName(t *testing.T) {
	const ambiguous = "More than one group has the display name 'staff'."
	f := newFixture(t)
	f.user("ana")
	for _, id := range []string{"group-2", "group-1"} {
		_, err := f.CreateGroup(directory.Group{ID: id, DisplayName: "staff"})
		f.check(err)
	}
	groups := f.Groups()
	f.same("groups", []string{"group-1", "group-2"}, []string{groups[0].ID, groups[1].ID})
	if got, ok := f.Group("staff"); ok {
		t.Errorf("Group(staff) = %+v", got)
	}
	if got := f.Members("staff"); got != nil {
		t.Errorf("Members(staff) = %v", got)
	}
	_, _, err := f.Resolve(directory.Ref("staff"))
	f.refused("Resolve", err, ambiguous)
	_, err = f.DeleteGroup("staff")
	f.refused("DeleteGroup", err, ambiguous)
	f.refused("AddMembers to it", f.AddMembers("staff", "user-ana"), ambiguous)
	f.refused("AddMembers of it", f.AddMembers("group-1", "staff"), ambiguous)
	f.check(f.AddMembers("group-1", "group-2"))
	_, err = f.DeleteGroup("group-1")
	f.check(err)
	if got, ok := f.Group("staff"); !ok || got.ID != "group-2" {
		t.Errorf("with one of the name left: %+v, %v", got, ok)
	}
}

// A membership is seen from both ends, in the order in which it came about.
func TestMembership(t *testing.T) {
	f := newFixture(t)
	for _, name := range []string{"ana", "ben", "cleo"} {
		f.user(name)
	}
	f.group("staff", "user-cleo", "ana@contoso.example")
	f.group("everybody", "staff", "user-ben")
	f.check(f.AddMembers("staff", "user-ben", "user-ana", "user-ben")) // some are in already
	f.same("staff", []string{"User user-cleo", "User user-ana", "User user-ben"}, f.memberIDs("staff"))
	f.same("everybody", []string{"Group group-staff", "User user-ben"}, f.memberIDs("group-everybody"))
	f.same("ben's groups", []string{"group-everybody", "group-staff"}, f.DirectGroups("user-ben"))
	f.same("ana's groups", []string{"group-staff"}, f.DirectGroups("user-ana"))
	f.same("staff's groups", []string{"group-everybody"}, f.DirectGroups("group-staff"))
	f.same("ana's groups, nested", []string{"group-everybody", "group-staff"}, f.TransitiveGroups("user-ana"))

	f.check(f.RemoveMembers("staff", "ana@contoso.example", "user-ana"))
	f.check(f.RemoveMembers("staff", "user-ana")) // is out already
	f.same("staff without ana", []string{"User user-cleo", "User user-ben"}, f.memberIDs("staff"))
	f.same("ana's groups", []string(nil), f.DirectGroups("user-ana"))
	f.same("ana's groups, nested", []string(nil), f.TransitiveGroups("user-ana"))
	f.check(f.AddMembers("staff", "user-ana"))
	f.same("ana comes last now", []string{"User user-cleo", "User user-ben", "User user-ana"}, f.memberIDs("staff"))
	if got := f.Members("nobody"); got != nil {
		t.Errorf("members of no group: %v", got)
	}
}

// A list with one wrong member changes nothing.
func TestMembersAreAddedAllOrNone(t *testing.T) {
	f := newFixture(t)
	f.user("ana")
	f.user("ben")
	f.group("staff", "user-ben")
	_, since := f.Changes(0)
	f.refused("add to no group", f.AddMembers("nobody", "user-ana"), notFound("nobody"))
	f.refused("add nobody", f.AddMembers("staff", "user-ana", "nobody"), notFound("nobody"))
	f.refused("remove nobody", f.RemoveMembers("staff", "user-ben", "nobody"), notFound("nobody"))
	f.refused("add itself", f.AddMembers("staff", "user-ana", "staff"), "A group cannot be a member of itself.")
	f.same("staff", []string{"User user-ben"}, f.memberIDs("staff"))
	if changes, _ := f.Changes(since); len(changes) != 0 {
		t.Errorf("changes: %v", changes)
	}
}

// Groups may be members of each other, in circles too.
func TestNestedGroups(t *testing.T) {
	f := newFixture(t)
	f.user("ana")
	f.group("a", "user-ana")
	f.group("b", "a")
	f.group("c", "b")
	f.check(f.AddMembers("a", "c"))
	f.same("ana's groups", []string{"group-a", "group-b", "group-c"}, f.TransitiveGroups("user-ana"))
	f.same("a's groups", []string{"group-a", "group-b", "group-c"}, f.TransitiveGroups("group-a"))

	// As deep as anybody nests them.
	f.group("deep0", "user-ana")
	for i := range 5_000 {
		f.group(fmt.Sprintf("deep%d", i+1), fmt.Sprintf("group-deep%d", i))
	}
	if got := len(f.TransitiveGroups("user-ana")); got != 3+5_001 {
		t.Errorf("%d groups, want 5004", got)
	}
}

// A deleted group leaves nothing behind.
func TestDeleteGroup(t *testing.T) {
	f := newFixture(t)
	f.user("ana")
	f.group("staff", "user-ana")
	f.group("everybody", "staff", "user-ana")
	got, err := f.DeleteGroup("staff")
	f.check(err)
	if got.DisplayName != "staff" {
		t.Errorf("DeleteGroup = %+v", got)
	}
	f.same("everybody", []string{"User user-ana"}, f.memberIDs("everybody"))
	f.same("ana's groups", []string{"group-everybody"}, f.DirectGroups("user-ana"))
	_, err = f.DeleteGroup("staff")
	f.refused("deleting it again", err, notFound("staff"))
	f.group("staff") // the name and the object id are free again
	f.same("the new group's members", []string(nil), f.memberIDs("staff"))
	f.same("the new group's groups", []string(nil), f.DirectGroups("group-staff"))
}

// Names resolve to users before groups.
func TestResolve(t *testing.T) {
	f := newFixture(t)
	ana := f.user("ana")
	staff := f.group("staff")
	f.group("ana@contoso.example")
	for _, test := range []struct {
		principal directory.Principal
		kind      directory.Kind
		id        string
	}{
		{ana, directory.KindUser, ana.ID}, {staff, directory.KindGroup, staff.ID},
		{directory.Ref("ANA@contoso.example"), directory.KindUser, ana.ID}, {directory.Ref("staff"), directory.KindGroup, staff.ID},
		{directory.Ref("ana@contoso.example"), directory.KindUser, ana.ID},
	} {
		kind, id, err := f.Resolve(test.principal)
		if err != nil || kind != test.kind || id != test.id {
			t.Errorf("Resolve(%v) = %s %s, %v", test.principal.ObjectID(), kind, id, err)
		}
	}
	_, _, err := f.Resolve(directory.Ref("nobody"))
	f.refused("Resolve(nobody)", err, notFound("nobody"))
}
