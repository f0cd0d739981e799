package awsapi

import (
	"fmt"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/sp"
)

type permissionSetDetails struct {
	Name, PermissionSetArn string
	Description            string `json:",omitempty"`
	SessionDuration        string
	RelayState             string `json:",omitempty"`
	CreatedDate            epoch
}

type permissionSetOutput struct{ PermissionSet permissionSetDetails }

func describe(set sp.PermissionSet) permissionSetOutput {
	return permissionSetOutput{permissionSetDetails{set.Name, set.ARN, set.Description, set.SessionDuration, set.RelayState, epochOf(set.Created)}}
}

type createPermissionSetInput struct {
	instanceRef
	Name, Description, SessionDuration, RelayState *string
	Tags                                           []tag
}

func (a *api) createPermissionSet(in createPermissionSetInput) (permissionSetOutput, error) {
	v := in.check()
	v.required("name", in.Name, permissionSetName)
	v.optional("description", in.Description, description)
	v.optional("sessionDuration", in.SessionDuration, sessionDuration)
	v.optional("relayState", in.RelayState, relayState)
	checkTags(v, in.Tags)
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return permissionSetOutput{}, err
	}
	set, err := a.instance.CreatePermissionSet(sp.PermissionSet{
		Name: *in.Name, Description: orEmpty(in.Description), SessionDuration: orEmpty(in.SessionDuration), RelayState: orEmpty(in.RelayState), Tags: tagged(nil, in.Tags),
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

type updatePermissionSetInput struct {
	setRef
	Description, SessionDuration, RelayState *string
}

// updatePermissionSet changes what it is given. A relay state that is not given
// is removed (hashicorp/terraform-provider-aws issue 17411).
func (a *api) updatePermissionSet(in updatePermissionSetInput) (struct{}, error) {
	v := in.check()
	v.optional("description", in.Description, description)
	v.optional("sessionDuration", in.SessionDuration, sessionDuration)
	v.optional("relayState", in.RelayState, relayState)
	return a.edit(in.setRef, v, func(p *sp.PermissionSet) error {
		if in.Description != nil {
			p.Description = *in.Description
		}
		if in.SessionDuration != nil {
			p.SessionDuration = *in.SessionDuration
		}
		p.RelayState = orEmpty(in.RelayState)
		return nil
	})
}

// edit changes a permission set once the request has been checked.
func (a *api) edit(in setRef, v *violations, change func(*sp.PermissionSet) error) (struct{}, error) {
	if err := a.admitInstance(in.instanceRef, v); err != nil {
		return struct{}{}, err
	}
	set, err := a.permissionSet(*in.PermissionSetArn)
	if err != nil {
		return struct{}{}, err
	}
	_, err = a.instance.EditPermissionSet(set.ARN, change)
	return struct{}{}, err
}

func (a *api) deletePermissionSet(in setRef) (struct{}, error) {
	if err := a.admitInstance(in.instanceRef, in.check()); err != nil {
		return struct{}{}, err
	}
	set, err := a.permissionSet(*in.PermissionSetArn)
	if err != nil {
		return struct{}{}, err
	}
	_, err = a.instance.DeletePermissionSet(set.ARN)
	return struct{}{}, err
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
