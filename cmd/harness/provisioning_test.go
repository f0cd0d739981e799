package main

import (
	"strings"
	"testing"
)

// Where provisioning fails, run says why, where and what to do, without the
// report being opened and without showing the token.
func TestRunExplainsProvisioning(t *testing.T) {
	for file, lines := range map[string][]string{
		"provisioning-values.yaml": {
			"create ana@contoso.example: failure: UnprocessableEntity",
			"expected: one value where the target takes one (AWS: one e-mail address",
			"got: status 400: List attribute emails exceeds allowed limit of 1",
			`mapping emails[type eq "other"].value from Item([otherMails], 1)`,
			"what to do: 2 mappings fill the same multi-valued attribute",
			"create bob@contoso.example: failure: MandatoryFieldsMissing",
			"mapping name.familyName from surname",
			"what to do: fill in surname in Entra",
		},
		"provisioning-token.yaml": {
			"quarantine EncounteredQuarantineException: SystemForCrossDomainIdentityManagementInvalidCredentials",
			"where: Secret Token, GET http",
			"fix on the side of: entra",
			"what to do: the target answers but does not accept the secret token",
			"next attempt: ",
		},
		"provisioning-url.yaml": {
			"quarantine EncounteredQuarantineException: WebExceptionProtocolError",
			"where: Tenant URL http://127.0.0.1:1/scim/v2",
			"what to do: the target cannot be reached",
		},
	} {
		t.Run(file, func(t *testing.T) {
			r := command(t, "run", "testdata/"+file)
			if r.status != exitFailed {
				t.Errorf("exit status %d, want 4\n%s", r.status, r.stderr)
			}
			for _, line := range lines {
				if !strings.Contains(r.stdout, line) {
					t.Errorf("%q is missing in\n%s", line, r.stdout)
				}
			}
			if strings.Contains(r.stdout, "a-wrong-address") {
				t.Error("the token shows")
			}
		})
	}
}
