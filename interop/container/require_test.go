package container

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// missing ends a test, or a benchmark, for which something is not there: with the
// reason or, where HARNESS_REQUIRE names it, as a failure.
func missing(t testing.TB, what, reason string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("HARNESS_REQUIRE"), ","), what) {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
