package encryption_test

import (
	"fmt"
	"log"
	"time"

	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/encryption"
)

func Example() {
	key, err := keys.Process.Get(0)
	if err != nil {
		log.Fatal(err)
	}
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	cert, err := keys.SelfSigned(key, "sp.contoso.example", start, start.AddDate(3, 0, 0), ids.New(1))
	if err != nil {
		log.Fatal(err)
	}
	doc, err := document.Parse([]byte(`<Assertion ID="_a" xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>`))
	if err != nil {
		log.Fatal(err)
	}
	encrypted, err := encryption.Encrypt(doc.Root(), cert, encryption.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(encrypted.Tag)
	assertion, err := encryption.Decrypt(encrypted, key)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(assertion.Tag, document.Attr(assertion, "ID"))
	// Output:
	// EncryptedAssertion
	// Assertion _a
}
