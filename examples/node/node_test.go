package node

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "node is not installed; interop/install-peers.sh installs it on Debian as root")
	}
	if _, err := os.Stat("node_modules/@node-saml/node-saml"); err != nil {
		missing(t, "@node-saml/node-saml is not in examples/node/node_modules; interop/install-peers.sh, or npm ci, installs it")
	}
	program := filepath.Join(t.TempDir(), "harness")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/harness")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build harness: %v\n%s", err, out)
	}
	run := exec.CommandContext(t.Context(), node, "--test")
	run.Env = append(os.Environ(), "HARNESS="+program)
	out, err := run.CombinedOutput()
	if err != nil {
		t.Errorf("node --test: %v\n%s", err, out)
	}
	// A run that found no tests would pass too.
	if !strings.Contains(string(out), "pass 5\n") {
		t.Errorf("not all of the tests passed:\n%s", out)
	}
}

// missing skips the test or, where HARNESS_REQUIRE has node, or all, among its
// words, fails it.
func missing(t *testing.T, reason string) {
	t.Helper()
	for word := range strings.SplitSeq(os.Getenv("HARNESS_REQUIRE"), ",") {
		if word == "node" || word == "all" {
			t.Fatal(reason)
		}
	}
	t.Skip(reason)
}
