package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/idharness/harness"
)

// A real system that was told once where the mocks are finds them there.
func TestRunAtAddresses(t *testing.T) {
	var addrs [2]string
	for i := range addrs {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addrs[i] = l.Addr().String()
		l.Close()
	}
	file := filepath.Join(t.TempDir(), "s.yaml")
	text := `name: x
entra: {app: {template: aws-iam-identity-center}}
steps:
  - exchangeMetadata: {}
    expect: {entra: {replyURL: {$contains: "http://127.0.0.1:8555/platform"}}, identityCenter: {signInURL: {$contains: "http://localhost:8444/"}}}
  - http: {url: "http://` + addrs[0] + `/nothing"}
    expect: {status: 404}
  - http: {url: "http://` + addrs[1] + `/start"}
    expect: {status: {$lt: 500}}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// The base URLs are what the documents say. They lead nowhere, but the harness
	// knows where its mocks are.
	got := command(t, "run", file, "--entra-addr", addrs[0], "--aws-addr", addrs[1], "--entra-url", "http://localhost:1", "--aws-url", "http://127.0.0.1:1")
	if got.status != exitFailed || !strings.Contains(got.stdout, "http://127.0.0.1:1/platform/saml/metadata") {
		t.Errorf("with base URLs: status %d\n%s%s", got.status, got.stdout, got.stderr)
	}
	port := func(addr string) string { return addr[strings.LastIndex(addr, ":"):] }
	text = strings.NewReplacer(":8555", port(addrs[1]), ":8444", port(addrs[0])).Replace(text)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// One scenario after the other, whatever else is asked for.
	for _, name := range []string{"b.yaml", "c.yaml", "d.yaml"} {
		write(t, filepath.Dir(file), name, text)
	}
	if got := command(t, "run", filepath.Dir(file), "--jobs", "4", "--entra-addr", addrs[0], "--aws-addr", addrs[1]); got.status != exitPassed {
		t.Errorf("status %d\n%s%s", got.status, got.stdout, got.stderr)
	}
}

// Addresses that cannot be meant are wrong usage, told before anything starts.
func TestWrongAddresses(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		says string
	}{
		{"address without a port", []string{"up", "--entra-addr", "localhost"}, `address "localhost": want host:port`},
		{"two on one", []string{"up", "--entra-addr", "127.0.0.1:8500"}, `address "127.0.0.1:8500": Entra and Identity Center cannot both listen there`},
		{"path", []string{"up", "--aws-url", "https://aws.test/start"}, `base URL "https://aws.test/start" of Identity Center`},
		{"query", []string{"up", "--aws-url", "https://aws.test/?x=y"}, "without name, path, query and fragment"},
		{"password", []string{"up", "--control-url", "https://ana:secret@control.test"}, `base URL "https://ana:xxxxx@control.test" of control`},
		{"scheme", []string{"run", walk, "--entra-url", "ws://entra.test"}, "expected http:// or https:// and a host"},
		{"address of run", []string{"run", walk, "--aws-addr", "8500"}, `address "8500": want host:port`},
		{"short token", []string{"up", "--control-token", "short"}, "the control token has 5 characters"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := command(t, test.args...)
			if got.status != exitUsage || !strings.Contains(got.stderr, test.says) || got.stdout != "" || strings.Contains(got.stderr, "secret") {
				t.Errorf("exit status %d\n%s%s", got.status, got.stdout, got.stderr)
			}
		})
	}
}

// A base URL of another scheme than the one spoken is right behind a proxy, so
// it is only noted.
func TestNoteOnSchemes(t *testing.T) {
	for _, test := range []struct {
		cfg  harness.Config
		want string
	}{
		{harness.Config{EntraURL: "http://entra.test", AWSURL: "HTTP://aws.test"}, ""},
		{harness.Config{EntraURL: "https://entra.test"}, "--entra-url is https://entra.test, and the harness speaks http"},
		{harness.Config{TLS: true, AWSURL: "https://aws.test"}, ""},
		{harness.Config{TLS: true, ControlURL: "http://control.test"}, "--control-url is http://control.test, and the harness speaks https"},
	} {
		var stderr bytes.Buffer
		p := &process{Stderr: &stderr}
		p.noteSchemes(test.cfg)
		if got := stderr.String(); (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
			t.Errorf("%+v: %q, want %q", test.cfg, got, test.want)
		}
	}
}
