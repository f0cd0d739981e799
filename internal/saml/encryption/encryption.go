// Package encryption encrypts SAML assertions for a service provider, as an
// identity provider with token encryption does, and decrypts them again
// (W3C XML Encryption 1.1; saml-core-2.0-os, section 2.3.4).
package encryption

import (
	"errors"
	"fmt"
	"io"
)

// Method is an encryption algorithm, by its URI.
type Method string

// Content encryption. Entra documents AES-256
// (learn.microsoft.com, "Configure Microsoft Entra SAML token encryption").
const (
	AES256CBC Method = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
	AES128CBC Method = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
	AES256GCM Method = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
	AES128GCM Method = "http://www.w3.org/2009/xmlenc11#aes128-gcm"
)

// Key transport. RSA 1.5 is here for service providers that know nothing
// better; XML Encryption 1.1, "RSA Version 1.5", says why not to use it.
const (
	RSAOAEPMGF1P Method = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
	RSA15        Method = "http://www.w3.org/2001/04/xmlenc#rsa-1_5"
)

const (
	nsEncryption = "http://www.w3.org/2001/04/xmlenc#"
	typeElement  = nsEncryption + "Element"
	uriSHA1      = "http://www.w3.org/2000/09/xmldsig#sha1"
)

// Options is how to encrypt. The zero value is what Entra does.
type Options struct {
	Content      Method // empty: AES256CBC
	KeyTransport Method // empty: RSAOAEPMGF1P

	// Random is where keys, nonces and padding come from; nil means
	// crypto/rand. With RSAOAEPMGF1P the same octets give the same result;
	// RSA15 draws its own padding.
	Random io.Reader
}

// Error says what is wrong with the shape of an EncryptedAssertion. It depends
// on what everybody can read, never on the private key.
type Error struct {
	Expected string
	Got      string
	Where    string // path in the document
}

func (e *Error) Error() string {
	return fmt.Sprintf("not an encrypted assertion at %s: expected %s, got %s", e.Where, e.Expected, e.Got)
}

// ErrDecryption is the one answer to every ciphertext that does not decrypt to
// XML. A sender who could tell a bad padding from bad XML could read messages
// that are not for him (Jager and Somorovsky, "How to Break XML Encryption",
// 2011).
var ErrDecryption = errors.New("the assertion does not decrypt with this key")

// keySize returns the length in bytes of the keys of a content encryption, and
// 0 for anything else.
func (m Method) keySize() int {
	switch m {
	case AES256CBC, AES256GCM:
		return 32
	case AES128CBC, AES128GCM:
		return 16
	}
	return 0
}
