package history

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var (
	_ datasource.DataSourceWithConfigure      = (*RiskyEventsDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*RiskyEventsDataSource)(nil)
)

// NewRiskyEventsDataSource is the data source iamguard_risky_events.
func NewRiskyEventsDataSource() datasource.DataSource {
	return &RiskyEventsDataSource{DataBase: framework.DataBase{Noun: "risky_events"}}
}

// RiskyEventsDataSource lists the recent events that removed or weakened a guard.
type RiskyEventsDataSource struct{ framework.DataBase }

// Schema is the question and the answer.
func (d *RiskyEventsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := riskyEventsArguments()
	maps.Copy(attributes, riskyEventsResults())
	maps.Copy(attributes, framework.DataAccountAttributes())
	attributes["account_id"] = schema.StringAttribute{
		Computed: true, MarkdownDescription: "The 12-digit ID of the account that was searched; null if there are several.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Recent events that removed or weakened an identity guardrail: what, when, by whom, and how " +
			"grave. It needs no trail. " +
			"An empty answer means that no such event was recorded in the window, up to `search.covered_to`; it does not " +
			"mean safe. Put the data " +
			"source at top level and only the `assert` into a `check` block.",
		Attributes: attributes,
	}
}

// ValidateConfig checks everything that needs neither the clock nor AWS.
func (d *RiskyEventsDataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	var config riskyEventsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if framework.WhollyKnown(ctx, config.Presets, config.EventNames, config.ExcludeEventNames) {
		config.selection(&resp.Diagnostics)
	}
	if framework.WhollyKnown(ctx, config.Lookback, config.StartTime, config.EndTime) {
		config.window(time.Time{}, &resp.Diagnostics)
	}
}

// Read searches, grades and sifts what is found as it arrives, and redacts what is shown.
func (d *RiskyEventsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model riskyEventsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	clock := d.Pool.Now()
	now := memoryOf(d.Pool).now(clock)
	wanted, selected := model.selection(&resp.Diagnostics)
	window, dated := model.window(now, &resp.Diagnostics)
	filter, filtered := model.filter(&resp.Diagnostics)
	if !selected || !dated || !filtered {
		return
	}
	accounts, ok := model.accounts(ctx, d.Pool, &resp.Diagnostics)
	if !ok {
		return
	}
	asked := search{
		accounts: accounts, regions: framework.Texts(model.Regions.Elements()), wanted: wanted, window: window,
		now: clock, maxCalls: model.MaxCalls.ValueInt64(),
	}
	sieve := newSieve(filter, model.limit())
	sieve.assesses = model.AssessImpact.ValueBool()
	answer, err := asked.run(ctx, sieve.add)
	if err != nil {
		failSearch(&resp.Diagnostics, err)
		return
	}
	weighing, err := sieve.weigh(ctx, accounts)
	if err != nil {
		failAssessment(&resp.Diagnostics, err)
		return
	}
	answer.calls += weighing
	found, err := sieve.finish()
	if err != nil {
		failSearch(&resp.Diagnostics, err)
		return
	}
	model.fill(found, answer, accounts, window, window.coveredTo(now))
	model.warnOfGaps(accounts, answer, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// failSearch blames the regions argument, or says where AWS did not answer.
func failSearch(diags *diag.Diagnostics, err error) {
	if _, ok := errors.AsType[*unrecordedError](err); ok {
		diags.AddAttributeError(path.Root("regions"), "No searched region records the event", "With these regions "+err.Error()+
			". Add that region, or leave regions out.")
		return
	}
	if _, ok := errors.AsType[*foreignRegionError](err); ok {
		diags.AddAttributeError(path.Root("regions"), "Unable to search a region of another partition",
			"The text "+err.Error()+".")
		return
	}
	failAt(diags, framework.Failure{Summary: "Unable to read the recorded events", Err: err})
}

// failAssessment says in which account the removals could not be weighed.
func failAssessment(diags *diag.Diagnostics, err error) {
	failAt(diags, framework.Failure{Summary: "Unable to assess the impact of the recorded events", Err: err})
}

// failAt adds a failure at the place that its error knows.
func failAt(diags *diag.Diagnostics, failure framework.Failure) {
	if failed, ok := errors.AsType[*placeError](failure.Err); ok {
		failure.Place = framework.Place{Account: failed.account, Region: failed.region}
		failure.Err = failed.err
	}
	framework.Fail(diags, failure)
}
