package sp

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/internal/refusal"
)

// FederatedRole is a role of an account that people take by a SAML response.
type FederatedRole struct {
	Account  string `json:"account" required:"true"`  // name or id
	Name     string `json:"name" required:"true"`     // 1 to 64 characters of [\w+=,.@-]
	Path     string `json:"path,omitempty"`           // "/" (default), or between slashes
	Provider string `json:"provider" required:"true"` // name or ARN of the SAML provider that its trust policy names

	MaxSessionDuration time.Duration `json:"maxSessionDuration,omitempty"` // 1 to 12 hours; default 1 hour

	// WithoutTagSession and WithoutSourceIdentity leave sts:TagSession and
	// sts:SetSourceIdentity out of the trust policy: whoever brings session tags
	// or a source identity is refused then.
	WithoutTagSession     bool `json:"withoutTagSession,omitempty"`
	WithoutSourceIdentity bool `json:"withoutSourceIdentity,omitempty"`

	ARN string `json:"arn,omitempty" yaml:"-"` // made
	ID  string `json:"id,omitempty" yaml:"-"`  // made, AROA…
}

// CreateFederatedRole adds a role that a SAML provider's people can take. The
// provider need not exist yet.
func (i *Instance) CreateFederatedRole(r FederatedRole) (FederatedRole, error) {
	a, err := i.accountOf(r.Account)
	if err != nil {
		return FederatedRole{}, err
	}
	r.Account = a.ID
	r.Path = cmp.Or(r.Path, "/")
	r.MaxSessionDuration = cmp.Or(r.MaxSessionDuration, defaultMaxRoleLength)
	if !strings.HasPrefix(r.Provider, "arn:") {
		r.Provider = "arn:aws:iam::" + a.ID + ":saml-provider/" + r.Provider
	}
	if err := r.check(a.ID); err != nil {
		return FederatedRole{}, err
	}
	r.ARN = r.arn()
	r.ID = "AROA" + i.ids.Pick(17, keyAlphabet)
	f := &i.federation
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, other := range f.roles {
		if other.Account == a.ID && strings.EqualFold(other.Name, r.Name) { // unique in any case
			return FederatedRole{}, &refusal.Refusal{
				Code: "EntityAlreadyExists", Message: "Role with name " + r.Name + " already exists.", Expected: "a name that is not in use", Got: r.Name, Where: "name", Fix: refusal.IdentityCenter,
			}
		}
	}
	f.roles = append(f.roles, r)
	return r, nil
}

// check says what is wrong with the role of an account, which is given by id.
func (r FederatedRole) check(account string) error {
	switch {
	case !iamRoleName.MatchString(r.Name):
		return validation("The role name is not valid.", `1 to 64 characters of [\w+=,.@-]`, r.Name, "name")
	case strings.HasPrefix(r.Name, "AWSReservedSSO_"):
		return validation("The role name is not valid.", "a name that does not begin with AWSReservedSSO_, which is Identity Center's", r.Name, "name")
	case !strings.HasPrefix(r.Provider, "arn:aws:iam::"+account+":saml-provider/"):
		return validation("The provider is not valid.", "the name or ARN of a SAML provider of the account", r.Provider, "provider")
	case len(r.Path) > maxRolePath || !policyPath.MatchString(r.Path):
		return validation("The path is not valid.", "/ or at most 512 characters between slashes", r.Path, "path")
	case r.MaxSessionDuration < minRoleDuration || r.MaxSessionDuration > maxRoleDuration:
		return validation("The maximum session duration is not valid.", "1 to 12 hours", r.MaxSessionDuration.String(), "maxSessionDuration")
	}
	return nil
}

func (r FederatedRole) arn() string { return "arn:aws:iam::" + r.Account + ":role" + r.Path + r.Name }

// DeleteFederatedRole removes a role, which goes by name or ARN.
func (i *Instance) DeleteFederatedRole(account, ref string) (FederatedRole, error) {
	a, err := i.accountOf(account)
	if err != nil {
		return FederatedRole{}, err
	}
	f := &i.federation
	f.mu.Lock()
	defer f.mu.Unlock()
	n := slices.IndexFunc(f.roles, func(r FederatedRole) bool { return r.Account == a.ID && (r.Name == ref || r.ARN == ref) })
	if n < 0 {
		return FederatedRole{}, missing("role", ref, nil)
	}
	gone := f.roles[n]
	f.roles = slices.Delete(f.roles, n, n+1)
	return gone, nil
}

// FederatedRoles returns the roles of all accounts, oldest first.
func (i *Instance) FederatedRoles() []FederatedRole {
	i.federation.mu.RLock()
	defer i.federation.mu.RUnlock()
	return slices.Clone(i.federation.roles)
}
