package sp

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/snapshot"
	"github.com/idharness/harness/sp/identitystore"
)

// Restore makes the instance hold what the snapshot has and nothing else: also
// its ids, Region and management account. If anything in the snapshot is wrong
// the error says what, and the instance stays as it was.
//
// All sessions end, of browsers and of programs, and temporary credentials are
// good no longer. Clients that have registered themselves with the OIDC service
// need not do so again. The instance goes on being reached under its own
// address.
func (i *Instance) Restore(s Snapshot) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	clock, err := i.clock.Hold(ctx)
	if err != nil {
		return fmt.Errorf("restore snapshot: %w", err)
	}
	defer clock()
	h, err := i.Hold(ctx)
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
	identity  *identity
	store     *identitystore.Restoration
	idp       *identityProvider
	roles     map[roleKey]provisionedRole
	providers []SAMLProvider
}

// PrepareRestore checks a snapshot. What it returns restores it, without fail;
// the instance must still be held by then.
func (h *Held) PrepareRestore(s Snapshot) (apply func(), err error) {
	if err := snapshot.CheckVersion(s.Version, SnapshotVersion); err != nil {
		return nil, err
	}
	if s, err = s.clone(); err != nil {
		return nil, err
	}
	w := s.Instance
	r := &restoration{snapshot: s, identity: &identity{w.Region, w.ManagementAccount, w.InstanceID, w.Tenant, w.PortalAlias, w.Created}}
	if err := r.identity.check(s.Store.ID); err != nil {
		return nil, fmt.Errorf("instance: %w", err)
	}
	if w.InstanceID == "" || w.Tenant == "" || s.Store.Region != w.Region {
		return nil, fmt.Errorf("instance: want instanceId, tenant and the Region of the identity store, %q", s.Store.Region)
	}
	if r.store, err = h.instance.store.PrepareRestore(s.Store); err != nil {
		return nil, fmt.Errorf("identityStore.%w", err)
	}
	if err := r.checkSource(); err != nil {
		return nil, fmt.Errorf("identitySource.%w", err)
	}
	if err := r.checkAccess(); err != nil {
		return nil, err
	}
	if err := r.checkFederation(); err != nil {
		return nil, err
	}
	if err := r.checkSettings(); err != nil {
		return nil, err
	}
	return func() { h.restore(r) }, nil
}

// clone makes sure that what is restored is not what the caller keeps. The
// identity store sees to that itself.
func (s Snapshot) clone() (Snapshot, error) {
	store := s.Store
	s.Store = identitystore.State{}
	text, err := json.Marshal(s)
	if err != nil {
		return s, err
	}
	var out Snapshot
	err = json.Unmarshal(text, &out)
	out.Store = store
	return out, err
}

func readCertificates(texts []string) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for n, text := range texts {
		cert, err := keys.ParseCertificate([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("certificates[%d]: %w", n, err)
		}
		out = append(out, cert)
	}
	return out, nil
}

func (r *restoration) checkSource() error {
	s := r.snapshot.Source
	certs, err := readCertificates(s.Certificates)
	if err != nil {
		return err
	}
	switch s.Type {
	case SourceExternal:
		if s.Issuer == "" || s.RedirectURL == "" && s.PostURL == "" || len(certs) == 0 {
			return errors.New("issuer, redirectUrl, postUrl, certificates: an identity provider has an issuer, a certificate and one of the URLs")
		}
		for _, address := range []string{s.RedirectURL, s.PostURL} {
			if address != "" && !isWebURL(address) {
				return fmt.Errorf("redirectUrl, postUrl: %q is no http or https URL", address)
			}
		}
		r.idp = &identityProvider{s.Issuer, s.RedirectURL, s.PostURL, certs}
	case SourceDirectory, SourceActiveDirectory:
		if s.Issuer != "" || len(certs) > 0 {
			return fmt.Errorf("issuer: %s has none", s.Type)
		}
	default:
		return fmt.Errorf("type: want %s, %s or %s, got %q", SourceDirectory, SourceExternal, SourceActiveDirectory, s.Type)
	}
	return nil
}

// checkAccess checks accounts, permission sets and assignments.
func (r *restoration) checkAccess() error {
	s := r.snapshot
	accounts, sets := make(map[string]bool), make(map[string]bool)
	names := make(map[string]bool)
	for n, a := range s.Accounts {
		if !accountShape.MatchString(a.ID) || accounts[a.ID] || a.Name == "" {
			return fmt.Errorf("accounts[%d]: want twelve digits that no other account has, and a name, got %q (%q)", n, a.ID, a.Name)
		}
		accounts[a.ID] = true
	}
	for n, p := range s.PermissionSets {
		err := p.check(Choices{ManagedPolicyQuota: math.MaxInt}) // the quota may have been another when it was made
		if err == nil && (p.ARN == "" || sets[p.ARN] || names[p.Name]) {
			err = errors.New("its ARN and name must be there, and no other set's")
		}
		if err != nil {
			return fmt.Errorf("permissionSets[%d] (%s): %w", n, p.Name, err)
		}
		sets[p.ARN], names[p.Name] = true, true
	}
	r.roles = make(map[roleKey]provisionedRole)
	for n, role := range s.Provisioned {
		key := roleKey{role.AccountID, role.PermissionSet.ARN}
		if _, twice := r.roles[key]; twice || role.Name == "" || !accounts[key.account] || !sets[key.set] {
			return fmt.Errorf("provisioned[%d]: want a name, an account and a permission set of the snapshot, each pair once, got %q, %q, %q", n, role.Name, key.account, key.set)
		}
		r.roles[key] = provisionedRole{role.Name, role.PermissionSet}
	}
	for n, a := range s.Assignments {
		_, provisioned := r.roles[roleKey{a.AccountID, a.PermissionSet}]
		if a.PrincipalType != PrincipalUser && a.PrincipalType != PrincipalGroup || a.PrincipalID == "" || !provisioned || slices.Contains(s.Assignments[:n], a) {
			return fmt.Errorf("assignments[%d]: want a principal and a permission set that is provisioned in the account, once, got %+v", n, a)
		}
	}
	for n, w := range s.Waiting {
		if (w.User == "") == (w.Group == "") || !accounts[w.Account] || !sets[w.PermissionSet] {
			return fmt.Errorf("waiting[%d]: want a user or a group, an account and a permission set of the snapshot, got %+v", n, w)
		}
	}
	return nil
}

// checkFederation checks what accounts have of direct federation.
func (r *restoration) checkFederation() error {
	known := make(map[string]bool)
	for n, p := range r.snapshot.SAMLProviders {
		certs, err := readCertificates(p.Certificates)
		if err == nil && (!providerName.MatchString(p.Name) || !accountShape.MatchString(p.AccountID) || p.Issuer == "" || known[p.ARN] || p.ARN != "arn:aws:iam::"+p.AccountID+":saml-provider/"+p.Name) {
			err = errors.New("want an account, a name, an issuer and the ARN that goes with them, once")
		}
		if err != nil {
			return fmt.Errorf("samlProviders[%d] (%s): %w", n, p.Name, err)
		}
		known[p.ARN] = true
		provider := p.SAMLProvider
		provider.idp = &identityProvider{entityID: p.Issuer, certs: certs}
		r.providers = append(r.providers, provider)
	}
	for n, role := range r.snapshot.FederatedRoles {
		err := role.check(role.Account)
		if err == nil && (!accountShape.MatchString(role.Account) || role.ID == "" || known[role.ARN] || role.ARN != role.arn()) {
			err = errors.New("want an account, an id and the ARN that goes with them, once")
		}
		if err != nil {
			return fmt.Errorf("federatedRoles[%d] (%s): %w", n, role.Name, err)
		}
		known[role.ARN] = true
	}
	return nil
}

func (r *restoration) checkSettings() error {
	s := r.snapshot
	if s.SessionDuration < minDuration || s.SessionDuration > maxDuration {
		return fmt.Errorf("sessionDuration: want %s to %s, got %s", minDuration, maxDuration, s.SessionDuration)
	}
	if err := checkAccessControlAttributes(s.AccessControlAttributes); err != nil {
		return fmt.Errorf("accessControlAttributes: %w", err)
	}
	for n, region := range s.Regions {
		if !regionShape.MatchString(region) || region == r.identity.region || slices.Contains(s.Regions[:n], region) {
			return fmt.Errorf("additionalRegions[%d]: want a Region, once, got %q", n, region)
		}
	}
	return nil
}

func (h *Held) restore(r *restoration) {
	i, s := h.instance, r.snapshot
	x := i.access
	x.mu.Lock()
	x.wishes = nil // the store's news are not for them
	x.mu.Unlock()
	i.identity.Store(r.identity)
	i.store.RestoreState(r.store)
	x.mu.Lock()
	x.accounts, x.sets, x.assignments, x.wishes, x.roles = s.Accounts, s.PermissionSets, s.Assignments, s.Waiting, r.roles
	x.mu.Unlock()

	i.federation.mu.Lock()
	i.federation.providers, i.federation.roles = r.providers, s.FederatedRoles
	i.federation.mu.Unlock()

	i.mu.Lock()
	i.idp, i.activeDirectory = r.idp, s.Source.Type == SourceActiveDirectory
	i.accessControl, i.accessControlAttributes = s.AccessControl, s.AccessControlAttributes
	i.regions, i.choices = s.Regions, s.Choices
	for _, id := range slices.Collect(maps.Keys(i.reminders.timers)) {
		i.reminders.stop(id)
	}
	i.mu.Unlock()
	for _, t := range s.Store.Tokens {
		i.remindAfter(t.ID, s.Taken)
	}

	i.requests.clear()
	i.sessions.begin(s.SessionDuration)
	i.roleSessions.clear()
	i.tokens.clear()
	i.oidc.EndAll()
	i.events.replace(s.Events)
	i.ids.MoveTo(s.IDs)
}

func (q *requests) clear() {
	q.mu.Lock()
	defer q.mu.Unlock()
	clear(q.sent)
	clear(q.used)
	q.order, q.usedOrder = nil, nil
}

// begin ends all sessions; new ones last for the duration.
func (s *sessions) begin(duration time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.duration = duration
	clear(s.live)
	clear(s.codes)
	s.clients = newClientSessions()
}

func (r *roleSessions) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.byKey)
	r.order = nil
}

func (s *signInTokens) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
	s.order = nil
}

func (e *events) replace(list []Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = list
}
