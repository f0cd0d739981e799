// Package need is for tests that take a program which others wrote.
package need

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Program returns the path of a program. Without it the test ends as with
// [Missing].
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name, name+" is not installed; interop/install-peers.sh installs it on Debian as root")
	}
	return path
}

// Missing ends a test, or a benchmark, for which something is not there: it is
// skipped with the reason or, where the variable HARNESS_REQUIRE has the name of
// it, or all, among its words, fails: a skip in CI would be a check that never ran.
func Missing(t testing.TB, name, reason string) {
	t.Helper()
	for word := range strings.SplitSeq(os.Getenv("HARNESS_REQUIRE"), ",") {
		if word == name || word == "all" {
			t.Fatal(reason)
		}
	}
	t.Skip(reason)
}
