package awsapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/sp"
)

// expect calls an operation of SSO Admin and compares the answer.
func (c *client) expect(operation string, input, want object) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.admin(operation, input)); diff != "" {
		c.t.Errorf("%s %v (-want +got):\n%s", operation, input, diff)
	}
}

func gone(message string) object {
	return object{"__type": "ResourceNotFoundException", "Message": message}
}

func broken(message string) object {
	return object{"__type": "ValidationException", "Message": message}
}

// TestUpdatePermissionSet: API reference, UpdatePermissionSet. A relay state that
// is not sent is removed (hashicorp/terraform-provider-aws issue 17411).
func TestUpdatePermissionSet(t *testing.T) {
	c := newClient(t)
	set := c.organisation()
	it := object{"PermissionSetArn": set.ARN}
	details := object{"Name": "ViewOnly", "PermissionSetArn": set.ARN, "Description": "only look", "SessionDuration": "PT8H", "RelayState": "https://console.aws.amazon.com/ec2", "CreatedDate": startEpoch}
	c.expect("UpdatePermissionSet", object{"PermissionSetArn": set.ARN, "Description": "only look", "RelayState": "https://console.aws.amazon.com/ec2"}, object{})
	c.expect("DescribePermissionSet", it, object{"PermissionSet": details})
	c.expect("UpdatePermissionSet", object{"PermissionSetArn": set.ARN, "SessionDuration": "PT2H"}, object{})
	delete(details, "RelayState")
	details["SessionDuration"] = "PT2H"
	c.expect("DescribePermissionSet", it, object{"PermissionSet": details})
	c.refused("SWBExternalService", "InstanceArn", c.instance.ARN(), false, []refusal{
		{"more than twelve hours", "UpdatePermissionSet", object{"PermissionSetArn": set.ARN, "SessionDuration": "PT13H"}, broken("The session duration is not valid.")},
	})
	c.expect("DescribePermissionSet", it, object{"PermissionSet": details})
}

// TestDeletePermissionSet: the words are those of hashicorp/terraform-provider-aws
// issue 26757.
func TestDeletePermissionSet(t *testing.T) {
	c := newClient(t)
	set := c.organisation()
	ana := c.addUser(person("ana", "Ana", "Sousa"))
	if _, err := c.instance.Assign(sp.Wish{User: ana.UserName, PermissionSet: set.Name, Account: production}); err != nil {
		t.Fatal(err)
	}
	it := object{"PermissionSetArn": set.ARN}
	c.refused("SWBExternalService", "InstanceArn", c.instance.ARN(), false, []refusal{
		{"assigned", "DeletePermissionSet", it, object{"__type": "ConflictException", "Message": "Could not delete because PermissionSet has ApplicationProfile associated with it"}},
	})
	if err := c.instance.Unassign(sp.Wish{User: ana.UserName, PermissionSet: set.Name, Account: production}); err != nil {
		t.Fatal(err)
	}
	c.expect("DeletePermissionSet", it, object{})
	c.expect("ListPermissionSets", nil, object{"PermissionSets": []any{}})
	c.refused("SWBExternalService", "InstanceArn", c.instance.ARN(), false, []refusal{
		{"deleted", "DeletePermissionSet", it, gone("Could not find PermissionSet with id " + set.ARN[strings.LastIndex(set.ARN, "/")+1:])},
	})
}

// TestPolicies: API reference, the operations on managed policies, customer
// managed policy references, inline policies and permissions boundaries.
func TestPolicies(t *testing.T) {
	c := newClient(t)
	c.organisation()
	made := c.admin("CreatePermissionSet", object{"Name": "Admin"})["PermissionSet"].(object)
	arn := made["PermissionSetArn"].(string)
	it := object{"PermissionSetArn": arn}
	also := func(more object) object { return changed(it, more) }
	none := func() {
		t.Helper()
		c.expect("ListManagedPoliciesInPermissionSet", it, object{"AttachedManagedPolicies": []any{}})
		c.expect("ListCustomerManagedPolicyReferencesInPermissionSet", it, object{"CustomerManagedPolicyReferences": []any{}})
		c.expect("GetInlinePolicyForPermissionSet", it, object{"InlinePolicy": ""})
	}
	none()

	admin := also(object{"ManagedPolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})
	c.expect("AttachManagedPolicyToPermissionSet", admin, object{})
	c.expect("ListManagedPoliciesInPermissionSet", it, object{"AttachedManagedPolicies": []any{object{"Name": "AdministratorAccess", "Arn": "arn:aws:iam::aws:policy/AdministratorAccess"}}})

	own := object{"Name": "Build", "Path": "/team/"}
	c.expect("AttachCustomerManagedPolicyReferenceToPermissionSet", also(object{"CustomerManagedPolicyReference": own}), object{})
	c.expect("AttachCustomerManagedPolicyReferenceToPermissionSet", also(object{"CustomerManagedPolicyReference": object{"Name": "Build"}}), object{})
	c.expect("ListCustomerManagedPolicyReferencesInPermissionSet", it, object{"CustomerManagedPolicyReferences": []any{own, object{"Name": "Build", "Path": "/"}}})

	policy := `{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}`
	c.expect("PutInlinePolicyToPermissionSet", also(object{"InlinePolicy": policy}), object{})
	c.expect("GetInlinePolicyForPermissionSet", it, object{"InlinePolicy": policy})

	for _, boundary := range []object{
		{"ManagedPolicyArn": "arn:aws:iam::aws:policy/PowerUserAccess"},
		{"CustomerManagedPolicyReference": object{"Name": "Limits", "Path": "/"}},
	} {
		c.expect("PutPermissionsBoundaryToPermissionSet", also(object{"PermissionsBoundary": boundary}), object{})
		c.expect("GetPermissionsBoundaryForPermissionSet", it, object{"PermissionsBoundary": boundary})
	}

	id := arn[strings.LastIndex(arn, "/")+1:]
	c.refused("SWBExternalService", "InstanceArn", c.instance.ARN(), false, []refusal{
		{"attached already", "AttachManagedPolicyToPermissionSet", admin, object{"__type": "ConflictException", "Message": "The policy is already attached to the permission set."}},
		{"referred to already", "AttachCustomerManagedPolicyReferenceToPermissionSet", also(object{"CustomerManagedPolicyReference": own}), object{"__type": "ConflictException", "Message": "The policy is already attached to the permission set."}},
		{"not attached", "DetachManagedPolicyFromPermissionSet", also(object{"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}), gone("Could not find ManagedPolicy with arn arn:aws:iam::aws:policy/ReadOnlyAccess")},
		{"not referred to", "DetachCustomerManagedPolicyReferenceFromPermissionSet", also(object{"CustomerManagedPolicyReference": object{"Name": "Other"}}), gone("Could not find CustomerManagedPolicyReference /Other")},
		{"an account's own policy", "AttachManagedPolicyToPermissionSet", also(object{"ManagedPolicyArn": "arn:aws:iam::111122223333:policy/Build"}), broken(`1 validation error detected: Value 'arn:aws:iam::111122223333:policy/Build' at 'managedPolicyArn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws|aws-us-gov|aws-cn|aws-iso|aws-iso-b|aws-iso-e|aws-iso-f|aws-eusc):iam::aws:policy((/[A-Za-z0-9\.,\+@=_-]+)*)/([A-Za-z0-9\.,\+=@_-]+)`)},
		{"no name", "AttachCustomerManagedPolicyReferenceToPermissionSet", also(object{"CustomerManagedPolicyReference": object{}}), broken("1 validation error detected: Value null at 'customerManagedPolicyReference.name' failed to satisfy constraint: Member must not be null")},
		{"a path without slashes", "AttachCustomerManagedPolicyReferenceToPermissionSet", also(object{"CustomerManagedPolicyReference": object{"Name": "Build", "Path": "team"}}), broken(`1 validation error detected: Value 'team' at 'customerManagedPolicyReference.path' failed to satisfy constraint: Member must satisfy regular expression pattern: ((/[A-Za-z0-9\.,\+@=_-]+)*)/`)},
		{"no JSON", "PutInlinePolicyToPermissionSet", also(object{"InlinePolicy": "{"}), broken("The inline policy is not valid.")},
		{"no object", "PutInlinePolicyToPermissionSet", also(object{"InlinePolicy": "[]"}), broken("The inline policy is not valid.")},
		{"10,241 characters", "PutInlinePolicyToPermissionSet", also(object{"InlinePolicy": `{"a":"` + strings.Repeat("x", 10_241-8) + `"}`}), object{"__type": "ServiceQuotaExceededException", "Message": "You have exceeded a quota of IAM Identity Center."}},
		{"both boundaries", "PutPermissionsBoundaryToPermissionSet", also(object{"PermissionsBoundary": object{"ManagedPolicyArn": "arn:aws:iam::aws:policy/PowerUserAccess", "CustomerManagedPolicyReference": own}}), broken("The permissions boundary is not valid.")},
		{"neither boundary", "PutPermissionsBoundaryToPermissionSet", also(object{"PermissionsBoundary": object{}}), broken("The permissions boundary is not valid.")},
	})
	c.expect("GetInlinePolicyForPermissionSet", it, object{"InlinePolicy": policy})
	c.expect("PutInlinePolicyToPermissionSet", also(object{"InlinePolicy": `{"a":"` + strings.Repeat("x", 10_240-8) + `"}` + strings.Repeat(" ", 20_000)}), object{})

	c.expect("DetachManagedPolicyFromPermissionSet", admin, object{})
	c.expect("DetachCustomerManagedPolicyReferenceFromPermissionSet", also(object{"CustomerManagedPolicyReference": own}), object{})
	c.expect("DetachCustomerManagedPolicyReferenceFromPermissionSet", also(object{"CustomerManagedPolicyReference": object{"Name": "Build"}}), object{})
	c.expect("DeleteInlinePolicyFromPermissionSet", it, object{})
	c.expect("DeletePermissionsBoundaryFromPermissionSet", it, object{})
	none()
	c.refused("SWBExternalService", "InstanceArn", c.instance.ARN(), false, []refusal{
		{"no boundary", "GetPermissionsBoundaryForPermissionSet", it, gone("Could not find PermissionsBoundary of PermissionSet with id " + id)},
		{"no boundary to delete", "DeletePermissionsBoundaryFromPermissionSet", it, gone("Could not find PermissionsBoundary of PermissionSet with id " + id)},
	})
}

// TestTags: API reference, TagResource and Tag.
func TestTags(t *testing.T) {
	c := newClient(t)
	pair := func(key, value string) object { return object{"Key": key, "Value": value} }
	made := c.admin("CreatePermissionSet", object{"Name": "Admin", "Tags": []object{pair("team", "blue"), pair("stage", "")}})["PermissionSet"].(object)
	it := object{"ResourceArn": made["PermissionSetArn"]}
	also := func(more object) object { return changed(it, more) }
	c.expect("ListTagsForResource", it, object{"Tags": []any{pair("stage", ""), pair("team", "blue")}})
	c.expect("TagResource", also(object{"Tags": []object{pair("team", "red"), pair("Team", "green")}}), object{})
	c.expect("UntagResource", also(object{"TagKeys": []string{"stage", "nothing"}}), object{})
	c.expect("ListTagsForResource", it, object{"Tags": []any{pair("Team", "green"), pair("team", "red")}})

	var many []object
	for n := range 74 {
		many = append(many, pair(fmt.Sprintf("key%02d", n), "v"))
	}
	long := strings.Repeat("x", 129)
	c.refused("SWBExternalService", "InstanceArn", c.instance.ARN(), false, []refusal{
		{"76 tags", "TagResource", also(object{"Tags": many}), broken("There are too many tags.")},
		{"no value", "TagResource", also(object{"Tags": []object{{"Key": "k"}}}), broken("1 validation error detected: Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null")},
		{"a long key", "TagResource", also(object{"Tags": []object{pair(long, "")}}), broken("1 validation error detected: Value '" + long + "' at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128")},
		{"a character", "TagResource", also(object{"Tags": []object{pair("a!", "")}}), broken(`1 validation error detected: Value 'a!' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: ([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`)},
		{"no keys", "UntagResource", also(object{"TagKeys": []string{}}), broken("1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must have length greater than or equal to 1")},
		{"the instance has no tags", "ListTagsForResource", object{"ResourceArn": c.instance.ARN()}, gone("Could not find PermissionSet with id " + c.instance.ARN()[strings.LastIndex(c.instance.ARN(), "/")+1:])},
	})
	c.expect("ListTagsForResource", it, object{"Tags": []any{pair("Team", "green"), pair("team", "red")}})
}

// A change of a permission set reaches an account with ProvisionPermissionSet
// (API reference, ProvisionPermissionSet), and shows in what its sessions are.
func TestProvisionPermissionSet(t *testing.T) {
	c := newClient(t)
	set := c.organisation()
	ana := c.addUser(person("ana", "Ana", "Sousa"))
	for _, account := range []string{production, sandbox} {
		if _, err := c.instance.Assign(sp.Wish{User: ana.UserName, PermissionSet: set.Name, Account: account}); err != nil {
			t.Fatal(err)
		}
	}
	hours := func(account string) float64 {
		t.Helper()
		credentials, err := c.instance.RoleCredentials(ana.UserName, account, set.Name)
		if err != nil {
			t.Fatal(err)
		}
		return credentials.Expiration.Sub(c.clock.Now()).Hours()
	}
	outdated := func(want ...any) {
		t.Helper()
		list := append([]any{}, want...)
		c.expect("ListAccountsForProvisionedPermissionSet", object{"PermissionSetArn": set.ARN, "ProvisioningStatus": "LATEST_PERMISSION_SET_NOT_PROVISIONED"}, object{"AccountIds": list})
	}
	outdated()
	c.expect("UpdatePermissionSet", object{"PermissionSetArn": set.ARN, "SessionDuration": "PT2H"}, object{})
	outdated(any(production), any(sandbox))
	if got := hours(production); got != 8 {
		t.Errorf("a session of %v hours before provisioning, want 8", got)
	}

	provision := func(input object, status, reason string) any {
		t.Helper()
		input["PermissionSetArn"] = set.ARN
		begun := c.admin("ProvisionPermissionSet", input)["PermissionSetProvisioningStatus"].(object)
		id := begun["RequestId"]
		want := object{"Status": "IN_PROGRESS", "RequestId": id, "PermissionSetArn": set.ARN, "CreatedDate": startEpoch}
		if input["TargetId"] != nil {
			want["AccountId"] = input["TargetId"]
		}
		if diff := cmp.Diff(want, begun); diff != "" {
			t.Errorf("ProvisionPermissionSet (-want +got):\n%s", diff)
		}
		if want["Status"] = status; reason != "" {
			want["FailureReason"] = reason
		}
		c.expect("DescribePermissionSetProvisioningStatus", object{"ProvisionPermissionSetRequestId": id}, object{"PermissionSetProvisioningStatus": want})
		return id
	}
	first := provision(object{"TargetType": "AWS_ACCOUNT", "TargetId": production}, "SUCCEEDED", "")
	outdated(any(sandbox))
	if got := hours(production); got != 2 {
		t.Errorf("a session of %v hours after provisioning, want 2", got)
	}
	if got := hours(sandbox); got != 8 {
		t.Errorf("a session of %v hours in the other account, want 8", got)
	}
	second := provision(object{"TargetType": "ALL_PROVISIONED_ACCOUNTS"}, "SUCCEEDED", "")
	outdated()
	if got := hours(sandbox); got != 2 {
		t.Errorf("a session of %v hours after provisioning all, want 2", got)
	}

	// Changed and changed back is as it was.
	for _, policies := range []string{"AttachManagedPolicyToPermissionSet", "DetachManagedPolicyFromPermissionSet"} {
		c.expect(policies, object{"PermissionSetArn": set.ARN, "ManagedPolicyArn": "arn:aws:iam::aws:policy/SecurityAudit"}, object{})
		if policies == "AttachManagedPolicyToPermissionSet" {
			outdated(any(production), any(sandbox))
		}
	}
	own := object{"PermissionSetArn": set.ARN, "CustomerManagedPolicyReference": object{"Name": "Build"}}
	boundary := object{"PermissionSetArn": set.ARN, "PermissionsBoundary": object{"CustomerManagedPolicyReference": object{"Name": "Build"}}}
	c.expect("AttachCustomerManagedPolicyReferenceToPermissionSet", own, object{})
	outdated(any(production), any(sandbox))
	c.expect("DetachCustomerManagedPolicyReferenceFromPermissionSet", own, object{})
	outdated()
	c.expect("PutPermissionsBoundaryToPermissionSet", boundary, object{})
	outdated(any(production), any(sandbox))
	c.expect("DeletePermissionsBoundaryFromPermissionSet", object{"PermissionSetArn": set.ARN}, object{})
	outdated()

	// Tags are the set's alone.
	c.expect("TagResource", object{"ResourceArn": set.ARN, "Tags": []object{{"Key": "k", "Value": "v"}}}, object{})
	outdated()

	if err := c.instance.Unassign(sp.Wish{User: ana.UserName, PermissionSet: set.Name, Account: sandbox}); err != nil {
		t.Fatal(err)
	}
	third := provision(object{"TargetType": "AWS_ACCOUNT", "TargetId": sandbox}, "FAILED", "Received a 404 status error: Permission set provision not found in AWS account "+sandbox+".")
	listed := func(id any, status string) object {
		return object{"RequestId": id, "Status": status, "CreatedDate": startEpoch}
	}
	c.expect("ListPermissionSetProvisioningStatus", nil, object{"PermissionSetsProvisioningStatus": []any{listed(third, "FAILED"), listed(second, "SUCCEEDED"), listed(first, "SUCCEEDED")}})
	c.expect("ListPermissionSetProvisioningStatus", object{"Filter": object{"Status": "FAILED"}}, object{"PermissionSetsProvisioningStatus": []any{listed(third, "FAILED")}})
	c.refused("SWBExternalService", "InstanceArn", c.instance.ARN(), false, []refusal{
		{"an account without its id", "ProvisionPermissionSet", object{"PermissionSetArn": set.ARN, "TargetType": "AWS_ACCOUNT"}, broken("TargetId is required when TargetType is AWS_ACCOUNT.")},
		{"all and an id", "ProvisionPermissionSet", object{"PermissionSetArn": set.ARN, "TargetType": "ALL_PROVISIONED_ACCOUNTS", "TargetId": production}, broken("TargetId must not be given when TargetType is ALL_PROVISIONED_ACCOUNTS.")},
		{"an account of nobody", "ProvisionPermissionSet", object{"PermissionSetArn": set.ARN, "TargetType": "AWS_ACCOUNT", "TargetId": "999999999999"}, gone("Could not find Account with id 999999999999")},
		{"a request of nobody", "DescribePermissionSetProvisioningStatus", object{"ProvisionPermissionSetRequestId": nobody}, gone("Could not find Request with id " + nobody)},
		{"a status", "ListPermissionSetProvisioningStatus", object{"Filter": object{"Status": "DONE"}}, broken("1 validation error detected: Value 'DONE' at 'filter.status' failed to satisfy constraint: Member must satisfy enum value set: [FAILED, IN_PROGRESS, SUCCEEDED]")},
	})
}

// TestListAssignmentRequests: API reference, ListAccountAssignmentCreationStatus.
func TestListAssignmentRequests(t *testing.T) {
	c := newClient(t)
	set := c.organisation()
	ana := c.addUser(person("ana", "Ana", "Sousa"))
	target := object{"TargetId": production, "TargetType": "AWS_ACCOUNT", "PermissionSetArn": set.ARN, "PrincipalType": "USER", "PrincipalId": ana.ID}
	made := c.admin("CreateAccountAssignment", target)["AccountAssignmentCreationStatus"].(object)["RequestId"]
	undone := c.admin("DeleteAccountAssignment", target)["AccountAssignmentDeletionStatus"].(object)["RequestId"]
	c.expect("ListAccountAssignmentCreationStatus", nil, object{"AccountAssignmentsCreationStatus": []any{object{"RequestId": made, "Status": "SUCCEEDED", "CreatedDate": startEpoch}}})
	c.expect("ListAccountAssignmentDeletionStatus", nil, object{"AccountAssignmentsDeletionStatus": []any{object{"RequestId": undone, "Status": "SUCCEEDED", "CreatedDate": startEpoch}}})
	c.expect("ListAccountAssignmentDeletionStatus", object{"Filter": object{"Status": "FAILED"}}, object{"AccountAssignmentsDeletionStatus": []any{}})
}
