package container

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/idharness/harness/internal/need"
)

// project is deploy/compose.yaml at work.
type project struct {
	t      *testing.T
	name   string
	client []string // docker compose, or the docker-compose of before
	env    []string
	ports  [3]string // of Entra, Identity Center and control
}

// newProject finds free ports and a client for a profile of the file.
func newProject(t *testing.T, profile string, env ...string) *project {
	t.Helper()
	p := &project{t: t, name: fmt.Sprintf("harness-%s-%d", profile, os.Getpid())}
	p.client = []string{"docker", "compose"}
	if exec.Command("docker", "compose", "version").Run() != nil {
		if _, err := exec.LookPath("docker-compose"); err != nil {
			need.Missing(t, "docker", "neither docker compose nor docker-compose is installed; interop/install-peers.sh installs the latter on Debian as root")
		}
		p.client = []string{"docker-compose"}
	}
	p.client = append(p.client, "--project-name", p.name, "--file", "../../deploy/compose.yaml", "--profile", profile)
	for i, name := range []string{"ENTRA", "AWS", "CONTROL"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		p.ports[i] = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
		p.env = append(p.env, "HARNESS_"+name+"_PORT="+p.ports[i])
	}
	p.env = append(p.env, env...)
	return p
}

func (p *project) try(args ...string) (string, error) {
	command := append(append([]string{}, p.client...), args...)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), p.env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// up starts the service and returns its container once it is healthy.
func (p *project) up(e engine, service string, args ...string) string {
	p.t.Helper()
	p.t.Cleanup(func() {
		if p.t.Failed() {
			log, err := p.try("logs", "--no-color")
			p.t.Logf("compose logs (%v):\n%s", err, log)
		}
		if _, err := p.try("down", "--volumes", "--remove-orphans"); err != nil {
			p.t.Error(err)
		}
	})
	if _, err := p.try(append([]string{"up", "--detach"}, args...)...); err != nil {
		p.t.Fatal(err)
	}
	id, err := p.try("ps", "--quiet", service)
	if err != nil || id == "" {
		p.t.Fatalf("no container of %s: %v", service, err)
	}
	e.waitHealthy(p.t, id)
	return id
}

// A browser on the host signs in through the published ports: the file as it is,
// with the image that it builds.
func TestComposeForABrowserOnTheHost(t *testing.T) {
	e := needDocker(t)
	b := newChromium(t)
	e.image(t) // and with it the binary that the file's build copies
	p := newProject(t, "host", "HARNESS_IMAGE=harness:compose")
	p.up(e, "harness-host", "--build")

	b.do(chromedp.Navigate("http://127.0.0.1:"+p.ports[1]+"/start"), chromedp.WaitVisible(`input[name=loginfmt]`))
	if at := b.read(chromedp.Location()); !strings.HasPrefix(at, "http://localhost:"+p.ports[0]+"/") {
		t.Errorf("the sign-in page is at %s", at)
	}
	b.enterCredentials("ana@contoso.example")
	b.do(chromedp.WaitVisible(onPortal))
	if at := b.read(chromedp.Location()); at != "http://127.0.0.1:"+p.ports[1]+"/start" {
		t.Errorf("the browser rests at %s", at)
	}
	if text := b.read(chromedp.Text("main")); !strings.Contains(text, "ana@contoso.example") || !strings.Contains(text, "Production") {
		t.Errorf("the portal shows:\n%s", text)
	}
}

const wikiScenario = `
name: A wiki in the same network
entra:
  users: [{userPrincipalName: ana@contoso.example, displayName: Ana Sousa, givenName: Ana, surname: Sousa, mail: ana@contoso.example}]
  apps:
    - {name: Wiki, template: custom-saml, identifiers: ["%[1]s"], replyUrls: ["%[1]s/saml/acs"], assignments: [{user: ana@contoso.example}]}
    - {name: AWS, template: aws-iam-identity-center, assignments: [{user: ana@contoso.example}]}
steps:
  - exchangeMetadata: {app: AWS}
    expect: {identityCenter: {external: true}}
  - connectProvisioning: {app: AWS}
`

// A service in the network fetches Entra's metadata and speaks SCIM at the very
// addresses that the browser on the host uses for the sign-in to it.
func TestComposeForAServiceInTheNetwork(t *testing.T) {
	e := needDocker(t)
	b := newChromium(t)
	scenarios := t.TempDir()
	wikiPort := ""
	{
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		wikiPort = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
		l.Close()
	}
	root := "http://wiki.localhost:" + wikiPort
	for _, err := range []error{
		os.WriteFile(filepath.Join(scenarios, "wiki.yaml"), fmt.Appendf(nil, wikiScenario, root), 0o644),
		os.Chmod(scenarios, 0o755), os.Chmod(filepath.Dir(scenarios), 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p := newProject(t, "network", "HARNESS_IMAGE="+e.image(t), "HARNESS_SCENARIOS="+scenarios, "HARNESS_SCENARIO=/scenarios/wiki.yaml --json")
	id := p.up(e, "harness-network")
	var env map[string]string
	if err := json.Unmarshal([]byte(e.run(t, "logs", id)), &env); err != nil {
		t.Fatal(err)
	}
	entra, aws := "http://entra.localhost:"+p.ports[0], "http://aws.localhost:"+p.ports[1]
	if !strings.HasPrefix(env["HARNESS_ENTRA_METADATA_URL"], entra+"/") || !strings.HasPrefix(env["HARNESS_SCIM_URL"], aws+"/") {
		t.Fatalf("metadata at %s, SCIM at %s", env["HARNESS_ENTRA_METADATA_URL"], env["HARNESS_SCIM_URL"])
	}

	visitor := buildVisitor(t, e)
	network := p.name + "_default"
	if out, err := e.try("run", "--rm", "--network", network, visitor, "scim", env["HARNESS_SCIM_URL"], env["HARNESS_SCIM_TOKEN"]); err != nil || !strings.Contains(out, "vera@contoso.example") {
		t.Errorf("SCIM from the network: %v\n%s", err, out)
	}
	wiki := e.start(t, "--network", network, "--network-alias", "wiki.localhost", "--publish", "127.0.0.1:"+wikiPort+":"+wikiPort, visitor, "wiki", env["HARNESS_ENTRA_METADATA_URL"], root)
	e.waitOutput(t, wiki, "serving "+root)

	b.do(chromedp.Navigate(root+"/"), chromedp.WaitVisible(`input[name=loginfmt]`))
	if at := b.read(chromedp.Location()); !strings.HasPrefix(at, entra+"/") {
		t.Errorf("the wiki sent the browser to %s, want the address at which it fetched the metadata, %s", at, entra)
	}
	b.enterCredentials("ana@contoso.example")
	b.do(chromedp.WaitVisible("#who"))
	if at, who := b.read(chromedp.Location()), b.read(chromedp.Text("#who")); at != root+"/" || who != "ana@contoso.example" {
		t.Errorf("the wiki is at %s and greets %q", at, who)
	}
}

// buildVisitor makes an image of the test's own service.
func buildVisitor(t *testing.T, e engine) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "visitor"), "./visitor")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM scratch\nCOPY visitor /visitor\nENTRYPOINT [\"/visitor\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e.run(t, "build", "--quiet", "--tag", "harness-visitor:test", dir)
	return "harness-visitor:test"
}
