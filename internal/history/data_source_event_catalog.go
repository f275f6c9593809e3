package history

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ datasource.DataSourceWithValidateConfig = (*EventCatalogDataSource)(nil)

// NewEventCatalogDataSource is the data source iamguard_event_catalog.
func NewEventCatalogDataSource() datasource.DataSource { return &EventCatalogDataSource{} }

// EventCatalogDataSource lists the events this provider knows. It needs neither an
// account nor AWS.
type EventCatalogDataSource struct{}

type eventCatalogModel struct {
	Presets    types.Set           `tfsdk:"presets"`
	EventNames types.Set           `tfsdk:"event_names"`
	Events     []catalogEventModel `tfsdk:"events"`
}

type catalogEventModel struct {
	ID                    types.String `tfsdk:"id"`
	EventName             types.String `tfsdk:"event_name"`
	EventSource           types.String `tfsdk:"event_source"`
	Severity              types.String `tfsdk:"severity"`
	SeverityReason        types.String `tfsdk:"severity_reason"`
	DeniedAttemptSeverity types.String `tfsdk:"denied_attempt_severity"`
	Direction             types.String `tfsdk:"direction"`
	RegionRule            types.String `tfsdk:"region_rule"`
	RecordedIn            types.String `tfsdk:"recorded_in"`
	ResourceTypes         types.List   `tfsdk:"resource_types"`
	TargetFields          types.List   `tfsdk:"target_fields"`
	Impact                types.List   `tfsdk:"impact"`
	MitreTechniques       types.List   `tfsdk:"mitre_techniques"`
	Controls              types.List   `tfsdk:"controls"`
	Remediation           types.String `tfsdk:"remediation"`
	Presets               types.List   `tfsdk:"presets"`
}

// Metadata names the data source.
func (d *EventCatalogDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_event_catalog"
}

// Schema is the question and the answer.
func (d *EventCatalogDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	list := func(description string) schema.Attribute {
		return schema.ListAttribute{ElementType: types.StringType, Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The events that this provider watches for: what each does, how grave it is and why, where it is " +
			"recorded, and what to do about it. It comes with the provider: no account is asked, and no credentials are needed. " +
			"Severities, impact and the PCI DSS and HIPAA numbers are the provider's own judgement.",
		Attributes: map[string]schema.Attribute{
			"presets": textSetArgument(
				"Presets whose events are listed. Default, without `event_names`: the whole catalogue.", stringvalidator.LengthAtLeast(1),
			),
			"event_names": textSetArgument(
				"Events by name (`RemoveUserFromGroup`) or catalogue ID (`iam.DeleteUser`), beside those of `presets`.",
				stringvalidator.LengthAtLeast(1),
			),
			"events": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The events, sorted by `id`.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":                      text("Catalogue ID: the service and the name, such as `iam.DeleteUser`."),
					"event_name":              text("Name of the API call, as CloudTrail spells it."),
					"event_source":            text("Service, such as `iam.amazonaws.com`."),
					"severity":                text("Severity of a call that succeeded, before its parameters and its actor are judged."),
					"severity_reason":         text("The sentence behind it."),
					"denied_attempt_severity": text("Severity of a call that failed or was denied."),
					"direction": text(
						"Which way the call moves access: `loosens`, `tightens`, `destroys`, `hides`, or `depends` on what the object carried.",
					),
					"region_rule": text(
						"What decides the region that records it: `regional`, `partition_global`, `identity_center_home` or `home`.",
					),
					"recorded_in":      text("The same in words."),
					"resource_types":   list("CloudFormation types of what is hit."),
					"target_fields":    list("Request parameters that name what is hit."),
					"impact":           list("What it can lead to."),
					"mitre_techniques": list("ATT&CK techniques."),
					"controls":         list("Benchmark controls, with their version."),
					"remediation":      text("What to do."),
					"presets":          list("Presets that hold the event."),
				}},
			},
		},
	}
}

// ValidateConfig checks the names before anything is planned.
func (d *EventCatalogDataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	var config eventCatalogModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() && framework.WhollyKnown(ctx, config.Presets, config.EventNames) {
		config.selection(&resp.Diagnostics)
	}
}

// Read lists what is selected.
func (d *EventCatalogDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model eventCatalogModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	wanted, ok := model.selection(&resp.Diagnostics)
	if !ok {
		return
	}
	memberships := presetsByEvent()
	model.Events = make([]catalogEventModel, 0, len(wanted))
	for _, id := range wanted.ids() {
		model.Events = append(model.Events, toCatalogModel(wanted[id], memberships[id]))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// selection is what the arguments select; the whole catalogue without any.
func (m eventCatalogModel) selection(diags *diag.Diagnostics) (selection, bool) {
	presets, names := framework.Texts(m.Presets.Elements()), framework.Texts(m.EventNames.Elements())
	if len(presets)+len(names) == 0 {
		names = events.Catalog().IDs()
	}
	wanted, err := selectEvents(presets, names, nil)
	if err == nil {
		return wanted, true
	}
	at := path.Root("presets")
	if blamed, ok := errors.AsType[*events.SelectionError](err); ok {
		at = path.Root(blamed.Argument)
	}
	diags.AddAttributeError(at, "Unable to find the events in the catalogue", framework.Sentence(err))
	return nil, false
}

// presetsByEvent are the names of the presets that hold an event, sorted.
func presetsByEvent() map[string][]string {
	memberships := map[string][]string{}
	for _, name := range events.Catalog().PresetNames() {
		members, _ := events.Catalog().Preset(name)
		for _, event := range members {
			memberships[event.ID] = append(memberships[event.ID], name)
		}
	}
	return memberships
}

func toCatalogModel(event events.Event, presets []string) catalogEventModel {
	return catalogEventModel{
		ID:                    types.StringValue(event.ID),
		EventName:             types.StringValue(event.Name),
		EventSource:           types.StringValue(event.Source),
		Severity:              types.StringValue(event.Severity.String()),
		SeverityReason:        types.StringValue(event.SeverityReason),
		DeniedAttemptSeverity: types.StringValue(event.DeniedAttemptSeverity.String()),
		Direction:             types.StringValue(string(event.Direction)),
		RegionRule:            types.StringValue(string(event.Region.Rule)),
		RecordedIn:            types.StringValue(event.Region.Where),
		ResourceTypes:         framework.TextList(event.ResourceTypes),
		TargetFields:          framework.TextList(event.TargetFields),
		Impact:                framework.TextList(event.Impact),
		MitreTechniques:       framework.TextList(event.Mitre.IDs()),
		Controls:              framework.TextList(event.Controls.List()),
		Remediation:           types.StringValue(event.Remediation.Summary),
		Presets:               framework.TextList(presets),
	}
}
