package alert

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

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
	_ action.ActionWithConfigure      = (*TestAlertAction)(nil)
	_ action.ActionWithModifyPlan     = (*TestAlertAction)(nil)
	_ action.ActionWithValidateConfig = (*TestAlertAction)(nil)
)

// How long the action waits for its canary, unless it is told otherwise, and how long
// it may.
const (
	trialPatience    = account.PropagationTimeout
	trialMaxPatience = 30 * time.Minute
)

// NewTestAlertAction is iamguard_test_alert.
func NewTestAlertAction() action.Action {
	return &TestAlertAction{ActionBase: framework.ActionBase{Verb: "test_alert"}}
}

// TestAlertAction tries an alert rule.
type TestAlertAction struct{ framework.ActionBase }

type testAlertModel struct {
	Account     types.String `tfsdk:"account"`
	Region      types.String `tfsdk:"region"`
	Rule        types.String `tfsdk:"rule"`
	Canary      types.Bool   `tfsdk:"canary"`
	AllowInvoke types.Bool   `tfsdk:"allow_invoke"`
	Timeout     types.String `tfsdk:"timeout"`
}

// Schema is the rule and how far the test goes.
func (a *TestAlertAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := framework.ActionAttributes(true)
	attributes["rule"] = schema.StringAttribute{
		Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		MarkdownDescription: "The rule: its name, `bus/name` for another bus than the default one, or its ARN.",
	}
	attributes["canary"] = schema.BoolAttribute{
		Optional: true,
		MarkdownDescription: "Makes one real, harmless removal that the rule matches, of an IAM group or policy of its own named " +
			"`iamguard-canary-…` without members, and waits until it arrives. Everything it makes is deleted again. Default: false.",
	}
	attributes["allow_invoke"] = schema.BoolAttribute{
		Optional: true,
		MarkdownDescription: "Sends to event buses too, where rules may set anything off, an event of the source `iamguard.test`. " +
			"Default: false.",
	}
	attributes["timeout"] = schema.StringAttribute{
		Optional: true,
		MarkdownDescription: fmt.Sprintf("How long to wait for the canary, such as `10m`, at most `%s`. Default: `%s`. CloudTrail "+
			"can take longer than that.", trialMaxPatience, trialPatience),
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Tries an alert rule: lets EventBridge itself match its pattern with a sample of each event that it is " +
			"about, sends a marked message straight to its topics, queues and log groups, and with `canary` makes a real change. " +
			"Says what it could prove and what not: a message that was sent does not prove that EventBridge may send one, which " +
			"`canary` and the data source `iamguard_alert_health` do. People who get alerts get the message too.",
		Attributes: attributes,
	}
}

// ValidateConfig refuses a region that contradicts the ARN, and a time that is none.
func (a *TestAlertAction) ValidateConfig(
	ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse,
) {
	var config testAlertModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	parsed, err := arn.Parse(config.Rule.ValueString())
	if region := config.Region.ValueString(); err == nil && region != "" && region != parsed.Region {
		resp.Diagnostics.AddAttributeError(path.Root("region"), "Conflicting region of the alert rule to test",
			fmt.Sprintf("The ARN says %s. Leave the argument \"region\" out, or name that region.", framework.Escape(parsed.Region)))
	}
	if _, err := config.patience(); err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("timeout"), "Unable to understand the time to wait for the canary",
			framework.Sentence(err))
	}
}

// patience is how long to wait for the canary.
func (m testAlertModel) patience() (time.Duration, error) {
	if m.Timeout.IsNull() || m.Timeout.IsUnknown() {
		return trialPatience, nil
	}
	limit, err := time.ParseDuration(m.Timeout.ValueString())
	if err == nil && (limit <= 0 || limit > trialMaxPatience) {
		err = fmt.Errorf("%s is not between 1s and %s", limit, trialMaxPatience)
	}
	return limit, err
}

// trial is one test of a rule.
type trial struct {
	place framework.Place
	rule  healthRule
	// id marks everything that the test sends or makes.
	id  string
	say func(format string, arguments ...any)
	// proven and open are the sentences of the summary.
	proven, open []string
}

func (t *trial) proves(format string, arguments ...any) {
	t.proven = append(t.proven, fmt.Sprintf(format, arguments...))
}

func (t *trial) leaves(format string, arguments ...any) {
	t.open = append(t.open, fmt.Sprintf(format, arguments...))
}

// Invoke tries pattern, targets and, if asked to, everything between.
func (a *TestAlertAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config testAlertModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	patience, err := config.patience()
	if err != nil {
		patience = trialPatience // Refused by ValidateConfig.
	}
	ctx, cancel := context.WithTimeout(ctx, framework.DefaultTimeout+trialMaxPatience)
	defer cancel()
	placed := framework.Placed{Account: config.Account, Region: config.Region}
	if parsed, err := arn.Parse(config.Rule.ValueString()); err == nil && placed.Region.IsNull() {
		placed.Region = types.StringValue(parsed.Region)
	}
	place, ok := framework.Locate(ctx, a.Pool, placed, true, &resp.Diagnostics)
	if !ok {
		return
	}
	rule, err := healthRuleOf(place, config.Rule.ValueString())
	if err == nil {
		err = rule.read(ctx)
	}
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to find the alert rule to test", Object: config.Rule.ValueString(), Place: place, Err: err,
		})
		return
	}
	run := &trial{place: place, rule: rule, id: trialID(), say: func(format string, arguments ...any) {
		framework.Progress(resp, fmt.Sprintf(format, arguments...))
	}}
	run.invoke(ctx, config, patience, resp)
}

// invoke goes through the parts. One that fails does not stop the others.
func (t *trial) invoke(ctx context.Context, config testAlertModel, patience time.Duration, resp *action.InvokeResponse) {
	t.tryPattern(ctx, &resp.Diagnostics)
	targets, err := t.rule.targets(ctx)
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to list the targets of the alert rule to test", Object: t.rule.arn, Place: t.place, Err: err,
		})
		return
	}
	if len(targets) == 0 {
		t.leaves("the rule has no target, so nobody is told")
	}
	for _, target := range targets {
		t.tryTarget(ctx, target, config.AllowInvoke.ValueBool(), &resp.Diagnostics)
	}
	if config.Canary.ValueBool() {
		t.tryCanary(ctx, targets, patience, &resp.Diagnostics)
	} else {
		t.leaves("whether EventBridge gets events and may send them on (canary = true tries it)")
	}
	t.say("Test %s of rule %s, proven: %s.", t.id, t.rule.arn, trialList(t.proven))
	t.say("Test %s of rule %s, not proven: %s.", t.id, t.rule.arn, trialList(t.open))
}

func trialID() string {
	id := make([]byte, 8)
	_, _ = rand.Read(id) // It never fails, and ends the program if it would.
	return hex.EncodeToString(id)
}
