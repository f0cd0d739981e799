package provisioning

import "testing"

// The thresholds and examples of "Application provisioning in quarantine
// status" with their true numbers, which no test provisions.
func TestDocumentedThresholds(t *testing.T) {
	c, err := compile(Settings{}, TemplateCustom)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		why       string
		failures  int
		succeeded int
		reference int
		want      QuarantineReason
	}{
		{"4,000 failures are too few", 4000, 0, 0, ""},
		{"one below the minimum", 4999, 0, 0, ""},
		{"5,000 trigger an evaluation", 5000, 0, 0, ReasonEscrowProportionThreshold},
		{"exactly 40 %", 6000, 9000, 0, ""},
		{"just above 40 %", 6001, 9000, 0, ReasonEscrowProportionThreshold},
		{"30,000 of 35,000", 30000, 5000, 0, ReasonEscrowProportionThreshold},
		{"20,000 failures and 100,000 successes", 20000, 100000, 0, ""},
		{"40,000 failures are not more than 40,000", 40000, 200000, 0, ""},
		{"40,001", 40001, 200000, 0, ReasonBaseEscrowThreshold},
		{"45,000 users were not provisioned", 45000, 200000, 0, ReasonBaseEscrowThreshold},
		{"references count neither for the share nor for 40,000", 4999, 5001, 50000, ""},
		{"60,000 with references", 10000, 200000, 50000, ""},
		{"60,001 with references", 10000, 200000, 50001, ReasonTotalEscrowThreshold},
		{"40,000 users and 21,000 managers", 40000, 200000, 21000, ReasonTotalEscrowThreshold},
		{"nothing was ever done", 0, 0, 0, ""},
	}
	for _, test := range tests {
		got, _ := c.Quarantine.exceeded(health{objects: test.failures + test.succeeded, failures: test.failures, references: test.reference})
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.why, got, test.want)
		}
	}
}
