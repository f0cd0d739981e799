// Package localca is a certificate authority that lives as long as a harness:
// its key never leaves the memory of the process.
//
// Its times are real ones, whatever a harness's virtual clock says: the TLS
// stacks of browsers and clients check certificates by the time of their own
// machine.
package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	authorityLife = 90 * 24 * time.Hour
	serverLife    = 7 * 24 * time.Hour
	renewBefore   = 24 * time.Hour // of a server's certificate
	backdated     = time.Hour      // for clients whose clock is behind
)

// Authority issues the certificate of the servers of one harness. It is safe
// for concurrent use.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	now  func() time.Time

	mu      sync.Mutex
	names   []string         // hosts and addresses that it vouches for
	current *tls.Certificate // for all of names, or nil
}

// New makes an authority that vouches for localhost, 127.0.0.1 and ::1. The
// time is now's.
func New(now func() time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key of the local CA: %w", err)
	}
	// A name of its own: trust stores find authorities by their names, and
	// whoever adds those of two harnesses must not have the one hide the other.
	var mark [4]byte
	rand.Read(mark[:]) // never fails
	template := &x509.Certificate{
		Subject:   pkix.Name{Organization: []string{"harness"}, CommonName: "harness local CA " + hex.EncodeToString(mark[:])},
		NotBefore: now().Add(-backdated), NotAfter: now().Add(authorityLife),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA:     true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the certificate of the local CA: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the certificate of the local CA back: %w", err)
	}
	return &Authority{cert: cert, key: key, now: now, names: []string{"127.0.0.1", "::1", "localhost"}}, nil
}

// Certificate returns the authority's own certificate.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// PEM returns the authority's certificate as files have it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Vouch makes certificates hold for a host name or an IP address too.
func (a *Authority) Vouch(host string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.vouch(host)
}

func (a *Authority) vouch(host string) {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if ip := net.ParseIP(host); ip != nil {
		host = ip.String()
	}
	if at, known := slices.BinarySearch(a.names, host); host != "" && !known {
		a.names, a.current = slices.Insert(a.names, at, host), nil
	}
}

// ServerConfig is for servers: TLS 1.2 or later, with a certificate that is made
// when it is asked for and made anew before it expires. Names that the
// authority does not vouch for get the same certificate, so that clients can say
// which names it is for: whoever trusts the authority trusts it for nothing else.
func (a *Authority) ServerConfig() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: a.certificateFor}
}

func (a *Authority) certificateFor(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	// The address that a client has reached is this machine's, such as that of a
	// container in its network; clients send no server name for addresses.
	if host, _, err := net.SplitHostPort(hello.Conn.LocalAddr().String()); err == nil {
		a.vouch(host)
	}
	if a.current == nil || a.now().Add(renewBefore).After(a.current.Leaf.NotAfter) {
		issued, err := a.issue()
		if err != nil {
			return nil, err
		}
		a.current = issued
	}
	return a.current, nil
}

// issue makes a certificate for all names, with a key of its own.
func (a *Authority) issue() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a server's key: %w", err)
	}
	template := &x509.Certificate{
		Subject:   pkix.Name{Organization: []string{"harness"}, CommonName: "harness"},
		NotBefore: a.now().Add(-backdated), NotAfter: a.now().Add(serverLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range a.names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for %s: %w", strings.Join(a.names, ", "), err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read a server's certificate back: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}
