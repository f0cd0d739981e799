package scenarios

import (
	"strings"
	"testing"
)

const oneAction = `name: one action
entra:
  users: [{userPrincipalName: ana@contoso.example, displayName: Ana}]
  groups: [{displayName: Ops}]
  app: {name: AWS, template: aws-iam-identity-center}
steps:
  - entra: {%s}
`

// Mistakes in the actions on jobs are found before anything runs, with the
// place.
func TestJobActionMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"restartProvisioning: {resetScope: Everything}":                    `test.yaml:7:47: there is no resetScope "Everything"`,
		"restartProvisioning: {resetScope: 'Watermark, Escrow'}":           `test.yaml:7:47: there is no resetScope "Escrow"`,
		"restartProvisioning: {app: Other}":                                "test.yaml:7:40: ",
		"unlink: {}":                                                       "test.yaml:7:21: a link is that of one user, group or id",
		"unlink: {user: ana@contoso.example, group: Ops}":                  "test.yaml:7:21: a link is that of one user, group or id",
		"unlink: {user: bob@contoso.example}":                              "test.yaml:7:28: ",
		"startProvisioning: {at: noon}":                                    "test.yaml:7:",
		"setScope: {scope: some}":                                          "test.yaml:7:31: ",
		"setMappings: {users: {mappings: [{target: userName, sorce: x}]}}": "test.yaml:7:",
	} {
		_, err := Load("test.yaml", []byte(strings.Replace(oneAction, "%s", text, 1)), Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", text, err, want)
		}
	}
}
