package alert

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// NewTopicKMSPolicyFunction is topic_kms_policy.
func NewTopicKMSPolicyFunction() function.Function {
	return framework.ObjectFunction{
		Name:    "topic_kms_policy",
		Purpose: "The key policy that lets EventBridge publish to encrypted topics, as JSON.",
		Description: "For the key in `kms_key_id` of `iamguard_alert_topic`, which another resource keeps. EventBridge may encrypt " +
			"messages of the named topics alone (`kms:EncryptionContext:aws:sns:topicArn`). There is no condition on the rule: " +
			"EventBridge supports none in a key policy, and with one every alert would be lost. The account keeps the administration " +
			"of the key.",
		Keys: append([]framework.FunctionKey{
			{Name: "topic_names", Kind: framework.ManyTexts, Required: true, Description: "Names of the topics."},
		}, topicPlaceKeys()...),
		Build: buildTopicKMSPolicy,
	}
}

func buildTopicKMSPolicy(arguments framework.FunctionArguments) (string, error) {
	place, err := topicPlaceFrom(arguments)
	if err != nil {
		return "", err
	}
	for _, name := range arguments.Texts("topic_names") {
		if err := checkTopicName(name); err != nil {
			return "", fmt.Errorf("topic_names: %w", err)
		}
	}
	return place.topicKeyPolicy(arguments.Texts("topic_names")).String(), nil
}
