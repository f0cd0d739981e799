package encryption

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

const plainAssertion = `<Assertion ID="_a" xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><Issuer>https://sts.windows.net/t/</Issuer></Assertion>`

func cipherTexts(t testing.TB, encrypted *etree.Element) (key, content *etree.Element) {
	t.Helper()
	key = encrypted.FindElement(".//EncryptedKey/CipherData/CipherValue")
	content = encrypted.FindElement("./EncryptedData/CipherData/CipherValue")
	if key == nil || content == nil {
		t.Fatalf("no two ciphertexts in %s", write(t, encrypted))
	}
	return key, content
}

// replaceContent encrypts plain anew, with a key of our own.
func replaceContent(t testing.TB, encrypted *etree.Element, to pair, m Method, plain string) {
	t.Helper()
	key := bytes.Repeat([]byte{7}, m.keySize())
	sealed, err := seal(m, key, []byte(plain), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	setCiphertexts(t, encrypted, to, RSAOAEPMGF1P, key, sealed)
}

func setCiphertexts(t testing.TB, encrypted *etree.Element, to pair, transport Method, key, sealed []byte) {
	t.Helper()
	wrapped, err := wrap(transport, &to.key.PublicKey, key, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keyValue, contentValue := cipherTexts(t, encrypted)
	keyValue.SetText(base64.StdEncoding.EncodeToString(wrapped))
	contentValue.SetText(base64.StdEncoding.EncodeToString(sealed))
}

// sealRaw encrypts blocks in CBC mode as they are, padding included.
func sealRaw(t testing.TB, key, blocks []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	sealed := make([]byte, aes.BlockSize+len(blocks))
	cipher.NewCBCEncrypter(block, sealed[:aes.BlockSize]).CryptBlocks(sealed[aes.BlockSize:], blocks)
	return sealed
}

// A service that answers two faults in two ways decrypts for whoever asks
// (Jager and Somorovsky, 2011; Bleichenbacher, 1998).
func TestEveryDecryptionFaultLooksTheSame(t *testing.T) {
	to, other := recipient(t), issuer(t)
	key32 := bytes.Repeat([]byte{7}, 32)
	// flip changes one octet of a base64 text.
	flip := func(e *etree.Element, at int) {
		octets, err := base64.StdEncoding.DecodeString(e.Text())
		if err != nil {
			t.Fatal(err)
		}
		if at < 0 {
			at += len(octets)
		}
		octets[at] ^= 0x80
		e.SetText(base64.StdEncoding.EncodeToString(octets))
	}
	truncate := func(e *etree.Element, by int) {
		octets, err := base64.StdEncoding.DecodeString(e.Text())
		if err != nil {
			t.Fatal(err)
		}
		e.SetText(base64.StdEncoding.EncodeToString(octets[:max(0, len(octets)-by)]))
	}
	onKey := func(change func(*etree.Element)) func(*etree.Element) {
		return func(e *etree.Element) { key, _ := cipherTexts(t, e); change(key) }
	}
	onContent := func(change func(*etree.Element)) func(*etree.Element) {
		return func(e *etree.Element) { _, content := cipherTexts(t, e); change(content) }
	}
	// padded is a ciphertext whose last block ends in the octet last.
	padded := func(last byte) func(*etree.Element) {
		return func(e *etree.Element) {
			blocks := append([]byte(plainAssertion), bytes.Repeat([]byte(" "), 2*aes.BlockSize-len(plainAssertion)%aes.BlockSize)...)
			blocks[len(blocks)-1] = last
			setCiphertexts(t, e, to, RSAOAEPMGF1P, key32, sealRaw(t, key32, blocks))
		}
	}
	plain := func(text string) func(*etree.Element) {
		return func(e *etree.Element) { replaceContent(t, e, to, AES256CBC, text) }
	}
	cbc, gcm, rsa15 := Options{}, Options{Content: AES256GCM}, Options{KeyTransport: RSA15}
	for _, test := range []struct {
		name   string
		o      Options
		change func(*etree.Element)
	}{
		{"key of another recipient", cbc, func(e *etree.Element) {
			setCiphertexts(t, e, other, RSAOAEPMGF1P, key32, sealRaw(t, key32, make([]byte, 32)))
		}},
		{"key of another recipient, RSA 1.5", rsa15, func(e *etree.Element) { setCiphertexts(t, e, other, RSA15, key32, sealRaw(t, key32, make([]byte, 32))) }},
		{"encrypted key changed", cbc, onKey(func(e *etree.Element) { flip(e, 100) })},
		{"encrypted key changed, RSA 1.5 (Bleichenbacher)", rsa15, onKey(func(e *etree.Element) { flip(e, 100) })},
		{"encrypted key truncated", cbc, onKey(func(e *etree.Element) { truncate(e, 1) })},
		{"encrypted key truncated, RSA 1.5", rsa15, onKey(func(e *etree.Element) { truncate(e, 1) })},
		{"encrypted key empty", cbc, onKey(func(e *etree.Element) { e.SetText("") })},
		{"encrypted key empty, RSA 1.5", rsa15, onKey(func(e *etree.Element) { e.SetText("") })},
		{"encrypted key above the modulus", cbc, onKey(func(e *etree.Element) { e.SetText(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 256))) })},
		{"encrypted key too long", rsa15, onKey(func(e *etree.Element) { e.SetText(strings.Repeat("AAAA", 1000)) })},
		{"content key of another length", cbc, func(e *etree.Element) {
			setCiphertexts(t, e, to, RSAOAEPMGF1P, key32[:16], sealRaw(t, key32[:16], make([]byte, 32)))
		}},
		{"content key of another length, RSA 1.5", rsa15, func(e *etree.Element) {
			setCiphertexts(t, e, to, RSA15, key32[:16], sealRaw(t, key32[:16], make([]byte, 32)))
		}},
		{"other transport than was used", cbc, func(e *etree.Element) { setCiphertexts(t, e, to, RSA15, key32, sealRaw(t, key32, make([]byte, 32))) }},
		{"CBC: content empty", cbc, onContent(func(e *etree.Element) { e.SetText("") })},
		{"CBC: vector alone", cbc, onContent(func(e *etree.Element) { e.SetText(base64.StdEncoding.EncodeToString(make([]byte, 16))) })},
		{"CBC: ragged", cbc, onContent(func(e *etree.Element) { truncate(e, 1) })},
		{"CBC: a block short", cbc, onContent(func(e *etree.Element) { truncate(e, 16) })},
		{"CBC: padding octet changed (GHSA-hwqm-qvj9-4jr2)", cbc, onContent(func(e *etree.Element) { flip(e, -17) })},
		{"CBC: first block changed through the vector", cbc, onContent(func(e *etree.Element) { flip(e, 0) })},
		{"CBC: padding of 0", cbc, padded(0)},
		{"CBC: padding of 17, as if blocks were larger", cbc, padded(17)},
		{"CBC: padding of 255", cbc, padded(255)},
		{"GCM: content empty", gcm, onContent(func(e *etree.Element) { e.SetText("") })},
		{"GCM: nonce alone", gcm, onContent(func(e *etree.Element) { e.SetText(base64.StdEncoding.EncodeToString(make([]byte, 12))) })},
		{"GCM: tag truncated", gcm, onContent(func(e *etree.Element) { truncate(e, 1) })},
		{"GCM: tag changed", gcm, onContent(func(e *etree.Element) { flip(e, -1) })},
		{"GCM: content changed", gcm, onContent(func(e *etree.Element) { flip(e, 20) })},
		{"GCM: nonce changed", gcm, onContent(func(e *etree.Element) { flip(e, 0) })},
		{"plaintext empty", cbc, plain("")},
		{"plaintext not XML", cbc, plain("hello")},
		{"plaintext with a document type (XXE)", cbc, plain(`<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>`)},
		{"plaintext of two elements", cbc, plain("<a/><b/>")},
		{"plaintext too deep", cbc, plain(strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000))},
	} {
		t.Run(test.name, func(t *testing.T) {
			encrypted, err := Encrypt(parse(t, plainAssertion), to.cert, test.o)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Decrypt(encrypted, to.key); err != nil {
				t.Fatalf("before the change: %v", err)
			}
			test.change(encrypted)
			// Identity, not errors.Is: nothing may be wrapped around it.
			if got, err := Decrypt(encrypted, to.key); err != ErrDecryption || got != nil {
				t.Errorf("Decrypt = %v, %v; want nothing and ErrDecryption", got, err)
			}
		})
	}
}

func TestPaddingLengths(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 16)
	for last := range 256 {
		blocks := bytes.Repeat([]byte("x"), 3*aes.BlockSize)
		blocks[len(blocks)-1] = byte(last)
		plain, ok := open(AES128CBC, key, sealRaw(t, key, blocks))
		if want := last >= 1 && last <= aes.BlockSize; (ok == 1) != want {
			t.Errorf("padding of %d: ok = %d, want %v", last, ok, want)
		} else if want && len(plain) != len(blocks)-last {
			t.Errorf("padding of %d: %d octets left of %d", last, len(plain), len(blocks))
		}
	}
}

// Of a CBC padding only the last octet means something (XML Encryption 1.1,
// "Padding"), and a whole block of it is as good as one octet.
func TestPaddingOfOtherIssuers(t *testing.T) {
	to := recipient(t)
	key := bytes.Repeat([]byte{7}, 32)
	for n := 1; n <= aes.BlockSize; n++ {
		for _, filler := range []byte{0, byte(n), 0xff} { // ANSI X9.23, PKCS #7, arbitrary
			encrypted, err := Encrypt(parse(t, plainAssertion), to.cert, Options{})
			if err != nil {
				t.Fatal(err)
			}
			text := "<a>" + strings.Repeat("x", 4*aes.BlockSize-n-len("<a></a>")) + "</a>"
			blocks := append([]byte(text), bytes.Repeat([]byte{filler}, n)...)
			blocks[len(blocks)-1] = byte(n)
			setCiphertexts(t, encrypted, to, RSAOAEPMGF1P, key, sealRaw(t, key, blocks))
			got, err := Decrypt(encrypted, to.key)
			if err != nil {
				t.Fatalf("%d octets of %d: %v", n, filler, err)
			}
			// The declaration comes from EncryptedAssertion.
			got.RemoveAttr("xmlns")
			if written := write(t, got); written != text {
				t.Errorf("%d octets of %d: plaintext = %q, want %q", n, filler, written, text)
			}
		}
	}
}

func TestLayoutsOfOtherIssuers(t *testing.T) {
	to := recipient(t)
	for _, test := range []struct {
		name   string
		change func(e *etree.Element)
	}{
		{"EncryptedKey beside EncryptedData (saml-core-2.0-os, section 2.2.4)", func(e *etree.Element) { e.AddChild(e.FindElement(".//EncryptedKey")) }},
		{"no digest named: SHA-1", func(e *etree.Element) {
			method := e.FindElement(".//DigestMethod")
			method.Parent().RemoveChild(method)
		}},
		{"no Type", func(e *etree.Element) { e.FindElement("./EncryptedData").RemoveAttr("Type") }},
		{"line breaks in base64", func(e *etree.Element) {
			for _, value := range e.FindElements(".//CipherValue") {
				value.SetText("\n  " + value.Text()[:76] + "\r\n" + value.Text()[76:] + "\n")
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			encrypted, err := Encrypt(parse(t, plainAssertion), to.cert, Options{})
			if err != nil {
				t.Fatal(err)
			}
			test.change(encrypted)
			got, err := Decrypt(encrypted, to.key)
			if err != nil {
				t.Fatalf("%v\n%s", err, write(t, encrypted))
			}
			if !document.Is(got, saml.NSAssertion, "Assertion") {
				t.Errorf("decrypted = %s", write(t, got))
			}
		})
	}
}

func TestDecryptOfNothing(t *testing.T) {
	to := recipient(t)
	var shape *Error
	if _, err := Decrypt(nil, to.key); !errors.As(err, &shape) {
		t.Errorf("Decrypt(nil) = %v, want an *Error", err)
	}
	if _, err := Decrypt(parse(t, plainAssertion), to.key); !errors.As(err, &shape) {
		t.Errorf("Decrypt of a plain Assertion = %v, want an *Error", err)
	}
	encrypted, err := Encrypt(parse(t, plainAssertion), to.cert, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decrypt(encrypted, nil); err == nil || errors.Is(err, ErrDecryption) {
		t.Errorf("Decrypt without a key = %v, want it to say so", err)
	}
	_, content := cipherTexts(t, encrypted)
	content.SetText(strings.Repeat("AAAA", maxSealed/3+2))
	if _, err := Decrypt(encrypted, to.key); !errors.As(err, &shape) || !strings.Contains(err.Error(), "at most 2097216 bytes") {
		t.Errorf("Decrypt of a huge ciphertext = %v, want it refused for its size", err)
	}
}
