package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ function.Function = (*ParseEventFunction)(nil)

// NewParseEventFunction is the function parse_event.
func NewParseEventFunction() function.Function { return &ParseEventFunction{} }

// ParseEventFunction reads one CloudTrail record.
type ParseEventFunction struct{}

// parsedEvent is what parse_event returns: the attributes of an event of
// iamguard_risky_events that a record tells by itself.
type parsedEvent struct {
	EventID         types.String `tfsdk:"event_id"`
	EventTime       types.String `tfsdk:"event_time"`
	EventName       types.String `tfsdk:"event_name"`
	EventSource     types.String `tfsdk:"event_source"`
	AccountID       types.String `tfsdk:"account_id"`
	AWSRegion       types.String `tfsdk:"aws_region"`
	Severity        types.String `tfsdk:"severity"`
	SeverityReasons types.List   `tfsdk:"severity_reasons"`
	Direction       types.String `tfsdk:"direction"`
	Actor           actorModel   `tfsdk:"actor"`
	SourceIP        types.String `tfsdk:"source_ip"`
	UserAgent       types.String `tfsdk:"user_agent"`
	Target          types.Map    `tfsdk:"target"`
	Outcome         types.String `tfsdk:"outcome"`
	ErrorCode       types.String `tfsdk:"error_code"`
	Unreadable      types.List   `tfsdk:"unreadable"`
}

func parsedEventTypes() map[string]attr.Type {
	kinds := map[string]attr.Type{
		"severity_reasons": types.ListType{ElemType: types.StringType},
		"unreadable":       types.ListType{ElemType: types.StringType},
		"target":           types.MapType{ElemType: types.StringType},
	}
	actor := map[string]attr.Type{"mfa": types.BoolType}
	for _, name := range []string{"type", "arn", "name", "account_id", "access_key_id", "via"} {
		actor[name] = types.StringType
	}
	kinds["actor"] = types.ObjectType{AttrTypes: actor}
	for _, name := range []string{
		"event_id", "event_time", "event_name", "event_source", "account_id", "aws_region", "severity", "direction", "source_ip",
		"user_agent", "outcome", "error_code",
	} {
		kinds[name] = types.StringType
	}
	return kinds
}

// Metadata names the function.
func (f *ParseEventFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_event"
}

// Definition is the signature.
func (f *ParseEventFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Reads one CloudTrail record",
		MarkdownDescription: "Says what a CloudTrail record tells: what was done to what, by whom, when, whether it succeeded, and " +
			"how grave it is. The attributes are those of `events` of the data source `iamguard_risky_events` that a record tells: " +
			"`event_id`, `event_time`, `event_name`, `event_source`, `account_id`, `aws_region`, `severity`, `severity_reasons`, " +
			"`direction`, `actor` (`type`, `arn`, `name`, `account_id`, `access_key_id`, `mfa`, `via`), `source_ip`, `user_agent`, " +
			"`target`, `error_code`; besides, `outcome` is `succeeded`, `failed` or `denied`. What the record " +
			"lacks is null; what could not be understood is listed in `unreadable`, so that nobody takes it for harmless. Access " +
			"keys are shown by their last four characters. It asks neither AWS nor the clock.",
		Parameters: []function.Parameter{recordParameter()},
		Return:     function.ObjectReturn{AttributeTypes: parsedEventTypes()},
	}
}

// recordParameter is the record that both functions take.
func recordParameter() function.Parameter {
	return function.StringParameter{
		Name: "json",
		MarkdownDescription: "The record as JSON: an entry of `Records` in a log file, the `CloudTrailEvent` text of a look-up, or " +
			"an EventBridge event whose `detail` is the record.",
	}
}

// Run parses the argument.
func (f *ParseEventFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	event, failed := eventArgument(ctx, req)
	if failed != nil {
		resp.Error = failed
		return
	}
	model := toModel(event, false)
	resp.Error = resp.Result.Set(ctx, parsedEvent{
		EventID: framework.TextOrNull(event.EventID), EventTime: parsedTime(event.Record),
		EventName: framework.TextOrNull(event.Name), EventSource: framework.TextOrNull(event.Source),
		AccountID: framework.TextOrNull(event.AccountID), AWSRegion: framework.TextOrNull(event.Region),
		Severity: model.Severity, SeverityReasons: model.SeverityReasons, Direction: model.Direction, Actor: model.Actor,
		SourceIP: model.SourceIP, UserAgent: model.UserAgent, Target: model.Target,
		Outcome: types.StringValue(string(event.Outcome)), ErrorCode: model.ErrorCode,
		Unreadable: framework.TextList(event.Unreadable),
	})
}

// parsedTime is null for a record without a time.
func parsedTime(record events.Record) types.String {
	if record.EventTime.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(stamp(record.EventTime))
}

// eventArgument is the graded record of the first argument, without whole access
// keys.
func eventArgument(ctx context.Context, req function.RunRequest) (graded, *function.FuncError) {
	var text string
	if failed := req.Arguments.Get(ctx, &text); failed != nil {
		return graded{}, failed
	}
	record, err := parseRecord(text)
	if err != nil {
		return graded{}, function.NewArgumentFuncError(0, "This is not a CloudTrail record: "+framework.Escape(err.Error())+
			". Give the JSON text of one record, or of an EventBridge event that holds one.")
	}
	event := graded{recorded: recorded{Record: record, accountID: record.AccountID, region: record.Region}}
	event.severity, event.reasons = events.Grade(record)
	event = redactor{redactAccessKeyID}.apply(event, false)
	return event, nil
}

// parseRecord reads a record, by itself or in the detail of an EventBridge event.
func parseRecord(text string) (events.Record, error) {
	var envelope struct {
		DetailType *string         `json:"detail-type"`
		Detail     json.RawMessage `json:"detail"`
	}
	raw := []byte(text)
	if err := json.Unmarshal(raw, &envelope); err == nil && envelope.DetailType != nil && len(envelope.Detail) > 0 {
		raw = envelope.Detail
	}
	record, err := events.Parse(raw)
	if err != nil {
		return record, fmt.Errorf("read the text: %w", err)
	}
	if record.EventID == "" && record.Name == "" {
		return record, errors.New("it has neither an eventID nor an eventName")
	}
	return record, nil
}
