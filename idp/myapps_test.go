package idp_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/browser"
	"github.com/idharness/harness/internal/web"
)

// tiles are the links to applications on My Apps, by name.
func (w *wire) tiles(page *browser.Page) map[string]string {
	out := make(map[string]string)
	for _, link := range page.Links() {
		if link.Text != "Sign out" {
			out[link.Text] = link.Href
		}
	}
	return out
}

// My Apps shows the applications to which the user is assigned, and only those,
// whether they require assignment or not (learn.microsoft.com, "Properties of
// an enterprise application", Visible to users).
func TestMyAppsTiles(t *testing.T) {
	w := newWire(t)
	byGroup := w.create(idp.ApplicationConfig{Name: `By <group> & "more"`})
	w.assign(byGroup, w.AddGroup("staff", w.ana))
	nested := w.create(idp.ApplicationConfig{Name: "Nested"})
	w.assign(nested, w.AddGroup("everybody", w.AddGroup("inner", w.ana)))
	w.create(idp.ApplicationConfig{Name: "Open to all", AssignmentRequired: new(false)})
	open := w.create(idp.ApplicationConfig{Name: "Open and assigned", AssignmentRequired: new(false)})
	w.assign(open, w.ana)

	ana := w.person()
	page := ana.open(w.MyAppsURL())
	if !asksForPassword(page) {
		t.Fatalf("without a session: %s", page.Text())
	}
	page = ana.enter(page, w.ana.UserPrincipalName, "wrong")
	page = ana.enter(page, w.ana.UserPrincipalName, "Harness-2026!")
	want := map[string]string{"Wiki": w.app.UserAccessURL(), byGroup.Name(): byGroup.UserAccessURL(), "Open and assigned": open.UserAccessURL()}
	if diff := cmp.Diff(want, w.tiles(page)); diff != "" {
		t.Errorf("tiles (-want +got):\n%s", diff)
	}
	if page.URL.String() != w.MyAppsURL() || page.Title() != "My Apps" {
		t.Errorf("the browser is at %s, %q", page.URL, page.Title())
	}
	// The same for programs.
	text, _ := page.Find(web.DataID)
	var data struct {
		User  string
		Tiles []struct{ Name, URL string }
	}
	if err := json.Unmarshal([]byte(text), &data); err != nil || data.User != "Ana Sousa" || len(data.Tiles) != 3 || data.Tiles[0].Name != "Wiki" {
		t.Errorf("data of the page: %+v, %v", data, err)
	}
	if got := ana.open(w.BaseURL() + "/"); got.URL.String() != w.MyAppsURL() {
		t.Errorf("the root leads to %s", got.URL)
	}
	if err := w.app.Unassign(w.ana); err != nil {
		t.Fatal(err)
	}
	delete(want, "Wiki")
	if diff := cmp.Diff(want, w.tiles(ana.open(w.MyAppsURL()))); diff != "" {
		t.Errorf("tiles after an assignment ended (-want +got):\n%s", diff)
	}
}

func TestMyAppsWithoutApps(t *testing.T) {
	w := newWire(t)
	if err := w.app.Unassign(w.ana); err != nil {
		t.Fatal(err)
	}
	page := w.person().signIn(w.MyAppsURL())
	if got := w.tiles(page); len(got) != 0 || page.Status != http.StatusOK {
		t.Errorf("status %d, tiles %v", page.Status, got)
	}
}

// A tile starts an IdP-initiated sign-in, or opens the sign-on URL where the
// service provider then asks for one (hashicorp/azuread, login_url of
// azuread_service_principal).
func TestTilesStartApplications(t *testing.T) {
	w := newWire(t)
	ana := w.person()
	apps := ana.signIn(w.MyAppsURL())
	page, err := ana.b.Click(t.Context(), apps, w.tiles(apps)["Wiki"])
	if err != nil {
		t.Fatal(err)
	}
	if r := w.sp.last(); !atServiceProvider(page) || r.Method != http.MethodPost || r.URL.Path != "/acs" {
		t.Errorf("the tile leads to %s", page.URL)
	}
	w.sp.forget()
	if err := w.app.SetSignOnURL(w.sp.URL + "/start?from=myapps"); err != nil {
		t.Fatal(err)
	}
	if page, err = ana.b.Click(t.Context(), apps, w.tiles(apps)["Wiki"]); err != nil {
		t.Fatal(err)
	}
	if r := w.sp.last(); r == nil || r.Method != http.MethodGet || r.URL.String() != "/start?from=myapps" {
		t.Errorf("with a sign-on URL the tile leads to %s", page.URL)
	}
	if err := w.app.SetSignOnURL(""); err != nil {
		t.Fatal(err)
	}
	if ana.open(w.app.UserAccessURL()); w.sp.last().Method != http.MethodPost {
		t.Error("without the sign-on URL the tile does not start an IdP-initiated sign-in again")
	}
}

// The User access URL works without My Apps, with or without its tenantId.
func TestUserAccessURL(t *testing.T) {
	w := newWire(t)
	for _, target := range []string{
		w.app.UserAccessURL(), w.BaseURL() + "/api/signin/" + w.app.AppID(), w.BaseURL() + "/API/SignIn/" + w.app.AppID() + "?tenantId=contoso.example",
		w.app.UserAccessURL() + "&login_hint=ana@contoso.example",
	} {
		w.sp.forget()
		if page := w.person().signIn(target); !atServiceProvider(page) || w.sp.last().URL.Path != "/acs" {
			t.Errorf("%s leads to %s", target, page.URL)
		}
	}
	why := checkRefused(t, w.get(w.BaseURL()+"/api/signin/Wiki"), "AADSTS700016", "Application with identifier 'Wiki' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.")
	if why.Where != "URL path" {
		t.Errorf("Where = %q", why.Where)
	}
	why = checkRefused(t, w.get(w.BaseURL()+"/api/signin/"+w.app.AppID()+"?tenantId=Fabrikam"), "AADSTS90002", "Tenant 'Fabrikam' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.")
	if why.Where != "query parameter tenantId" {
		t.Errorf("Where = %q", why.Where)
	}
	none := w.create(idp.ApplicationConfig{Name: "No reply URL"})
	checkRefused(t, w.get(none.UserAccessURL()), "AADSTS900971", "No reply address provided.")
}
