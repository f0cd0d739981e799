package awsapi

import (
	"slices"

	"github.com/idharness/harness/sp"
)

type managedPolicyInput struct {
	setRef
	ManagedPolicyArn *string
}

func (in managedPolicyInput) check() *violations {
	v := in.setRef.check()
	v.required("managedPolicyArn", in.ManagedPolicyArn, managedPolicyARN)
	return v
}

func (a *api) attachManagedPolicy(in managedPolicyInput) (struct{}, error) {
	return a.edit(in.setRef, in.check(), func(p *sp.PermissionSet) error {
		p.ManagedPolicies = append(p.ManagedPolicies, *in.ManagedPolicyArn)
		return nil
	})
}

func (a *api) detachManagedPolicy(in managedPolicyInput) (struct{}, error) {
	return a.edit(in.setRef, in.check(), func(p *sp.PermissionSet) error {
		n := slices.Index(p.ManagedPolicies, *in.ManagedPolicyArn)
		if n < 0 {
			return adminNotFound(policyNotFound, *in.ManagedPolicyArn)
		}
		p.ManagedPolicies = slices.Delete(p.ManagedPolicies, n, n+1)
		return nil
	})
}

// listPoliciesInput asks for a page of the policies of a set.
type listPoliciesInput struct {
	setRef
	pageRequest
}

type attachedPolicy struct{ Name, Arn string }

type policyList struct {
	AttachedManagedPolicies []attachedPolicy
	NextToken               string `json:",omitempty"`
}

func (a *api) listManagedPoliciesInPermissionSet(in listPoliciesInput) (policyList, error) {
	v := in.setRef.check()
	in.pageRequest.check(v, adminToken)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return policyList{}, err
	}
	set, err := a.permissionSet(*in.PermissionSetArn)
	if err != nil {
		return policyList{}, err
	}
	var policies []attachedPolicy
	for _, arn := range set.ManagedPolicies {
		policies = append(policies, attachedPolicy{lastPart(arn), arn})
	}
	page, next, err := paged(policies, in.pageRequest, "ListManagedPoliciesInPermissionSet "+set.ARN)
	return policyList{page, next}, err
}

// reference names a customer managed policy.
type reference struct {
	Name *string
	Path *string `json:",omitempty"`
}

func (r *reference) check(v *violations, member string) {
	if r == nil {
		v.add(nullValue, member)
		return
	}
	v.required(member+".name", r.Name, policyName)
	v.optional(member+".path", r.Path, policyPath)
}

func (r *reference) policy() sp.PolicyReference {
	path := orEmpty(r.Path)
	if path == "" {
		path = "/"
	}
	return sp.PolicyReference{Name: orEmpty(r.Name), Path: path}
}

type customerManagedPolicyInput struct {
	setRef
	CustomerManagedPolicyReference *reference
}

func (in customerManagedPolicyInput) check() *violations {
	v := in.setRef.check()
	in.CustomerManagedPolicyReference.check(v, "customerManagedPolicyReference")
	return v
}

func (a *api) attachCustomerManagedPolicy(in customerManagedPolicyInput) (struct{}, error) {
	return a.edit(in.setRef, in.check(), func(p *sp.PermissionSet) error {
		p.CustomerManagedPolicies = append(p.CustomerManagedPolicies, in.CustomerManagedPolicyReference.policy())
		return nil
	})
}

func (a *api) detachCustomerManagedPolicy(in customerManagedPolicyInput) (struct{}, error) {
	return a.edit(in.setRef, in.check(), func(p *sp.PermissionSet) error {
		gone := in.CustomerManagedPolicyReference.policy()
		n := slices.Index(p.CustomerManagedPolicies, gone)
		if n < 0 {
			return adminNotFound(referenceNotFound, gone.Path+gone.Name)
		}
		p.CustomerManagedPolicies = slices.Delete(p.CustomerManagedPolicies, n, n+1)
		return nil
	})
}

type shownReference struct{ Name, Path string }

type referenceList struct {
	CustomerManagedPolicyReferences []shownReference
	NextToken                       string `json:",omitempty"`
}

func (a *api) listCustomerManagedPolicies(in listPoliciesInput) (referenceList, error) {
	v := in.setRef.check()
	in.pageRequest.check(v, adminToken)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return referenceList{}, err
	}
	set, err := a.permissionSet(*in.PermissionSetArn)
	if err != nil {
		return referenceList{}, err
	}
	var list []shownReference
	for _, r := range set.CustomerManagedPolicies {
		list = append(list, shownReference(r))
	}
	page, next, err := paged(list, in.pageRequest, "ListCustomerManagedPolicyReferencesInPermissionSet "+set.ARN)
	return referenceList{page, next}, err
}

type inlinePolicyInput struct {
	setRef
	InlinePolicy *string
}

func (a *api) putInlinePolicy(in inlinePolicyInput) (struct{}, error) {
	v := in.check()
	v.required("inlinePolicy", in.InlinePolicy, inlinePolicy)
	return a.edit(in.setRef, v, func(p *sp.PermissionSet) error {
		p.InlinePolicy = *in.InlinePolicy
		return nil
	})
}

type inlinePolicyOutput struct{ InlinePolicy string }

// getInlinePolicy answers an empty policy where there is none, as clients count
// on (client code of terraform-provider-aws).
func (a *api) getInlinePolicy(in setRef) (inlinePolicyOutput, error) {
	if err := a.admitInstance(in.instanceRef, in.check()); err != nil {
		return inlinePolicyOutput{}, err
	}
	set, err := a.permissionSet(*in.PermissionSetArn)
	return inlinePolicyOutput{set.InlinePolicy}, err
}

func (a *api) deleteInlinePolicy(in setRef) (struct{}, error) {
	return a.edit(in, in.check(), func(p *sp.PermissionSet) error {
		p.InlinePolicy = ""
		return nil
	})
}

// boundary is one of the two.
type boundary struct {
	CustomerManagedPolicyReference *reference `json:",omitempty"`
	ManagedPolicyArn               *string    `json:",omitempty"`
}

type boundaryInput struct {
	setRef
	PermissionsBoundary *boundary
}

func (a *api) putPermissionsBoundary(in boundaryInput) (struct{}, error) {
	v := in.check()
	b := in.PermissionsBoundary
	if b == nil {
		v.add(nullValue, "permissionsBoundary")
	} else {
		v.optional("permissionsBoundary.managedPolicyArn", b.ManagedPolicyArn, managedPolicyARN)
		if b.CustomerManagedPolicyReference != nil {
			b.CustomerManagedPolicyReference.check(v, "permissionsBoundary.customerManagedPolicyReference")
		}
	}
	return a.edit(in.setRef, v, func(p *sp.PermissionSet) error {
		next := sp.PermissionsBoundary{ManagedPolicy: orEmpty(b.ManagedPolicyArn)}
		if b.CustomerManagedPolicyReference != nil {
			policy := b.CustomerManagedPolicyReference.policy()
			next.CustomerManagedPolicy = &policy
		}
		p.PermissionsBoundary = &next
		return nil
	})
}

type boundaryOutput struct{ PermissionsBoundary boundary }

func (a *api) getPermissionsBoundary(in setRef) (boundaryOutput, error) {
	if err := a.admitInstance(in.instanceRef, in.check()); err != nil {
		return boundaryOutput{}, err
	}
	set, err := a.permissionSet(*in.PermissionSetArn)
	if err != nil {
		return boundaryOutput{}, err
	}
	b := set.PermissionsBoundary
	switch {
	case b == nil:
		return boundaryOutput{}, adminNotFound(boundaryNotFound, lastPart(set.ARN))
	case b.CustomerManagedPolicy != nil:
		return boundaryOutput{boundary{CustomerManagedPolicyReference: &reference{&b.CustomerManagedPolicy.Name, &b.CustomerManagedPolicy.Path}}}, nil
	default:
		return boundaryOutput{boundary{ManagedPolicyArn: &b.ManagedPolicy}}, nil
	}
}

func (a *api) deletePermissionsBoundary(in setRef) (struct{}, error) {
	return a.edit(in, in.check(), func(p *sp.PermissionSet) error {
		if p.PermissionsBoundary == nil {
			return adminNotFound(boundaryNotFound, lastPart(p.ARN))
		}
		p.PermissionsBoundary = nil
		return nil
	})
}
