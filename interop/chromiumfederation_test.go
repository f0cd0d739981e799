package interop

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/idharness/harness/idp"
)

// A real browser goes from My Apps to an account that trusts Entra itself, picks
// one of two roles and is at the console; without its SAML provider the sign-in
// says why not.
func TestChromiumTakesARole(t *testing.T) {
	ctx := newChromium(t)
	h := startFederation(t, time.Time{})
	h.Entra.Choose(func(c *idp.Choices) { c.HideStaySignedIn = true })
	step := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("chromium: %v\n%s", err, traceOf(h))
		}
	}
	app := h.Entra.App()
	step(chromedp.Navigate(app.UserAccessURL()), chromedp.WaitVisible(`input[name=loginfmt]`))
	step(enterCredentials("ana@contoso.example")...)
	step(chromedp.WaitVisible(`//h1[text()="Select a role"]`))
	shootBoth(t, ctx, "roles")
	if page := read(t, ctx, chromedp.Text("main")); !strings.Contains(page, "Production") || !strings.Contains(page, "111122223333") || !strings.Contains(page, "Reader") {
		t.Errorf("the page offers\n%s", page)
	}
	step(chromedp.Click(`//label[text()="Reader"]`), chromedp.Click("#signin_button"), chromedp.WaitVisible(`//h1[text()="AWS Management Console"]`))
	if page := read(t, ctx, chromedp.Text("main")); !strings.Contains(page, "arn:aws:sts::111122223333:assumed-role/Reader/ana@contoso.example") {
		t.Errorf("the console shows\n%s", page)
	}
	if _, err := h.IdentityCenter.DeleteSAMLProvider("Production", "Entra"); err != nil {
		t.Fatal(err)
	}
	step(chromedp.Navigate(app.UserAccessURL()), chromedp.WaitVisible("#message"))
	shootBoth(t, ctx, "samlrefused")
	if page := read(t, ctx, chromedp.Text("main")); !strings.HasPrefix(page, "Specified provider doesn't exist. (Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlManifestNotFoundException") {
		t.Errorf("the page says\n%s", page)
	}
}
