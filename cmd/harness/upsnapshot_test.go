package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
)

func TestUpStartsFromASnapshot(t *testing.T) {
	h := harness.Run(t)
	h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa"})
	if _, _, err := h.IdentityCenter.Store().CreateToken(); err != nil {
		t.Fatal(err)
	}
	s, err := h.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, envFile := filepath.Join(dir, "state.json"), filepath.Join(dir, "env")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var stdout, stderr bytes.Buffer
	p := &process{
		Args:      []string{"up", "--snapshot", file, "--env-file", envFile, "--seed", "5", "--entra-addr", "127.0.0.1:0", "--aws-addr", "127.0.0.1:0", "--control-addr", "127.0.0.1:0"},
		LookupEnv: func(string) (string, bool) { return "", false }, Stdout: &stdout, Stderr: &stderr,
	}
	done := make(chan int, 1)
	go func() { done <- p.main(ctx) }()
	env := waitForEnv(t, envFile, done, &stderr)
	if got := env["HARNESS_ENTRA_TENANT_ID"]; got != h.Entra.ID() {
		t.Errorf("tenant id %s, want %s", got, h.Entra.ID())
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, env["HARNESS_SCIM_URL"]+"/Users", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+env["HARNESS_SCIM_TOKEN"])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("SCIM with the token of the environment file: %s", resp.Status)
	}
	stop()
	if status := <-done; status != exitPassed {
		t.Errorf("exit status %d: %s", status, stderr.String())
	}
	if !strings.Contains(stdout.String(), "ana@contoso.example") {
		t.Errorf("the user of the snapshot is not there: %s", stdout.String())
	}
}

func TestUpRefusesWhatIsNoSnapshot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	for _, test := range []struct {
		content, want string
		args          []string
		status        int
	}{
		{`{"version": 99}`, "version is 99: this program reads version 1", nil, exitInvalid},
		{`{}`, "it has no version, so it is no snapshot", nil, exitInvalid},
		{`name: x`, "invalid character", nil, exitInvalid},
		{`{"version": 1, "color": "red"}`, `unknown field "color"`, nil, exitInvalid},
		{`{"version": 1}`, "entra: it is not there", nil, exitInvalid},
		{`{}`, "not both", []string{"scenario.yaml"}, exitUsage},
	} {
		if err := os.WriteFile(file, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		got := withEnvironment(t, nil, append([]string{"up", "--snapshot", file}, test.args...)...)
		if got.status != test.status || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%s: exit status %d, want %d and %q:\n%s", test.content, got.status, test.status, test.want, got.stderr)
		}
	}
	if got := withEnvironment(t, nil, "up", "--snapshot", file+".gone"); got.status != exitUnreachable {
		t.Errorf("a file that is not there: exit status %d: %s", got.status, got.stderr)
	}
}
