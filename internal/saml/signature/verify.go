package signature

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// Reason says which rule a signature breaks.
type Reason string

// The reasons for which a signature is refused.
const (
	Missing     Reason = "missing"     // there is no signature over the element
	Structure   Reason = "structure"   // not the one shape that is accepted
	BadMethod   Reason = "algorithm"   // an algorithm or transform that is not allowed
	Untrusted   Reason = "untrusted"   // no trusted certificate made it
	CertExpired Reason = "certificate" // the certificate that made it is outside its validity
	Tampered    Reason = "tampered"    // the content is not what was signed
)

// Error says why a signature was refused.
type Error struct {
	Reason   Reason
	Expected string
	Got      string
	Where    string // path in the document
}

func (e *Error) Error() string {
	return fmt.Sprintf("signature refused (%s) at %s: expected %s, got %s", e.Reason, e.Where, e.Expected, e.Got)
}

// Policy is what a verifier accepts beyond the fixed rules.
type Policy struct {
	AllowSHA1         bool // accept rsa-sha1 and sha1 digests
	AllowExpiredCerts bool // accept certificates outside their validity
	// IssuerOptional accepts elements without an Issuer, whose Signature then is
	// the first child: metadata, and responses that leave it out.
	IssuerOptional bool
}

// Verified is the result of a verification.
type Verified struct {
	Element   *etree.Element // parsed anew from the very bytes that were signed
	Cert      *x509.Certificate
	Algorithm string // URI of the signature method
}

// Has reports whether e has a Signature as a direct child.
func Has(e *etree.Element) bool { return document.Child(e, saml.NSSignature, "Signature") != nil }

// Verify checks the signature that e carries over itself, made with the key of
// one of certs, and returns the element as it was signed: read nothing from e
// afterwards. KeyInfo never adds trust: a certificate in it must be one of
// certs.
//
// The accepted shape is the one of saml-core-2.0-os, section 5.4, without its
// leeway: the Signature is a direct child of e right after Issuer and holds one
// SignedInfo with one Reference to e's own ID, by the enveloped-signature and
// exclusive canonicalisation transforms only.
func Verify(e *etree.Element, certs []*x509.Certificate, now time.Time, policy Policy) (*Verified, error) {
	sig, err := checkShape(e, policy)
	if err != nil {
		return nil, err
	}
	if len(certs) == 0 {
		return nil, &Error{Untrusted, "a trusted certificate", "none is configured", document.Path(sig)}
	}
	if err := checkKeyInfo(sig, certs); err != nil {
		return nil, err
	}
	method := methodOf(sig, "SignatureMethod")
	tampered := false
	for _, cert := range certs {
		if !policy.AllowExpiredCerts && (now.Before(cert.NotBefore) || now.After(cert.NotAfter)) {
			// Only worth saying if this certificate would have fitted.
			if _, err := validate(e, cert, cert.NotBefore); err == nil {
				got := fmt.Sprintf("%s, valid from %s to %s", describe(cert), cert.NotBefore.Format(time.RFC3339), cert.NotAfter.Format(time.RFC3339))
				return nil, &Error{CertExpired, "a certificate valid at " + now.Format(time.RFC3339), got, document.Path(sig)}
			}
			continue
		}
		at := now
		if policy.AllowExpiredCerts {
			at = cert.NotBefore
		}
		verified, err := validate(e, cert, at)
		if err == nil {
			return &Verified{Element: verified, Cert: cert, Algorithm: method}, nil
		}
		// goxmldsig says this once the key has fitted and the digest has not.
		tampered = tampered || strings.Contains(err.Error(), "Signature could not be verified")
	}
	if tampered {
		return nil, &Error{Tampered, "content with the digest that was signed", "other content", document.Path(e)}
	}
	return nil, &Error{Untrusted, "a signature by " + describeAll(certs), "one that none of these keys made", document.Path(sig)}
}

// validate hands a detached copy to goxmldsig, which edits what it verifies.
func validate(e *etree.Element, cert *x509.Certificate, at time.Time) (*etree.Element, error) {
	ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{cert}})
	ctx.IdAttribute = "ID"
	ctx.Clock = dsig.NewFakeClockAt(at)
	copied := detach(e)
	// checkKeyInfo has compared the certificate with the trusted ones; without
	// KeyInfo every trusted key gets its turn.
	for _, child := range copied.ChildElements() {
		if child.Tag == "Signature" {
			for _, info := range child.ChildElements() {
				if info.Tag == "KeyInfo" {
					child.RemoveChild(info)
				}
			}
		}
	}
	return ctx.Validate(copied)
}

// detach copies e with the namespace declarations of its ancestors, so that
// prefixes keep their meaning outside the document. Exclusive canonicalisation
// writes only the declarations that are used, so the extra ones do not count.
func detach(e *etree.Element) *etree.Element {
	copied := e.Copy()
	declared := make(map[string]bool)
	for _, attr := range e.Attr {
		if isDeclaration(attr) {
			declared[attr.Space+":"+attr.Key] = true
		}
	}
	for parent := e.Parent(); parent != nil && parent.Tag != ""; parent = parent.Parent() {
		for _, attr := range parent.Attr {
			if key := attr.Space + ":" + attr.Key; isDeclaration(attr) && !declared[key] {
				declared[key] = true
				copied.CreateAttr(attr.FullKey(), attr.Value)
			}
		}
	}
	return copied
}

func isDeclaration(attr etree.Attr) bool {
	return attr.Space == "xmlns" || attr.Space == "" && attr.Key == "xmlns"
}

func checkShape(e *etree.Element, policy Policy) (*etree.Element, error) {
	sigs := document.Children(e, saml.NSSignature, "Signature")
	path := document.Path(e)
	structure := func(where *etree.Element, expected, got string) error {
		return &Error{Structure, expected, got, document.Path(where)}
	}
	switch len(sigs) {
	case 0:
		return nil, &Error{Missing, "a Signature in " + path, "none", path}
	case 1:
	default:
		return nil, structure(e, "one Signature", fmt.Sprintf("%d", len(sigs)))
	}
	sig := sigs[0]
	siblings := e.ChildElements()
	afterIssuer := slices.Index(siblings, sig) == 1 && document.Is(siblings[0], saml.NSAssertion, "Issuer")
	first := policy.IssuerOptional && siblings[0] == sig && document.Child(e, saml.NSAssertion, "Issuer") == nil
	if !afterIssuer && !first {
		return nil, structure(sig, "Signature right after Issuer", "another place")
	}
	for _, name := range []string{"SignedInfo", "SignatureValue"} {
		if n := len(document.Children(sig, saml.NSSignature, name)); n != 1 {
			return nil, structure(sig, "one "+name, fmt.Sprintf("%d", n))
		}
	}
	for _, child := range sig.ChildElements() {
		if child.NamespaceURI() != saml.NSSignature || child.Tag != "SignedInfo" && child.Tag != "SignatureValue" && child.Tag != "KeyInfo" {
			return nil, structure(child, "SignedInfo, SignatureValue and KeyInfo only", child.Tag)
		}
	}
	info := document.Child(sig, saml.NSSignature, "SignedInfo")
	refs := document.Children(info, saml.NSSignature, "Reference")
	if len(refs) != 1 || len(info.ChildElements()) != 3 {
		return nil, structure(info, "CanonicalizationMethod, SignatureMethod and one Reference", fmt.Sprintf("%d references", len(refs)))
	}
	ref := refs[0]
	id := document.Attr(e, "ID")
	if uri := document.Attr(ref, "URI"); id == "" || uri != "#"+id {
		return nil, structure(ref, "a reference to the element's own ID, #"+id, uri)
	}
	if err := checkMethods(info, ref, policy); err != nil {
		return nil, err
	}
	for _, leaf := range []*etree.Element{document.Child(ref, saml.NSSignature, "DigestValue"), document.Child(sig, saml.NSSignature, "SignatureValue")} {
		if text, ok := document.Text(leaf); !ok || strings.TrimSpace(text) == "" {
			// A comment in DigestValue splits what is compared from what is
			// signed (CVE-2025-29775).
			return nil, structure(sig, "DigestValue and SignatureValue of plain text", "something else")
		}
	}
	return sig, nil
}

func checkMethods(info, ref *etree.Element, policy Policy) error {
	refuse := func(where *etree.Element, expected, got string) error {
		return &Error{BadMethod, expected, got, document.Path(where)}
	}
	if c14n := methodOf(info, "CanonicalizationMethod"); c14n != uriExcC14N {
		return refuse(info, uriExcC14N, c14n)
	}
	transforms := document.Children(document.Child(ref, saml.NSSignature, "Transforms"), saml.NSSignature, "Transform")
	var got []string
	for _, transform := range transforms {
		got = append(got, document.Attr(transform, "Algorithm"))
	}
	if !slices.Equal(got, []string{uriEnveloped, uriExcC14N}) {
		return refuse(ref, "the transforms enveloped-signature and exclusive canonicalisation", strings.Join(got, ", "))
	}
	methods := []string{uriRSASHA256, uriRSASHA384, uriRSASHA512}
	digests := []string{uriSHA256, uriSHA384, uriSHA512}
	if policy.AllowSHA1 {
		methods, digests = append(methods, uriRSASHA1), append(digests, uriSHA1)
	}
	if method := methodOf(info, "SignatureMethod"); !slices.Contains(methods, method) {
		return refuse(info, "RSA with SHA-256 or better", method)
	}
	if digest := document.Attr(document.Child(ref, saml.NSSignature, "DigestMethod"), "Algorithm"); !slices.Contains(digests, digest) {
		return refuse(ref, "a SHA-256 digest or better", digest)
	}
	return nil
}

// methodOf finds the algorithm of a method element in a Signature or SignedInfo.
func methodOf(e *etree.Element, name string) string {
	if info := document.Child(e, saml.NSSignature, "SignedInfo"); info != nil {
		e = info
	}
	return document.Attr(document.Child(e, saml.NSSignature, name), "Algorithm")
}

// checkKeyInfo refuses a signature that names a certificate we do not trust,
// even if a trusted key made it: somebody is confused, or worse.
func checkKeyInfo(sig *etree.Element, certs []*x509.Certificate) error {
	infos := document.Children(sig, saml.NSSignature, "KeyInfo")
	if len(infos) > 1 {
		return &Error{Structure, "at most one KeyInfo", fmt.Sprintf("%d", len(infos)), document.Path(sig)}
	}
	if len(infos) == 0 {
		return nil
	}
	var fault error
	document.Walk(infos[0], func(e *etree.Element) bool {
		if !document.Is(e, saml.NSSignature, "X509Certificate") {
			return true
		}
		text, ok := document.Text(e)
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		trusted := slices.ContainsFunc(certs, func(c *x509.Certificate) bool { return bytes.Equal(c.Raw, der) })
		if !ok || err != nil || !trusted {
			fault = &Error{Untrusted, "a signature by " + describeAll(certs), "one by the certificate with thumbprint " + Thumbprint(der), document.Path(e)}
			return false
		}
		return true
	})
	return fault
}

// Thumbprint is the SHA-1 of a DER certificate in upper-case hex, as the
// consoles show it.
func Thumbprint(der []byte) string {
	sum := sha1.Sum(der)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func describe(cert *x509.Certificate) string {
	return fmt.Sprintf("the certificate with thumbprint %s", Thumbprint(cert.Raw))
}

func describeAll(certs []*x509.Certificate) string {
	names := make([]string, len(certs))
	for i, cert := range certs {
		names[i] = describe(cert)
	}
	return strings.Join(names, " or ")
}
