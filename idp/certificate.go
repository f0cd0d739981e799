package idp

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/saml/signature"
)

const (
	// The subject of every signing certificate that Entra makes by itself.
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
	custom bool           // uploaded: a custom signing key
	timers []*clock.Timer // of its expiry
}

// Certificate describes a signing certificate of an application.
type Certificate struct {
	Thumbprint string    `json:"thumbprint"` // SHA-1, upper-case hex
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
	Active     bool      `json:"active"`
	Custom     bool      `json:"custom,omitempty"` // uploaded, a custom signing key

	X509 *x509.Certificate `json:"-"` // X509.Raw is the download "Certificate (Raw)"
}

// MarshalJSON adds the certificate itself, as PEM.
func (c Certificate) MarshalJSON() ([]byte, error) {
	type plain Certificate
	out := struct {
		plain
		PEM string `json:"pem,omitempty"`
	}{plain: plain(c)}
	if c.X509 != nil {
		out.PEM = string(c.PEM())
	}
	return json.Marshal(out)
}

// PEM is the download "Certificate (Base64)", and "PEM certificate", which
// differs from it in the file's name only (learn.microsoft.com, "Manage
// certificates for federated single sign-on").
func (c Certificate) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.X509.Raw})
}

func (c *certificate) describe() Certificate {
	return Certificate{signature.Thumbprint(c.cert.Raw), c.cert.NotBefore, c.cert.NotAfter, c.active, c.custom, c.cert}
}

func (c *certificate) validAt(now time.Time) bool {
	return !now.Before(c.cert.NotBefore) && !now.After(c.cert.NotAfter)
}

// newCertificate makes a key and a certificate valid from now. The tenant is
// locked.
func (t *Tenant) newCertificate(subject string, notAfter time.Time) (*certificate, error) {
	key, err := t.keys.Get(t.keyNext)
	if err != nil {
		return nil, err
	}
	t.keyNext++
	cert, err := keys.SelfSigned(key, subject, t.clock.Now(), notAfter, t.ids)
	if err != nil {
		return nil, err
	}
	return &certificate{key: key, cert: cert}, nil
}

// lastNotAfter is how long a certificate made now can be valid.
func (t *Tenant) lastNotAfter() time.Time { return t.clock.Now().AddDate(certificateYears, 0, 0) }

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
	return a.signerAt(a.tenant.clock.Now())
}

// signerAt is signer for a tenant that is locked.
func (a *Application) signerAt(now time.Time) *certificate {
	var active, newest *certificate
	for _, c := range a.certs {
		if c.active {
			active = c
		}
		if c.validAt(now) {
			newest = c
		}
	}
	if active == nil || now.After(active.cert.NotAfter) && newest != nil {
		return newest
	}
	return active
}

// hasCustomKey reports whether a custom signing key is there, valid or not. The
// tenant is locked.
func (a *Application) hasCustomKey() bool {
	for _, c := range a.certs {
		if c.custom {
			return true
		}
	}
	return false
}

// signsWithCustomKey reports whether what signs now is a custom signing key that
// is valid.
func (a *Application) signsWithCustomKey() bool {
	c := a.signer()
	return c != nil && c.custom && c.validAt(a.tenant.clock.Now())
}
