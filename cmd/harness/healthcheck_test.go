package main

import (
	"bytes"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// withEnvironment runs harness in this process with variables.
func withEnvironment(t *testing.T, env map[string]string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	p := &process{Args: args, LookupEnv: lookup, Stdout: &stdout, Stderr: &stderr}
	status := p.main(t.Context())
	return result{status, stdout.String(), stderr.String()}
}

func ready(status int, text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			http.NotFound(w, r)
			return
		}
		w.WriteHeader(status)
		io.WriteString(w, text)
	})
}

// The exit status says it all: 0 for healthy and 1 for unhealthy are the only
// ones that Docker's HEALTHCHECK allows.
func TestHealthcheck(t *testing.T) {
	up := httptest.NewServer(ready(http.StatusOK, ""))
	starting := httptest.NewServer(ready(http.StatusServiceUnavailable, `{"status": "starting"}`))
	encrypted := httptest.NewUnstartedServer(ready(http.StatusOK, ""))
	encrypted.Config.ErrorLog = log.New(io.Discard, "", 0)
	encrypted.StartTLS()
	stuck := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	elsewhere := httptest.NewServer(http.RedirectHandler(up.URL+"/readyz", http.StatusFound))
	for _, s := range []*httptest.Server{up, starting, encrypted, stuck, elsewhere} {
		defer s.Close()
	}
	_, port, err := net.SplitHostPort(up.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, encryptedPort, err := net.SplitHostPort(encrypted.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, test := range []struct {
		name   string
		addr   string // HARNESS_UP_CONTROL_ADDR
		args   []string
		status int
		stderr string
	}{
		{"ready", "", []string{up.URL}, 0, ""},
		{"ready, whole address", "", []string{up.URL + "/readyz"}, 0, ""},
		{"another page", "", []string{up.URL + "/other"}, 1, "404"},
		{"address of all interfaces", "0.0.0.0:" + port, nil, 0, ""},
		{"the same for IPv6", "[::]:" + port, nil, 0, ""},
		{"without a host", ":" + port, nil, 0, ""},
		{"HTTPS", "0.0.0.0:" + encryptedPort, nil, 0, ""},
		{"HTTPS, whole address", "", []string{encrypted.URL}, 0, ""},
		{"starting", starting.Listener.Addr().String(), nil, 1, `503 Service Unavailable: {"status": "starting"}`},
		{"nobody there", closed.Addr().String(), nil, 1, "connection refused"},
		{"no answer", "", []string{stuck.URL, "--timeout", "50ms"}, 1, "no answer within 50ms"},
		{"a redirect is no answer", "", []string{elsewhere.URL}, 1, "302 Found"},
		{"no URL", "", []string{"127.0.0.1:8600"}, 1, "want the control address as http(s)://host:port"},
		{"bad variable", "8600", nil, 1, "variable HARNESS_UP_CONTROL_ADDR: want host:port"},
		{"no time", "", []string{up.URL, "--timeout", "0s"}, 1, "--timeout 0s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := withEnvironment(t, map[string]string{"HARNESS_UP_CONTROL_ADDR": test.addr}, append([]string{"healthcheck"}, test.args...)...)
			if got.status != test.status || got.stdout != "" || !strings.Contains(got.stderr, test.stderr) || test.stderr == "" && got.stderr != "" {
				t.Errorf("exit status %d, printed %q and %q; want %d and %q", got.status, got.stdout, got.stderr, test.status, test.stderr)
			}
		})
	}
}
