package interop

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/chromedp/chromedp"
)

// A real browser approves a device: it compares the code, signs in at Entra in
// between, and clicks on the elements that published scripts click on.
func TestChromiumApprovesADevice(t *testing.T) {
	ctx := newChromium(t)
	h := startPair(t, time.Time{})
	oidc := ssooidc.New(ssooidc.Options{BaseEndpoint: aws.String(h.IdentityCenter.BaseURL()), Region: "us-east-1", RetryMaxAttempts: 1})
	client, err := oidc.RegisterClient(ctx, &ssooidc.RegisterClientInput{ClientName: aws.String("my-tool"), ClientType: aws.String("public"), Scopes: []string{"sso:account:access"}})
	if err != nil {
		t.Fatal(err)
	}
	device, err := oidc.StartDeviceAuthorization(ctx, &ssooidc.StartDeviceAuthorizationInput{ClientId: client.ClientId, ClientSecret: client.ClientSecret, StartUrl: aws.String(h.IdentityCenter.PortalURL())})
	if err != nil {
		t.Fatal(err)
	}
	step := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("chromium: %v\n%s", err, traceOf(h))
		}
	}
	step(chromedp.Navigate(*device.VerificationUriComplete), chromedp.WaitVisible("#cli_verification_btn"))
	shootBoth(t, ctx, "device")
	step(chromedp.Click("#cli_verification_btn"), chromedp.WaitVisible(`input[name=loginfmt]`))
	step(enterCredentials("ana@contoso.example")...)
	step(chromedp.WaitVisible(askedToStay), chromedp.Click("#idBtn_Back"), chromedp.WaitVisible("#cli_login_button"))
	shootBoth(t, ctx, "consent")
	if page := read(t, ctx, chromedp.Text("main")); !strings.Contains(page, "Allow my-tool to access your data?") || !strings.Contains(page, "ana@contoso.example") {
		t.Errorf("the page asks\n%s", page)
	}
	step(chromedp.Click(`[data-testid="allow-access-button"]`), chromedp.WaitVisible(`[data-analytics-alert="success"]`))
	shootBoth(t, ctx, "approved")
	token, err := oidc.CreateToken(ctx, &ssooidc.CreateTokenInput{ClientId: client.ClientId, ClientSecret: client.ClientSecret, GrantType: aws.String("urn:ietf:params:oauth:grant-type:device_code"), DeviceCode: device.DeviceCode})
	if err != nil || !strings.HasPrefix(aws.ToString(token.AccessToken), "aoa") {
		t.Errorf("CreateToken: %v", err)
	}
}
