package awsapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every operation names all of its required members (SDK models, required)
// and keeps to its own store or instance.
func TestRequiredMembers(t *testing.T) {
	c := newClient(t)
	for target, required := range map[string]string{
		"AWSIdentityStore.ListUsers":                                               "identityStoreId",
		"AWSIdentityStore.DescribeUser":                                            "identityStoreId userId",
		"AWSIdentityStore.GetUserId":                                               "identityStoreId alternateIdentifier",
		"AWSIdentityStore.CreateUser":                                              "identityStoreId",
		"AWSIdentityStore.UpdateUser":                                              "identityStoreId userId operations",
		"AWSIdentityStore.DeleteUser":                                              "identityStoreId userId",
		"AWSIdentityStore.ListGroups":                                              "identityStoreId",
		"AWSIdentityStore.DescribeGroup":                                           "identityStoreId groupId",
		"AWSIdentityStore.GetGroupId":                                              "identityStoreId alternateIdentifier",
		"AWSIdentityStore.CreateGroup":                                             "identityStoreId",
		"AWSIdentityStore.UpdateGroup":                                             "identityStoreId groupId operations",
		"AWSIdentityStore.DeleteGroup":                                             "identityStoreId groupId",
		"AWSIdentityStore.ListGroupMemberships":                                    "identityStoreId groupId",
		"AWSIdentityStore.ListGroupMembershipsForMember":                           "identityStoreId memberId",
		"AWSIdentityStore.GetGroupMembershipId":                                    "identityStoreId groupId memberId",
		"AWSIdentityStore.DescribeGroupMembership":                                 "identityStoreId membershipId",
		"AWSIdentityStore.IsMemberInGroups":                                        "identityStoreId memberId groupIds",
		"AWSIdentityStore.CreateGroupMembership":                                   "identityStoreId groupId memberId",
		"AWSIdentityStore.DeleteGroupMembership":                                   "identityStoreId membershipId",
		"SWBExternalService.DescribeInstance":                                      "instanceArn",
		"SWBExternalService.CreatePermissionSet":                                   "instanceArn name",
		"SWBExternalService.DescribePermissionSet":                                 "instanceArn permissionSetArn",
		"SWBExternalService.ListPermissionSets":                                    "instanceArn",
		"SWBExternalService.ListPermissionSetsProvisionedToAccount":                "instanceArn accountId",
		"SWBExternalService.ListAccountsForProvisionedPermissionSet":               "instanceArn permissionSetArn",
		"SWBExternalService.ListManagedPoliciesInPermissionSet":                    "instanceArn permissionSetArn",
		"SWBExternalService.ListAccountAssignments":                                "instanceArn permissionSetArn accountId",
		"SWBExternalService.ListAccountAssignmentsForPrincipal":                    "instanceArn principalId principalType",
		"SWBExternalService.CreateAccountAssignment":                               "instanceArn permissionSetArn targetId targetType principalType principalId",
		"SWBExternalService.DeleteAccountAssignment":                               "instanceArn permissionSetArn targetId targetType principalType principalId",
		"SWBExternalService.DescribeAccountAssignmentCreationStatus":               "instanceArn accountAssignmentCreationRequestId",
		"SWBExternalService.DescribeAccountAssignmentDeletionStatus":               "instanceArn accountAssignmentDeletionRequestId",
		"SWBExternalService.CreateInstanceAccessControlAttributeConfiguration":     "instanceArn instanceAccessControlAttributeConfiguration",
		"SWBExternalService.DescribeInstanceAccessControlAttributeConfiguration":   "instanceArn",
		"SWBExternalService.UpdateInstanceAccessControlAttributeConfiguration":     "instanceArn instanceAccessControlAttributeConfiguration",
		"SWBExternalService.DeleteInstanceAccessControlAttributeConfiguration":     "instanceArn",
		"SWBExternalService.UpdatePermissionSet":                                   "instanceArn permissionSetArn",
		"SWBExternalService.DeletePermissionSet":                                   "instanceArn permissionSetArn",
		"SWBExternalService.AttachManagedPolicyToPermissionSet":                    "instanceArn permissionSetArn managedPolicyArn",
		"SWBExternalService.DetachManagedPolicyFromPermissionSet":                  "instanceArn permissionSetArn managedPolicyArn",
		"SWBExternalService.AttachCustomerManagedPolicyReferenceToPermissionSet":   "instanceArn permissionSetArn customerManagedPolicyReference",
		"SWBExternalService.DetachCustomerManagedPolicyReferenceFromPermissionSet": "instanceArn permissionSetArn customerManagedPolicyReference",
		"SWBExternalService.ListCustomerManagedPolicyReferencesInPermissionSet":    "instanceArn permissionSetArn",
		"SWBExternalService.PutInlinePolicyToPermissionSet":                        "instanceArn permissionSetArn inlinePolicy",
		"SWBExternalService.GetInlinePolicyForPermissionSet":                       "instanceArn permissionSetArn",
		"SWBExternalService.DeleteInlinePolicyFromPermissionSet":                   "instanceArn permissionSetArn",
		"SWBExternalService.PutPermissionsBoundaryToPermissionSet":                 "instanceArn permissionSetArn permissionsBoundary",
		"SWBExternalService.GetPermissionsBoundaryForPermissionSet":                "instanceArn permissionSetArn",
		"SWBExternalService.DeletePermissionsBoundaryFromPermissionSet":            "instanceArn permissionSetArn",
		"SWBExternalService.ProvisionPermissionSet":                                "instanceArn permissionSetArn targetType",
		"SWBExternalService.DescribePermissionSetProvisioningStatus":               "instanceArn provisionPermissionSetRequestId",
		"SWBExternalService.ListPermissionSetProvisioningStatus":                   "instanceArn",
		"SWBExternalService.ListAccountAssignmentCreationStatus":                   "instanceArn",
		"SWBExternalService.ListAccountAssignmentDeletionStatus":                   "instanceArn",
		"SWBExternalService.ListTagsForResource":                                   "resourceArn",
		"SWBExternalService.TagResource":                                           "resourceArn tags",
	} {
		t.Run(target, func(t *testing.T) {
			on := *c
			on.t = t
			var violations []string
			for _, member := range strings.Fields(required) {
				violations = append(violations, fmt.Sprintf("Value null at '%s' failed to satisfy constraint: Member must not be null", member))
			}
			want := fmt.Sprintf("%d validation errors detected: %s", len(violations), strings.Join(violations, "; "))
			if len(violations) == 1 {
				want = "1 validation error detected: " + violations[0]
			}
			status, got := on.call(target, object{})
			if status != http.StatusBadRequest || got["__type"] != "ValidationException" || got["Message"] != want {
				t.Errorf("{}: %d %v\nwant %s", status, got, want)
			}
		})
	}
}

// Every operation refuses a request for another store or instance.
func TestForeignStoresAndInstances(t *testing.T) {
	c := newClient(t)
	for operation, input := range map[string]object{
		"DescribeUser": {"UserId": nobody}, "DeleteUser": {"UserId": nobody}, "DescribeGroup": {"GroupId": nobody}, "DeleteGroup": {"GroupId": nobody},
		"ListUsers": {}, "ListGroups": {}, "ListGroupMemberships": {"GroupId": nobody}, "DescribeGroupMembership": {"MembershipId": nobody},
		"CreateGroup": {"DisplayName": "admins"}, "CreateUser": {"UserName": "ana"},
		"GetUserId":  {"AlternateIdentifier": object{"ExternalId": object{"Issuer": "i", "Id": "x"}}},
		"GetGroupId": {"AlternateIdentifier": object{"ExternalId": object{"Issuer": "i", "Id": "x"}}},
	} {
		input["IdentityStoreId"] = "d-0987654321"
		if _, got := c.call("AWSIdentityStore."+operation, input); got["ResourceType"] != "IDENTITY_STORE" {
			t.Errorf("%s: %v", operation, got)
		}
	}
	set := "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"
	for operation, input := range map[string]object{
		"DescribePermissionSet": {"PermissionSetArn": set}, "ListPermissionSets": {}, "CreatePermissionSet": {"Name": "Admin"},
		"ListManagedPoliciesInPermissionSet":      {"PermissionSetArn": set},
		"ListAccountAssignments":                  {"PermissionSetArn": set, "AccountId": production},
		"DescribeAccountAssignmentCreationStatus": {"AccountAssignmentCreationRequestId": nobody},
	} {
		input["InstanceArn"] = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
		want := object{"__type": "ResourceNotFoundException", "Message": "Could not find Instance with id ssoins-0123456789abcdef"}
		if _, got := c.call("SWBExternalService."+operation, input); !cmp.Equal(want, got) {
			t.Errorf("%s: %v", operation, got)
		}
	}
	if n := len(c.instance.Store().Groups()) + len(c.instance.Store().Users()) + len(c.instance.PermissionSets()); n != 0 {
		t.Errorf("%d things were made all the same", n)
	}
}
