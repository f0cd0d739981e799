package harness

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"syscall"
)

// Validate says what is wrong with a configuration before anything is started:
// above all with addresses and base URLs, which people type in.
func (c Config) Validate() error {
	_, err := c.normalized()
	return err
}

// listenerConfig is what a Config says of one listener.
type listenerConfig struct{ name, addr, url string }

func (c Config) listenerConfigs() [3]listenerConfig {
	return [...]listenerConfig{{"Entra", c.EntraAddr, c.EntraURL}, {"Identity Center", c.AWSAddr, c.AWSURL}, {"control", c.ControlAddr, c.ControlURL}}
}

func (c Config) checkListeners() error {
	addrs, bases := make(map[string]string), make(map[string]string) // who has it
	for _, l := range c.listenerConfigs() {
		_, port, err := net.SplitHostPort(l.addr)
		if err != nil {
			return fmt.Errorf("address %q: want host:port: %w", l.addr, err)
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil { // a service's name would be one more thing to look up
			return fmt.Errorf("address %q: want a port of 0 to 65535 after the colon, got %q", l.addr, port)
		} else if other, taken := addrs[l.addr]; taken && n != 0 {
			return fmt.Errorf("address %q: %s and %s cannot both listen there", l.addr, other, l.name)
		}
		addrs[l.addr] = l.name
		if l.url == "" {
			continue
		}
		if err := checkBaseURL(l.url); err != nil {
			return fmt.Errorf("base URL %q of %s: %w", redacted(l.url), l.name, err)
		}
		base := strings.ToLower(strings.TrimSuffix(l.url, "/"))
		if other, taken := bases[base]; taken {
			return fmt.Errorf("base URL %q of %s: %s has the same, and what is sent there can reach one of them only", l.url, l.name, other)
		}
		bases[base] = l.name
	}
	return nil
}

// redacted is an address without its password.
func redacted(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Redacted()
	}
	return address
}

// whyNotListening says what to do about an address that cannot be had.
func whyNotListening(addr string, err error) error {
	const wsaInUse, wsaNoAddress, wsaAccess = syscall.Errno(10048), syscall.Errno(10049), syscall.Errno(10013) // of Windows
	is := func(codes ...syscall.Errno) bool {
		for _, code := range codes {
			if errors.Is(err, code) {
				return true
			}
		}
		return false
	}
	_, port, _ := net.SplitHostPort(addr)
	switch {
	case is(syscall.EADDRINUSE, wsaInUse):
		return fmt.Errorf("%w: another program has port %s, another harness perhaps; stop it, or choose another port; port 0 takes a free one", err, port)
	case is(syscall.EADDRNOTAVAIL, wsaNoAddress):
		return fmt.Errorf("%w: this machine has no such address; 127.0.0.1 is its own, 0.0.0.0 stands for all that it has", err)
	case is(syscall.EACCES, wsaAccess):
		return fmt.Errorf("%w: this user may not have port %s; choose one above 1023", err, port)
	}
	return err
}
