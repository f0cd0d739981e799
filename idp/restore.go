package idp

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/snapshot"
)

// Restore makes the tenant hold what the snapshot has and nothing else: also its
// id, domain and name. If anything in the snapshot is wrong the error says what,
// and the tenant stays as it was.
//
// An [Application] of before stays valid if the snapshot has an application with
// its id that was made from the same template; any other one is gone and refuses
// to be changed. All sessions end: browsers and sign-ins under way begin anew.
// The tenant goes on being reached under its own address.
func (t *Tenant) Restore(s Snapshot) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	clock, err := t.clock.Hold(ctx)
	if err != nil {
		return fmt.Errorf("restore snapshot: %w", err)
	}
	defer clock()
	h, err := t.Hold(ctx)
	if err != nil {
		return fmt.Errorf("restore snapshot: %w", err)
	}
	defer h.Release()
	apply, err := h.PrepareRestore(s)
	if err != nil {
		return fmt.Errorf("restore snapshot: %w", err)
	}
	apply()
	return nil
}

// restoration is a snapshot that was checked.
type restoration struct {
	snapshot  Snapshot
	tenant    *identity
	directory *directory.Restoration
	apps      []restoredApp
	own       *certificate
	lockouts  map[string]*failedAttempts
	faults    []armedFault
}

// restoredApp is an application of a snapshot, and the one that takes it in.
type restoredApp struct {
	app      *Application
	record   ApplicationRecord
	certs    []*certificate
	assigned map[string]assignment
	job      *provisioning.Restoration
}

// PrepareRestore checks a snapshot. What it returns restores it, without fail;
// the tenant must still be held by then.
func (h *Held) PrepareRestore(s Snapshot) (apply func(), err error) {
	if err := snapshot.CheckVersion(s.Version, SnapshotVersion); err != nil {
		return nil, err
	}
	if s, err = s.clone(); err != nil {
		return nil, err
	}
	r := &restoration{snapshot: s}
	if s.Tenant.ID == "" || s.Tenant.DisplayName == "" || len(s.Tenant.PairwiseSecret) == 0 {
		return nil, errors.New("tenant: want id, displayName and pairwiseSecret")
	}
	r.tenant = &identity{s.Tenant.ID, s.Directory.Domain, s.Tenant.DisplayName, s.Tenant.CountryLetterCode, s.Tenant.PairwiseSecret}
	if r.directory, err = directory.PrepareRestore(s.Directory); err != nil {
		return nil, fmt.Errorf("directory.%w", err)
	}
	if err := h.checkApplications(r); err != nil {
		return nil, err
	}
	if s.Certificate != nil {
		if r.own, err = s.Certificate.read(); err != nil {
			return nil, fmt.Errorf("certificate.%w", err)
		}
	}
	if err := checkPolicies(s.ConditionalAccess); err != nil {
		return nil, err
	}
	if err := r.checkRefusals(); err != nil {
		return nil, err
	}
	return func() { h.restore(r) }, nil
}

// clone makes sure that what is restored is not what the caller keeps. Directory
// and provisioning see to that themselves.
func (s Snapshot) clone() (Snapshot, error) {
	plain := s
	plain.Directory = directory.Snapshot{}
	plain.Applications = slices.Clone(s.Applications)
	for i := range plain.Applications {
		plain.Applications[i].Provisioning = provisioning.Snapshot{}
	}
	text, err := json.Marshal(plain)
	if err != nil {
		return s, err
	}
	var out Snapshot
	if err := json.Unmarshal(text, &out); err != nil {
		return s, err
	}
	out.Directory = s.Directory
	for i := range out.Applications {
		out.Applications[i].Provisioning = s.Applications[i].Provisioning
	}
	return out, nil
}

func (h *Held) checkApplications(r *restoration) error {
	exists := make(map[string]directory.Kind)
	for _, u := range r.snapshot.Directory.Users {
		exists[u.ID] = directory.KindUser
	}
	for _, g := range r.snapshot.Directory.Groups {
		exists[g.ID] = directory.KindGroup
	}
	apps, identifiers := make(map[string]int), make(map[string]int)
	for i, record := range r.snapshot.Applications {
		a, err := checkApplication(record, exists, r.snapshot.Directory.Changes.Latest())
		if other, ok := apps[record.Config.AppID]; ok && err == nil {
			err = fmt.Errorf("config.appId: applications[%d] has it", other)
		}
		apps[record.Config.AppID] = i
		for n, id := range record.Config.Identifiers {
			if other, ok := identifiers[id]; ok && other != i && err == nil {
				err = fmt.Errorf("config.identifiers[%d]: applications[%d] has it", n, other)
			}
			identifiers[id] = i
		}
		if err == nil {
			a.app, err = h.takesIn(record)
		}
		if err != nil {
			return fmt.Errorf("applications[%d] (%s): %w", i, record.Config.Name, err)
		}
		r.apps = append(r.apps, a)
	}
	return nil
}

func checkApplication(record ApplicationRecord, exists map[string]directory.Kind, changes uint64) (restoredApp, error) {
	a := restoredApp{record: record, assigned: make(map[string]assignment)}
	if record.ID == "" || record.Config.AppID == "" {
		return a, errors.New("id, config.appId: there is none")
	}
	// The claims may need a custom signing key that was deleted since.
	if err := record.Config.validate(true); err != nil {
		return a, fmt.Errorf("config: %w", err)
	}
	active := 0
	for i, c := range record.Certificates {
		cert, err := c.read()
		if err != nil {
			return a, fmt.Errorf("certificates[%d].%w", i, err)
		}
		if c.Active {
			active++
		}
		a.certs = append(a.certs, cert)
	}
	if active != 1 {
		return a, fmt.Errorf("certificates: %d are active, want one", active)
	}
	for i, as := range record.Assignments {
		_, twice := a.assigned[as.ID]
		if kind, ok := exists[as.ID]; !ok || kind != as.Kind || twice || len(as.RoleIDs) == 0 {
			return a, fmt.Errorf("assignments[%d]: want a user or group of the directory, once, and the ids of its roles, got %s %s with %d", i, as.Kind, as.ID, len(as.RoleIDs))
		}
		for _, id := range as.RoleIDs {
			if id != defaultAccess && !slices.ContainsFunc(record.Config.AppRoles, func(r AppRole) bool { return r.ID == id }) {
				return a, fmt.Errorf("assignments[%d].roleIds: the application has no role %s", i, id)
			}
		}
		a.assigned[as.ID] = assignment{as.Kind, as.RoleIDs}
	}
	var err error
	if a.job, err = provisioning.PrepareRestore(record.Provisioning, string(record.Config.Template), changes); err != nil {
		return a, fmt.Errorf("provisioning.%w", err)
	}
	return a, nil
}

// takesIn finds the application that becomes the one of the record, or makes it.
func (h *Held) takesIn(record ApplicationRecord) (*Application, error) {
	for app := range h.jobs {
		if app.appID == record.Config.AppID && app.template == record.Config.Template {
			return app, nil
		}
	}
	app := &Application{tenant: h.tenant, appID: record.Config.AppID, template: record.Config.Template}
	job, err := h.tenant.newJob(app, record.Config.Name, record.Provisioning.ID)
	app.job = job
	return app, err
}

// checkRefusals reads what smart lockout knows and what FailNext has armed.
func (r *restoration) checkRefusals() error {
	r.lockouts = make(map[string]*failedAttempts)
	for i, l := range r.snapshot.Lockouts {
		a := &failedAttempts{count: l.Count, length: l.Length, until: l.Until}
		for _, hash := range l.Recent {
			if len(hash) != sha256.Size {
				return fmt.Errorf("lockouts[%d].recent: want SHA-256 hashes, got %d bytes", i, len(hash))
			}
			a.recent = append(a.recent, [sha256.Size]byte(hash))
		}
		if r.lockouts[l.UserID] != nil || l.UserID == "" || l.Count < 0 || l.Length < 0 || len(l.Recent) > lockoutMemory {
			return fmt.Errorf("lockouts[%d]: want the id of a user, once, and what it has failed so far", i)
		}
		r.lockouts[l.UserID] = a
	}
	for i, f := range r.snapshot.FailNext {
		if _, known := faultTexts[f.Code]; !known && f.Message == "" {
			return fmt.Errorf("failNext[%d]: there is no text for AADSTS%d, and no message", i, f.Code)
		}
		r.faults = append(r.faults, armedFault{f.Code, f.Message})
	}
	return nil
}

func (h *Held) restore(r *restoration) {
	t, s := h.tenant, r.snapshot
	for _, u := range s.Directory.Users {
		if u.Password != "" {
			t.trace.Secret(u.Password)
		}
	}
	t.identity.Store(r.tenant)
	t.directory.Restore(r.directory)
	h.restoreApplications(r)
	for _, a := range r.apps {
		job := h.jobs[a.app]
		job.Restore(a.job, r.tenant.id, r.tenant.domain)
	}
	t.sessions.clear()
	t.signOuts.clear()
	t.lockouts.replace(r.lockouts)
	t.faults.replace(r.faults)
	t.ids.MoveTo(s.IDs)
}

func (h *Held) restoreApplications(r *restoration) {
	t, s := h.tenant, r.snapshot
	t.mu.Lock()
	defer t.mu.Unlock()
	t.choices, t.policies, t.notifications, t.stsCert = s.Choices, s.ConditionalAccess, s.Notifications, r.own
	used := []*rsa.PrivateKey{}
	if r.own != nil {
		used = append(used, r.own.key)
	}
	before := t.apps
	t.apps = nil
	for _, a := range r.apps {
		a.app.restore(a, s.Taken)
		t.apps = append(t.apps, a.app)
		delete(t.former, a.app.appID)
		for _, c := range a.certs {
			used = append(used, c.key)
		}
		if h.jobs[a.app] == nil { // it is new, and nobody else knows its job
			h.jobs[a.app], _ = a.app.job.Hold(context.Background())
			h.undo = append(h.undo, h.jobs[a.app].Release)
		}
	}
	for _, app := range before {
		if slices.Contains(t.apps, app) {
			continue
		}
		app.gone = true
		for _, c := range app.certs {
			c.stopTimers()
		}
		h.jobs[app].Retire()
		if !slices.ContainsFunc(t.apps, func(other *Application) bool { return other.appID == app.appID }) {
			t.former[app.appID] = app
		}
	}
	t.keyNext = t.keys.After(used)
}

// restore takes in what was checked. The tenant is locked.
func (a *Application) restore(r restoredApp, taken time.Time) {
	for _, c := range a.certs {
		c.stopTimers()
	}
	a.id, a.gone, a.certs, a.assigned = r.record.ID, false, r.certs, r.assigned
	_ = a.set(r.record.Config) // which was checked
	a.scheduleExpiry(taken)
}

// lost refuses to change an application that is gone. The tenant is locked.
func (a *Application) lost() error {
	if !a.gone {
		return nil
	}
	return &refusal.Refusal{
		Code: "Request_ResourceNotFound", Message: fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", a.id),
		Expected: "an application of the tenant", Got: a.cfg.Name + ", which the restored snapshot does not have", Where: "application", Fix: refusal.Entra,
		Hint: "take the application from the tenant again after Restore or Reset",
	}
}

// Gone reports whether the tenant was restored to a snapshot that does not have
// the application.
func (a *Application) Gone() bool { return read(a, func() bool { return a.gone }) }

func (s *sessions) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.cookies)
	clear(s.byID)
	clear(s.pending)
	s.order, s.sweepAt = nil, 0
}

func (s *signOuts) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.byID)
	s.oldest = nil
}

func (l *lockouts) replace(byUser map[string]*failedAttempts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byUser = byUser
}

func (f *faults) replace(next []armedFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = next
}

// Moved returns the snapshot with other base URLs in the place of those to which
// applications and provisioning lead: a service provider may be reached
// elsewhere now.
func (s Snapshot) Moved(addresses map[string]string) Snapshot {
	moved := func(address *string) { *address = snapshot.Moved(*address, addresses) }
	moved(&s.Address)
	s.Applications = slices.Clone(s.Applications)
	for i := range s.Applications {
		a := &s.Applications[i]
		a.Config = a.Config.clone()
		for _, address := range []*string{&a.Config.DefaultReplyURL, &a.Config.SignOnURL, &a.Config.LogoutURL, &a.Config.HomepageURL} {
			moved(address)
		}
		for n := range a.Config.ReplyURLs {
			moved(&a.Config.ReplyURLs[n])
		}
		if target := a.Provisioning.Target; target != nil {
			there := *target
			moved(&there.URL)
			a.Provisioning.Target = &there
		}
	}
	return s
}
