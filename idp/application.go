package idp

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/metadata"
	"github.com/idharness/harness/internal/saml/signature"
)

// Template names the gallery template from which an application is made.
type Template string

// The templates. The gallery calls the first "AWS IAM Identity Center
// (successor to AWS Single Sign-On)".
const (
	TemplateAWSIdentityCenter Template = "aws-iam-identity-center"
	TemplateAWSSingleAccount  Template = "aws-single-account"
	TemplateCustomSAML        Template = "custom-saml"
)

// Templates lists every template.
var Templates = [...]Template{TemplateAWSIdentityCenter, TemplateAWSSingleAccount, TemplateCustomSAML}

// SigningOption says which parts of a response are signed.
type SigningOption string

// The signing options of the SAML Certificates card
// (learn.microsoft.com, "Advanced certificate signing options").
const (
	SignAssertion SigningOption = "assertion"
	SignResponse  SigningOption = "response"
	SignBoth      SigningOption = "both"
)

// Signing is how responses are signed.
type Signing struct {
	Option    SigningOption       `json:"option,omitempty" oneOf:"assertion|response|both" doc:"Which part is signed. Default: assertion."`
	Algorithm signature.Algorithm `json:"algorithm,omitempty" oneOf:"sha256|sha1" doc:"Digest and signature algorithm. Default: sha256."`
}

// ApplicationConfig describes an enterprise application to create.
type ApplicationConfig struct {
	AppID    string // application (client) id; default: made
	Name     string
	Template Template // default custom-saml

	Identifiers []string // entity ids of the service provider
	ReplyURLs   []string // its ACS URLs, the default one first
	SignOnURL   string   // where My Apps sends the browser; empty: IdP-initiated sign-in
	RelayState  string   // sent with IdP-initiated responses
	LogoutURL   string

	AssignmentNotRequired bool // "Assignment required?" set to No
}

// Application is an enterprise application of a tenant. It is safe for
// concurrent use.
type Application struct {
	tenant   *Tenant
	id       string // object id of the service principal
	appID    string
	template Template
	job      *provisioning.Job

	// The rest is guarded by tenant.mu.
	name               string
	identifiers        []string
	replyURLs          []string
	signOnURL          string
	relayState         string
	logoutURL          string
	assignmentRequired bool
	claims             claims.Configuration
	signing            Signing
	certs              []*certificate
	encryptionCert     *x509.Certificate     // nil: assertions go in clear
	assigned           map[string]assignment // by object id
}

type assignment struct {
	kind directory.Kind
	role string
}

// CreateApplication adds an enterprise application with a new signing
// certificate. Applications made from a template require assignment.
func (t *Tenant) CreateApplication(cfg ApplicationConfig) (*Application, error) {
	if strings.TrimSpace(cfg.Name) == "" {
		return nil, invalid("Property displayName is required.", "a name", "nothing", "name")
	}
	tmpl := cmp.Or(cfg.Template, TemplateCustomSAML)
	if !slices.Contains(Templates[:], tmpl) {
		return nil, invalid("There is no such application template.", fmt.Sprint(Templates), string(tmpl), "template")
	}
	for _, u := range cfg.ReplyURLs {
		if !isWebURL(u) {
			return nil, invalid("Invalid value specified for property 'redirectUris' of resource 'Application'.", "an absolute http or https URL", u, "replyURLs")
		}
	}
	if cfg.LogoutURL != "" && !isWebURL(cfg.LogoutURL) {
		return nil, invalid("Invalid value specified for property 'logoutUrl' of resource 'Application'.", "an absolute http or https URL", cfg.LogoutURL, "logoutURL")
	}
	app := &Application{
		tenant: t, id: t.ids.UUID(), appID: cmp.Or(cfg.AppID, t.ids.UUID()), template: tmpl, name: cfg.Name,
		identifiers: slices.Clone(cfg.Identifiers), replyURLs: slices.Clone(cfg.ReplyURLs),
		signOnURL: cfg.SignOnURL, relayState: cfg.RelayState, logoutURL: cfg.LogoutURL,
		assignmentRequired: !cfg.AssignmentNotRequired,
		assigned:           make(map[string]assignment),
		signing:            Signing{Option: SignAssertion, Algorithm: signature.SHA256},
		claims:             claims.Configuration{PairwiseSecret: t.secret},
	}
	job, err := provisioning.NewJob(provisioning.Config{
		Source: source{Directory: t.directory, app: app}, Clock: t.clock, IDs: t.ids,
		Client:   &http.Client{Transport: t.trace.Transport("entra", "scim", t.transport)},
		TenantID: t.id, ApplicationID: app.appID, ApplicationName: app.name, Template: string(tmpl),
		Secret: t.trace.Secret, Logger: t.logger,
	})
	if err != nil {
		return nil, fmt.Errorf("set up provisioning of %s: %w", app.name, err)
	}
	app.job = job

	t.mu.Lock()
	defer t.mu.Unlock()
	for _, other := range t.apps {
		if other.appID == app.appID {
			return nil, invalid("Another object with the same value for property appId already exists.", "an appId that is not in use", app.appID, "appId")
		}
		if err := identifiersFree(other, cfg.Identifiers); err != nil {
			return nil, err
		}
	}
	cert, err := t.newCertificate()
	if err != nil {
		return nil, err
	}
	cert.active = true
	app.certs = []*certificate{cert}
	t.apps = append(t.apps, app)
	return app, nil
}

// identifiersFree: an identifier belongs to one application of a tenant
// (Graph: "Another object with the same value for property identifierUris
// already exists.").
func identifiersFree(other *Application, wanted []string) error {
	for _, id := range wanted {
		if slices.Contains(other.identifiers, id) {
			return invalid("Another object with the same value for property identifierUris already exists.", "an identifier that no other application has", id+" (of "+other.name+")", "identifiers")
		}
	}
	return nil
}

func invalid(message, expected, got, where string) error {
	return &refusal.Refusal{Code: "Request_BadRequest", Message: message, Expected: expected, Got: got, Where: where, Fix: refusal.Entra}
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

// Name returns the display name.
func (a *Application) Name() string { return read(a, func() string { return a.name }) }

// Identifiers returns the entity ids, the default one first.
func (a *Application) Identifiers() []string {
	return read(a, func() []string { return slices.Clone(a.identifiers) })
}

// ReplyURLs returns the ACS URLs, the default one first.
func (a *Application) ReplyURLs() []string {
	return read(a, func() []string { return slices.Clone(a.replyURLs) })
}

// Claims returns the claims configuration.
func (a *Application) Claims() claims.Configuration {
	return read(a, func() claims.Configuration { return a.claims })
}

// Signing returns how responses are signed.
func (a *Application) Signing() Signing { return read(a, func() Signing { return a.signing }) }

func read[T any](a *Application, get func() T) T {
	a.tenant.mu.RLock()
	defer a.tenant.mu.RUnlock()
	return get()
}

// UserAccessURL starts an IdP-initiated sign-in ("User access URL" in the
// portal).
func (a *Application) UserAccessURL() string {
	return a.tenant.BaseURL() + "/api/signin/" + a.appID + "?tenantId=" + a.tenant.id
}

// MetadataURL is the "App Federation Metadata Url".
func (a *Application) MetadataURL() string { return a.tenant.MetadataURL(a.appID) }

// UploadMetadata fills in identifier, reply URLs and logout URL from a service
// provider's metadata, as "Upload metadata file" does.
func (a *Application) UploadMetadata(data []byte) error {
	sp, err := metadata.ParseServiceProvider(data)
	if err != nil {
		return badMetadata("SAML 2.0 metadata of a service provider", err.Error())
	}
	var replyURLs []string
	for _, acs := range sp.ACS {
		if acs.Binding == saml.BindingPOST { // Entra answers by POST only
			replyURLs = append(replyURLs, acs.Location)
		}
	}
	if len(replyURLs) == 0 {
		return badMetadata("an AssertionConsumerService with the HTTP-POST binding", "none")
	}
	logoutURL, hasLogout := metadata.Location(sp.SLO, saml.BindingRedirect)
	for _, u := range replyURLs {
		if !isWebURL(u) {
			return badMetadata("an AssertionConsumerService with an absolute http or https URL", u)
		}
	}
	if hasLogout && !isWebURL(logoutURL) {
		return badMetadata("a SingleLogoutService with an absolute http or https URL", logoutURL)
	}
	a.tenant.mu.Lock()
	defer a.tenant.mu.Unlock()
	for _, other := range a.tenant.apps {
		if other != a {
			if err := identifiersFree(other, []string{sp.EntityID}); err != nil {
				return err
			}
		}
	}
	a.identifiers, a.replyURLs = []string{sp.EntityID}, replyURLs
	if hasLogout {
		a.logoutURL = logoutURL
	}
	return nil
}

func badMetadata(expected, got string) error {
	return &refusal.Refusal{
		Code: "InvalidMetadata", Message: "The metadata file could not be read.",
		Expected: expected, Got: got, Where: "metadata file", Fix: refusal.Request,
	}
}

// SetClaims replaces the claims beside Entra's default ones.
func (a *Application) SetClaims(list []claims.Claim) error {
	return a.configureClaims(func(c *claims.Configuration) { c.Claims = slices.Clone(list) })
}

// SetNameID replaces the unique user identifier.
func (a *Application) SetNameID(n claims.NameID) error {
	return a.configureClaims(func(c *claims.Configuration) { c.NameID = n })
}

// SetGroupClaims replaces the group claim.
func (a *Application) SetGroupClaims(g claims.GroupClaims) error {
	return a.configureClaims(func(c *claims.Configuration) { c.GroupClaims = g })
}

func (a *Application) configureClaims(change func(*claims.Configuration)) error {
	a.tenant.mu.Lock()
	defer a.tenant.mu.Unlock()
	next := a.claims
	change(&next)
	if err := next.Validate(); err != nil {
		return err
	}
	a.claims = next
	return nil
}

// SetSigning chooses which parts of a response are signed, and how.
func (a *Application) SetSigning(s Signing) error {
	s.Option = cmp.Or(s.Option, SignAssertion)
	s.Algorithm = cmp.Or(s.Algorithm, signature.SHA256)
	if !slices.Contains([]SigningOption{SignAssertion, SignResponse, SignBoth}, s.Option) {
		return invalid("There is no such signing option.", "assertion, response or both", string(s.Option), "option")
	}
	if s.Algorithm != signature.SHA256 && s.Algorithm != signature.SHA1 {
		return invalid("There is no such signing algorithm.", "sha256 or sha1", string(s.Algorithm), "algorithm")
	}
	a.tenant.mu.Lock()
	defer a.tenant.mu.Unlock()
	a.signing = s
	return nil
}

// SetSignOnURL sets the "Sign on URL", where My Apps sends the browser. Empty
// means that My Apps starts an IdP-initiated sign-in.
func (a *Application) SetSignOnURL(u string) {
	a.tenant.mu.Lock()
	defer a.tenant.mu.Unlock()
	a.signOnURL = u
}
