package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
