package idp_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

const roleClaim = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"

// roleValues are the values of the role claim of the last response.
func (w *wire) roleValues() []string {
	w.t.Helper()
	xml, _ := w.response()
	var out []string
	for _, e := range parse(w.t, xml).FindElements("//Attribute[@Name='" + roleClaim + "']/AttributeValue") {
		out = append(out, e.Text())
	}
	return out
}

// Roles without a value, as the templates' User and msiam_access, are assigned
// like others and sent as no claim. A principal can have several roles (Graph:
// one appRoleAssignment for each).
func TestAppRoles(t *testing.T) {
	w := newWire(t)
	arn := "arn:aws:iam::111122223333:role/Admin,arn:aws:iam::111122223333:saml-provider/Entra"
	err := w.app.Configure(func(c *idp.ApplicationConfig) {
		c.AppRoles = append(c.AppRoles, idp.AppRole{Value: "Editor"}, idp.AppRole{Value: arn, DisplayName: "Admin", Description: "Everything"})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"User", "msiam_access"} {
		if err := w.app.AssignRole(w.ana, role); err != nil {
			t.Fatal(err)
		}
	}
	w.person().signIn(w.redirect(authnRequest(), ""))
	if got := w.roleValues(); got != nil {
		t.Errorf("roles without a value are sent as %q", got)
	}
	for _, role := range []string{arn, "Editor", "Editor"} {
		if err := w.app.AssignRole(w.ana, role); err != nil {
			t.Fatal(err)
		}
	}
	w.person().signIn(w.redirect(authnRequest(), ""))
	if diff := cmp.Diff([]string{arn, "Editor"}, w.roleValues()); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if err := w.app.UnassignRole(w.ana, arn); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range w.app.Assignments() {
		names = append(names, a.Role)
	}
	if diff := cmp.Diff([]string{"", "Editor", "User", "msiam_access"}, names); diff != "" {
		t.Errorf("assignments (-want +got):\n%s", diff)
	}
	roles := w.app.Config().AppRoles
	last := roles[len(roles)-1]
	if len(last.ID) != 36 || last.DisplayName != "Admin" || last.Description != "Everything" || roles[2].DisplayName != "Editor" || roles[2].ID == last.ID {
		t.Errorf("roles %+v", roles)
	}
}

// Only an enabled role of the application can be assigned (Graph: "Permission
// being assigned was not found on application"; learn.microsoft.com, "Add app
// roles to your application": a disabled role is no longer assignable, and stays
// in the tokens of those who have it).
func TestAssignRoleRefuses(t *testing.T) {
	w := newWire(t)
	w.declare("Editor", "Retired")
	if err := w.app.AssignRole(w.ana, "Retired"); err != nil {
		t.Fatal(err)
	}
	err := w.app.Configure(func(c *idp.ApplicationConfig) { c.AppRoles[3].IsEnabled = new(false) })
	if err != nil {
		t.Fatal(err)
	}
	ben := w.AddGroup("editors")
	for _, role := range []string{"Retired", "Owner", "editor"} {
		why, ok := refusal.From(w.app.AssignRole(ben, role))
		if !ok || why.Message != "Permission being assigned was not found on application '"+w.app.AppID()+"'." || why.Got != role ||
			!strings.Contains(why.Expected, "Editor or Retired (disabled)") || why.Where != "role" {
			t.Errorf("role %s: %v", role, why)
		}
	}
	w.person().signIn(w.redirect(authnRequest(), ""))
	if diff := cmp.Diff([]string{"Retired"}, w.roleValues()); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}

// A role must be disabled before it is deleted or gets another value, and a list
// that leaves one out deletes it (learn.microsoft.com, "Configure the role claim
// issued in the SAML token"; the text is Graph's, msgraph-sdk-powershell issue
// 1211). With the role go its assignments.
func TestDeleteAppRole(t *testing.T) {
	w := newWire(t)
	w.declare("Editor")
	if err := w.app.AssignRole(w.ana, "Editor"); err != nil {
		t.Fatal(err)
	}
	id := w.app.Config().AppRoles[2].ID
	without := func(c *idp.ApplicationConfig) { c.AppRoles = c.AppRoles[:2] }
	for name, change := range map[string]func(*idp.ApplicationConfig){
		"left out":         without,
		"another value":    func(c *idp.ApplicationConfig) { c.AppRoles[2].Value = "Author" },
		"another id":       func(c *idp.ApplicationConfig) { c.AppRoles[2].ID = tenantID },
		"only the new one": func(c *idp.ApplicationConfig) { c.AppRoles = []idp.AppRole{{Value: "Editor"}} },
	} {
		why, ok := refusal.From(w.app.Configure(change))
		if !ok || why.Code != "CannotDeleteOrUpdateEnabledEntitlement" || why.Message != "Permission (scope or role) cannot be deleted or updated unless disabled first." || why.Hint == "" {
			t.Errorf("%s: %v", name, why)
		}
	}
	// A role that is repeated without its id is the same role.
	err := w.app.Configure(func(c *idp.ApplicationConfig) {
		c.AppRoles[2] = idp.AppRole{Value: "Editor", DisplayName: "Editors", IsEnabled: new(false)}
	})
	if err != nil || w.app.Config().AppRoles[2].ID != id {
		t.Fatalf("disabling the role: %v, %+v", err, w.app.Config().AppRoles)
	}
	if err := w.app.Configure(without); err != nil {
		t.Fatal(err)
	}
	if got := w.app.Assignments(); len(got) != 1 || got[0].Role != "" {
		t.Errorf("assignments after the delete: %+v", got)
	}
}

// Graph's appRole resource type says what a value can be.
func TestAppRoleValues(t *testing.T) {
	w := newWire(t)
	long := strings.Repeat("x", 120)
	for _, good := range []string{"a", long, "!#$%&'()*+,-./:;<=>?@[]^_`{|}~0aZ"} {
		w.declare(good)
	}
	for name, roles := range map[string][]idp.AppRole{
		"empty": {{}}, "too long": {{Value: long + "x"}}, "space": {{Value: "a b"}}, "dot": {{Value: ".a"}}, "quote": {{Value: `a"b`}},
		"backslash": {{Value: `a\b`}}, "no ASCII": {{Value: "é"}}, "control": {{Value: "a\n"}},
		"twice the value": {{Value: "b"}, {Value: "b"}}, "twice the id": {{ID: tenantID, Value: "b"}, {ID: tenantID, Value: "c"}},
	} {
		why, ok := refusal.From(w.app.Configure(func(c *idp.ApplicationConfig) { c.AppRoles = append(c.AppRoles, roles...) }))
		if !ok || !strings.HasPrefix(why.Where, "appRoles[") {
			t.Errorf("%s: %v", name, why)
		}
	}
}

// No two roles of an application have one id, however the list is written.
func TestAppRoleIDsAreUnique(t *testing.T) {
	w := newWire(t)
	w.declare("A")
	roles := w.app.Config().AppRoles
	id := roles[len(roles)-1].ID
	for name, change := range map[string]func(*idp.ApplicationConfig){
		"two without a value and of one name": func(c *idp.ApplicationConfig) {
			c.AppRoles = append(c.AppRoles, idp.AppRole{DisplayName: "X"}, idp.AppRole{DisplayName: "X"})
		},
		"one more of that name": func(c *idp.ApplicationConfig) { c.AppRoles = append(c.AppRoles, idp.AppRole{DisplayName: "X"}) },
		"the id of one at another": func(c *idp.ApplicationConfig) {
			for i := range c.AppRoles {
				if c.AppRoles[i].ID == id {
					c.AppRoles[i].ID, c.AppRoles[i].IsEnabled = "", new(false)
				}
			}
			c.AppRoles = append(c.AppRoles, idp.AppRole{ID: id, Value: "B"})
		},
	} {
		err := w.app.Configure(change)
		seen := make(map[string]bool)
		for _, r := range w.app.Config().AppRoles {
			if seen[r.ID] {
				t.Errorf("%s: two roles have the id %s (%v)", name, r.ID, err)
			}
			seen[r.ID] = true
		}
	}
}

// Who loses the last role with it leaves the scope of provisioning, as after
// Unassign.
func TestDeletedAppRoleIsAChangeForProvisioning(t *testing.T) {
	w := newWire(t)
	w.declare("A")
	ben := w.AddUser(directory.User{UserPrincipalName: "ben@contoso.example"})
	if err := w.app.AssignRole(ben, "A"); err != nil {
		t.Fatal(err)
	}
	edit := func(change func([]idp.AppRole) []idp.AppRole) {
		t.Helper()
		if err := w.app.Configure(func(c *idp.ApplicationConfig) { c.AppRoles = change(c.AppRoles) }); err != nil {
			t.Fatal(err)
		}
	}
	edit(func(r []idp.AppRole) []idp.AppRole { r[len(r)-1].IsEnabled = new(false); return r })
	_, before := w.Directory().Changes(0)
	edit(func(r []idp.AppRole) []idp.AppRole { return r[:len(r)-1] })
	changed, after := w.Directory().Changes(before)
	if after == before || len(changed) != 1 || changed[0].ID != ben.ID {
		t.Errorf("changes %+v", changed)
	}
}
