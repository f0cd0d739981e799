package serve

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Tester is the part of [testing.TB] that a mock needs of a test. Packages for
// users alias it, so that none of them imports testing.
type Tester interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Name() string
}

// ForTest serves on a free port of 127.0.0.1, under the name host in URLs, until
// the test ends. The handler is made once the base URL is known.
func ForTest(t Tester, host string, handler func(base string) (http.Handler, error)) error {
	l, err := Listen(context.Background(), "127.0.0.1:0", host, nil)
	if err != nil {
		return err
	}
	h, err := handler(l.URL())
	if err != nil {
		l.Close()
		return err
	}
	l.Serve(h)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Logf("%s: stop: %v", t.Name(), err)
		}
	})
	return nil
}

// BaseURL checks an address by which others reach a listener and returns it
// without a trailing slash: scheme, host and port, since the paths below it are
// ours.
func BaseURL(base string) (string, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("base URL %q: want http(s)://host[:port] and nothing more", base)
	}
	return u.Scheme + "://" + u.Host, nil
}
