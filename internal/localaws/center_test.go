package localaws_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// An assignment takes its time, is not made twice, and can fail.
func TestCenter_assignments(t *testing.T) {
	t.Parallel()
	a := localaws.Shared(t).NewAccount(t, "eu-central-1")
	client := ssoadmin.NewFromConfig(a.Config(a.Admin()))
	instances, err := client.ListInstances(t.Context(), &ssoadmin.ListInstancesInput{})
	if err != nil {
		t.Fatal(err)
	}
	instance := instances.Instances[0].InstanceArn
	set, err := client.CreatePermissionSet(t.Context(), &ssoadmin.CreatePermissionSetInput{
		InstanceArn: instance, Name: aws.String("Audit"), SessionDuration: aws.String("PT1H"),
	})
	if err != nil {
		t.Fatal(err)
	}
	assign := func() (states []types.StatusValues) {
		made, err := client.CreateAccountAssignment(t.Context(), &ssoadmin.CreateAccountAssignmentInput{
			InstanceArn: instance, PermissionSetArn: set.PermissionSet.PermissionSetArn, PrincipalId: aws.String("person-1"),
			PrincipalType: types.PrincipalTypeUser, TargetId: &a.ID, TargetType: types.TargetTypeAwsAccount,
		})
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, made.AccountAssignmentCreationStatus.Status)
		for range 2 {
			status, err := client.DescribeAccountAssignmentCreationStatus(
				t.Context(),
				&ssoadmin.DescribeAccountAssignmentCreationStatusInput{
					InstanceArn: instance, AccountAssignmentCreationRequestId: made.AccountAssignmentCreationStatus.RequestId,
				},
			)
			if err != nil {
				t.Fatal(err)
			}
			states = append(states, status.AccountAssignmentCreationStatus.Status)
		}
		return states
	}
	if got, want := assign(), []types.StatusValues{"IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"}; !slices.Equal(got, want) {
		t.Errorf("first: %v", got)
	}
	if got, want := assign(), []types.StatusValues{"IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"}; !slices.Equal(got, want) {
		t.Errorf("again: %v", got)
	}
	a.FailAssignments("no such account")
	if got, want := assign(), []types.StatusValues{"IN_PROGRESS", "IN_PROGRESS", "FAILED"}; !slices.Equal(got, want) {
		t.Errorf("failing: %v", got)
	}
	found, err := client.ListAccountAssignments(t.Context(), &ssoadmin.ListAccountAssignmentsInput{
		InstanceArn: instance, AccountId: &a.ID, PermissionSetArn: set.PermissionSet.PermissionSetArn,
	})
	if err != nil || len(found.AccountAssignments) != 1 {
		t.Errorf("assignments are %v, %v", found, err)
	}
}

// A role that is not in an instance profile cannot be taken out of it.
func TestIAM_roleThatIsNotInTheProfile(t *testing.T) {
	t.Parallel()
	a := localaws.Shared(t).NewAccount(t, "eu-central-1")
	client := iam.NewFromConfig(a.Config(a.Admin()))
	if _, err := client.CreateInstanceProfile(
		t.Context(),
		&iam.CreateInstanceProfileInput{InstanceProfileName: aws.String("i")},
	); err != nil {
		t.Fatal(err)
	}
	_, err := client.RemoveRoleFromInstanceProfile(t.Context(), &iam.RemoveRoleFromInstanceProfileInput{
		InstanceProfileName: aws.String("i"), RoleName: aws.String("r"),
	})
	wantCode(t, err, "NoSuchEntity")
}
