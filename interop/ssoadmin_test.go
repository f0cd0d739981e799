package interop

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
)

// The AWS SDK administers permission sets as infrastructure code does: it makes
// one, gives it policies and tags, assigns it, changes it, provisions it anew, and
// is told in its own types why it cannot be deleted yet.
func TestSDKAdministersPermissionSets(t *testing.T) {
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	h := startPair(t, start)
	client := ssoadmin.New(ssoadmin.Options{
		BaseEndpoint: aws.String(h.IdentityCenter.BaseURL()), Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
	})
	ctx := t.Context()
	do := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	instances, err := client.ListInstances(ctx, &ssoadmin.ListInstancesInput{})
	do("ListInstances", err)
	instance := instances.Instances[0].InstanceArn
	made, err := client.CreatePermissionSet(ctx, &ssoadmin.CreatePermissionSetInput{
		InstanceArn: instance, Name: aws.String("Auditors"), SessionDuration: aws.String("PT2H"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}},
	})
	do("CreatePermissionSet", err)
	set := made.PermissionSet.PermissionSetArn
	if made.PermissionSet.CreatedDate == nil || !made.PermissionSet.CreatedDate.Equal(start) {
		t.Errorf("created %v, want %s", made.PermissionSet.CreatedDate, start)
	}
	_, err = client.AttachManagedPolicyToPermissionSet(ctx, &ssoadmin.AttachManagedPolicyToPermissionSetInput{InstanceArn: instance, PermissionSetArn: set, ManagedPolicyArn: aws.String("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess")})
	do("AttachManagedPolicy", err)
	own := &types.CustomerManagedPolicyReference{Name: aws.String("Audit"), Path: aws.String("/team/")}
	_, err = client.AttachCustomerManagedPolicyReferenceToPermissionSet(ctx, &ssoadmin.AttachCustomerManagedPolicyReferenceToPermissionSetInput{InstanceArn: instance, PermissionSetArn: set, CustomerManagedPolicyReference: own})
	do("AttachCustomerManagedPolicyReference", err)
	policy := aws.String(`{"Version":"2012-10-17","Statement":[]}`)
	_, err = client.PutInlinePolicyToPermissionSet(ctx, &ssoadmin.PutInlinePolicyToPermissionSetInput{InstanceArn: instance, PermissionSetArn: set, InlinePolicy: policy})
	do("PutInlinePolicy", err)
	_, err = client.PutPermissionsBoundaryToPermissionSet(ctx, &ssoadmin.PutPermissionsBoundaryToPermissionSetInput{InstanceArn: instance, PermissionSetArn: set, PermissionsBoundary: &types.PermissionsBoundary{CustomerManagedPolicyReference: own}})
	do("PutPermissionsBoundary", err)

	user, _ := h.IdentityCenter.Store().UserByName("ana@contoso.example")
	assignment, err := client.CreateAccountAssignment(ctx, &ssoadmin.CreateAccountAssignmentInput{
		InstanceArn: instance, PermissionSetArn: set, TargetId: aws.String("111122223333"), TargetType: types.TargetTypeAwsAccount, PrincipalType: types.PrincipalTypeUser, PrincipalId: &user.ID,
	})
	do("CreateAccountAssignment", err)
	status, err := client.DescribeAccountAssignmentCreationStatus(ctx, &ssoadmin.DescribeAccountAssignmentCreationStatusInput{InstanceArn: instance, AccountAssignmentCreationRequestId: assignment.AccountAssignmentCreationStatus.RequestId})
	do("DescribeAccountAssignmentCreationStatus", err)
	if status.AccountAssignmentCreationStatus.Status != types.StatusValuesSucceeded {
		t.Errorf("assignment: %s", status.AccountAssignmentCreationStatus.Status)
	}
	_, err = client.UpdatePermissionSet(ctx, &ssoadmin.UpdatePermissionSetInput{InstanceArn: instance, PermissionSetArn: set, SessionDuration: aws.String("PT4H")})
	do("UpdatePermissionSet", err)
	outdated := &ssoadmin.ListAccountsForProvisionedPermissionSetInput{InstanceArn: instance, PermissionSetArn: set, ProvisioningStatus: types.ProvisioningStatusLatestPermissionSetNotProvisioned}
	list, err := client.ListAccountsForProvisionedPermissionSet(ctx, outdated)
	do("ListAccountsForProvisionedPermissionSet", err)
	if len(list.AccountIds) != 1 {
		t.Errorf("outdated in %v", list.AccountIds)
	}
	provision, err := client.ProvisionPermissionSet(ctx, &ssoadmin.ProvisionPermissionSetInput{InstanceArn: instance, PermissionSetArn: set, TargetType: types.ProvisionTargetTypeAllProvisionedAccounts})
	do("ProvisionPermissionSet", err)
	done, err := client.DescribePermissionSetProvisioningStatus(ctx, &ssoadmin.DescribePermissionSetProvisioningStatusInput{InstanceArn: instance, ProvisionPermissionSetRequestId: provision.PermissionSetProvisioningStatus.RequestId})
	do("DescribePermissionSetProvisioningStatus", err)
	if done.PermissionSetProvisioningStatus.Status != types.StatusValuesSucceeded {
		t.Errorf("provisioning: %s", done.PermissionSetProvisioningStatus.Status)
	}
	if list, err := client.ListAccountsForProvisionedPermissionSet(ctx, outdated); err != nil || len(list.AccountIds) != 0 {
		t.Errorf("outdated in %v, %v", list.AccountIds, err)
	}

	inline, err := client.GetInlinePolicyForPermissionSet(ctx, &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: instance, PermissionSetArn: set})
	do("GetInlinePolicy", err)
	boundary, err := client.GetPermissionsBoundaryForPermissionSet(ctx, &ssoadmin.GetPermissionsBoundaryForPermissionSetInput{InstanceArn: instance, PermissionSetArn: set})
	do("GetPermissionsBoundary", err)
	tags, err := client.ListTagsForResource(ctx, &ssoadmin.ListTagsForResourceInput{InstanceArn: instance, ResourceArn: set})
	do("ListTagsForResource", err)
	if aws.ToString(inline.InlinePolicy) != *policy || aws.ToString(boundary.PermissionsBoundary.CustomerManagedPolicyReference.Name) != "Audit" || len(tags.Tags) != 1 || aws.ToString(tags.Tags[0].Value) != "blue" {
		t.Errorf("inline policy %v, boundary %v, tags %v", inline.InlinePolicy, boundary.PermissionsBoundary, tags.Tags)
	}

	_, err = client.DeletePermissionSet(ctx, &ssoadmin.DeletePermissionSetInput{InstanceArn: instance, PermissionSetArn: set})
	if conflict := (*types.ConflictException)(nil); !errors.As(err, &conflict) {
		t.Errorf("delete while assigned: %v", err)
	}
	_, err = client.DeleteAccountAssignment(ctx, &ssoadmin.DeleteAccountAssignmentInput{
		InstanceArn: instance, PermissionSetArn: set, TargetId: aws.String("111122223333"), TargetType: types.TargetTypeAwsAccount, PrincipalType: types.PrincipalTypeUser, PrincipalId: &user.ID,
	})
	do("DeleteAccountAssignment", err)
	_, err = client.DeletePermissionSet(ctx, &ssoadmin.DeletePermissionSetInput{InstanceArn: instance, PermissionSetArn: set})
	do("DeletePermissionSet", err)
	_, err = client.DescribePermissionSet(ctx, &ssoadmin.DescribePermissionSetInput{InstanceArn: instance, PermissionSetArn: set})
	if missing := (*types.ResourceNotFoundException)(nil); !errors.As(err, &missing) {
		t.Errorf("describe what is gone: %v", err)
	}

	_, err = client.CreateInstanceAccessControlAttributeConfiguration(ctx, &ssoadmin.CreateInstanceAccessControlAttributeConfigurationInput{
		InstanceArn: instance,
		InstanceAccessControlAttributeConfiguration: &types.InstanceAccessControlAttributeConfiguration{AccessControlAttributes: []types.AccessControlAttribute{
			{Key: aws.String("Department"), Value: &types.AccessControlAttributeValue{Source: []string{"${path:enterprise.department}"}}},
		}},
	})
	do("CreateInstanceAccessControlAttributeConfiguration", err)
	described, err := client.DescribeInstanceAccessControlAttributeConfiguration(ctx, &ssoadmin.DescribeInstanceAccessControlAttributeConfigurationInput{InstanceArn: instance})
	do("DescribeInstanceAccessControlAttributeConfiguration", err)
	if described.Status != types.InstanceAccessControlAttributeConfigurationStatusEnabled || len(described.InstanceAccessControlAttributeConfiguration.AccessControlAttributes) != 1 {
		t.Errorf("access control %+v", described)
	}
}
