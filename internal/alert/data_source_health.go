package alert

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var (
	_ datasource.DataSourceWithConfigure      = (*HealthDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*HealthDataSource)(nil)
)

// NewHealthDataSource is the data source iamguard_alert_health.
func NewHealthDataSource() datasource.DataSource {
	return &HealthDataSource{DataBase: framework.DataBase{Noun: "alert_health"}}
}

// HealthDataSource tells whether the alerts of a rule reach its targets.
type HealthDataSource struct{ framework.DataBase }

// Schema is the answer and its reasons.
func (d *HealthDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"rule": schema.StringAttribute{
			Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "The rule: its name, `bus/name` for another bus than the default one, or its ARN.",
		},
		"region": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Region of the rule. Default: that of the ARN, else the provider's region. Rules on IAM are in the " +
				"region that records IAM, such as `us-east-1`.",
		},
		"arn":   schema.StringAttribute{Computed: true, MarkdownDescription: "ARN of the rule."},
		"state": schema.StringAttribute{Computed: true, MarkdownDescription: "State of the rule; null if it may not be read."},
		"healthy": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether alerts reach every target. Never true while anything is unknown.",
		},
		"status": schema.StringAttribute{
			Computed: true, MarkdownDescription: "`healthy`, `unhealthy` (something is broken, whatever else is unknown), or `unknown`.",
		},
		"problems": schema.ListAttribute{
			ElementType: healthProblemType, Computed: true,
			MarkdownDescription: "What is broken, from the rule to the last subscriber. `code` is one of " + healthCodes() + ". " +
				"`fix` is the policy statement to add, or what to do. `target_id` is null for the rule itself.",
		},
		"unknown": schema.ListAttribute{
			ElementType: healthDoubtType, Computed: true,
			MarkdownDescription: "What could not be told, and why; `action` is the IAM action that is denied, null where nothing is.",
		},
		"notes": schema.ListAttribute{
			ElementType: types.StringType, Computed: true,
			MarkdownDescription: "What is worth knowing and no reason to call the rule unhealthy, such as a target without a " +
				"dead-letter queue.",
		},
		"targets": schema.MapAttribute{
			ElementType: healthTargetType, Computed: true,
			MarkdownDescription: "The targets by ID: `arn`, `kind` (`sns`, `sqs`, `logs`, `event_bus` or the service's name), " +
				"`status`, `problems` as sentences and, for a topic, its `subscriptions`, each with a `status`: `healthy`, " +
				"`unhealthy`, `unknown`, `pending`, `deleted`, or `opaque` for a kind that cannot be looked into.",
		},
		"coverage": schema.ObjectAttribute{
			AttributeTypes: healthCoverageType.AttrTypes, Computed: true,
			MarkdownDescription: "Whether EventBridge gets the events of the rule from a trail (`alertable`, null if it could not be " +
				"read), and why trails do not cover (`gaps`, as in `iamguard_trail_coverage`).",
		},
	}
	maps.Copy(attributes, framework.DataAccountAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Whether an alert of an EventBridge rule really reaches its targets: the rule is on, in the region of " +
			"its events and fed by a trail, and each target exists, lets EventBridge in, can be encrypted to, and has somebody " +
			"who listens. Changes nothing and sends nothing. Topics, queues, their keys and dead-letter queues, log groups and buses " +
			"of the same account are looked into; of other kinds the answer is `unknown`, which is never healthy.",
		Attributes: attributes,
	}
}

// healthCodes are the codes of problems, for the documentation.
func healthCodes() string {
	return "`" + strings.Join([]string{
		healthDisabled, healthNoPattern, healthNoTarget, healthRegion, healthNoTrail, healthTargetRegion, healthTargetGone,
		healthTargetPolicy, healthTargetKind, healthTargetInput, healthTargetRole, healthKey, healthKeyPolicy, healthNoSubscriber,
		healthPending, healthFilter, healthEndpoint, healthMessageGroup, healthQueueLimits, healthDeadLetter,
	}, "`, `") + "`"
}

// ValidateConfig refuses a region that contradicts the ARN.
func (d *HealthDataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	var config healthModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	parsed, err := arn.Parse(config.Rule.ValueString())
	if region := config.Region.ValueString(); err == nil && region != "" && region != parsed.Region {
		resp.Diagnostics.AddAttributeError(path.Root("region"), "Conflicting region of the alert rule to check",
			fmt.Sprintf("The ARN says %s. Leave the argument \"region\" out, or name that region.", framework.Escape(parsed.Region)))
	}
}

// Read examines the rule.
func (d *HealthDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config healthModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, framework.DefaultTimeout)
	defer cancel()
	placed := framework.Placed{Account: config.Account, Region: config.Region}
	if parsed, err := arn.Parse(config.Rule.ValueString()); err == nil && placed.Region.IsNull() {
		placed.Region = types.StringValue(parsed.Region)
	}
	place, ok := framework.Locate(ctx, d.Pool, placed, true, &resp.Diagnostics)
	if !ok {
		return
	}
	report, err := healthExamine(ctx, place, config.Rule.ValueString())
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to read the health of the alert rule", Object: config.Rule.ValueString(), Place: place, Err: err,
		})
		return
	}
	config.fill(place, *report)
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}
