package sp

import (
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/metadata"
)

// Direct federation with IAM: an account trusts an identity provider by itself,
// without Identity Center. What stands here is IAM's part of it, SAML providers;
// the roles that trust them are in federatedrole.go.

// SAMLProvider is an identity provider that an account trusts.
type SAMLProvider struct {
	AccountID string    `json:"accountId"`
	Name      string    `json:"name"`
	ARN       string    `json:"arn"`
	Issuer    string    `json:"issuer"` // entityID of its metadata
	Created   time.Time `json:"created"`

	idp *identityProvider
}

// Limits of IAM (IAM API reference, CreateSAMLProvider and CreateRole; IAM user
// guide, "IAM and AWS STS quotas").
const (
	minProviderMetadata  = 1000
	maxProviderMetadata  = 10_000_000
	maxProvidersPerAcct  = 100
	maxRolePath          = 512
	defaultMaxRoleLength = time.Hour
)

var (
	providerName = regexp.MustCompile(`^[\w._-]{1,128}$`)
	iamRoleName  = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
)

// federation keeps the SAML providers and roles of the accounts.
type federation struct {
	mu        sync.RWMutex
	providers []SAMLProvider
	roles     []FederatedRole
}

// CreateSAMLProvider makes an account, which goes by name or id, trust the
// identity provider of a metadata document (IAM API reference,
// CreateSAMLProvider).
func (i *Instance) CreateSAMLProvider(account, name string, document []byte) (SAMLProvider, error) {
	a, err := i.accountOf(account)
	if err != nil {
		return SAMLProvider{}, err
	}
	if !providerName.MatchString(name) {
		return SAMLProvider{}, validation("The provider name is not valid.", "1 to 128 characters of [a-zA-Z0-9._-]", name, "name")
	}
	idp, err := readProviderMetadata(document)
	if err != nil {
		return SAMLProvider{}, err
	}
	f := &i.federation
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, p := range f.providers {
		if p.AccountID != a.ID {
			continue
		}
		if n++; p.Name == name {
			return SAMLProvider{}, &refusal.Refusal{
				Code: "EntityAlreadyExists", Message: "SAMLProvider " + name + " already exists.", Expected: "a name that is not in use", Got: name, Where: "name", Fix: refusal.IdentityCenter,
			}
		}
	}
	if n >= maxProvidersPerAcct {
		return SAMLProvider{}, &refusal.Refusal{
			Code: "LimitExceeded", Message: "Cannot exceed quota for SAMLProvidersPerAccount: 100", Expected: "at most 100 SAML providers in an account", Got: "more", Where: a.ID, Fix: refusal.IdentityCenter,
		}
	}
	p := SAMLProvider{AccountID: a.ID, Name: name, ARN: "arn:aws:iam::" + a.ID + ":saml-provider/" + name, Issuer: idp.entityID, Created: i.clock.Now(), idp: idp}
	f.providers = append(f.providers, p)
	return p, nil
}

// UpdateSAMLProvider gives a SAML provider, which goes by name or ARN, new
// metadata.
func (i *Instance) UpdateSAMLProvider(account, ref string, document []byte) (SAMLProvider, error) {
	a, err := i.accountOf(account)
	if err != nil {
		return SAMLProvider{}, err
	}
	idp, err := readProviderMetadata(document)
	if err != nil {
		return SAMLProvider{}, err
	}
	f := &i.federation
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.provider(a.ID, ref)
	if n < 0 {
		return SAMLProvider{}, missing("SAML provider", ref, nil)
	}
	f.providers[n].Issuer, f.providers[n].idp = idp.entityID, idp
	return f.providers[n], nil
}

// DeleteSAMLProvider removes a SAML provider. Roles that trust it stay, and
// nobody can take them (IAM API reference, DeleteSAMLProvider).
func (i *Instance) DeleteSAMLProvider(account, ref string) (SAMLProvider, error) {
	a, err := i.accountOf(account)
	if err != nil {
		return SAMLProvider{}, err
	}
	f := &i.federation
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.provider(a.ID, ref)
	if n < 0 {
		return SAMLProvider{}, missing("SAML provider", ref, nil)
	}
	gone := f.providers[n]
	f.providers = slices.Delete(f.providers, n, n+1)
	return gone, nil
}

// SAMLProviders returns the SAML providers of all accounts, oldest first.
func (i *Instance) SAMLProviders() []SAMLProvider {
	i.federation.mu.RLock()
	defer i.federation.mu.RUnlock()
	return slices.Clone(i.federation.providers)
}

func (i *Instance) accountOf(ref string) (Account, error) {
	i.access.mu.RLock()
	defer i.access.mu.RUnlock()
	return i.access.account(ref)
}

func (f *federation) provider(accountID, ref string) int {
	return slices.IndexFunc(f.providers, func(p SAMLProvider) bool { return p.AccountID == accountID && (p.Name == ref || p.ARN == ref) })
}

// byARN finds a provider and, if there is one, a role.
func (f *federation) byARN(provider, role string) (p SAMLProvider, known bool, r FederatedRole, exists bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if n := slices.IndexFunc(f.providers, func(p SAMLProvider) bool { return p.ARN == provider }); n >= 0 {
		p, known = f.providers[n], true
	}
	if n := slices.IndexFunc(f.roles, func(r FederatedRole) bool { return r.ARN == role }); n >= 0 {
		r, exists = f.roles[n], true
	}
	return p, known, r, exists
}

// readProviderMetadata reads what an administrator uploads (IAM API reference,
// CreateSAMLProvider, SAMLMetadataDocument).
func readProviderMetadata(document []byte) (*identityProvider, error) {
	refuse := func(expected, got string) error {
		return &refusal.Refusal{Code: "InvalidInput", Message: "Could not parse metadata.", Expected: expected, Got: got, Where: "metadata document", Fix: refusal.IdentityCenter}
	}
	if n := utf8.RuneCount(document); n < minProviderMetadata || n > maxProviderMetadata {
		return nil, refuse("1,000 to 10,000,000 characters", fmt.Sprint(n))
	}
	parsed, err := metadata.ParseIdentityProvider(document)
	if err != nil {
		return nil, refuse("SAML 2.0 metadata of an identity provider", err.Error())
	}
	return &identityProvider{entityID: parsed.EntityID, certs: parsed.SigningCerts}, nil
}
