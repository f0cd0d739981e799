// Package rounds says how much generated tests do.
package rounds

import (
	"os"
	"strconv"
	"testing"
)

// Of returns the usual amount, multiplied by the environment's HARNESS_ROUNDS.
func Of(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv("HARNESS_ROUNDS")
	if text == "" {
		return usual
	}
	times, err := strconv.Atoi(text)
	if err != nil || times < 1 {
		t.Fatalf("HARNESS_ROUNDS is %q, want a number from 1", text)
	}
	return usual * times
}
