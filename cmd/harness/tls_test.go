package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tlsClient trusts what a file holds and nothing else.
func tlsClient(t *testing.T, file string) *http.Client {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) || strings.Contains(string(data), "PRIVATE") {
		t.Fatalf("%s is not a certificate alone:\n%s", file, data)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
}

// With --tls all three addresses speak HTTPS, and the file that HARNESS_CA_FILE
// names makes them trusted: a temporary one, gone at the end, or --ca-file's.
func TestUpWithTLS(t *testing.T) {
	dir := t.TempDir()
	for name, given := range map[string]string{"temporary": "", "named": filepath.Join(dir, "ca.pem")} {
		t.Run(name, func(t *testing.T) {
			envFile := filepath.Join(t.TempDir(), "env")
			args := []string{"up", "--tls", "--env-file", envFile, "--entra-addr", "127.0.0.1:0", "--aws-addr", "127.0.0.1:0", "--control-addr", "127.0.0.1:0"}
			if given != "" {
				args = append(args, "--ca-file", given)
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var stdout, stderr bytes.Buffer
			p := &process{Args: args, LookupEnv: func(string) (string, bool) { return "", false }, Stdout: &stdout, Stderr: &stderr}
			done := make(chan int, 1)
			go func() { done <- p.main(ctx) }()
			env := waitForEnv(t, envFile, done, &stderr)
			file := env["HARNESS_CA_FILE"]
			if given != "" && file != given {
				t.Errorf("HARNESS_CA_FILE = %s, want %s", file, given)
			}
			client := tlsClient(t, file)
			for _, address := range []string{env["HARNESS_ENTRA_METADATA_URL"], env["HARNESS_AWS_SP_METADATA_URL"], env["HARNESS_CONTROL_URL"] + "/readyz"} {
				resp, err := client.Get(address)
				if err != nil {
					t.Error(err)
					continue
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(address, "https://") {
					t.Errorf("%s: %s %s %v", address, resp.Status, body, err)
				}
			}
			stop()
			if status := <-done; status != exitPassed || stderr.Len() > 0 {
				t.Errorf("exit status %d: %s", status, stderr.String())
			}
			if !strings.Contains(stdout.String(), "CA certificate       "+file) {
				t.Errorf("the file is not shown:\n%s", stdout.String())
			}
			if _, err := os.Stat(filepath.Dir(file)); errors.Is(err, fs.ErrNotExist) != (given == "") {
				t.Errorf("after the end, folder of %s: %v", file, err)
			}
		})
	}
}

func TestUpWithTLSWrongInputs(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing", "ca.pem")
	for _, test := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"up", "--ca-file", missing}, exitUsage, "without --tls there is no certificate to write"},
		{[]string{"up", "--tls", "--ca-file", missing, "--entra-addr", "127.0.0.1:0", "--aws-addr", "127.0.0.1:0", "--control-addr", "127.0.0.1:0"}, exitUnreachable, "write CA file: open " + filepath.Dir(missing)},
	} {
		if got := command(t, test.args...); got.status != test.status || !strings.Contains(got.stderr, test.says) || got.stdout != "" {
			t.Errorf("%v: exit status %d\n%s%s", test.args, got.status, got.stdout, got.stderr)
		}
	}
}

// Every scenario that comes with harness passes over HTTPS too.
func TestShippedScenariosWithTLS(t *testing.T) {
	if got := command(t, "run", "--tls", "--quiet", "../../scenarios"); got.status != exitPassed {
		t.Errorf("exit status %d\n%s%s", got.status, got.stdout, got.stderr)
	}
}

// What a scenario sees of the mocks' addresses says https.
func TestRunWithTLS(t *testing.T) {
	file := write(t, t.TempDir(), "s.yaml", `name: x
entra: {app: {template: aws-iam-identity-center}}
steps:
  - exchangeMetadata: {}
    expect: {entra: {replyURL: {$matches: "^https://127"}}, identityCenter: {signInURL: {$matches: "^https://localhost"}}}
`)
	if got := command(t, "run", "--tls", file); got.status != exitPassed {
		t.Errorf("with --tls: exit status %d\n%s%s", got.status, got.stdout, got.stderr)
	}
	if got := command(t, "run", file); got.status != exitFailed {
		t.Errorf("without: exit status %d\n%s%s", got.status, got.stdout, got.stderr)
	}
}
