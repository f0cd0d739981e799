package idp

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/snapshot"
)

// SnapshotVersion is the version of the snapshots that this package writes and
// reads.
const SnapshotVersion = 1

// Snapshot is everything that a tenant holds at one moment, as a value that can
// be kept and written as JSON. It is a secret: it has passwords, the private keys
// of signing certificates and the tokens of provisioning.
//
// Not part of it are the browsers: open sessions and sign-ins under way. Nor is
// the address under which the tenant is reached, which Address only names.
type Snapshot struct {
	Version int       `json:"version"`
	Taken   time.Time `json:"taken"`   // virtual time
	Address string    `json:"address"` // base URL at that time

	Tenant       TenantRecord        `json:"tenant"`
	Choices      Choices             `json:"choices,omitzero"`
	Directory    directory.Snapshot  `json:"directory"`
	Applications []ApplicationRecord `json:"applications,omitempty"` // in order of creation

	ConditionalAccess []ConditionalAccessPolicy `json:"conditionalAccess,omitempty"`
	Certificate       *CertificateRecord        `json:"certificate,omitempty"` // the tenant's own, once its metadata were asked for
	Notifications     []Notification            `json:"notifications,omitempty"`
	Lockouts          []LockoutRecord           `json:"lockouts,omitempty"`
	FailNext          []FaultRecord             `json:"failNext,omitempty"`

	IDs ids.Position `json:"ids,omitzero"` // where the source of ids stands; nothing: it stays where it is
}

// TenantRecord is who a tenant is.
type TenantRecord struct {
	ID                string `json:"id"`
	DisplayName       string `json:"displayName"`
	CountryLetterCode string `json:"countryLetterCode,omitempty"`
	PairwiseSecret    []byte `json:"pairwiseSecret"` // of pairwise identifiers
}

// ApplicationRecord is an application in a snapshot.
type ApplicationRecord struct {
	ID           string                `json:"id"` // object id of the service principal
	Config       ApplicationConfig     `json:"config"`
	Certificates []CertificateRecord   `json:"certificates"` // oldest first
	Assignments  []AssignmentRecord    `json:"assignments,omitempty"`
	Provisioning provisioning.Snapshot `json:"provisioning"`
}

// CertificateRecord is a signing certificate with its key.
type CertificateRecord struct {
	Certificate string `json:"certificate"` // PEM
	PrivateKey  string `json:"privateKey"`  // PKCS #8, PEM
	Active      bool   `json:"active,omitempty"`
	Custom      bool   `json:"custom,omitempty"`
}

// AssignmentRecord is what a user or group has of an application.
type AssignmentRecord struct {
	Kind    directory.Kind `json:"kind"`
	ID      string         `json:"id"`
	RoleIDs []string       `json:"roleIds"` // in order of assignment
}

// LockoutRecord is what smart lockout knows of a user.
type LockoutRecord struct {
	UserID string        `json:"userId"`
	Count  int           `json:"count"`
	Recent [][]byte      `json:"recent,omitempty"` // SHA-256 of the last wrong passwords
	Length time.Duration `json:"length,omitempty"`
	Until  time.Time     `json:"until,omitzero"`
}

// FaultRecord is a refusal that FailNext has armed.
type FaultRecord struct {
	Code    int    `json:"code"`
	Message string `json:"message,omitempty"`
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

// patience is how long Snapshot and Restore wait for requests and cycles.
const patience = time.Minute

// Snapshot returns everything that the tenant holds. It waits for requests and
// cycles under way, for at most a minute.
func (t *Tenant) Snapshot() (Snapshot, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	h, err := t.Hold(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("take snapshot: %w", err)
	}
	defer h.Release()
	return h.Snapshot()
}

// Snapshot returns everything that the tenant holds.
func (h *Held) Snapshot() (Snapshot, error) {
	t := h.tenant
	who := t.named()
	s := Snapshot{
		Version: SnapshotVersion, Taken: t.clock.Now(), Address: t.BaseURL(), Choices: t.Choices(),
		Tenant:    TenantRecord{who.id, who.displayName, who.country, bytes.Clone(who.secret)},
		Directory: t.directory.Snapshot(), ConditionalAccess: t.ConditionalAccess(), IDs: t.ids.Position(),
	}
	exists := make(map[string]bool, len(s.Directory.Users)+len(s.Directory.Groups))
	for _, u := range s.Directory.Users {
		exists[u.ID] = true
	}
	for _, g := range s.Directory.Groups {
		exists[g.ID] = true
	}
	read := s.Directory.Changes.Latest()
	for _, app := range t.Apps() {
		r, err := app.record(exists)
		if err != nil {
			return Snapshot{}, fmt.Errorf("take snapshot: %s: %w", app.Name(), err)
		}
		r.Provisioning = h.jobs[app].Snapshot()
		if seq, ok := r.Provisioning.Watermark(); ok {
			read = min(read, seq)
		}
		s.Applications = append(s.Applications, r)
	}
	s.Directory.Changes = s.Directory.Changes.Since(read)

	notifications := t.Notifications()
	s.Notifications = notifications[max(0, len(notifications)-keptNotifications):]
	s.Lockouts, s.FailNext = t.lockouts.records(), t.faults.records()
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.stsCert == nil {
		return s, nil
	}
	own, err := t.stsCert.record()
	s.Certificate = &own
	return s, err
}

// keptNotifications is how many mails a snapshot has at most.
const keptNotifications = 1000

// record leaves out the assignments of objects that are gone.
func (a *Application) record(exists map[string]bool) (ApplicationRecord, error) {
	a.tenant.mu.RLock()
	defer a.tenant.mu.RUnlock()
	r := ApplicationRecord{ID: a.id, Config: a.cfg.clone()}
	for _, c := range a.certs {
		record, err := c.record()
		if err != nil {
			return r, err
		}
		r.Certificates = append(r.Certificates, record)
	}
	for id, as := range a.assigned {
		if exists[id] {
			r.Assignments = append(r.Assignments, AssignmentRecord{as.kind, id, slices.Clone(as.roleIDs)})
		}
	}
	slices.SortFunc(r.Assignments, func(a, b AssignmentRecord) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	return r, nil
}

func (c *certificate) record() (CertificateRecord, error) {
	key, err := x509.MarshalPKCS8PrivateKey(c.key)
	if err != nil {
		return CertificateRecord{}, fmt.Errorf("write private key: %w", err)
	}
	return CertificateRecord{
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw})),
		PrivateKey:  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})),
		Active:      c.active, Custom: c.custom,
	}, nil
}

// read is the way back from record. What it reports has nothing of the key.
func (r CertificateRecord) read() (*certificate, error) {
	cert, err := keys.ParseCertificate([]byte(r.Certificate))
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	block, rest := pem.Decode([]byte(r.PrivateKey))
	if block == nil || block.Type != "PRIVATE KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("privateKey: want one key, PKCS #8 in PEM")
	}
	key, err := parseRSAKey(block)
	switch {
	case err != nil:
		return nil, fmt.Errorf("privateKey: %w", err)
	case !key.PublicKey.Equal(cert.PublicKey.(*rsa.PublicKey)):
		return nil, errors.New("privateKey: it is not the certificate's")
	case key.N.BitLen() < leastKeyBits:
		return nil, fmt.Errorf("privateKey: it has %d bits, want at least %d", key.N.BitLen(), leastKeyBits)
	}
	return &certificate{key: key, cert: cert, active: r.Active, custom: r.Custom}, nil
}

func (l *lockouts) records() []LockoutRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []LockoutRecord
	for id, a := range l.byUser {
		r := LockoutRecord{UserID: id, Count: a.count, Length: a.length, Until: a.until}
		for _, hash := range a.recent {
			r.Recent = append(r.Recent, hash[:])
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b LockoutRecord) int { return cmp.Compare(a.UserID, b.UserID) })
	return out
}

func (f *faults) records() []FaultRecord {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []FaultRecord
	for _, a := range f.next {
		out = append(out, FaultRecord{a.code, a.message})
	}
	return out
}
