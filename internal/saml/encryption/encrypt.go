package encryption

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// Encrypt returns an EncryptedAssertion that holds e, for the owner of the
// recipient certificate's key. It leaves e as it is. The certificate's validity
// is not looked at.
//
// Entra's own octets are not public; the layout is the one that AD FS, of the
// same family, is seen to send.
func Encrypt(e *etree.Element, recipient *x509.Certificate, o Options) (*etree.Element, error) {
	if o.Content == "" {
		o.Content = AES256CBC
	}
	if o.KeyTransport == "" {
		o.KeyTransport = RSAOAEPMGF1P
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	switch {
	case e == nil:
		return nil, errors.New("encrypt assertion: there is none")
	case o.Content.keySize() == 0:
		return nil, fmt.Errorf("encrypt assertion: %q is no content encryption", o.Content)
	case o.KeyTransport != RSAOAEPMGF1P && o.KeyTransport != RSA15:
		return nil, fmt.Errorf("encrypt assertion: %q is no key transport", o.KeyTransport)
	case recipient == nil:
		return nil, errors.New("encrypt assertion: there is no certificate of the recipient")
	}
	public, ok := recipient.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("encrypt assertion: the recipient's certificate holds a %s key, not an RSA key", recipient.PublicKeyAlgorithm)
	}
	plain, err := serialise(e)
	if err != nil {
		return nil, fmt.Errorf("encrypt assertion: %w", err)
	}
	key := make([]byte, o.Content.keySize())
	if _, err := io.ReadFull(o.Random, key); err != nil {
		return nil, fmt.Errorf("encrypt assertion: draw content key: %w", err)
	}
	sealed, err := seal(o.Content, key, plain, o.Random)
	if err != nil {
		return nil, fmt.Errorf("encrypt assertion: %w", err)
	}
	wrapped, err := wrap(o.KeyTransport, public, key, o.Random)
	if err != nil {
		return nil, fmt.Errorf("encrypt assertion: %w", err)
	}
	encrypted, err := build(o, recipient, wrapped, sealed)
	if err != nil {
		return nil, fmt.Errorf("encrypt assertion: %w", err)
	}
	return encrypted, nil
}

// serialise writes e as a document of its own, in the spelling in which
// package document writes what it has parsed.
func serialise(e *etree.Element) ([]byte, error) {
	doc := etree.NewDocumentWithRoot(detach(e))
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	plain, err := doc.WriteToBytes()
	if err != nil {
		return nil, fmt.Errorf("write plaintext: %w", err)
	}
	if len(plain) > document.MaxBytes {
		return nil, fmt.Errorf("the plaintext has %d bytes, more than %d", len(plain), document.MaxBytes)
	}
	return plain, nil
}

func build(o Options, recipient *x509.Certificate, wrapped, sealed []byte) (*etree.Element, error) {
	// The order of the names as the certificate has it, which its parsed form
	// does not keep.
	var issuer pkix.RDNSequence
	if rest, err := asn1.Unmarshal(recipient.RawIssuer, &issuer); err != nil || len(rest) > 0 {
		return nil, errors.New("the issuer name of the recipient's certificate is malformed")
	}
	encrypted := etree.NewElement("EncryptedAssertion")
	encrypted.CreateAttr("xmlns", saml.NSAssertion)
	data := encrypted.CreateElement("xenc:EncryptedData")
	data.CreateAttr("Type", typeElement)
	data.CreateAttr("xmlns:xenc", nsEncryption)
	data.CreateElement("xenc:EncryptionMethod").CreateAttr("Algorithm", string(o.Content))
	keyInfo := data.CreateElement("KeyInfo")
	keyInfo.CreateAttr("xmlns", saml.NSSignature)

	encryptedKey := keyInfo.CreateElement("e:EncryptedKey")
	encryptedKey.CreateAttr("xmlns:e", nsEncryption)
	method := encryptedKey.CreateElement("e:EncryptionMethod")
	method.CreateAttr("Algorithm", string(o.KeyTransport))
	if o.KeyTransport == RSAOAEPMGF1P {
		method.CreateElement("DigestMethod").CreateAttr("Algorithm", uriSHA1)
	}
	x509Data := encryptedKey.CreateElement("KeyInfo").CreateElement("ds:X509Data")
	x509Data.CreateAttr("xmlns:ds", saml.NSSignature)
	issuerSerial := x509Data.CreateElement("ds:X509IssuerSerial")
	issuerSerial.CreateElement("ds:X509IssuerName").SetText(issuer.String())
	issuerSerial.CreateElement("ds:X509SerialNumber").SetText(recipient.SerialNumber.String())
	encryptedKey.CreateElement("e:CipherData").CreateElement("e:CipherValue").SetText(base64.StdEncoding.EncodeToString(wrapped))

	data.CreateElement("xenc:CipherData").CreateElement("xenc:CipherValue").SetText(base64.StdEncoding.EncodeToString(sealed))
	return encrypted, nil
}
