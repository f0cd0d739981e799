package awsapi

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/sp/identitystore"
)

// membershipID is the id of a membership: the first 16 bytes of the SHA-256
// of "<group id>/<user id>", in the shape of the store's other ids. The store
// keeps none, so whoever leaves a group and comes back has the same membership
// again, where the real service makes a new one.
func membershipID(groupID, userID string) string {
	sum := sha256.Sum256([]byte(groupID + "/" + userID))
	sum[6] = 0x70
	return ids.Format(sum[:16])
}

type memberID struct{ UserId *string }

func (m *memberID) check(v *violations) {
	if m == nil {
		v.add(nullValue, "memberId")
		return
	}
	v.required("memberId.userId", m.UserId, resourceID)
}

type membership struct {
	IdentityStoreId, MembershipId, GroupId string
	MemberId                               memberID
}

func (a *api) membershipOf(groupID, userID string) membership {
	return membership{a.instance.IdentityStoreID(), membershipID(groupID, userID), groupID, memberID{&userID}}
}

type membershipList struct {
	GroupMemberships []membership
	NextToken        string `json:",omitempty"`
}

type listGroupMembershipsInput struct {
	groupRef
	pageRequest
}

func (a *api) listGroupMemberships(in listGroupMembershipsInput) (membershipList, error) {
	v := in.groupRef.check()
	in.pageRequest.check(v, storeToken)
	if err := a.admit(in.storeRef, v); err != nil {
		return membershipList{}, err
	}
	g, err := a.group(in.groupRef)
	if err != nil {
		return membershipList{}, err
	}
	list := "ListGroupMemberships " + g.ID
	page, err := in.storePage(list)
	if err != nil {
		return membershipList{}, err
	}
	users, next := a.instance.Store().MemberPage(g.ID, page)
	out := membershipList{GroupMemberships: []membership{}, NextToken: token(list, next)}
	for _, u := range users {
		out.GroupMemberships = append(out.GroupMemberships, a.membershipOf(g.ID, u.ID))
	}
	return out, nil
}

type memberRef struct {
	storeRef
	MemberId *memberID
}

func (r memberRef) check() *violations {
	v := r.storeRef.check()
	r.MemberId.check(v)
	return v
}

// member finds the user of a request that was admitted.
func (a *api) member(m *memberID) (identitystore.User, error) {
	u, ok := a.instance.Store().User(*m.UserId)
	if !ok {
		return u, notFound("USER", *m.UserId, identitystore.UserNotFound)
	}
	return u, nil
}

type listGroupMembershipsForMemberInput struct {
	memberRef
	pageRequest
}

func (a *api) listGroupMembershipsForMember(in listGroupMembershipsForMemberInput) (membershipList, error) {
	v := in.memberRef.check()
	in.pageRequest.check(v, storeToken)
	if err := a.admit(in.storeRef, v); err != nil {
		return membershipList{}, err
	}
	u, err := a.member(in.MemberId)
	if err != nil {
		return membershipList{}, err
	}
	list := "ListGroupMembershipsForMember " + u.ID
	page, err := in.storePage(list)
	if err != nil {
		return membershipList{}, err
	}
	groups, next := a.instance.Store().MembershipPage(u.ID, page)
	out := membershipList{GroupMemberships: []membership{}, NextToken: token(list, next)}
	for _, g := range groups {
		out.GroupMemberships = append(out.GroupMemberships, a.membershipOf(g.ID, u.ID))
	}
	return out, nil
}

type groupMemberInput struct {
	groupRef
	MemberId *memberID
}

// admitMember finds both sides of a membership.
func (a *api) admitMember(in groupMemberInput) (groupID, userID string, err error) {
	v := in.check()
	in.MemberId.check(v)
	if err := a.admit(in.storeRef, v); err != nil {
		return "", "", err
	}
	g, err := a.group(in.groupRef)
	if err != nil {
		return "", "", err
	}
	u, err := a.member(in.MemberId)
	return g.ID, u.ID, err
}

type membershipIDOutput struct{ IdentityStoreId, MembershipId string }

func (a *api) getGroupMembershipID(in groupMemberInput) (membershipIDOutput, error) {
	groupID, userID, err := a.admitMember(in)
	if err != nil {
		return membershipIDOutput{}, err
	}
	id := membershipID(groupID, userID)
	if !a.instance.Store().IsMember(groupID, userID) {
		return membershipIDOutput{}, &fault{
			code: "ResourceNotFoundException", message: membershipNotFound, members: map[string]string{"ResourceType": "GROUP_MEMBERSHIP"},
			note: "user " + userID + " is not a member of group " + groupID,
		}
	}
	return membershipIDOutput{a.instance.IdentityStoreID(), id}, nil
}

type membershipRef struct {
	storeRef
	MembershipId *string
}

// admitMembership finds a membership by its id, which tells nothing: it looks
// at every membership there is.
func (a *api) admitMembership(in membershipRef) (membership, error) {
	v := in.check()
	v.required("membershipId", in.MembershipId, resourceID)
	if err := a.admit(in.storeRef, v); err != nil {
		return membership{}, err
	}
	store := a.instance.Store()
	groups, _ := store.GroupPage(identitystore.Page{})
	for _, g := range groups {
		for _, userID := range store.Members(g.ID) {
			if membershipID(g.ID, userID) == *in.MembershipId {
				return a.membershipOf(g.ID, userID), nil
			}
		}
	}
	return membership{}, notFound("GROUP_MEMBERSHIP", *in.MembershipId, membershipNotFound)
}

func (a *api) describeGroupMembership(in membershipRef) (membership, error) {
	return a.admitMembership(in)
}

type isMemberInput struct {
	memberRef
	GroupIds []string
}

type existence struct {
	GroupId          string
	MemberId         memberID
	MembershipExists bool
}

type isMemberOutput struct{ Results []existence }

func (a *api) isMemberInGroups(in isMemberInput) (isMemberOutput, error) {
	v := in.memberRef.check()
	if in.GroupIds == nil {
		v.add(nullValue, "groupIds")
	} else {
		v.count("groupIds", len(in.GroupIds), 1, 100)
	}
	for i := range in.GroupIds {
		v.required(fmt.Sprintf("groupIds.%d.member", i+1), &in.GroupIds[i], resourceID)
	}
	if err := a.admit(in.storeRef, v); err != nil {
		return isMemberOutput{}, err
	}
	u, err := a.member(in.MemberId)
	if err != nil {
		return isMemberOutput{}, err
	}
	groups := a.instance.Store().GroupsOf(u.ID)
	out := isMemberOutput{Results: []existence{}}
	for _, id := range in.GroupIds {
		if _, err := a.group(groupRef{GroupId: &id}); err != nil {
			return isMemberOutput{}, err
		}
		out.Results = append(out.Results, existence{id, memberID{&u.ID}, slices.Contains(groups, id)})
	}
	return out, nil
}

// createGroupMembership adds a member. Of two equal requests at the very same
// moment both may be told that they did.
func (a *api) createGroupMembership(in groupMemberInput) (membershipIDOutput, error) {
	groupID, userID, err := a.admitMember(in)
	if err != nil {
		return membershipIDOutput{}, err
	}
	store := a.instance.Store()
	if store.IsMember(groupID, userID) {
		return membershipIDOutput{}, &fault{
			code: "ConflictException", message: duplicateMember, members: map[string]string{"Reason": "UNIQUENESS_CONSTRAINT_VIOLATION"},
			note: "user " + userID + " is a member of group " + groupID + " already",
		}
	}
	if err := store.AddMembers(groupID, userID); err != nil {
		return membershipIDOutput{}, err
	}
	return membershipIDOutput{a.instance.IdentityStoreID(), membershipID(groupID, userID)}, nil
}

func (a *api) deleteGroupMembership(in membershipRef) (struct{}, error) {
	m, err := a.admitMembership(in)
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, a.instance.Store().RemoveMembers(m.GroupId, *m.MemberId.UserId)
}
