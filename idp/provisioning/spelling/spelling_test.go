package spelling_test

import (
	"slices"
	"testing"

	"github.com/idharness/harness/idp/provisioning/spelling"
)

func TestNearest(t *testing.T) {
	known := []string{"Replace", "Redact", "Append", "Join", "Left"}
	for word, want := range map[string]string{
		"append": "Append", "Apend": "Append", "Appnedx": "", "Repalce": "Replace", "Jion": "Join",
		"Frobnicate": "", "": "", "Lift": "Left",
	} {
		if got := spelling.Nearest(word, slices.Values(known)); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
