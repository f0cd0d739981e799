package awsapi

import (
	"slices"

	"github.com/idharness/harness/sp"
)

type operationStatus struct {
	Status, RequestId          string
	TargetId, TargetType       string
	PermissionSetArn           string
	PrincipalType, PrincipalId string
	CreatedDate                epoch
}

type creationOutput struct{ AccountAssignmentCreationStatus operationStatus }

type deletionOutput struct{ AccountAssignmentDeletionStatus operationStatus }

type assignmentInput struct {
	setRef
	TargetId, TargetType, PrincipalType, PrincipalId *string
}

// admitAssignment checks a request and returns the assignment that it is about.
func (a *api) admitAssignment(in assignmentInput) (sp.Assignment, error) {
	v := in.check()
	v.required("targetId", in.TargetId, accountID)
	v.enum("targetType", in.TargetType, true, "AWS_ACCOUNT")
	v.enum("principalType", in.PrincipalType, true, "GROUP", "USER")
	v.required("principalId", in.PrincipalId, resourceID)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return sp.Assignment{}, err
	}
	set, err := a.permissionSet(*in.PermissionSetArn)
	if err != nil {
		return sp.Assignment{}, err
	}
	account, err := a.account(*in.TargetId)
	if err != nil {
		return sp.Assignment{}, err
	}
	return sp.Assignment{PrincipalType: sp.PrincipalType(*in.PrincipalType), PrincipalID: *in.PrincipalId, PermissionSet: set.ARN, AccountID: account.ID}, nil
}

// wish gives an assignment the form that the instance takes, which names the
// principal.
func (a *api) wish(as sp.Assignment) (sp.Wish, error) {
	w := sp.Wish{PermissionSet: as.PermissionSet, Account: as.AccountID}
	switch as.PrincipalType {
	case sp.PrincipalUser:
		if u, ok := a.instance.Store().User(as.PrincipalID); ok {
			w.User = u.UserName
			return w, nil
		}
	case sp.PrincipalGroup:
		if g, ok := a.instance.Store().Group(as.PrincipalID); ok {
			w.Group = g.DisplayName
			return w, nil
		}
	}
	return w, adminNotFound(principalNotFound, as.PrincipalType, as.PrincipalID)
}

func (a *api) begin(as sp.Assignment, log *requestLog[operationStatus]) operationStatus {
	ended := operationStatus{
		Status: "SUCCEEDED", RequestId: a.ids.UUID(), TargetId: as.AccountID, TargetType: "AWS_ACCOUNT",
		PermissionSetArn: as.PermissionSet, PrincipalType: string(as.PrincipalType), PrincipalId: as.PrincipalID, CreatedDate: epochOf(a.instance.Now()),
	}
	log.put(ended.RequestId, ended)
	begun := ended
	begun.Status = "IN_PROGRESS"
	return begun
}

// createAccountAssignment assigns; what is assigned already is no error, as in
// the service.
func (a *api) createAccountAssignment(in assignmentInput) (creationOutput, error) {
	as, err := a.admitAssignment(in)
	if err != nil {
		return creationOutput{}, err
	}
	w, err := a.wish(as)
	if err != nil {
		return creationOutput{}, err
	}
	bound, err := a.instance.Assign(w)
	if err != nil {
		return creationOutput{}, err
	}
	if !bound { // renamed or deleted at this very moment: the wish must not wait
		if err := a.instance.Unassign(w); err != nil {
			return creationOutput{}, err
		}
		return creationOutput{}, adminNotFound(principalNotFound, as.PrincipalType, as.PrincipalID)
	}
	return creationOutput{a.begin(as, a.creations)}, nil
}

func (a *api) deleteAccountAssignment(in assignmentInput) (deletionOutput, error) {
	as, err := a.admitAssignment(in)
	if err != nil {
		return deletionOutput{}, err
	}
	if !slices.Contains(a.instance.Assignments(), as) {
		return deletionOutput{}, adminNotFound(assignmentNotFound)
	}
	if err := a.instance.DeleteAssignment(as); err != nil {
		return deletionOutput{}, err
	}
	return deletionOutput{a.begin(as, a.deletions)}, nil
}

type describeCreationInput struct {
	instanceRef
	AccountAssignmentCreationRequestId *string
}

func (a *api) describeCreationStatus(in describeCreationInput) (creationOutput, error) {
	v := in.check()
	v.required("accountAssignmentCreationRequestId", in.AccountAssignmentCreationRequestId, uuid)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return creationOutput{}, err
	}
	status, ok := a.creations.get(*in.AccountAssignmentCreationRequestId)
	if !ok {
		return creationOutput{}, adminNotFound(requestNotFound, *in.AccountAssignmentCreationRequestId)
	}
	return creationOutput{status}, nil
}

type describeDeletionInput struct {
	instanceRef
	AccountAssignmentDeletionRequestId *string
}

func (a *api) describeDeletionStatus(in describeDeletionInput) (deletionOutput, error) {
	v := in.check()
	v.required("accountAssignmentDeletionRequestId", in.AccountAssignmentDeletionRequestId, uuid)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return deletionOutput{}, err
	}
	status, ok := a.deletions.get(*in.AccountAssignmentDeletionRequestId)
	if !ok {
		return deletionOutput{}, adminNotFound(requestNotFound, *in.AccountAssignmentDeletionRequestId)
	}
	return deletionOutput{status}, nil
}

type creationList struct {
	AccountAssignmentsCreationStatus []requestMetadata
	NextToken                        string `json:",omitempty"`
}

func (a *api) listCreationStatus(in listStatusInput) (creationList, error) {
	page, next, err := a.listAssignmentRequests(in, a.creations, "ListAccountAssignmentCreationStatus")
	return creationList{page, next}, err
}

type deletionList struct {
	AccountAssignmentsDeletionStatus []requestMetadata
	NextToken                        string `json:",omitempty"`
}

func (a *api) listDeletionStatus(in listStatusInput) (deletionList, error) {
	page, next, err := a.listAssignmentRequests(in, a.deletions, "ListAccountAssignmentDeletionStatus")
	return deletionList{page, next}, err
}

func (a *api) listAssignmentRequests(in listStatusInput, log *requestLog[operationStatus], name string) ([]requestMetadata, string, error) {
	if err := a.admitInstance(in.instanceRef, in.check()); err != nil {
		return nil, "", err
	}
	var list []requestMetadata
	for _, r := range log.all() {
		if in.statusFilter.includes(r.Status) {
			list = append(list, requestMetadata{r.CreatedDate, r.RequestId, r.Status})
		}
	}
	slices.Reverse(list) // the latest first
	return paged(list, in.pageRequest, name)
}

type accountAssignment struct{ AccountId, PermissionSetArn, PrincipalType, PrincipalId string }

type assignmentList struct {
	AccountAssignments []accountAssignment
	NextToken          string `json:",omitempty"`
}

// assignments lists the assignments that match.
func (a *api) assignments(p pageRequest, list string, match func(sp.Assignment) bool) (assignmentList, error) {
	var found []accountAssignment
	for _, as := range a.instance.Assignments() {
		if match(as) {
			found = append(found, accountAssignment{as.AccountID, as.PermissionSet, string(as.PrincipalType), as.PrincipalID})
		}
	}
	page, next, err := paged(found, p, list)
	return assignmentList{page, next}, err
}

type listAssignmentsInput struct {
	setRef
	pageRequest
	AccountId *string
}

func (a *api) listAccountAssignments(in listAssignmentsInput) (assignmentList, error) {
	v := in.setRef.check()
	v.required("accountId", in.AccountId, accountID)
	in.pageRequest.check(v, adminToken)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return assignmentList{}, err
	}
	set, err := a.permissionSet(*in.PermissionSetArn)
	if err != nil {
		return assignmentList{}, err
	}
	account, err := a.account(*in.AccountId)
	if err != nil {
		return assignmentList{}, err
	}
	return a.assignments(in.pageRequest, "ListAccountAssignments "+account.ID+" "+set.ARN, func(as sp.Assignment) bool {
		return as.AccountID == account.ID && as.PermissionSet == set.ARN
	})
}

type listForPrincipalInput struct {
	instanceRef
	pageRequest
	PrincipalId, PrincipalType *string
	Filter                     *struct{ AccountId *string }
}

// listAccountAssignmentsForPrincipal lists what gives a principal access; for
// a user that includes what its groups are assigned to, each with the
// principal that it comes from.
func (a *api) listAccountAssignmentsForPrincipal(in listForPrincipalInput) (assignmentList, error) {
	v := in.instanceRef.check()
	v.required("principalId", in.PrincipalId, resourceID)
	v.enum("principalType", in.PrincipalType, true, "GROUP", "USER")
	var only *string
	if in.Filter != nil {
		only = in.Filter.AccountId
		v.optional("filter.accountId", only, accountID)
	}
	in.pageRequest.check(v, adminToken)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return assignmentList{}, err
	}
	asked := sp.Assignment{PrincipalType: sp.PrincipalType(*in.PrincipalType), PrincipalID: *in.PrincipalId}
	if _, err := a.wish(asked); err != nil {
		return assignmentList{}, err
	}
	var groups []string
	if asked.PrincipalType == sp.PrincipalUser {
		groups = a.instance.Store().GroupsOf(asked.PrincipalID)
	}
	list := "ListAccountAssignmentsForPrincipal " + asked.PrincipalID + " " + orEmpty(only)
	return a.assignments(in.pageRequest, list, func(as sp.Assignment) bool {
		if only != nil && as.AccountID != *only {
			return false
		}
		return as.PrincipalType == asked.PrincipalType && as.PrincipalID == asked.PrincipalID ||
			as.PrincipalType == sp.PrincipalGroup && slices.Contains(groups, as.PrincipalID)
	})
}
