package idp

import (
	"crypto/rsa"
	"crypto/x509"
	"strings"
	"time"

	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/saml/signature"
)

const (
	// The subject of every signing certificate that Entra makes.
	signingSubject = "Microsoft Azure Federated SSO Certificate"
	// The subject of the tenant-wide certificates, which sign no application's
	// assertions but stand in the metadata without ?appid=.
	stsSubject = "accounts.accesscontrol.windows.net"

	certificateYears = 3
)

// certificate is a signing certificate with its key.
type certificate struct {
	key    *rsa.PrivateKey
	cert   *x509.Certificate
	active bool
}

// Certificate describes a signing certificate of an application.
type Certificate struct {
	Thumbprint string    `json:"thumbprint"` // SHA-1, upper-case hex
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
	Active     bool      `json:"active"`

	X509 *x509.Certificate `json:"-"`
}

func (c *certificate) describe() Certificate {
	return Certificate{signature.Thumbprint(c.cert.Raw), c.cert.NotBefore, c.cert.NotAfter, c.active, c.cert}
}

// newCertificate makes a key and a certificate valid for three years. The
// tenant is locked.
func (t *Tenant) newCertificate() (*certificate, error) {
	return t.certificate(signingSubject)
}

func (t *Tenant) certificate(subject string) (*certificate, error) {
	key, err := t.keys.Get(t.keyNext)
	if err != nil {
		return nil, err
	}
	t.keyNext++
	now := t.clock.Now()
	cert, err := keys.SelfSigned(key, subject, now, now.AddDate(certificateYears, 0, 0), t.ids)
	if err != nil {
		return nil, err
	}
	return &certificate{key: key, cert: cert}, nil
}

// AddCertificate makes another signing certificate. It stays inactive until
// ActivateCertificate, but stands in the metadata from now on.
func (a *Application) AddCertificate() (Certificate, error) {
	a.tenant.mu.Lock()
	defer a.tenant.mu.Unlock()
	c, err := a.tenant.newCertificate()
	if err != nil {
		return Certificate{}, err
	}
	a.certs = append(a.certs, c)
	return c.describe(), nil
}

// ActivateCertificate makes the certificate with the thumbprint the one that
// signs; the others become inactive.
func (a *Application) ActivateCertificate(thumbprint string) (Certificate, error) {
	a.tenant.mu.Lock()
	defer a.tenant.mu.Unlock()
	var chosen *certificate
	known := ""
	for _, c := range a.certs {
		if strings.EqualFold(c.describe().Thumbprint, thumbprint) {
			chosen = c
		}
		known += " " + c.describe().Thumbprint
	}
	if chosen == nil {
		return Certificate{}, invalid("The certificate was not found.", "one of"+known, thumbprint, "thumbprint")
	}
	for _, c := range a.certs {
		c.active = c == chosen
	}
	return chosen.describe(), nil
}

// Certificates returns the application's signing certificates, oldest first.
func (a *Application) Certificates() []Certificate {
	a.tenant.mu.RLock()
	defer a.tenant.mu.RUnlock()
	out := make([]Certificate, len(a.certs))
	for i, c := range a.certs {
		out[i] = c.describe()
	}
	return out
}

// signer returns the certificate that signs now: the active one or, when that
// has expired, the newest valid one beside it (learn.microsoft.com, "Manage
// certificates for federated single sign-on"). When all have expired, the
// active one goes on signing.
func (a *Application) signer() *certificate {
	a.tenant.mu.RLock()
	defer a.tenant.mu.RUnlock()
	now := a.tenant.clock.Now()
	var active, newest *certificate
	for _, c := range a.certs {
		if c.active {
			active = c
		}
		if !now.After(c.cert.NotAfter) {
			newest = c
		}
	}
	if active == nil || now.After(active.cert.NotAfter) && newest != nil {
		return newest
	}
	return active
}
