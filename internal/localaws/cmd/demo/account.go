package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

const (
	userName    = "alice"
	groupName   = "mfa-required"
	trailName   = "audit"
	bucketName  = "example-corp-audit-log"
	providerURL = "https://token.actions.githubusercontent.com"
	providerARN = "arn:aws:iam::" + accountID + ":oidc-provider/token.actions.githubusercontent.com"
	keptClient  = "sts.amazonaws.com"
	goneClient  = "https://github.com/example-corp"
)

// clients call the local AWS as one principal.
type clients struct {
	iam   *iam.Client
	trail *cloudtrail.Client
	s3    *s3.Client
}

func clientsOf(account *localaws.Account, as localaws.Principal) clients {
	config := account.Config(as)
	return clients{
		iam: iam.NewFromConfig(config), trail: cloudtrail.NewFromConfig(config),
		s3: s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true }),
	}
}

// call is one call to AWS, with the command of the AWS CLI that makes it.
type call struct {
	command string
	do      func(context.Context) error
}

// discard makes a call of the SDK one without an answer.
func discard[In, Out, Option any](
	do func(context.Context, In, ...Option) (Out, error), input In,
) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := do(ctx, input)
		return err
	}
}

func (c clients) prepare() []call {
	return []call{
		{
			"aws iam create-group --group-name " + groupName,
			discard(c.iam.CreateGroup, &iam.CreateGroupInput{GroupName: aws.String(groupName)}),
		},
		{
			"aws iam create-user --user-name " + userName,
			discard(c.iam.CreateUser, &iam.CreateUserInput{UserName: aws.String(userName)}),
		},
		{
			"aws iam add-user-to-group --group-name " + groupName + " --user-name " + userName,
			discard(c.iam.AddUserToGroup, &iam.AddUserToGroupInput{GroupName: aws.String(groupName), UserName: aws.String(userName)}),
		},
		{
			"aws iam create-open-id-connect-provider --url " + providerURL +
				" \\\n      --client-id-list " + keptClient + " " + goneClient,
			discard(c.iam.CreateOpenIDConnectProvider, &iam.CreateOpenIDConnectProviderInput{
				Url: aws.String(providerURL), ClientIDList: []string{keptClient, goneClient},
			}),
		},
	}
}

func (c clients) sabotage() []call {
	return []call{
		{
			"aws iam remove-user-from-group --group-name " + groupName + " --user-name " + userName,
			discard(c.iam.RemoveUserFromGroup, &iam.RemoveUserFromGroupInput{
				GroupName: aws.String(groupName), UserName: aws.String(userName),
			}),
		},
		{
			"aws iam remove-client-id-from-open-id-connect-provider \\\n      --open-id-connect-provider-arn " + providerARN +
				" \\\n      --client-id " + goneClient,
			discard(c.iam.RemoveClientIDFromOpenIDConnectProvider, &iam.RemoveClientIDFromOpenIDConnectProviderInput{
				OpenIDConnectProviderArn: aws.String(providerARN), ClientID: aws.String(goneClient),
			}),
		},
		{
			"aws cloudtrail stop-logging --name " + trailName + " --region " + region,
			discard(c.trail.StopLogging, &cloudtrail.StopLoggingInput{Name: aws.String(trailName)}),
		},
	}
}

// clear takes back what prepare made; alice was in the group before, or still is.
func (c clients) clear() []call {
	return []call{
		{
			"aws iam delete-user --user-name " + userName,
			discard(c.iam.DeleteUser, &iam.DeleteUserInput{UserName: aws.String(userName)}),
		},
		{
			"aws iam delete-group --group-name " + groupName,
			discard(c.iam.DeleteGroup, &iam.DeleteGroupInput{GroupName: aws.String(groupName)}),
		},
		{
			"aws iam delete-open-id-connect-provider --open-id-connect-provider-arn " + providerARN,
			discard(c.iam.DeleteOpenIDConnectProvider, &iam.DeleteOpenIDConnectProviderInput{
				OpenIDConnectProviderArn: aws.String(providerARN),
			}),
		},
	}
}

// leftovers names everything of the demo's kinds that the account still has.
func (c clients) leftovers(ctx context.Context) ([]string, error) {
	var left []string
	buckets, err := c.s3.ListBuckets(ctx, &s3.ListBucketsInput{})
	if err != nil {
		return nil, fmt.Errorf("list the buckets: %w", err)
	}
	for _, bucket := range buckets.Buckets {
		left = append(left, "bucket "+aws.ToString(bucket.Name))
	}
	trails, err := c.trail.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	if err != nil {
		return nil, fmt.Errorf("list the trails: %w", err)
	}
	for _, trail := range trails.TrailList {
		left = append(left, "trail "+aws.ToString(trail.Name))
	}
	identities, err := c.identities(ctx)
	return append(left, identities...), err
}

func (c clients) identities(ctx context.Context) ([]string, error) {
	var left []string
	users, err := c.iam.ListUsers(ctx, &iam.ListUsersInput{})
	if err != nil {
		return nil, fmt.Errorf("list the users: %w", err)
	}
	for _, user := range users.Users {
		left = append(left, "user "+aws.ToString(user.UserName))
	}
	groups, err := c.iam.ListGroups(ctx, &iam.ListGroupsInput{})
	if err != nil {
		return nil, fmt.Errorf("list the groups: %w", err)
	}
	for _, group := range groups.Groups {
		left = append(left, "group "+aws.ToString(group.GroupName))
	}
	providers, err := c.iam.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
	if err != nil {
		return nil, fmt.Errorf("list the OIDC providers: %w", err)
	}
	for _, provider := range providers.OpenIDConnectProviderList {
		left = append(left, "OIDC provider "+aws.ToString(provider.Arn))
	}
	return left, nil
}

// logging tells whether the trail records.
func (c clients) logging(ctx context.Context) (bool, error) {
	status, err := c.trail.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: aws.String(trailName)})
	if err != nil {
		return false, fmt.Errorf("ask for the status of the trail: %w", err)
	}
	return aws.ToBool(status.IsLogging), nil
}
