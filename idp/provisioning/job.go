// Package provisioning is Entra's provisioning service: a SCIM 2.0 client that
// keeps the users and groups of a target in step with those of the directory.
//
// A [Job] belongs to one application. It is told where the target is
// ([Job.SetTarget]), what to send ([Job.Configure]) and runs cycles: by itself on
// a virtual clock ([Job.Start]), at once ([Job.RunCycle]) or for single objects
// ([Job.OnDemand]).
//
//	settings := job.Settings()
//	settings.Scope = provisioning.ScopeAll
//	if err := job.Configure(settings); err != nil { … } // a *SettingsError says where the mistake is
//	summary, err := job.RunCycle(ctx)
//
// # What came of it
//
// The error of a cycle says that it could not be run. What became of the objects
// is in its [Summary], and [Summary.Err] makes an error of that; one by one they
// stand in [Job.Log]. [Job.Links] tells which object is which in the target, and
// [Job.Escrows] what is tried again. A target that fails too often puts the job
// into [Job.Quarantine].
//
// # Sources
//
// The behaviour follows Microsoft's documentation, "How application
// provisioning works" and "Develop and plan provisioning for a SCIM endpoint in
// Microsoft Entra ID" above all. Where it says nothing, or two things, a member
// of [Settings] decides.
package provisioning

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning/expression"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/refusal"
)

// Source is what a job reads of the tenant.
type Source interface {
	Users() []directory.User                           // live users
	User(id string) (directory.User, bool)             // by object id, also deleted users until they are purged
	Groups() []directory.Group                         // all groups
	Group(id string) (directory.Group, bool)           // by object id
	Members(groupID string) []directory.Member         // direct members, without deleted users
	DirectGroups(id string) []string                   // the groups of which the object is a direct member, also of a deleted user
	Changes(since uint64) ([]directory.Change, uint64) // of the directory and of the application's assignments, as one sequence
	Assigned(id string) bool                           // whether the object itself is assigned to the application
}

// RoleSource is a Source that also knows application roles. Without it
// appRoleAssignments is null for everybody.
type RoleSource interface {
	AppRoles(userID string) []expression.Role
}

// Config is what a job needs to live.
type Config struct {
	ID     string // of the job; empty: made from IDs
	Source Source
	Clock  *clock.Clock
	IDs    *ids.Source
	Client *http.Client // its Transport and Timeout count; nil or zero: a transport of the job's own, half a minute for a request

	TenantID        string
	Domain          string // the tenant's default verified domain, for the function DefaultDomain
	ApplicationID   string
	ApplicationName string
	Template        string // TemplateAWS or TemplateCustom: the default mappings

	// Settings are those with which the job begins.
	Settings Settings

	Secret       func(string)           // nil-able; called with every token, so that it is masked wherever it could show
	ServiceToken func() (string, error) // the service's own token for a blank Secret Token; nil: a blank one is refused
	Notify       func(Notice)           // nil-able; called with every mail
	Logger       *slog.Logger           // nil: nothing is logged
}

// Job is the provisioning job of one application. It is safe for concurrent
// use: one cycle excludes another, and everything else may be called meanwhile.
type Job struct {
	cfg Config

	running chan struct{} // full while a cycle runs

	mu            sync.Mutex
	identity      identity
	retired       bool // the application is gone
	epoch         int  // grows whenever all of this is replaced
	configuration *configuration
	target        *target // nil until SetTarget
	generation    int     // grows whenever a full cycle becomes necessary
	watermark     uint64
	hasWatermark  bool
	restarted     bool // the next full cycle is a restart
	afresh        bool // the next cycle begins without escrows
	forceDeletes  bool // the next cycle ignores the threshold
	links         *links
	escrows       escrows
	staged        map[key]struct{} // disables and deletes that wait for permission
	quarantine    *Quarantine
	log           []LogEntry
	audit         []AuditEntry
	last          *Summary
	executions    executions
	demands       []time.Time // of the last on-demand requests
	progress      *progress   // nil: no cycle runs
	cycles        int

	started  bool
	disabled bool            // by four weeks in quarantine
	context  context.Context // nil until Start
	timer    *clock.Timer
	waits    wait // what the timer was set for
}

// NewJob returns a job without a target. A mistake in cfg.Settings is a
// *[SettingsError].
func NewJob(cfg Config) (*Job, error) {
	for _, need := range []struct {
		missing bool
		name    string
	}{{cfg.Source == nil, "Source"}, {cfg.Clock == nil, "Clock"}, {cfg.IDs == nil, "IDs"}} {
		if need.missing {
			return nil, fmt.Errorf("making a provisioning job: %s is missing", need.name)
		}
	}
	if cfg.Template == "" {
		cfg.Template = TemplateCustom
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Notify == nil {
		cfg.Notify = func(Notice) {}
	}
	if cfg.Secret == nil {
		cfg.Secret = func(string) {}
	}
	client := http.Client{}
	if cfg.Client != nil {
		client = http.Client{Transport: cfg.Client.Transport, Timeout: cfg.Client.Timeout}
	}
	if client.Transport == nil {
		client.Transport = DefaultTransport()
	}
	if client.Timeout == 0 { // a silent target must not hold up a cycle for ever
		client.Timeout = requestTimeout
	}
	cfg.Client = &client
	settings, err := compile(cfg.Settings, cfg.Template)
	if err != nil {
		return nil, fmt.Errorf("making a provisioning job: %w", err)
	}
	return &Job{
		cfg: cfg, identity: identity{jobID(cfg), cfg.TenantID, cfg.Domain, cfg.ApplicationName}, running: make(chan struct{}, 1), configuration: settings,
		links: newLinks(), escrows: make(escrows), staged: make(map[key]struct{}),
	}, nil
}

// identity is what a job is called, and whose it is.
type identity struct{ id, tenantID, domain, application string }

func (j *Job) named() identity {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.identity
}

// ID returns the job's id.
func (j *Job) ID() string { return j.named().id }

// Configure replaces the settings. A change of mappings or scoping filters
// restarts provisioning ("Application provisioning in quarantine status"): the
// next cycle is an initial one, escrows and a quarantine end, links stay. A
// change of scope does not: what was in scope before is looked at when it
// changes, or after a restart ("Known issues", switching from Sync All to Sync
// Assigned). A mistake is returned as a *SettingsError and changes nothing.
func (j *Job) Configure(s Settings) error {
	c, err := compile(s, j.cfg.Template)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.errRetired(); err != nil {
		return err
	}
	old := j.configuration
	j.auditChange(old, c)
	if !sameTables(old, c) {
		j.hasWatermark, j.afresh = false, true
		j.generation++
		j.quarantine = nil
	}
	if old.Interval != c.Interval && j.waits == waitInterval {
		j.disarm()
	}
	j.configuration = c
	j.arm()
	return nil
}

func sameTables(a, b *configuration) bool {
	clauses := func(x, y [][]Clause) bool {
		return slices.EqualFunc(x, y, func(x, y []Clause) bool { return slices.Equal(x, y) })
	}
	return slices.Equal(a.Users.Mappings, b.Users.Mappings) && slices.Equal(a.Groups.Mappings, b.Groups.Mappings) &&
		slices.Equal(a.Users.Attributes, b.Users.Attributes) && slices.Equal(a.Groups.Attributes, b.Groups.Attributes) &&
		clauses(a.Users.Filters, b.Users.Filters) && clauses(a.Groups.Filters, b.Groups.Filters) && a.groupsEnabled() == b.groupsEnabled() &&
		a.WorkTypesOnly == b.WorkTypesOnly
}

// Settings returns the settings in force, defaults filled in.
func (j *Job) Settings() Settings {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.configuration.Settings
	s.Users.Mappings, s.Groups.Mappings = slices.Clone(s.Users.Mappings), slices.Clone(s.Groups.Mappings)
	s.Users.Actions, s.Groups.Actions = slices.Clone(s.Users.Actions), slices.Clone(s.Groups.Actions)
	s.Users.Attributes, s.Groups.Attributes = slices.Clone(s.Users.Attributes), slices.Clone(s.Groups.Attributes)
	s.Users.Filters, s.Groups.Filters = cloneFilters(s.Users.Filters), cloneFilters(s.Groups.Filters)
	return s
}

func cloneFilters(f [][]Clause) [][]Clause {
	var out [][]Clause
	for _, clauses := range f {
		out = append(out, slices.Clone(clauses))
	}
	return out
}

// SetTarget sets the console's Tenant URL and Secret Token. New credentials end
// a quarantine, but a job that four weeks of it have disabled must be started;
// links and watermark stay, also for another server. The error is a
// [*github.com/idharness/harness.Refusal].
func (j *Job) SetTarget(tenantURL, secretToken string) error {
	t, err := parseTarget(tenantURL, secretToken)
	if err != nil {
		return err
	}
	if secretToken == "" && j.cfg.ServiceToken == nil {
		return &refusal.Refusal{
			Code: codeCredentialUnavailable, Message: textTestFailed, Expected: "a token of the target", Got: "nothing",
			Where: "Secret Token", Fix: refusal.Entra, Hint: "copy the access token that the target shows when automatic provisioning is enabled",
		}
	}
	if secretToken != "" {
		j.cfg.Secret(secretToken)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.errRetired(); err != nil {
		return err
	}
	j.audited(ActivitySettings)
	j.target = t
	j.quarantine = nil
	j.arm()
	return nil
}

// token returns what stands in the Authorization header.
func (j *Job) token(t *target) func() (string, error) {
	if t.token != "" {
		return func() (string, error) { return t.token, nil }
	}
	return func() (string, error) {
		token, err := j.cfg.ServiceToken()
		if err != nil {
			return "", err
		}
		j.cfg.Secret(token)
		return token, nil
	}
}

// errNotConfigured is what running without a target gives.
func errNotConfigured() error {
	return &refusal.Refusal{
		Code: "NotConfigured", Message: "Provisioning is not configured.", Expected: "a tenant URL and a secret token", Got: "neither",
		Where: "Admin Credentials", Fix: refusal.Entra, Hint: "set the SCIM endpoint and its access token first",
	}
}

// lock waits until no cycle runs, or ctx is done.
func (j *Job) lock(ctx context.Context) (unlock func(), err error) {
	select {
	case j.running <- struct{}{}:
		return func() { <-j.running }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for the running cycle to end: %w", ctx.Err())
	}
}

// Log returns the provisioning log, oldest entry first. Entries are kept for
// 30 days.
func (j *Job) Log() []LogEntry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.log)
}

func (j *Job) addEntry(e LogEntry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Milliseconds = j.cfg.Clock.Now().Sub(e.Time).Milliseconds()
	j.log = append(j.log, e)
}

// forget drops log entries that are too old.
func (j *Job) forget(now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	keep := slices.IndexFunc(j.log, func(e LogEntry) bool { return now.Sub(e.Time) <= logLife })
	switch {
	case keep < 0:
		j.log = nil
	case keep > 0:
		j.log = slices.Clone(j.log[keep:])
	}
}

// Quarantine returns the state of the quarantine, if there is one.
func (j *Job) Quarantine() (Quarantine, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.quarantine == nil {
		return Quarantine{}, false
	}
	return *j.quarantine, true
}

// LastCycle returns the summary of the last cycle, if one has run. On-demand
// provisioning is no cycle.
func (j *Job) LastCycle() (Summary, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.last == nil {
		return Summary{}, false
	}
	return *j.last, true
}

// Cycles returns how many cycles have run.
func (j *Job) Cycles() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.cycles
}

// Links returns which objects of the target belong to which of the directory.
func (j *Job) Links() []Link {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.links.list()
}

// Escrows returns the objects that failed and wait to be tried again.
func (j *Job) Escrows() []Escrow {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.escrows.list()
}

// jobID has the shape of the service's job ids: template, tenant, a GUID.
func jobID(cfg Config) string {
	if cfg.ID != "" {
		return cfg.ID
	}
	return templateID(cfg.Template) + "." + strip(cfg.TenantID) + "." + cfg.IDs.UUID()
}

// templateID is the service's name of a template.
func templateID(template string) string {
	if template == TemplateAWS {
		return "aws"
	}
	return "scim"
}
