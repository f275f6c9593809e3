package alert

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// healthModel is the data source iamguard_alert_health in Terraform.
type healthModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`
	Region    types.String `tfsdk:"region"`
	Rule      types.String `tfsdk:"rule"`
	ARN       types.String `tfsdk:"arn"`
	State     types.String `tfsdk:"state"`
	Healthy   types.Bool   `tfsdk:"healthy"`
	Status    types.String `tfsdk:"status"`
	Problems  types.List   `tfsdk:"problems"`
	Unknown   types.List   `tfsdk:"unknown"`
	Notes     types.List   `tfsdk:"notes"`
	Targets   types.Map    `tfsdk:"targets"`
	Coverage  types.Object `tfsdk:"coverage"`
}

var (
	healthProblemType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"code": types.StringType, "target_id": types.StringType, "message": types.StringType, "fix": types.StringType,
	}}
	healthDoubtType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"target_id": types.StringType, "message": types.StringType, "action": types.StringType,
	}}
	healthSubscriptionType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"arn": types.StringType, "protocol": types.StringType, "endpoint": types.StringType, "status": types.StringType,
	}}
	healthTargetType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"arn": types.StringType, "kind": types.StringType, "status": types.StringType,
		"problems":      types.ListType{ElemType: types.StringType},
		"subscriptions": types.ListType{ElemType: healthSubscriptionType},
	}}
	healthGapType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"code": types.StringType, "trail_arn": types.StringType, "message": types.StringType,
	}}
	healthCoverageType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"alertable": types.BoolType, "gaps": types.ListType{ElemType: healthGapType},
	}}
)

// fill takes over what was found.
func (m *healthModel) fill(place framework.Place, report healthReport) {
	m.AccountID, m.Region = types.StringValue(place.Account.ID), types.StringValue(place.Region)
	m.ARN, m.State = types.StringValue(report.rule.arn), framework.TextOrNull(report.rule.state)
	m.Status, m.Healthy = types.StringValue(report.status()), types.BoolValue(report.status() == healthGood)
	m.Problems = healthList(healthProblemType, report.Problems, func(p healthProblem) map[string]attr.Value {
		return map[string]attr.Value{
			"code": types.StringValue(p.Code), "target_id": framework.TextOrNull(p.TargetID),
			"message": types.StringValue(p.Message), "fix": types.StringValue(p.Fix),
		}
	})
	m.Unknown = healthList(healthDoubtType, report.Doubts, func(d healthDoubt) map[string]attr.Value {
		return map[string]attr.Value{
			"target_id": framework.TextOrNull(d.TargetID), "message": types.StringValue(d.Message),
			"action": framework.TextOrNull(d.Action),
		}
	})
	m.Notes = framework.TextList(report.Notes)
	targets := map[string]attr.Value{}
	for _, target := range report.targets {
		targets[target.ID] = target.value()
	}
	m.Targets = types.MapValueMust(healthTargetType, targets)
	m.Coverage = report.coverage.value()
}

func (t healthTarget) value() attr.Value {
	messages := make([]string, len(t.Problems))
	for i, problem := range t.Problems {
		messages[i] = problem.Message
	}
	subscriptions := types.ListNull(healthSubscriptionType)
	if t.Kind == "sns" {
		subscriptions = healthList(healthSubscriptionType, t.Subscriptions, func(s healthSubscription) map[string]attr.Value {
			return map[string]attr.Value{
				"arn": types.StringValue(s.ARN), "protocol": types.StringValue(s.Protocol),
				"endpoint": types.StringValue(s.Endpoint), "status": types.StringValue(s.Status),
			}
		})
	}
	return types.ObjectValueMust(healthTargetType.AttrTypes, map[string]attr.Value{
		"arn": types.StringValue(t.ARN), "kind": types.StringValue(t.Kind), "status": types.StringValue(t.status()),
		"problems": framework.TextList(messages), "subscriptions": subscriptions,
	})
}

// value is null for alertable where it could not be read.
func (c healthCoverage) value() types.Object {
	alertable := types.BoolNull()
	if c.known {
		alertable = types.BoolValue(c.alertable)
	}
	return types.ObjectValueMust(healthCoverageType.AttrTypes, map[string]attr.Value{
		"alertable": alertable,
		"gaps": healthList(healthGapType, c.gaps, func(g inventory.Gap) map[string]attr.Value {
			return map[string]attr.Value{
				"code": types.StringValue(string(g.Code)), "trail_arn": framework.TextOrNull(g.TrailARN),
				"message": types.StringValue(g.Message),
			}
		}),
	})
}

func healthList[T any](kind types.ObjectType, from []T, value func(T) map[string]attr.Value) types.List {
	values := make([]attr.Value, len(from))
	for i, one := range from {
		values[i] = types.ObjectValueMust(kind.AttrTypes, value(one))
	}
	return types.ListValueMust(kind, values)
}
