package harnesstest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ory/dockertest/v3/docker"
)

// sides are the listeners of a harness, as its flags call them.
var sides = [...]string{"ENTRA", "AWS", "CONTROL"}

// addresses say how the three listeners are reached.
type addresses struct {
	ports [3]int
	hosts [3]string // in base URLs
	host  string    // of the engine, where the ports are published
	bind  string    // the address there that they are published on
}

// chooseAddresses finds ports that are free now.
func chooseAddresses(endpoint string, network bool) (addresses, error) {
	a := addresses{host: "127.0.0.1", bind: "127.0.0.1", hosts: [3]string{"localhost", "127.0.0.1", "127.0.0.1"}}
	if u, err := url.Parse(endpoint); err == nil && u.Hostname() != "" && (u.Scheme == "tcp" || u.Scheme == "http" || u.Scheme == "https") {
		if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && !ip.IsLoopback() { // an engine elsewhere
			a.host, a.bind = u.Hostname(), "0.0.0.0"
			a.hosts = [3]string{a.host, a.host, a.host}
		}
	}
	if network {
		a.hosts[0], a.hosts[1] = EntraHost, AWSHost
	}
	for i := range a.ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return a, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close() // only now: the next one must be another
		a.ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return a, nil
}

func (a addresses) hostPort(i int, host string) string {
	return net.JoinHostPort(host, strconv.Itoa(a.ports[i]))
}

// variables tell harness up where to listen and how it is reached.
func (a addresses) variables() []string {
	var out []string
	for i, side := range sides {
		out = append(out, "HARNESS_UP_"+side+"_ADDR="+a.hostPort(i, "0.0.0.0"), "HARNESS_UP_"+side+"_URL=http://"+a.hostPort(i, a.hosts[i]))
	}
	return out
}

func (a addresses) bindings() map[docker.Port][]docker.PortBinding {
	out := make(map[docker.Port][]docker.PortBinding)
	for _, port := range a.ports {
		out[docker.Port(strconv.Itoa(port)+"/tcp")] = []docker.PortBinding{{HostIP: a.bind, HostPort: strconv.Itoa(port)}}
	}
	return out
}

func (a addresses) exposed() []string {
	var out []string
	for _, port := range a.ports {
		out = append(out, strconv.Itoa(port)+"/tcp")
	}
	return out
}

// dial returns what to dial for the base URLs.
func (a addresses) dial() map[string]string {
	out := make(map[string]string)
	for i := range a.ports {
		out[a.hostPort(i, a.hosts[i])] = a.hostPort(i, a.host)
	}
	return out
}

// Client returns a client that reaches the base URLs from the test, also where
// their host names are those of [Config].Network.
func (c *Container) Client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if to, ok := c.dial[addr]; ok {
			addr = to
		}
		return dial(ctx, network, addr)
	}
	return &http.Client{Transport: transport}
}
