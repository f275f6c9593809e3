package alert

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
)

var (
	_ resource.ResourceWithConfigure      = (*RuleResource)(nil)
	_ resource.ResourceWithIdentity       = (*RuleResource)(nil)
	_ resource.ResourceWithValidateConfig = (*RuleResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*RuleResource)(nil)
	_ resource.ResourceWithImportState    = (*RuleResource)(nil)
)

var ruleProtection = framework.Protection{Guardrail: "alert rule", Default: false}

// rules is how an alert rule lives.
var rules = lifecycle.Guardrail[ruleModel, rule]{
	Noun:        "alert rule",
	Unprotected: "Until it is made again, nobody hears of the events that it selected.",
	Key:         "name", Regional: true,
	Protection: &ruleProtection, Attribution: ruleAttribution,
	Failures: lifecycle.Failures{
		Reach: "Unable to reach the alert rule", Create: "Unable to create the alert rule",
		Undo: "Unable to delete the unfinished alert rule", Read: "Unable to read the alert rule",
		Update: "Unable to update the alert rule", Delete: "Unable to delete the alert rule",
		ImportID: "Unable to import the alert rule by this ID", Import: "Unable to find the alert rule to import",
		List: "Unable to read a listed alert rule",
	},
	Head:    func(m *ruleModel) lifecycle.Head { return m.head() },
	Reach:   reachRule,
	FromAWS: func(m *ruleModel, have rule, in framework.Place) { m.fromAWS(have, in) },
	Object:  ruleModel.object,
	Owner:   func(have rule) string { return ownerOf(have.Tags) },
	Advice:  ruleAdvice,
}

// ruleAttribution says which calls change what of a rule.
var ruleAttribution = history.Attribution{
	Source: "events.amazonaws.com",
	Calls: map[string][]string{
		"state":              {"DisableRule", "PutRule", "EnableRule"},
		"description":        {"PutRule"},
		"event_pattern_json": {"PutRule"},
		"target":             {"RemoveTargets", "PutTargets"},
		"tags_all":           {"UntagResource", "TagResource"},
	},
	Deletes: []string{"DeleteRule"},
}

// NewRuleResource is iamguard_alert_rule.
func NewRuleResource() resource.Resource {
	return &RuleResource{Base: framework.Base{Noun: "alert_rule"}}
}

// RuleResource keeps an EventBridge rule and its targets.
type RuleResource struct{ framework.Base }

// Schema has the selection and the targets as arguments.
func (r *RuleResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = ruleSchema(ctx)
}

// IdentitySchema is account, region and name; a rule of another bus is named bus/name.
func (r *RuleResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = framework.IdentitySchema(true, "name", "Name of the rule, or bus/name where the bus is not the default.")
}

// ValidateConfig checks what spans several arguments.
func (r *RuleResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config ruleModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.validate(ctx, &resp.Diagnostics)
	}
}

// ModifyPlan plans place, tags and documents, refuses a region in which the rule would
// never fire, and warns where no trail feeds it.
func (r *RuleResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		rules.JudgePlan(ctx, req, resp)
		return
	}
	var plan ruleModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	p, where := r.planWhere(ctx, plan, req, resp)
	framework.ReplaceOnChange(ctx, req, resp, &where, "name", "event_bus_name")
	rules.JudgePlan(ctx, req, resp)
	p.judgeRegion(plan, &resp.Diagnostics)
	p.judgeTargets(ctx, plan, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	framework.PlanTags(ctx, r.Pool, plan.Tags, resp)
	r.planDocuments(ctx, p, where, plan, req, resp)
	rules.Explain(ctx, r.Pool, req, resp)
	if p.inPlace {
		p.warnUnfed(ctx, plan, req.State.Raw.IsNull(), plan.object(p.place).Label, &resp.Diagnostics)
	}
}

// Create makes the rule with its targets, or undoes what it made.
func (r *RuleResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	rules.Create(ctx, r.Pool, req, resp)
	var made ruleModel
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Get(ctx, &made)...)
		r.warnOfNewcomer(ctx, made, resp)
	}
}

// warnOfNewcomer warns where the trail that a new rule names is not there after all: the
// plan could not tell whether the same run would make it.
func (r *RuleResource) warnOfNewcomer(ctx context.Context, made ruleModel, resp *resource.CreateResponse) {
	if made.TrailARN.IsNull() || made.RequireTrail.ValueBool() || made.EventBusName.ValueString() != defaultBus {
		return
	}
	var quiet diag.Diagnostics
	if place, ok := framework.Locate(ctx, r.Pool, made.head().Placed, true, &quiet); ok {
		feed{place: place, trail: made.TrailARN.ValueString(), selected: made.judged()}.
			warn(ctx, coverageNow, made.object(place).Label, &resp.Diagnostics)
	}
}

// Read compares rule, targets and tags.
func (r *RuleResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	rules.Read(ctx, r.Pool, req, resp)
}

// Update changes what differs from AWS as it is now.
func (r *RuleResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	rules.Update(ctx, r.Pool, req, resp)
}

// Delete removes the targets and deletes the rule.
func (r *RuleResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	rules.Delete(ctx, r.Pool, req, resp)
}

// ImportState takes a name, bus/name, with @region and ?account=, an ARN or an identity.
func (r *RuleResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	rules.Import(ctx, r.Pool, req, resp, knownRule)
}

// knownRule reads name and bus out of an import ID.
func knownRule(id *framework.ImportID) (lifecycle.Known, error) {
	name := id.ID
	if id.ARN != nil {
		rest, isRule := strings.CutPrefix(id.ARN.Resource, "rule/")
		if id.ARN.Service != "events" || !isRule {
			return nil, fmt.Errorf("%q is not the ARN of an EventBridge rule", id.ID)
		}
		name = rest
	}
	bus := defaultBus
	if at := strings.LastIndex(name, "/"); at >= 0 {
		bus, name = name[:at], name[at+1:]
	}
	if !ruleNameForm.MatchString(name) || !busNameForm.MatchString(bus) {
		return nil, fmt.Errorf("%q is not the name of a rule, bus/name, or the ARN of one", id.ID)
	}
	return lifecycle.Known{"name": name, "event_bus_name": bus}, nil
}

// reachRule gives the calls for the rule of a model.
func reachRule(ctx context.Context, in framework.Place, m *ruleModel) (lifecycle.Calls[rule], error) {
	if m.EventPatternJSON.IsUnknown() {
		pattern, _, err := m.pattern()
		if err != nil {
			return nil, err
		}
		m.showPattern(pattern)
	}
	if m.Description.IsUnknown() {
		m.Description = framework.TextOrNull(m.sightOf(in).describe(*m))
	}
	calls := &ruleCalls{place: in, client: in.Account.EventBridge(in.Region), want: m.toAWS(ctx, in)}
	if m.RequireTrail.ValueBool() && m.EventBusName.ValueString() == defaultBus {
		fed := feed{place: in, trail: m.TrailARN.ValueString(), selected: m.judged()}
		calls.trail = func(ctx context.Context) error { return fed.check(ctx, coverageNow) }
	}
	return calls, nil
}

// object is the rule as warnings and records name it, with its region where that is not
// the provider's.
func (m ruleModel) object(in framework.Place) history.Object {
	name, bus := m.Name.ValueString(), m.EventBusName.ValueString()
	if bus == "" {
		bus = defaultBus
	}
	where := in.Account.ID
	if in.Account.Pool().Abroad(in.Region) {
		where += ", " + in.Region
	}
	return history.Object{
		Label: fmt.Sprintf("Alert rule %q (%s)", name, where), Place: in,
		Names: []string{name, in.ARN("events", in.Region, ruleResource(name, bus))},
	}
}

// ruleAdvice says what to do about a refusal that the class of the error does not explain.
func ruleAdvice(err error, m ruleModel, in framework.Place) string {
	switch {
	case lifecycle.IsExisting(err):
		return fmt.Sprintf(
			"import it with `terraform import <address of this resource> '%s@%s'`, or set adopt_existing = true to take "+
				"it over and overwrite its pattern and targets.",
			m.key().ValueString(),
			in.Region,
		)
	case errors.Is(err, errManaged):
		return "choose another name: a rule that an AWS service keeps cannot be changed."
	case errors.Is(err, errUnfed):
		return "make a trail that logs management writes (iamguard_trail) and refer to its ARN in trail_arn, so that it is made first."
	case account.CodeIs(err, "LimitExceededException"):
		return fmt.Sprintf("a bus holds 300 rules and a rule %d targets, and a pattern %d characters, unless a quota was raised.",
			maxTargets, defaultPatternLength)
	case errors.Is(err, account.ErrNotFound) && m.EventBusName.ValueString() != defaultBus:
		return "make the event bus " + m.EventBusName.ValueString() + " first, or refer to the resource that makes it, so that " +
			"Terraform does."
	}
	return ""
}
