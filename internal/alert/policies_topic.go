package alert

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// The policies that let EventBridge publish to a topic, as the guides have them:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
// https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html

const (
	// eventBridgeService is EventBridge as a principal.
	eventBridgeService = "events.amazonaws.com"
	// topicContext is the condition key of what SNS encrypts messages with.
	topicContext = "kms:EncryptionContext:aws:sns:topicArn"
	// topicEveryRule is the resource of all rules of an account and region, on all buses.
	topicEveryRule = "rule/*"
)

// topicOwnerActions are those that SNS's own default policy gives the account.
var topicOwnerActions = []string{
	"sns:AddPermission", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:Publish",
	"sns:RemovePermission", "sns:SetTopicAttributes", "sns:Subscribe",
}

// topicPlace is where a topic is.
type topicPlace struct{ partition, accountID, region string }

func topicPlaceOf(in framework.Place) topicPlace {
	return topicPlace{in.Account.Partition, in.Account.ID, in.Region}
}

func (p topicPlace) arn(service, resource string) string {
	return "arn:" + p.partition + ":" + service + ":" + p.region + ":" + p.accountID + ":" + resource
}

func (p topicPlace) root() policy.Principal {
	return policy.Principal{policy.PrincipalAWS: {"arn:" + p.partition + ":iam::" + p.accountID + ":root"}}
}

// topicPolicy lets the named rules publish, all of them where none is named, denies
// publishing without TLS, and leaves the topic to the account. SNS's default policy
// does the last by the principal "*" and aws:SourceOwner, which lets services of the
// account publish too; here only IAM policies of the account decide.
func (p topicPlace) topicPolicy(name string, ruleNames []string) policy.Document {
	target, rules := []string{p.arn("sns", name)}, []string{p.arn("events", topicEveryRule)}
	if len(ruleNames) > 0 {
		rules = nil
		for _, rule := range ruleNames {
			rules = append(rules, p.arn("events", "rule/"+rule))
		}
		slices.Sort(rules)
	}
	return policy.Document{Version: policy.Version2012, Statements: []policy.Statement{
		{
			Sid: "AccountAdministersTopic", Effect: policy.Allow, Principal: p.root(), Action: topicOwnerActions, Resource: target,
		},
		{
			Sid: "EventBridgePublishes", Effect: policy.Allow, Principal: policy.Principal{policy.PrincipalService: {eventBridgeService}},
			Action: []string{"sns:Publish"}, Resource: target, Condition: policy.Condition{
				"ArnLike": {"aws:SourceArn": rules}, "StringEquals": {"aws:SourceAccount": {p.accountID}},
			},
		},
		{
			Sid: "OnlyByTLS", Effect: policy.Deny, Principal: policy.Everyone(), Action: []string{"sns:Publish"}, Resource: target,
			Condition: policy.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
		},
	}}.Normalised()
}

// topicKeyStatement lets EventBridge encrypt what it publishes to the topics. It has no
// condition on the source: EventBridge sends none to KMS, and with one every message
// would be lost.
func (p topicPlace) topicKeyStatement(names []string) policy.Statement {
	topics := make([]string, len(names))
	for i, name := range names {
		topics[i] = p.arn("sns", name)
	}
	slices.Sort(topics)
	return policy.Statement{
		Sid: "EventBridgeEncryptsMessages", Effect: policy.Allow,
		Principal: policy.Principal{policy.PrincipalService: {eventBridgeService}},
		Action:    []string{"kms:Decrypt", "kms:GenerateDataKey*"}, Resource: []string{"*"},
		Condition: policy.Condition{"StringEquals": {topicContext: slices.Compact(topics)}},
	}
}

// topicKeyPolicy is that of a key for the topics; the account keeps the key.
func (p topicPlace) topicKeyPolicy(names []string) policy.Document {
	return policy.Document{Version: policy.Version2012, Statements: []policy.Statement{
		{
			Sid: "AccountAdministersKey", Effect: policy.Allow, Principal: p.root(), Action: []string{"kms:*"}, Resource: []string{"*"},
		},
		p.topicKeyStatement(names),
	}}.Normalised()
}

// topicRulesOf reads rule_names out of a policy that we wrote, for an import; nil for
// every rule, and where it is another policy.
func topicRulesOf(text string, in framework.Place) []string {
	document, err := policy.Parse(text)
	if err != nil {
		return nil
	}
	var names []string
	for _, statement := range document.Statements {
		if !slices.Contains(statement.Principal[policy.PrincipalService], eventBridgeService) {
			continue
		}
		for _, source := range statement.Condition["ArnLike"]["aws:SourceArn"] {
			parsed, err := arn.Parse(source)
			name, isRule := strings.CutPrefix(parsed.Resource, "rule/")
			if err == nil && isRule && parsed.Region == in.Region && parsed.AccountID == in.Account.ID && checkTopicRule(name) == nil {
				names = append(names, name)
			}
		}
	}
	return names
}

// normalisedTopicPolicy is the canonical text of a policy, or the text itself where it
// is not one that we can read.
func normalisedTopicPolicy(text string) string {
	document, err := policy.Parse(text)
	if err != nil {
		return text
	}
	return document.Normalised().String()
}
