package alert

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// planned is what a plan knows of the rule.
type planned struct {
	pattern  string
	selected []events.Event
	// known says that the selection is, inPlace that account and region are too.
	known, inPlace bool
	place          framework.Place
	homes          homes
}

// planWhere plans account and region: the region follows the selection.
func (r *RuleResource) planWhere(
	ctx context.Context, plan ruleModel, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) (planned, framework.PlannedPlace) {
	var p planned
	if p.known = framework.WhollyKnown(ctx, plan.selects()...); p.known {
		var err error
		if p.pattern, p.selected, err = plan.pattern(); err != nil {
			plan.refuseSelection(err, &resp.Diagnostics)
		}
	}
	where := framework.PlanPlaceIn(ctx, r.Pool, req, resp, func(in *account.Account) (string, error) {
		if !p.known {
			return "", account.ErrNotKnownYet
		}
		homes, err := homesOf(p.selected, in)
		if err != nil {
			return "", err
		}
		return homes.regionOf(in)
	})
	if p.known && !resp.Diagnostics.HasError() && !plan.Account.IsUnknown() && where.Region.ValueString() != "" {
		p.locate(ctx, r.Pool, plan.Account.ValueString(), where.Region.ValueString(), &resp.Diagnostics)
	}
	return p, where
}

// locate finds the account of the rule, and where its events are recorded.
func (p *planned) locate(ctx context.Context, pool *account.Pool, selection, region string, diags *diag.Diagnostics) {
	if pool == nil {
		return
	}
	in, err := pool.Account(ctx, selection)
	if err != nil {
		return
	}
	p.place = framework.Place{Account: in, Region: region}
	p.homes, err = homesOf(p.selected, in)
	if p.inPlace = err == nil; err != nil && !errors.Is(err, account.ErrNotKnownYet) {
		diags.AddAttributeError(path.Root("region"), "Unable to choose the region of the alert rule", framework.Sentence(err))
	}
}

// judgeRegion refuses a region in which EventBridge does not have the events.
func (p planned) judgeRegion(plan ruleModel, diags *diag.Diagnostics) {
	if !p.inPlace || plan.AllowOtherRegion.ValueBool() || plan.AllowOtherRegion.IsUnknown() {
		return
	}
	argument := "event_names"
	switch {
	case plan.raw():
		argument = "event_pattern"
	case !plan.Presets.IsNull():
		argument = "presets"
	}
	if mix := p.homes.mixed(); mix != "" {
		diags.AddAttributeError(path.Root(argument), "Unable to put the alert rule into one region",
			"No one region has all of the events: "+mix+". Make one rule for each, or set allow_other_region = true.")
		return
	}
	if unseen := p.homes.outside(p.place.Region); len(unseen) > 0 {
		diags.AddAttributeError(path.Root("region"), "The alert rule would never fire in this region",
			"EventBridge has "+named(unseen)+" in "+p.homes.region()+" only, and the rule is in "+p.place.Region+
				". Leave region out, or set allow_other_region = true if another rule forwards the events.")
	}
}

// planDocuments plans what follows from the configuration alone.
func (r *RuleResource) planDocuments(
	ctx context.Context, p planned, where framework.PlannedPlace, plan ruleModel, req resource.ModifyPlanRequest,
	resp *resource.ModifyPlanResponse,
) {
	computed := ruleModel{
		ARN: types.StringUnknown(), EventPatternJSON: types.StringUnknown(), PatternLength: types.Int64Unknown(),
		MatchedEvents: types.SetUnknown(types.StringType), BlindTo: types.ListUnknown(types.StringType),
	}
	description := types.StringUnknown()
	if framework.WhollyKnown(ctx, plan.Name, plan.EventBusName) {
		computed.ARN = where.ARN("events", ruleResource(plan.Name.ValueString(), plan.EventBusName.ValueString()))
	}
	if p.known {
		computed.showPattern(r.keepPattern(ctx, req, p.pattern))
	}
	if p.inPlace {
		seen := sight{selected: p.selected, homes: p.homes, region: p.place.Region}
		description = types.StringValue(seen.describe(plan))
		if !plan.State.IsUnknown() {
			computed.BlindTo = seen.blindTo(plan)
		}
	}
	for name, value := range map[string]any{
		"arn": computed.ARN, "event_pattern_json": computed.EventPatternJSON, "pattern_length": computed.PatternLength,
		"matched_events": computed.MatchedEvents, "blind_to": computed.BlindTo,
	} {
		framework.Plan(ctx, resp, name, value)
	}
	var configured types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("description"), &configured)...)
	if configured.IsNull() {
		framework.Plan(ctx, resp, "description", description)
	}
}

// keepPattern keeps the spelling that the state has, where it means the same.
func (r *RuleResource) keepPattern(ctx context.Context, req resource.ModifyPlanRequest, pattern string) string {
	var before types.String
	if req.State.Raw.IsNull() || req.State.GetAttribute(ctx, path.Root("event_pattern_json"), &before).HasError() ||
		!events.SamePattern(before.ValueString(), pattern) {
		return pattern
	}
	return before.ValueString()
}

// ruleResource is the last part of a rule's ARN.
func ruleResource(name, bus string) string {
	if bus == defaultBus {
		return "rule/" + name
	}
	return "rule/" + bus + "/" + name
}

// judgeTargets checks the targets against the place of the rule.
func (p planned) judgeTargets(ctx context.Context, plan ruleModel, diags *diag.Diagnostics) {
	if !p.inPlace {
		return
	}
	for id, entry := range plan.targetModels(ctx) {
		entry.validatePlace(path.Root("target").AtMapKey(id), p.place.Region, p.place.Account.Partition, diags)
	}
}

// warnUnfed warns where no trail feeds the rule, once nothing that matters is unknown.
func (p planned) warnUnfed(ctx context.Context, plan ruleModel, fresh bool, label string, diags *diag.Diagnostics) {
	if !p.inPlace || diags.HasError() || plan.EventBusName.ValueString() != defaultBus ||
		!framework.WhollyKnown(ctx, plan.TrailARN, plan.RequireTrail, plan.State) {
		return
	}
	feed{
		place:    p.place,
		trail:    plan.TrailARN.ValueString(),
		selected: p.selected,
		fresh:    fresh,
	}.warn(
		ctx,
		coverageOnce,
		label,
		diags,
	)
}
