package harness

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/idharness/harness/internal/serve"
)

// addresses say where the mocks are listened on, by the hosts of their base
// URLs. Where those are names for others, such as a mapped port of a container,
// the harness itself could not reach its mocks by them.
type addresses struct {
	mu sync.Mutex
	at map[string]string // host:port of a base URL -> host:port to dial
}

// reach returns what to dial for an address.
func (a *addresses) reach(addr string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if to, ok := a.at[addr]; ok {
		return to
	}
	return addr
}

func (a *addresses) add(from, to string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.at == nil {
		a.at = make(map[string]string)
	}
	a.at[from] = to
}

// over makes a transport dial by these addresses.
func (a *addresses) over(t *http.Transport) {
	dial := t.DialContext
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		return dial(ctx, network, a.reach(addr))
	}
}

// answerAt says that the mock called name answers at a base URL, by a listener.
// A base URL of another scheme than the listener's belongs to something between
// them, which is asked as anybody would.
func (h *Harness) answerAt(l *serve.Listener, name, base string) {
	u, err := url.Parse(base)
	if err != nil {
		return
	}
	h.recorder.Serve(u.Host, name)
	if h.authority != nil {
		h.authority.Vouch(u.Hostname())
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if strings.HasPrefix(l.URL(), u.Scheme+"://") {
		h.addresses.add(net.JoinHostPort(u.Hostname(), port), l.DialAddr())
	}
}

// BaseURLs are the addresses under which others reach the mocks and the control
// API.
type BaseURLs struct{ Entra, IdentityCenter, Control string }

// BaseURLs returns the base URLs.
func (h *Harness) BaseURLs() BaseURLs {
	return BaseURLs{h.Entra.BaseURL(), h.IdentityCenter.BaseURL(), h.ControlURL()}
}

// SetBaseURLs changes the base URLs; an empty one stays as it is. Every
// document that the mocks serve follows. What one side has been told of the
// other does not: ExchangeMetadata and ConnectProvisioning tell it anew.
func (h *Harness) SetBaseURLs(urls BaseURLs) error {
	for _, side := range []struct{ name, base string }{{"Entra", urls.Entra}, {"Identity Center", urls.IdentityCenter}, {"control", urls.Control}} {
		if err := checkBaseURL(side.base); err != nil {
			return fmt.Errorf("base URL of %s: %w", side.name, err)
		}
	}
	for i, side := range []struct {
		name, base string
		set        func(string) error
	}{
		{"Entra", urls.Entra, h.Entra.SetBaseURL},
		{"Identity Center", urls.IdentityCenter, h.IdentityCenter.SetBaseURL},
		{"control", urls.Control, h.setControlURL},
	} {
		base := strings.TrimSuffix(side.base, "/")
		if base == "" {
			continue
		}
		if err := side.set(base); err != nil {
			return fmt.Errorf("base URL of %s: %w", side.name, err)
		}
		h.answerAt(h.listeners[i], side.name, base)
	}
	return nil
}

func (h *Harness) setControlURL(base string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.controlURL = base
	return nil
}

// checkBaseURL refuses what nothing can be served under.
func checkBaseURL(base string) error {
	if base == "" {
		return nil
	}
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return badBaseURL("a web address", base)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return badBaseURL("http:// or https:// and a host", base)
	case badPort(u.Port()):
		return badBaseURL("a port of 1 to 65535", base)
	case !isASCII(u.Hostname()): // as certificates and requests have them
		return badBaseURL("a host in ASCII, in its xn-- form where it is not", base)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return badBaseURL("an address without name, path, query and fragment", base)
	}
	return nil
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

func badPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port != "" && (err != nil || n == 0)
}

func badBaseURL(expected, got string) error {
	return &Refusal{Code: "BadBaseURL", Message: "This is no base URL.", Expected: expected, Got: redacted(got), Where: "base URL"}
}
