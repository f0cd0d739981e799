package container

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// restricted is what a careful orchestrator gives: nothing to write to, no
// capability, no way to gain one.
var restricted = []string{"--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"}

func run(t testing.TB, e engine, args ...string) string {
	t.Helper()
	return e.start(t, append(append([]string{}, restricted...), args...)...)
}

// It starts on a file system that cannot be written, is found healthy, answers
// on published ports, and ends cleanly at SIGTERM.
func TestContainerStartsAndStops(t *testing.T) {
	e := needDocker(t)
	id := run(t, e, "--publish", "127.0.0.1::8400", "--publish", "127.0.0.1::8500", "--publish", "127.0.0.1::8600", e.image(t))
	e.waitHealthy(t, id)
	for port, path := range map[string]string{"8400": "/common/federationmetadata/2007-06/federationmetadata.xml", "8500": "/start", "8600": "/readyz"} {
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := client.Get("http://" + e.published(t, id, port) + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode >= 400 {
			t.Errorf("%s on port %s answered %s, %v: %.300s", path, port, resp.Status, err, body)
		}
	}
	e.run(t, "stop", id)
	if got := e.run(t, "inspect", "--format", "{{.State.ExitCode}} {{.State.OOMKilled}}", id); got != "0 false" {
		t.Errorf("it ended with exit status and out-of-memory %s; 137 is that of a container that had to be killed", got)
	}
	if log := e.run(t, "logs", id); !strings.HasSuffix(log, "stopped") {
		t.Errorf("it printed\n%s", log)
	}
}

func TestContainerHealth(t *testing.T) {
	e := needDocker(t)
	id := run(t, e, "--env", "HARNESS_UP_CONTROL_ADDR=0.0.0.0:9600", e.image(t))
	e.waitHealthy(t, id)
	for _, test := range []struct {
		args []string
		want int
	}{
		{nil, 0},
		{[]string{"http://127.0.0.1:9600"}, 0},
		{[]string{"http://127.0.0.1:8600"}, 1},
	} {
		out, err := exec.Command(e.client, append([]string{"exec", id, "/harness", "healthcheck"}, test.args...)...).CombinedOutput()
		if got := exitStatus(err); got != test.want {
			t.Errorf("healthcheck %q ended with %d, want %d: %s", test.args, got, test.want, out)
		}
	}

	// Listening where the health check does not look, it is never healthy.
	lost := run(t, e, "--health-interval", "200ms", "--health-start-period", "0s", e.image(t), "up", "--control-addr", "127.0.0.1:9601")
	e.waitState(t, lost, "{{.State.Health.Status}}", "unhealthy")
	if log := e.run(t, "inspect", "--format", "{{range .State.Health.Log}}{{.Output}}{{end}}", lost); !strings.Contains(log, "connection refused") {
		t.Errorf("the health check said %q", log)
	}
}

// A wrong flag ends the container with the status of the command line.
func TestContainerTellsWhatIsWrong(t *testing.T) {
	e := needDocker(t)
	out, err := exec.Command(e.client, "run", "--rm", "--env", "HARNESS_UP_ENTRA_URL=entra.test", e.image(t)).CombinedOutput()
	if got := exitStatus(err); got != 1 || !strings.Contains(string(out), `base URL "entra.test" of Entra`) {
		t.Errorf("it ended with %d: %s", got, out)
	}
}

// The environment file goes to a volume; scenarios come from one.
func TestContainerReadsAndWritesVolumes(t *testing.T) {
	e := needDocker(t)
	in, out := t.TempDir(), t.TempDir()
	scenario := "name: One user\nentra: {users: [{userPrincipalName: eva@contoso.example}], app: {name: Wiki}}\nsteps: [{exchangeMetadata: {}, expect: {identityCenter: {external: true}}}]\n"
	for _, err := range []error{
		os.Chmod(in, 0o755), os.Chmod(out, 0o777), os.Chmod(filepath.Dir(in), 0o755),
		os.WriteFile(filepath.Join(in, "one.yaml"), []byte(scenario), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	id := run(t, e, "--volume", in+":/in:ro", "--volume", out+":/out", e.image(t), "up", "/in/one.yaml", "--json", "--env-file", "/out/harness.env")
	e.waitHealthy(t, id)
	data, err := os.ReadFile(filepath.Join(out, "harness.env"))
	if err != nil {
		t.Fatal(err)
	}
	var printed map[string]string
	if err := json.Unmarshal([]byte(e.run(t, "logs", id)), &printed); err != nil {
		t.Fatal(err)
	}
	if want := "HARNESS_ENTRA_APP_ID=" + printed["HARNESS_ENTRA_APP_ID"] + "\n"; !strings.Contains(string(data), want) || len(want) < 50 {
		t.Errorf("the environment file lacks %q:\n%s", want, data)
	}
	result, err := exec.Command(e.client, append(append([]string{"run", "--rm"}, restricted...), "--volume", in+":/in:ro", e.image(t), "run", "/in/one.yaml")...).CombinedOutput()
	if exitStatus(err) != 0 || !strings.Contains(string(result), "passed: 1 scenario") {
		t.Errorf("run ended with %d: %s", exitStatus(err), result)
	}
}

// BenchmarkReady measures from docker run until the readiness check passes.
// What the engine itself needs is measured by a container that only prints the
// version.
func BenchmarkReady(b *testing.B) {
	e := needDocker(b)
	image := e.image(b)
	b.Run("up", func(b *testing.B) {
		for b.Loop() {
			id := e.run(b, "run", "--detach", "--read-only", image)
			for {
				if _, err := e.try("exec", id, "/harness", "healthcheck"); err == nil {
					break
				}
			}
			b.StopTimer()
			e.run(b, "rm", "--force", id)
			b.StartTimer()
		}
	})
	b.Run("version", func(b *testing.B) {
		for b.Loop() {
			e.run(b, "run", "--rm", "--read-only", image, "version")
		}
	})
}

// With TLS the health check finds its way, and the certificate of the authority
// comes out by a volume.
func TestContainerWithTLS(t *testing.T) {
	e := needDocker(t)
	out := t.TempDir()
	for _, err := range []error{os.Chmod(out, 0o777), os.Chmod(filepath.Dir(out), 0o755)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	id := run(t, e, "--env", "HARNESS_UP_TLS=true", "--env", "HARNESS_UP_CA_FILE=/out/ca.pem", "--volume", out+":/out", "--publish", "127.0.0.1::8500", e.image(t))
	e.waitHealthy(t, id)
	ca, err := os.ReadFile(filepath.Join(out, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(ca) {
		t.Fatalf("no certificate in %s", ca)
	}
	client := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Get("https://" + e.published(t, id, "8500") + "/start")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode >= 400 {
		t.Errorf("the portal answered %s", resp.Status)
	}

	// A place that cannot be written is said.
	text, err := exec.Command(e.client, append(append([]string{"run", "--rm"}, restricted...), "--env", "HARNESS_UP_TLS=true", e.image(t))...).CombinedOutput()
	if got := exitStatus(err); got != 3 || !strings.Contains(string(text), "--ca-file") {
		t.Errorf("without a place for the certificate it ended with %d: %s", got, text)
	}
}
