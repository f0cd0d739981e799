// Package sp is a mock AWS IAM Identity Center instance: SAML service provider,
// access portal, accounts, permission sets and assignments over one identity
// store.
//
// Start one beside a test with [Run], or wire it yourself with [New]:
//
//	instance := sp.Run(t)
//	err := instance.UploadIdPMetadata(federationMetadata)
//	instance.PortalURL() // where a person starts
//
// The identity provider is given [Instance.MetadataURL], or [Instance.EntityID]
// and [Instance.ACSURL]. Whoever signs in must exist under the NameID's value as
// user name: see [Instance.CreateUser]. The SCIM endpoint over the same store is
// package [github.com/idharness/harness/scimmock]; both sides at once are started
// by package [github.com/idharness/harness].
//
// # Access
//
// [Instance.CreateAccount] and [Instance.CreatePermissionSet] make what
// [Instance.Assign] gives to users and groups, which need not exist yet.
// [Instance.AccessOf] tells what comes of it, [Instance.RoleCredentials] hands
// out access keys for it, and the portal shows it. Accounts that people reach by
// SAML without Identity Center have [Instance.CreateSAMLProvider] and
// [Instance.CreateFederatedRole].
//
// # Errors
//
// What the console or an API would refuse is a
// [*github.com/idharness/harness.Refusal] with the service's code, such as
// ValidationException or InvalidIdPMetadata; what the store refuses is an
// [*identitystore.Error]. A SAML response that is refused shows the page of AWS,
// which says little, and below it what was expected and what came.
//
// # What is seen afterwards
//
// [Instance.Events] are CloudTrail records of sign-ins, changes and SCIM calls,
// oldest first. [Instance.PortalSessions] are the sessions that are open.
package sp

import (
	"cmp"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/serve"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/internal/web"
	"github.com/idharness/harness/sp/identitystore"
	"github.com/idharness/harness/sp/ssooidc"
)

// Config says how an instance is set up. The zero value is an instance in
// us-east-1 on real time.
type Config struct {
	Region            string // default us-east-1
	IdentityStoreID   string // d- and ten hex digits; default: made from IDs
	ManagementAccount string // twelve digits; default 123456789012
	PortalAlias       string // of the portal's address at awsapps.com; default: none
	BaseURL           string // where browsers reach it, without a trailing slash; SetBaseURL sets it later

	// The time, ids and trace that the mocks of a harness share, which sets them.
	Clock *clock.Clock    // default: real time
	IDs   *ids.Source     // default: seed 1
	Trace *trace.Recorder // nil: nothing is recorded

	Logger *slog.Logger // default: nothing is logged

	// SessionDuration is how long a portal session lasts: 15 minutes to 90 days
	// (user guide, "Configure the session duration"). Default: 8 hours.
	SessionDuration time.Duration
	// AccessControl turns on attributes for access control; SetAccessControl
	// does it later. As in the service it is off by default.
	AccessControl bool

	Choices    Choices             // knobs for what is not published
	StoreRules identitystore.Rules // what users and groups must satisfy; zero: AWS's
}

const (
	defaultDuration = 8 * time.Hour
	minDuration     = 15 * time.Minute
	maxDuration     = 90 * 24 * time.Hour
)

// Instance is one mock Identity Center instance. It is safe for concurrent use.
type Instance struct {
	identity atomic.Pointer[identity]

	clock  *clock.Clock
	ids    *ids.Source
	trace  *trace.Recorder
	logger *slog.Logger
	pages  *web.Pages
	gate   serve.Gate

	store    *identitystore.Store
	requests *requests
	sessions *sessions
	events   *events
	access   *access

	roleSessions *roleSessions
	tokens       *signInTokens
	oidc         *ssooidc.Service

	mu      sync.RWMutex
	baseURL string
	idp     *identityProvider // nil: the identity source is another
	// activeDirectory says that it is Active Directory, else the directory of
	// Identity Center.
	activeDirectory         bool
	accessControl           bool
	federation              federation
	reminders               reminders         // under mu
	accessControlAttributes map[string]string // tag -> source
	regions                 []string          // the additional ones
	choices                 Choices
}

var (
	regionShape  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	storeShape   = regexp.MustCompile(`^d-[0-9a-f]{10}$`)
	aliasShape   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`) // a part of a host name
	accountShape = regexp.MustCompile(`^\d{12}$`)
)

// New makes an instance. Serve its Handler, then tell it where it is reached
// with SetBaseURL.
func New(cfg Config) (*Instance, error) {
	pages, err := parsePages()
	if err != nil {
		return nil, err
	}
	i := &Instance{
		choices: cfg.Choices, accessControl: cfg.AccessControl,
		clock: cfg.Clock, ids: cfg.IDs, trace: cfg.Trace, logger: cfg.Logger, pages: pages,
	}
	if i.clock == nil {
		i.clock = clock.Following(time.Now)
	}
	if i.ids == nil {
		i.ids = ids.New(1)
	}
	if i.logger == nil {
		i.logger = slog.New(slog.DiscardHandler)
	}
	who := &identity{region: cmp.Or(cfg.Region, "us-east-1"), account: cmp.Or(cfg.ManagementAccount, "123456789012"), alias: cfg.PortalAlias}
	storeID := cmp.Or(cfg.IdentityStoreID, "d-"+i.ids.Hex(10))
	if err := who.check(storeID); err != nil {
		return nil, err
	}
	duration := cmp.Or(cfg.SessionDuration, defaultDuration)
	if duration < minDuration || duration > maxDuration {
		return nil, fmt.Errorf("session duration %s: want %s to %s", duration, minDuration, maxDuration)
	}
	who.instanceID = "ssoins-" + i.ids.Hex(16)
	who.tenant = i.ids.UUID()
	who.created = i.clock.Now()
	i.identity.Store(who)
	i.store = identitystore.New(identitystore.Config{ID: storeID, Region: who.region, Clock: i.clock, IDs: i.ids, Secret: i.trace.Secret, Rules: cfg.StoreRules})
	i.requests = newRequests(i.clock)
	i.sessions = newSessions(i.clock, i.ids, duration)
	i.events = newEvents(i)
	i.access = newAccess(i)
	i.reminders.timers = make(map[string]*clock.Timer)
	i.store.Subscribe(i.provisioningChanged)
	i.roleSessions, i.tokens = newRoleSessions(), newSignInTokens(i.clock)
	i.oidc = ssooidc.New(i.clock, i.ids, oidcPortal{i}, func() ssooidc.Settings { return ssooidc.Settings{SlowDown: i.Choices().DeviceSlowDown} })
	if err := i.SetBaseURL(cmp.Or(cfg.BaseURL, "http://127.0.0.1")); err != nil {
		return nil, err
	}
	return i, nil
}

// identity is what an instance is. It is replaced as a whole, by Restore.
type identity struct {
	region, account string
	instanceID      string // ssoins- and sixteen hex digits
	tenant          string // UUID at the end of the ACS URLs
	alias           string // of the portal; may be empty
	created         time.Time
}

func (i *Instance) named() *identity { return i.identity.Load() }

// check says what does not have its shape.
func (who *identity) check(storeID string) error {
	for _, field := range []struct {
		name, value string
		shape       *regexp.Regexp
	}{{"region", who.region, regionShape}, {"identity store id", storeID, storeShape}, {"management account", who.account, accountShape}} {
		if !field.shape.MatchString(field.value) {
			return fmt.Errorf("%s %q does not have the shape %s", field.name, field.value, field.shape)
		}
	}
	if who.alias != "" && !aliasShape.MatchString(who.alias) {
		return fmt.Errorf("portal alias %q does not have the shape %s", who.alias, aliasShape)
	}
	return nil
}

// Store returns the users and groups.
func (i *Instance) Store() *identitystore.Store { return i.store }

// Now returns the instance's virtual time.
func (i *Instance) Now() time.Time { return i.clock.Now() }

// Region returns the AWS region.
func (i *Instance) Region() string { return i.named().region }

// IdentityStoreID returns d- and ten hex digits.
func (i *Instance) IdentityStoreID() string { return i.store.ID() }

// ARN returns the instance ARN.
func (i *Instance) ARN() string { return "arn:aws:sso:::instance/" + i.named().instanceID }

// Created returns when the instance was made.
func (i *Instance) Created() time.Time { return i.named().created }

// ManagementAccount returns the account that owns the instance.
func (i *Instance) ManagementAccount() string { return i.named().account }

// SetBaseURL says under which address browsers and clients reach the instance;
// every document that it serves follows.
func (i *Instance) SetBaseURL(base string) error {
	checked, err := serve.BaseURL(base)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.baseURL = checked
	return nil
}

// BaseURL returns the address under which the instance is reached.
func (i *Instance) BaseURL() string {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return i.baseURL
}

// EntityID is the issuer URL, the Identifier to enter at the identity provider.
// It keeps the form of the real service whatever the base URL is.
func (i *Instance) EntityID() string {
	return "https://" + i.Region() + ".signin.aws.amazon.com/platform/saml/" + i.store.ID()
}

// MetadataURL is where the service provider's metadata is downloaded.
func (i *Instance) MetadataURL() string {
	return i.BaseURL() + "/platform/saml/metadata/" + i.store.ID()
}

// PortalURL is the access portal, where a person starts.
func (i *Instance) PortalURL() string { return i.BaseURL() + "/start" }

// SCIMURL is the endpoint that automatic provisioning shows.
func (i *Instance) SCIMURL() string { return i.BaseURL() + "/" + i.store.TenantID() + "/scim/v2" }
