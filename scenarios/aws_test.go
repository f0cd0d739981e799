package scenarios_test

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/idharness/harness/scenarios"
)

// A step that calls AWS and is refused fails, unless it expects that: a later
// step would otherwise fail for a reason that is not the cause.
func TestAWSErrorFailsTheStep(t *testing.T) {
	const call = "name: n\nidentityCenter: {accounts: [{id: '111122223333', name: P}]}\nsteps:\n  - aws: {service: sso, operation: ListAccounts, input: {accessToken: %s}}\n    expect: %e\n"
	for expect, want := range map[string]string{
		"{body: {$any: true}}":              "aws did not succeed: UnauthorizedException: Session token not found or invalid",
		"{status: 401}":                     "",
		"{code: UnauthorizedException}":     "",
		"{code: ForbiddenException}":        "$.code: the value differs",
		"{message: {$contains: not found}}": "aws did not succeed",
		"{headers: {content-length: {$any: true}}, code: UnauthorizedException}": "",
	} {
		s, err := scenarios.Load("aws.yaml", []byte(strings.NewReplacer("%s", "unknown-token", "%e", expect).Replace(call)), scenarios.Options{})
		if err != nil {
			t.Fatal(err)
		}
		result := scenarios.Run(context.Background(), s, scenarios.Options{})
		data, err := json.Marshal(result)
		if err != nil {
			t.Fatal(err)
		}
		if passed := result.Status == scenarios.Passed; passed != (want == "") || !strings.Contains(string(data), want) {
			t.Errorf("%s: passed %t, want %q in\n%s", expect, passed, want, data)
		}
	}
}

// What an authorization code can be exchanged for is a secret, wherever it
// stands in a report.
func TestAuthorizationCodeIsMasked(t *testing.T) {
	data, err := os.ReadFile("testdata/aws-calls.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenarios.Load("aws-calls.yaml", data, scenarios.Options{})
	if err != nil {
		t.Fatal(err)
	}
	result := scenarios.Run(context.Background(), s, scenarios.Options{})
	if result.Status != scenarios.Passed {
		t.Fatalf("%+v", result)
	}
	report, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`"authorization":\{"client":"my-tool","code":"([^"]*)"`).FindAllStringSubmatch(string(report), -1)
	if len(code) == 0 {
		t.Error("no authorization code in the report: this looks at nothing")
	}
	for _, found := range code {
		if found[1] != "***" {
			t.Errorf("an authorization code is shown: %s", found[0])
		}
	}
	if strings.Contains(string(report), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") {
		t.Error("the code verifier is shown")
	}
}
