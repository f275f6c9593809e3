package history

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

var (
	_ datasource.DataSourceWithConfigure      = (*RemovalImpactDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*RemovalImpactDataSource)(nil)
)

// NewRemovalImpactDataSource is the data source iamguard_removal_impact.
func NewRemovalImpactDataSource() datasource.DataSource {
	return &RemovalImpactDataSource{DataBase: framework.DataBase{Noun: "removal_impact"}}
}

// RemovalImpactDataSource says what a removal took away, or would.
type RemovalImpactDataSource struct{ framework.DataBase }

type removalImpactModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`
	Region    types.String `tfsdk:"region"`

	EventID     types.String `tfsdk:"event_id"`
	User        types.String `tfsdk:"user"`
	Group       types.String `tfsdk:"group"`
	Role        types.String `tfsdk:"role"`
	PolicyARN   types.String `tfsdk:"policy_arn"`
	BoundaryARN types.String `tfsdk:"boundary_arn"`
	ProviderARN types.String `tfsdk:"provider_arn"`
	ClientID    types.String `tfsdk:"client_id"`
	Declared    types.List   `tfsdk:"declared_policies"`

	impactModel
}

// Schema is the removal and what it means.
func (d *RemovalImpactDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{
			Optional: true, MarkdownDescription: description, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		}
	}
	attributes := map[string]schema.Attribute{
		"event_id": text("ID of a recorded event: what it removed is read out of its record. Instead of all the following."),
		"region":   text("The region that recorded the event. Default: that of IAM."),
		"user":     text("A user who was removed from `group`, or lost `policy_arn` or `boundary_arn`."),
		"group":    text("The group that `user` was removed from, or that lost `policy_arn`: then all its members are judged."),
		"role":     text("A role that lost `policy_arn` or `boundary_arn`."),
		"policy_arn": text("ARN of the managed policy that was detached, or would be. Exactly one of `user`, `group` and `role` goes " +
			"with it."),
		"boundary_arn": text("ARN of the permissions boundary that `user` or `role` lost, or would."),
		"provider_arn": text("ARN of the OIDC provider whose list lost `client_id`."),
		"client_id":    text("The client ID that was taken off, or would be."),
		"declared_policies": schema.ListAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "Documents (JSON) of what was removed, as the configuration declares them, where IAM has them no " +
				"more, or may have others by now.",
			Validators: []validator.List{listvalidator.SizeAtLeast(1), listvalidator.NoNullValues()},
		},
	}
	maps.Copy(attributes, impactResults())
	maps.Copy(attributes, framework.DataAccountAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "What a removal took away: denials, conditions on MFA, permissions, and ways to raise one's own " +
			"privileges that it opened. The policies of the identity with what was removed are compared with those without it, " +
			"in sessions with and without MFA. It also answers before a removal is made.",
		Attributes: attributes,
	}
}

// ValidateConfig checks that one removal is named, and wholly.
func (d *RemovalImpactDataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	var m removalImpactModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !m.anyUnknown() && !m.named() {
		resp.Diagnostics.AddError(
			"Unclear which removal is meant",
			"Name one removal: event_id; or user and group; or policy_arn with "+
				"one of user, group and role; or boundary_arn with user or role; or provider_arn and client_id.",
		)
	}
	m.declared(&resp.Diagnostics)
}

// texts are the arguments that name a removal.
func (m removalImpactModel) texts() map[string]types.String {
	return map[string]types.String{
		"event_id": m.EventID, "user": m.User, "group": m.Group, "role": m.Role, "policy_arn": m.PolicyARN,
		"boundary_arn": m.BoundaryARN, "provider_arn": m.ProviderARN, "client_id": m.ClientID,
	}
}

func (m removalImpactModel) anyUnknown() bool {
	for _, value := range m.texts() {
		if value.IsUnknown() {
			return true
		}
	}
	return false
}

// named tells whether the arguments are one of the ways to name a removal.
func (m removalImpactModel) named() bool {
	var given []string
	for _, name := range []string{"event_id", "user", "group", "role", "policy_arn", "boundary_arn", "provider_arn", "client_id"} {
		if !m.texts()[name].IsNull() {
			given = append(given, name)
		}
	}
	switch strings.Join(given, " ") {
	case "event_id", "user group", "user policy_arn", "group policy_arn", "role policy_arn", "user boundary_arn",
		"role boundary_arn", "provider_arn client_id":
		return true
	}
	return false
}

// declared reads the documents of the configuration.
func (m removalImpactModel) declared(diags *diag.Diagnostics) []policy.Source {
	var sources []policy.Source
	for i, text := range framework.Texts(m.Declared.Elements()) {
		document, err := policy.Parse(text)
		if err != nil {
			diags.AddAttributeError(path.Root("declared_policies").AtListIndex(i), "Invalid declared policy", framework.Sentence(err))
			continue
		}
		sources = append(sources, policy.NewSource(fmt.Sprintf("declared policy %d", i+1), document))
	}
	return sources
}

// Read finds the removal and weighs it.
func (d *RemovalImpactDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m removalImpactModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	sources := m.declared(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	place, ok := framework.Locate(ctx, d.Pool, framework.Placed{Account: m.Account}, false, &resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, framework.DefaultTimeout)
	defer cancel()
	removed, err := m.removal(ctx, place)
	var impact Impact
	if err == nil {
		removed.Declared = sources
		impact, err = Assess(ctx, place.Account, removed)
	}
	if err != nil {
		failure := framework.Failure{Summary: "Unable to assess the removal", Object: m.shown(), Place: place, Err: err}
		if errors.Is(err, errNoImpact) {
			failure.Advice = "its page lists what is assessed: memberships, attached and inline policies, boundaries and client IDs."
		}
		failAt(&resp.Diagnostics, failure)
		return
	}
	m.AccountID, m.impactModel = types.StringValue(place.Account.ID), toImpactModel(impact)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// shown names the removal in an error.
func (m removalImpactModel) shown() string {
	if !m.EventID.IsNull() {
		return "event " + m.EventID.ValueString()
	}
	var parts []string
	for _, name := range []string{"user", "group", "role", "policy_arn", "boundary_arn", "provider_arn", "client_id"} {
		if value := m.texts()[name]; !value.IsNull() {
			parts = append(parts, name+" "+value.ValueString())
		}
	}
	return strings.Join(parts, ", ")
}

// removal is the one that the arguments name, or that the record of the event tells.
func (m removalImpactModel) removal(ctx context.Context, place framework.Place) (Removal, error) {
	if m.EventID.IsNull() {
		return Removal{
			User: m.User.ValueString(), Group: m.Group.ValueString(), Role: m.Role.ValueString(),
			PolicyARN: m.PolicyARN.ValueString() + m.BoundaryARN.ValueString(), Boundary: !m.BoundaryARN.IsNull(),
			ProviderARN: m.ProviderARN.ValueString(), ClientID: m.ClientID.ValueString(),
		}, nil
	}
	regions, err := undoRegions(place.Account, m.Region.ValueString())
	if err != nil {
		return Removal{}, err
	}
	record, err := findEvent(ctx, place.Account, regions, m.EventID.ValueString())
	switch {
	case err != nil:
		return Removal{}, err
	case record.Failed():
		return Removal{}, fmt.Errorf("%s failed (%s) and changed nothing: %w", record.Name, record.ErrorCode, errNoImpact)
	}
	return RemovalOf(record.Record)
}
