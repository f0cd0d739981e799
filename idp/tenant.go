// Package idp is a mock Microsoft Entra ID tenant: a directory, enterprise
// applications with SAML single sign-on, and the provisioning service.
//
// Start one beside a test with [Run], or wire it yourself with [New]:
//
//	tenant := idp.Run(t)
//	app, err := tenant.CreateApplication(idp.ApplicationConfig{Name: "My service"})
//	err = app.UploadMetadata(spMetadata)
//
// The other side is given [Application.MetadataURL], or what
// [Application.FederationMetadata] returns. Both sides at once, with a browser
// that signs people in and a clock that tests can move, are what package
// [github.com/idharness/harness] starts.
//
// # What is in a tenant
//
// [Tenant.Directory] has users and groups; [Tenant.AddUser] and
// [Tenant.AddGroup] are short for it in tests. An [Application] has a service
// provider's identifier and reply URLs, claims, signing certificates, assignments
// and a provisioning job. Nobody but who is assigned signs in, unless
// [ApplicationConfig].AssignmentRequired says otherwise.
// [Tenant.SetConditionalAccess] and the properties of users bring in second
// factors, blocks and expired passwords.
//
// # Errors
//
// What the portal or Microsoft Graph would refuse is a
// [*github.com/idharness/harness.Refusal], whose Where names the setting; mistakes
// in claims are [claims.Mistakes]. Nothing changes then. What Entra refuses in a
// sign-in is a page with an AADSTS code for the person, and stands in the trace.
// [Tenant.FailNext] has Entra refuse what it would not.
//
// # What is not published
//
// [Choices] decide where Microsoft says nothing, or two things.
// [Tenant.Choose] changes them while the tenant runs.
package idp

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/serve"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/internal/web"
)

// Config says how a tenant is set up. The zero value is a tenant
// contoso.example on real time.
type Config struct {
	TenantID    string // a GUID; default: made from IDs
	Domain      string // the verified domain; default contoso.example
	DisplayName string // default Contoso

	// CountryLetterCode is the organization's property, two letters: the source
	// company.tenantcountry.
	CountryLetterCode string

	BaseURL string // where browsers reach it, without a trailing slash; SetBaseURL sets it later

	Choices Choices // knobs for what is not published of Entra

	// The time, ids and trace that the mocks of a harness share, which sets them.
	Clock *clock.Clock    // default: real time
	IDs   *ids.Source     // default: seed 1
	Trace *trace.Recorder // nil: nothing is recorded

	Logger *slog.Logger // default: nothing is logged

	// FreshKeys makes signing keys of the tenant's own. Making one takes about
	// 70 ms, so tenants of one process share theirs unless they ask: a test in
	// which another tenant must not be trusted asks.
	FreshKeys bool

	// Provisioning are the settings with which the provisioning of every new
	// application begins; CreateApplication refuses what is wrong in them.
	Provisioning provisioning.Settings

	// ProvisioningTransport carries the provisioning service's requests.
	// Default: provisioning.DefaultTransport.
	ProvisioningTransport http.RoundTripper
}

// Tenant is one mock Entra ID tenant. It is safe for concurrent use.
type Tenant struct {
	identity atomic.Pointer[identity]

	clock  *clock.Clock
	ids    *ids.Source
	trace  *trace.Recorder
	keys   *keys.Pool
	logger *slog.Logger

	directory *directory.Directory
	transport http.RoundTripper
	initial   provisioning.Settings // of every job
	sessions  *sessions
	lockouts  *lockouts
	faults    *faults
	signOuts  *signOuts
	gate      serve.Gate
	pages     *web.Pages
	tester    Tester // nil unless started by Run

	configuring sync.Mutex // held while an application is created or configured; before mu

	mu            sync.RWMutex
	baseURL       string
	choices       Choices
	policies      []ConditionalAccessPolicy
	notifications []Notification
	apps          []*Application
	keyNext       int                     // next key of the pool
	former        map[string]*Application // by application id: those that a snapshot that was restored did not have
	stsCert       *certificate            // the tenant's own, which signs no application's assertions
}

// New makes a tenant. Serve its Handler, then tell it where it is reached with
// SetBaseURL.
func New(cfg Config) (*Tenant, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	pages, err := parsePages()
	if err != nil {
		return nil, err
	}
	t := &Tenant{
		clock: cfg.Clock, ids: cfg.IDs, trace: cfg.Trace, keys: keys.Process, logger: cfg.Logger,
		transport: cfg.ProvisioningTransport, initial: cfg.Provisioning, pages: pages, choices: cfg.Choices, former: make(map[string]*Application),
	}
	if t.clock == nil {
		t.clock = clock.Following(time.Now)
	}
	if t.ids == nil {
		t.ids = ids.New(1)
	}
	if cfg.FreshKeys {
		t.keys = &keys.Pool{}
	}
	if t.logger == nil {
		t.logger = slog.New(slog.DiscardHandler)
	}
	if t.transport == nil {
		t.transport = provisioning.DefaultTransport()
	}
	who := &identity{id: cmp.Or(cfg.TenantID, t.ids.UUID()), domain: cmp.Or(cfg.Domain, "contoso.example"), displayName: cmp.Or(cfg.DisplayName, "Contoso"), country: cfg.CountryLetterCode}
	who.secret = t.ids.Bytes(32)
	t.identity.Store(who)
	t.directory = directory.New(t.clock, t.ids, who.domain)
	t.sessions = newSessions(t.clock, t.ids)
	t.lockouts, t.faults, t.signOuts = newLockouts(), &faults{}, newSignOuts(t.clock)
	if err := t.SetBaseURL(cmp.Or(cfg.BaseURL, "http://localhost")); err != nil {
		return nil, err
	}
	return t, nil
}

// identity is who a tenant is. It is replaced as a whole, by Restore.
type identity struct {
	id, domain, displayName, country string

	secret []byte // makes pairwise identifiers differ from those of another tenant
}

func (t *Tenant) named() *identity { return t.identity.Load() }

// ID returns the tenant's GUID.
func (t *Tenant) ID() string { return t.named().id }

// Domain returns the tenant's verified domain.
func (t *Tenant) Domain() string { return t.named().domain }

// DisplayName returns the name of the tenant's organization.
func (t *Tenant) DisplayName() string { return t.named().displayName }

// Directory returns the tenant's users and groups.
func (t *Tenant) Directory() *directory.Directory { return t.directory }

// SetBaseURL says under which address browsers and service providers reach the
// tenant; every document that it serves follows.
func (t *Tenant) SetBaseURL(base string) error {
	checked, err := serve.BaseURL(base)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.baseURL = checked
	return nil
}

// BaseURL returns the address under which the tenant is reached.
func (t *Tenant) BaseURL() string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.baseURL
}

// Issuer is the entity id, "Microsoft Entra Identifier" in the portal. It keeps
// the form of the real service whatever the base URL is.
func (t *Tenant) Issuer() string { return "https://sts.windows.net/" + t.ID() + "/" }

// LoginURL is where AuthnRequests and LogoutRequests go: "Login URL" and
// "Logout URL" in the portal.
func (t *Tenant) LoginURL() string { return t.BaseURL() + "/" + t.ID() + "/saml2" }

// MetadataURL is the address of the federation metadata of one application, or
// of the tenant when appID is empty.
func (t *Tenant) MetadataURL(appID string) string {
	u := t.BaseURL() + "/" + t.ID() + "/federationmetadata/2007-06/federationmetadata.xml"
	if appID != "" {
		u += "?appid=" + url.QueryEscape(appID)
	}
	return u
}

// MyAppsURL is the page from which a person starts applications.
func (t *Tenant) MyAppsURL() string { return t.BaseURL() + "/" + t.ID() + "/myapps" }

// CreateUser adds a user to the directory.
func (t *Tenant) CreateUser(u directory.User) (directory.User, error) {
	u.Password = cmp.Or(u.Password, directory.DefaultPassword)
	if u.Password != directory.DefaultPassword { // that one is printed on the sign-in page
		t.trace.Secret(u.Password)
	}
	return t.directory.CreateUser(u)
}

// AddUser is CreateUser for tests: what is wrong with the user ends the test of
// a tenant that was started with Run. Elsewhere it returns the zero User, and
// the error goes to the log.
func (t *Tenant) AddUser(u directory.User) directory.User {
	created, err := t.CreateUser(u)
	t.must("add user", err)
	return created
}

// AddGroup creates a group with its members, as AddUser does users.
func (t *Tenant) AddGroup(displayName string, members ...directory.Principal) directory.Group {
	group, err := t.directory.CreateGroup(directory.Group{DisplayName: displayName})
	if err == nil {
		refs := make([]string, len(members))
		for i, m := range members {
			refs[i] = m.ObjectID()
		}
		err = t.directory.AddMembers(group.ID, refs...)
	}
	t.must("add group", err)
	return group
}

func (t *Tenant) must(what string, err error) {
	if err == nil {
		return
	}
	if t.tester != nil {
		t.tester.Helper()
		t.tester.Fatalf("%s: %v", what, err)
		return
	}
	t.logger.Error(what, "error", err)
}
