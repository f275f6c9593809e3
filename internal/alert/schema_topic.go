package alert

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// longestDisplayName is SNS's limit.
const longestDisplayName = 100

func topicSchema(ctx context.Context) schema.Schema {
	attributes := topicArguments()
	maps.Copy(attributes, framework.AccountAttributes())
	maps.Copy(attributes, framework.TagAttributes())
	maps.Copy(attributes, framework.AdoptionAttributes())
	attributes["region"] = framework.RegionAttribute()
	attributes["deletion_protection"] = framework.ProtectionAttribute(topicProtection.Default)
	attributes["timeouts"] = framework.TimeoutsAttribute(ctx)
	return schema.Schema{
		MarkdownDescription: "Keeps the SNS topic by which alerts reach people, with all of its subscriptions: EventBridge rules of " +
			"this account may publish to it, and nobody else by the policy of the topic. A statement that somebody adds or removes, a " +
			"subscription that is gone, filtered or new, and a key that was taken away are drift.\n\n" +
			"A rule and its topic are in the same region, so the topic of an alert on IAM names the region of that rule " +
			"(`us-east-1` in the partition `aws`). Destroying the topic deletes its subscriptions.",
		Attributes: attributes,
	}
}

func topicArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required: true, Validators: []validator.String{topicName{}},
			MarkdownDescription: fmt.Sprintf("Name of the topic, 1 to %d letters, digits, `_` and `-`. FIFO topics (`.fifo`) are "+
				"refused: EventBridge cannot publish to them. Changing it replaces the topic.", longestTopicName),
		},
		"display_name": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthBetween(1, longestDisplayName)},
			MarkdownDescription: fmt.Sprintf("Sender of e-mails and text messages, at most %d characters.", longestDisplayName),
		},
		"kms_key_id": schema.StringAttribute{
			Optional: true, Validators: []validator.String{topicKey{}},
			MarkdownDescription: "Encrypts messages at rest with a key of your own: its ID, ARN, alias or alias ARN, in the region of " +
				"the topic. The key policy has to let EventBridge in; the function `topic_kms_policy` writes it. The AWS managed key " +
				"(`alias/aws/sns`) is refused: its policy does not let EventBridge in, and every alert would be lost without a word.",
		},
		"rule_names": schema.SetAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "Names of the EventBridge rules that may publish; one on another bus than the default is `bus/rule`. " +
				"Default: every rule of this account and region, so that rule and topic apply in one run without a cycle.",
			Validators: []validator.Set{
				setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(topicRuleName{}),
			},
		},
		"subscriptions": topicSubscriptionsAttribute(),
		"arn":           schema.StringAttribute{Computed: true, MarkdownDescription: "ARN of the topic."},
		"policy_json": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "Policy of the topic: the named rules of EventBridge may publish, nobody may publish without TLS, and " +
				"the account keeps the topic, which leaves it to the IAM policies of the account who manages and tests it. Unlike the " +
				"policy that SNS gives a new topic, it lets no other service of the account publish.",
		},
	}
}

func topicSubscriptionsAttribute() schema.Attribute {
	return schema.MapNestedAttribute{
		Optional: true,
		MarkdownDescription: "All subscriptions of the topic, by names of your own. One that somebody else made is drift and shows " +
			"as `protocol:endpoint`; an apply ends it. One that waits for its confirmation counts as there, and the plan warns of " +
			"it. E-mail as the only channel warns: an address that unsubscribes or is full is noticed by nobody.",
		Validators: []validator.Map{
			mapvalidator.NoNullValues(), mapvalidator.KeysAre(stringvalidator.LengthAtLeast(1)), topicDistinct{},
		},
		NestedObject: schema.NestedAttributeObject{
			Validators: []validator.Object{topicSubscriptionRule{}},
			Attributes: map[string]schema.Attribute{
				"protocol": schema.StringAttribute{
					Required: true, Validators: []validator.String{topicProtocol{}},
					MarkdownDescription: "How messages go out: " + topicProtocolNames() + ".",
				},
				"endpoint": schema.StringAttribute{
					Required: true,
					MarkdownDescription: "Where they go: the ARN of a queue, function or platform endpoint, a URL, an e-mail address, or " +
						"a telephone number such as `+15555550100`. A queue needs a policy that lets the topic send.",
				},
				"filter_policy": schema.StringAttribute{
					Optional: true, Validators: []validator.String{topicFilter{}},
					MarkdownDescription: "Lets through only messages whose body matches, as JSON. A body that is no JSON never matches: " +
						"the `summary` of `iamguard_alert_rule` is text, so filter `record` or a template of JSON only.",
				},
				"filter_policy_scope": schema.StringAttribute{
					Computed: true, Default: stringdefault.StaticString(topicScopeBody),
					MarkdownDescription: "What `filter_policy` looks at. It is always `MessageBody`, because the messages of EventBridge " +
						"have no attributes; another value is drift.",
				},
				"raw_message_delivery": schema.BoolAttribute{
					Optional: true, Computed: true, Default: booldefault.StaticBool(false),
					MarkdownDescription: "Sends the message without SNS's envelope. Protocols `sqs` and `https` only. Default `false`.",
				},
			},
		},
	}
}
