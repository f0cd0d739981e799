package encryption

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/subtle"
	"fmt"
	"io"
)

// wrap encrypts a content key for its recipient. SHA-1 inside OAEP is what the
// URI of rsa-oaep-mgf1p means where no other digest is named, and is not
// weakened by collisions (XML Encryption 1.1, "RSA-OAEP").
func wrap(m Method, recipient *rsa.PublicKey, key []byte, random io.Reader) ([]byte, error) {
	var wrapped []byte
	var err error
	if m == RSA15 {
		//lint:ignore SA1019 XML Encryption defines it, and only who asks for it gets it
		wrapped, err = rsa.EncryptPKCS1v15(random, recipient, key)
	} else {
		wrapped, err = rsa.EncryptOAEP(sha1.New(), random, recipient, key, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("encrypt content key: %w", err)
	}
	return wrapped, nil
}

// unwrap decrypts a content key of size bytes. It always returns a key: with
// ok 0 a random one. A bad RSA 1.5 padding gives a random key with ok 1, since
// nothing may tell it from a wrong key (RFC 3218, section 2.3.2).
func unwrap(m Method, recipient *rsa.PrivateKey, wrapped []byte, size int) (key []byte, ok int) {
	key = make([]byte, size)
	rand.Read(key) // never fails
	if m == RSA15 {
		//lint:ignore SA1019 this is the variant without a padding oracle
		if err := rsa.DecryptPKCS1v15SessionKey(nil, recipient, wrapped, key); err != nil {
			return key, 0
		}
		return key, 1
	}
	got, err := rsa.DecryptOAEP(sha1.New(), nil, recipient, wrapped, nil)
	if err != nil || subtle.ConstantTimeEq(int32(len(got)), int32(size)) == 0 {
		return key, 0
	}
	return got, 1
}
