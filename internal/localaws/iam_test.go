package localaws_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

func TestIAM_lists(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	b.query(t, makeGroup)
	b.query(t, makeUser)
	for i := range 5 {
		name := fmt.Sprintf("u%d", i)
		b.createUsers(t, name)
		b.query(t, "Action=AddUserToGroup&GroupName=g&UserName="+name)
		b.query(t, fmt.Sprintf("Action=CreateGroup&GroupName=g%d", i))
		b.query(t, fmt.Sprintf("Action=PutUserPolicy&UserName=u&PolicyName=x%d&PolicyDocument=%s", i, anyPolicy))
	}
	two := aws.Int32(2)
	var sizes []string
	users := iam.NewListUsersPaginator(b.iam, &iam.ListUsersInput{MaxItems: two})
	for users.HasMorePages() {
		sizes = append(sizes, fmt.Sprint("users ", len(must[*iam.ListUsersOutput](t)(users.NextPage(ctx)).Users)))
	}
	groups := iam.NewListGroupsPaginator(b.iam, &iam.ListGroupsInput{MaxItems: two})
	for groups.HasMorePages() {
		sizes = append(sizes, fmt.Sprint("groups ", len(must[*iam.ListGroupsOutput](t)(groups.NextPage(ctx)).Groups)))
	}
	inline := iam.NewListUserPoliciesPaginator(b.iam, &iam.ListUserPoliciesInput{MaxItems: two, UserName: aws.String("u")})
	for inline.HasMorePages() {
		sizes = append(sizes, fmt.Sprint("inline ", len(must[*iam.ListUserPoliciesOutput](t)(inline.NextPage(ctx)).PolicyNames)))
	}
	members := iam.NewGetGroupPaginator(b.iam, &iam.GetGroupInput{MaxItems: two, GroupName: aws.String("g")})
	for members.HasMorePages() {
		page := must[*iam.GetGroupOutput](t)(members.NextPage(ctx))
		sizes = append(sizes, fmt.Sprint("members ", len(page.Users), " of ", *page.Group.GroupName))
	}
	want := []string{
		"users 2", "users 2", "users 2", "groups 2", "groups 2", "groups 2", "inline 2", "inline 2", "inline 1",
		"members 2 of g", "members 2 of g", "members 1 of g",
	}
	if !slices.Equal(sizes, want) {
		t.Errorf("got %v, want %v", sizes, want)
	}
	_, err := b.iam.ListUsers(ctx, &iam.ListUsersInput{Marker: aws.String("made up")})
	wantCode(t, err, "ValidationError")
	if status, _ := b.query(t, "Action=ListUsers&MaxItems=1001"); status != http.StatusBadRequest {
		t.Errorf("MaxItems of 1001: HTTP %d", status)
	}
	managed := do(t, b.iam.ListPolicies, &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeAws})
	if len(managed.Policies) != 100 || !managed.IsTruncated {
		t.Errorf("got %d AWS managed policies, truncated %v", len(managed.Policies), managed.IsTruncated)
	}
}

func TestIAM_deletesConflict(t *testing.T) {
	t.Parallel()
	const user, group, role = "Action=DeleteUser&UserName=u", "Action=DeleteGroup&GroupName=g", "Action=DeleteRole&RoleName=r"
	for name, c := range map[string]struct {
		before []string
		call   string
	}{
		"user with key":      {[]string{makeUser, "Action=CreateAccessKey&UserName=u"}, user},
		"user in group":      {[]string{makeUser, makeGroup, "Action=AddUserToGroup&GroupName=g&UserName=u"}, user},
		"user with policy":   {[]string{makeUser, makePolicy, "Action=AttachUserPolicy&UserName=u&PolicyArn=" + policyARN}, user},
		"user with inline":   {[]string{makeUser, "Action=PutUserPolicy&UserName=u&PolicyName=x&PolicyDocument=" + anyPolicy}, user},
		"user with password": {[]string{makeUser, "Action=CreateLoginProfile&UserName=u&Password=Sup3r-secret!"}, user},
		"group with member":  {[]string{makeUser, makeGroup, "Action=AddUserToGroup&GroupName=g&UserName=u"}, group},
		"group with policy": {
			[]string{makeGroup, makePolicy, "Action=AttachGroupPolicy&GroupName=g&PolicyArn=" + policyARN}, group,
		},
		"role with policy": {[]string{makeRole, makePolicy, "Action=AttachRolePolicy&RoleName=r&PolicyArn=" + policyARN}, role},
		"role with inline": {
			[]string{makeRole, "Action=PutRolePolicy&RoleName=r&PolicyName=x&PolicyDocument=" + anyPolicy}, role,
		},
		"role in profile": {
			[]string{makeRole, makeProfile, "Action=AddRoleToInstanceProfile&InstanceProfileName=i&RoleName=r"}, role,
		},
		"attached policy": {
			[]string{
				makeUser, makePolicy, "Action=AttachUserPolicy&UserName=u&PolicyArn=" + policyARN,
			}, "Action=DeletePolicy&PolicyArn=" + policyARN,
		},
		"policy with versions": {
			[]string{
				makePolicy, "Action=CreatePolicyVersion&PolicyArn=" + policyARN + "&PolicyDocument=" + anyPolicy,
			}, "Action=DeletePolicy&PolicyArn=" + policyARN,
		},
		"default version": {[]string{makePolicy}, "Action=DeletePolicyVersion&VersionId=v1&PolicyArn=" + policyARN},
		"instance profile used": {
			[]string{
				makeRole, makeProfile, "Action=AddRoleToInstanceProfile&InstanceProfileName=i&RoleName=r",
			}, "Action=DeleteInstanceProfile&InstanceProfileName=i",
		},
		"device in use": {
			[]string{makeUser, makeDevice, enableDevice},
			"Action=DeleteVirtualMFADevice&SerialNumber=arn:aws:iam::#:mfa/d",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			for _, form := range c.before {
				if status, answer := b.query(t, form); status != http.StatusOK {
					t.Fatalf("%s: HTTP %d: %s", form, status, answer)
				}
			}
			status, answer := b.query(t, c.call)
			if status != http.StatusConflict || !strings.Contains(answer, "<Code>DeleteConflict</Code>") {
				t.Errorf("HTTP %d: %s", status, answer)
			}
		})
	}
}

func TestIAM_clientIDs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	arn := aws.String("arn:aws:iam::" + b.ID + ":oidc-provider/id.example.com")
	add := func(id string) error {
		_, err := b.iam.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{
			OpenIDConnectProviderArn: arn, ClientID: aws.String(id),
		})
		return err
	}
	remove := func(id string) error {
		_, err := b.iam.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{
			OpenIDConnectProviderArn: arn, ClientID: aws.String(id),
		})
		return err
	}
	wantCode(t, remove("one"), "NoSuchEntity")
	b.query(t, makeOIDC+"&Tags.member.1.Key=owner&Tags.member.1.Value=audit")
	for _, step := range []struct {
		do   func(string) error
		id   string
		want []string
	}{
		{remove, "one", []string{"two"}},
		{remove, "one", []string{"two"}},
		{add, "three", []string{"two", "three"}},
		{add, "three", []string{"two", "three"}},
		{remove, "two", []string{"three"}},
		{remove, "three", nil},
	} {
		if err := step.do(step.id); err != nil {
			t.Fatal(err)
		}
		got := do(t, b.iam.GetOpenIDConnectProvider, &iam.GetOpenIDConnectProviderInput{
			OpenIDConnectProviderArn: arn,
		})
		kept := len(got.ThumbprintList) == 1 && len(got.Tags) == 1 && *got.Url == "id.example.com"
		if !slices.Equal(got.ClientIDList, step.want) || !kept {
			t.Errorf("after %s: %+v, want %v", step.id, got, step.want)
		}
	}
}

func TestIAM_keys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	b.createUsers(t, "u")
	made := do(t, b.iam.CreateAccessKey, &iam.CreateAccessKeyInput{
		UserName: aws.String("u"),
	}).AccessKey
	own := as(b.Account, localaws.Principal{AccessKeyID: *made.AccessKeyId, SecretAccessKey: *made.SecretAccessKey}, region)
	keys := do(t, own.iam.ListAccessKeys, &iam.ListAccessKeysInput{})
	if len(keys.AccessKeyMetadata) != 1 || *keys.AccessKeyMetadata[0].UserName != "u" {
		t.Errorf("own keys: %+v", keys.AccessKeyMetadata)
	}
	who := func() error {
		_, err := own.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		return err
	}
	set := func(status types.StatusType) {
		do(t, b.iam.UpdateAccessKey, &iam.UpdateAccessKeyInput{
			UserName: aws.String("u"), AccessKeyId: made.AccessKeyId, Status: status,
		})
	}
	set(types.StatusTypeInactive)
	wantCode(t, who(), "InvalidClientTokenId")
	set(types.StatusTypeActive)
	if err := who(); err != nil {
		t.Error(err)
	}
	do(t, b.iam.DeleteAccessKey, &iam.DeleteAccessKeyInput{
		UserName: aws.String("u"), AccessKeyId: made.AccessKeyId,
	})
	wantCode(t, who(), "InvalidClientTokenId")
}
