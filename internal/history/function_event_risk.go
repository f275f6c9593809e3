package history

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ function.Function = (*EventRiskFunction)(nil)

// NewEventRiskFunction is the function event_risk.
func NewEventRiskFunction() function.Function { return &EventRiskFunction{} }

// EventRiskFunction grades one CloudTrail record.
type EventRiskFunction struct{}

// eventRisk is what event_risk returns.
type eventRisk struct {
	Severity types.String `tfsdk:"severity"`
	Reasons  types.List   `tfsdk:"reasons"`
}

// Metadata names the function.
func (f *EventRiskFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "event_risk"
}

// Definition is the signature.
func (f *EventRiskFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Grades one CloudTrail record",
		MarkdownDescription: "Says how grave a recorded call is: `severity` is `info`, `low`, `medium`, `high` or `critical`, and " +
			"`reasons` are the sentences behind it. It judges the one record, by event, parameters, outcome and actor. A burst of " +
			"removals and a listed deployer, for which `iamguard_risky_events` raises and lowers, need more than that and count " +
			"nothing here. What could not be read never lowers the severity. An event outside the catalogue is `info`, and the " +
			"reason says that nobody judged it.",
		Parameters: []function.Parameter{recordParameter()},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"severity": types.StringType, "reasons": types.ListType{ElemType: types.StringType},
		}},
	}
}

// Run grades the argument.
func (f *EventRiskFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	event, failed := eventArgument(ctx, req)
	if failed != nil {
		resp.Error = failed
		return
	}
	resp.Error = resp.Result.Set(ctx, eventRisk{
		Severity: types.StringValue(event.severity.String()), Reasons: framework.TextList(event.reasons),
	})
}
