package managedpolicy

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// kind is one kind of object that a policy is attached to.
type kind struct {
	noun           string
	names          func(Attachments) []string
	attach, detach func(ctx context.Context, name string) error
}

func (c Calls) kinds(arn string) []kind {
	policy := aws.String(arn)
	return []kind{
		{
			"group", func(a Attachments) []string { return a.Groups },
			func(ctx context.Context, name string) error {
				_, err := c.client.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{PolicyArn: policy, GroupName: aws.String(name)})
				return err
			},
			func(ctx context.Context, name string) error {
				_, err := c.client.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{PolicyArn: policy, GroupName: aws.String(name)})
				return err
			},
		},
		{
			"user", func(a Attachments) []string { return a.Users },
			func(ctx context.Context, name string) error {
				_, err := c.client.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{PolicyArn: policy, UserName: aws.String(name)})
				return err
			},
			func(ctx context.Context, name string) error {
				_, err := c.client.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{PolicyArn: policy, UserName: aws.String(name)})
				return err
			},
		},
		{
			"role", func(a Attachments) []string { return a.Roles },
			func(ctx context.Context, name string) error {
				_, err := c.client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{PolicyArn: policy, RoleName: aws.String(name)})
				return err
			},
			func(ctx context.Context, name string) error {
				_, err := c.client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{PolicyArn: policy, RoleName: aws.String(name)})
				return err
			},
		},
	}
}
