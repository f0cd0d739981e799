package inspect

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/signature"
)

// ParseCertificates reads certificates in PEM (one or several), DER, or the bare
// base64 that metadata and consoles show.
func ParseCertificates(data []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	add := func(der []byte) error {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("read certificate: %w", err)
		}
		certs = append(certs, cert)
		return nil
	}
	if rest := bytes.TrimSpace(data); bytes.HasPrefix(rest, []byte("-----BEGIN")) || bytes.Contains(rest, []byte("\n-----BEGIN")) {
		for {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				break
			}
			if block.Type != "CERTIFICATE" {
				continue
			}
			if err := add(block.Bytes); err != nil {
				return nil, err
			}
		}
		if len(certs) == 0 {
			return nil, errors.New("read certificate: there is no CERTIFICATE block in the PEM")
		}
		return certs, nil
	}
	if der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(data)), "")); err == nil {
		data = der
	}
	if len(data) == 0 {
		return nil, errors.New("read certificate: there is none")
	}
	if err := add(data); err != nil {
		return nil, err
	}
	return certs, nil
}

// ParseMetadata reads whom to trust from metadata of an identity provider or a
// service provider, or of several: entity ids and signing certificates.
func ParseMetadata(data []byte) (issuers []string, certs []*x509.Certificate, err error) {
	doc, err := document.Parse(data)
	if err != nil {
		return nil, nil, fmt.Errorf("read metadata: %w", err)
	}
	if root := doc.Root(); root.NamespaceURI() != saml.NSMetadata {
		return nil, nil, fmt.Errorf("read metadata: the root element is %s, which is no SAML metadata", root.Tag)
	}
	document.Walk(doc.Root(), func(e *etree.Element) bool {
		switch {
		case document.Is(e, saml.NSMetadata, "EntityDescriptor"):
			issuers = append(issuers, document.Attr(e, "entityID"))
		case document.Is(e, saml.NSMetadata, "KeyDescriptor") && document.Attr(e, "use") != "encryption" &&
			(document.Is(e.Parent(), saml.NSMetadata, "IDPSSODescriptor") || document.Is(e.Parent(), saml.NSMetadata, "SPSSODescriptor")):
			for _, cert := range certificatesIn(e) {
				if !slices.ContainsFunc(certs, cert.Equal) {
					certs = append(certs, cert)
				}
			}
		}
		return true
	})
	if len(certs) == 0 {
		return nil, nil, errors.New("read metadata: there is no signing certificate in it (KeyDescriptor of an IDPSSODescriptor or SPSSODescriptor)")
	}
	return issuers, certs, nil
}

// ParseKey reads an RSA private key in PEM or DER, PKCS #1 or #8.
func ParseKey(data []byte) (*rsa.PrivateKey, error) {
	if block, _ := pem.Decode(data); block != nil {
		if strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != "" {
			return nil, errors.New("read key: it is encrypted; decrypt it first, with openssl pkey")
		}
		data = block.Bytes
	}
	if key, err := x509.ParsePKCS1PrivateKey(data); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(data)
	if err != nil {
		return nil, errors.New("read key: it is no private key in PKCS #1 or PKCS #8") // nothing of its content
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("read key: it is a %T, and only RSA keys decrypt assertions", key)
	}
	return private, nil
}

// certificatesIn reads the certificates below an element that can be read.
func certificatesIn(e *etree.Element) []*x509.Certificate {
	var certs []*x509.Certificate
	document.Walk(e, func(e *etree.Element) bool {
		if e.Tag == "X509Certificate" {
			der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(textOf(e)), ""))
			if err == nil {
				if cert, err := x509.ParseCertificate(der); err == nil {
					certs = append(certs, cert)
				}
			}
		}
		return true
	})
	return certs
}

func (x *examination) describe(cert *x509.Certificate) Certificate {
	return Certificate{
		Subject: cert.Subject.String(), Thumbprint: signature.Thumbprint(cert.Raw),
		NotBefore: cert.NotBefore.UTC().Format(time.RFC3339), NotAfter: cert.NotAfter.UTC().Format(time.RFC3339),
		Trusted: slices.ContainsFunc(x.Certificates, cert.Equal),
	}
}
