package interop

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	saml2awslib "github.com/versent/saml2aws/v2"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/sp"
)

// startFederation starts both mocks with an account that trusts Entra itself and
// two roles, which Ana may take.
func startFederation(t *testing.T, start time.Time) *harness.Harness {
	t.Helper()
	h := harness.Run(t, harness.Config{Start: start, Unconnected: true})
	if _, err := h.IdentityCenter.CreateAccount(sp.Account{ID: "111122223333", Name: "Production"}); err != nil {
		t.Fatal(err)
	}
	app, err := h.Entra.CreateApplication(idp.ApplicationConfig{
		Template: idp.TemplateAWSSingleAccount,
		AppRoles: []idp.AppRole{{DisplayName: "Admin", Value: singleAccountRole}, {DisplayName: "Reader", Value: strings.Replace(singleAccountRole, "Admin", "Reader", 1)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.UploadMetadata([]byte(get(t, h.IdentityCenter.SignInMetadataURL()))); err != nil {
		t.Fatal(err)
	}
	if _, err := h.IdentityCenter.CreateSAMLProvider("Production", "Entra", []byte(get(t, app.MetadataURL()))); err != nil {
		t.Fatal(err)
	}
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example"})
	for _, name := range []string{"Admin", "Reader"} {
		if _, err := h.IdentityCenter.CreateFederatedRole(sp.FederatedRole{Account: "Production", Name: name, Provider: "Entra"}); err != nil {
			t.Fatal(err)
		}
		if err := app.AssignRole(ana, strings.Replace(singleAccountRole, "Admin", name, 1)); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// stsClient is the AWS SDK's client, pointed at the mock.
func stsClient(h *harness.Harness, provider aws.CredentialsProvider) *sts.Client {
	return sts.New(sts.Options{BaseEndpoint: aws.String(h.IdentityCenter.BaseURL()), Region: "us-east-1", Credentials: provider, RetryMaxAttempts: 1})
}

// A command-line login as saml2aws does it: it takes the roles out of the
// response, reads the accounts from the page of AWS's sign-in, and the AWS SDK
// trades the response for credentials.
func TestSaml2awsAndTheSDKTakeARole(t *testing.T) {
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	h := startFederation(t, start)
	session, err := h.SignInWith(t.Context(), harness.SignIn{User: "ana@contoso.example", Start: harness.StartMyApps})
	if err != nil || len(session.Roles) != 2 {
		t.Fatalf("roles %v, %v", session, err)
	}
	response := sentResponse(t, h)
	encoded := binding.EncodePOST([]byte(response))

	destination, err := saml2awslib.ExtractDestinationURL([]byte(response))
	if err != nil || destination != h.IdentityCenter.SignInURL() {
		t.Fatalf("saml2aws finds the destination %q, %v", destination, err)
	}
	values, err := saml2awslib.ExtractAwsRoles([]byte(response))
	if err != nil {
		t.Fatalf("saml2aws finds no roles: %v", err)
	}
	roles, err := saml2awslib.ParseAWSRoles(values)
	if err != nil {
		t.Fatalf("saml2aws reads no roles: %v", err)
	}
	accounts, err := saml2awslib.ParseAWSAccounts(destination, encoded)
	if err != nil || len(accounts) != 1 || accounts[0].Name != "Account: Production (111122223333)" || len(accounts[0].Roles) != 2 {
		t.Fatalf("saml2aws reads the accounts %+v, %v", accounts, err)
	}
	saml2awslib.AssignPrincipals(roles, accounts)
	role, err := saml2awslib.LocateRole(roles, "arn:aws:iam::111122223333:role/Admin")
	if err != nil || accounts[0].Roles[0].PrincipalARN == "" {
		t.Fatalf("saml2aws locates %+v, %v", role, err)
	}

	input := &sts.AssumeRoleWithSAMLInput{RoleArn: &role.RoleARN, PrincipalArn: &role.PrincipalARN, SAMLAssertion: &encoded}
	anonymous := stsClient(h, nil)
	out, err := anonymous.AssumeRoleWithSAML(t.Context(), input)
	if err != nil {
		t.Fatalf("AssumeRoleWithSAML: %v", err)
	}
	if got := aws.ToString(out.AssumedRoleUser.Arn); got != "arn:aws:sts::111122223333:assumed-role/Admin/ana@contoso.example" {
		t.Errorf("assumed role %s", got)
	}
	if aws.ToString(out.Subject) != "ana@contoso.example" || aws.ToString(out.Issuer) != h.Entra.Issuer() || aws.ToString(out.Audience) != h.IdentityCenter.SignInURL() || aws.ToString(out.NameQualifier) == "" {
		t.Errorf("subject %s, issuer %s, audience %s", aws.ToString(out.Subject), aws.ToString(out.Issuer), aws.ToString(out.Audience))
	}
	if want := start.Add(15 * time.Minute); !out.Credentials.Expiration.Equal(want) { // SessionDuration is 900 and can only shorten
		t.Errorf("credentials until %s, want %s", out.Credentials.Expiration, want)
	}
	keys := credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	who, err := stsClient(h, keys).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || aws.ToString(who.Arn) != aws.ToString(out.AssumedRoleUser.Arn) || aws.ToString(who.UserId) != aws.ToString(out.AssumedRoleUser.AssumedRoleId) {
		t.Errorf("GetCallerIdentity: %+v, %v", who, err)
	}

	// The same response serves again, for five minutes.
	h.Clock.Advance(5 * time.Minute)
	if _, err := anonymous.AssumeRoleWithSAML(t.Context(), input); err != nil {
		t.Errorf("after five minutes: %v", err)
	}
	refused := func(when string, in sts.AssumeRoleWithSAMLInput, status int, code, message string) {
		t.Helper()
		_, err := anonymous.AssumeRoleWithSAML(context.Background(), &in)
		var api smithy.APIError
		var response *smithyhttp.ResponseError
		if !errors.As(err, &api) || !errors.As(err, &response) || api.ErrorCode() != code || api.ErrorMessage() != message || response.HTTPStatusCode() != status {
			t.Errorf("%s: %v; want %d %s %s", when, err, status, code, message)
		}
	}
	other := *input
	other.RoleArn = aws.String("arn:aws:iam::111122223333:role/Root")
	refused("a role that the response does not name", other, 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")
	other = *input
	other.PrincipalArn = aws.String("arn:aws:iam::111122223333:saml-provider/Other")
	refused("a provider that does not exist", other, 400, "AuthSamlManifestNotFoundException", "Specified provider doesn't exist.")
	other = *input
	other.DurationSeconds = aws.Int32(3601)
	refused("longer than the role allows", other, 400, "ValidationError", "Requested DurationSeconds exceeds MaxSessionDuration set for this role.")
	other.DurationSeconds = aws.Int32(899)
	refused("a short duration", other, 400, "ValidationError", "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900")
	other = *input
	other.Policy = aws.String("allow all")
	refused("a policy that is no JSON", other, 400, "MalformedPolicyDocument", "This policy contains invalid Json")
	other = *input
	other.SAMLAssertion = aws.String(binding.EncodePOST([]byte(strings.Replace(response, "ana@contoso.example", "eva@contoso.example", 1))))
	refused("another name in the response", other, 400, "InvalidIdentityToken", "Response signature invalid")
	other.SAMLAssertion = aws.String("%%%%")
	refused("no base64", other, 400, "InvalidIdentityToken", "Invalid base64 SAMLResponse")
	other.SAMLAssertion = aws.String(strings.Repeat("A", 100_001))
	refused("too long a response", other, 400, "ValidationError", "1 validation error detected: Value at 'sAMLAssertion' failed to satisfy constraint: Member must have length less than or equal to 100000")

	other = *input
	other.Policy = aws.String(`{"Version":"2012-10-17"}`)
	if _, err := anonymous.AssumeRoleWithSAML(t.Context(), &other); err != nil {
		t.Errorf("with a policy: %v", err)
	}
	h.Clock.Advance(time.Second)
	refused("after more than five minutes", *input, 400, "ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
}
