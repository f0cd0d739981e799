package sp

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// PermissionSet is a collection of policies that becomes a role in each account
// to which it is assigned.
type PermissionSet struct {
	ARN             string   `json:"arn,omitempty"`             // made
	Name            string   `json:"name"`                      // 1 to 32 characters of [\w+=,.@-]
	Description     string   `json:"description,omitempty"`     // up to 700 characters
	SessionDuration string   `json:"sessionDuration,omitempty"` // ISO 8601, PT1H (default) to PT12H
	RelayState      string   `json:"relayState,omitempty"`      // console URL to open after sign-in, up to 240 characters
	ManagedPolicies []string `json:"managedPolicies,omitempty"` // names or ARNs of AWS managed policies
}

// Limits of a permission set (SSO Admin API reference, CreatePermissionSet).
const (
	maxDescription  = 700
	maxRelayState   = 240
	minRoleDuration = time.Hour
	maxRoleDuration = 12 * time.Hour
)

var permissionSetName = regexp.MustCompile(`^[\w+=,.@-]{1,32}$`)

// CreatePermissionSet adds a permission set.
func (i *Instance) CreatePermissionSet(p PermissionSet) (PermissionSet, error) {
	if p.SessionDuration == "" {
		p.SessionDuration = "PT1H"
	}
	if err := p.check(); err != nil {
		return PermissionSet{}, err
	}
	p.ManagedPolicies = slices.Clone(p.ManagedPolicies)
	for n, policy := range p.ManagedPolicies {
		if !strings.HasPrefix(policy, "arn:") {
			p.ManagedPolicies[n] = "arn:aws:iam::aws:policy/" + policy
		}
	}
	x := i.access
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, other := range x.sets {
		if other.Name == p.Name {
			return PermissionSet{}, conflict("Permission set with name "+p.Name+" already exists.", p.Name, "name")
		}
	}
	p.ARN = "arn:aws:sso:::permissionSet/" + i.instanceID + "/ps-" + i.ids.Hex(16)
	x.sets = append(x.sets, p)
	return p.clone(), nil
}

func (p PermissionSet) check() error {
	if !permissionSetName.MatchString(p.Name) {
		return validation("The permission set name is not valid.", `1 to 32 characters of [\w+=,.@-]`, p.Name, "name")
	}
	if n := utf8.RuneCountInString(p.Description); n > maxDescription {
		return validation("The description is not valid.", fmt.Sprintf("at most %d characters", maxDescription), fmt.Sprintf("%d", n), "description")
	}
	if n := utf8.RuneCountInString(p.RelayState); n > maxRelayState {
		return validation("The relay state is not valid.", fmt.Sprintf("at most %d characters", maxRelayState), fmt.Sprintf("%d", n), "relayState")
	}
	if d, err := parseSessionDuration(p.SessionDuration); err != nil || d < minRoleDuration || d > maxRoleDuration {
		return validation("The session duration is not valid.", "an ISO 8601 duration from PT1H to PT12H", p.SessionDuration, "sessionDuration")
	}
	return nil
}

func (p PermissionSet) clone() PermissionSet {
	p.ManagedPolicies = slices.Clone(p.ManagedPolicies)
	return p
}

// PermissionSets returns the permission sets in order of creation.
func (i *Instance) PermissionSets() []PermissionSet {
	i.access.mu.RLock()
	defer i.access.mu.RUnlock()
	out := slices.Clone(i.access.sets)
	for n := range out {
		out[n] = out[n].clone()
	}
	return out
}

var durationShape = regexp.MustCompile(`^PT(?:\d{1,3}H)?(?:\d{1,4}M)?(?:\d{1,6}S)?$`)

// parseSessionDuration reads the time part of an ISO 8601 duration.
func parseSessionDuration(s string) (time.Duration, error) {
	if !durationShape.MatchString(s) {
		return 0, fmt.Errorf("%q is no ISO 8601 duration such as PT8H", s)
	}
	return time.ParseDuration(strings.ToLower(strings.TrimPrefix(s, "PT"))) // refuses PT with nothing behind it
}

func (x *access) set(ref string) (PermissionSet, error) {
	var known []string
	for _, p := range x.sets {
		if p.ARN == ref || p.Name == ref {
			return p, nil
		}
		known = append(known, p.Name)
	}
	return PermissionSet{}, missing("permission set", ref, known)
}
