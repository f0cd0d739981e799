package awsapi

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/sp"
)

// ssoAdmin returns the operations of the IAM Identity Center API (IAM Identity
// Center API reference, Actions). Dates of creation stay out of the responses:
// the instance keeps none.
func (a *api) ssoAdmin() map[string]operation {
	return map[string]operation{
		"ListInstances":    handle(a.listInstances),
		"DescribeInstance": handle(a.describeInstance),

		"CreatePermissionSet":                     handle(a.createPermissionSet),
		"DescribePermissionSet":                   handle(a.describePermissionSet),
		"ListPermissionSets":                      handle(a.listPermissionSets),
		"ListPermissionSetsProvisionedToAccount":  handle(a.listPermissionSetsProvisionedToAccount),
		"ListAccountsForProvisionedPermissionSet": handle(a.listAccountsForProvisionedPermissionSet),
		"ListManagedPoliciesInPermissionSet":      handle(a.listManagedPoliciesInPermissionSet),

		"ListAccountAssignments":                  handle(a.listAccountAssignments),
		"ListAccountAssignmentsForPrincipal":      handle(a.listAccountAssignmentsForPrincipal),
		"CreateAccountAssignment":                 handle(a.createAccountAssignment),
		"DeleteAccountAssignment":                 handle(a.deleteAccountAssignment),
		"DescribeAccountAssignmentCreationStatus": handle(a.describeCreationStatus),
		"DescribeAccountAssignmentDeletionStatus": handle(a.describeDeletionStatus),
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

type instanceOutput struct{ InstanceArn, IdentityStoreId, OwnerAccountId, Status string }

func (a *api) instanceOutput() instanceOutput {
	return instanceOutput{a.instance.ARN(), a.instance.IdentityStoreID(), a.instance.ManagementAccount(), "ACTIVE"}
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

type permissionSetDetails struct {
	Name, PermissionSetArn string
	Description            string `json:",omitempty"`
	SessionDuration        string
	RelayState             string `json:",omitempty"`
}

type permissionSetOutput struct{ PermissionSet permissionSetDetails }

func describe(set sp.PermissionSet) permissionSetOutput {
	return permissionSetOutput{permissionSetDetails{set.Name, set.ARN, set.Description, set.SessionDuration, set.RelayState}}
}

type createPermissionSetInput struct {
	instanceRef
	Name, Description, SessionDuration, RelayState *string
	Tags                                           []json.RawMessage
}

func (a *api) createPermissionSet(in createPermissionSetInput) (permissionSetOutput, error) {
	v := in.check()
	v.required("name", in.Name, permissionSetName)
	v.optional("description", in.Description, description)
	v.optional("sessionDuration", in.SessionDuration, sessionDuration)
	v.optional("relayState", in.RelayState, relayState)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return permissionSetOutput{}, err
	}
	if len(in.Tags) > 0 {
		return permissionSetOutput{}, invalid(fmt.Sprintf(notKept, "Tags"), "AWS keeps tags of permission sets, the mock does not")
	}
	set, err := a.instance.CreatePermissionSet(sp.PermissionSet{
		Name: *in.Name, Description: orEmpty(in.Description), SessionDuration: orEmpty(in.SessionDuration), RelayState: orEmpty(in.RelayState),
	})
	if why, ok := refusal.From(err); ok && why.Code == "ConflictException" {
		return permissionSetOutput{}, &fault{code: why.Code, message: fmt.Sprintf(duplicateSet, *in.Name), note: why.Explanation()}
	}
	if err != nil {
		return permissionSetOutput{}, err
	}
	return describe(set), nil
}

func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func (a *api) describePermissionSet(in setRef) (permissionSetOutput, error) {
	if err := a.admitInstance(in.instanceRef, in.check()); err != nil {
		return permissionSetOutput{}, err
	}
	set, err := a.permissionSet(*in.PermissionSetArn)
	if err != nil {
		return permissionSetOutput{}, err
	}
	return describe(set), nil
}

type permissionSetList struct {
	PermissionSets []string
	NextToken      string `json:",omitempty"`
}

type listPermissionSetsInput struct {
	instanceRef
	pageRequest
}

func (a *api) listPermissionSets(in listPermissionSetsInput) (permissionSetList, error) {
	v := in.instanceRef.check()
	in.pageRequest.check(v, adminToken)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return permissionSetList{}, err
	}
	var arns []string
	for _, set := range a.instance.PermissionSets() {
		arns = append(arns, set.ARN)
	}
	page, next, err := paged(arns, in.pageRequest, "ListPermissionSets")
	return permissionSetList{page, next}, err
}

// provisioningStatus asks for the permission sets that have, or have not, been
// provisioned since their last change. Here all have: they do not change.
type provisioningStatus struct{ ProvisioningStatus *string }

const notProvisioned = "LATEST_PERMISSION_SET_NOT_PROVISIONED"

func (p provisioningStatus) check(v *violations) {
	v.enum("provisioningStatus", p.ProvisioningStatus, false, notProvisioned, "LATEST_PERMISSION_SET_PROVISIONED")
}

// includes reports whether a provisioned set is among those asked for.
func (p provisioningStatus) includes() bool { return orEmpty(p.ProvisioningStatus) != notProvisioned }

type listSetsOfAccountInput struct {
	instanceRef
	pageRequest
	provisioningStatus
	AccountId *string
}

func (a *api) listPermissionSetsProvisionedToAccount(in listSetsOfAccountInput) (permissionSetList, error) {
	v := in.instanceRef.check()
	v.required("accountId", in.AccountId, accountID)
	in.provisioningStatus.check(v)
	in.pageRequest.check(v, adminToken)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return permissionSetList{}, err
	}
	account, err := a.account(*in.AccountId)
	if err != nil {
		return permissionSetList{}, err
	}
	var arns []string
	for _, set := range a.instance.PermissionSets() {
		if _, provisioned := a.instance.RoleARN(account.ID, set.ARN); provisioned && in.includes() {
			arns = append(arns, set.ARN)
		}
	}
	page, next, err := paged(arns, in.pageRequest, "ListPermissionSetsProvisionedToAccount "+account.ID)
	return permissionSetList{page, next}, err
}

type listAccountsOfSetInput struct {
	setRef
	pageRequest
	provisioningStatus
}

type accountList struct {
	AccountIds []string
	NextToken  string `json:",omitempty"`
}

func (a *api) listAccountsForProvisionedPermissionSet(in listAccountsOfSetInput) (accountList, error) {
	v := in.setRef.check()
	in.provisioningStatus.check(v)
	in.pageRequest.check(v, adminToken)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return accountList{}, err
	}
	set, err := a.permissionSet(*in.PermissionSetArn)
	if err != nil {
		return accountList{}, err
	}
	var accounts []string
	for _, account := range a.instance.Accounts() {
		if _, provisioned := a.instance.RoleARN(account.ID, set.ARN); provisioned && in.includes() {
			accounts = append(accounts, account.ID)
		}
	}
	page, next, err := paged(accounts, in.pageRequest, "ListAccountsForProvisionedPermissionSet "+set.ARN)
	return accountList{page, next}, err
}

type listManagedPoliciesInput struct {
	setRef
	pageRequest
}

type attachedPolicy struct{ Name, Arn string }

type policyList struct {
	AttachedManagedPolicies []attachedPolicy
	NextToken               string `json:",omitempty"`
}

func (a *api) listManagedPoliciesInPermissionSet(in listManagedPoliciesInput) (policyList, error) {
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
