package container

import (
	"archive/tar"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// maxImage is what the image may take, uncompressed.
const maxImage = 25_000_000

type imageConfig struct {
	Architecture, Os string
	Size             int64
	RootFS           struct{ Layers []string }
	Config           struct {
		User, StopSignal, WorkingDir string
		Entrypoint, Cmd, Env         []string
		Labels                       map[string]string
		ExposedPorts                 map[string]struct{}
		Healthcheck                  struct{ Test []string }
	}
}

func inspectImage(t *testing.T, e engine, image string) imageConfig {
	t.Helper()
	var configs []imageConfig
	if err := json.Unmarshal([]byte(e.run(t, "image", "inspect", image)), &configs); err != nil || len(configs) != 1 {
		t.Fatalf("docker image inspect: %v, %d images", err, len(configs))
	}
	return configs[0]
}

func TestImage(t *testing.T) {
	e := needDocker(t)
	got := inspectImage(t, e, e.image(t))
	if got.Size <= 0 || got.Size >= maxImage {
		t.Errorf("the image takes %d bytes, want less than %d", got.Size, maxImage)
	}
	if len(got.RootFS.Layers) != 1 {
		t.Errorf("it has %d layers, want the binary alone", len(got.RootFS.Layers))
	}
	c := got.Config
	if c.User != "65532:65532" {
		t.Errorf("it runs as %q; a number is what an orchestrator can tell from root", c.User)
	}
	if strings.Join(c.Entrypoint, " ") != "/harness" || strings.Join(c.Cmd, " ") != "up" {
		t.Errorf("it runs %q %q", c.Entrypoint, c.Cmd)
	}
	if c.StopSignal != "SIGTERM" || strings.Join(c.Healthcheck.Test, " ") != "CMD /harness healthcheck" {
		t.Errorf("stop signal %q, health check %q", c.StopSignal, c.Healthcheck.Test)
	}
	for _, port := range []string{"8400/tcp", "8500/tcp", "8600/tcp"} {
		if _, ok := c.ExposedPorts[port]; !ok {
			t.Errorf("port %s is not exposed", port)
		}
	}
	for _, name := range []string{"title", "description", "source", "documentation", "licenses", "revision"} {
		if c.Labels["org.opencontainers.image."+name] == "" {
			t.Errorf("the label %s is missing", name)
		}
	}
}

// The file system holds the binary and the mount points that the engine makes.
func TestImageHoldsTheBinaryAlone(t *testing.T) {
	e := needDocker(t)
	id := e.run(t, "create", e.image(t))
	t.Cleanup(func() { e.run(t, "rm", id) })
	files := exported(t, e, id, func(h *tar.Header, content io.Reader) {
		if h.Name == "harness" {
			isStatic(t, content, elf.EM_NONE)
		}
	})
	for _, name := range files {
		first, _, _ := strings.Cut(name, "/")
		switch first {
		case "harness", ".dockerenv", "dev", "proc", "sys":
		case "etc":
			switch name {
			case "etc/", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf":
			default:
				t.Errorf("the image holds %s", name)
			}
		default:
			t.Errorf("the image holds %s", name)
		}
	}
}

// exported walks through the file system of a container and returns its names.
func exported(t *testing.T, e engine, id string, visit func(*tar.Header, io.Reader)) []string {
	t.Helper()
	cmd := exec.Command(e.client, "export", id)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for r := tar.NewReader(out); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("read docker export: %v", err)
		}
		names = append(names, h.Name)
		visit(h, r)
	}
	io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("docker export: %v", err)
	}
	return names
}

// isStatic checks that a binary asks for no interpreter, and whose it is.
func isStatic(t *testing.T, content io.Reader, machine elf.Machine) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "binary")
	data, err := io.ReadAll(content)
	if err == nil {
		err = os.WriteFile(name, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary is linked dynamically (%s)", p.Type)
		}
	}
	if f.Section(".symtab") != nil {
		t.Error("the binary is not stripped")
	}
	if machine != elf.EM_NONE && f.Machine != machine {
		t.Errorf("the binary is for %s, want %s", f.Machine, machine)
	}
}

// The same Dockerfile makes the image of another architecture, from the binary
// of that one. It is not run: that would take an emulator.
func TestImageForAnotherArchitecture(t *testing.T) {
	e := needDocker(t)
	client, env := buildKit(t)
	arch := otherArchitecture()
	const image = "harness:container-other"
	if err := runMake(env, "image", "ARCH="+arch, "IMAGE="+image, "DOCKER="+client); err != nil {
		t.Fatal(err)
	}
	got := inspectImage(t, e, image)
	if got.Architecture != arch || got.Os != "linux" || got.Size <= 0 || got.Size >= maxImage {
		t.Errorf("the image is for %s/%s and takes %d bytes", got.Os, got.Architecture, got.Size)
	}
	id := e.run(t, "create", image)
	t.Cleanup(func() { e.run(t, "rm", id) })
	found := false
	exported(t, e, id, func(h *tar.Header, content io.Reader) {
		if h.Name == "harness" {
			found = true
			isStatic(t, content, map[string]elf.Machine{"arm64": elf.EM_AARCH64, "amd64": elf.EM_X86_64}[arch])
		}
	})
	if !found {
		t.Error("the image has no binary")
	}
}
