package idp

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strconv"
)

const leastKeyBits = 2048

// parseKeyPair reads a certificate and its RSA key, PEM, in either order. What it
// reports never holds any of the text, which is a secret.
func parseKeyPair(text []byte) (*certificate, error) {
	refuse := func(got string) (*certificate, error) {
		return nil, invalid("The key pair cannot be used for signing.", "one certificate and its private key, RSA of at least 2048 bits, PEM without a password", got, "keyPair")
	}
	var c certificate
	for rest := text; len(bytes.TrimSpace(rest)) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return refuse("something that is no PEM block")
		}
		switch block.Type {
		case "CERTIFICATE":
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return refuse("a certificate that does not parse")
			}
			if c.cert != nil {
				return refuse("two certificates")
			}
			c.cert = cert
		case "PRIVATE KEY", "RSA PRIVATE KEY":
			key, err := parseRSAKey(block)
			if err != nil {
				return refuse(err.Error())
			}
			if c.key != nil {
				return refuse("two private keys")
			}
			c.key = key
		default:
			return refuse("a PEM block " + strconv.Quote(block.Type))
		}
	}
	switch {
	case c.cert == nil:
		return refuse("no certificate")
	case c.key == nil:
		return refuse("no private key")
	case !c.key.PublicKey.Equal(c.cert.PublicKey):
		return refuse("a private key that is not the certificate's")
	case c.key.N.BitLen() < leastKeyBits:
		return refuse(fmt.Sprintf("a key of %d bits", c.key.N.BitLen()))
	}
	c.custom = true
	return &c, nil
}

func parseRSAKey(block *pem.Block) (*rsa.PrivateKey, error) {
	if block.Headers["DEK-Info"] != "" {
		return nil, fmt.Errorf("a private key with a password")
	}
	if block.Type == "RSA PRIVATE KEY" {
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("a private key that does not parse")
		}
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("a private key that does not parse")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("a private key %T", parsed)
	}
	return key, nil
}
