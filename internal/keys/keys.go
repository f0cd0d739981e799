// Package keys makes RSA keys and the self-signed certificates around them.
package keys

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"slices"
	"sync"
	"time"
)

const bits = 2048

// Pool hands out RSA keys. Making one takes about 70 ms, which would be most
// of a test's time, so harnesses in one process share a Pool: the first tenant
// of each gets the same key, the second another. Sharing is safe, since what
// a key signs is trusted through its certificate only, and each tenant has its
// own.
type Pool struct {
	mu   sync.Mutex
	keys []*rsa.PrivateKey
}

// Process is the pool of this process. It only ever grows and its keys never
// change, so that harnesses cannot see each other through it.
var Process = &Pool{}

// Get returns the pool's n-th key, counted from 0, and makes it when it is
// asked for the first time.
func (p *Pool) Get(n int) (*rsa.PrivateKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.keys) <= n {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			return nil, fmt.Errorf("make RSA key: %w", err)
		}
		p.keys = append(p.keys, key)
	}
	return p.keys[n], nil
}

// After returns a number from which on no key of the pool is one of those given.
func (p *Pool) After(used []*rsa.PrivateKey) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := len(p.keys); n > 0; n-- {
		if slices.ContainsFunc(used, func(key *rsa.PrivateKey) bool { return key.Equal(p.keys[n-1]) }) {
			return n
		}
	}
	return 0
}

// SelfSigned makes a certificate without extensions for key, as Entra's
// signing certificates are: X.509 v3, a 16-byte positive serial number,
// subject and issuer alike. The serial number is drawn from random.
func SelfSigned(key *rsa.PrivateKey, commonName string, notBefore, notAfter time.Time, random io.Reader) (*x509.Certificate, error) {
	raw := make([]byte, 16)
	if _, err := io.ReadFull(random, raw); err != nil {
		return nil, fmt.Errorf("draw serial number: %w", err)
	}
	raw[0] = raw[0]&0x7f | 0x40 // positive and sixteen bytes long
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(raw),
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    notBefore.UTC().Truncate(time.Second),
		NotAfter:     notAfter.UTC().Truncate(time.Second),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read certificate back: %w", err)
	}
	return cert, nil
}
