package sp_test

import (
	"crypto/x509"
	"slices"
	"testing"

	"github.com/idharness/harness/internal/saml/inspect"
)

// TestInspectFlagsAttacks: a person who looks at an attack with harness decode,
// and gives it what the service provider knows, sees that something is wrong.
// The genuine response is fine, so that the attack is what is flagged.
func TestInspectFlagsAttacks(t *testing.T) {
	judge := func(w *world, response string) (wrong []string, err error) {
		report, err := inspect.Inspect([]byte(response), inspect.Options{
			Certificates: []*x509.Certificate{w.entra.cert}, Issuers: []string{entraIssuer}, Now: w.clock.Now(), JudgeTimes: true,
			Audience: w.center.EntityID(), Recipient: w.center.ACSURL(), Destination: w.center.ACSURL(), RequestID: new(""),
		})
		if err != nil {
			return nil, err
		}
		for _, c := range report.Failed() {
			wrong = append(wrong, c.Name)
		}
		for _, m := range report.Messages {
			for _, c := range m.Checks {
				if c.Name == "status" && c.Verdict == inspect.Fail {
					wrong = append(wrong, c.Name)
				}
			}
			for _, n := range m.Warnings {
				wrong = append(wrong, n.Code)
			}
		}
		return wrong, nil
	}
	// What only Identity Center objects to: no rule for every receiver.
	ownRules := []string{
		"SHA-1 (RFC 6194; by policy)", "two addresses in the NameID (RFC 2822, 3.4)", "comment of RFC 2822 in the NameID (RFC 2822, 3.2.3)",
		"NameID format (other-idps: NameID format; seen in CloudTrail)", "NameID without format (core 8.3.1: unspecified)",
	}
	seen := 0
	for _, test := range slices.Concat(wrappingAttacks(), signatureAttacks(), methodAttacks(), textAttacks(), contentAttacks(), parserAttacks()) {
		if test.hostile == nil || test.outside || test.genuine != nil || slices.Contains(ownRules, test.name) {
			continue
		}
		seen++
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.addUser(mallory)
			hostile := test.hostile(w)
			wrong, err := judge(w, hostile)
			if err == nil && len(wrong) == 0 {
				t.Errorf("nothing is flagged in\n%s", hostile)
			}
			if wrong, err := judge(w, w.entra.signed(w.center, mallory, "")); err != nil || len(wrong) > 0 {
				t.Errorf("the genuine response has %v, %v", wrong, err)
			}
		})
	}
	if seen < 100 {
		t.Errorf("%d attacks, want at least 100", seen)
	}
}
