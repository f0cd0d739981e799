package idp

import (
	"crypto/x509"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/provisioning"
)

// Application is an enterprise application of a tenant. It is safe for
// concurrent use.
type Application struct {
	tenant   *Tenant
	appID    string
	template Template
	job      *provisioning.Job

	// The rest is guarded by tenant.mu.
	id                string            // object id of the service principal
	gone              bool              // a snapshot was restored that does not have it
	cfg               ApplicationConfig // what its slices and pointers lead to never changes
	certs             []*certificate
	needsCustomKey    bool                  // cfg.Claims hold what only a custom signing key allows
	encryptionCert    *x509.Certificate     // nil: assertions go in clear
	verificationCerts []*x509.Certificate   // of cfg.Verification, in its order
	assigned          map[string]assignment // by object id
}

// Apps returns the tenant's enterprise applications in order of creation.
func (t *Tenant) Apps() []*Application {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(t.apps)
}

// App returns the application that was created first, or nil.
func (t *Tenant) App() *Application {
	if apps := t.Apps(); len(apps) > 0 {
		return apps[0]
	}
	return nil
}

// AppByName finds an application by name or application id.
func (t *Tenant) AppByName(ref string) (*Application, bool) {
	for _, app := range t.Apps() {
		if app.appID == ref || app.Name() == ref {
			return app, true
		}
	}
	return nil, false
}

// appByID finds an application by its id, a GUID in either case.
func (t *Tenant) appByID(id string) (*Application, bool) {
	for _, app := range t.Apps() {
		if strings.EqualFold(app.appID, id) {
			return app, true
		}
	}
	return nil, false
}

// AppID returns the application (client) id.
func (a *Application) AppID() string { return a.appID }

// Template returns the template that the application was made from.
func (a *Application) Template() Template { return a.template }

// Provisioning returns the application's provisioning job.
func (a *Application) Provisioning() *provisioning.Job { return a.job }

func (a *Application) objectID() string { return read(a, func() string { return a.id }) }

// Name returns the display name.
func (a *Application) Name() string { return a.settings().Name }

// Identifiers returns the entity ids, the default one first.
func (a *Application) Identifiers() []string { return slices.Clone(a.settings().Identifiers) }

// ReplyURLs returns the ACS URLs, the default one first.
func (a *Application) ReplyURLs() []string { return slices.Clone(a.settings().ReplyURLs) }

// Claims returns the claims configuration.
func (a *Application) Claims() claims.Configuration {
	return a.claimsConfiguration().Clone()
}

// claimsConfiguration is what computes claims, to read.
func (a *Application) claimsConfiguration() claims.Configuration {
	c := a.settings().claims()
	c.CustomSigningKey = a.signsWithCustomKey()
	choices := a.tenant.Choices()
	c.PairwiseSecret, c.RegexTimeout = a.tenant.named().secret, choices.RegexTimeout
	c.PairwiseOnRequest, c.OmitGroupOverage, c.GroupsLast = choices.PairwiseOnRequest, choices.OmitGroupOverage, choices.GroupsLast
	return c
}

// Signing returns how responses are signed.
func (a *Application) Signing() Signing { return a.settings().Signing }

// settings is the configuration as it stands, to read.
func (a *Application) settings() ApplicationConfig {
	return read(a, func() ApplicationConfig { return a.cfg })
}

func read[T any](a *Application, get func() T) T {
	a.tenant.mu.RLock()
	defer a.tenant.mu.RUnlock()
	return get()
}

// UserAccessURL starts an IdP-initiated sign-in ("User access URL" in the
// portal).
func (a *Application) UserAccessURL() string {
	return a.tenant.BaseURL() + "/api/signin/" + a.appID + "?tenantId=" + a.tenant.ID()
}

// MetadataURL is the "App Federation Metadata Url".
func (a *Application) MetadataURL() string { return a.tenant.MetadataURL(a.appID) }
