package harnesstest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"

	"github.com/idharness/harness/idp/directory"
)

// Names of the container in [Config].Network: two sites for a browser, as
// entra.localhost and aws.localhost have no parent in common that counts as one.
const (
	EntraHost = "entra.localhost"
	AWSHost   = "aws.localhost"
)

// Config says how a container is started. The zero value is right for most tests.
type Config struct {
	// Image is the name of an image that the engine has. Default: what Image
	// builds.
	Image string

	// Scenario is a scenario file on this machine; the container starts in the
	// state in which its steps end. The engine must be of this machine.
	// Default: the demo tenant of harness up.
	Scenario string

	// Env are variables for harness up beside those that Run sets, such as
	// HARNESS_UP_SEED=7.
	Env []string

	// Network is one that other containers reach the harness by.
	Network *dockertest.Network

	// Timeout is how long the container may take to be ready. Default: the
	// pool's MaxWait.
	Timeout time.Duration
}

// Container is a running harness.
type Container struct {
	Resource *dockertest.Resource // the container, as dockertest knows it

	EntraURL    string // base URL of Entra
	TenantID    string // of Entra
	AppID       string // of Entra's first application
	Issuer      string // entity id of Entra
	LoginURL    string // where AuthnRequests go
	MetadataURL string // federation metadata of the application
	Password    string // of every user, unless a scenario gives another one

	AWSURL        string // base URL of Identity Center and of its APIs
	PortalURL     string // the access portal
	ACSURL        string // where responses go
	EntityID      string // of Identity Center
	SPMetadataURL string // SP metadata of Identity Center

	SCIMURL   string // the SCIM endpoint
	SCIMToken string // an access token for it; empty where provisioning is off

	ControlURL   string // base URL of health and the control API
	ControlToken string // what the control API wants as Authorization: Bearer

	Env map[string]string // all of these by the names of harness up's environment file

	pool *dockertest.Pool
	dial map[string]string // host:port of the base URLs -> host:port to dial
}

// attempts is how often other ports are tried where one was taken meanwhile.
const attempts = 5

// Run starts a container and waits until it is ready. It is removed when the
// test ends; if the test has failed then, its log is shown, without tokens.
func Run(t testing.TB, pool *dockertest.Pool, cfg ...Config) *Container {
	t.Helper()
	var c Config
	if len(cfg) > 0 {
		c = cfg[0]
	}
	if c.Image == "" {
		c.Image = Image(t, pool)
	} else if _, err := pool.Client.InspectImage(c.Image); err != nil {
		t.Fatalf("start harness: the engine has no image %s: %v", c.Image, err) // and whose would be pulled?
	}
	container, err := start(pool, c)
	if container != nil {
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("harness printed:\n%s", container.Log())
			}
			if err := pool.Purge(container.Resource); err != nil {
				t.Errorf("remove the container of the harness: %v", err)
			}
		})
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(t.Context(), cmp.Or(c.Timeout, pool.MaxWait, time.Minute))
		defer cancel()
		err = container.wait(ctx)
	}
	if err == nil && c.Network != nil {
		err = container.join(c.Network)
	}
	if err != nil {
		t.Fatalf("start harness: %v", err)
	}
	return container
}

// start runs a container on ports that are free.
func start(pool *dockertest.Pool, cfg Config) (*Container, error) {
	var err error
	for range attempts {
		var a addresses
		if a, err = chooseAddresses(pool.Client.Endpoint(), cfg.Network != nil); err != nil {
			return nil, err
		}
		c := &Container{pool: pool, Password: directory.DefaultPassword, ControlToken: rand.Text(), dial: a.dial()}
		if c.Resource, err = run(pool, cfg, a, c.ControlToken); err == nil {
			return c, nil
		}
		if !portTaken(err) {
			return nil, err
		}
	}
	return nil, err
}

// portTaken reports whether another program has a port that was to be published.
func portTaken(err error) bool {
	return strings.Contains(err.Error(), "port is already allocated") || strings.Contains(err.Error(), "address already in use")
}

func run(pool *dockertest.Pool, cfg Config, a addresses, token string) (*dockertest.Resource, error) {
	repository, tag := splitImage(cfg.Image)
	name := "harness-" + strings.ToLower(rand.Text()[:12])
	options := &dockertest.RunOptions{
		Name: name, Repository: repository, Tag: tag, Cmd: []string{"up", "--json"},
		Env:          append(append([]string{"HARNESS_CONTROL_TOKEN=" + token}, a.variables()...), cfg.Env...),
		PortBindings: a.bindings(), ExposedPorts: a.exposed(),
		Labels: map[string]string{"com.github.idharness.harnesstest": "true"},
	}
	if cfg.Scenario != "" {
		path, err := filepath.Abs(cfg.Scenario)
		if err != nil {
			return nil, err
		}
		inside := "/scenario/" + filepath.Base(path)
		options.Mounts = []string{filepath.Dir(path) + ":/scenario:ro"}
		options.Cmd = append(options.Cmd, inside)
	}
	resource, err := pool.RunWithOptions(options, func(h *docker.HostConfig) {
		h.PublishAllPorts = false // no others than those of the base URLs
		h.ReadonlyRootfs = true
	})
	if err != nil {
		return nil, errors.Join(err, removeFailed(pool, name))
	}
	return resource, nil
}

// removeFailed removes what is left of a container that could not be started.
func removeFailed(pool *dockertest.Pool, name string) error {
	err := pool.Client.RemoveContainer(docker.RemoveContainerOptions{ID: name, Force: true, RemoveVolumes: true})
	var none *docker.NoSuchContainer
	if errors.As(err, &none) {
		return nil
	}
	return err
}

// splitImage takes the tag off an image's name.
func splitImage(image string) (repository, tag string) {
	if i := strings.LastIndex(image, ":"); i > strings.LastIndex(image, "/") {
		return image[:i], image[i+1:]
	}
	return image, "latest"
}

// join makes the container known in a network.
func (c *Container) join(network *dockertest.Network) error {
	err := c.pool.Client.ConnectNetwork(network.Network.ID, docker.NetworkConnectionOptions{
		Container: c.Resource.Container.ID, EndpointConfig: &docker.EndpointConfig{Aliases: []string{EntraHost, AWSHost}},
	})
	if err != nil {
		return fmt.Errorf("join network %s: %w", network.Network.Name, err)
	}
	return nil
}
