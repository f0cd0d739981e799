package awsapi_test

import (
	"fmt"
	"strings"
	"testing"
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
		{"an action that is not served", "", "Action=AssumeRoleWithSAML&Version=2011-06-15", 400, "InvalidAction", "Could not find operation AssumeRoleWithSAML for version 2011-06-15"},
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
