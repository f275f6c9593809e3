package alert

import (
	"errors"
	"fmt"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
)

// topicAdvice says what to do about a refusal that its class does not explain.
func topicAdvice(err error, m topicModel, place framework.Place) string {
	if lifecycle.IsExisting(err) {
		return fmt.Sprintf("import it with `terraform import <address of this resource> '%s'`, or set adopt_existing = true to take "+
			"it over and overwrite its policy, its settings and its subscriptions.", m.ARN.ValueString())
	}
	failed := account.AsError(err)
	if failed == nil {
		return ""
	}
	switch failed.Code {
	case "KMSDisabled", "KMSNotFound", "KMSInvalidState", "KMSAccessDenied", "KMSOptInRequired":
		return m.keyAdvice(place)
	case "SubscriptionLimitExceeded", "TopicLimitExceeded", "FilterPolicyLimitExceeded":
		return "a quota of SNS is used up in this account and region: end what is not needed, or ask AWS to raise it."
	case "InvalidParameter", "InvalidParameterException":
		if about, ok := errors.AsType[topicSubscriptionError](err); ok {
			return about.advice()
		}
		if m.KMSKeyID.ValueString() != "" {
			return m.keyAdvice(place)
		}
	}
	return ""
}

// keyAdvice prints the very statement that the key policy needs.
func (m topicModel) keyAdvice(place framework.Place) string {
	return fmt.Sprintf("check that the key %s exists, is enabled and lies in %s, that the role that runs Terraform may use it, and "+
		"that its key policy has this statement:\n%s", m.KMSKeyID.ValueString(), place.Region,
		topicPlaceOf(place).topicKeyStatement([]string{m.Name.ValueString()}))
}

func (e topicSubscriptionError) advice() string {
	return fmt.Sprintf("check the subscription %q: protocol %s, endpoint %s, filter_policy %q. SNS takes five keys and 150 "+
		"combinations of values in a filter, an endpoint that exists, and no FIFO queue.",
		e.subscription.Name, e.subscription.Protocol, e.subscription.Endpoint, e.subscription.Filter)
}
