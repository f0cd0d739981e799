package awsapi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

func TestSTS(t *testing.T) {
	c := newClient(t)
	const form = "application/x-www-form-urlencoded; charset=utf-8"
	const signature = "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20260105/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00"
	for _, test := range []struct {
		rule, authorization, body string
		status                    int
		code, message             string
	}{
		{"a key that nobody gave out", signature, "Action=GetCallerIdentity&Version=2011-06-15", 403, "InvalidClientTokenId", "The security token included in the request is invalid"},
		{"no signature", "", "Action=GetCallerIdentity&Version=2011-06-15", 403, "MissingAuthenticationToken", "Request is missing Authentication Token"},
		{"an action that is not served", "", "Action=AssumeRole&Version=2011-06-15", 400, "InvalidAction", "Could not find operation AssumeRole for version 2011-06-15"},
		{"no version", signature, "Action=ListRoles", 400, "InvalidAction", "Could not find operation ListRoles for version NO_VERSION_SPECIFIED"},
		{"no action", signature, "Version=2011-06-15", 400, "MissingAction", "The request is missing an action or a required parameter"},
		{"1 MiB and a byte", signature, "Action=" + strings.Repeat("x", 1<<20-6), 413, "RequestEntityTooLargeException", "the body is larger than 1 MiB"},
		{"no form", signature, "Action=%zz", 400, "MalformedQueryString", "invalid URL escape &#34;%zz&#34;"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			on := *c
			on.t = t
			header := map[string]string{"Content-Type": form}
			if test.authorization != "" {
				header["Authorization"] = test.authorization
			}
			response, got := on.post(test.body, header)
			// The layout is that of a response of sts.af-south-1.amazonaws.com.
			want := fmt.Sprintf(`<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>%s</Code>
    <Message>%s</Message>
  </Error>
  <RequestId>%s</RequestId>
</ErrorResponse>
`, test.code, test.message, response.Header.Get("x-amzn-RequestId"))
			if response.StatusCode != test.status || got != want {
				t.Errorf("got %d\n%swant %d\n%s", response.StatusCode, got, test.status, want)
			}
			if contentType := response.Header.Get("Content-Type"); contentType != "text/xml" {
				t.Errorf("Content-Type %q", contentType)
			}
		})
	}
}

// STS knows whose the credentials are that the access portal gave out, until
// they expire (STS API reference, GetCallerIdentity).
func TestGetCallerIdentity(t *testing.T) {
	c := newClient(t)
	if _, err := c.instance.CreateUser(identitystore.User{UserName: "ana@contoso.example", DisplayName: "Ana Sousa", Name: identitystore.Name{GivenName: "Ana", FamilyName: "Sousa"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.instance.CreateAccount(sp.Account{ID: "111122223333", Name: "Production"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.instance.CreatePermissionSet(sp.PermissionSet{Name: "Admin"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.instance.RoleCredentials("ana@contoso.example", "Production", "Admin"); err == nil {
		t.Fatal("credentials without an assignment")
	}
	if _, err := c.instance.Assign(sp.Wish{User: "ana@contoso.example", PermissionSet: "Admin", Account: "Production"}); err != nil {
		t.Fatal(err)
	}
	credentials, err := c.instance.RoleCredentials("ana@contoso.example", "Production", "Admin")
	if err != nil {
		t.Fatal(err)
	}
	header := map[string]string{
		"Content-Type":  "application/x-www-form-urlencoded; charset=utf-8",
		"Authorization": "AWS4-HMAC-SHA256 Credential=" + credentials.AccessKeyID + "/20260105/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00",
	}
	// Temporary credentials are worth nothing without their session token (IAM user
	// guide, "Use temporary credentials with AWS resources").
	for _, token := range []string{"", "made-up"} {
		header["X-Amz-Security-Token"] = token
		if response, got := c.post("Action=GetCallerIdentity&Version=2011-06-15", header); response.StatusCode != 403 || !strings.Contains(got, "<Code>InvalidClientTokenId</Code>") {
			t.Errorf("with the session token %q: %d\n%s", token, response.StatusCode, got)
		}
	}
	header["X-Amz-Security-Token"] = credentials.SessionToken
	response, got := c.post("Action=GetCallerIdentity&Version=2011-06-15", header)
	session, _ := c.instance.RoleSession(credentials.AccessKeyID)
	want := fmt.Sprintf(`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:sts::111122223333:assumed-role/%s/ana@contoso.example</Arn>
    <UserId>%s:ana@contoso.example</UserId>
    <Account>111122223333</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>%s</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
`, session.RoleName, session.RoleID, response.Header.Get("x-amzn-RequestId"))
	if response.StatusCode != 200 || got != want {
		t.Errorf("got %d\n%swant\n%s", response.StatusCode, got, want)
	}
	c.clock.Advance(time.Hour)
	if response, got := c.post("Action=GetCallerIdentity&Version=2011-06-15", header); response.StatusCode != 403 || !strings.Contains(got, "<Code>ExpiredToken</Code>") {
		t.Errorf("after an hour: %d\n%s", response.StatusCode, got)
	}
}
