package awsapi

import (
	"slices"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/sp"
)

// provisioningStatus asks for the permission sets that have, or have not, been
// provisioned since their last change.
type provisioningStatus struct{ ProvisioningStatus *string }

const notProvisioned = "LATEST_PERMISSION_SET_NOT_PROVISIONED"

func (p provisioningStatus) check(v *violations) {
	v.enum("provisioningStatus", p.ProvisioningStatus, false, notProvisioned, "LATEST_PERMISSION_SET_PROVISIONED")
}

// includes reports whether a set is among those asked for in an account: where
// it is provisioned at all, and as it was asked for.
func (p provisioningStatus) includes(instance *sp.Instance, account, set string) bool {
	_, latest, ok := instance.Provisioned(account, set)
	return ok && (p.ProvisioningStatus == nil || latest == (*p.ProvisioningStatus != notProvisioned))
}

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
		if in.includes(a.instance, account.ID, set.ARN) {
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
		if in.includes(a.instance, account.ID, set.ARN) {
			accounts = append(accounts, account.ID)
		}
	}
	page, next, err := paged(accounts, in.pageRequest, "ListAccountsForProvisionedPermissionSet "+set.ARN)
	return accountList{page, next}, err
}

type provisionInput struct {
	setRef
	TargetId, TargetType *string
}

// provisioned is how the provisioning of a permission set went.
type provisioned struct {
	Status, RequestId string
	AccountId         string `json:",omitempty"`
	PermissionSetArn  string
	FailureReason     string `json:",omitempty"`
	CreatedDate       epoch
}

type provisionOutput struct{ PermissionSetProvisioningStatus provisioned }

const allAccounts = "ALL_PROVISIONED_ACCOUNTS"

// provisionPermissionSet happens at once; the first answer says IN_PROGRESS as
// that of an assignment does. What cannot be done shows afterwards, as FAILED
// with the reason (cloudposse/terraform-aws-sso issue 66).
func (a *api) provisionPermissionSet(in provisionInput) (provisionOutput, error) {
	v := in.check()
	v.enum("targetType", in.TargetType, true, allAccounts, "AWS_ACCOUNT")
	v.optional("targetId", in.TargetId, accountID)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return provisionOutput{}, err
	}
	set, err := a.permissionSet(*in.PermissionSetArn)
	if err != nil {
		return provisionOutput{}, err
	}
	account := orEmpty(in.TargetId)
	switch every := *in.TargetType == allAccounts; {
	case every && in.TargetId != nil:
		return provisionOutput{}, invalid(targetIDNotExpected, "TargetId goes with TargetType AWS_ACCOUNT")
	case !every && in.TargetId == nil:
		return provisionOutput{}, invalid(targetIDExpected, "TargetType AWS_ACCOUNT takes the account as TargetId")
	case !every:
		if _, err := a.account(account); err != nil {
			return provisionOutput{}, err
		}
	}
	ended := provisioned{Status: "SUCCEEDED", RequestId: a.ids.UUID(), AccountId: account, PermissionSetArn: set.ARN, CreatedDate: epochOf(a.instance.Now())}
	_, err = a.instance.ProvisionPermissionSet(set.ARN, account)
	if why, ok := refusal.From(err); ok {
		ended.Status, ended.FailureReason = "FAILED", why.Message
	} else if err != nil {
		return provisionOutput{}, err
	}
	a.provisionings.put(ended.RequestId, ended)
	begun := ended
	begun.Status, begun.FailureReason = "IN_PROGRESS", ""
	return provisionOutput{begun}, nil
}

type describeProvisioningInput struct {
	instanceRef
	ProvisionPermissionSetRequestId *string
}

func (a *api) describeProvisioningStatus(in describeProvisioningInput) (provisionOutput, error) {
	v := in.check()
	v.required("provisionPermissionSetRequestId", in.ProvisionPermissionSetRequestId, uuid)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return provisionOutput{}, err
	}
	status, ok := a.provisionings.get(*in.ProvisionPermissionSetRequestId)
	if !ok {
		return provisionOutput{}, adminNotFound(requestNotFound, *in.ProvisionPermissionSetRequestId)
	}
	return provisionOutput{status}, nil
}

// statusFilter asks for the requests that ended in one way.
type statusFilter struct{ Filter *struct{ Status *string } }

func (f statusFilter) check(v *violations) {
	if f.Filter != nil {
		v.enum("filter.status", f.Filter.Status, false, "FAILED", "IN_PROGRESS", "SUCCEEDED")
	}
}

func (f statusFilter) includes(status string) bool {
	return f.Filter == nil || f.Filter.Status == nil || *f.Filter.Status == status
}

type listStatusInput struct {
	instanceRef
	pageRequest
	statusFilter
}

func (in listStatusInput) check() *violations {
	v := in.instanceRef.check()
	in.pageRequest.check(v, adminToken)
	in.statusFilter.check(v)
	return v
}

// requestMetadata is a request in a list of requests.
type requestMetadata struct {
	CreatedDate       epoch
	RequestId, Status string
}

type provisioningList struct {
	PermissionSetsProvisioningStatus []requestMetadata
	NextToken                        string `json:",omitempty"`
}

func (a *api) listProvisioningStatus(in listStatusInput) (provisioningList, error) {
	if err := a.admitInstance(in.instanceRef, in.check()); err != nil {
		return provisioningList{}, err
	}
	var list []requestMetadata
	for _, p := range a.provisionings.all() {
		if in.statusFilter.includes(p.Status) {
			list = append(list, requestMetadata{p.CreatedDate, p.RequestId, p.Status})
		}
	}
	slices.Reverse(list) // the latest first
	page, next, err := paged(list, in.pageRequest, "ListPermissionSetProvisioningStatus")
	return provisioningList{page, next}, err
}
