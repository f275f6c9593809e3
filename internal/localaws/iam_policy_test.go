package localaws_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// MaxItems counts groups, users and roles together, and no attachment is lost
// between two pages.
func TestIAM_entitiesForPolicy(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	arn := aws.String("arn:aws:iam::" + b.ID + ":policy/p")
	_, err := b.iam.ListEntitiesForPolicy(t.Context(), &iam.ListEntitiesForPolicyInput{PolicyArn: arn})
	wantCode(t, err, "NoSuchEntity")
	for _, form := range []string{
		makePolicy, makeUser, makeGroup, makeRole,
		"Action=AttachUserPolicy&UserName=u&PolicyArn=" + *arn,
		"Action=AttachGroupPolicy&GroupName=g&PolicyArn=" + *arn,
		"Action=AttachRolePolicy&RoleName=r&PolicyArn=" + *arn,
	} {
		b.query(t, form)
	}
	for i := range 2 {
		b.createUsers(t, fmt.Sprintf("u%d", i))
		b.query(t, fmt.Sprintf("Action=AttachUserPolicy&UserName=u%d&PolicyArn=%s", i, *arn))
	}
	var got []string
	pages := iam.NewListEntitiesForPolicyPaginator(b.iam, &iam.ListEntitiesForPolicyInput{PolicyArn: arn, MaxItems: aws.Int32(2)})
	for pages.HasMorePages() {
		page := must[*iam.ListEntitiesForPolicyOutput](t)(pages.NextPage(t.Context()))
		for _, group := range page.PolicyGroups {
			got = append(got, "group "+*group.GroupName)
		}
		for _, user := range page.PolicyUsers {
			got = append(got, "user "+*user.UserName)
		}
		for _, role := range page.PolicyRoles {
			got = append(got, "role "+*role.RoleName)
		}
		got = append(got, "end of page")
	}
	want := []string{
		"group g", "user u", "end of page", "user u0", "user u1", "end of page", "role r", "end of page",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
