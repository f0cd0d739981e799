package sp

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/signature"
)

// MaxIdPCertificate is the limit on an imported certificate file in characters
// (user guide, "IAM Identity Center quotas": 2,500).
const MaxIdPCertificate = 2500

// expiringSoon is when the console begins to warn (user guide, "Certificate
// expiration status indicators").
const expiringSoon = 90 * 24 * time.Hour

// CertificateStatus is the colour of the icon that the console shows beside a
// certificate.
type CertificateStatus string

// The status indicators.
const (
	CertificateGreen  CertificateStatus = "green"  // valid for more than 90 days
	CertificateYellow CertificateStatus = "yellow" // expires within 90 days
	CertificateRed    CertificateStatus = "red"    // expired
)

// statusOf gives the indicator of a certificate. One that is not valid yet is
// not among the documented states and shows red, for it cannot be used.
func statusOf(c *x509.Certificate, now time.Time) CertificateStatus {
	switch {
	case !valid(c, now):
		return CertificateRed
	case !now.Before(c.NotAfter.Add(-expiringSoon)):
		return CertificateYellow
	}
	return CertificateGreen
}

func valid(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore) && !now.After(c.NotAfter)
}

func badCertificate(expected, got, hint string) *refusal.Refusal {
	return &refusal.Refusal{
		Code: "InvalidIdPCertificate", Message: "The certificate is not valid.", Expected: expected, Got: got, Where: "certificate file", Fix: refusal.Request, Hint: hint,
	}
}

// parseCertificate reads a certificate file, PEM.
func parseCertificate(file []byte) (*x509.Certificate, error) {
	if n := utf8.RuneCount(file); n > MaxIdPCertificate {
		return nil, badCertificate(fmt.Sprintf("at most %d characters", MaxIdPCertificate), fmt.Sprintf("%d", n), "leave comments and further certificates out")
	}
	cert, err := keys.ParseCertificate(file)
	if err != nil {
		hint := ""
		switch {
		case errors.Is(err, keys.ErrNoPEM):
			hint = "a DER file is converted with openssl x509 -inform der"
		case errors.Is(err, keys.ErrMoreBelow):
			hint = "import certificates one after the other"
		}
		return nil, badCertificate("one X.509 certificate with an RSA key, in PEM", err.Error(), hint)
	}
	return cert, nil
}

// ImportCertificate trusts a further certificate of the identity provider, beside
// those that are there (user guide, "Rotate a SAML 2.0 certificate": all are
// active at once). The file is PEM.
func (i *Instance) ImportCertificate(file []byte) (SourceCertificate, error) {
	cert, err := parseCertificate(file)
	if err != nil {
		return SourceCertificate{}, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.idp == nil {
		return SourceCertificate{}, noExternalIdP(i.sourceType())
	}
	if slices.ContainsFunc(i.idp.certs, cert.Equal) {
		return SourceCertificate{}, badCertificate("a certificate that is not there yet", signature.Thumbprint(cert.Raw), "")
	}
	next := *i.idp
	next.certs = append(slices.Clone(next.certs), cert)
	i.idp = &next
	i.events.record(nil, importedCertificate, event{})
	return i.describe(cert), nil
}

// DeleteCertificate trusts a certificate of the identity provider no longer. The
// last valid one cannot be deleted (user guide, "Manage SAML 2.0 certificates").
func (i *Instance) DeleteCertificate(thumbprint string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.idp == nil {
		return noExternalIdP(i.sourceType())
	}
	var known []string
	n := -1
	for k, c := range i.idp.certs {
		known = append(known, signature.Thumbprint(c.Raw))
		if strings.EqualFold(known[k], thumbprint) {
			n = k
		}
	}
	if n < 0 {
		return missing("certificate", thumbprint, known)
	}
	now := i.clock.Now()
	left := slices.Delete(slices.Clone(i.idp.certs), n, n+1)
	lastValid := valid(i.idp.certs[n], now) && !slices.ContainsFunc(left, func(c *x509.Certificate) bool { return valid(c, now) })
	if lastValid || len(left) == 0 { // "at least one" holds for expired ones too
		return &refusal.Refusal{
			Code: "LastCertificate", Message: "The last valid certificate cannot be deleted.", Expected: "a valid certificate beside the one that is deleted", Got: "none",
			Where: "Settings > Identity source > Manage certificates", Fix: refusal.IdentityCenter, Hint: "import the identity provider's next certificate first",
		}
	}
	next := *i.idp
	next.certs = left
	i.idp = &next
	i.events.record(nil, deletedCertificate, event{})
	return nil
}

func (i *Instance) describe(c *x509.Certificate) SourceCertificate {
	return SourceCertificate{signature.Thumbprint(c.Raw), c.NotBefore, c.NotAfter, statusOf(c, i.clock.Now())}
}
