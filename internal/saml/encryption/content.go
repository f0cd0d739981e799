package encryption

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"fmt"
	"io"
)

// seal encrypts plain: initialisation vector or nonce first, for GCM the tag
// last (XML Encryption 1.1, "Block Encryption Algorithms").
func seal(m Method, key, plain []byte, random io.Reader) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make AES cipher: %w", err)
	}
	if m == AES128GCM || m == AES256GCM {
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			return nil, fmt.Errorf("make GCM: %w", err)
		}
		nonce := make([]byte, gcm.NonceSize())
		if _, err := io.ReadFull(random, nonce); err != nil {
			return nil, fmt.Errorf("draw nonce: %w", err)
		}
		return gcm.Seal(nonce, nonce, plain, nil), nil
	}
	// Only the last octet of the padding counts, it is the padding's length.
	// The others are random, as .NET's EncryptedXml pads (ISO 10126): a
	// recipient that expects PKCS #7 is wrong.
	padding := aes.BlockSize - len(plain)%aes.BlockSize
	sealed := make([]byte, aes.BlockSize+len(plain)+padding)
	iv, body := sealed[:aes.BlockSize], sealed[aes.BlockSize:]
	if _, err := io.ReadFull(random, iv); err != nil {
		return nil, fmt.Errorf("draw initialisation vector: %w", err)
	}
	copy(body, plain)
	if _, err := io.ReadFull(random, body[len(plain):]); err != nil {
		return nil, fmt.Errorf("draw padding: %w", err)
	}
	body[len(body)-1] = byte(padding)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(body, body)
	return sealed, nil
}

// open reverses seal. With ok 0 the plaintext is worthless, and with a bad CBC
// padding there still is one, so that a caller spends the same time on it.
func open(m Method, key, sealed []byte) (plain []byte, ok int) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, 0
	}
	if m == AES128GCM || m == AES256GCM {
		gcm, err := cipher.NewGCM(block)
		if err != nil || len(sealed) < gcm.NonceSize() {
			return nil, 0
		}
		plain, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], nil)
		if err != nil {
			return nil, 0
		}
		return plain, 1
	}
	if len(sealed) < 2*aes.BlockSize || len(sealed)%aes.BlockSize != 0 {
		return nil, 0
	}
	plain = make([]byte, len(sealed)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, sealed[:aes.BlockSize]).CryptBlocks(plain, sealed[aes.BlockSize:])
	padding := int(plain[len(plain)-1])
	ok = subtle.ConstantTimeLessOrEq(1, padding) & subtle.ConstantTimeLessOrEq(padding, aes.BlockSize)
	padding = subtle.ConstantTimeSelect(ok, padding, 1)
	return plain[:len(plain)-padding], ok
}
