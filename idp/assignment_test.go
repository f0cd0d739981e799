package idp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// Who gets into an application (learn.microsoft.com, "Manage users and groups
// assignment to an application": the assignment does not cascade to nested
// groups; "Error AADSTS50105").
func TestAssignment(t *testing.T) {
	type scene struct {
		*wire
		app *idp.Application
	}
	group := func(s scene, name string, members ...directory.Principal) directory.Group {
		return s.AddGroup(name, members...)
	}
	for _, test := range []struct {
		name        string
		notRequired bool
		set         func(s scene)
		in          bool
		got, hint   string // explanation for those who stay out
	}{
		{name: "nobody", set: func(scene) {}, got: "neither", hint: "assign the user, or a group that holds the user directly"},
		{name: "the user", set: func(s scene) { s.assign(s.app, s.ana) }, in: true},
		{name: "the user, by name", set: func(s scene) { s.assign(s.app, directory.Ref("ana@contoso.example")) }, in: true},
		{name: "the user's group", set: func(s scene) { s.assign(s.app, group(s, "staff", s.ana)) }, in: true},
		{name: "the user's group, by name", set: func(s scene) { group(s, "staff", s.ana); s.assign(s.app, directory.Ref("staff")) }, in: true},
		{name: "another group", set: func(s scene) { s.assign(s.app, group(s, "staff")) }, got: "neither", hint: "assign the user, or a group that holds the user directly"},
		{name: "a group of the user's group", set: func(s scene) { s.assign(s.app, group(s, "everybody", group(s, "staff", s.ana))) },
			got: "an assignment of everybody, of which the user is a member only through another group", hint: "nested groups do not count: assign the inner group, or add the user to everybody"},
		{name: "a group three levels up", set: func(s scene) { s.assign(s.app, group(s, "all", group(s, "most", group(s, "staff", s.ana)))) },
			got: "an assignment of all, of which the user is a member only through another group", hint: "nested groups do not count: assign the inner group, or add the user to all"},
		{name: "both the outer and the inner group", set: func(s scene) {
			inner := group(s, "staff", s.ana)
			s.assign(s.app, group(s, "everybody", inner), inner)
		}, in: true},
		{name: "unassigned again", set: func(s scene) {
			s.assign(s.app, s.ana)
			if err := s.app.Unassign(s.ana, s.ana); err != nil {
				t.Error(err)
			}
		}, got: "neither", hint: "assign the user, or a group that holds the user directly"},
		{name: "left the group", set: func(s scene) {
			g := group(s, "staff", s.ana)
			s.assign(s.app, g)
			if err := s.Directory().RemoveMembers(g.ID, s.ana.ID); err != nil {
				t.Error(err)
			}
		}, got: "neither", hint: "assign the user, or a group that holds the user directly"},
		{name: "the group was deleted", set: func(s scene) {
			g := group(s, "staff", s.ana)
			s.assign(s.app, g)
			if _, err := s.Directory().DeleteGroup(g.ID); err != nil {
				t.Error(err)
			}
		}, got: "neither", hint: "assign the user, or a group that holds the user directly"},
		{name: "assigned to another application", set: func(s scene) { s.assign(s.create(idp.ApplicationConfig{Name: "Blog"}), s.ana) }, got: "neither", hint: "assign the user, or a group that holds the user directly"},
		{name: "assignment is not required", notRequired: true, set: func(scene) {}, in: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWire(t)
			app := w.create(idp.ApplicationConfig{Name: "Payroll", Identifiers: []string{"urn:payroll"}, ReplyURLs: []string{w.sp.acs()}, AssignmentRequired: new(!test.notRequired)})
			test.set(scene{w, app})
			for _, target := range []string{w.redirect(authnRequest(identifier, "urn:payroll"), ""), app.UserAccessURL()} {
				w.sp.forget()
				ana := w.person()
				page := ana.signIn(target)
				if test.in {
					if !atServiceProvider(page) {
						t.Errorf("%s came to %s\n%s", target, page.URL, page.Text())
					}
					continue
				}
				why := checkRefused(t, answer{page.Status, page.Header, string(page.Body)}, "AADSTS50105", fmt.Sprintf("Your administrator has configured the application Payroll ('%s') to block users unless they are specifically granted ('assigned') access to the application. The signed in user 'ana@contoso.example' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.", app.AppID()))
				if why.Got != test.got || why.Hint != test.hint || why.Where != "Enterprise application > Users and groups" || why.Fix != refusal.Entra {
					t.Errorf("explained by %+v\nwant got %q, hint %q", why, test.got, test.hint)
				}
				if w.sp.last() != nil {
					t.Error("the service provider got something")
				}
				// The person is signed in all the same.
				if page := ana.open(w.redirect(authnRequest(), "")); !atServiceProvider(page) {
					t.Errorf("the session did not begin: %s", page.URL)
				}
			}
		})
	}
}

// Roles reach the assertion from the user's own assignment and the groups'.
func TestAssignedRoles(t *testing.T) {
	w := newWire(t)
	w.declare("Author", "Editor", "Reviewer", "Owner")
	for _, g := range []struct{ name, role string }{{"editors", "Editor"}, {"again", "Editor"}, {"reviewers", "Reviewer"}, {"readers", ""}} {
		if err := w.app.AssignRole(w.AddGroup(g.name, w.ana), g.role); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.app.AssignRole(w.AddGroup("strangers"), "Owner"); err != nil {
		t.Fatal(err)
	}
	if err := w.app.AssignRole(w.ana, "Author"); err != nil {
		t.Fatal(err)
	}
	w.person().signIn(w.redirect(authnRequest(), ""))
	xml, _ := w.response()
	var got []string
	for _, e := range parse(t, xml).FindElements("//Attribute[@Name='http://schemas.microsoft.com/ws/2008/06/identity/claims/role']/AttributeValue") {
		got = append(got, e.Text())
	}
	if diff := cmp.Diff([]string{"Author", "Editor", "Reviewer"}, got); diff != "" {
		t.Errorf("role claim (-want +got):\n%s", diff)
	}
}

func TestAssignments(t *testing.T) {
	w := newWire(t)
	app := w.create(idp.ApplicationConfig{Name: "Payroll", AppRoles: []idp.AppRole{{Value: "Editor"}}})
	no := false
	mailing, err := w.Directory().CreateGroup(directory.Group{DisplayName: "Mailing list", SecurityEnabled: &no})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		principal directory.Principal
		message   string
	}{
		{directory.Ref("nobody"), "Resource 'nobody' does not exist or one of its queried reference-property objects are not present."},
		{mailing, "Only security groups can be assigned to an application."},
	} {
		if why, ok := refusal.From(app.Assign(test.principal)); !ok || why.Message != test.message {
			t.Errorf("Assign(%v) = %v, want %q", test.principal, why, test.message)
		}
	}
	if why, ok := refusal.From(app.Unassign(directory.Ref("nobody"))); !ok || !strings.Contains(why.Message, "'nobody' does not exist") {
		t.Errorf("Unassign = %v", why)
	}
	staff := w.AddGroup("staff", w.ana)
	w.assign(app, w.ana, staff)
	if err := app.AssignRole(w.ana, "Editor"); err != nil {
		t.Fatal(err)
	}
	want := []idp.Assignment{{Kind: directory.KindGroup, ID: staff.ID}, {Kind: directory.KindUser, ID: w.ana.ID}, {Kind: directory.KindUser, ID: w.ana.ID, Role: "Editor"}}
	if diff := cmp.Diff(want, app.Assignments()); diff != "" {
		t.Errorf("assignments (-want +got):\n%s", diff)
	}
	// A deleted user keeps the assignment until the purge, a group does not.
	d := w.Directory()
	if _, err := d.DeleteGroup("staff"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.DeleteUser(w.ana.ID); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[1:], app.Assignments()); diff != "" {
		t.Errorf("assignments after the deletes (-want +got):\n%s", diff)
	}
	if err := d.PurgeUser(w.ana.ID); err != nil {
		t.Fatal(err)
	}
	if got := app.Assignments(); len(got) != 0 {
		t.Errorf("assignments after the purge: %v", got)
	}
}

// Assigning and unassigning make the provisioning service look at the object,
// and at a group's members, again.
func TestAssignmentsEnterTheChangeLog(t *testing.T) {
	w := newWire(t)
	staff := w.AddGroup("staff", w.ana)
	_, since := w.Directory().Changes(0)
	for name, change := range map[string]func(...directory.Principal) error{"Assign": w.app.Assign, "Unassign": w.app.Unassign} {
		if err := change(staff); err != nil {
			t.Fatal(err)
		}
		changes, latest := w.Directory().Changes(since)
		since = latest
		var got []string
		for _, c := range changes {
			got = append(got, string(c.Kind)+" "+c.ID)
		}
		if diff := cmp.Diff([]string{"Group " + staff.ID, "User " + w.ana.ID}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
