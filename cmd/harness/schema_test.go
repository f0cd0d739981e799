package main

import (
	"os"
	"strings"
	"testing"
)

// harness schema prints what the repository publishes.
func TestSchema(t *testing.T) {
	want, err := os.ReadFile("../../scenarios/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := command(t, "schema"); got.status != exitPassed || got.stdout != string(want) {
		t.Errorf("exit status %d; the output is not scenarios/schema.json\n%s", got.status, got.stderr)
	}
	if got := command(t, "schema", "x"); got.status != exitUsage {
		t.Errorf("exit status %d with an argument, want %d", got.status, exitUsage)
	}
}

// Completion knows the commands and their flags.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if got := command(t, "completion", shell); got.status != exitPassed || !strings.Contains(got.stdout, "harness") {
			t.Errorf("%s: exit status %d\n%s", shell, got.status, got.stderr)
		}
	}
	for line, want := range map[string]string{"dec": "decode", "sch": "schema", "decode --aud": "--audience"} {
		if got := command(t, append([]string{"__complete"}, strings.Fields(line)...)...); !strings.Contains(got.stdout, want) {
			t.Errorf("%q completes to %q, want %s", line, got.stdout, want)
		}
	}
}
