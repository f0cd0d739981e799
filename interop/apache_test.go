package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/idharness/harness/internal/need"
)

// Where Debian has modules, of Apache itself and of others.
const apacheModules = "/usr/lib/apache2/modules"

// apache is a web server of one test's own: its configuration, its files and
// its port have nothing to do with the system's.
type apache struct {
	url  string // http://127.0.0.1:port
	root string // its ServerRoot
	read int    // how much of its error log newErrors has returned
}

var errPortTaken = errors.New("the port is taken")

// needApache is need.Program for Apache and one module of it.
func needApache(t *testing.T, module string) string {
	t.Helper()
	t.Setenv("PATH", os.Getenv("PATH")+string(os.PathListSeparator)+"/usr/sbin") // where it is, and not on every user's path
	program := need.Program(t, "apache2")
	path := filepath.Join(apacheModules, module)
	if _, err := os.Stat(path); err == nil {
		return program
	}
	need.Missing(t, "apache2", path+" is not there; interop/install-peers.sh installs it on Debian as root")
	return ""
}

// startApache starts Apache on a free port of 127.0.0.1 and waits until it
// answers at the path ready. What configure returns are directives; paths in
// them may be relative to root.
func startApache(t *testing.T, program, root string, configure func(url string) string, ready string) *apache {
	t.Helper()
	for range 5 {
		a, err := tryApache(t, program, root, configure, ready)
		if err == nil {
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("Apache's error log:\n%s", a.errorLog())
				}
			})
			return a
		}
		if !errors.Is(err, errPortTaken) {
			t.Fatal(err)
		}
	}
	t.Fatal("start Apache: five free ports were taken before it could listen")
	return nil
}

func tryApache(t *testing.T, program, root string, configure func(url string) string, ready string) (*apache, error) {
	t.Helper()
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	a := &apache{url: "http://" + address, root: root}
	common := fmt.Sprintf(`ServerRoot %[1]s
ServerName %[2]s
Listen %[2]s
PidFile httpd.pid
ErrorLog error.log
DefaultRuntimeDir .
DocumentRoot site
User www-data
Group www-data
LoadModule mpm_event_module %[3]s/mod_mpm_event.so
`, root, address, apacheModules)
	write(t, filepath.Join(root, "httpd.conf"), common+configure(a.url))

	var output bytes.Buffer
	command := exec.CommandContext(t.Context(), "/bin/sh", "-c", tethered, program, "-X", "-f", filepath.Join(root, "httpd.conf"))
	command.Dir = root // mellon's files are relative to it
	command.Stdout, command.Stderr = &output, &output
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 5 * time.Second // then it is killed
	if _, err := command.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start Apache: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start Apache: %w", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		command.Wait()
		close(ended)
		cancel()
	}()
	t.Cleanup(func() { <-ended }) // the test's context has been cancelled by then

	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		status, err := statusOf(ctx, a.url+ready)
		if status == http.StatusOK {
			return a, nil
		}
		if err == nil {
			return nil, fmt.Errorf("start Apache: %s answers with status %d:\n%s", a.url+ready, status, a.errorLog())
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	select {
	case <-ended:
		if strings.Contains(output.String(), "could not bind to address") {
			return nil, errPortTaken
		}
		return nil, fmt.Errorf("start Apache: it ended at once:\n%s\n%s", output.String(), a.errorLog())
	default:
		return nil, fmt.Errorf("start Apache: it does not answer at %s:\n%s", a.url+ready, a.errorLog())
	}
}

// tethered becomes the program that it is given, and ends it when its own
// standard input does: Apache's user is another one, so the kernel would not
// end it with a test that was killed. The -X above keeps Apache one process in
// the foreground.
const tethered = `exec 3<&0 </dev/null; (cat <&3; kill $$) >/dev/null 2>&1 & exec "$0" "$@" 3<&-`

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

func statusOf(ctx context.Context, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// errorLog returns what Apache and its modules complained about so far.
func (a *apache) errorLog() string {
	text, err := os.ReadFile(filepath.Join(a.root, "error.log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// newErrors returns what has come to the error log since the last call.
func (a *apache) newErrors() string {
	text := a.errorLog()
	fresh := text[a.read:]
	a.read = len(text)
	return fresh
}

// worldReadable makes a folder that Apache's own user can read, which it could
// not do below t.TempDir.
func worldReadable(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "harness-apache-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove Apache's files: %v", err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// publish writes a file that Apache's own user can read, and its folder.
func publish(t *testing.T, path, text string) {
	t.Helper()
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, path, text)
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(path, 0o644)); err != nil {
		t.Fatal(err)
	}
}
