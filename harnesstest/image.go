package harnesstest

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

const module = "github.com/idharness/harness"

// Image builds the image of the harness that the go.mod of the test requires and
// returns its name. It compiles the harness for the architecture of the engine,
// which the go command remembers, and leaves the image where it is, under a name
// that tells its content, for the next time.
func Image(t testing.TB, pool *dockertest.Pool) string {
	t.Helper()
	name, err := buildImage(pool, t.TempDir())
	if err != nil {
		t.Fatalf("build the image of the harness: %v", err)
	}
	return name
}

func buildImage(pool *dockertest.Pool, dir string) (string, error) {
	version, err := pool.Client.Version()
	if err != nil {
		return "", fmt.Errorf("ask the engine for its architecture: %w", err)
	}
	arch := version.Get("Arch")
	if arch == "" {
		return "", errors.New("the engine does not tell its architecture")
	}
	source, err := command("", nil, "go", "list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return "", err
	}
	if source == "" {
		return "", fmt.Errorf("the source of %s is not in the module cache, as in a vendored repository: name an image", module)
	}
	// Within the module itself: its go.mod and go.sum are complete.
	binary := filepath.Join(dir, "harness")
	env := []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + arch, "GOFLAGS=-mod=readonly", "GOWORK=off"}
	if _, err := command(source, env, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./cmd/harness"); err != nil {
		return "", err
	}
	files := map[string]string{"Dockerfile": filepath.Join(source, "deploy", "Dockerfile"), "bin/linux-" + arch + "/harness": binary}
	archive, sum, err := pack(files)
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("harness:test-%.12x", sum)
	if _, err := pool.Client.InspectImage(name); err == nil {
		return name, nil
	}
	var log bytes.Buffer
	err = pool.Client.BuildImage(docker.BuildImageOptions{
		Name: name, Dockerfile: "Dockerfile", InputStream: archive, OutputStream: &log, RmTmpContainer: true,
		BuildArgs: []docker.BuildArg{{Name: "TARGETARCH", Value: arch}},
	})
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, log.String())
	}
	return name, nil
}

// command runs a program in a folder and returns what it printed.
func command(dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// pack makes an archive of files, by their names in it, and a sum of all.
func pack(files map[string]string) (archive io.Reader, sum []byte, err error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data, err := os.ReadFile(files[name])
		if err != nil {
			return nil, nil, err
		}
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(data))}); err != nil {
			return nil, nil, err
		}
		if _, err := w.Write(data); err != nil {
			return nil, nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, nil, err
	}
	digest := sha256.Sum256(b.Bytes())
	return &b, digest[:], nil
}
