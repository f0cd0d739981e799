package sp

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/idharness/harness/internal/refusal"
)

// PolicyReference names a customer managed policy, which each account must have
// under this name and path itself.
type PolicyReference struct {
	Name string `json:"name" required:"true"` // 1 to 128 characters of [\w+=,.@-]
	Path string `json:"path,omitempty"`       // "/" (default), or between slashes
}

// PermissionsBoundary is the policy that bounds what a permission set gives: one
// of the two.
type PermissionsBoundary struct {
	ManagedPolicy         string           `json:"managedPolicy,omitempty"` // name or ARN of an AWS managed policy
	CustomerManagedPolicy *PolicyReference `json:"customerManagedPolicy,omitempty"`
}

func (b *PermissionsBoundary) clone() *PermissionsBoundary {
	if b == nil {
		return nil
	}
	c := *b
	if b.CustomerManagedPolicy != nil {
		reference := *b.CustomerManagedPolicy
		c.CustomerManagedPolicy = &reference
	}
	return &c
}

// Limits of policies (SSO Admin API reference, PutInlinePolicyToPermissionSet
// and CustomerManagedPolicyReference; user guide, "IAM Identity Center quotas").
const (
	maxInlinePolicy     = 32_768 // characters
	maxInlinePolicyText = 10_240 // characters that are no white space
	maxPolicyName       = 128
	maxPolicyPath       = 512
	maxPolicyARN        = 2048
)

var (
	policyName       = regexp.MustCompile(`^[\w+=,.@-]+$`)
	policyPath       = regexp.MustCompile(`^(?:/[A-Za-z0-9.,+@=_-]+)*/$`)
	managedPolicyARN = regexp.MustCompile(`^arn:aws(?:-[a-z]{1,5}){0,3}:iam::aws:policy/[\w+=,.@/-]+$`)
	inlinePolicyText = regexp.MustCompile(`^[\x{09}\x{0A}\x{0D}\x{20}-\x{FF}]+$`)
)

// jobFunctions are the AWS managed policies whose ARNs have the path of job
// functions (IAM user guide, "AWS managed policies for job functions").
func jobFunctions() []string {
	return []string{"Billing", "DataScientist", "DatabaseAdministrator", "NetworkAdministrator", "SupportUser", "SystemAdministrator", "ViewOnlyAccess"}
}

// predefined are the permission sets that the console offers ready-made (user
// guide, "Predefined permissions for AWS managed policies").
func predefined() []string {
	return append(jobFunctions(), "AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "SecurityAudit")
}

// predefine fills in what a predefined permission set has.
func (p *PermissionSet) predefine() error {
	if p.Predefined == "" {
		return nil
	}
	if !slices.Contains(predefined(), p.Predefined) {
		return validation("There is no such predefined permission set.", strings.Join(predefined(), " or "), p.Predefined, "predefined")
	}
	if p.Name == "" {
		p.Name = p.Predefined
	}
	if arn := awsPolicy(p.Predefined); !slices.Contains(p.ManagedPolicies, p.Predefined) && !slices.Contains(p.ManagedPolicies, arn) {
		p.ManagedPolicies = append([]string{arn}, p.ManagedPolicies...)
	}
	return nil
}

// awsPolicy is the ARN of the AWS managed policy of a name.
func awsPolicy(name string) string {
	path := ""
	if slices.Contains(jobFunctions(), name) {
		path = "job-function/"
	}
	return "arn:aws:iam::aws:policy/" + path + name
}

// spellPolicies turns names of AWS managed policies into ARNs and gives customer
// managed ones their path.
func (p *PermissionSet) spellPolicies() {
	spell := func(policy *string) {
		if *policy != "" && !strings.HasPrefix(*policy, "arn:") {
			*policy = awsPolicy(*policy)
		}
	}
	pathOf := func(r *PolicyReference) {
		if r.Path == "" {
			r.Path = "/"
		}
	}
	for n := range p.ManagedPolicies {
		spell(&p.ManagedPolicies[n])
	}
	for n := range p.CustomerManagedPolicies {
		pathOf(&p.CustomerManagedPolicies[n])
	}
	if b := p.PermissionsBoundary; b != nil {
		spell(&b.ManagedPolicy)
		if b.CustomerManagedPolicy != nil {
			pathOf(b.CustomerManagedPolicy)
		}
	}
}

func (p PermissionSet) checkPolicies(choices Choices) error {
	for n, arn := range p.ManagedPolicies {
		where := fmt.Sprintf("managedPolicies[%d]", n)
		if err := checkManagedPolicy(arn, where); err != nil {
			return err
		}
		if slices.Contains(p.ManagedPolicies[:n], arn) {
			return attached(arn, where)
		}
	}
	for n, reference := range p.CustomerManagedPolicies {
		where := fmt.Sprintf("customerManagedPolicies[%d]", n)
		if err := reference.check(where); err != nil {
			return err
		}
		if slices.Contains(p.CustomerManagedPolicies[:n], reference) {
			return attached(reference.Path+reference.Name, where)
		}
	}
	if n, most := len(p.ManagedPolicies)+len(p.CustomerManagedPolicies), choices.policies(); n > most {
		return quota("managed policies in a permission set", most)
	}
	if err := checkInlinePolicy(p.InlinePolicy); err != nil {
		return err
	}
	return p.PermissionsBoundary.check()
}

func checkManagedPolicy(arn, where string) error {
	if len(arn) > maxPolicyARN || !managedPolicyARN.MatchString(arn) {
		return validation("The managed policy is not valid.", "the name or ARN of an AWS managed policy, such as arn:aws:iam::aws:policy/ReadOnlyAccess", arn, where)
	}
	return nil
}

func (r PolicyReference) check(where string) error {
	if len(r.Name) > maxPolicyName || !policyName.MatchString(r.Name) {
		return validation("The policy name is not valid.", `1 to 128 characters of [\w+=,.@-]`, r.Name, where+".name")
	}
	if len(r.Path) > maxPolicyPath || !policyPath.MatchString(r.Path) {
		return validation("The policy path is not valid.", "/ or at most 512 characters between slashes, such as /division/team/", r.Path, where+".path")
	}
	return nil
}

func (b *PermissionsBoundary) check() error {
	if b == nil {
		return nil
	}
	if (b.ManagedPolicy == "") == (b.CustomerManagedPolicy == nil) {
		got := "neither"
		if b.ManagedPolicy != "" {
			got = "both"
		}
		return validation("The permissions boundary is not valid.", "either managedPolicy or customerManagedPolicy", got, "permissionsBoundary")
	}
	if b.CustomerManagedPolicy != nil {
		return b.CustomerManagedPolicy.check("permissionsBoundary.customerManagedPolicy")
	}
	return checkManagedPolicy(b.ManagedPolicy, "permissionsBoundary.managedPolicy")
}

func checkInlinePolicy(policy string) error {
	if policy == "" {
		return nil
	}
	if n := utf8.RuneCountInString(policy); n > maxInlinePolicy || !inlinePolicyText.MatchString(policy) {
		return validation("The inline policy is not valid.", fmt.Sprintf("at most %d characters of Latin-1", maxInlinePolicy), fmt.Sprintf("%d characters", n), "inlinePolicy")
	}
	var document map[string]json.RawMessage
	if err := json.Unmarshal([]byte(policy), &document); err != nil || document == nil {
		got := "null"
		if err != nil {
			got = err.Error()
		}
		return validation("The inline policy is not valid.", "a policy document, a JSON object", got, "inlinePolicy")
	}
	text := 0
	for _, c := range policy {
		if !unicode.IsSpace(c) {
			text++
		}
	}
	if text > maxInlinePolicyText {
		return quota("characters that are no white space in an inline policy", maxInlinePolicyText)
	}
	return nil
}

func attached(policy, where string) error {
	return &refusal.Refusal{
		Code: "ConflictException", Message: "The policy is already attached to the permission set.", Expected: "each policy once", Got: policy, Where: where, Fix: refusal.IdentityCenter,
	}
}

func quota(of string, most int) error {
	return &refusal.Refusal{
		Code: "ServiceQuotaExceededException", Message: "You have exceeded a quota of IAM Identity Center.", Expected: fmt.Sprintf("at most %d %s", most, of), Got: "more", Where: "permission set", Fix: refusal.IdentityCenter,
	}
}
