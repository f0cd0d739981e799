package harnesstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

// builtImage is Image, once for all tests.
func builtImage(t *testing.T, pool *dockertest.Pool) string {
	t.Helper()
	name, err := built(pool)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

var built = func() func(*dockertest.Pool) (string, error) {
	var once sync.Once
	var name string
	var err error
	return func(pool *dockertest.Pool) (string, error) {
		once.Do(func() {
			var dir string
			if dir, err = os.MkdirTemp("", "harnesstest"); err == nil {
				name, err = buildImage(pool, dir)
				err = errors.Join(err, os.RemoveAll(dir))
			}
		})
		return name, err
	}
}()

// ask sends a request and returns the answer.
func ask(t *testing.T, client *http.Client, method, address, token, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func want(t *testing.T, client *http.Client, address, token, text string) {
	t.Helper()
	if status, body := ask(t, client, http.MethodGet, address, token, ""); status != http.StatusOK || !strings.Contains(body, text) {
		t.Errorf("%s answered %d without %q: %.500s", address, status, text, body)
	}
}

// Every address leads from the test to the container, and what is behind one of
// them names the others.
func TestRun(t *testing.T) {
	pool := Pool(t)
	image := builtImage(t, pool)
	var gone string
	t.Run("running", func(t *testing.T) {
		c := Run(t, pool, Config{Image: image})
		gone = c.Resource.Container.ID
		client := c.Client()
		for name, value := range c.Env {
			if value == "" && name != "HARNESS_CA_FILE" {
				t.Errorf("%s is empty", name)
			}
		}
		want(t, client, c.MetadataURL, "", `entityID="`+c.Issuer+`"`)
		want(t, client, c.MetadataURL, "", `Location="`+c.LoginURL+`"`)
		want(t, client, c.SPMetadataURL, "", `entityID="`+c.EntityID+`"`)
		want(t, client, c.SPMetadataURL, "", `Location="`+c.ACSURL+`"`)
		want(t, client, c.SCIMURL+"/Users", c.SCIMToken, "ana@contoso.example")
		want(t, client, c.ControlURL+"/v1/info", c.ControlToken, c.EntraURL)
		if status, _ := ask(t, client, http.MethodGet, c.ControlURL+"/v1/info", "", ""); status != http.StatusUnauthorized {
			t.Errorf("the control API answered %d without its token", status)
		}
		signIn(t, c)
		if log := c.Log(); !strings.Contains(log, c.MetadataURL) || strings.Contains(log, c.SCIMToken) || strings.Contains(log, c.ControlToken) {
			t.Error("the log lacks an address or shows a token")
		}
		if c.TenantID == "" || !strings.Contains(c.Issuer, c.TenantID) || !strings.HasPrefix(c.PortalURL, c.AWSURL) || c.Password == "" || !strings.Contains(c.MetadataURL, c.AppID) {
			t.Errorf("addresses: %+v", c)
		}
	})
	_, err := pool.Client.InspectContainer(gone)
	var none *docker.NoSuchContainer
	if !errors.As(err, &none) {
		t.Errorf("after the test the container is still there: %v", err)
	}
}

// signIn has the control API sign Ana in at Entra and carries the response to
// Identity Center, as a browser would.
func signIn(t *testing.T, c *Container) {
	t.Helper()
	status, answer := ask(t, c.Client(), http.MethodPost, c.ControlURL+"/v1/sign-in", c.ControlToken, `{"user": "ana@contoso.example", "app": "`+c.AppID+`"}`)
	var post struct {
		URL    string
		Fields map[string]string
	}
	if err := json.Unmarshal([]byte(answer), &post); err != nil || status != http.StatusOK || post.URL != c.ACSURL {
		t.Fatalf("sign-in answered %d, %v: %.500s", status, err, answer)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := c.Client()
	client.Jar = jar
	form := url.Values{}
	for name, value := range post.Fields {
		form.Set(name, value)
	}
	resp, err := client.PostForm(post.URL, form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "AWS access portal") || !strings.Contains(string(body), "ana@contoso.example") {
		t.Errorf("the browser rests at %s with %s, %v: %.500s", resp.Request.URL, resp.Status, err, body)
	}
}

// Two at once have ports, tokens and users of their own. A scenario file is where
// one of them starts from.
func TestRunTwo(t *testing.T) {
	pool := Pool(t)
	image := builtImage(t, pool)
	dir := t.TempDir()
	file := filepath.Join(dir, "eva.yaml")
	text := "name: Eva alone\nentra: {users: [{userPrincipalName: eva@contoso.example, displayName: Eva Lind, givenName: Eva, surname: Lind}], app: {template: aws-iam-identity-center, assignments: [{user: eva@contoso.example}]}}\n" +
		"steps: [{exchangeMetadata: {}, expect: {identityCenter: {external: true}}}, {connectProvisioning: {}}, {provision: {cycle: initial}}]\n"
	for _, err := range []error{os.WriteFile(file, []byte(text), 0o644), os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	demo := Run(t, pool, Config{Image: image})
	eva := Run(t, pool, Config{Image: image, Scenario: file, Env: []string{"HARNESS_UP_SEED=7"}})
	if demo.EntraURL == eva.EntraURL || demo.TenantID == eva.TenantID || demo.ControlToken == eva.ControlToken || demo.SCIMToken == eva.SCIMToken {
		t.Errorf("they share addresses, ids or tokens: %+v and %+v", demo, eva)
	}
	want(t, eva.Client(), eva.SCIMURL+"/Users", eva.SCIMToken, "eva@contoso.example")
	if _, body := ask(t, eva.Client(), http.MethodGet, eva.SCIMURL+"/Users", eva.SCIMToken, ""); strings.Contains(body, "ana@contoso.example") {
		t.Errorf("the demo's users are in the scenario's harness: %s", body)
	}
	if status, _ := ask(t, demo.Client(), http.MethodGet, demo.SCIMURL+"/Users", eva.SCIMToken, ""); status != http.StatusUnauthorized {
		t.Errorf("one took the other's token: %d", status)
	}
}

// A container of the same network reaches the harness by the very addresses that
// the test and a browser use.
func TestRunInNetwork(t *testing.T) {
	pool := Pool(t)
	image := builtImage(t, pool)
	network, err := pool.CreateNetwork(fmt.Sprintf("harnesstest-%d", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pool.RemoveNetwork(network); err != nil {
			t.Error(err)
		}
	})
	c := Run(t, pool, Config{Image: image, Network: network})
	if !strings.HasPrefix(c.EntraURL, "http://"+EntraHost+":") || !strings.HasPrefix(c.AWSURL, "http://"+AWSHost+":") {
		t.Errorf("base URLs %s and %s", c.EntraURL, c.AWSURL)
	}
	want(t, c.Client(), c.MetadataURL, "", `Location="`+c.LoginURL+`"`)
	signIn(t, c)
	// The health check takes any address that answers 200.
	for address, status := range map[string]int{c.MetadataURL: 0, c.SPMetadataURL: 0, c.EntraURL + "/nothing": 1} {
		if got, log := visit(t, pool, image, network, address); got != status {
			t.Errorf("a container that asks for %s ended with %d, want %d: %s", address, got, status, log)
		}
	}
}

// visit asks for an address from a container in a network.
func visit(t *testing.T, pool *dockertest.Pool, image string, network *dockertest.Network, address string) (int, string) {
	t.Helper()
	repository, tag := splitImage(image)
	resource, err := pool.RunWithOptions(&dockertest.RunOptions{Repository: repository, Tag: tag, Cmd: []string{"healthcheck", address, "--timeout", "20s"}, Networks: []*dockertest.Network{network}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := pool.Purge(resource); err != nil {
			t.Error(err)
		}
	}()
	status, err := pool.Client.WaitContainer(resource.Container.ID)
	if err != nil {
		t.Fatal(err)
	}
	c := &Container{pool: pool, Resource: resource}
	return status, c.Log()
}

// What cannot start is said at once, and nothing is left of it.
func TestRunTellsWhatIsWrong(t *testing.T) {
	pool := Pool(t)
	image := builtImage(t, pool)
	for _, test := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"a wrong variable", Config{Env: []string{"HARNESS_UP_SEED=many"}}, "ended with exit status 1: harness: variable HARNESS_UP_SEED"},
		{"no such scenario", Config{Scenario: filepath.Join(t.TempDir(), "none.yaml")}, "exit status 3: harness: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.cfg.Image, test.cfg.Timeout = image, time.Minute
			f := &failing{TB: t}
			f.run(func() { Run(f, pool, test.cfg) })
			if !strings.Contains(f.message, test.want) {
				t.Errorf("Run said %q, want %q", f.message, test.want)
			}
		})
	}
	t.Run("no such image", func(t *testing.T) {
		f := &failing{TB: t}
		f.run(func() { Run(f, pool, Config{Image: "harness:none"}) })
		if !strings.Contains(f.message, "the engine has no image harness:none") {
			t.Errorf("Run said %q", f.message)
		}
	})
	left, err := pool.Client.ListContainers(docker.ListContainersOptions{All: true, Filters: map[string][]string{"label": {"com.github.idharness.harnesstest"}, "status": {"created"}}})
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// failing is a test that notes how it was ended.
type failing struct {
	testing.TB
	message string
}

type ended struct{}

func (f *failing) Fatalf(format string, args ...any) {
	f.message = fmt.Sprintf(format, args...)
	panic(ended{})
}

func (f *failing) run(body func()) {
	defer func() {
		if r := recover(); r != nil && r != (ended{}) {
			panic(r)
		}
	}()
	body()
}

// Where a port was taken between its choice and the start, others are tried.
func TestTakenPortsAreGivenUp(t *testing.T) {
	pool := Pool(t)
	image := builtImage(t, pool)
	first := Run(t, pool, Config{Image: image})
	a, err := chooseAddresses(pool.Client.Endpoint(), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(first.EntraURL, "http://localhost:%d", &a.ports[0]); err != nil {
		t.Fatal(err)
	}
	_, err = run(pool, Config{Image: image}, a, "secret-of-the-test")
	if err == nil || !portTaken(err) {
		t.Errorf("run on a taken port = %v", err)
	}
}

func TestAddressesOfAnEngineElsewhere(t *testing.T) {
	for _, test := range []struct {
		endpoint string
		network  bool
		entra    string
		bind     string
	}{
		{"unix:///var/run/docker.sock", false, "localhost", "127.0.0.1"},
		{"unix:///var/run/docker.sock", true, EntraHost, "127.0.0.1"},
		{"tcp://127.0.0.1:2375", false, "localhost", "127.0.0.1"},
		{"tcp://docker:2375", false, "docker", "0.0.0.0"},
		{"https://10.1.2.3:2376", false, "10.1.2.3", "0.0.0.0"},
		{"tcp://docker:2375", true, EntraHost, "0.0.0.0"},
	} {
		a, err := chooseAddresses(test.endpoint, test.network)
		if err != nil {
			t.Fatal(err)
		}
		if a.hosts[0] != test.entra || a.bind != test.bind {
			t.Errorf("%s: Entra at %s, published on %s; want %s and %s", test.endpoint, a.hosts[0], a.bind, test.entra, test.bind)
		}
		if a.ports[0] == a.ports[1] || a.ports[1] == a.ports[2] || a.ports[0] == a.ports[2] {
			t.Errorf("ports %v", a.ports)
		}
	}
}

func TestSplitImage(t *testing.T) {
	for image, want := range map[string][2]string{
		"harness": {"harness", "latest"}, "harness:1": {"harness", "1"}, "registry.test:5000/harness": {"registry.test:5000/harness", "latest"},
		"registry.test:5000/harness:2": {"registry.test:5000/harness", "2"},
	} {
		if repository, tag := splitImage(image); [2]string{repository, tag} != want {
			t.Errorf("splitImage(%s) = %s, %s", image, repository, tag)
		}
	}
}
