package awsapi

import (
	"fmt"
	"strings"
	"time"

	"github.com/idharness/harness/sp"
)

// ssoAdmin returns the operations of the IAM Identity Center API (IAM Identity
// Center API reference, Actions).
func (a *api) ssoAdmin() map[string]operation {
	return map[string]operation{
		"ListInstances":    handle(a.listInstances),
		"DescribeInstance": handle(a.describeInstance),

		"CreateInstanceAccessControlAttributeConfiguration":   handle(a.createAccessControl),
		"DescribeInstanceAccessControlAttributeConfiguration": handle(a.describeAccessControl),
		"UpdateInstanceAccessControlAttributeConfiguration":   handle(a.updateAccessControl),
		"DeleteInstanceAccessControlAttributeConfiguration":   handle(a.deleteAccessControl),

		"CreatePermissionSet":   handle(a.createPermissionSet),
		"DescribePermissionSet": handle(a.describePermissionSet),
		"UpdatePermissionSet":   handle(a.updatePermissionSet),
		"DeletePermissionSet":   handle(a.deletePermissionSet),
		"ListPermissionSets":    handle(a.listPermissionSets),
		"ListTagsForResource":   handle(a.listTagsForResource),
		"TagResource":           handle(a.tagResource),
		"UntagResource":         handle(a.untagResource),

		"AttachManagedPolicyToPermissionSet":                    handle(a.attachManagedPolicy),
		"DetachManagedPolicyFromPermissionSet":                  handle(a.detachManagedPolicy),
		"ListManagedPoliciesInPermissionSet":                    handle(a.listManagedPoliciesInPermissionSet),
		"AttachCustomerManagedPolicyReferenceToPermissionSet":   handle(a.attachCustomerManagedPolicy),
		"DetachCustomerManagedPolicyReferenceFromPermissionSet": handle(a.detachCustomerManagedPolicy),
		"ListCustomerManagedPolicyReferencesInPermissionSet":    handle(a.listCustomerManagedPolicies),
		"PutInlinePolicyToPermissionSet":                        handle(a.putInlinePolicy),
		"GetInlinePolicyForPermissionSet":                       handle(a.getInlinePolicy),
		"DeleteInlinePolicyFromPermissionSet":                   handle(a.deleteInlinePolicy),
		"PutPermissionsBoundaryToPermissionSet":                 handle(a.putPermissionsBoundary),
		"GetPermissionsBoundaryForPermissionSet":                handle(a.getPermissionsBoundary),
		"DeletePermissionsBoundaryFromPermissionSet":            handle(a.deletePermissionsBoundary),

		"ProvisionPermissionSet":                  handle(a.provisionPermissionSet),
		"DescribePermissionSetProvisioningStatus": handle(a.describeProvisioningStatus),
		"ListPermissionSetProvisioningStatus":     handle(a.listProvisioningStatus),
		"ListPermissionSetsProvisionedToAccount":  handle(a.listPermissionSetsProvisionedToAccount),
		"ListAccountsForProvisionedPermissionSet": handle(a.listAccountsForProvisionedPermissionSet),

		"ListAccountAssignments":                  handle(a.listAccountAssignments),
		"ListAccountAssignmentsForPrincipal":      handle(a.listAccountAssignmentsForPrincipal),
		"CreateAccountAssignment":                 handle(a.createAccountAssignment),
		"DeleteAccountAssignment":                 handle(a.deleteAccountAssignment),
		"DescribeAccountAssignmentCreationStatus": handle(a.describeCreationStatus),
		"DescribeAccountAssignmentDeletionStatus": handle(a.describeDeletionStatus),
		"ListAccountAssignmentCreationStatus":     handle(a.listCreationStatus),
		"ListAccountAssignmentDeletionStatus":     handle(a.listDeletionStatus),
	}
}

func adminNotFound(format string, args ...any) *fault {
	return &fault{code: "ResourceNotFoundException", message: fmt.Sprintf(format, args...)}
}

// lastPart returns what follows the last slash of an ARN.
func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// instanceRef is in every request but ListInstances.
type instanceRef struct{ InstanceArn *string }

func (r instanceRef) check() *violations {
	var v violations
	v.required("instanceArn", r.InstanceArn, instanceARN)
	return &v
}

func (a *api) admitInstance(r instanceRef, v *violations) error {
	if err := v.err(); err != nil {
		return err
	}
	if *r.InstanceArn != a.instance.ARN() {
		return adminNotFound(instanceNotFound, lastPart(*r.InstanceArn))
	}
	return nil
}

// epoch is a time as JSON 1.1 has it: in seconds since 1970.
type epoch float64

func epochOf(t time.Time) epoch { return epoch(float64(t.UnixMilli()) / 1000) }

type instanceOutput struct {
	InstanceArn, IdentityStoreId, OwnerAccountId, Status string

	CreatedDate epoch
}

func (a *api) instanceOutput() instanceOutput {
	return instanceOutput{a.instance.ARN(), a.instance.IdentityStoreID(), a.instance.ManagementAccount(), "ACTIVE", epochOf(a.instance.Created())}
}

type listedInstance struct {
	instanceOutput
	PrimaryRegion string
}

type listInstancesOutput struct {
	Instances []listedInstance
	NextToken string `json:",omitempty"`
}

func (a *api) listInstances(in pageRequest) (listInstancesOutput, error) {
	var v violations
	in.check(&v, adminToken)
	if err := v.err(); err != nil {
		return listInstancesOutput{}, err
	}
	page, next, err := paged([]listedInstance{{a.instanceOutput(), a.instance.Region()}}, in, "ListInstances")
	return listInstancesOutput{page, next}, err
}

func (a *api) describeInstance(in instanceRef) (instanceOutput, error) {
	if err := a.admitInstance(in, in.check()); err != nil {
		return instanceOutput{}, err
	}
	return a.instanceOutput(), nil
}

// setRef names a permission set.
type setRef struct {
	instanceRef
	PermissionSetArn *string
}

func (r setRef) check() *violations {
	v := r.instanceRef.check()
	v.required("permissionSetArn", r.PermissionSetArn, permissionSetARN)
	return v
}

func (a *api) permissionSet(arn string) (sp.PermissionSet, error) {
	for _, set := range a.instance.PermissionSets() {
		if set.ARN == arn {
			return set, nil
		}
	}
	return sp.PermissionSet{}, adminNotFound(setNotFound, lastPart(arn))
}

func (a *api) account(id string) (sp.Account, error) {
	for _, account := range a.instance.Accounts() {
		if account.ID == id {
			return account, nil
		}
	}
	return sp.Account{}, adminNotFound(accountNotFound, id)
}
