package history

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
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
	resp.Schema = schema.Schema{
		MarkdownDescription: "Recent events that removed or weakened an identity guardrail: what, when, by whom, and how grave. It needs no trail. " +
			"An empty answer means that no such event was recorded in the window, up to `search.covered_to`; it does not mean safe. Put the data " +
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
	if lookback := config.Lookback; !lookback.IsNull() && !lookback.IsUnknown() && lookbackForm.MatchString(lookback.ValueString()) {
		if _, err := parseLookback(lookback.ValueString()); err != nil {
			resp.Diagnostics.AddAttributeError(path.Root("lookback"), "Invalid search window", "The value "+err.Error()+".")
		}
	}
	config.validateTimes(&resp.Diagnostics)
}

// Read searches, grades, filters and redacts, in this order.
func (d *RiskyEventsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model riskyEventsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	wanted, ok := model.selection(&resp.Diagnostics)
	if !ok {
		return
	}
	now := d.Pool.Now()
	window, err := span(now, defaultTo(model.Lookback, defaultLookback), model.StartTime.ValueString(), model.EndTime.ValueString())
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("start_time"), "Invalid search window", "In this search "+err.Error()+".")
		return
	}
	accounts, ok := d.accounts(ctx, model, &resp.Diagnostics)
	if !ok {
		return
	}
	asked := search{
		accounts: accounts, regions: textsOf(model.Regions), wanted: wanted, window: window, maxCalls: model.MaxCalls.ValueInt64(),
	}
	answer, err := asked.run(ctx)
	if err != nil {
		failSearch(&resp.Diagnostics, err)
		return
	}
	sifted, ok := model.filter(&resp.Diagnostics)
	if !ok {
		return
	}
	model.fill(sifted.apply(answer.records), answer, accounts[0], window, window.coveredTo(now))
	warnOfGaps(&resp.Diagnostics, model, answer)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// accounts reaches every account of the question.
func (d *RiskyEventsDataSource) accounts(ctx context.Context, model riskyEventsModel, diags *diag.Diagnostics) ([]*account.Account, bool) {
	selections := []types.String{model.Account}
	if !model.Accounts.IsNull() {
		selections = nil
		for _, name := range textsOf(model.Accounts) {
			selections = append(selections, types.StringValue(name))
		}
	}
	var reached []*account.Account
	seen := map[string]bool{}
	for _, selection := range selections {
		place, ok := framework.Locate(ctx, d.Pool, framework.Placed{Account: selection}, false, diags)
		if !ok {
			return nil, false
		}
		if id := place.Account.ID; id == "" || !seen[id] {
			seen[id] = true
			reached = append(reached, place.Account)
		}
	}
	return reached, len(reached) > 0
}

func failSearch(diags *diag.Diagnostics, err error) {
	var unrecorded *unrecordedError
	if errors.As(err, &unrecorded) {
		diags.AddAttributeError(path.Root("regions"), "No searched region records the event", "With these regions "+err.Error()+
			". Add that region, or leave regions out.")
		return
	}
	failure := framework.Failure{Summary: "Unable to read the recorded events", Err: err}
	var failed *placeError
	if errors.As(err, &failed) {
		failure.Place = framework.Place{Account: failed.account, Region: failed.region}
		failure.Err = failed.err
	}
	framework.Fail(diags, failure)
}

func (m riskyEventsModel) selection(diags *diag.Diagnostics) (selection, bool) {
	presets, names := textsOf(m.Presets), textsOf(m.EventNames)
	if len(presets) == 0 && len(names) == 0 {
		presets = DefaultPresets()
	}
	wanted, err := selectEvents(presets, names, textsOf(m.ExcludeEventNames))
	if err == nil {
		return wanted, true
	}
	at := path.Root("presets")
	var unknown *events.UnknownEventError
	if errors.As(err, &unknown) {
		at = path.Root("event_names")
	}
	diags.AddAttributeError(at, "Invalid selection of events", "In this selection "+err.Error()+".")
	return nil, false
}

// validateTimes checks the two ends against each other, which needs no clock.
func (m riskyEventsModel) validateTimes(diags *diag.Diagnostics) {
	if m.StartTime.IsUnknown() || m.EndTime.IsUnknown() || m.StartTime.IsNull() || m.EndTime.IsNull() {
		return
	}
	if _, err := span(time.Time{}, defaultLookback, m.StartTime.ValueString(), m.EndTime.ValueString()); err != nil {
		diags.AddAttributeError(path.Root("start_time"), "Invalid search window", "In this search "+err.Error()+".")
	}
}

func (m riskyEventsModel) filter(diags *diag.Diagnostics) (filter, bool) {
	f := filter{
		principals: textsOf(m.Principals), excluded: textsOf(m.ExcludePrincipals), deployers: textsOf(m.Deployers),
		resources: textsOf(m.Resources), acknowledged: textsOf(m.Acknowledged), includeFailed: m.IncludeFailed.ValueBool(),
	}
	if name := m.MinSeverity.ValueString(); name != "" {
		severity, err := events.ParseSeverity(name)
		if err != nil {
			diags.AddAttributeError(path.Root("min_severity"), "Invalid severity", err.Error())
			return f, false
		}
		f.minSeverity = severity
	}
	return f, true
}

// fill writes the answer. Counts and fingerprint are of everything found, the list
// and the summary of the newest.
func (m *riskyEventsModel) fill(found sifted, answer answer, first *account.Account, w window, covered time.Time) {
	limit := int64(defaultMaxEvents)
	if !m.MaxEvents.IsNull() {
		limit = m.MaxEvents.ValueInt64()
	}
	redact := redactor{redactAccessKeyID, redactUserAgent}
	if !m.Redact.IsNull() {
		redact = textsOf(m.Redact)
	}
	total := len(found.reported)
	shown := make([]graded, 0, min(int64(total), limit))
	m.Events = make([]eventModel, 0, cap(shown))
	for _, event := range found.reported[:cap(shown)] {
		event = redact.apply(event)
		shown = append(shown, event)
		m.Events = append(m.Events, toModel(event, first.Partition, m.IncludeRecords.ValueBool()))
	}
	m.AccountID = textOrNull(first.ID)
	m.EventCount, m.CountsBySeverity = types.Int64Value(int64(total)), countsBySeverity(found.reported)
	m.FailedCount, m.ExcludedCount = types.Int64Value(int64(found.failed)), types.Int64Value(int64(found.excluded))
	m.Fingerprint = types.StringValue(fingerprint(found.reported))
	m.Complete, m.Truncated = types.BoolValue(len(answer.unread) == 0), types.BoolValue(total > len(shown))
	m.SummaryMarkdown = types.StringValue(summary(shown, total, w.from, covered, m.Complete.ValueBool()))
	m.Search = &searchModel{
		From: types.StringValue(stamp(w.from)), To: types.StringValue(stamp(w.to)), CoveredTo: types.StringValue(stamp(covered)),
		Regions: listOf(answer.regions), Strategy: types.StringValue(answer.strategy), APICalls: types.Int64Value(answer.calls),
	}
}

// warnOfGaps says in the plan what a reader of event_count alone would miss.
func warnOfGaps(diags *diag.Diagnostics, m riskyEventsModel, answer answer) {
	object := "Risky events of account " + m.AccountID.ValueString()
	if len(answer.unread) > 0 {
		framework.Warn(diags, object, "not everything was read",
			"There can be more events than are shown. Not read: "+strings.Join(answer.unread[:min(len(answer.unread), 10)], "; ")+".")
	}
	if m.Truncated.ValueBool() {
		framework.Warn(diags, object, "only the newest are listed",
			strconv.Itoa(len(m.Events))+" of "+strconv.FormatInt(m.EventCount.ValueInt64(), 10)+
				" events are in the list; raise max_events, or narrow the search.")
	}
}

func defaultTo(value types.String, def string) string {
	if value.ValueString() == "" {
		return def
	}
	return value.ValueString()
}
