package interop

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/need"
)

// newChromium starts a headless browser with an empty profile.
func newChromium(t *testing.T) context.Context {
	t.Helper()
	path := need.Program(t, "chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1000, 800),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to run as root with one
	}
	allocator, cancelAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil { // starts it, with a context that outlives every step
		t.Fatalf("start chromium: %v", err)
	}
	limited, cancelTimeout := context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(func() {
		cancelTimeout()
		cancel()
		cancelAllocator()
	})
	return limited
}

// A real browser walks portal → Entra → portal: two redirects between two
// sites, and a form that its own script submits.
func TestChromiumSignsInThroughThePortal(t *testing.T) {
	ctx := newChromium(t)
	h := startPair(t, time.Time{})
	step := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("chromium: %v\n%s", err, traceOf(h))
		}
	}
	step(chromedp.Navigate(h.IdentityCenter.PortalURL()), chromedp.WaitVisible(`input[name=loginfmt]`))
	shoot(t, ctx, "signin")
	entraURL := read(t, ctx, chromedp.Location())
	step(
		chromedp.SendKeys(`input[name=loginfmt]`, "nobody@contoso.example"+kb.Enter),
		chromedp.WaitVisible("#usernameError"), chromedp.WaitVisible("input[name=loginfmt].has-error"),
	)
	shoot(t, ctx, "signin-unknown")
	step(
		chromedp.SetValue(`input[name=loginfmt]`, "ana@contoso.example"),
		chromedp.Click("#idSIButton9"),
		chromedp.WaitVisible(`input[name=passwd]`),
	)
	shoot(t, ctx, "password")
	step(
		chromedp.SendKeys(`input[name=passwd]`, directory.DefaultPassword+kb.Enter),
		chromedp.WaitVisible(askedToStay),
	)
	shoot(t, ctx, "staysignedin")
	step(chromedp.Click("#idBtn_Back"), chromedp.WaitVisible(onPortal))
	shoot(t, ctx, "portal")
	portalURL, portal := read(t, ctx, chromedp.Location()), read(t, ctx, chromedp.Text("main"))
	if !strings.HasPrefix(entraURL, h.Entra.LoginURL()) {
		t.Errorf("the sign-in page was at %s, want it below %s", entraURL, h.Entra.LoginURL())
	}
	if portalURL != h.IdentityCenter.PortalURL() {
		t.Errorf("the browser rests at %s, want %s", portalURL, h.IdentityCenter.PortalURL())
	}
	for _, want := range []string{"ana@contoso.example", "Production", "111122223333", "AdministratorAccess"} {
		if !strings.Contains(portal, want) {
			t.Errorf("the portal does not show %q:\n%s", want, portal)
		}
	}

	// The session at Entra outlives the portal's: the next sign-in asks nothing.
	step(
		chromedp.Navigate(h.IdentityCenter.PortalURL()+"/signout"),
		chromedp.WaitVisible(`//h1[text()="You have signed out of the AWS access portal"]`),
		chromedp.Navigate(h.IdentityCenter.PortalURL()),
		chromedp.WaitVisible(onPortal),
		chromedp.Navigate(h.Entra.MyAppsURL()),
		chromedp.WaitVisible(`//h1[text()="My Apps"]`),
	)
	shoot(t, ctx, "myapps")
	step(chromedp.Click(`//a[text()="AWS IAM Identity Center"]`), chromedp.WaitVisible(onPortal))
}

// enterCredentials goes through the two steps of the sign-in page.
func enterCredentials(user string) []chromedp.Action[chromedp.Void] {
	return []chromedp.Action[chromedp.Void]{
		chromedp.SendKeys(`input[name=loginfmt]`, user),
		chromedp.Click("#idSIButton9"),
		chromedp.WaitVisible(`input[name=passwd]`),
		chromedp.SendKeys(`input[name=passwd]`, directory.DefaultPassword),
		chromedp.Click("#idSIButton9"),
	}
}

const askedToStay = `//h1[text()="Stay signed in?"]`

const onPortal = `//h1[text()="AWS access portal"]`

func TestChromiumShowsWhyAUserIsRefused(t *testing.T) {
	ctx := newChromium(t)
	h := startPair(t, time.Time{})
	h.Entra.AddUser(directory.User{UserPrincipalName: "dan@contoso.example", DisplayName: "Dan Roth"})
	steps := []chromedp.Action[chromedp.Void]{chromedp.Navigate(h.IdentityCenter.PortalURL()), chromedp.WaitVisible(`input[name=loginfmt]`)}
	steps = append(steps, enterCredentials("dan@contoso.example")...)
	steps = append(steps, chromedp.WaitVisible(askedToStay), chromedp.Click("#idBtn_Back"), chromedp.WaitVisible("#service_exception_message"))
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("chromium: %v\n%s", err, traceOf(h))
	}
	shoot(t, ctx, "refused")
	page := read(t, ctx, chromedp.Text("main"))
	for _, want := range []string{"AADSTS50105", "'dan@contoso.example' is blocked", "Request Id:", "Correlation Id:", "Timestamp:", "Users and groups"} {
		if !strings.Contains(page, want) {
			t.Errorf("the error page does not show %q:\n%s", want, page)
		}
	}
}

func read(t *testing.T, ctx context.Context, what chromedp.Action[string]) string {
	t.Helper()
	text, err := chromedp.Run(ctx, what)
	if err != nil {
		t.Fatalf("chromium: %v", err)
	}
	return text
}

// shoot keeps a picture of the page where go test -artifacts asks for it.
func shoot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatalf("chromium: take a picture: %v", err)
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name+".png"), picture, 0o600); err != nil {
		t.Fatal(err)
	}
}

// traceOf tells what went over the wire, for a test that failed.
func traceOf(h *harness.Harness) string {
	var b strings.Builder
	for _, e := range h.Trace() {
		b.WriteString(e.To + " " + e.Kind + " " + e.Request.Method + " " + e.Request.URL + "\n")
		for _, c := range e.Checks {
			if !c.Pass {
				b.WriteString("  failed check: " + c.Name + ": " + c.Detail + "\n")
			}
		}
	}
	return b.String()
}
