package encryption

import (
	"bytes"
	"testing"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// FuzzDecrypt looks for panics, and for answers that are neither a result nor
// an error. Minimising whole documents takes nearly all of its time; run it
// with -fuzzminimizetime=5x.
func FuzzDecrypt(f *testing.F) {
	for _, content := range contents {
		for _, transport := range transports {
			encrypted, err := Encrypt(parse(f, plainAssertion), recipient(f).cert, Options{Content: content, KeyTransport: transport})
			if err != nil {
				f.Fatal(err)
			}
			f.Add(write(f, encrypted))
		}
	}
	f.Add(`<EncryptedAssertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>`)
	key := recipient(f).key
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := document.Parse([]byte(text))
		if err != nil {
			return
		}
		document.Walk(doc.Root(), func(e *etree.Element) bool {
			if document.Is(e, saml.NSAssertion, "EncryptedAssertion") {
				checkResult(t, e, func(e *etree.Element) (*etree.Element, error) { return Decrypt(e, key) })
			}
			return true
		})
	})
}

// FuzzDecryptContent gets behind the key transport, where ciphertexts are cut,
// unpadded and parsed: it chooses the plaintext blocks or the ciphertext.
func FuzzDecryptContent(f *testing.F) {
	f.Add(uint8(0), true, []byte(plainAssertion))
	f.Add(uint8(1), true, bytes.Repeat([]byte{16}, 16))
	f.Add(uint8(2), false, make([]byte, 28))
	f.Add(uint8(0), false, make([]byte, 31))
	to := recipient(f)
	f.Fuzz(func(t *testing.T, which uint8, seals bool, data []byte) {
		m := contents[int(which)%len(contents)]
		key := bytes.Repeat([]byte{7}, m.keySize())
		encrypted, err := Encrypt(parse(t, plainAssertion), to.cert, Options{Content: m})
		if err != nil {
			t.Fatal(err)
		}
		if seals {
			data = sealRaw(t, key, data[:len(data)/16*16])
		}
		setCiphertexts(t, encrypted, to, RSAOAEPMGF1P, key, data)
		checkResult(t, encrypted, func(e *etree.Element) (*etree.Element, error) { return Decrypt(e, to.key) })
	})
}

func checkResult(t *testing.T, e *etree.Element, decrypt func(*etree.Element) (*etree.Element, error)) {
	t.Helper()
	if got, err := decrypt(e); (got == nil) == (err == nil) {
		t.Errorf("Decrypt = %v, %v; want one of the two", got, err)
	}
}
