package report_test

import (
	"strings"
	"testing"

	"github.com/idharness/harness/scenarios"
)

const refusals = `name: Every side refuses
entra:
  users: [{userPrincipalName: dan@contoso.example, displayName: Dan}]
  app: {name: App, template: aws-iam-identity-center}
steps:
  - exchangeMetadata: {}
    save: {acs: $.entra.replyURL}
  - connectProvisioning: {}
  - {signIn: {user: dan@contoso.example}, expect: {outcome: refused}}
  - {http: {url: "${acs}", headers: {Content-Type: application/x-www-form-urlencoded}, body: SAMLResponse=PHgvPg==}, expect: {status: 400}}
  - {scim: {path: /Users, method: POST, body: {userName: x}}, expect: {status: 400}}
`

// What each side explains about a refusal is in the trace part by part, and the
// page shows it so.
func TestRefusalsAreExplainedPartByPart(t *testing.T) {
	s, err := scenarios.Load("refusals.yaml", []byte(refusals), scenarios.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := scenarios.Run(t.Context(), s, scenarios.Options{})
	if r.Status != scenarios.Passed {
		t.Fatalf("the scenario %s: %+v", r.Status, r.Steps)
	}
	explained := make(map[string]bool) // by the party that refused
	for _, e := range r.Trace {
		for _, c := range e.Checks {
			if c.Why == nil {
				continue
			}
			if c.Pass || c.Why.Expected == "" || c.Why.Got == "" || c.Why.Where == "" || c.Why.Fix == "" {
				t.Errorf("%s refuses with %+v", e.To, c.Why)
			}
			explained[e.To+" "+c.Name] = true
		}
	}
	for _, want := range []string{"entra assignment", "identityCenter accepted"} {
		if !explained[want] {
			t.Errorf("nothing explains %q: %v", want, explained)
		}
	}
	rules, scim := 0, 0
	for name := range explained {
		if strings.HasPrefix(name, "identityCenter ") && name != "identityCenter accepted" {
			rules++
		}
		if strings.HasPrefix(name, "scim ") {
			scim++
		}
	}
	if rules == 0 || scim == 0 {
		t.Errorf("%d rules of the ACS and %d of SCIM are explained: %v", rules, scim, explained)
	}
	_, doc := pageOf(t, []scenarios.Report{r})
	if text := textOf(doc); !strings.Contains(text, "Fix on the side of entra") || !strings.Contains(text, "Expected an assignment") {
		t.Errorf("the page does not explain the refusal")
	}
}
