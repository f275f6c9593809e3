package history

import (
	"fmt"
	"net/url"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// riskyEventsModel is the data source iamguard_risky_events.
type riskyEventsModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`
	Accounts  types.Set    `tfsdk:"accounts"`
	Regions   types.Set    `tfsdk:"regions"`

	Presets           types.Set    `tfsdk:"presets"`
	EventNames        types.Set    `tfsdk:"event_names"`
	ExcludeEventNames types.Set    `tfsdk:"exclude_event_names"`
	MinSeverity       types.String `tfsdk:"min_severity"`
	Lookback          types.String `tfsdk:"lookback"`
	StartTime         types.String `tfsdk:"start_time"`
	EndTime           types.String `tfsdk:"end_time"`
	Principals        types.Set    `tfsdk:"principals"`
	ExcludePrincipals types.Set    `tfsdk:"exclude_principals"`
	Deployers         types.Set    `tfsdk:"deployers"`
	Resources         types.Set    `tfsdk:"resources"`
	IncludeFailed     types.Bool   `tfsdk:"include_failed"`
	Acknowledged      types.Set    `tfsdk:"acknowledged_event_ids"`
	MaxEvents         types.Int64  `tfsdk:"max_events"`
	MaxCalls          types.Int64  `tfsdk:"max_calls"`
	IncludeRecords    types.Bool   `tfsdk:"include_records"`
	AssessImpact      types.Bool   `tfsdk:"assess_impact"`
	Redact            types.Set    `tfsdk:"redact"`

	Events           []eventModel `tfsdk:"events"`
	EventCount       types.Int64  `tfsdk:"event_count"`
	CountsBySeverity types.Map    `tfsdk:"counts_by_severity"`
	FailedCount      types.Int64  `tfsdk:"failed_count"`
	ExcludedCount    types.Int64  `tfsdk:"excluded_count"`
	Fingerprint      types.String `tfsdk:"fingerprint"`
	Complete         types.Bool   `tfsdk:"complete"`
	Truncated        types.Bool   `tfsdk:"truncated"`
	SummaryMarkdown  types.String `tfsdk:"summary_markdown"`
	SummaryText      types.String `tfsdk:"summary_text"`
	Search           *searchModel `tfsdk:"search"`
}

type searchModel struct {
	From      types.String `tfsdk:"from"`
	To        types.String `tfsdk:"to"`
	CoveredTo types.String `tfsdk:"covered_to"`
	Regions   types.List   `tfsdk:"regions"`
	Strategy  types.String `tfsdk:"strategy"`
	APICalls  types.Int64  `tfsdk:"api_calls"`
}

type eventModel struct {
	EventID         types.String `tfsdk:"event_id"`
	EventTime       types.String `tfsdk:"event_time"`
	EventName       types.String `tfsdk:"event_name"`
	EventSource     types.String `tfsdk:"event_source"`
	AccountID       types.String `tfsdk:"account_id"`
	AWSRegion       types.String `tfsdk:"aws_region"`
	Severity        types.String `tfsdk:"severity"`
	SeverityReasons types.List   `tfsdk:"severity_reasons"`
	Direction       types.String `tfsdk:"direction"`
	Impact          types.List   `tfsdk:"impact"`
	RemovalImpact   *impactModel `tfsdk:"removal_impact"`
	MitreTechniques types.List   `tfsdk:"mitre_techniques"`
	Controls        types.List   `tfsdk:"controls"`
	Remediation     types.String `tfsdk:"remediation"`
	Actor           actorModel   `tfsdk:"actor"`
	SourceIP        types.String `tfsdk:"source_ip"`
	UserAgent       types.String `tfsdk:"user_agent"`
	Target          types.Map    `tfsdk:"target"`
	ErrorCode       types.String `tfsdk:"error_code"`
	ConsoleURL      types.String `tfsdk:"console_url"`
	RecordJSON      types.String `tfsdk:"record_json"`
}

type actorModel struct {
	Type        types.String `tfsdk:"type"`
	ARN         types.String `tfsdk:"arn"`
	Name        types.String `tfsdk:"name"`
	AccountID   types.String `tfsdk:"account_id"`
	AccessKeyID types.String `tfsdk:"access_key_id"`
	MFA         types.Bool   `tfsdk:"mfa"`
	Via         types.String `tfsdk:"via"`
}

// toModel is one event as it is reported, redacted already.
func toModel(event graded, withRecord bool) eventModel {
	entry, _ := event.Event()
	model := eventModel{
		EventID:         types.StringValue(event.EventID),
		EventTime:       types.StringValue(stamp(event.EventTime)),
		EventName:       types.StringValue(event.Name),
		EventSource:     types.StringValue(event.Source),
		AccountID:       types.StringValue(event.accountID),
		AWSRegion:       types.StringValue(event.region),
		Severity:        types.StringValue(event.severity.String()),
		SeverityReasons: framework.TextList(event.reasons),
		Direction:       framework.TextOrNull(string(entry.Direction)),
		Impact:          framework.TextList(entry.Impact),
		MitreTechniques: framework.TextList(entry.Mitre.IDs()),
		Controls:        framework.TextList(entry.Controls.Newest()),
		Remediation:     framework.TextOrNull(entry.Remediation.Summary),
		Actor: actorModel{
			Type: framework.TextOrNull(
				event.Actor.Type,
			),
			ARN:         framework.TextOrNull(event.Actor.ARN),
			Name:        framework.TextOrNull(event.Actor.Name),
			AccountID:   framework.TextOrNull(event.Actor.AccountID),
			AccessKeyID: framework.TextOrNull(event.Actor.AccessKeyID),
			MFA:         types.BoolPointerValue(event.Actor.MFA),
			Via:         framework.TextOrNull(event.Actor.Via.String()),
		},
		SourceIP: framework.TextOrNull(
			event.SourceIP,
		),
		UserAgent:  framework.TextOrNull(event.UserAgent),
		Target:     framework.TextMap(event.Target),
		ErrorCode:  framework.TextOrNull(event.ErrorCode),
		ConsoleURL: types.StringValue(consoleURL(event.region, event.EventID)),
		RecordJSON: types.StringNull(),
	}
	if event.impact != nil {
		told := toImpactModel(*event.impact)
		model.RemovalImpact = &told
	}
	if withRecord {
		model.RecordJSON = types.StringValue(event.text)
	}
	return model
}

func consoleURL(region, eventID string) string {
	partition, err := account.PartitionOf(region)
	if err != nil {
		partition = "aws"
	}
	return fmt.Sprintf("https://%s/cloudtrailv2/home?region=%s#/events/%s", account.ConsoleHost(partition), url.QueryEscape(region),
		url.PathEscape(eventID))
}

// countsBySeverity has every severity, also where its count is zero.
func countsBySeverity(found map[events.Severity]int) types.Map {
	counts := map[string]attr.Value{}
	for _, name := range events.SeverityNames() {
		counts[name] = types.Int64Value(0)
	}
	for severity, count := range found {
		counts[severity.String()] = types.Int64Value(int64(count))
	}
	return types.MapValueMust(types.Int64Type, counts)
}
