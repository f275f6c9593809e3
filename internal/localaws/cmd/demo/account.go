package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

const (
	userName    = "alice"
	groupName   = "mfa-required"
	trailName   = "audit"
	bucketName  = "example-corp-audit-log"
	providerURL = "https://token.actions.githubusercontent.com"
	providerARN = "arn:aws:iam::" + accountID + ":oidc-provider/token.actions.githubusercontent.com"
	// workPolicy is what alice may do, with MFA.
	workPolicy   = "platform-team"
	workDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`
	// quarantineARN is the policy that AWS attaches to users whose key it finds in public.
	quarantineARN = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"

	keptClient = "sts.amazonaws.com"
	goneClient = "https://github.com/example-corp"
	// removals is how many of mallory's calls are removals in IAM.
	removals = 2
	// alertRegion has the calls of IAM, and so the alerts on them.
	alertRegion = "us-east-1"
	inboxName   = "security-inbox"
	inboxARN    = "arn:aws:sqs:" + alertRegion + ":" + accountID + ":" + inboxName
	inboxPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},` +
		`"Action":"sqs:SendMessage","Resource":"` + inboxARN + `"}]}`
)

// clients call the local AWS as one principal.
type clients struct {
	iam   *iam.Client
	trail *cloudtrail.Client
	s3    *s3.Client
	// These are in the region of alerts.
	sqs   *sqs.Client
	sns   *sns.Client
	rules *eventbridge.Client
}

func clientsOf(account *localaws.Account, as localaws.Principal) clients {
	config := account.Config(as)
	alerts := config.Copy()
	alerts.Region = alertRegion
	return clients{
		sqs: sqs.NewFromConfig(alerts), sns: sns.NewFromConfig(alerts), rules: eventbridge.NewFromConfig(alerts),
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
			"aws iam put-user-policy --user-name " + userName + " --policy-name " + workPolicy +
				" \\\n      --policy-document '" + workDocument + "'",
			discard(c.iam.PutUserPolicy, &iam.PutUserPolicyInput{
				UserName: aws.String(userName), PolicyName: aws.String(workPolicy), PolicyDocument: aws.String(workDocument),
			}),
		},
		{
			"aws iam create-open-id-connect-provider --url " + providerURL +
				" \\\n      --client-id-list " + keptClient + " " + goneClient,
			discard(c.iam.CreateOpenIDConnectProvider, &iam.CreateOpenIDConnectProviderInput{
				Url: aws.String(providerURL), ClientIDList: []string{keptClient, goneClient},
			}),
		},
		{
			"aws sqs create-queue --queue-name " + inboxName + " --region " + alertRegion + " \\\n      --attributes file://policy.json",
			discard(c.sqs.CreateQueue, &sqs.CreateQueueInput{
				QueueName: aws.String(inboxName), Attributes: map[string]string{"Policy": inboxPolicy},
			}),
		},
	}
}

// inbox takes the messages out of the queue.
func (c clients) inbox(ctx context.Context) ([]string, error) {
	queue, err := c.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(inboxName)})
	if err != nil {
		return nil, fmt.Errorf("find the inbox: %w", err)
	}
	var texts []string
	for {
		got, err := c.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10})
		if err != nil {
			return nil, fmt.Errorf("read the inbox: %w", err)
		}
		if len(got.Messages) == 0 {
			return texts, nil
		}
		for _, message := range got.Messages {
			texts = append(texts, aws.ToString(message.Body))
			_, err := c.sqs.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: queue.QueueUrl, ReceiptHandle: message.ReceiptHandle})
			if err != nil {
				return nil, fmt.Errorf("empty the inbox: %w", err)
			}
		}
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
			"aws iam update-account-password-policy --minimum-password-length 8",
			discard(c.iam.UpdateAccountPasswordPolicy, &iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(8)}),
		},
		{
			"aws cloudtrail stop-logging --name " + trailName + " --region " + region,
			discard(c.trail.StopLogging, &cloudtrail.StopLoggingInput{Name: aws.String(trailName)}),
		},
	}
}

// quarantine is what a responder does about a key that was found in public.
func (c clients) quarantine() []call {
	return []call{
		{
			"aws iam attach-user-policy --user-name " + userName + " \\\n      --policy-arn " + quarantineARN,
			discard(c.iam.AttachUserPolicy, &iam.AttachUserPolicyInput{
				UserName: aws.String(userName), PolicyArn: aws.String(quarantineARN),
			}),
		},
		{
			"aws iam remove-user-from-group --group-name " + groupName + " --user-name " + userName,
			discard(c.iam.RemoveUserFromGroup, &iam.RemoveUserFromGroupInput{
				GroupName: aws.String(groupName), UserName: aws.String(userName),
			}),
		},
	}
}

// release ends the quarantine.
func (c clients) release() []call {
	return []call{
		{
			"aws iam detach-user-policy --user-name " + userName + " \\\n      --policy-arn " + quarantineARN,
			discard(c.iam.DetachUserPolicy, &iam.DetachUserPolicyInput{
				UserName: aws.String(userName), PolicyArn: aws.String(quarantineARN),
			}),
		},
	}
}

// clear takes back what prepare made.
func (c clients) clear() []call {
	return []call{
		{
			"aws iam delete-user-policy --user-name " + userName + " --policy-name " + workPolicy,
			discard(c.iam.DeleteUserPolicy, &iam.DeleteUserPolicyInput{
				UserName: aws.String(userName), PolicyName: aws.String(workPolicy),
			}),
		},
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
		{"aws sqs delete-queue --queue-url <that of " + inboxName + "> --region " + alertRegion, c.deleteInbox},
	}
}

func (c clients) deleteInbox(ctx context.Context) error {
	queue, err := c.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(inboxName)})
	if err != nil {
		return err
	}
	_, err = c.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: queue.QueueUrl})
	return err
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
	alerts, err := c.alerts(ctx)
	if err != nil {
		return nil, err
	}
	identities, err := c.identities(ctx)
	return append(append(left, alerts...), identities...), err
}

func (c clients) alerts(ctx context.Context) ([]string, error) {
	var left []string
	rules, err := c.rules.ListRules(ctx, &eventbridge.ListRulesInput{})
	if err != nil {
		return nil, fmt.Errorf("list the rules: %w", err)
	}
	for _, rule := range rules.Rules {
		left = append(left, "rule "+aws.ToString(rule.Name))
	}
	topics, err := c.sns.ListTopics(ctx, &sns.ListTopicsInput{})
	if err != nil {
		return nil, fmt.Errorf("list the topics: %w", err)
	}
	for _, topic := range topics.Topics {
		left = append(left, "topic "+aws.ToString(topic.TopicArn))
	}
	queues, err := c.sqs.ListQueues(ctx, &sqs.ListQueuesInput{})
	if err != nil {
		return nil, fmt.Errorf("list the queues: %w", err)
	}
	for _, queue := range queues.QueueUrls {
		left = append(left, "queue "+queue)
	}
	return left, nil
}

func (c clients) identities(ctx context.Context) ([]string, error) {
	var left []string
	_, err := c.iam.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
	if err == nil {
		left = append(left, "the password policy")
	}
	policies, err := c.iam.ListPolicies(ctx, &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal})
	if err != nil {
		return nil, fmt.Errorf("list the policies: %w", err)
	}
	for _, policy := range policies.Policies {
		left = append(left, "policy "+aws.ToString(policy.PolicyName))
	}
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

// members are the users in the group.
func (c clients) members(ctx context.Context) ([]string, error) {
	group, err := c.iam.GetGroup(ctx, &iam.GetGroupInput{GroupName: aws.String(groupName)})
	if err != nil {
		return nil, fmt.Errorf("ask who is in the group: %w", err)
	}
	var names []string
	for _, user := range group.Users {
		names = append(names, aws.ToString(user.UserName))
	}
	return names, nil
}

// logging tells whether the trail records.
func (c clients) logging(ctx context.Context) (bool, error) {
	status, err := c.trail.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: aws.String(trailName)})
	if err != nil {
		return false, fmt.Errorf("ask for the status of the trail: %w", err)
	}
	return aws.ToBool(status.IsLogging), nil
}
