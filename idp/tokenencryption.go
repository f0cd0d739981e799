package idp

import (
	"crypto/rsa"
	"crypto/x509"
	"fmt"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml/encryption"
)

// SetTokenEncryption makes Entra encrypt assertions for the holder of the
// certificate's key, with AES-256 (learn.microsoft.com, "Configure Microsoft
// Entra SAML token encryption"); nil switches it off. Identity Center takes no
// encrypted assertions.
func (a *Application) SetTokenEncryption(cert *x509.Certificate) error {
	if cert != nil {
		if _, ok := cert.PublicKey.(*rsa.PublicKey); !ok {
			return invalid("The certificate cannot be used for token encryption.", "a certificate with an RSA key", fmt.Sprintf("%T", cert.PublicKey), "tokenEncryption")
		}
	}
	a.tenant.mu.Lock()
	defer a.tenant.mu.Unlock()
	a.encryptionCert = cert
	return nil
}

// encryptAssertion puts an EncryptedAssertion in the place of a signed
// assertion, if the application wants that. A signature over the response comes
// after it.
func (a *Application) encryptAssertion(response, assertion *etree.Element) error {
	cert := read(a, func() *x509.Certificate { return a.encryptionCert })
	if cert == nil {
		return nil
	}
	encrypted, err := encryption.Encrypt(assertion, cert, encryption.Options{})
	if err != nil {
		return fmt.Errorf("encrypt assertion for %s: %w", a.Name(), err)
	}
	place := assertion.Index()
	response.RemoveChild(assertion)
	response.InsertChildAt(place, encrypted)
	return nil
}
