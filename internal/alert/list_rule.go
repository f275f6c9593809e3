package alert

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ list.ListResourceWithConfigure = (*RuleListResource)(nil)

// NewRuleListResource lists iamguard_alert_rule.
func NewRuleListResource() list.ListResource {
	return &RuleListResource{ListBase: framework.ListBase{Base: framework.Base{Noun: "alert_rule"}}}
}

// RuleListResource finds the rules that alert on events of the catalogue.
type RuleListResource struct{ framework.ListBase }

// ListResourceConfigSchema is account and region.
func (l *RuleListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the rules of the default event bus in an account and region whose patterns match an event of " +
			"the catalogue, whoever made them. Rules that an AWS service keeps, rules of other buses, and rules that match other " +
			"events only are left out. Rules on IAM events stand in `us-east-1`: name that region.",
		Attributes: framework.ListAttributes(true),
	}
}

// List answers the rules in the order in which AWS does.
func (l *RuleListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	framework.Listing{Key: "name", Regional: true, Find: findRules, Read: rules.Show}.List(ctx, l.Pool, req, stream)
}

// findRules reads every page of the default bus.
func findRules(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return func(yield func(framework.Listed) bool) {
		client, next := place.Account.EventBridge(place.Region), (*string)(nil)
		for {
			page, err := client.ListRules(ctx, &eventbridge.ListRulesInput{NextToken: next})
			if err != nil {
				framework.Fail(diags, framework.Failure{Summary: "Unable to list the alert rules", Place: place, Err: err})
				return
			}
			for _, found := range page.Rules {
				name := aws.ToString(found.Name)
				alerts := aws.ToString(found.ManagedBy) == "" && len(matching(aws.ToString(found.EventPattern))) > 0
				if alerts && !yield(framework.Listed{Title: name, Known: map[string]string{"name": name, "event_bus_name": defaultBus}}) {
					return
				}
			}
			if next = page.NextToken; aws.ToString(next) == "" {
				return
			}
		}
	}
}
