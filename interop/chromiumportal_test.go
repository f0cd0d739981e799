package interop

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
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
	wantVisible := func(visible bool, selector string) {
		t.Helper()
		got, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector("`+selector+`").checkVisibility()`))
		if err != nil || got != visible {
			t.Errorf("%s is visible: %v, %v; want %v", selector, got, err, visible)
		}
	}
	step(chromedp.Navigate(h.IdentityCenter.PortalURL()), chromedp.WaitVisible(`input[name=loginfmt]`))
	step(enterCredentials("ana@contoso.example")...)
	step(chromedp.WaitVisible(askedToStay), chromedp.Click("#idBtn_Back"), chromedp.WaitVisible(onPortal))
	shootBoth(t, ctx, "accounts")
	wantVisible(false, "#applications")
	step(chromedp.Click(`a[href="#applications"]`))
	wantVisible(true, "#applications")
	wantVisible(false, "#accounts")
	// After a change of the fragment alone, chromedp's own waits did not return.
	step(chromedp.Navigate(h.IdentityCenter.PortalURL()), chromedp.WaitVisible(onPortal))
	step(chromedp.Click(`//a[text()="Access keys"]`), chromedp.WaitVisible("#env-unix"))
	shootBoth(t, ctx, "accesskeys")
	wantVisible(false, "#env-windows")
	if keys := read(t, ctx, chromedp.Text("#env-unix")); !strings.Contains(keys, `export AWS_ACCESS_KEY_ID="ASIA`) || !strings.Contains(keys, "AWS_SESSION_TOKEN") {
		t.Errorf("the dialog shows\n%s", keys)
	}
	step(
		chromedp.Navigate(h.IdentityCenter.PortalURL()+"#/console?account_id=111122223333&role_name=AdministratorAccess"),
		chromedp.WaitVisible(`//h1[text()="AWS Management Console"]`),
	)
	shootBoth(t, ctx, "console")
	if page := read(t, ctx, chromedp.Text("main")); !strings.Contains(page, ":assumed-role/AWSReservedSSO_AdministratorAccess_") || !strings.Contains(page, "ana@contoso.example") {
		t.Errorf("the console shows\n%s", page)
	}
	step(
		chromedp.Navigate(h.IdentityCenter.PortalURL()+"#/console?account_id=111122223333&role_name=Nobody"),
		chromedp.WaitVisible(`//h1[text()="No access"]`),
	)
	shootBoth(t, ctx, "noaccess")
}

// shootBoth keeps pictures of the page in the light and in the dark.
func shootBoth(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	for _, scheme := range []string{"dark", "light"} {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
		if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
			t.Fatalf("chromium: show the page in the %s: %v", scheme, err)
		}
		shoot(t, ctx, name+"-"+scheme)
	}
}
