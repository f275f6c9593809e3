package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

var (
	_ resource.ResourceWithConfigure   = (*TopicResource)(nil)
	_ resource.ResourceWithIdentity    = (*TopicResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*TopicResource)(nil)
	_ resource.ResourceWithImportState = (*TopicResource)(nil)
)

var topicProtection = framework.Protection{Guardrail: "alert topic", Default: false}

// topicGuardrail is what the lifecycle of a topic has to know.
var topicGuardrail = lifecycle.Guardrail[topicModel, alertTopic]{
	Noun:        "alert topic",
	Unprotected: "Rules that publish to it lose their alerts, and its subscriptions are gone with it.",
	Key:         "arn", Regional: true, Protection: &topicProtection,
	Attribution: history.Attribution{
		Source: "sns.amazonaws.com",
		Calls: map[string][]string{
			"policy_json":   {"SetTopicAttributes", "AddPermission", "RemovePermission"},
			"kms_key_id":    {"SetTopicAttributes"},
			"display_name":  {"SetTopicAttributes"},
			"subscriptions": {"Unsubscribe", "SetSubscriptionAttributes", "Subscribe"},
			"tags_all":      {"UntagResource", "TagResource"},
		},
		Deletes: []string{"DeleteTopic"},
	},
	Failures: lifecycle.Failures{
		Reach:    "Unable to name the alert topic",
		Create:   "Unable to create the alert topic",
		Undo:     "Unable to delete the unfinished alert topic",
		Read:     "Unable to read the alert topic",
		Update:   "Unable to update the alert topic",
		Delete:   "Unable to delete the alert topic",
		ImportID: "Unable to import the alert topic by this ID",
		Import:   "Unable to find the alert topic to import",
		List:     "Unable to read a listed alert topic",
	},
	Head:    (*topicModel).head,
	Reach:   reachTopic,
	FromAWS: (*topicModel).fromAWS,
	Object:  topicObject,
	Advice:  topicAdvice,
	Watch:   watchTopic,
}

// NewTopicResource is iamguard_alert_topic.
func NewTopicResource() resource.Resource {
	return &TopicResource{Base: framework.Base{Noun: "alert_topic"}}
}

// TopicResource keeps the topic by which alerts reach people.
type TopicResource struct{ framework.Base }

// Schema has what the topic is for as arguments, and its policy as a computed attribute.
func (r *TopicResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = topicSchema(ctx)
}

// IdentitySchema is account, region and ARN.
func (r *TopicResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = framework.IdentitySchema(true, "arn", "ARN of the topic.")
}

// ModifyPlan plans place, tags, ARN and policy.
func (r *TopicResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		topicGuardrail.JudgePlan(ctx, req, resp)
		return
	}
	place := framework.PlanPlace(ctx, r.Pool, req, resp, true)
	framework.ReplaceOnChange(ctx, req, resp, &place, "name")
	topicGuardrail.JudgePlan(ctx, req, resp)
	var plan topicModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	framework.PlanTags(ctx, r.Pool, plan.Tags, resp)
	planTopic(ctx, place, plan, req, resp)
	plan.warnOfMail(place, &resp.Diagnostics)
	topicGuardrail.Explain(ctx, r.Pool, req, resp)
}

// Create makes the topic, or undoes what it made.
func (r *TopicResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	topicGuardrail.Create(ctx, r.Pool, req, resp)
}

// Read compares topic, policy, key, subscriptions and tags.
func (r *TopicResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	topicGuardrail.Read(ctx, r.Pool, req, resp)
}

// Update changes what differs.
func (r *TopicResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	topicGuardrail.Update(ctx, r.Pool, req, resp)
}

// Delete deletes the topic and with it its subscriptions.
func (r *TopicResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	topicGuardrail.Delete(ctx, r.Pool, req, resp)
}

// ImportState takes the ARN, the name, name@region, name?account=… or an identity.
func (r *TopicResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	topicGuardrail.Import(ctx, r.Pool, req, resp, importedTopic)
}

// reachTopic fills in what the plan left open, now that the place is known.
func reachTopic(_ context.Context, place framework.Place, m *topicModel) (lifecycle.Calls[alertTopic], error) {
	if place.Account.ID == "" {
		return nil, errors.New(
			"its ARN holds the account, and skip_requesting_account_id = true leaves the account open; nothing was " +
				"changed. Run Terraform without skip_requesting_account_id",
		)
	}
	m.ARN = types.StringValue(place.ARN("sns", place.Region, m.Name.ValueString()))
	if m.PolicyJSON.IsUnknown() {
		m.PolicyJSON = types.StringValue(m.policyIn(topicPlaceOf(place)))
	}
	return topicCallsIn(place, m.toAWS()), nil
}

func (m topicModel) policyIn(place topicPlace) string {
	return place.topicPolicy(m.Name.ValueString(), framework.Texts(m.RuleNames.Elements())).String()
}

// planTopic plans ARN and policy from the configuration.
func planTopic(
	ctx context.Context, place framework.PlannedPlace, plan topicModel, req resource.ModifyPlanRequest,
	resp *resource.ModifyPlanResponse,
) {
	topicARN, document := types.StringUnknown(), types.StringUnknown()
	if !plan.Name.IsUnknown() {
		topicARN = place.ARN("sns", plan.Name.ValueString())
	}
	if !topicARN.IsUnknown() && framework.WhollyKnown(ctx, plan.RuleNames) {
		document = types.StringValue(plan.policyIn(topicPlace{
			place.Partition(), place.AccountID.ValueString(), place.Region.ValueString(),
		}))
		var before types.String
		if !req.State.Raw.IsNull() {
			resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("policy_json"), &before)...)
		}
		if policy.Same(before.ValueString(), document.ValueString()) {
			document = before
		}
	}
	framework.Plan(ctx, resp, "arn", topicARN)
	framework.Plan(ctx, resp, "policy_json", document)
}

// warnOfMail warns where nothing but e-mail carries the alerts.
func (m topicModel) warnOfMail(place framework.PlannedPlace, diags *diag.Diagnostics) {
	elements := m.Subscriptions.Elements()
	for _, value := range elements {
		if !slices.Contains([]string{"email", "email-json"}, readTopicValues(value).Protocol.ValueString()) {
			return
		}
	}
	if len(elements) > 0 {
		framework.Warn(diags, topicLabel(m.Name, place.AccountID), "e-mail is the only channel",
			"A mailbox that is full, filtered or unsubscribed is noticed by nobody, and every mail carries a link that unsubscribes. "+
				"Add a subscription of another protocol, such as a queue that somebody watches or the https endpoint of a pager.")
	}
}

// watchTopic warns of subscriptions that wait for their confirmation.
func watchTopic(_ context.Context, place framework.Place, m topicModel, have alertTopic, diags *diag.Diagnostics) {
	named := m.toAWS().Subscriptions
	label := topicLabel(m.Name, types.StringValue(place.Account.ID))
	for _, one := range have.Subscriptions {
		if !one.Pending {
			continue
		}
		if own, ours := topicSubscriptionLike(named, one); ours {
			framework.Warn(diags, label, fmt.Sprintf("the subscription %q is not confirmed yet", own.Name),
				fmt.Sprintf("SNS sends nothing to %s until its owner follows the link that was sent there. The link ends after some "+
					"days, and the subscription with it; the next apply then subscribes anew. Until then its filter and raw delivery "+
					"cannot be read.", one.id()))
			continue
		}
		framework.Warn(diags, label, fmt.Sprintf("somebody has subscribed %s, not confirmed yet", one.id()),
			"The configuration does not name this subscription. It gets nothing until it is confirmed, cannot be ended before, and "+
				"ends by itself if it never is. Once confirmed it is a difference, and an apply ends it.")
	}
}

func topicLabel(name, accountID types.String) string {
	return fmt.Sprintf("Alert topic %q (%s)", name.ValueString(), accountID.ValueString())
}

// topicObject names a topic as warnings and records do.
func topicObject(m topicModel, place framework.Place) history.Object {
	return history.Object{
		Label: topicLabel(m.Name, types.StringValue(place.Account.ID)), Place: place, Names: []string{m.ARN.ValueString()},
	}
}

// importedTopic reads the name out of an import ID or an identity. An ARN carries
// account and region.
func importedTopic(id *framework.ImportID) (lifecycle.Known, error) {
	if id.ARN == nil && arn.IsARN(id.ID) {
		parsed, err := framework.ParseImportID(id.ID, true)
		if err != nil {
			return nil, err
		}
		id.ARN, id.Region = parsed.ARN, parsed.Region
		if id.Account == "" {
			id.Account = parsed.Account
		}
	}
	name := id.ID
	if id.ARN != nil {
		if id.ARN.Service != "sns" || !account.IsAccountID(id.ARN.AccountID) {
			return nil, fmt.Errorf("%q is not the ARN of a topic, such as arn:aws:sns:us-east-1:111122223333:iam-alerts", id.ID)
		}
		name = id.ARN.Resource
	}
	return lifecycle.Known{"name": name}, checkTopicName(name)
}
