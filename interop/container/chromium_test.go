package container

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/need"
)

// chromium is a browser on the host.
type chromium struct {
	t   *testing.T
	ctx context.Context
}

const onPortal = `//h1[text()="AWS access portal"]`

// newChromium starts a headless browser with an empty profile.
func newChromium(t *testing.T) *chromium {
	t.Helper()
	path := need.Program(t, "chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to run as root with one
	}
	allocator, cancelAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil { // starts it, with a context that outlives every step
		t.Fatalf("start chromium: %v", err)
	}
	limited, cancelTimeout := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(func() {
		cancelTimeout()
		cancel()
		cancelAllocator()
	})
	return &chromium{t, limited}
}

func (b *chromium) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("chromium: %v", err)
	}
}

func (b *chromium) read(what chromedp.Action[string]) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, what)
	if err != nil {
		b.t.Fatalf("chromium: %v", err)
	}
	return text
}

// enterCredentials goes through the pages of the sign-in.
func (b *chromium) enterCredentials(user string) {
	b.t.Helper()
	b.do(
		chromedp.SendKeys(`input[name=loginfmt]`, user), chromedp.Click("#idSIButton9"), chromedp.WaitVisible(`input[name=passwd]`),
		chromedp.SendKeys(`input[name=passwd]`, directory.DefaultPassword), chromedp.Click("#idSIButton9"),
		chromedp.WaitVisible(`//h1[text()="Stay signed in?"]`), chromedp.Click("#idBtn_Back"),
	)
}
