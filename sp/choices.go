package sp

import (
	"cmp"
	"time"
)

// Choices are the points at which Identity Center's behaviour is not
// published. The zero value is what docs/fidelity.md gives as the default and
// why; each field is a knob of the ledger.
type Choices struct {
	// ClockSkew is by how much the identity provider's clock may differ. AWS
	// publishes no number. Default: 3 minutes; below zero: not at all.
	ClockSkew time.Duration `json:"clockSkew,omitempty" doc:"By how much the identity provider's clock may differ. Default: 3m; below zero: not at all."`

	// RequestBinding is the binding of requests where the identity provider
	// offers both, or was typed in. Default: Redirect.
	RequestBinding RequestBinding `json:"requestBinding,omitempty" oneOf:"redirect|post" doc:"Binding of requests where the identity provider offers both, or was typed in. Default: redirect."`

	// ACSForm says how many ACS URLs the metadata has. Default: one.
	ACSForm ACSForm `json:"acsForm,omitempty" oneOf:"one|classic|new" doc:"ACS URLs of the primary Region: one, or those of an instance enabled before February 2026 (classic) or since (new). Default: one."`
	// TenantForm is the form of the tenant id in ACS URLs. Default: region.
	TenantForm TenantForm `json:"tenantForm,omitempty" oneOf:"uuid|airport|region" doc:"What stands before the UUID at the end of ACS URLs: nothing, the Region's airport code, or the Region (the newest form). Default: region."`

	// AcceptSHA1 takes signatures with RSA-SHA1 and SHA-1 digests.
	AcceptSHA1 bool `json:"acceptSha1,omitempty" doc:"Take signatures with RSA-SHA1 and SHA-1 digests."`
	// AcceptExpiredCertificates takes signatures by a certificate outside its
	// validity.
	AcceptExpiredCertificates bool `json:"acceptExpiredCertificates,omitempty" doc:"Take signatures by a certificate outside its validity."`
	// AcceptResponseSignature takes a signature over the whole response for one
	// over the assertion.
	AcceptResponseSignature bool `json:"acceptResponseSignature,omitempty" doc:"Take a signature over the whole response for one over the assertion."`
	// IgnoreNameIDCase lets a NameID differ from the userName in case.
	IgnoreNameIDCase bool `json:"ignoreNameIdCase,omitempty" doc:"Let a NameID differ from the userName in case. Default: it must match exactly."`

	// AccessControlPrecedence says whose value wins where both the assertion and
	// the page "Attributes for access control" give a session tag. The API
	// reference and the user guide say the profile's, a note in the latter the
	// assertion's. Default: profile.
	AccessControlPrecedence AccessControlSource `json:"accessControlPrecedence,omitempty" oneOf:"profile|assertion" doc:"Whose value a session tag has that both the user's profile and the assertion give. Default: profile."`

	// DeviceSlowDown refuses a client that asks again with its device code before
	// the interval of a second is over. In frozen time every question comes too
	// early, so the default is not to.
	DeviceSlowDown bool `json:"deviceSlowDown,omitempty" doc:"Refuse a client (aws sso login) that asks again with its device code within a second, with SlowDownException."`

	// ManagedPolicyQuota is how many managed policies a permission set may have.
	// Two copies of the quotas page say 251 and 201. Default: 251.
	ManagedPolicyQuota int `json:"managedPolicyQuota,omitempty" doc:"How many managed policies a permission set may have. Default: 251; another copy of the quotas page says 201."`
}

// RequestBinding is a binding of AuthnRequests.
type RequestBinding string

// The bindings of AuthnRequests.
const (
	BindingRedirect RequestBinding = "redirect"
	BindingPOST     RequestBinding = "post"
)

const defaultSkew = 3 * time.Minute

// skew is the allowance that ClockSkew stands for.
func (c Choices) skew() time.Duration { return max(cmp.Or(c.ClockSkew, defaultSkew), 0) }

// policies is the quota that ManagedPolicyQuota stands for.
func (c Choices) policies() int { return cmp.Or(c.ManagedPolicyQuota, defaultMaxPolicies) }

// Choose changes the instance's choices. It takes effect with the next request.
func (i *Instance) Choose(change func(*Choices)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change(&i.choices)
}

// Choices returns the instance's choices.
func (i *Instance) Choices() Choices {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return i.choices
}
