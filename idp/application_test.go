package idp_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

func TestCreateApplicationRefuses(t *testing.T) {
	w := newWire(t)
	for _, test := range []struct {
		name           string
		cfg            idp.ApplicationConfig
		message, where string
	}{
		{"no name", idp.ApplicationConfig{Name: "  "}, "Property displayName is required.", "name"},
		{"unknown template", idp.ApplicationConfig{Name: "Blog", Template: "aws"}, "There is no such application template.", "template"},
		{"an id that is taken", idp.ApplicationConfig{Name: "Blog", AppID: w.app.AppID()}, "Another object with the same value for property appId already exists.", "appId"},
		{"an identifier that is taken", idp.ApplicationConfig{Name: "Blog", Identifiers: []string{"urn:blog", identifier}}, "Another object with the same value for property identifierUris already exists.", "identifiers"},
		{"a reply URL that is none", idp.ApplicationConfig{Name: "Blog", ReplyURLs: []string{"/acs"}}, "Invalid value specified for property 'redirectUris' of resource 'Application'.", "replyUrls[0]"},
		{"a logout URL that is none", idp.ApplicationConfig{Name: "Blog", LogoutURL: "mailto:ana@contoso.example"}, "Invalid value specified for property 'logoutUrl' of resource 'Application'.", "logoutUrl"},
	} {
		app, err := w.CreateApplication(test.cfg)
		why, ok := refusal.From(err)
		if !ok || app != nil || why.Message != test.message || why.Where != test.where || why.Expected == "" || why.Got == "" {
			t.Errorf("%s: %v, %v; want %q at %s", test.name, app, err, test.message, test.where)
		}
	}
	if got := len(w.Apps()); got != 1 {
		t.Errorf("%d applications, want the first one only", got)
	}
}

func TestFindApplications(t *testing.T) {
	w := newWire(t)
	blog := w.create(idp.ApplicationConfig{Name: "Blog", Template: idp.TemplateAWSSingleAccount})
	if apps := w.Apps(); len(apps) != 2 || apps[0] != w.app || apps[1] != blog || w.App() != w.app {
		t.Errorf("Apps() = %v, App() = %v", apps, w.App())
	}
	for _, ref := range []string{"Blog", blog.AppID()} {
		if got, ok := w.AppByName(ref); !ok || got != blog {
			t.Errorf("AppByName(%s) = %v, %v", ref, got, ok)
		}
	}
	if got, ok := w.AppByName("blog"); ok {
		t.Errorf("AppByName(blog) = %v", got)
	}
	if blog.Template() != idp.TemplateAWSSingleAccount || w.app.Template() != idp.TemplateCustomSAML {
		t.Errorf("templates %s and %s", blog.Template(), w.app.Template())
	}
	empty, err := idp.New(idp.Config{})
	if err != nil || empty.App() != nil || len(empty.Apps()) != 0 {
		t.Errorf("a new tenant has the application %v, %v", empty.App(), err)
	}
}

// What was configured is used from the next sign-in on; what is refused changes
// nothing.
func TestConfigureClaims(t *testing.T) {
	w := newWire(t)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(w.app.SetClaims([]claims.Claim{{Name: "team", Source: "user.department"}}))
	check(w.app.SetNameID(claims.NameID{Source: "user.mail", Format: "persistent"}))
	check(w.app.SetGroupClaims(claims.GroupClaims{Emit: "assigned"}))
	staff := w.AddGroup("staff", w.ana)
	w.assign(w.app, staff)
	if _, err := w.Directory().UpdateUser(w.ana.ID, func(u *directory.User) { u.Department, u.Mail = "Platform", "a.sousa@contoso.example" }); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"claims":       w.app.SetClaims([]claims.Claim{{Name: "x", Source: "user.nosuch"}}),
		"NameID":       w.app.SetNameID(claims.NameID{Source: "user.nosuch"}),
		"group claims": w.app.SetGroupClaims(claims.GroupClaims{Emit: "some"}),
	} {
		if err == nil {
			t.Errorf("wrong %s were accepted", name)
		}
	}
	w.person().signIn(w.redirect(authnRequest(), ""))
	xml, _ := w.response()
	format, _ := attr(t, xml, "//NameID", "Format")
	got := []string{
		find(t, xml, "//Attribute[@Name='team']/AttributeValue"), find(t, xml, "//NameID"), format,
		find(t, xml, "//Attribute[@Name='http://schemas.microsoft.com/ws/2008/06/identity/claims/groups']/AttributeValue"),
	}
	want := []string{"Platform", "a.sousa@contoso.example", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", staff.ID}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("team, NameID, format, group (-want +got):\n%s", diff)
	}
	if configured := w.app.Claims(); len(configured.Claims) != 1 || configured.NameID.Source != "user.mail" || configured.GroupClaims.Emit != "assigned" {
		t.Errorf("Claims() = %+v", configured)
	}
}

// A transformation that lacks its input fails the whole sign-in
// (learn.microsoft.com, "Microsoft Entra authentication and authorization error
// codes", AADSTS501241).
func TestClaimThatCannotBeMade(t *testing.T) {
	w := newWire(t)
	err := w.app.SetClaims([]claims.Claim{{Name: "mailbox", Transform: &claims.Transform{Function: "ExtractMailPrefix", Inputs: []string{"user.othermail"}}}})
	if err != nil {
		t.Fatal(err)
	}
	page := w.person().signIn(w.redirect(authnRequest(), ""))
	why := refusalOf(t, string(page.Body))
	if why.Code != "AADSTS501241" || why.Fix != refusal.Entra || w.sp.last() != nil {
		t.Errorf("refused with %+v; the service provider got %v", why, w.sp.last())
	}
}

// Mistakes in the set-up of a test end the test that made them.
func TestAddReportsMistakes(t *testing.T) {
	for name, mistake := range map[string]func(*idp.Tenant){
		"user":  func(tenant *idp.Tenant) { tenant.AddUser(directory.User{UserPrincipalName: "no name"}) },
		"group": func(tenant *idp.Tenant) { tenant.AddGroup("staff", directory.Ref("nobody")) },
	} {
		fake := &fakeTest{}
		mistake(idp.Run(fake))
		fake.finish()
		if fake.failure == "" {
			t.Errorf("a wrong %s does not fail the test", name)
		}
	}
	// Without a test the mistake goes to the log, and nothing panics.
	tenant, err := idp.New(idp.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if got := tenant.AddUser(directory.User{}); got.ID != "" {
		t.Errorf("AddUser = %+v", got)
	}
}

func TestNewRefusesABadBaseURL(t *testing.T) {
	if _, err := idp.New(idp.Config{BaseURL: "localhost:8400"}); err == nil {
		t.Error("New accepted a base URL without a scheme")
	}
}
