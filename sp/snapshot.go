package sp

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"time"

	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/snapshot"
	"github.com/idharness/harness/sp/identitystore"
)

// SnapshotVersion is the version of the snapshots that this package writes and
// reads.
const SnapshotVersion = 1

// Snapshot is everything that an instance holds at one moment, as a value that
// can be kept and written as JSON. Of access tokens it has hashes.
//
// Not part of it are sessions, of browsers and of programs, and sign-ins under
// way, nor what is only between an API's call and its answer. The address under
// which the instance is reached is named by Address only.
type Snapshot struct {
	Version int       `json:"version"`
	Taken   time.Time `json:"taken"`   // virtual time
	Address string    `json:"address"` // base URL at that time

	Instance InstanceRecord      `json:"instance"`
	Choices  Choices             `json:"choices,omitzero"`
	Store    identitystore.State `json:"identityStore"`
	Source   SourceRecord        `json:"identitySource"`

	Accounts       []Account       `json:"accounts,omitempty"`
	PermissionSets []PermissionSet `json:"permissionSets,omitempty"` // in order of creation
	Provisioned    []RoleRecord    `json:"provisioned,omitempty"`    // permission sets in accounts
	Assignments    []Assignment    `json:"assignments,omitempty"`
	Waiting        []Wish          `json:"waiting,omitempty"` // assignments for whose user or group the instance waits

	SessionDuration         time.Duration        `json:"sessionDuration"` // of portal sessions, in nanoseconds
	AccessControl           bool                 `json:"accessControl,omitempty"`
	AccessControlAttributes map[string]string    `json:"accessControlAttributes,omitempty"`
	Regions                 []string             `json:"additionalRegions,omitempty"`
	SAMLProviders           []SAMLProviderRecord `json:"samlProviders,omitempty"`
	FederatedRoles          []FederatedRole      `json:"federatedRoles,omitempty"`
	Events                  []Event              `json:"events,omitempty"` // the latest records of CloudTrail

	IDs ids.Position `json:"ids,omitzero"` // where the source of ids stands; nothing: it stays where it is
}

// InstanceRecord is what an instance is.
type InstanceRecord struct {
	Region            string    `json:"region"`
	ManagementAccount string    `json:"managementAccount"`
	InstanceID        string    `json:"instanceId"` // ssoins-…
	Tenant            string    `json:"tenant"`     // at the end of the ACS URLs
	PortalAlias       string    `json:"portalAlias,omitempty"`
	Created           time.Time `json:"created"`
}

// SourceRecord is the identity source.
type SourceRecord struct {
	Type         SourceType `json:"type"`
	Issuer       string     `json:"issuer,omitempty"`
	RedirectURL  string     `json:"redirectUrl,omitempty"`
	PostURL      string     `json:"postUrl,omitempty"`
	Certificates []string   `json:"certificates,omitempty"` // PEM
}

// RoleRecord is the role that stands for a permission set in an account, with
// the set as it was provisioned last.
type RoleRecord struct {
	AccountID     string        `json:"accountId"`
	Name          string        `json:"name"`
	PermissionSet PermissionSet `json:"permissionSet"`
}

// SAMLProviderRecord is a SAML provider with its certificates.
type SAMLProviderRecord struct {
	SAMLProvider
	Certificates []string `json:"certificates"` // PEM
}

// UnmarshalJSON reads a snapshot of this version and no other, with no members
// that it does not know.
func (s *Snapshot) UnmarshalJSON(text []byte) error {
	type plain Snapshot
	var read plain
	if err := snapshot.Unmarshal(text, SnapshotVersion, &read); err != nil {
		return err
	}
	*s = Snapshot(read)
	return nil
}

const (
	patience   = time.Minute // how long Snapshot and Restore wait for requests
	keptEvents = 1000        // how many events a snapshot has at most
)

// Snapshot returns everything that the instance holds. It waits for requests
// under way, for at most a minute.
func (i *Instance) Snapshot() (Snapshot, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	h, err := i.Hold(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("take snapshot: %w", err)
	}
	defer h.Release()
	return h.Snapshot(), nil
}

// Snapshot returns everything that the instance holds.
func (h *Held) Snapshot() Snapshot {
	i := h.instance
	who := i.named()
	s := Snapshot{
		Version: SnapshotVersion, Taken: i.clock.Now(), Address: i.BaseURL(), Choices: i.Choices(),
		Instance: InstanceRecord{who.region, who.account, who.instanceID, who.tenant, who.alias, who.created},
		Store:    i.store.State(), Source: i.sourceRecord(), SessionDuration: i.SessionDuration(),
		AccessControl: i.AccessControl(), AccessControlAttributes: i.AccessControlAttributes(), Regions: i.Regions()[1:],
		FederatedRoles: i.FederatedRoles(), PermissionSets: i.PermissionSets(), Assignments: i.Assignments(), IDs: i.ids.Position(),
	}
	events := i.Events()
	s.Events = events[max(0, len(events)-keptEvents):]
	for _, p := range i.SAMLProviders() {
		s.SAMLProviders = append(s.SAMLProviders, SAMLProviderRecord{p, writeCertificates(p.idp.certs)})
	}
	x := i.access
	x.mu.RLock()
	defer x.mu.RUnlock()
	s.Accounts, s.Waiting = slices.Clone(x.accounts), slices.Clone(x.wishes)
	for key, role := range x.roles {
		s.Provisioned = append(s.Provisioned, RoleRecord{key.account, role.name, role.set.clone()})
	}
	slices.SortFunc(s.Provisioned, func(a, b RoleRecord) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Name, b.Name))
	})
	return s
}

func (i *Instance) sourceRecord() SourceRecord {
	i.mu.RLock()
	defer i.mu.RUnlock()
	r := SourceRecord{Type: i.sourceType()}
	if i.idp != nil {
		r.Issuer, r.RedirectURL, r.PostURL, r.Certificates = i.idp.entityID, i.idp.redirectURL, i.idp.postURL, writeCertificates(i.idp.certs)
	}
	return r
}

func writeCertificates(certs []*x509.Certificate) []string {
	var out []string
	for _, c := range certs {
		out = append(out, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})))
	}
	return out
}

// Moved returns the snapshot with other base URLs in the place of those to which
// sign-in leads: an identity provider may be reached elsewhere now.
func (s Snapshot) Moved(addresses map[string]string) Snapshot {
	for _, address := range []*string{&s.Address, &s.Source.RedirectURL, &s.Source.PostURL} {
		*address = snapshot.Moved(*address, addresses)
	}
	return s
}
