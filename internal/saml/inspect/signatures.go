package inspect

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/signature"
)

// policy is lenient where a warning says enough: whether SHA-1 and old
// certificates are accepted differs from receiver to receiver.
var policy = signature.Policy{AllowSHA1: true, AllowExpiredCerts: true, IssuerOptional: true}

// queryPath stands for the place of a signature of the Redirect binding.
const queryPath = "the query (Redirect binding)"

// verifySignatures verifies the signatures that stand where they belong, notes
// the others, and chooses what the summary is read from.
func (x *examination) verifySignatures() {
	rootTrusted := x.verifyQuery()
	known := make(map[*etree.Element]bool)
	for _, sig := range document.Children(x.root, saml.NSSignature, "Signature") {
		known[sig] = true
	}
	if signature.Has(x.root) {
		shown, s := x.verify(x.root, document.Path(x.root))
		x.m.Signatures = append(x.m.Signatures, s)
		if shown != nil {
			x.shown, rootTrusted = shown, true
		}
	}
	signed := x.signedParts(rootTrusted)
	for i, p := range x.parts {
		p.trusted = rootTrusted
		if p.raw == nil {
			continue
		}
		if rootTrusted && i < len(signed) && p.encrypted == nil {
			p.shown = signed[i]
		}
		if p.raw == x.root || !signature.Has(p.raw) {
			continue
		}
		for _, sig := range document.Children(p.raw, saml.NSSignature, "Signature") {
			known[sig] = true
		}
		shown, s := x.verify(p.raw, p.where)
		x.m.Signatures = append(x.m.Signatures, s)
		if shown != nil {
			p.shown, p.trusted = shown, true
		}
	}
	document.Walk(x.root, func(e *etree.Element) bool {
		if e.Tag == "Signature" && !known[e] && x.root.NamespaceURI() != saml.NSMetadata {
			s := x.describeSignature(e, "nothing")
			s.Problem = "it stands where no signature belongs, and was not looked at"
			x.m.Signatures = append(x.m.Signatures, s)
		}
		return true
	})
}

// signedParts are the assertions of a signed response, in the order of parts.
func (x *examination) signedParts(trusted bool) []*etree.Element {
	if !trusted {
		return nil
	}
	if x.root.NamespaceURI() == saml.NSAssertion {
		return []*etree.Element{x.shown}
	}
	var out []*etree.Element
	for _, e := range x.shown.ChildElements() {
		if document.Is(e, saml.NSAssertion, "Assertion") || document.Is(e, saml.NSAssertion, "EncryptedAssertion") {
			out = append(out, e)
		}
	}
	return out
}

// verify looks at the signature that e carries over itself. It returns what was
// signed when a trusted certificate made it.
func (x *examination) verify(e *etree.Element, where string) (*etree.Element, Signature) {
	sig := document.Child(e, saml.NSSignature, "Signature")
	s := x.describeSignature(sig, where)
	s.where = where + "/Signature"
	if certs := certificatesIn(sig); len(certs) > 0 {
		_, err := signature.Verify(e, certs, x.Now, policy)
		s.Intact = new(err == nil)
		if err != nil && len(x.Certificates) == 0 {
			s.Problem = explain(err)
		}
	}
	if len(x.Certificates) == 0 {
		return nil, s
	}
	verified, err := signature.Verify(e, x.Certificates, x.Now, policy)
	if err != nil {
		s.Problem = explain(err)
		return nil, s
	}
	s.VerifiedWith = signature.Thumbprint(verified.Cert.Raw)
	x.warnExpired(verified.Cert, where)
	return verified.Element, s
}

func explain(err error) string {
	var fault *signature.Error
	if errors.As(err, &fault) {
		return fmt.Sprintf("expected %s, got %s", fault.Expected, fault.Got)
	}
	var detached *binding.Error
	if errors.As(err, &detached) {
		return fmt.Sprintf("expected %s, got %s", detached.Expected, detached.Got)
	}
	return err.Error()
}

// describeSignature says what a Signature says of itself.
func (x *examination) describeSignature(sig *etree.Element, covers string) Signature {
	info := child(sig, saml.NSSignature, "SignedInfo")
	ref := child(info, saml.NSSignature, "Reference")
	s := Signature{
		Covers: covers, where: document.Path(sig), Algorithm: document.Attr(child(info, saml.NSSignature, "SignatureMethod"), "Algorithm"),
		Digest: document.Attr(child(ref, saml.NSSignature, "DigestMethod"), "Algorithm"), Reference: document.Attr(ref, "URI"),
		KeyName: trimmed(child(child(sig, saml.NSSignature, "KeyInfo"), saml.NSSignature, "KeyName")),
	}
	if certs := certificatesIn(sig); len(certs) > 0 {
		s.Certificate = new(x.describe(certs[0]))
	}
	return s
}

// verifyQuery verifies the detached signature of the Redirect binding, which is
// over the whole message.
func (x *examination) verifyQuery() bool {
	names := make(map[string]bool)
	algorithm := ""
	for pair := range strings.SplitSeq(x.from.rawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		names[name] = true
		if name == "SigAlg" {
			algorithm = unescape(value)
		}
	}
	if !names["Signature"] && !names["SigAlg"] {
		return false
	}
	s := Signature{Covers: queryPath, where: "Signature", Algorithm: algorithm}
	if len(x.Certificates) > 0 {
		var err error
		for _, cert := range x.Certificates {
			if err = binding.VerifyRedirect(x.from.rawQuery, []*x509.Certificate{cert}, true); err == nil {
				s.VerifiedWith = signature.Thumbprint(cert.Raw)
				x.warnExpired(cert, queryPath)
				break
			}
		}
		if err != nil {
			s.Problem = explain(binding.VerifyRedirect(x.from.rawQuery, x.Certificates, true))
		}
	}
	x.m.Signatures = append(x.m.Signatures, s)
	return s.VerifiedWith != ""
}

func (x *examination) warnExpired(cert *x509.Certificate, where string) {
	if x.Now.Before(cert.NotBefore) || x.Now.After(cert.NotAfter) {
		x.code.warnings = append(x.code.warnings, Warning{
			Code: "certificate-expired", Where: where,
			Text: fmt.Sprintf("the certificate %s is valid from %s to %s only: some receivers refuse what it signs, others go on", signature.Thumbprint(cert.Raw),
				cert.NotBefore.UTC().Format(time.RFC3339), cert.NotAfter.UTC().Format(time.RFC3339)),
		})
	}
}

// checkSignature judges whether all that is shown is what a trusted certificate
// signed.
func (x *examination) checkSignature() {
	c := Check{Name: "signature", Asked: len(x.Certificates) > 0, Verdict: Pass}
	fail := func(where, detail, fix string) {
		if c.Verdict != Fail {
			c.Verdict, c.Where, c.Detail, c.Fix = Fail, where, detail, fix
		}
	}
	valid := ""
	for _, s := range x.m.Signatures {
		switch {
		case s.Problem != "":
			fail(s.where, s.Problem, x.adviceOn(s))
		case s.VerifiedWith != "":
			if valid != "" {
				valid += "; "
			}
			valid += s.Covers + " is signed with " + short(s.Algorithm) + " by the trusted certificate " + s.VerifiedWith
		}
	}
	if len(x.m.Signatures) == 0 {
		c.Where = document.Path(x.root)
		c.Detail, c.Verdict = "nothing is signed", Fail
		if !c.Asked && len(x.parts) == 0 {
			c.Verdict = Skipped // requests and errors often are not
		}
		x.add(c)
		return
	}
	if !c.Asked {
		x.integrity(c)
		return
	}
	if !x.wholeTrusted() {
		for _, p := range x.parts {
			switch {
			case p.raw == nil && !p.trusted:
				fail(p.where, "the assertion is encrypted, so a signature inside could not be verified", "give the private key of the receiver with --key")
			case !p.trusted:
				fail(p.where, "the assertion is not covered by any valid signature", "sign the assertion or the whole response; if some other assertion is signed, somebody has added this one")
			}
		}
		if len(x.parts) == 0 {
			fail(document.Path(x.root), "the message is not covered by any valid signature", "")
		}
	}
	if c.Verdict == Pass {
		c.Detail = valid
	}
	x.add(c)
}

// wholeTrusted reports whether the message as a whole is signed.
func (x *examination) wholeTrusted() bool {
	for _, s := range x.m.Signatures {
		if s.VerifiedWith != "" && (s.Covers == queryPath || s.Covers == document.Path(x.root)) {
			return true
		}
	}
	return false
}

// integrity says what can be said without a trusted certificate.
func (x *examination) integrity(c Check) {
	if c.Verdict == Pass {
		c.Verdict = Skipped
		c.Detail = "not checked: give the sender's certificate with --cert, or its metadata with --metadata"
		for _, s := range x.m.Signatures {
			if s.Intact != nil && *s.Intact {
				c.Detail = "undamaged, by the certificate in the message; whether that is the sender's, only --cert or --metadata can tell"
			}
		}
	}
	x.add(c)
}

// adviceOn says what to do about a signature that does not verify.
func (x *examination) adviceOn(s Signature) string {
	switch {
	case s.Intact != nil && *s.Intact && len(x.Certificates) > 0:
		return "the message is undamaged by the certificate that it carries, " + s.Certificate.Thumbprint +
			": the sender has changed its certificate, or the one given is another sender's or application's; fetch its metadata again"
	case strings.Contains(s.Problem, "content with the digest"):
		return "the message was changed after it was signed; a proxy, an indenting tool or an editor is enough"
	case s.Covers == queryPath && strings.Contains(s.Problem, "none of these keys"):
		return "another certificate, or the parameters were escaped anew after they were signed; paste the URL as it was sent"
	case strings.HasPrefix(s.Problem, "it stands where"):
		return "do not accept the message: this is how signature wrapping looks"
	}
	return ""
}
