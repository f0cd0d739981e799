package encryption

import (
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// maxSealed bounds a ciphertext: the largest document with a nonce, padding
// and tag around it.
const maxSealed = document.MaxBytes + 64

// envelope is what an EncryptedAssertion says in the clear.
type envelope struct {
	content   Method
	transport Method
	wrapped   []byte // the content key
	sealed    []byte // the assertion
}

// Decrypt returns the element inside an EncryptedAssertion, as a document of
// its own: whether it is an assertion, and who signed it, is still to be
// judged, since everybody who has the certificate can encrypt.
//
// The error is an *Error if the EncryptedAssertion has another shape than the
// accepted one: one EncryptedData with one EncryptedKey, in its KeyInfo or
// beside it, by the methods of this package. Everything else is ErrDecryption.
func Decrypt(encrypted *etree.Element, key *rsa.PrivateKey) (*etree.Element, error) {
	if key == nil {
		return nil, errors.New("decrypt assertion: there is no private key")
	}
	env, err := read(encrypted)
	if err != nil {
		return nil, err
	}
	contentKey, keyOK := unwrap(env.transport, key, env.wrapped, env.content.keySize())
	plain, plainOK := open(env.content, contentKey, env.sealed)
	doc, err := document.Parse(plain) // even if ok is not, to take the same time
	if keyOK&plainOK == 0 || err != nil {
		return nil, ErrDecryption
	}
	// The plaintext is read in the scope of the place that it came from
	// (XML Encryption 1.1, "Decryption"): some issuers declare a prefix on the
	// Response only.
	root := doc.Root()
	inherit(root, encrypted)
	if document.Attr(root, "xmlns") == "" {
		// The declaration of no namespace has kept out the surrounding one. At
		// a root it says nothing more, and goxmldsig would canonicalise it.
		root.RemoveAttr("xmlns")
	}
	return root, nil
}

func read(encrypted *etree.Element) (*envelope, error) {
	if encrypted == nil {
		return nil, &Error{"an EncryptedAssertion", "none", "/"}
	}
	if !document.Is(encrypted, saml.NSAssertion, "EncryptedAssertion") {
		return nil, &Error{"an EncryptedAssertion", encrypted.FullTag(), document.Path(encrypted)}
	}
	data, err := only(encrypted, nsEncryption, "EncryptedData")
	if err != nil {
		return nil, err
	}
	if kind := document.Attr(data, "Type"); kind != "" && kind != typeElement {
		return nil, &Error{"Type " + typeElement, kind, document.Path(data)}
	}
	encryptedKey, err := findKey(encrypted, data)
	if err != nil {
		return nil, err
	}
	env := &envelope{}
	if env.content, err = contentMethod(data); err != nil {
		return nil, err
	}
	if env.transport, err = transportMethod(encryptedKey); err != nil {
		return nil, err
	}
	if env.wrapped, err = cipherValue(encryptedKey); err != nil {
		return nil, err
	}
	if env.sealed, err = cipherValue(data); err != nil {
		return nil, err
	}
	return env, nil
}

// findKey finds the EncryptedKey: inside EncryptedData, or next to it
// (saml-core-2.0-os, section 2.2.4).
func findKey(encrypted, data *etree.Element) (*etree.Element, error) {
	keys := document.Children(encrypted, nsEncryption, "EncryptedKey")
	for _, info := range document.Children(data, saml.NSSignature, "KeyInfo") {
		keys = append(keys, document.Children(info, nsEncryption, "EncryptedKey")...)
	}
	if len(keys) != 1 {
		return nil, &Error{"one EncryptedKey", fmt.Sprint(len(keys)), document.Path(data)}
	}
	return keys[0], nil
}

func contentMethod(data *etree.Element) (Method, error) {
	element, err := only(data, nsEncryption, "EncryptionMethod")
	if err != nil {
		return "", err
	}
	method := Method(document.Attr(element, "Algorithm"))
	if method.keySize() == 0 {
		return "", &Error{"AES-128 or AES-256 in CBC or GCM mode", fmt.Sprintf("%q", method), document.Path(element)}
	}
	return method, nil
}

func transportMethod(encryptedKey *etree.Element) (Method, error) {
	element, err := only(encryptedKey, nsEncryption, "EncryptionMethod")
	if err != nil {
		return "", err
	}
	method := Method(document.Attr(element, "Algorithm"))
	switch method {
	case RSA15:
		return method, nil
	case RSAOAEPMGF1P:
	default:
		return "", &Error{"rsa-oaep-mgf1p or rsa-1_5", fmt.Sprintf("%q", method), document.Path(element)}
	}
	for _, digest := range document.Children(element, saml.NSSignature, "DigestMethod") {
		if uri := document.Attr(digest, "Algorithm"); uri != uriSHA1 {
			return "", &Error{"OAEP with SHA-1", fmt.Sprintf("%q", uri), document.Path(digest)}
		}
	}
	if params := document.Child(element, nsEncryption, "OAEPparams"); params != nil {
		return "", &Error{"OAEP without parameters", "OAEPparams", document.Path(params)}
	}
	return method, nil
}

// cipherValue reads the ciphertext of e. A CipherReference, which would have us
// fetch it from anywhere, is not followed.
func cipherValue(e *etree.Element) ([]byte, error) {
	data, err := only(e, nsEncryption, "CipherData")
	if err != nil {
		return nil, err
	}
	value, err := only(data, nsEncryption, "CipherValue")
	if err != nil {
		return nil, err
	}
	text, ok := document.Text(value)
	if !ok {
		return nil, &Error{"plain text", "markup", document.Path(value)}
	}
	if text = strings.Join(strings.Fields(text), ""); len(text) > base64.StdEncoding.EncodedLen(maxSealed) {
		return nil, &Error{fmt.Sprintf("at most %d bytes", maxSealed), fmt.Sprintf("%d characters of base64", len(text)), document.Path(value)}
	}
	octets, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, &Error{"base64", err.Error(), document.Path(value)}
	}
	return octets, nil
}

// only returns the one child of e called name.
func only(e *etree.Element, ns, name string) (*etree.Element, error) {
	children := document.Children(e, ns, name)
	if len(children) != 1 {
		return nil, &Error{"one " + name, fmt.Sprint(len(children)), document.Path(e)}
	}
	return children[0], nil
}
