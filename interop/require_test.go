package interop

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// need returns the path of a program. Without it the test is skipped with the
// reason or, where HARNESS_REQUIRE names it, fails: a skip in CI would be a
// check that never ran.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	missing(t, program, program+" is not installed; interop/install-peers.sh installs it on Debian as root")
	return ""
}

// missing ends a test for which something of a program is not there.
func missing(t *testing.T, program, reason string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("HARNESS_REQUIRE"), ","), program) {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
