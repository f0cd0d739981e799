package sp

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idharness/harness/internal/refusal"
)

// PermissionSet is a collection of policies that becomes a role in each account
// to which it is assigned.
type PermissionSet struct {
	ARN             string `json:"arn,omitempty"`             // made
	Name            string `json:"name"`                      // 1 to 32 characters of [\w+=,.@-]; a predefined set has its own
	Description     string `json:"description,omitempty"`     // up to 700 characters
	SessionDuration string `json:"sessionDuration,omitempty"` // ISO 8601, PT1H (default) to PT12H
	RelayState      string `json:"relayState,omitempty"`      // console URL to open after sign-in, up to 240 characters

	// Predefined makes the set that the console offers under this name: it is
	// called so unless Name says otherwise, and has the AWS managed policy of
	// that name.
	Predefined string `json:"predefined,omitempty" oneOf:"AdministratorAccess|Billing|DataScientist|DatabaseAdministrator|NetworkAdministrator|PowerUserAccess|ReadOnlyAccess|SecurityAudit|SupportUser|SystemAdministrator|ViewOnlyAccess" doc:"The predefined permission set of this name."`

	ManagedPolicies         []string             `json:"managedPolicies,omitempty"`         // names or ARNs of AWS managed policies
	CustomerManagedPolicies []PolicyReference    `json:"customerManagedPolicies,omitempty"` // by name and path: the policy is each account's own
	InlinePolicy            string               `json:"inlinePolicy,omitempty"`            // a policy document, JSON
	PermissionsBoundary     *PermissionsBoundary `json:"permissionsBoundary,omitempty"`

	Tags    map[string]string `json:"tags,omitempty"` // up to 75; of the set, not of its roles
	Created time.Time         `json:"created,omitzero" yaml:"-"`
}

// Limits of a permission set (SSO Admin API reference, CreatePermissionSet and
// Tag; user guide, "IAM Identity Center quotas").
const (
	maxDescription     = 700
	maxRelayState      = 240
	minRoleDuration    = time.Hour
	maxRoleDuration    = 12 * time.Hour
	maxTags            = 75
	maxTagKey          = 128
	maxTagValue        = 256
	maxPermissionSets  = 3500
	maxSetsPerAccount  = 500
	defaultMaxPolicies = 251
)

var (
	permissionSetName = regexp.MustCompile(`^[\w+=,.@-]{1,32}$`)
	tagText           = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
)

// CreatePermissionSet adds a permission set.
func (i *Instance) CreatePermissionSet(p PermissionSet) (PermissionSet, error) {
	p = p.clone()
	if err := p.predefine(); err != nil {
		return PermissionSet{}, err
	}
	if p.SessionDuration == "" {
		p.SessionDuration = "PT1H"
	}
	p.spellPolicies()
	if err := p.check(i.Choices()); err != nil {
		return PermissionSet{}, err
	}
	x := i.access
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, other := range x.sets {
		if other.Name == p.Name {
			return PermissionSet{}, conflict("Permission set with name "+p.Name+" already exists.", p.Name, "name")
		}
	}
	if len(x.sets) >= maxPermissionSets {
		return PermissionSet{}, quota("permission sets in an instance", maxPermissionSets)
	}
	p.ARN = "arn:aws:sso:::permissionSet/" + i.named().instanceID + "/ps-" + i.ids.Hex(16)
	p.Created = i.clock.Now().UTC().Truncate(time.Millisecond)
	x.sets = append(x.sets, p)
	return p.clone(), nil
}

// EditPermissionSet changes the permission set of a name or ARN. Its name, ARN
// and date of creation stay. Roles that stand for it in accounts stay as they
// were until [Instance.ProvisionPermissionSet].
func (i *Instance) EditPermissionSet(ref string, edit func(*PermissionSet) error) (PermissionSet, error) {
	choices := i.Choices()
	x := i.access
	x.mu.Lock()
	defer x.mu.Unlock()
	before, err := x.set(ref)
	if err != nil {
		return PermissionSet{}, err
	}
	p := before.clone()
	if err := edit(&p); err != nil {
		return PermissionSet{}, err
	}
	p = p.clone() // edit may have kept what it was given
	p.ARN, p.Name, p.Created, p.Predefined = before.ARN, before.Name, before.Created, before.Predefined
	p.spellPolicies()
	if err := p.check(choices); err != nil {
		return PermissionSet{}, err
	}
	for n := range x.sets {
		if x.sets[n].ARN == p.ARN {
			x.sets[n] = p
		}
	}
	return p.clone(), nil
}

// DeletePermissionSet removes a permission set that is assigned nowhere.
func (i *Instance) DeletePermissionSet(ref string) (PermissionSet, error) {
	x := i.access
	x.mu.Lock()
	defer x.mu.Unlock()
	p, err := x.set(ref)
	if err != nil {
		return PermissionSet{}, err
	}
	if slices.ContainsFunc(x.assignments, func(a Assignment) bool { return a.PermissionSet == p.ARN }) {
		return PermissionSet{}, &refusal.Refusal{
			Code: "ConflictException", Message: textSetInUse, Expected: "a permission set without assignments", Got: p.Name, Where: "permission set", Fix: refusal.IdentityCenter,
			Hint: "delete its account assignments first",
		}
	}
	x.sets = slices.DeleteFunc(x.sets, func(other PermissionSet) bool { return other.ARN == p.ARN })
	x.wishes = slices.DeleteFunc(x.wishes, func(w Wish) bool { return w.PermissionSet == p.ARN })
	return p.clone(), nil
}

func (p PermissionSet) check(choices Choices) error {
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
	if err := p.checkPolicies(choices); err != nil {
		return err
	}
	return p.checkTags()
}

func (p PermissionSet) checkTags() error {
	if n := len(p.Tags); n > maxTags {
		return validation("There are too many tags.", fmt.Sprintf("at most %d", maxTags), fmt.Sprintf("%d", n), "tags")
	}
	for _, key := range slices.Sorted(maps.Keys(p.Tags)) {
		if n := utf8.RuneCountInString(key); n < 1 || n > maxTagKey || !tagText.MatchString(key) {
			return validation("The tag key is not valid.", "1 to 128 letters, numbers, spaces and _.:/=+-@", key, "tags")
		}
		if value := p.Tags[key]; utf8.RuneCountInString(value) > maxTagValue || !tagText.MatchString(value) {
			return validation("The tag value is not valid.", "at most 256 letters, numbers, spaces and _.:/=+-@", value, "tags."+key)
		}
	}
	return nil
}

func (p PermissionSet) clone() PermissionSet {
	p.ManagedPolicies = slices.Clone(p.ManagedPolicies)
	p.CustomerManagedPolicies = slices.Clone(p.CustomerManagedPolicies)
	p.PermissionsBoundary = p.PermissionsBoundary.clone()
	p.Tags = maps.Clone(p.Tags)
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
