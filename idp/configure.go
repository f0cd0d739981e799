package idp

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"slices"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/provisioning"
)

// CreateApplication adds an enterprise application with a new signing
// certificate. Applications made from a template require assignment.
func (t *Tenant) CreateApplication(cfg ApplicationConfig) (*Application, error) {
	t.configuring.Lock()
	defer t.configuring.Unlock()
	cfg = cfg.clone()
	cfg = cfg.fromTemplate()
	if cfg.AppID == "" {
		cfg.AppID = t.ids.UUID()
	}
	app := &Application{tenant: t, id: t.ids.UUID(), appID: cfg.AppID, template: cfg.Template, assigned: make(map[string]assignment)}
	if err := app.check(cfg); err != nil {
		return nil, err
	}
	t.completeRoles(cfg.AppRoles, nil)
	job, err := t.newJob(app, cfg.Name, "")
	if err != nil {
		return nil, err
	}
	app.job = job

	t.mu.Lock()
	defer t.mu.Unlock()
	cert, err := t.newCertificate(signingSubject, t.lastNotAfter())
	if err != nil {
		return nil, err
	}
	cert.active = true
	app.certs = []*certificate{cert}
	if err := app.set(cfg); err != nil {
		return nil, err
	}
	t.apps = append(t.apps, app)
	delete(t.former, app.appID)
	return app, nil
}

// newJob makes the provisioning job of an application; without an id it makes
// one.
func (t *Tenant) newJob(app *Application, name, id string) (*provisioning.Job, error) {
	job, err := provisioning.NewJob(provisioning.Config{
		ID: id, Source: source{Directory: t.directory, app: app}, Clock: t.clock, IDs: t.ids,
		Client:   &http.Client{Transport: t.trace.Transport("entra", "scim", t.transport)},
		TenantID: t.ID(), Domain: t.Domain(), ApplicationID: app.appID, ApplicationName: name, Template: string(app.template),
		Settings: t.initial, Secret: t.trace.Secret, Logger: t.logger, Notify: app.notifyQuarantine,
	})
	if err != nil {
		return nil, fmt.Errorf("set up provisioning of %s: %w", name, err)
	}
	return job, nil
}

// Config returns how the application is configured.
func (a *Application) Config() ApplicationConfig { return a.settings().clone() }

// Configure changes the configuration. The result is validated as a whole: if
// anything in it is wrong nothing changes. The function must not configure an
// application of the tenant itself.
func (a *Application) Configure(change func(*ApplicationConfig)) error {
	a.tenant.configuring.Lock()
	defer a.tenant.configuring.Unlock()
	next := a.Config()
	change(&next)
	next = next.clone() // the function may have kept what it put in
	if err := a.check(next); err != nil {
		return err
	}
	before := a.settings().AppRoles
	a.tenant.completeRoles(next.AppRoles, before)
	if err := rolesKept(before, next.AppRoles); err != nil {
		return err
	}
	a.tenant.mu.Lock()
	err := a.set(next)
	ended := a.dropRoles()
	a.tenant.mu.Unlock()
	for id, kind := range ended {
		a.assignmentChanged(kind, id)
	}
	return err
}

// check says what is wrong with a configuration, in itself and beside the
// tenant's other applications. The caller holds configuring.
func (a *Application) check(next ApplicationConfig) error {
	if err := read(a, a.lost); err != nil {
		return err
	}
	if next.AppID != a.appID {
		return invalid("Property appId is read-only.", a.appID, next.AppID, "appId")
	}
	if next.Template != a.template {
		return invalid("Property applicationTemplateId is read-only.", string(a.template), string(next.Template), "template")
	}
	if err := next.validate(read(a, a.hasCustomKey)); err != nil {
		return err
	}
	for _, other := range a.tenant.Apps() {
		if other == a {
			continue
		}
		if other.appID == a.appID {
			return invalid("Another object with the same value for property appId already exists.", "an appId that is not in use", a.appID, "appId")
		}
		if err := identifiersFree(other, next.Identifiers); err != nil {
			return err
		}
	}
	return nil
}

// identifiersFree: an identifier belongs to one application of a tenant
// (Graph: "Another object with the same value for property identifierUris
// already exists.").
func identifiersFree(other *Application, wanted []string) error {
	cfg := other.settings()
	for _, id := range wanted {
		if slices.Contains(cfg.Identifiers, id) {
			why := invalid("Another object with the same value for property identifierUris already exists.", "an identifier that no other application has", id+" (of "+cfg.Name+")", "identifiers")
			why.Hint = "tell several instances of one service apart by a suffix, such as " + id + "#2: Entra leaves it out of the audience"
			return why
		}
	}
	return nil
}

// set takes over a configuration that check has passed. The tenant is locked.
func (a *Application) set(next ApplicationConfig) error {
	cert, err := next.encryptionCertificate()
	if err != nil {
		return err
	}
	verifiers, err := next.Verification.parse()
	if err != nil {
		return err
	}
	next.Signing = next.Signing.orDefault()
	a.needsCustomKey = next.validate(false) != nil
	a.cfg, a.encryptionCert, a.verificationCerts = next, cert, verifiers
	a.scheduleExpiry(a.tenant.clock.Now())
	return nil
}

// SetClaims replaces the claims beside Entra's default ones.
func (a *Application) SetClaims(list []claims.Claim) error {
	return a.Configure(func(c *ApplicationConfig) { c.Claims = list })
}

// SetNameID replaces the unique user identifier.
func (a *Application) SetNameID(n claims.NameID) error {
	return a.Configure(func(c *ApplicationConfig) { c.NameID = n })
}

// SetGroupClaims replaces the group claim.
func (a *Application) SetGroupClaims(g claims.GroupClaims) error {
	return a.Configure(func(c *ApplicationConfig) { c.GroupClaims = g })
}

// SetSigning chooses which parts of a response are signed, and how.
func (a *Application) SetSigning(s Signing) error {
	return a.Configure(func(c *ApplicationConfig) { c.Signing = s })
}

// SetSignOnURL sets the "Sign on URL", where My Apps sends the browser. Empty
// means that My Apps starts an IdP-initiated sign-in.
func (a *Application) SetSignOnURL(u string) error {
	return a.Configure(func(c *ApplicationConfig) { c.SignOnURL = u })
}

// SetTokenEncryption makes Entra encrypt assertions for the holder of the
// certificate's key; nil switches it off.
func (a *Application) SetTokenEncryption(cert *x509.Certificate) error {
	text := ""
	if cert != nil {
		text = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	}
	return a.Configure(func(c *ApplicationConfig) { c.TokenEncryption = text })
}
