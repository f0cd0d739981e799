package scenarios

import (
	"strings"
	"testing"
)

const refusedScenario = `name: Refused
clock: 2026-01-05T09:00:00Z
entra:
  apps: [{name: One, identifiers: ["urn:one"]}, {name: Two}]
steps:
  - identityCenter: {createUser: {userName: ana, givenName: Ana, familyName: Sousa, displayName: Ana Sousa}}
  - `

// What a service refuses an administrator is a result that can be expected, be
// it a refusal of Entra, of Identity Center or of its identity store.
func TestRefusedActions(t *testing.T) {
	tests := []struct{ name, action, other, refused, text string }{
		{"entra", "entra: {updateApp: {app: Two, set: {identifiers: [urn:one]}}}", "name",
			"{code: Request_BadRequest, message: {$contains: identifierUris}, explanation: {got: urn:one (of One), where: identifiers, fix: entra, hint: {$any: true}}}",
			"Request_BadRequest: Another object with the same value for property identifierUris already exists."},
		{"identity center", "identityCenter: {setSessionDuration: 1m}", "sessionDuration",
			"{code: ValidationException, explanation: {got: 1m0s, expected: 15m0s to 2160h0m0s, fix: identityCenter}}",
			"ValidationException: The session duration is not valid."},
		{"identity store, invalid", "identityCenter: {createUser: {userName: ben}}", "id",
			"{code: ValidationException, message: {$contains: Value null at}, explanation: {fix: identityCenter, where: {$any: true}}}",
			"ValidationException: "},
		{"identity store, conflict", "identityCenter: {createUser: {userName: ANA, givenName: Ana, familyName: Silva, displayName: Ana Silva}}", "id",
			"{code: ConflictException, message: Duplicate UserName, explanation: {got: ANA}}",
			"ConflictException: Duplicate UserName"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if report := runText(t, "refused.yaml", refusedScenario+test.action+"\n    expect: {refused: "+test.refused+"}\n", nil); report.Status != Passed {
				t.Errorf("expected, it is not passed but %s: %s", report.Status, failuresOf(report))
			}
			report := runText(t, "refused.yaml", refusedScenario+test.action+"\n    expect: {"+test.other+": {$any: true}}\n", nil)
			got := failuresOf(report)
			if report.Status != Errored || !strings.Contains(got, test.text) || !strings.Contains(got, "say so: expect: {refused: …}") {
				t.Errorf("not spoken of, it is %s: %s; want an error, with %s", report.Status, got, test.text)
			}
		})
	}
}

// Whoever expects a refusal that does not come hears of it; and what is no
// refusal, such as a name that nobody has, stays an error of the run.
func TestRefusedActionsThatAreNone(t *testing.T) {
	report := runText(t, "refused.yaml", refusedScenario+"identityCenter: {setSessionDuration: 15m}\n    expect: {refused: {code: ValidationException}}\n", nil)
	if got := failuresOf(report); report.Status != Failed || !strings.Contains(got, "$.refused: there is no such key") {
		t.Errorf("an action that succeeds: %s: %s", report.Status, got)
	}
	report = runText(t, "refused.yaml", refusedScenario+"observe: entra.endpoints\n    save: {tenant: $.tenantId}\n  - entra: {setNameID: {app: \"${tenant}\", source: user.mail}}\n    expect: {refused: {code: any}}\n", nil)
	if got := failuresOf(report); report.Status != Errored || !strings.Contains(got, "there is no application") {
		t.Errorf("an application that nobody has: %s: %s", report.Status, got)
	}
}
