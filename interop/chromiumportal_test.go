package interop

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A real browser walks portal → identity provider → portal → access keys, and
// opens the console, there by a deep link whose fragment only a script can read.
func TestChromiumGetsAccessKeys(t *testing.T) {
	ctx := newChromium(t)
	h := startPair(t, time.Time{})
	step := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("chromium: %v\n%s", err, traceOf(h))
		}
	}
	step(chromedp.Navigate(h.IdentityCenter.PortalURL()), chromedp.WaitVisible(`input[name=loginfmt]`))
	step(enterCredentials("ana@contoso.example")...)
	step(chromedp.WaitVisible(askedToStay), chromedp.Click("#idBtn_Back"), chromedp.WaitVisible(onPortal))
	step(chromedp.Click(`//a[text()="Access keys"]`), chromedp.WaitVisible("#env-unix"))
	shoot(t, ctx, "accesskeys")
	if keys := read(t, ctx, chromedp.Text("#env-unix")); !strings.Contains(keys, `export AWS_ACCESS_KEY_ID="ASIA`) || !strings.Contains(keys, "AWS_SESSION_TOKEN") {
		t.Errorf("the dialog shows\n%s", keys)
	}
	step(
		chromedp.Navigate(h.IdentityCenter.PortalURL()+"#/console?account_id=111122223333&role_name=AdministratorAccess"),
		chromedp.WaitVisible(`//h1[text()="AWS Management Console"]`),
	)
	shoot(t, ctx, "console")
	if page := read(t, ctx, chromedp.Text("main")); !strings.Contains(page, ":assumed-role/AWSReservedSSO_AdministratorAccess_") || !strings.Contains(page, "ana@contoso.example") {
		t.Errorf("the console shows\n%s", page)
	}
}
