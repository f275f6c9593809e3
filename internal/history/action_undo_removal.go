package history

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var (
	_ action.ActionWithConfigure      = (*UndoRemovalAction)(nil)
	_ action.ActionWithModifyPlan     = (*UndoRemovalAction)(nil)
	_ action.ActionWithValidateConfig = (*UndoRemovalAction)(nil)
)

// eventIDForm is the form of every event ID of CloudTrail.
var eventIDForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// NewUndoRemovalAction is iamguard_undo_removal.
func NewUndoRemovalAction() action.Action {
	return &UndoRemovalAction{ActionBase: framework.ActionBase{Verb: "undo_removal"}}
}

// UndoRemovalAction makes the inverse call of a recorded event.
type UndoRemovalAction struct{ framework.ActionBase }

type undoRemovalModel struct {
	Account types.String `tfsdk:"account"`
	Region  types.String `tfsdk:"region"`
	EventID types.String `tfsdk:"event_id"`
	Confirm types.String `tfsdk:"confirm_restores_access"`
}

// Schema is the event. There is no argument for a record: a forged one would be a way to
// be given access.
func (a *UndoRemovalAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	form := []validator.String{stringvalidator.RegexMatches(eventIDForm, "must be the ID of an event, as CloudTrail writes it: "+
		"five groups of lower-case hexadecimal digits")}
	attributes := framework.ActionAttributes(true)
	attributes["region"] = schema.StringAttribute{
		Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		MarkdownDescription: "The region in which the event is looked for, and in which the call is made. Default: the regions that " +
			"record global services such as IAM and Organizations, then the provider's region, then those of `event_regions`.",
	}
	attributes["event_id"] = schema.StringAttribute{
		Required: true, Validators: form,
		MarkdownDescription: "ID of the event, such as `events[*].event_id` of `iamguard_risky_events`, or as an alert or a plan " +
			"names it. Its record is fetched from CloudTrail again, by this ID.",
	}
	attributes["confirm_restores_access"] = schema.StringAttribute{
		Optional: true, Validators: form,
		MarkdownDescription: "The event ID once more, where undoing the event may give access to somebody. The error without it says " +
			"why, and shows the call.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Undoes one recorded removal: fetches the record of the event from CloudTrail by its ID, shows the " +
			"inverse call and makes it, and waits until AWS shows that it had its effect. An event that is undone already is left " +
			"alone. Undoes only what succeeded, in this account, in the last 90 days, and what the record alone suffices for. Where " +
			"that may give access, it asks for a confirmation, and it never gives anything to the caller itself or to a user whom " +
			"AWS has quarantined.",
		Attributes: attributes,
	}
}

// ValidateConfig checks what needs neither the record nor AWS.
func (a *UndoRemovalAction) ValidateConfig(
	ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse,
) {
	var config undoRemovalModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if region := config.Region.ValueString(); region != "" {
		if _, err := account.PartitionOf(region); err != nil {
			resp.Diagnostics.AddAttributeError(path.Root("region"), "Unable to look for the event in the region", framework.Sentence(err))
		}
	}
	if !config.EventID.IsUnknown() {
		config.confirmed(&resp.Diagnostics)
	}
}

// confirmed tells whether the event is confirmed. The ID of another event is an error.
func (m undoRemovalModel) confirmed(diags *diag.Diagnostics) bool {
	if m.Confirm.IsNull() || m.Confirm.IsUnknown() {
		return false
	}
	if !m.Confirm.Equal(m.EventID) {
		diags.AddAttributeError(path.Root("confirm_restores_access"), "Unable to take the confirmation of another event",
			"The confirmation has to be the value of event_id. Leave it out first, and see what the event is.")
		return false
	}
	return true
}

// Invoke finds the record, judges it, shows the way back, and goes it.
func (a *UndoRemovalAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config undoRemovalModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	confirmed := config.confirmed(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, framework.DefaultTimeout)
	defer cancel()
	place, ok := framework.Locate(ctx, a.Pool, framework.Placed{Account: config.Account}, false, &resp.Diagnostics)
	if !ok {
		return
	}
	if !place.Account.Verified() {
		resp.Diagnostics.AddError("Unable to tell whose account the event is of",
			"With skip_requesting_account_id = true nobody knows whether the event is of this account, and whether the caller is "+
				"the one whom it hit. Nothing is changed.\n\nWhat to do: run Terraform without skip_requesting_account_id.")
		return
	}
	record, ok := config.find(ctx, &place, &resp.Diagnostics)
	if !ok {
		return
	}
	say := func(format string, values ...any) { framework.Progress(resp, fmt.Sprintf(format, values...)) }
	say("Found in %s: %s by %s at %s, from %s (%s).", place.Region, record.Name, who(record.Record), stamp(record.EventTime),
		orUnknown(record.SourceIP), targetOf(record))
	u, err := newUndo(place, record)
	if err != nil {
		failUndo(&resp.Diagnostics, place, record, err)
		return
	}
	u.say = say
	for _, command := range u.commands {
		say("The inverse call: %s", command(u))
	}
	if u.event.Caution != "" {
		say("What the catalogue says of such a record: %s.", u.event.Caution)
	}
	if !u.allowed(ctx, confirmed, &resp.Diagnostics) {
		return
	}
	if err := u.perform(ctx); err != nil {
		failUndo(&resp.Diagnostics, place, record, err)
	}
}

// find fetches the record, and learns its region.
func (m undoRemovalModel) find(ctx context.Context, place *framework.Place, diags *diag.Diagnostics) (recorded, bool) {
	id := m.EventID.ValueString()
	regions, err := undoRegions(place.Account, m.Region.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("region"), "Unable to choose where to look for the event", framework.Sentence(err))
		return recorded{}, false
	}
	record, err := findEvent(ctx, place.Account, regions, id)
	if err == nil {
		place.Region = record.region
		return record, true
	}
	failure := framework.Failure{Summary: "Unable to find the event to undo", Object: "event " + id, Place: *place, Err: err}
	if failed, ok := errors.AsType[*placeError](err); ok {
		failure.Place.Region, failure.Err = failed.region, failed.err
	}
	if refused, ok := errors.AsType[*refusal](err); ok {
		failure.Advice = refused.advice
	}
	framework.Fail(diags, failure)
	return recorded{}, false
}

// allowed asks for the confirmation where the inverse may give access.
func (u *undo) allowed(ctx context.Context, confirmed bool, diags *diag.Diagnostics) bool {
	if confirmed {
		return true
	}
	gives, why, err := u.mayGrant(ctx)
	if err != nil {
		failUndo(diags, u.place, u.record, err)
		return false
	}
	if gives {
		diags.AddAttributeError(path.Root("confirm_restores_access"), "Unable to undo the event without a confirmation", fmt.Sprintf(
			"Undoing %s (%s) may give access: %s. The call was shown, and nothing is changed.\n\nWhat to do: make sure that the "+
				"access is wanted, and set confirm_restores_access = %q.",
			framework.Escape(u.record.Name), framework.Escape(u.target()), strings.TrimSuffix(why, "."), u.record.EventID))
	}
	return !gives
}

// failUndo says why an event was not undone, or not shown to be.
func failUndo(diags *diag.Diagnostics, place framework.Place, record recorded, err error) {
	failure := framework.Failure{
		Summary: "Unable to undo the event", Object: fmt.Sprintf("%s, event %s (%s)", record.Name, record.EventID, targetOf(record)),
		Place: place, Err: err,
	}
	refused, ours := errors.AsType[*refusal](err)
	switch {
	case ours:
		failure.Advice = refused.advice
	case errors.Is(err, account.ErrNotFound):
		failure.Advice = "what the record names is gone, or has another name since. Make it again, or undo the event by hand."
	}
	framework.Fail(diags, failure)
}
