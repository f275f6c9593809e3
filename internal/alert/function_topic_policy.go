package alert

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// NewTopicPolicyFunction is topic_policy.
func NewTopicPolicyFunction() function.Function {
	return framework.ObjectFunction{
		Name:    "topic_policy",
		Purpose: "The policy that a topic needs to take the alerts of EventBridge rules, as JSON.",
		Description: "For a topic that another resource keeps. The document is exactly what `iamguard_alert_topic` generates: the " +
			"named rules may publish (`aws:SourceArn`, `aws:SourceAccount`), nobody may publish without TLS, and the account keeps the " +
			"topic. SNS policies of other services that publish to the same topic have to be added.",
		Keys: append([]framework.FunctionKey{
			{Name: "name", Required: true, Description: "Name of the topic."},
			{
				Name: "rule_names", Kind: framework.ManyTexts,
				Description: "Names of the rules that may publish, `bus/rule` on another bus than the default; without it every rule of " +
					"the account and region.",
			},
		}, topicPlaceKeys()...),
		Build: buildTopicPolicy,
	}
}

func buildTopicPolicy(arguments framework.FunctionArguments) (string, error) {
	place, err := topicPlaceFrom(arguments)
	if err != nil {
		return "", err
	}
	if err := checkTopicName(arguments.Text("name")); err != nil {
		return "", fmt.Errorf("name: %w", err)
	}
	for _, rule := range arguments.Texts("rule_names") {
		if err := checkTopicRule(rule); err != nil {
			return "", fmt.Errorf("rule_names: %w", err)
		}
	}
	return place.topicPolicy(arguments.Text("name"), arguments.Texts("rule_names")).String(), nil
}

// topicPlaceKeys say where a topic is.
func topicPlaceKeys() []framework.FunctionKey {
	return []framework.FunctionKey{
		{Name: "account_id", Required: true, Description: "12-digit ID of the account of topic and rules."},
		{Name: "region", Required: true, Description: "Region of topic and rules."},
		{Name: "partition", Description: "Partition, such as `aws-cn`; without it that of `region`."},
	}
}

func topicPlaceFrom(arguments framework.FunctionArguments) (topicPlace, error) {
	place := topicPlace{arguments.Text("partition"), arguments.Text("account_id"), arguments.Text("region")}
	if !account.IsAccountID(place.accountID) {
		return place, fmt.Errorf("account_id: %q is not a 12-digit account ID", place.accountID)
	}
	if place.partition != "" {
		return place, nil
	}
	partition, err := account.PartitionOf(place.region)
	if err != nil {
		return place, errors.New("the partition of region " + place.region + " is not known: name it by the key partition")
	}
	place.partition = partition
	return place, nil
}
