package history

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// attachInverses are the ways back from attaching and detaching managed policies.
var attachInverses = map[string]inverse{
	"iam.DetachUserPolicy":  attaching("user", userHas, attachToUser),
	"iam.DetachGroupPolicy": attaching("group", groupHas, attachToGroup),
	"iam.DetachRolePolicy":  attaching("role", roleHas, attachToRole),
	"iam.AttachUserPolicy":  detaching("user", userHas, detachFromUser),
	"iam.AttachGroupPolicy": detaching("group", groupHas, detachFromGroup),
	"iam.AttachRolePolicy":  detaching("role", roleHas, detachFromRole),
}

type (
	iamReader func(context.Context, *iam.Client, *undo) (bool, error)
	iamCaller func(context.Context, *iam.Client, *undo) error
)

// attaching attaches a policy to a kind of principal again.
func attaching(kind string, has iamReader, call iamCaller) inverse {
	return inverse{
		needs:    []string{kind + "Name", "policyArn"},
		commands: []command{cli("iam attach-"+kind+"-policy", kind+"-name", kind+"Name", "policy-arn", "policyArn")},
		undone:   iamRead(has), call: iamCall(call),
	}
}

// detaching detaches it again.
func detaching(kind string, has iamReader, call iamCaller) inverse {
	return inverse{
		needs:    []string{kind + "Name", "policyArn"},
		commands: []command{cli("iam detach-"+kind+"-policy", kind+"-name", kind+"Name", "policy-arn", "policyArn")},
		undone:   unless(iamRead(has)), call: iamCall(call),
	}
}

func attachToUser(ctx context.Context, client *iam.Client, u *undo) error {
	_, err := client.AttachUserPolicy(
		ctx,
		&iam.AttachUserPolicyInput{UserName: u.value("userName"), PolicyArn: u.value("policyArn")},
	)
	return err
}

func attachToGroup(ctx context.Context, client *iam.Client, u *undo) error {
	_, err := client.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{
		GroupName: u.value("groupName"), PolicyArn: u.value("policyArn"),
	})
	return err
}

func attachToRole(ctx context.Context, client *iam.Client, u *undo) error {
	_, err := client.AttachRolePolicy(
		ctx,
		&iam.AttachRolePolicyInput{RoleName: u.value("roleName"), PolicyArn: u.value("policyArn")},
	)
	return err
}

func detachFromUser(ctx context.Context, client *iam.Client, u *undo) error {
	_, err := client.DetachUserPolicy(
		ctx,
		&iam.DetachUserPolicyInput{UserName: u.value("userName"), PolicyArn: u.value("policyArn")},
	)
	return err
}

func detachFromGroup(ctx context.Context, client *iam.Client, u *undo) error {
	_, err := client.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{
		GroupName: u.value("groupName"), PolicyArn: u.value("policyArn"),
	})
	return err
}

func detachFromRole(ctx context.Context, client *iam.Client, u *undo) error {
	_, err := client.DetachRolePolicy(
		ctx,
		&iam.DetachRolePolicyInput{RoleName: u.value("roleName"), PolicyArn: u.value("policyArn")},
	)
	return err
}

// among tells whether the policy is one of those attached.
func (u *undo) among(attached []types.AttachedPolicy) bool {
	for _, one := range attached {
		if aws.ToString(one.PolicyArn) == u.values["policyArn"] {
			return true
		}
	}
	return false
}

func userHas(ctx context.Context, client *iam.Client, u *undo) (bool, error) {
	pages := iam.NewListAttachedUserPoliciesPaginator(client, &iam.ListAttachedUserPoliciesInput{UserName: u.value("userName")})
	found := false
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		found = found || u.among(page.AttachedPolicies)
	}
	return found, nil
}

func groupHas(ctx context.Context, client *iam.Client, u *undo) (bool, error) {
	pages := iam.NewListAttachedGroupPoliciesPaginator(client, &iam.ListAttachedGroupPoliciesInput{GroupName: u.value("groupName")})
	found := false
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		found = found || u.among(page.AttachedPolicies)
	}
	return found, nil
}

func roleHas(ctx context.Context, client *iam.Client, u *undo) (bool, error) {
	pages := iam.NewListAttachedRolePoliciesPaginator(client, &iam.ListAttachedRolePoliciesInput{RoleName: u.value("roleName")})
	found := false
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		found = found || u.among(page.AttachedPolicies)
	}
	return found, nil
}
