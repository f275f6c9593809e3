package trail

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var (
	_ action.ActionWithConfigure      = (*StartLoggingAction)(nil)
	_ action.ActionWithModifyPlan     = (*StartLoggingAction)(nil)
	_ action.ActionWithValidateConfig = (*StartLoggingAction)(nil)
)

// NewStartLoggingAction is iamguard_start_logging.
func NewStartLoggingAction() action.Action {
	return &StartLoggingAction{ActionBase: framework.ActionBase{Verb: "start_logging"}}
}

// StartLoggingAction switches a stopped trail on again.
type StartLoggingAction struct{ framework.ActionBase }

type startLoggingModel struct {
	Account types.String `tfsdk:"account"`
	Region  types.String `tfsdk:"region"`
	Trail   types.String `tfsdk:"trail"`
}

// Schema is the trail and where it is.
func (a *StartLoggingAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := framework.ActionAttributes(true)
	attributes["trail"] = schema.StringAttribute{
		Required: true,
		MarkdownDescription: "Name or ARN of the trail. A name is looked for among the trails that apply to the region, those that " +
			"are at home in another region included.",
		Validators: []validator.String{stringvalidator.LengthAtLeast(3)},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: fmt.Sprintf("Starts the logging of a trail, in the region where the trail is at home, and waits up to "+
			"%.0f seconds until CloudTrail says that it logs. A trail that logs already is left alone. Changes nothing else of the "+
			"trail, and warns if its log files do not arrive. What happened while the trail was off stays unrecorded.",
			account.SettleTimeout.Seconds()),
		Attributes: attributes,
	}
}

// ValidateConfig refuses a region that contradicts the ARN.
func (a *StartLoggingAction) ValidateConfig(
	ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse,
) {
	var config startLoggingModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	parsed, err := arn.Parse(config.Trail.ValueString())
	if region := config.Region.ValueString(); err == nil && region != "" && region != parsed.Region {
		resp.Diagnostics.AddAttributeError(path.Root("region"), "Conflicting region of the trail",
			fmt.Sprintf("The ARN says %s. Leave the argument \"region\" out, or name that region.", framework.Escape(parsed.Region)))
	}
}

// Invoke starts the trail where it is at home, if it does not log already.
func (a *StartLoggingAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config startLoggingModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, framework.DefaultTimeout)
	defer cancel()
	placed := framework.Placed{Account: config.Account, Region: config.Region}
	parsed, notARN := arn.Parse(config.Trail.ValueString())
	if notARN == nil && placed.Region.IsNull() {
		placed.Region = types.StringValue(parsed.Region)
	}
	place, ok := framework.Locate(ctx, a.Pool, placed, true, &resp.Diagnostics)
	if !ok {
		return
	}
	trailARN, home, err := callsIn(place).locateAnywhere(ctx, config.Trail.ValueString())
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to find the trail to start", Object: config.Trail.ValueString(), Place: place, Err: err,
			Advice: startAdvice(err, parsed.AccountID, place),
		})
		return
	}
	place.Region = home
	status, err := callsIn(place).start(ctx, trailARN, func(text string) { framework.Progress(resp, text) })
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to start the logging of the trail", Object: trailARN, Place: place, Err: err,
		})
		return
	}
	for _, reason := range status.Unhealthy() {
		framework.Warn(
			&resp.Diagnostics,
			trailObject(a.Pool, trailARN[strings.LastIndex(trailARN, "/")+1:], place.Account.ID, place.Region),
			strings.TrimSuffix(reason, "."),
			"The trail logs, but its files do not arrive. Starting it again does not change that.",
		)
	}
}
