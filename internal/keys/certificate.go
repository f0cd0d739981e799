package keys

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// What a file can be instead of one certificate.
var (
	ErrNoPEM     = errors.New("no PEM block")
	ErrMoreBelow = errors.New("something after the certificate")
)

// ParseCertificate reads a PEM file that holds one certificate with an RSA key.
// The error says what is there instead.
func ParseCertificate(file []byte) (*x509.Certificate, error) {
	block, rest := pem.Decode(file)
	switch {
	case block == nil:
		return nil, ErrNoPEM
	case block.Type != "CERTIFICATE": // above all no private key: nobody hands that one over
		return nil, fmt.Errorf("a PEM block %s", block.Type)
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, ErrMoreBelow
	}
	return ParseDER(block.Bytes)
}

// ParseDER reads one certificate with an RSA key.
func ParseDER(der []byte) (*x509.Certificate, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if _, ok := cert.PublicKey.(*rsa.PublicKey); !ok {
		return nil, fmt.Errorf("a key %T", cert.PublicKey)
	}
	return cert, nil
}
