package awsapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/sp"
)

// organisation adds two accounts and a permission set.
func (c *client) organisation() sp.PermissionSet {
	c.t.Helper()
	for _, account := range []sp.Account{{ID: production, Name: "Production"}, {ID: sandbox, Name: "Sandbox"}} {
		if _, err := c.instance.CreateAccount(account); err != nil {
			c.t.Fatal(err)
		}
	}
	set, err := c.instance.CreatePermissionSet(sp.PermissionSet{
		Name: "ViewOnly", Description: "look, do not touch", SessionDuration: "PT8H", RelayState: "https://console.aws.amazon.com/s3", ManagedPolicies: []string{"job-function/ViewOnlyAccess", "ReadOnlyAccess"},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return set
}

func TestInstances(t *testing.T) {
	c := newClient(t)
	want := object{"InstanceArn": c.instance.ARN(), "IdentityStoreId": storeID, "OwnerAccountId": "123456789012", "Status": "ACTIVE", "CreatedDate": startEpoch}
	if diff := cmp.Diff(want, c.admin("DescribeInstance", nil)); diff != "" {
		t.Errorf("DescribeInstance (-want +got):\n%s", diff)
	}
	want["PrimaryRegion"] = "eu-west-1"
	if diff := cmp.Diff(object{"Instances": []any{want}}, c.must("SWBExternalService.ListInstances", object{})); diff != "" {
		t.Errorf("ListInstances (-want +got):\n%s", diff)
	}
}

func TestPermissionSets(t *testing.T) {
	c := newClient(t)
	set := c.organisation()
	details := object{"Name": "ViewOnly", "PermissionSetArn": set.ARN, "Description": "look, do not touch", "SessionDuration": "PT8H", "RelayState": "https://console.aws.amazon.com/s3", "CreatedDate": startEpoch}
	if diff := cmp.Diff(object{"PermissionSet": details}, c.admin("DescribePermissionSet", object{"PermissionSetArn": set.ARN})); diff != "" {
		t.Errorf("DescribePermissionSet (-want +got):\n%s", diff)
	}
	policies := object{"AttachedManagedPolicies": []any{
		object{"Name": "ViewOnlyAccess", "Arn": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"},
		object{"Name": "ReadOnlyAccess", "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
	}}
	if diff := cmp.Diff(policies, c.admin("ListManagedPoliciesInPermissionSet", object{"PermissionSetArn": set.ARN})); diff != "" {
		t.Errorf("ListManagedPoliciesInPermissionSet (-want +got):\n%s", diff)
	}

	made := c.admin("CreatePermissionSet", object{"Name": "Admin"})["PermissionSet"].(object)
	arn, _ := made["PermissionSetArn"].(string)
	// Without a duration, sessions last an hour (IAM Identity Center API reference, PermissionSet).
	if diff := cmp.Diff(object{"Name": "Admin", "PermissionSetArn": arn, "SessionDuration": "PT1H", "CreatedDate": startEpoch}, made); diff != "" || !strings.HasPrefix(arn, "arn:aws:sso:::permissionSet/ssoins-") {
		t.Errorf("CreatePermissionSet: ARN %q (-want +got):\n%s", arn, diff)
	}
	if diff := cmp.Diff(object{"AttachedManagedPolicies": []any{}}, c.admin("ListManagedPoliciesInPermissionSet", object{"PermissionSetArn": arn})); diff != "" {
		t.Errorf("policies of a new set (-want +got):\n%s", diff)
	}
	first := c.admin("ListPermissionSets", object{"MaxResults": 1})
	second := c.admin("ListPermissionSets", object{"MaxResults": 1, "NextToken": first["NextToken"]})
	if diff := cmp.Diff([]any{set.ARN}, first["PermissionSets"]); diff != "" {
		t.Errorf("first page (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(object{"PermissionSets": []any{arn}}, second); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}

	otherInstance := "arn:aws:sso:::instance/ssoins-0123456789abcdef"
	otherSet := c.instance.ARN() + "/ps-0123456789abcdef"
	otherSet = strings.Replace(otherSet, ":instance/", ":permissionSet/", 1)
	invalid := func(message string) object { return object{"__type": "ValidationException", "Message": message} }
	missing := func(message string) object {
		return object{"__type": "ResourceNotFoundException", "Message": message}
	}
	c.refused("SWBExternalService", "InstanceArn", c.instance.ARN(), false, []refusal{
		{"a name that is taken", "CreatePermissionSet", object{"Name": "ViewOnly"}, object{"__type": "ConflictException", "Message": "PermissionSet with name ViewOnly already exists."}},
		{"the pattern of names", "CreatePermissionSet", object{"Name": "View Only"}, invalid(`1 validation error detected: Value 'View Only' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+`)},
		{"the length of names", "CreatePermissionSet", object{"Name": strings.Repeat("x", 33)}, invalid("1 validation error detected: Value '" + strings.Repeat("x", 33) + "' at 'name' failed to satisfy constraint: Member must have length less than or equal to 32")},
		{"no name", "CreatePermissionSet", nil, invalid("1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null")},
		{"more than twelve hours", "CreatePermissionSet", object{"Name": "Long", "SessionDuration": "PT13H"}, invalid("The session duration is not valid.")},
		{"no duration", "CreatePermissionSet", object{"Name": "Long", "SessionDuration": "8h"}, invalid(`1 validation error detected: Value '8h' at 'sessionDuration' failed to satisfy constraint: Member must satisfy regular expression pattern: (-?)P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)([DW]))?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?`)},
		{"a description in letters that it may not have", "CreatePermissionSet", object{"Name": "Greek", "Description": "Ω"}, invalid(`1 validation error detected: Value 'Ω' at 'description' failed to satisfy constraint: Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`)},
		{"another instance", "DescribeInstance", object{"InstanceArn": otherInstance}, missing("Could not find Instance with id ssoins-0123456789abcdef")},
		{"no instance", "ListPermissionSets", object{"InstanceArn": nil}, invalid("1 validation error detected: Value null at 'instanceArn' failed to satisfy constraint: Member must not be null")},
		{"no such set", "DescribePermissionSet", object{"PermissionSetArn": otherSet}, missing("Could not find PermissionSet with id ps-0123456789abcdef")},
		{"policies of no such set", "ListManagedPoliciesInPermissionSet", object{"PermissionSetArn": otherSet}, missing("Could not find PermissionSet with id ps-0123456789abcdef")},
		{"MaxResults 101", "ListPermissionSets", object{"MaxResults": 101}, invalid("1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100")},
		{"the NextToken of another list", "ListManagedPoliciesInPermissionSet", object{"PermissionSetArn": set.ARN, "NextToken": first["NextToken"]}, invalid("NextToken is not valid.")},
	})
	if n := len(c.instance.PermissionSets()); n != 2 {
		t.Errorf("%d permission sets after refused creations", n)
	}
	c.admin("CreatePermissionSet", object{"Name": "Latin", "Description": "café", "RelayState": "https://console.aws.amazon.com/s3?a=(b)"})
}

// The life of an assignment as Terraform's aws_ssoadmin_account_assignment
// goes through it: the first answer is IN_PROGRESS, the question after it says
// how it ended.
func TestAccountAssignmentLife(t *testing.T) {
	c := newClient(t)
	set := c.organisation()
	ana := c.addUser(person("ana", "Ana", "Sousa"))
	target := object{"TargetId": production, "TargetType": "AWS_ACCOUNT", "PermissionSetArn": set.ARN, "PrincipalType": "USER", "PrincipalId": ana.ID}
	where := object{"AccountId": production, "PermissionSetArn": set.ARN}
	if diff := cmp.Diff(object{"AccountAssignments": []any{}}, c.admin("ListAccountAssignments", where)); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}

	begun := c.admin("CreateAccountAssignment", target)["AccountAssignmentCreationStatus"].(object)
	id, _ := begun["RequestId"].(string)
	status := with(target, "Status", "IN_PROGRESS")
	status["RequestId"], status["CreatedDate"] = id, startEpoch
	if diff := cmp.Diff(status, begun); diff != "" || !anyUUID.MatchString(id) {
		t.Errorf("CreateAccountAssignment: request %q (-want +got):\n%s", id, diff)
	}
	status["Status"] = "SUCCEEDED"
	if diff := cmp.Diff(object{"AccountAssignmentCreationStatus": status}, c.admin("DescribeAccountAssignmentCreationStatus", object{"AccountAssignmentCreationRequestId": id})); diff != "" {
		t.Errorf("DescribeAccountAssignmentCreationStatus (-want +got):\n%s", diff)
	}
	assignment := object{"AccountId": production, "PermissionSetArn": set.ARN, "PrincipalType": "USER", "PrincipalId": ana.ID}
	if diff := cmp.Diff(object{"AccountAssignments": []any{assignment}}, c.admin("ListAccountAssignments", where)); diff != "" {
		t.Errorf("ListAccountAssignments (-want +got):\n%s", diff)
	}
	if access := c.instance.AccessOf(ana.ID); len(access) != 1 || access[0].ID != production {
		t.Errorf("the portal shows %v", access)
	}
	// AWS does not refuse to create it again.
	c.admin("CreateAccountAssignment", target)
	if n := len(c.instance.Assignments()); n != 1 {
		t.Errorf("%d assignments after two equal creations", n)
	}

	// Assigning provisions the set into the account (IAM Identity Center API
	// reference, CreateAccountAssignment).
	for _, test := range []struct {
		operation string
		input     object
		want      object
	}{
		{"ListPermissionSetsProvisionedToAccount", object{"AccountId": production}, object{"PermissionSets": []any{set.ARN}}},
		{"ListPermissionSetsProvisionedToAccount", object{"AccountId": sandbox}, object{"PermissionSets": []any{}}},
		{"ListPermissionSetsProvisionedToAccount", object{"AccountId": production, "ProvisioningStatus": "LATEST_PERMISSION_SET_NOT_PROVISIONED"}, object{"PermissionSets": []any{}}},
		{"ListAccountsForProvisionedPermissionSet", object{"PermissionSetArn": set.ARN}, object{"AccountIds": []any{production}}},
		{"ListAccountsForProvisionedPermissionSet", object{"PermissionSetArn": set.ARN, "ProvisioningStatus": "LATEST_PERMISSION_SET_PROVISIONED"}, object{"AccountIds": []any{production}}},
	} {
		if diff := cmp.Diff(test.want, c.admin(test.operation, test.input)); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", test.operation, test.input, diff)
		}
	}

	ended := c.admin("DeleteAccountAssignment", target)["AccountAssignmentDeletionStatus"].(object)
	if ended["Status"] != "IN_PROGRESS" {
		t.Errorf("DeleteAccountAssignment: %v", ended)
	}
	status["RequestId"] = ended["RequestId"]
	if diff := cmp.Diff(object{"AccountAssignmentDeletionStatus": status}, c.admin("DescribeAccountAssignmentDeletionStatus", object{"AccountAssignmentDeletionRequestId": ended["RequestId"]})); diff != "" {
		t.Errorf("DescribeAccountAssignmentDeletionStatus (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(object{"AccountAssignments": []any{}}, c.admin("ListAccountAssignments", where)); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}

	missing := func(message string) object {
		return object{"__type": "ResourceNotFoundException", "Message": message}
	}
	invalid := func(message string) object { return object{"__type": "ValidationException", "Message": message} }
	but := func(member string, value any) object { return changed(target, object{member: value}) }
	c.refused("SWBExternalService", "InstanceArn", c.instance.ARN(), false, []refusal{
		{"deleting again", "DeleteAccountAssignment", target, missing("Could not find the account assignment")},
		{"an account of nobody", "CreateAccountAssignment", but("TargetId", "999999999999"), missing("Could not find Account with id 999999999999")},
		{"a user of nobody", "CreateAccountAssignment", but("PrincipalId", nobody), missing("Could not find USER with id " + nobody)},
		{"a user is no group", "CreateAccountAssignment", but("PrincipalType", "GROUP"), missing("Could not find GROUP with id " + ana.ID)},
		{"a type of principal", "CreateAccountAssignment", but("PrincipalType", "ROLE"), invalid("1 validation error detected: Value 'ROLE' at 'principalType' failed to satisfy constraint: Member must satisfy enum value set: [GROUP, USER]")},
		{"a type of target", "CreateAccountAssignment", but("TargetType", "OU"), invalid("1 validation error detected: Value 'OU' at 'targetType' failed to satisfy constraint: Member must satisfy enum value set: [AWS_ACCOUNT]")},
		{"an account id", "CreateAccountAssignment", but("TargetId", "Production"), invalid(`2 validation errors detected: Value 'Production' at 'targetId' failed to satisfy constraint: Member must have length greater than or equal to 12; Value 'Production' at 'targetId' failed to satisfy constraint: Member must satisfy regular expression pattern: \d{12}`)},
		{"a deletion is no creation", "DescribeAccountAssignmentCreationStatus", object{"AccountAssignmentCreationRequestId": ended["RequestId"]}, missing("Could not find Request with id " + ended["RequestId"].(string))},
		{"a request of nobody", "DescribeAccountAssignmentDeletionStatus", object{"AccountAssignmentDeletionRequestId": nobody}, missing("Could not find Request with id " + nobody)},
		{"assignments in an account of nobody", "ListAccountAssignments", object{"AccountId": "999999999999", "PermissionSetArn": set.ARN}, missing("Could not find Account with id 999999999999")},
		{"sets in an account of nobody", "ListPermissionSetsProvisionedToAccount", object{"AccountId": "999999999999"}, missing("Could not find Account with id 999999999999")},
	})
}

// A user has access directly and through groups; the principal of each entry
// tells which.
func TestListAccountAssignmentsForPrincipal(t *testing.T) {
	c := newClient(t)
	set := c.organisation()
	ana := c.addUser(person("ana", "Ana", "Sousa"))
	admins, others := c.addGroup("admins", ana.ID), c.addGroup("others")
	for _, w := range []sp.Wish{
		{User: ana.UserName, PermissionSet: set.Name, Account: production},
		{Group: admins.DisplayName, PermissionSet: set.Name, Account: sandbox},
		{Group: others.DisplayName, PermissionSet: set.Name, Account: sandbox},
	} {
		if _, err := c.instance.Assign(w); err != nil {
			t.Fatal(err)
		}
	}
	entry := func(account, kind, id string) object {
		return object{"AccountId": account, "PermissionSetArn": set.ARN, "PrincipalType": kind, "PrincipalId": id}
	}
	list := func(change object) object {
		return c.admin("ListAccountAssignmentsForPrincipal", changed(object{"PrincipalType": "USER", "PrincipalId": ana.ID}, change))
	}
	direct, throughGroup := entry(production, "USER", ana.ID), entry(sandbox, "GROUP", admins.ID)
	for _, test := range []struct {
		rule  string
		input object
		want  []any
	}{
		{"user", nil, []any{direct, throughGroup}},
		{"in one account", object{"Filter": object{"AccountId": sandbox}}, []any{throughGroup}},
		{"group", object{"PrincipalType": "GROUP", "PrincipalId": admins.ID}, []any{throughGroup}},
	} {
		if diff := cmp.Diff(object{"AccountAssignments": test.want}, list(test.input)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.rule, diff)
		}
	}
	first := list(object{"MaxResults": 1})
	if diff := cmp.Diff([]any{direct}, first["AccountAssignments"]); diff != "" {
		t.Errorf("first page (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(object{"AccountAssignments": []any{throughGroup}}, list(object{"MaxResults": 1, "NextToken": first["NextToken"]})); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
	c.refused("SWBExternalService", "InstanceArn", c.instance.ARN(), false, []refusal{
		{"nobody", "ListAccountAssignmentsForPrincipal", object{"PrincipalType": "USER", "PrincipalId": nobody}, object{"__type": "ResourceNotFoundException", "Message": "Could not find USER with id " + nobody}},
	})
}

// The assignment of a deleted user stays listed until somebody deletes it (user
// guide, "Troubleshooting IAM Identity Center issues").
func TestAssignmentOfADeletedUser(t *testing.T) {
	c := newClient(t)
	set := c.organisation()
	ana := c.addUser(person("ana", "Ana", "Sousa"))
	target := object{"TargetId": production, "TargetType": "AWS_ACCOUNT", "PermissionSetArn": set.ARN, "PrincipalType": "USER", "PrincipalId": ana.ID}
	c.admin("CreateAccountAssignment", target)
	c.store("DeleteUser", object{"UserId": ana.ID})
	listed := func() int {
		return len(c.admin("ListAccountAssignments", object{"AccountId": production, "PermissionSetArn": set.ARN})["AccountAssignments"].([]any))
	}
	if n := listed(); n != 1 {
		t.Errorf("%d assignments after the user is gone", n)
	}
	begun := c.admin("DeleteAccountAssignment", target)["AccountAssignmentDeletionStatus"].(object)
	ended := c.admin("DescribeAccountAssignmentDeletionStatus", object{"AccountAssignmentDeletionRequestId": begun["RequestId"]})["AccountAssignmentDeletionStatus"].(object)
	if begun["Status"] != "IN_PROGRESS" || ended["Status"] != "SUCCEEDED" || listed() != 0 {
		t.Errorf("begun %v, ended %v, %d listed", begun, ended, listed())
	}
}

func TestOldRequestsAreForgotten(t *testing.T) {
	c := newClient(t)
	set := c.organisation()
	ana := c.addUser(person("ana", "Ana", "Sousa"))
	var ids []any
	for range 1001 {
		output := c.admin("CreateAccountAssignment", object{"TargetId": production, "TargetType": "AWS_ACCOUNT", "PermissionSetArn": set.ARN, "PrincipalType": "USER", "PrincipalId": ana.ID})
		ids = append(ids, output["AccountAssignmentCreationStatus"].(object)["RequestId"])
	}
	for n, want := range map[int]int{0: http.StatusBadRequest, 1: http.StatusOK, 1000: http.StatusOK} {
		if status, _ := c.call("SWBExternalService.DescribeAccountAssignmentCreationStatus", object{"InstanceArn": c.instance.ARN(), "AccountAssignmentCreationRequestId": ids[n]}); status != want {
			t.Errorf("request %d: status %d, want %d", n, status, want)
		}
	}
}
