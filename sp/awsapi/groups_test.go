package awsapi_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/sp/identitystore"
)

func TestGroupLife(t *testing.T) {
	c := newClient(t)
	output := c.store("CreateGroup", object{"DisplayName": "admins", "Description": "all of them"})
	id, _ := output["GroupId"].(string)
	if diff := cmp.Diff(object{"IdentityStoreId": storeID, "GroupId": id}, output); diff != "" || !anyUUID.MatchString(id) {
		t.Fatalf("CreateGroup: id %q (-want +got):\n%s", id, diff)
	}
	want := object{"IdentityStoreId": storeID, "GroupId": id, "DisplayName": "admins", "Description": "all of them", "CreatedAt": created, "UpdatedAt": created}
	if diff := cmp.Diff(want, c.store("DescribeGroup", object{"GroupId": id})); diff != "" {
		t.Errorf("DescribeGroup (-want +got):\n%s", diff)
	}

	c.clock.Advance(time.Minute)
	c.store("UpdateGroup", object{"GroupId": id, "Operations": []object{{"AttributePath": "displayName", "AttributeValue": "aws-admins"}, {"AttributePath": "description"}}})
	want["DisplayName"], want["UpdatedAt"] = "aws-admins", created+60
	delete(want, "Description")
	if diff := cmp.Diff(object{"Groups": []any{want}}, c.store("ListGroups", nil)); diff != "" {
		t.Errorf("ListGroups (-want +got):\n%s", diff)
	}
	byName := object{"AlternateIdentifier": object{"UniqueAttribute": object{"AttributePath": "displayName", "AttributeValue": "aws-admins"}}}
	if diff := cmp.Diff(object{"IdentityStoreId": storeID, "GroupId": id}, c.store("GetGroupId", byName)); diff != "" {
		t.Errorf("GetGroupId (-want +got):\n%s", diff)
	}
	filter := object{"Filters": []object{{"AttributePath": "DisplayName", "AttributeValue": "admins"}}}
	if diff := cmp.Diff(object{"Groups": []any{}}, c.store("ListGroups", filter)); diff != "" {
		t.Errorf("the old name (-want +got):\n%s", diff)
	}
	filter = object{"Filters": []object{{"AttributePath": "DisplayName", "AttributeValue": "aws-admins"}}}
	if diff := cmp.Diff(object{"Groups": []any{want}}, c.store("ListGroups", filter)); diff != "" {
		t.Errorf("the new name (-want +got):\n%s", diff)
	}

	c.addGroup("others")
	gone := func(id string) object {
		return object{"__type": "ResourceNotFoundException", "Message": "GROUP not found.", "ResourceType": "GROUP", "ResourceId": id}
	}
	c.refused("AWSIdentityStore", "IdentityStoreId", storeID, true, []refusal{
		{"a name that is taken", "CreateGroup", object{"DisplayName": "Others"}, object{"__type": "ConflictException", "Message": "Duplicate GroupDisplayName", "Reason": "UNIQUENESS_CONSTRAINT_VIOLATION"}},
		{"an empty description", "CreateGroup", object{"DisplayName": "third", "Description": ""}, object{"__type": "ValidationException", "Message": `2 validation errors detected: Value at 'description' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'description' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`}},
		{"an attribute that groups do not have", "UpdateGroup", object{"GroupId": id, "Operations": []object{{"AttributePath": "title", "AttributeValue": "x"}}}, object{"__type": "ValidationException", "Message": "Updates for AttributePath: title is not supported"}},
		{"describing nothing", "DescribeGroup", object{"GroupId": nobody}, gone(nobody)},
		{"updating nothing", "UpdateGroup", object{"GroupId": nobody, "Operations": []object{{"AttributePath": "displayName", "AttributeValue": "x"}}}, gone(nobody)},
		{"a name that nobody has", "GetGroupId", object{"AlternateIdentifier": object{"UniqueAttribute": object{"AttributePath": "displayName", "AttributeValue": "x"}}}, object{"__type": "ResourceNotFoundException", "Message": "GROUP not found.", "ResourceType": "GROUP"}},
		{"groups have no userName", "GetGroupId", object{"AlternateIdentifier": object{"UniqueAttribute": object{"AttributePath": "userName", "AttributeValue": "x"}}}, object{"__type": "ValidationException", "Message": "AttributePath userName is not supported."}},
	})
	c.store("DeleteGroup", object{"GroupId": id})
	c.refused("AWSIdentityStore", "IdentityStoreId", storeID, true, []refusal{{"deleting again", "DeleteGroup", object{"GroupId": id}, gone(id)}})
}

// A group that SCIM gave an external id is found and described by it.
func TestGroupExternalId(t *testing.T) {
	c := newClient(t)
	g, err := c.instance.Store().CreateGroup(identitystore.Group{DisplayName: "admins", ExternalID: "00aaaaabbbbb"})
	if err != nil {
		t.Fatal(err)
	}
	external := c.store("DescribeGroup", object{"GroupId": g.ID})["ExternalIds"].([]any)[0]
	if id := external.(object)["Id"]; id != "00aaaaabbbbb" {
		t.Errorf("external id %v", id)
	}
	if got := c.store("GetGroupId", object{"AlternateIdentifier": object{"ExternalId": external}}); got["GroupId"] != g.ID {
		t.Errorf("GetGroupId: %v", got)
	}
}

func TestMembershipLife(t *testing.T) {
	c := newClient(t)
	ana, bob := c.addUser(person("ana", "Ana", "Sousa")), c.addUser(person("bob", "Bob", "Lima"))
	admins, readers := c.addGroup("admins"), c.addGroup("readers", ana.ID)
	pair := func(group, user string) object {
		return object{"GroupId": group, "MemberId": object{"UserId": user}}
	}
	output := c.store("CreateGroupMembership", pair(admins.ID, ana.ID))
	id, _ := output["MembershipId"].(string)
	if diff := cmp.Diff(object{"IdentityStoreId": storeID, "MembershipId": id}, output); diff != "" || !anyUUID.MatchString(id) {
		t.Fatalf("CreateGroupMembership: id %q (-want +got):\n%s", id, diff)
	}
	if !c.instance.Store().IsMember(admins.ID, ana.ID) {
		t.Error("the store does not know the membership")
	}
	whole := object{"IdentityStoreId": storeID, "MembershipId": id, "GroupId": admins.ID, "MemberId": object{"UserId": ana.ID}}
	for operation, test := range map[string]struct{ input, want object }{
		"DescribeGroupMembership": {object{"MembershipId": id}, whole},
		"GetGroupMembershipId":    {pair(admins.ID, ana.ID), output},
		"ListGroupMemberships":    {object{"GroupId": admins.ID}, object{"GroupMemberships": []any{whole}}},
		"IsMemberInGroups": {
			object{"MemberId": object{"UserId": bob.ID}, "GroupIds": []string{readers.ID, admins.ID}},
			object{"Results": []any{
				object{"GroupId": readers.ID, "MemberId": object{"UserId": bob.ID}, "MembershipExists": false},
				object{"GroupId": admins.ID, "MemberId": object{"UserId": bob.ID}, "MembershipExists": false},
			}},
		},
	} {
		if diff := cmp.Diff(test.want, c.store(operation, test.input)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", operation, diff)
		}
	}
	results := c.store("IsMemberInGroups", object{"MemberId": object{"UserId": ana.ID}, "GroupIds": []string{admins.ID}})["Results"].([]any)
	if results[0].(object)["MembershipExists"] != true {
		t.Errorf("IsMemberInGroups: %v", results)
	}

	// Both ways of listing, in pages, in the order of joining.
	first := c.store("ListGroupMembershipsForMember", object{"MemberId": object{"UserId": ana.ID}, "MaxResults": 1})
	second := c.store("ListGroupMembershipsForMember", object{"MemberId": object{"UserId": ana.ID}, "MaxResults": 1, "NextToken": first["NextToken"]})
	if diff := cmp.Diff(object{"GroupMemberships": []any{whole}}, second); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
	if got := first["GroupMemberships"].([]any); len(got) != 1 || got[0].(object)["GroupId"] != readers.ID {
		t.Errorf("first page: %v", got)
	}

	notFound := func(kind, id string) object {
		return object{"__type": "ResourceNotFoundException", "Message": kind + " not found.", "ResourceType": kind, "ResourceId": id}
	}
	c.refused("AWSIdentityStore", "IdentityStoreId", storeID, true, []refusal{
		{"a member already", "CreateGroupMembership", pair(admins.ID, ana.ID), object{"__type": "ConflictException", "Message": "Member and Group relationship already exists", "Reason": "UNIQUENESS_CONSTRAINT_VIOLATION"}},
		{"no such group", "CreateGroupMembership", pair(nobody, ana.ID), notFound("GROUP", nobody)},
		{"no such user", "CreateGroupMembership", pair(admins.ID, nobody), notFound("USER", nobody)},
		{"not a member", "GetGroupMembershipId", pair(admins.ID, bob.ID), object{"__type": "ResourceNotFoundException", "Message": "GROUP_MEMBERSHIP not found.", "ResourceType": "GROUP_MEMBERSHIP"}},
		{"no such membership", "DescribeGroupMembership", object{"MembershipId": nobody}, notFound("GROUP_MEMBERSHIP", nobody)},
		{"members of no group", "ListGroupMemberships", object{"GroupId": nobody}, notFound("GROUP", nobody)},
		{"groups of nobody", "ListGroupMembershipsForMember", object{"MemberId": object{"UserId": nobody}}, notFound("USER", nobody)},
		{"nobody in a group", "IsMemberInGroups", object{"MemberId": object{"UserId": nobody}, "GroupIds": []string{admins.ID}}, notFound("USER", nobody)},
		{"somebody in no group", "IsMemberInGroups", object{"MemberId": object{"UserId": ana.ID}, "GroupIds": []string{nobody}}, notFound("GROUP", nobody)},
		{"no member", "ListGroupMembershipsForMember", nil, object{"__type": "ValidationException", "Message": "1 validation error detected: Value null at 'memberId' failed to satisfy constraint: Member must not be null"}},
		{"101 groups", "IsMemberInGroups", object{"MemberId": object{"UserId": ana.ID}, "GroupIds": repeat(admins.ID, 101)}, object{"__type": "ValidationException", "Message": "1 validation error detected: Value at 'groupIds' failed to satisfy constraint: Member must have length less than or equal to 100"}},
	})

	if diff := cmp.Diff(object{}, c.store("DeleteGroupMembership", object{"MembershipId": id})); diff != "" {
		t.Errorf("DeleteGroupMembership (-want +got):\n%s", diff)
	}
	if store := c.instance.Store(); store.IsMember(admins.ID, ana.ID) || !store.IsMember(readers.ID, ana.ID) {
		t.Error("another membership than the one asked for is gone")
	}
	c.refused("AWSIdentityStore", "IdentityStoreId", storeID, true, []refusal{
		{"deleting again", "DeleteGroupMembership", object{"MembershipId": id}, notFound("GROUP_MEMBERSHIP", id)},
	})
}

func repeat(id string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = id
	}
	return out
}

// Membership ids depend on the group and the user only: they outlive the
// handler, and a membership that SCIM made has one too.
func TestMembershipIDsAreStable(t *testing.T) {
	c, other := newClient(t), newClient(t)
	seen := make(map[any]bool)
	for _, on := range []*client{c, other} {
		ana, bob := on.addUser(person("ana", "Ana", "Sousa")), on.addUser(person("bob", "Bob", "Lima"))
		for _, group := range []string{"admins", "readers"} {
			g := on.addGroup(group, ana.ID, bob.ID)
			for _, m := range on.store("ListGroupMemberships", object{"GroupId": g.ID})["GroupMemberships"].([]any) {
				seen[m.(object)["MembershipId"]] = true
			}
		}
	}
	if len(seen) != 4 { // the two instances have the same seed, so the same users and groups
		t.Errorf("%d ids for 4 memberships, each listed by two handlers", len(seen))
	}
}
