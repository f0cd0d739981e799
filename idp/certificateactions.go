package idp

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// CertificateConfig is what can be said of a new signing certificate
// (graph.microsoft.com, servicePrincipal: addTokenSigningCertificate).
type CertificateConfig struct {
	DisplayName string    `json:"displayName,omitempty" doc:"Subject, beginning with CN=. Default: CN=Microsoft Azure Federated SSO Certificate."`
	EndDateTime time.Time `json:"endDateTime,omitzero" doc:"When it expires, at most three years from now. Default: in three years."`
}

const commonNamePrefix = "CN="

// AddCertificate makes another signing certificate. It stays inactive until
// ActivateCertificate, but stands in the metadata from now on, and signs at once
// if the active one has expired. At most one CertificateConfig is taken.
func (a *Application) AddCertificate(cfg ...CertificateConfig) (Certificate, error) {
	var c CertificateConfig
	if len(cfg) > 0 {
		c = cfg[0]
	}
	a.tenant.mu.Lock()
	defer a.tenant.mu.Unlock()
	if err := a.lost(); err != nil {
		return Certificate{}, err
	}
	now, last := a.tenant.clock.Now(), a.tenant.lastNotAfter()
	end := c.EndDateTime
	if end.IsZero() {
		end = last
	}
	subject, ok := strings.CutPrefix(cmp.Or(c.DisplayName, commonNamePrefix+signingSubject), commonNamePrefix)
	switch {
	case !ok || strings.TrimSpace(subject) == "":
		return Certificate{}, invalid("Invalid value specified for property 'displayName' of resource 'SelfSignedCertificate'.", "CN= and a name", c.DisplayName, "displayName")
	case !end.After(now) || end.After(last):
		return Certificate{}, invalid("Invalid value specified for property 'endDateTime' of resource 'SelfSignedCertificate'.", "after "+now.Format(time.RFC3339)+" and not after "+last.Format(time.RFC3339), end.Format(time.RFC3339), "endDateTime")
	}
	made, err := a.tenant.newCertificate(subject, end)
	if err != nil {
		return Certificate{}, err
	}
	return a.addCertificate(made), nil
}

// UploadCertificate adds a certificate with its private key, PEM, as a custom
// signing key. It stays inactive until ActivateCertificate. Graph takes a PFX
// file, which holds the same two.
func (a *Application) UploadCertificate(keyPair []byte) (Certificate, error) {
	c, err := parseKeyPair(keyPair)
	if err != nil {
		return Certificate{}, err
	}
	a.tenant.mu.Lock()
	defer a.tenant.mu.Unlock()
	if err := a.lost(); err != nil {
		return Certificate{}, err
	}
	for _, other := range a.certs {
		if other.cert.Equal(c.cert) {
			return Certificate{}, invalid("The certificate is there already.", "another certificate", other.describe().Thumbprint, "keyPair")
		}
	}
	return a.addCertificate(c), nil
}

// addCertificate takes in a new one. The tenant is locked.
func (a *Application) addCertificate(c *certificate) Certificate {
	a.certs = append(a.certs, c)
	a.scheduleExpiry(a.tenant.clock.Now())
	return c.describe()
}

// ActivateCertificate makes the certificate with the thumbprint the one that
// signs; the others become inactive.
func (a *Application) ActivateCertificate(thumbprint string) (Certificate, error) {
	a.tenant.mu.Lock()
	defer a.tenant.mu.Unlock()
	chosen, err := a.findCertificate(thumbprint)
	if err != nil {
		return Certificate{}, err
	}
	for _, c := range a.certs {
		c.active = c == chosen
	}
	a.scheduleExpiry(a.tenant.clock.Now())
	return chosen.describe(), nil
}

// DeleteCertificate removes an inactive certificate, from the metadata too. The
// portal offers that for inactive ones only.
func (a *Application) DeleteCertificate(thumbprint string) error {
	a.tenant.mu.Lock()
	defer a.tenant.mu.Unlock()
	chosen, err := a.findCertificate(thumbprint)
	if err != nil {
		return err
	}
	if chosen.active {
		return invalid("An active certificate cannot be deleted.", "an inactive certificate", thumbprint+", which is active", "thumbprint")
	}
	chosen.stopTimers()
	a.certs = slices.DeleteFunc(slices.Clone(a.certs), func(c *certificate) bool { return c == chosen })
	return nil
}

// findCertificate finds a certificate by thumbprint, in either case. The tenant
// is locked.
func (a *Application) findCertificate(thumbprint string) (*certificate, error) {
	if err := a.lost(); err != nil {
		return nil, err
	}
	var known []string
	for _, c := range a.certs {
		if strings.EqualFold(c.describe().Thumbprint, thumbprint) {
			return c, nil
		}
		known = append(known, c.describe().Thumbprint)
	}
	return nil, invalid("The certificate was not found.", "one of "+strings.Join(known, " "), thumbprint, "thumbprint")
}
