package interop

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/idharness/harness/internal/need"
)

// needNode is need.Program for node and a package that the lock file of a folder pins.
func needNode(t *testing.T, folder, name string) string {
	t.Helper()
	node := need.Program(t, "node")
	_, err := os.Stat(filepath.Join(folder, "node_modules", name))
	if err == nil {
		return node
	}
	need.Missing(t, "node", name+" is not in interop/"+folder+"/node_modules; interop/install-peers.sh installs it with npm")
	return ""
}

// startNode starts a program of a folder, gives it its configuration as one line
// of JSON and returns the address that it writes. It ends with the test.
func startNode(t *testing.T, node, folder, program string, config map[string]any) string {
	t.Helper()
	line, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, program)
	command.Dir = folder
	command.Stderr = os.Stderr
	command.WaitDelay = 5 * time.Second
	input, err1 := command.StdinPipe()
	output, err2 := command.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		t.Fatalf("start node: %v", err)
	}
	if err := command.Start(); err != nil {
		t.Fatalf("start node: %v", err)
	}
	t.Cleanup(func() {
		input.Close() // it ends with its standard input
		command.Wait()
	})
	if _, err := io.WriteString(input, string(line)+"\n"); err != nil {
		t.Fatalf("configure %s: %v", folder, err)
	}
	lines := bufio.NewScanner(output)
	if !lines.Scan() {
		t.Fatalf("%s does not start: %v", folder, lines.Err())
	}
	return lines.Text()
}
