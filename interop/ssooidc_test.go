package interop

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"

	"github.com/idharness/harness"
)

// The AWS SDK goes the way of aws sso login since version 2.22: authorization
// code with PKCE to a port of its own, role credentials by its provider, and a
// token that its token provider refreshes.
func TestSDKSignsInWithPKCE(t *testing.T) {
	h := startPair(t, time.Now())
	ctx := t.Context()
	base := aws.String(h.IdentityCenter.BaseURL())
	startURL := "https://" + h.IdentityCenter.IdentityStoreID() + ".awsapps.com/start"
	oidc := ssooidc.New(ssooidc.Options{BaseEndpoint: base, Region: "us-east-1", RetryMaxAttempts: 1})
	registered, err := oidc.RegisterClient(ctx, &ssooidc.RegisterClientInput{
		ClientName: aws.String("wiki"), ClientType: aws.String("public"), GrantTypes: []string{"authorization_code", "refresh_token"},
		RedirectUris: []string{"http://127.0.0.1/oauth/callback"}, Scopes: []string{"sso:account:access"}, IssuerUrl: &startURL,
	})
	if err != nil {
		t.Fatalf("RegisterClient: %v", err)
	}
	called := make(chan url.Values, 1)
	callback := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { called <- r.URL.Query() }))
	t.Cleanup(callback.Close)
	redirect := callback.URL + "/oauth/callback"
	verifier := "a-verifier-of-at-least-43-characters-0123456789"
	hash := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {*registered.ClientId}, "redirect_uri": {redirect}, "state": {"s"}, "scopes": {"sso:account:access"},
		"code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(hash[:])},
	}
	session, err := h.SignInWith(ctx, harness.SignIn{User: "ana@contoso.example", Start: *registered.AuthorizationEndpoint + "?" + q.Encode()})
	if err != nil {
		t.Fatalf("authorize: %v", err)
	}
	got := <-called
	if a := session.Authorization; a == nil || !a.Granted || a.Code != got.Get("code") || a.State != "s" || a.RedirectURI != redirect {
		t.Errorf("authorization %+v, callback %v", a, got)
	}
	ask := &ssooidc.CreateTokenInput{
		ClientId: registered.ClientId, ClientSecret: registered.ClientSecret, GrantType: aws.String("authorization_code"),
		Code: aws.String(got.Get("code")), RedirectUri: &redirect, CodeVerifier: &verifier,
	}
	token, err := oidc.CreateToken(ctx, ask)
	if err != nil {
		t.Fatalf("CreateToken: %v", err)
	}
	var grant *types.InvalidGrantException
	if _, err := oidc.CreateToken(ctx, ask); !errors.As(err, &grant) || aws.ToString(grant.Error_) != "invalid_grant" || aws.ToString(grant.Error_description) != "Invalid grant provided" {
		t.Errorf("the code twice: %v", err)
	}

	// The SDK keeps the token as the AWS CLI does and refreshes it when it has
	// expired.
	cached := filepath.Join(t.TempDir(), "token.json")
	data, err := json.Marshal(map[string]any{
		"startUrl": startURL, "region": "us-east-1", "accessToken": *token.AccessToken, "expiresAt": time.Now().Add(-time.Minute).UTC().Format(time.RFC3339), "refreshToken": *token.RefreshToken,
		"clientId": *registered.ClientId, "clientSecret": *registered.ClientSecret, "registrationExpiresAt": time.Unix(registered.ClientSecretExpiresAt, 0).UTC().Format(time.RFC3339),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cached, data, 0o600); err != nil {
		t.Fatal(err)
	}
	provider := ssocreds.NewSSOTokenProvider(oidc, cached)
	renewed, err := provider.RetrieveBearerToken(ctx)
	if err != nil || renewed.Value == *token.AccessToken {
		t.Fatalf("refreshed token: %v, the same: %t", err, renewed.Value == *token.AccessToken)
	}
	portal := sso.New(sso.Options{BaseEndpoint: base, Region: "us-east-1", RetryMaxAttempts: 1})
	accounts, err := portal.ListAccounts(ctx, &sso.ListAccountsInput{AccessToken: &renewed.Value})
	if err != nil || len(accounts.AccountList) != 1 || *accounts.AccountList[0].AccountName != "Production" {
		t.Errorf("ListAccounts: %+v, %v", accounts, err)
	}
	creds, err := ssocreds.New(portal, "111122223333", "AdministratorAccess", startURL, func(o *ssocreds.Options) { o.SSOTokenProvider = provider }).Retrieve(ctx)
	if err != nil || !creds.CanExpire || creds.SessionToken == "" {
		t.Errorf("role credentials: %+v, %v", creds.Source, err)
	}
	if _, err := portal.Logout(context.WithoutCancel(ctx), &sso.LogoutInput{AccessToken: &renewed.Value}); err != nil {
		t.Errorf("Logout: %v", err)
	}
	if _, err := portal.ListAccounts(ctx, &sso.ListAccountsInput{AccessToken: &renewed.Value}); err == nil {
		t.Error("the token works after the logout")
	}
}
