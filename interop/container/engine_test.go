package container

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/idharness/harness/internal/need"
)

// engine is a Docker engine and the client that speaks to it.
type engine struct{ client string }

// needDocker returns the Docker engine. Without one the test ends as with
// need.Missing, and the reason has what dockerd printed.
func needDocker(t testing.TB) engine {
	t.Helper()
	client, err := exec.LookPath("docker")
	if err != nil {
		need.Missing(t, "docker", "docker is not installed; interop/install-peers.sh installs docker.io on Debian as root")
	}
	e := engine{client}
	if _, err := e.try("version", "--format", "{{.Server.Version}}"); err != nil {
		reason := fmt.Sprintf("no Docker engine answers (%v); sh interop/with-docker.sh go test ./... starts one as root where dockerd is installed", err)
		if name := os.Getenv("HARNESS_DOCKERD_LOG"); name != "" {
			log, _ := os.ReadFile(name)
			reason += "; dockerd printed:\n" + string(log[max(0, len(log)-1000):])
		}
		need.Missing(t, "docker", reason)
	}
	return e
}

// try runs a command of the client and returns what it printed.
func (e engine) try(args ...string) (string, error) {
	cmd := exec.Command(e.client, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("docker %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// run is try for what must succeed.
func (e engine) run(t testing.TB, args ...string) string {
	t.Helper()
	out, err := e.try(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// start runs a container until the test ends, and returns its id. Its log is
// shown where the test fails.
func (e engine) start(t testing.TB, args ...string) string {
	t.Helper()
	id := e.run(t, append([]string{"run", "--detach"}, args...)...)
	t.Cleanup(func() {
		if t.Failed() {
			log, err := exec.Command(e.client, "logs", id).CombinedOutput()
			t.Logf("the container printed (%v):\n%s", err, log)
		}
		if _, err := e.try("rm", "--force", "--volumes", id); err != nil {
			t.Error(err)
		}
	})
	return id
}

// waitHealthy waits until a container's health check has passed.
func (e engine) waitHealthy(t testing.TB, id string) {
	t.Helper()
	e.waitState(t, id, "{{.State.Status}} {{.State.Health.Status}}", "running healthy")
}

// waitState waits until what a template makes of a container is as wanted.
func (e engine) waitState(t testing.TB, id, template, want string) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(2 * time.Minute)
	for {
		got := e.run(t, "inspect", "--format", template, id)
		if got == want {
			return
		}
		if strings.HasPrefix(got, "exited") {
			t.Fatalf("the container has ended; want %q", want)
		}
		select {
		case <-deadline:
			t.Fatalf("%s of the container is %q after two minutes, want %q", template, got, want)
		case <-tick.C:
		}
	}
}

// waitOutput waits until a container has printed a text; one that ends before is
// an error.
func (e engine) waitOutput(t testing.TB, id, text string) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(2 * time.Minute)
	for !strings.Contains(e.run(t, "logs", id), text) {
		if e.run(t, "inspect", "--format", "{{.State.Running}}", id) != "true" {
			t.Fatalf("the container ended without printing %q", text)
		}
		select {
		case <-deadline:
			t.Fatalf("the container did not print %q within two minutes", text)
		case <-tick.C:
		}
	}
}

// published returns the address on the host of a container's port.
func (e engine) published(t testing.TB, id, port string) string {
	t.Helper()
	first, _, _ := strings.Cut(e.run(t, "port", id, port), "\n")
	return first
}

// image makes the image of the working tree as make image does, once.
func (e engine) image(t testing.TB) string {
	t.Helper()
	if err := makeImage(); err != nil {
		t.Fatal(err)
	}
	return ownImage
}

const ownImage = "harness:container"

var makeImage = sync.OnceValue(func() error {
	return runMake(nil, "image", "IMAGE="+ownImage)
})

// runMake makes a target of the repository.
func runMake(env []string, args ...string) error {
	cmd := exec.Command("make", append([]string{"-C", "../..", "--no-print-directory"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("make %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// buildKit returns a client that builds for other architectures than the
// machine's: one with the plugin buildx, or one of the time before it.
func buildKit(t *testing.T) (client string, env []string) {
	t.Helper()
	for _, client := range []string{"docker", "/usr/bin/docker"} {
		if exec.Command(client, "buildx", "version").Run() == nil {
			return client, nil
		}
		out, err := exec.Command(client, "version", "--format", "{{.Client.Version}}").Output()
		if major, _, _ := strings.Cut(string(out), "."); err == nil && (major == "18" || major == "19" || major == "20") {
			return client, []string{"DOCKER_BUILDKIT=1"}
		}
	}
	need.Missing(t, "buildkit", "no Docker client with BuildKit: neither the plugin buildx nor a client of version 20")
	return "", nil
}

// otherArchitecture is one that an image is to be had for besides the machine's.
func otherArchitecture() string {
	if runtime.GOARCH == "arm64" {
		return "amd64"
	}
	return "arm64"
}

// exitStatus is that of a command that ran.
func exitStatus(err error) int {
	var exited *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exited):
		return exited.ExitCode()
	default:
		return -1
	}
}
