package idp

import "time"

// Choices are the points at which Entra's behaviour is not published, or at
// which what is published disagrees with itself. The zero value is what
// docs/fidelity.md gives as the default and why; each field is a knob of the
// ledger.
type Choices struct {
	// HideStaySignedIn leaves out the page "Stay signed in?", as a tenant does
	// whose company branding says so ("Show option to remain signed in: No").
	HideStaySignedIn bool `json:"hideStaySignedIn,omitempty" doc:"Do not ask \"Stay signed in?\" (company branding, Show option to remain signed in: No)."`

	// RegexTimeout is how long the regular expressions of one assertion's claims
	// may take together before AADSTS501621. Default: one second.
	RegexTimeout time.Duration `json:"regexTimeout,omitempty" doc:"How long the regular expressions of one assertion's claims may take together before AADSTS501621. Default: 1s."`

	// ExpiredVerificationCertificates lets certificates outside their validity
	// verify requests. The portal counts "Active and Expired" ones; what becomes
	// of the expired is not published.
	ExpiredVerificationCertificates bool `json:"expiredVerificationCertificates,omitempty" doc:"Let expired certificates verify the signatures of requests."`
}

// Choose changes the tenant's choices. It takes effect with the next request.
func (t *Tenant) Choose(change func(*Choices)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.choices)
}

// Choices returns the tenant's choices.
func (t *Tenant) Choices() Choices {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.choices
}
