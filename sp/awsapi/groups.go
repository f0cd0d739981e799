package awsapi

import (
	"github.com/idharness/harness/sp/identitystore"
)

type groupOutput struct {
	IdentityStoreId      string
	GroupId              string
	DisplayName          string
	Description          string       `json:",omitempty"`
	ExternalIds          []externalID `json:",omitempty"`
	CreatedAt, UpdatedAt int64
}

func (a *api) groupOutput(g identitystore.Group) groupOutput {
	return groupOutput{
		IdentityStoreId: a.instance.IdentityStoreID(), GroupId: g.ID, DisplayName: g.DisplayName, Description: g.Description,
		ExternalIds: a.externalIDs(g.ExternalID), CreatedAt: g.Created.Unix(), UpdatedAt: g.LastModified.Unix(),
	}
}

type listGroupsInput struct {
	storeRef
	pageRequest
	filters
}

type listGroupsOutput struct {
	Groups    []groupOutput
	NextToken string `json:",omitempty"`
}

func (a *api) listGroups(in listGroupsInput) (listGroupsOutput, error) {
	v := in.storeRef.check()
	in.pageRequest.check(v, storeToken)
	in.filters.check(v)
	if err := a.admit(in.storeRef, v); err != nil {
		return listGroupsOutput{}, err
	}
	out := listGroupsOutput{Groups: []groupOutput{}}
	displayName, filtered, err := in.filters.value("DisplayName")
	if err != nil {
		return listGroupsOutput{}, err
	}
	if filtered {
		if g, ok := a.instance.Store().GroupByName(displayName); ok {
			out.Groups = append(out.Groups, a.groupOutput(g))
		}
		return out, nil
	}
	page, err := in.storePage("ListGroups")
	if err != nil {
		return listGroupsOutput{}, err
	}
	groups, next := a.instance.Store().GroupPage(page)
	for _, g := range groups {
		out.Groups = append(out.Groups, a.groupOutput(g))
	}
	out.NextToken = token("ListGroups", next)
	return out, nil
}

// groupRef names a group.
type groupRef struct {
	storeRef
	GroupId *string
}

func (r groupRef) check() *violations {
	v := r.storeRef.check()
	v.required("groupId", r.GroupId, resourceID)
	return v
}

// group finds the group of a request that was admitted.
func (a *api) group(in groupRef) (identitystore.Group, error) {
	g, ok := a.instance.Store().Group(*in.GroupId)
	if !ok {
		return g, notFound("GROUP", *in.GroupId, identitystore.GroupNotFound)
	}
	return g, nil
}

func (a *api) describeGroup(in groupRef) (groupOutput, error) {
	if err := a.admit(in.storeRef, in.check()); err != nil {
		return groupOutput{}, err
	}
	g, err := a.group(in)
	if err != nil {
		return groupOutput{}, err
	}
	return a.groupOutput(g), nil
}

type groupIDOutput struct{ IdentityStoreId, GroupId string }

func (a *api) getGroupID(in alternateInput) (groupIDOutput, error) {
	v := in.check()
	in.AlternateIdentifier.check(v)
	if err := a.admit(in.storeRef, v); err != nil {
		return groupIDOutput{}, err
	}
	by, value, err := a.lookup(in.AlternateIdentifier)
	if err != nil {
		return groupIDOutput{}, err
	}
	var g identitystore.Group
	var found bool
	switch store := a.instance.Store(); by {
	case byExternalID:
		g, found = store.GroupByExternalID(value)
	case "displayname":
		g, found = store.GroupByName(value)
	default:
		return groupIDOutput{}, notUnique(in.AlternateIdentifier)
	}
	if !found {
		return groupIDOutput{}, unknownAlternate("GROUP", identitystore.GroupNotFound)
	}
	return groupIDOutput{a.instance.IdentityStoreID(), g.ID}, nil
}

type createGroupInput struct {
	storeRef
	DisplayName, Description string
}

func (a *api) createGroup(body []byte) (any, error) {
	var in createGroupInput
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if err := a.admit(in.storeRef, in.check()); err != nil {
		return nil, err
	}
	if err := refuseEmpty[createGroupInput](body); err != nil {
		return nil, err
	}
	g, err := a.instance.Store().CreateGroup(identitystore.Group{DisplayName: in.DisplayName, Description: in.Description})
	if err != nil {
		return nil, err
	}
	return groupIDOutput{a.instance.IdentityStoreID(), g.ID}, nil
}

func (a *api) deleteGroup(in groupRef) (struct{}, error) {
	if err := a.admit(in.storeRef, in.check()); err != nil {
		return struct{}{}, err
	}
	return struct{}{}, a.instance.Store().DeleteGroup(*in.GroupId)
}
