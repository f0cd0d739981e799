package localca

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// dial makes a handshake over loopback and returns the server's certificate.
func dial(t *testing.T, a *Authority, client *tls.Config) (*x509.Certificate, error) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", a.ServerConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if c, err := l.Accept(); err == nil {
			c.(*tls.Conn).Handshake()
			c.Close()
		}
	}()
	defer func() { <-done }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := tls.Client(conn, client)
	defer c.Close()
	if err := c.Handshake(); err != nil {
		return nil, err
	}
	return c.ConnectionState().PeerCertificates[0], nil
}

func trusting(a *Authority, name string) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate())
	return &tls.Config{RootCAs: pool, ServerName: name, Time: a.now}
}

func authority(t *testing.T, now func() time.Time) *Authority {
	t.Helper()
	a, err := New(now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestServersAreTrustedUnderTheirNamesOnly(t *testing.T) {
	a := authority(t, time.Now)
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		if _, err := dial(t, a, trusting(a, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := dial(t, a, trusting(a, "entra.test"))
	if hostname, ok := errors.AsType[x509.HostnameError](err); !ok || !strings.Contains(hostname.Error(), "localhost") {
		t.Errorf("a name that nobody asked for: %v; want an error that names the right ones", err)
	}
	a.Vouch("Entra.test.")
	a.Vouch("192.0.2.7")
	for _, name := range []string{"entra.test", "192.0.2.7", "localhost"} {
		if _, err := dial(t, a, trusting(a, name)); err != nil {
			t.Errorf("%s, after Vouch: %v", name, err)
		}
	}
	other := authority(t, time.Now)
	if _, err := dial(t, a, trusting(other, "localhost")); err == nil {
		t.Error("the authority of another harness is trusted")
	}
}

// The certificate stays the same for as long as nothing asks for another one,
// and is made anew before it expires.
func TestServerCertificateIsRenewed(t *testing.T) {
	now := time.Now()
	a := authority(t, func() time.Time { return now })
	serials := make(map[string]bool)
	take := func() *x509.Certificate {
		t.Helper()
		cert, err := dial(t, a, trusting(a, "localhost"))
		if err != nil {
			t.Fatal(err)
		}
		serials[cert.SerialNumber.String()] = true
		return cert
	}
	first := take()
	take()
	a.Vouch("localhost")
	take()
	if len(serials) != 1 {
		t.Errorf("%d certificates without need", len(serials))
	}
	now = first.NotAfter.Add(-time.Hour)
	if again := take(); len(serials) != 2 || !again.NotAfter.After(first.NotAfter) {
		t.Errorf("an hour before its end the certificate is not made anew: valid until %v", again.NotAfter)
	}
	if life := first.NotAfter.Sub(first.NotBefore); life > 8*24*time.Hour {
		t.Errorf("a server's certificate lives for %v", life)
	}
}

func TestAuthority(t *testing.T) {
	a := authority(t, time.Now)
	cert := a.Certificate()
	if key, ok := cert.PublicKey.(*ecdsa.PublicKey); !ok || key.Curve.Params().Name != "P-256" {
		t.Errorf("the key is a %T", cert.PublicKey)
	}
	if !cert.IsCA || !cert.MaxPathLenZero || cert.KeyUsage&x509.KeyUsageCertSign == 0 || cert.NotAfter.After(time.Now().Add(91*24*time.Hour)) {
		t.Errorf("certificate of the authority: %+v", cert)
	}
	if other := authority(t, time.Now).Certificate(); other.Subject.String() == cert.Subject.String() {
		t.Errorf("two authorities are called %s", cert.Subject)
	}
	block, rest := pem.Decode(a.PEM())
	if block == nil || block.Type != "CERTIFICATE" || len(rest) > 0 || string(block.Bytes) != string(cert.Raw) {
		t.Errorf("PEM: %s", a.PEM())
	}
}

func TestOldProtocolsAreRefused(t *testing.T) {
	a := authority(t, time.Now)
	old := trusting(a, "localhost")
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if _, err := dial(t, a, old); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
}
