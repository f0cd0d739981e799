package idp

import (
	"crypto/x509"
	"fmt"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/saml/encryption"
)

// parseEncryptionCertificate reads the certificate for whose key Entra encrypts
// assertions, with AES-256 (learn.microsoft.com, "Configure Microsoft Entra SAML
// token encryption"). Identity Center takes no encrypted assertions.
func parseEncryptionCertificate(text string) (*x509.Certificate, error) {
	cert, err := keys.ParseCertificate([]byte(text))
	if err != nil {
		return nil, invalid("The certificate cannot be used for token encryption.", "one certificate with an RSA key, PEM", err.Error(), "tokenEncryption")
	}
	return cert, nil
}

// encryptAssertion puts an EncryptedAssertion in the place of a signed
// assertion, if the application wants that. A signature over the response comes
// after it.
func (a *Application) encryptAssertion(response, assertion *etree.Element) error {
	cert := read(a, func() *x509.Certificate { return a.encryptionCert })
	if cert == nil {
		return nil
	}
	var options encryption.Options
	choices := a.tenant.Choices()
	if choices.ContentEncryption == ContentAES256GCM {
		options.Content = encryption.AES256GCM
	}
	if choices.KeyTransport == KeyRSA15 {
		options.KeyTransport = encryption.RSA15
	}
	encrypted, err := encryption.Encrypt(assertion, cert, options)
	if err != nil {
		return fmt.Errorf("encrypt assertion for %s: %w", a.Name(), err)
	}
	place := assertion.Index()
	response.RemoveChild(assertion)
	response.InsertChildAt(place, encrypted)
	return nil
}
