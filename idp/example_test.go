package idp_test

import (
	"context"
	"fmt"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/browser"
)

// In a test, t is the *testing.T; the tenant stops with the test. Here is a
// tenant with one application, and the sign-in of somebody who may use it up to
// the page that carries the signed response to the application.
func ExampleRun() {
	t := &fakeTest{} // stands for the *testing.T
	defer t.finish()

	tenant := idp.Run(t, idp.Config{TenantID: "11111111-2222-4333-8444-555555555555"})
	ana := tenant.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"})
	wiki, err := tenant.CreateApplication(idp.ApplicationConfig{
		Name:        "Wiki",
		Identifiers: []string{"https://wiki.example/saml"},
		ReplyURLs:   []string{"https://wiki.example/acs"},
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	if err := wiki.Assign(ana); err != nil {
		t.Fatalf("%v", err)
	}

	ctx := context.Background()
	person := browser.New(browser.Config{Hold: func(*browser.Form) bool { return true }}) // stops before wiki.example, which does not exist
	defer person.Close()
	page, err := person.Open(ctx, wiki.UserAccessURL())
	if err != nil {
		t.Fatalf("%v", err)
	}
	form, _ := page.Form("signin")
	page, err = person.Submit(ctx, form, map[string]string{"loginfmt": "ana@contoso.example", "passwd": directory.DefaultPassword})
	if err != nil {
		t.Fatalf("%v", err)
	}
	form, _ = page.Form("staysignedin")
	page, err = person.Press(ctx, form, "No", nil)
	if err != nil {
		t.Fatalf("%v", err)
	}
	form, _ = page.Form("hiddenform")
	_, signed := form.Value("SAMLResponse")

	fmt.Println(tenant.Issuer())
	fmt.Println(page.Title(), form.Action, signed)
	// Output:
	// https://sts.windows.net/11111111-2222-4333-8444-555555555555/
	// Working... https://wiki.example/acs true
}

// fakeTest is the least that Run needs of a test.
type fakeTest struct {
	cleanups []func()
	failure  string
}

func (t *fakeTest) Helper()                   {}
func (t *fakeTest) Name() string              { return "fake" }
func (t *fakeTest) Cleanup(f func())          { t.cleanups = append(t.cleanups, f) }
func (t *fakeTest) Logf(string, ...any)       {}
func (t *fakeTest) Fatalf(f string, a ...any) { t.failure = fmt.Sprintf(f, a...) }

func (t *fakeTest) finish() {
	for _, f := range t.cleanups {
		f()
	}
}
