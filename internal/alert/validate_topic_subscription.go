package alert

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// topicRawProtocols can leave the envelope out.
var topicRawProtocols = []string{"sqs", "https"}

// topicSubscriptionRule judges what one subscription says in several attributes.
type topicSubscriptionRule struct{}

// Description says what must fit.
func (topicSubscriptionRule) Description(context.Context) string {
	return "must have an endpoint that fits its protocol"
}

// MarkdownDescription is the same.
func (v topicSubscriptionRule) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

// ValidateObject judges the endpoint, and raw delivery.
func (topicSubscriptionRule) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	values := readTopicValues(req.ConfigValue)
	protocol := values.Protocol.ValueString()
	check := topicProtocols[protocol]
	if check == nil {
		return
	}
	if err := checkTopicValue(values.Endpoint, check); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path.AtName("endpoint"), "Invalid endpoint of the subscription",
			fmt.Sprintf("With the protocol %s the endpoint must be %s.", protocol, err.Error()))
	}
	if values.Raw.ValueBool() && !slices.Contains(topicRawProtocols, protocol) {
		resp.Diagnostics.AddAttributeError(req.Path.AtName("raw_message_delivery"), "Invalid raw delivery of the subscription",
			fmt.Sprintf("SNS leaves its envelope out for sqs and https only, and not for %s.", protocol))
	}
}

// topicDistinct refuses two subscriptions that are one for SNS.
type topicDistinct struct{}

// Description says what must differ.
func (topicDistinct) Description(context.Context) string {
	return "must differ in protocol or endpoint"
}

// MarkdownDescription is the same.
func (v topicDistinct) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateMap compares the subscriptions whose protocol and endpoint are known.
func (topicDistinct) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	seen := map[string]string{}
	elements := req.ConfigValue.Elements()
	for _, key := range slices.Sorted(maps.Keys(elements)) {
		values := readTopicValues(elements[key])
		if values.Protocol.ValueString() == "" || values.Endpoint.ValueString() == "" {
			continue
		}
		id := values.subscription().id()
		if other, again := seen[id]; again {
			resp.Diagnostics.AddAttributeError(req.Path.AtMapKey(key), "Subscription is there twice",
				fmt.Sprintf("%q and %q are one subscription for SNS: protocol and endpoint are the same.", other, key))
		}
		seen[id] = key
	}
}
