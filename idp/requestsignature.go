package idp

import (
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/signature"
)

// latestCertificates is how many of the most recently added certificates are
// tried when a request does not say which one signed it (learn.microsoft.com,
// "Enforce signed SAML authentication requests").
const latestCertificates = 2

// verification is what an application demands of its requests, to read.
type verification struct {
	Verification
	certs []*x509.Certificate
	now   time.Time
	// expiredToo says that the validity of a certificate does not matter.
	expiredToo bool
}

func (a *Application) verification() verification {
	t := a.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	return verification{a.cfg.Verification, a.verificationCerts, t.clock.Now(), t.choices.ExpiredVerificationCertificates}
}

// verifyRequest checks the signature of a request to an application that
// requires one, and returns the request as it was signed. Unless it is required
// no signature is looked at (learn.microsoft.com, "Enforce signed SAML
// authentication requests", whose list of failures this follows).
func (t *Tenant) verifyRequest(r *http.Request, m *message, app *Application, perApp string) (*etree.Element, *refusal.Refusal) {
	v := app.verification()
	if !v.Required {
		return m.root, nil
	}
	if perApp != "" {
		// The path would override what was signed (learn.microsoft.com,
		// "Configure app multi-instancing"). Which code says so is not known.
		return nil, aadsts(76021, text76021, refusal.Refusal{
			Expected: "a request at " + t.LoginURL(), Got: "one at the endpoint of a single application, which takes no signed requests", Where: "URL path", Fix: refusal.Request,
			Hint: "an application that requires signed requests cannot be reached by /saml2/{application id}, even with a valid signature",
		})
	}
	if len(v.certs) == 0 {
		return nil, aadsts(76022, text76022, refusal.Refusal{
			Expected: "a verification certificate of " + app.Name(), Got: "none is configured", Where: "SAML Certificates > Verification certificates", Fix: refusal.Entra,
			Hint: "upload the certificate of the key with which the service provider signs its requests",
		})
	}
	if r.Method == http.MethodPost {
		return v.verifyEnveloped(m)
	}
	return m.root, v.verifyDetached(r, m)
}

// verifyDetached judges the signature of the Redirect binding, which names no
// certificate.
func (v verification) verifyDetached(r *http.Request, m *message) *refusal.Refusal {
	query := r.URL.Query()
	if query.Get("Signature") == "" {
		got := "none"
		if signature.Has(m.root) {
			got = "a Signature element in the request, where the POST binding has it"
		}
		return notSigned("a parameter Signature in the query, as the Redirect binding wants", got, "query")
	}
	algorithm := query.Get("SigAlg")
	if refused := v.checkAlgorithm(algorithm, "query parameter SigAlg"); refused != nil {
		return refused
	}
	certs := v.latest()
	err := binding.VerifyRedirect(r.URL.RawQuery, v.valid(certs), v.AllowWeakAlgorithm)
	if err == nil {
		return nil
	}
	var fault *binding.Error
	if !errors.As(err, &fault) {
		return badSignature("a signature of the parameters as they came", err.Error(), "query", "")
	}
	if fault.Reason == binding.Untrusted {
		return badSignature("a signature by "+describeCertificates(certs), v.untrusted(certs), "query parameter Signature", v.hint(certs))
	}
	return badSignature(fault.Expected, fault.Got, "query", "")
}

// verifyEnveloped judges the signature of the POST binding.
func (v verification) verifyEnveloped(m *message) (*etree.Element, *refusal.Refusal) {
	if !signature.Has(m.root) {
		got := "none"
		if m.detached {
			got = "a parameter Signature, where the Redirect binding has it"
		}
		return nil, notSigned("a Signature element in the request, as the POST binding wants", got, document.Path(m.root))
	}
	sig := document.Child(m.root, saml.NSSignature, "Signature")
	method := document.Child(document.Child(sig, saml.NSSignature, "SignedInfo"), saml.NSSignature, "SignatureMethod")
	if refused := v.checkAlgorithm(document.Attr(method, "Algorithm"), document.Path(sig)+"/SignedInfo/SignatureMethod/@Algorithm"); refused != nil {
		return nil, refused
	}
	certs := v.certs // KeyInfo says which one; signature.Verify insists on that one being configured
	if !namesCertificate(sig) {
		certs = v.latest()
	}
	verified, err := signature.Verify(m.root, v.certs, v.now, signature.Policy{AllowSHA1: v.AllowWeakAlgorithm, AllowExpiredCerts: v.expiredToo})
	if err == nil && !containsCertificate(certs, verified.Cert) {
		return nil, badSignature("a signature by "+describeCertificates(certs), "one by "+describeCertificates([]*x509.Certificate{verified.Cert}), document.Path(sig), v.hint(certs))
	}
	if err == nil {
		return verified.Element, nil
	}
	var fault *signature.Error
	if !errors.As(err, &fault) {
		return nil, badSignature("a signature that verifies", err.Error(), document.Path(sig), "")
	}
	if fault.Reason == signature.BadMethod && strings.Contains(fault.Expected, "digest") {
		return nil, badAlgorithm(fault.Expected, fault.Got, fault.Where, v.AllowWeakAlgorithm)
	}
	return nil, badSignature(fault.Expected, fault.Got, fault.Where, v.hint(certs))
}

// checkAlgorithm: only RSA-SHA256 is taken, and RSA-SHA1 where the
// administrator opted in.
func (v verification) checkAlgorithm(algorithm, where string) *refusal.Refusal {
	switch {
	case algorithm == binding.SigAlgRSASHA256, algorithm == binding.SigAlgRSASHA1 && v.AllowWeakAlgorithm:
		return nil
	case algorithm == "":
		algorithm = "a signature without an algorithm"
	}
	expected := binding.SigAlgRSASHA256
	if v.AllowWeakAlgorithm {
		expected += " or " + binding.SigAlgRSASHA1
	}
	return badAlgorithm(expected, algorithm, where, v.AllowWeakAlgorithm)
}

// latest returns the two certificates that were added last.
func (v verification) latest() []*x509.Certificate {
	return v.certs[max(0, len(v.certs)-latestCertificates):]
}

// valid leaves out certificates outside their validity, unless that does not
// matter.
func (v verification) valid(certs []*x509.Certificate) []*x509.Certificate {
	var out []*x509.Certificate
	for _, cert := range certs {
		if v.expiredToo || !v.now.Before(cert.NotBefore) && !v.now.After(cert.NotAfter) {
			out = append(out, cert)
		}
	}
	return out
}

func (v verification) untrusted(certs []*x509.Certificate) string {
	if len(v.valid(certs)) < len(certs) {
		return "one that no certificate made that is valid at " + v.now.UTC().Format(time.RFC3339)
	}
	return "one that none of these keys made over the parameters as they came"
}

func (v verification) hint(certs []*x509.Certificate) string {
	if len(certs) < len(v.certs) {
		return "a request that does not name its certificate is verified with the two most recently added ones only"
	}
	return "upload the certificate of the key with which the service provider signs its requests"
}

// namesCertificate reports whether KeyInfo says which certificate belongs to
// the signature.
func namesCertificate(sig *etree.Element) bool {
	found := false
	for _, info := range document.Children(sig, saml.NSSignature, "KeyInfo") {
		document.Walk(info, func(e *etree.Element) bool {
			found = found || document.Is(e, saml.NSSignature, "X509Certificate")
			return !found
		})
	}
	return found
}

func containsCertificate(certs []*x509.Certificate, cert *x509.Certificate) bool {
	for _, c := range certs {
		if c.Equal(cert) {
			return true
		}
	}
	return false
}

func describeCertificates(certs []*x509.Certificate) string {
	names := make([]string, len(certs))
	for i, cert := range certs {
		names[i] = "the certificate with thumbprint " + signature.Thumbprint(cert.Raw)
	}
	return strings.Join(names, " or ")
}

func notSigned(expected, got, where string) *refusal.Refusal {
	return aadsts(76021, text76021, refusal.Refusal{
		Expected: expected, Got: got, Where: where, Fix: refusal.Request,
		Hint: "let the service provider sign its requests, in the place that the binding has for it",
	})
}

func badSignature(expected, got, where, hint string) *refusal.Refusal {
	return aadsts(76023, text76023, refusal.Refusal{Expected: expected, Got: got, Where: where, Fix: refusal.Request, Hint: hint})
}

func badAlgorithm(expected, got, where string, weak bool) *refusal.Refusal {
	why := refusal.Refusal{Expected: expected, Got: got, Where: where, Fix: refusal.Request}
	if !weak {
		why.Hint = "sign with RSA-SHA256, or allow requests signed with RSA-SHA1 in the application"
	}
	return aadsts(76028, text76028, why)
}

// refuseLaunch refuses to start an application that takes signed requests only
// from Entra's side: Entra does not have the key. The text is misleading, but
// that is what people see (Dynatrace's page on SAML, AADSTS76026).
func (a *Application) refuseLaunch() *refusal.Refusal {
	if !a.settings().Verification.Required {
		return nil
	}
	return aadsts(76026, text76026, refusal.Refusal{
		Expected: "a start at the service provider, which signs the request", Got: "a start at Entra, of an application that requires signed requests", Where: "SAML Certificates > Verification certificates", Fix: refusal.Entra,
		Hint: "start at the service provider, give the application a sign-on URL, or stop requiring signed requests",
	})
}
