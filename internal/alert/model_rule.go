package alert

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
)

// ruleModel is iamguard_alert_rule in Terraform.
type ruleModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`
	Region    types.String `tfsdk:"region"`

	Name              types.String `tfsdk:"name"`
	Description       types.String `tfsdk:"description"`
	Presets           types.Set    `tfsdk:"presets"`
	EventNames        types.Set    `tfsdk:"event_names"`
	ExcludeEventNames types.Set    `tfsdk:"exclude_event_names"`
	EventPattern      types.String `tfsdk:"event_pattern"`
	ExcludePrincipals types.Set    `tfsdk:"exclude_principals"`
	IncludeFailed     types.Bool   `tfsdk:"include_failed"`
	State             types.String `tfsdk:"state"`
	EventBusName      types.String `tfsdk:"event_bus_name"`
	Target            types.Map    `tfsdk:"target"`
	TrailARN          types.String `tfsdk:"trail_arn"`
	RequireTrail      types.Bool   `tfsdk:"require_trail"`
	MaxPatternLength  types.Int64  `tfsdk:"max_pattern_length"`
	AllowOtherRegion  types.Bool   `tfsdk:"allow_other_region"`

	DeletionProtection types.Bool     `tfsdk:"deletion_protection"`
	AdoptExisting      types.Bool     `tfsdk:"adopt_existing"`
	DestroyAdopted     types.Bool     `tfsdk:"destroy_adopted"`
	Tags               types.Map      `tfsdk:"tags"`
	TagsAll            types.Map      `tfsdk:"tags_all"`
	Timeouts           timeouts.Value `tfsdk:"timeouts"`

	ARN              types.String `tfsdk:"arn"`
	EventPatternJSON types.String `tfsdk:"event_pattern_json"`
	MatchedEvents    types.Set    `tfsdk:"matched_events"`
	PatternLength    types.Int64  `tfsdk:"pattern_length"`
	BlindTo          types.List   `tfsdk:"blind_to"`
}

func (m ruleModel) head() lifecycle.Head {
	return lifecycle.Head{
		Placed: framework.Placed{
			Account: m.Account, AccountID: m.AccountID, Region: m.Region,
			DefaultRegion: func(in *account.Account) (string, error) {
				homes, err := homesOf(m.judged(), in)
				if err != nil {
					return "", err
				}
				return homes.regionOf(in)
			},
		},
		Key: m.key(), Shown: m.key().ValueString(), Adopt: m.AdoptExisting, DestroyAdopted: m.DestroyAdopted,
		Protected: m.DeletionProtection, Timeouts: m.Timeouts,
	}
}

// key names the rule in an account and region: a rule of another bus than the default
// is bus/name.
func (m ruleModel) key() types.String {
	bus := m.EventBusName.ValueString()
	if m.Name.IsUnknown() || m.EventBusName.IsUnknown() || bus == "" || bus == defaultBus {
		return m.Name
	}
	return types.StringValue(bus + "/" + m.Name.ValueString())
}

// raw tells whether the pattern is written by hand.
func (m ruleModel) raw() bool { return !m.EventPattern.IsNull() }

// selection is what the arguments select.
func (m ruleModel) selection() selection {
	return selection{
		presets: framework.Texts(m.Presets.Elements()), names: framework.Texts(m.EventNames.Elements()),
		excluded:   framework.Texts(m.ExcludeEventNames.Elements()),
		principals: framework.Texts(m.ExcludePrincipals.Elements()), failed: m.IncludeFailed.ValueBool(),
	}
}

// selects are the arguments that the pattern follows from.
func (m ruleModel) selects() []attr.Value {
	return []attr.Value{
		m.Presets, m.EventNames, m.ExcludeEventNames, m.EventPattern, m.ExcludePrincipals, m.IncludeFailed, m.MaxPatternLength,
	}
}

// pattern is the one that the arguments ask for, with the events of the catalogue that
// it is about; an error may be an *argumentError.
func (m ruleModel) pattern() (string, []events.Event, error) {
	longest := int(m.MaxPatternLength.ValueInt64())
	if m.MaxPatternLength.IsNull() {
		longest = defaultPatternLength
	}
	if !m.raw() {
		return m.selection().pattern(longest)
	}
	text := m.EventPattern.ValueString()
	if err := checkPattern(text, longest); err != nil {
		return "", nil, &argumentError{"event_pattern", err}
	}
	return text, matching(text), nil
}

// judged are the events that the rule is about, none while that cannot be told.
func (m ruleModel) judged() []events.Event {
	_, selected, err := m.pattern()
	if err != nil {
		return nil
	}
	return selected
}

// matching are the events of the catalogue that a pattern can match.
func matching(pattern string) []events.Event {
	parsed, err := events.ParsePattern([]byte(pattern))
	if err != nil {
		return nil
	}
	return events.Catalog().Matching(parsed, "", "")
}

// showPattern sets the attributes that follow from a pattern.
func (m *ruleModel) showPattern(pattern string) {
	ids := []string{}
	for _, event := range matching(pattern) {
		ids = append(ids, event.ID)
	}
	size, err := events.PatternSize([]byte(pattern))
	if err != nil {
		size = len([]rune(pattern))
	}
	m.MatchedEvents = types.SetValueMust(types.StringType, framework.TextList(ids).Elements())
	m.EventPatternJSON, m.PatternLength = framework.TextOrNull(pattern), types.Int64Value(int64(size))
}

// toAWS is the rule that the model asks for; pattern and description come from the plan.
func (m ruleModel) toAWS(ctx context.Context, in framework.Place) rule {
	partition := in.Account.Partition
	return rule{
		Name: m.Name.ValueString(), Bus: m.EventBusName.ValueString(), Description: m.Description.ValueString(),
		State: m.State.ValueString(), Pattern: m.EventPatternJSON.ValueString(), Tags: framework.TagsOf(m.TagsAll),
		Targets: m.targets(ctx, partition),
	}
}

// fromAWS writes every attribute that AWS knows. The arguments of the selection stand
// for the pattern that the next plan asks for, so they are read from it for an import
// only.
func (m *ruleModel) fromAWS(have rule, in framework.Place) {
	m.AccountID, m.Region = types.StringValue(in.Account.ID), types.StringValue(in.Region)
	m.Tags, m.TagsAll = framework.ReadTags(in.Account.Pool(), m.Tags, have.Tags)
	m.Name, m.EventBusName = types.StringValue(have.Name), types.StringValue(have.Bus)
	m.ARN, m.Description = types.StringValue(have.ARN), framework.TextOrNull(have.Description)
	m.State = types.StringValue(have.State)
	if m.EventPattern.IsNull() && m.Presets.IsNull() && m.EventNames.IsNull() {
		m.importSelection(have.Pattern)
	}
	m.IncludeFailed = framework.FillBool(m.IncludeFailed, false)
	m.AllowOtherRegion = framework.FillBool(m.AllowOtherRegion, false)
	m.RequireTrail = framework.FillBool(m.RequireTrail, false)
	m.DeletionProtection = framework.FillBool(m.DeletionProtection, false)
	m.AdoptExisting = framework.FillBool(m.AdoptExisting, false)
	m.DestroyAdopted = framework.FillBool(m.DestroyAdopted, false)
	if m.MaxPatternLength.IsNull() {
		m.MaxPatternLength = types.Int64Value(max(defaultPatternLength, int64(len([]rune(have.Pattern)))))
	}
	if events.SamePattern(m.EventPatternJSON.ValueString(), have.Pattern) {
		have.Pattern = m.EventPatternJSON.ValueString()
	}
	m.showPattern(have.Pattern)
	m.showTargets(have.Targets, in.Account.Partition)
	m.BlindTo = m.blindTo(in)
}

// importSelection finds the preset that a pattern was made from; any other pattern is
// taken as it is.
func (m *ruleModel) importSelection(pattern string) {
	for _, name := range events.Catalog().PresetNames() {
		for _, failed := range []bool{false, true} {
			of := selection{presets: []string{name}, failed: failed}
			if composed, _, err := of.pattern(longestPattern); err == nil && events.SamePattern(composed, pattern) {
				m.Presets, m.IncludeFailed = framework.TextSet(of.presets), types.BoolValue(failed)
				return
			}
		}
	}
	m.EventPattern = framework.TextOrNull(pattern)
}
