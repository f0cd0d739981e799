package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// A variable stands for each flag of up, the command line outranks it, and the
// variables of the environment file are not taken for flags.
func TestUpTakesFlagsFromVariables(t *testing.T) {
	envFile := filepath.Join(t.TempDir(), "env")
	variables := map[string]string{
		"HARNESS_UP_ENTRA_ADDR": "127.0.0.1:0", "HARNESS_UP_AWS_ADDR": "127.0.0.1:0", "HARNESS_UP_CONTROL_ADDR": "127.0.0.1:0",
		"HARNESS_UP_ENTRA_URL": "http://entra.test:8400", "HARNESS_UP_AWS_URL": "http://overruled.test", "HARNESS_UP_CONTROL_URL": "",
		"HARNESS_UP_ENV_FILE": envFile, "HARNESS_UP_JSON": "true", "HARNESS_UP_SEED": "7", "HARNESS_UP_HELP": "true",
		"HARNESS_CONTROL_URL": "http://another.test",
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var stdout, stderr bytes.Buffer
	p := &process{
		Args:      []string{"up", "--aws-url", "http://aws.test:8500"},
		LookupEnv: func(name string) (string, bool) { v, ok := variables[name]; return v, ok },
		Stdout:    &stdout, Stderr: &stderr,
	}
	done := make(chan int, 1)
	go func() { done <- p.main(ctx) }()
	env := waitForEnv(t, envFile, done, &stderr)
	stop()
	if status := <-done; status != exitPassed {
		t.Fatalf("exit status %d: %s", status, stderr.String())
	}
	if !json.Valid(stdout.Bytes()) {
		t.Errorf("HARNESS_UP_JSON did not count: %s", stdout.String())
	}
	for name, want := range map[string]string{
		"HARNESS_ENTRA_URL": "http://entra.test:8400", "HARNESS_AWS_URL": "http://aws.test:8500", "HARNESS_CONTROL_URL": "http://127.0.0.1:",
		"HARNESS_ENTRA_METADATA_URL": "http://entra.test:8400/", "HARNESS_SCIM_URL": "http://aws.test:8500/",
	} {
		if !strings.HasPrefix(env[name], want) {
			t.Errorf("%s = %s, want it to begin with %s", name, env[name], want)
		}
	}
}

func TestUpNamesTheVariableThatIsWrong(t *testing.T) {
	got := withEnvironment(t, map[string]string{"HARNESS_UP_SEED": "many"}, "up")
	if got.status != exitUsage || !strings.Contains(got.stderr, "variable HARNESS_UP_SEED: invalid argument \"many\"") {
		t.Errorf("exit status %d: %s", got.status, got.stderr)
	}
}
