package scenarios

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/scimmock"
)

const oneStep = "name: x\nidentityCenter:\n  scim: %s\nsteps:\n- observe: identityCenter.users\n  expect: {$len: 0}\n"

// Switches are set over the profile that the file names, wherever its name
// stands, and reach the endpoint and the store.
func TestSCIMProfile(t *testing.T) {
	legacy := scimmock.AWSLegacy()
	legacy.PutUserStatus, legacy.Rules.UserNameSpaces = 201, true
	aws := scimmock.AWS()
	aws.MalformedID = 400
	for text, want := range map[string]scimmock.Profile{
		"{}": scimmock.AWS(),
		"{putUserStatus: 201, rules: {userNameSpaces: true}, profile: aws-legacy}": legacy,
		"{malformedId: 400}": aws,
	} {
		s, err := Load("test.yaml", []byte(strings.Replace(oneStep, "%s", text, 1)), Options{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		h, err := s.start(context.Background(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, h.SCIM.Profile()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestSCIMProfileMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"{profile: azure}":     "azure",
		"{malformedId: 418}":   "malformedId is 418",
		"{putUserStatus: two}": "expected a whole number",
		"{nonsense: 1}":        "nonsense",
	} {
		_, err := Load("test.yaml", []byte(strings.Replace(oneStep, "%s", text, 1)), Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", text, err, want)
		}
	}
}
