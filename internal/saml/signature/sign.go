// Package signature makes and verifies enveloped XML signatures on SAML
// messages, over exclusive canonical XML.
package signature

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// Algorithm is a signature algorithm with its digest.
type Algorithm string

// The algorithms that Entra offers.
const (
	SHA256 Algorithm = "sha256"
	SHA1   Algorithm = "sha1"
)

// Algorithm URIs (xmldsig-core, RFC 6931).
const (
	uriEnveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	uriExcC14N   = "http://www.w3.org/2001/10/xml-exc-c14n#"
	uriRSASHA1   = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
	uriRSASHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	uriRSASHA384 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"
	uriRSASHA512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
	uriSHA1      = "http://www.w3.org/2000/09/xmldsig#sha1"
	uriSHA256    = "http://www.w3.org/2001/04/xmlenc#sha256"
	uriSHA384    = "http://www.w3.org/2001/04/xmldsig-more#sha384"
	uriSHA512    = "http://www.w3.org/2001/04/xmlenc#sha512"
)

// Sign puts a Signature over e into e, at child position index. The element
// declares every namespace that it uses and bears an ID attribute.
func Sign(e *etree.Element, index int, key *rsa.PrivateKey, cert *x509.Certificate, algorithm Algorithm) error {
	if document.Attr(e, "ID") == "" {
		return errors.New("sign: the element has no ID")
	}
	ctx, err := dsig.NewSigningContext(key, [][]byte{cert.Raw})
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	switch algorithm {
	case SHA256, "":
		ctx.Hash = crypto.SHA256
	case SHA1:
		ctx.Hash = crypto.SHA1
	default:
		return fmt.Errorf("sign: unknown algorithm %q", algorithm)
	}
	ctx.Prefix = "" // Entra declares the namespace on Signature and uses no prefix
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	// Canonicalisation edits what it is given.
	built, err := ctx.ConstructSignature(e.Copy(), true)
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	e.InsertChildAt(index, built)
	return nil
}

// AfterIssuer returns the child position after Issuer, where the SAML schema
// wants the Signature.
func AfterIssuer(e *etree.Element) int {
	if issuer := document.Child(e, saml.NSAssertion, "Issuer"); issuer != nil {
		return issuer.Index() + 1
	}
	return 0
}
