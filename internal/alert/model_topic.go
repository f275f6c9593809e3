package alert

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// topicModel is iamguard_alert_topic in Terraform.
type topicModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`
	Region    types.String `tfsdk:"region"`

	Name          types.String `tfsdk:"name"`
	DisplayName   types.String `tfsdk:"display_name"`
	KMSKeyID      types.String `tfsdk:"kms_key_id"`
	RuleNames     types.Set    `tfsdk:"rule_names"`
	Subscriptions types.Map    `tfsdk:"subscriptions"`

	DeletionProtection types.Bool     `tfsdk:"deletion_protection"`
	AdoptExisting      types.Bool     `tfsdk:"adopt_existing"`
	DestroyAdopted     types.Bool     `tfsdk:"destroy_adopted"`
	Tags               types.Map      `tfsdk:"tags"`
	TagsAll            types.Map      `tfsdk:"tags_all"`
	Timeouts           timeouts.Value `tfsdk:"timeouts"`

	ARN        types.String `tfsdk:"arn"`
	PolicyJSON types.String `tfsdk:"policy_json"`
}

var topicSubscriptionType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"protocol": types.StringType, "endpoint": types.StringType, "filter_policy": types.StringType,
	"filter_policy_scope": types.StringType, "raw_message_delivery": types.BoolType,
}}

// topicValues are the attributes of one subscription.
type topicValues struct {
	Protocol, Endpoint, Filter, Scope types.String
	Raw                               types.Bool
}

// readTopicValues reads an object; of one that is null or unknown every value is null.
func readTopicValues(value attr.Value) topicValues {
	var values topicValues
	object, ok := value.(types.Object)
	if !ok {
		return values
	}
	for name, into := range map[string]*types.String{
		"protocol": &values.Protocol, "endpoint": &values.Endpoint,
		"filter_policy": &values.Filter, "filter_policy_scope": &values.Scope,
	} {
		if text, ok := object.Attributes()[name].(types.String); ok {
			*into = text
		}
	}
	if raw, ok := object.Attributes()["raw_message_delivery"].(types.Bool); ok {
		values.Raw = raw
	}
	return values
}

func (v topicValues) object() types.Object {
	return types.ObjectValueMust(topicSubscriptionType.AttrTypes, map[string]attr.Value{
		"protocol": v.Protocol, "endpoint": v.Endpoint, "filter_policy": v.Filter, "filter_policy_scope": v.Scope,
		"raw_message_delivery": v.Raw,
	})
}

func (v topicValues) subscription() topicSubscription {
	return topicSubscription{
		Protocol: v.Protocol.ValueString(), Endpoint: v.Endpoint.ValueString(), Filter: v.Filter.ValueString(),
		Scope: v.Scope.ValueString(), Raw: v.Raw.ValueBool(),
	}
}

func (m *topicModel) head() lifecycle.Head {
	shown := m.ARN.ValueString()
	if shown == "" {
		shown = m.Name.ValueString()
	}
	return lifecycle.Head{
		Placed: framework.Placed{Account: m.Account, AccountID: m.AccountID, Region: m.Region}, Key: m.ARN, Shown: shown,
		Adopt: m.AdoptExisting, DestroyAdopted: m.DestroyAdopted, Protected: m.DeletionProtection, Timeouts: m.Timeouts,
	}
}

// toAWS is the topic that the model asks for; its policy comes from policy_json, which
// the plan has filled.
func (m topicModel) toAWS() alertTopic {
	want := alertTopic{
		ARN: m.ARN.ValueString(), DisplayName: m.DisplayName.ValueString(), KMSKey: m.KMSKeyID.ValueString(),
		Policy: m.PolicyJSON.ValueString(), Tags: framework.TagsOf(m.TagsAll),
	}
	for name, value := range m.Subscriptions.Elements() {
		one := readTopicValues(value).subscription()
		one.Name = name
		want.Subscriptions = append(want.Subscriptions, one)
	}
	slices.SortFunc(want.Subscriptions, byTopicSubscription)
	return want
}

// fromAWS writes every attribute. What has the same meaning keeps the text it has.
func (m *topicModel) fromAWS(have alertTopic, in framework.Place) {
	m.AccountID, m.Region = types.StringValue(in.Account.ID), types.StringValue(in.Region)
	m.ARN, m.Name = types.StringValue(have.ARN), types.StringValue(have.name())
	m.DisplayName, m.KMSKeyID = framework.TextOrNull(have.DisplayName), framework.TextOrNull(have.KMSKey)
	// Only an import has no policy yet.
	if m.PolicyJSON.IsNull() && m.RuleNames.IsNull() {
		m.RuleNames = framework.TextSet(topicRulesOf(have.Policy, in))
	}
	if !policy.Same(m.PolicyJSON.ValueString(), have.Policy) {
		m.PolicyJSON = framework.TextOrNull(normalisedTopicPolicy(have.Policy))
	}
	m.subscriptionsFrom(have.Subscriptions)
	m.Tags, m.TagsAll = framework.ReadTags(in.Account.Pool(), m.Tags, have.Tags)
	m.DeletionProtection = framework.FillBool(m.DeletionProtection, topicProtection.Default)
	m.AdoptExisting = framework.FillBool(m.AdoptExisting, false)
	m.DestroyAdopted = framework.FillBool(m.DestroyAdopted, false)
}

// subscriptionsFrom writes the subscriptions under their names, and those that nobody
// here has named under protocol and endpoint. One that waits for its confirmation
// cannot be read: it stays as it is, and a foreign one gets nothing and ends by
// itself, so that it is no difference.
func (m *topicModel) subscriptionsFrom(have []topicSubscription) {
	elements, known := map[string]attr.Value{}, map[string]bool{}
	for name, value := range m.Subscriptions.Elements() {
		before := readTopicValues(value)
		id := before.subscription().id()
		at := slices.IndexFunc(have, func(one topicSubscription) bool { return one.id() == id })
		known[id] = true
		switch {
		case at < 0:
		case have[at].Pending:
			elements[name] = value
		default:
			elements[name] = have[at].values(before).object()
		}
	}
	for _, one := range have {
		if known[one.id()] || one.Pending {
			continue
		}
		name := one.id()
		for elements[name] != nil {
			name += "+"
		}
		elements[name] = one.values(topicValues{}).object()
	}
	if len(elements) == 0 && m.Subscriptions.IsNull() {
		m.Subscriptions = types.MapNull(topicSubscriptionType)
		return
	}
	m.Subscriptions = types.MapValueMust(topicSubscriptionType, elements)
}

// values are those of a subscription. A filter of the same meaning keeps its text, and
// without a filter there is nothing for a scope to say.
func (s topicSubscription) values(before topicValues) topicValues {
	values := topicValues{
		Protocol: types.StringValue(s.Protocol), Endpoint: types.StringValue(s.Endpoint),
		Filter: framework.TextOrNull(s.Filter), Scope: types.StringValue(s.scope()), Raw: types.BoolValue(s.Raw),
	}
	if topicSameJSON(before.Filter.ValueString(), s.Filter) {
		values.Filter = before.Filter
	}
	return values
}

// topicSameJSON compares two texts as JSON; what is not JSON is compared as text.
func topicSameJSON(a, b string) bool {
	first, okFirst := topicJSON(a)
	second, okSecond := topicJSON(b)
	return a == b || okFirst && okSecond && reflect.DeepEqual(first, second)
}

// topicJSON keeps numbers as they are written.
func topicJSON(text string) (any, bool) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	return value, err == nil
}
