package idp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// Grant is what a Conditional Access policy does with a sign-in.
type Grant string

// The grant controls that the mock knows.
const (
	GrantBlock Grant = "block"
	GrantMFA   Grant = "mfa"
)

// ConditionalAccessPolicy is a policy of the tenant that decides over sign-ins
// (learn.microsoft.com, "Building a Conditional Access policy"). Users and
// groups are alternatives; with neither it is for all users. Groups count with
// their nested members.
type ConditionalAccessPolicy struct {
	DisplayName string   `json:"displayName" required:"true" doc:"Name of the policy."`
	Users       []string `json:"users,omitempty" doc:"userPrincipalNames. Without users and groups: everybody."`
	Groups      []string `json:"groups,omitempty" doc:"Display names or object ids of groups."`
	Apps        []string `json:"apps,omitempty" doc:"Names or application ids of applications. Default: all."`
	Grant       Grant    `json:"grant" required:"true" oneOf:"block|mfa" doc:"block access, or require multifactor authentication."`
}

// SetConditionalAccess replaces the tenant's Conditional Access policies.
func (t *Tenant) SetConditionalAccess(policies ...ConditionalAccessPolicy) error {
	if err := checkPolicies(policies); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.policies = clonePolicies(policies)
	return nil
}

func checkPolicies(policies []ConditionalAccessPolicy) error {
	for i, p := range policies {
		where := fmt.Sprintf("conditionalAccess[%d]", i)
		if strings.TrimSpace(p.DisplayName) == "" {
			return invalid("A Conditional Access policy needs a name.", "a displayName", "none", where+".displayName")
		}
		if p.Grant != GrantBlock && p.Grant != GrantMFA {
			return invalid("There is no such grant control.", "block or mfa", string(p.Grant), where+".grant")
		}
	}
	return nil
}

// ConditionalAccess returns the tenant's Conditional Access policies.
func (t *Tenant) ConditionalAccess() []ConditionalAccessPolicy {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return clonePolicies(t.policies)
}

func clonePolicies(policies []ConditionalAccessPolicy) []ConditionalAccessPolicy {
	out := slices.Clone(policies)
	for i := range out {
		p := &out[i]
		p.Users, p.Groups, p.Apps = slices.Clone(p.Users), slices.Clone(p.Groups), slices.Clone(p.Apps)
	}
	return out
}

// policy finds a policy that applies to a sign-in and has this grant. A sign-in
// to My Apps itself is to no application.
func (t *Tenant) policy(app *Application, user directory.User, grant Grant) (ConditionalAccessPolicy, bool) {
	t.mu.RLock()
	policies := t.policies // replaced as a whole, never changed
	t.mu.RUnlock()
	i := slices.IndexFunc(policies, func(p ConditionalAccessPolicy) bool {
		return p.Grant == grant && p.covers(app) && t.includes(p, user)
	})
	if i < 0 {
		return ConditionalAccessPolicy{}, false
	}
	return policies[i], true
}

func (p ConditionalAccessPolicy) covers(app *Application) bool {
	if len(p.Apps) == 0 {
		return true
	}
	return app != nil && slices.ContainsFunc(p.Apps, func(ref string) bool {
		return strings.EqualFold(ref, app.AppID()) || strings.EqualFold(ref, app.Name())
	})
}

func (t *Tenant) includes(p ConditionalAccessPolicy, user directory.User) bool {
	if len(p.Users) == 0 && len(p.Groups) == 0 {
		return true
	}
	if slices.ContainsFunc(p.Users, func(ref string) bool { return ref == user.ID || isNamed(user, ref) }) {
		return true
	}
	for _, id := range t.directory.TransitiveGroups(user.ID) {
		if g, ok := t.directory.Group(id); ok && slices.ContainsFunc(p.Groups, func(ref string) bool { return ref == g.ID || strings.EqualFold(ref, g.DisplayName) }) {
			return true
		}
	}
	return false
}

// blocked refuses a sign-in that a policy blocks.
func (t *Tenant) blocked(app *Application, user directory.User) *refusal.Refusal {
	p, found := t.policy(app, user, GrantBlock)
	if !found {
		return nil
	}
	return aadsts(53003, text53003, refusal.Refusal{
		Expected: "no Conditional Access policy with the grant block for this user and application",
		Got:      "the policy " + p.DisplayName, Where: "Conditional Access > Policies", Fix: refusal.Entra,
		Hint: "exclude the user or the application from the policy",
	})
}
