package interop

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
)

// A real browser proves a second factor, keeps two accounts, picks one of them,
// and loads every application's logout URL in a frame when one signs out.
func TestChromiumKeepsTwoAccounts(t *testing.T) {
	ctx := newChromium(t)
	h := startPair(t, time.Time{})
	ben := h.Entra.AddUser(directory.User{UserPrincipalName: "ben@contoso.example", DisplayName: "Ben Okafor", PerUserMFAState: directory.MFAEnforced})

	var mu sync.Mutex
	var asked []string
	wiki := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Query().Has("SAMLRequest") {
			asked = append(asked, r.URL.Path)
		}
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<h1>Wiki</h1>"))
	}))
	t.Cleanup(wiki.Close)
	var apps []*idp.Application
	for _, name := range []string{"Wiki", "Blog"} {
		app, err := h.Entra.CreateApplication(idp.ApplicationConfig{Name: name, Identifiers: []string{"urn:" + name}, ReplyURLs: []string{wiki.URL + "/acs"}, LogoutURL: wiki.URL + "/slo/" + name})
		if err != nil {
			t.Fatal(err)
		}
		if err := app.Assign(directory.Ref("ana@contoso.example"), ben); err != nil {
			t.Fatal(err)
		}
		apps = append(apps, app)
	}
	step := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("chromium: %v\n%s", err, traceOf(h))
		}
	}
	const onWiki = `//h1[text()="Wiki"]`
	step(chromedp.Navigate(apps[0].UserAccessURL()), chromedp.WaitVisible(`input[name=loginfmt]`))
	step(enterCredentials("ana@contoso.example")...)
	step(chromedp.WaitVisible(askedToStay), chromedp.Click("#idSIButton9"), chromedp.WaitVisible(onWiki))

	step(chromedp.Navigate(apps[0].UserAccessURL()+"&login_hint=ben@contoso.example"), chromedp.WaitVisible(`input[name=passwd]`))
	step(
		chromedp.SendKeys(`input[name=passwd]`, directory.DefaultPassword), chromedp.Click("#idSIButton9"),
		chromedp.WaitVisible(`input[name=otc]`),
	)
	shoot(t, ctx, "mfa")
	step(
		chromedp.SendKeys(`input[name=otc]`, "246810"), chromedp.Click("#idSubmit_SAOTCC_Continue"),
		chromedp.WaitVisible(askedToStay), chromedp.Click("#idBtn_Back"), chromedp.WaitVisible(onWiki),
	)

	step(chromedp.Navigate(apps[1].UserAccessURL()), chromedp.WaitVisible(`[data-test-id="ben@contoso.example"]`))
	shoot(t, ctx, "accounts")
	step(chromedp.Click(`[data-test-id="ben@contoso.example"]`), chromedp.WaitVisible(onWiki))

	step(
		chromedp.Navigate(h.Entra.BaseURL()+"/"+h.Entra.ID()+"/logout"), chromedp.WaitVisible(`[data-test-id="ben@contoso.example"]`),
		chromedp.Click(`[data-test-id="ben@contoso.example"]`), chromedp.WaitVisible(`//h1[text()="You signed out of your account"]`),
	)
	mu.Lock()
	slices.Sort(asked)
	if !slices.Equal(asked, []string{"/slo/Blog", "/slo/Wiki"}) {
		t.Errorf("LogoutRequests went to %v, want both applications", asked)
	}
	mu.Unlock()
	step(chromedp.Navigate(apps[0].UserAccessURL()), chromedp.WaitVisible(onWiki)) // Ana is still there, alone
}
