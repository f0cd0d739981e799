// Package serve runs the HTTP listeners of the mocks.
package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 1 << 20 // Redirect bindings put whole messages into the URL
	shutdownGrace     = 2 * time.Second
)

// Listener is an address that is open and, once Serve has been called, answered.
// The address is known before there is anything to serve, so that metadata can
// name it.
type Listener struct {
	Host string // the name under which browsers know it, such as localhost
	net  net.Listener
	tls  *tls.Config
	http *http.Server

	done    chan error
	closing sync.Once
	closed  error // what Close returns
}

// Listen opens addr, a host and port such as "127.0.0.1:0". The name host
// stands in the URL instead of the address's own host when it is not empty. A
// non-nil config makes it HTTPS.
func Listen(ctx context.Context, addr, host string, config *tls.Config) (*Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	if host == "" {
		host, _, err = net.SplitHostPort(addr)
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("listen on %s: %w", addr, err)
		}
	}
	return &Listener{Host: host, net: l, tls: config}, nil
}

// URL returns the base URL without a trailing slash.
func (l *Listener) URL() string {
	scheme := "http"
	if l.tls != nil {
		scheme = "https"
	}
	return scheme + "://" + l.HostPort()
}

// HostPort returns the host and port of URL.
func (l *Listener) HostPort() string {
	_, port, err := net.SplitHostPort(l.net.Addr().String())
	if err != nil {
		return l.net.Addr().String()
	}
	return net.JoinHostPort(l.Host, port)
}

// DialAddr returns an address at which this machine reaches the listener.
func (l *Listener) DialAddr() string {
	host, port, err := net.SplitHostPort(l.net.Addr().String())
	if err != nil {
		return l.net.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // answered under [::] too, and there in a container without IPv6
	}
	return net.JoinHostPort(host, port)
}

// Serve answers requests with handler until Close.
func (l *Listener) Serve(handler http.Handler) {
	// Over TLS too: a fault that breaks a connection would break no more than a
	// stream of HTTP/2.
	var http1 http.Protocols
	http1.SetHTTP1(true)
	l.http = &http.Server{
		Protocols:         &http1,
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		TLSConfig:         l.tls,
		ErrorLog:          log.New(discard{}, "", 0), // broken connections are the peers' business
	}
	l.done = make(chan error, 1)
	go func() {
		if l.tls != nil {
			l.done <- l.http.ServeTLS(l.net, "", "")
			return
		}
		l.done <- l.http.Serve(l.net)
	}()
}

// Close stops serving: requests under way get a moment to finish. Whoever calls
// it again, or meanwhile, gets the same result once all is over.
func (l *Listener) Close() error {
	l.closing.Do(func() { l.closed = l.close() })
	return l.closed
}

func (l *Listener) close() error {
	if l.http == nil {
		return l.net.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	if err := l.http.Shutdown(ctx); err != nil {
		l.http.Close()
	}
	if err := <-l.done; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", l.URL(), err)
	}
	return nil
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
