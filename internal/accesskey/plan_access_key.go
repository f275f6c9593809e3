package accesskey

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// ModifyPlan derives the next step from the phase that Read has stored, and says what the
// apply does.
func (r *RotationResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if req.Plan.Raw.IsNull() {
		return
	}
	where := framework.PlanPlace(ctx, r.Pool, req, resp, false)
	framework.ReplaceOnChange(ctx, req, resp, &where, "user")
	var plan, state accessKeyModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	creates := req.State.Raw.IsNull() || where.Replaces
	if !creates {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	plan.Status, plan.Foreign = types.StringValue(keyActive), framework.TextSetOrEmpty(nil)
	if creates {
		plan.planNew()
	} else {
		plan.planStep(state)
		sayStep(ctx, plan, state, req, resp)
	}
	plan.write(ctx, resp)
	if !resp.Diagnostics.HasError() {
		accessKeys.Explain(ctx, r.Pool, req, resp)
	}
}

// write puts everything that nobody sets into the plan.
func (m accessKeyModel) write(ctx context.Context, resp *resource.ModifyPlanResponse) {
	for name, value := range map[string]any{
		"access_key_id": m.KeyID, "create_date": m.Made, "status": m.Status, "phase": m.Phase, "old_access_key_id": m.OldID,
		"old_key_status": m.OldStatus, "old_key_inactive_since": m.OldSince, "foreign_access_key_ids": m.Foreign,
		"secret_stored": m.Stored, "secret_encrypted": m.Encrypted,
	} {
		framework.Plan(ctx, resp, name, value)
	}
}

// planNew plans the first key. An adoption may find an old one.
func (m *accessKeyModel) planNew() {
	m.planKey()
	m.Phase, m.OldID, m.OldStatus, m.OldSince = types.StringValue(phaseCurrent), types.StringNull(), types.StringNull(),
		types.StringNull()
	if m.AdoptExisting.IsUnknown() || m.AdoptExisting.ValueBool() {
		m.Phase, m.OldID, m.OldStatus, m.OldSince = types.StringUnknown(), types.StringUnknown(), types.StringUnknown(),
			types.StringUnknown()
	}
}

// planKey plans a key that is to be made.
func (m *accessKeyModel) planKey() {
	m.KeyID, m.Made, m.Stored, m.Encrypted = types.StringUnknown(), types.StringUnknown(), types.BoolValue(true), types.StringNull()
	if !m.Recipients.IsNull() {
		m.Encrypted = types.StringUnknown()
	}
}

// planStep plans one step of the rotation, or none. Where it is not known yet whether
// the place changes, nothing is.
func (m *accessKeyModel) planStep(state accessKeyModel) {
	m.KeyID, m.Made, m.Stored, m.Encrypted = state.KeyID, state.Made, state.Stored, state.Encrypted
	m.Phase, m.OldID, m.OldStatus, m.OldSince = state.Phase, state.OldID, state.OldStatus, state.OldSince
	switch {
	case m.rotates(state):
		m.planKey()
		if state.Status.ValueString() != keyDeleted {
			m.OldID, m.OldStatus, m.OldSince = state.KeyID, types.StringValue(keyActive), types.StringNull()
		}
		m.Phase = types.StringValue(phaseCurrent)
		if !m.OldID.IsNull() {
			m.Phase = types.StringValue(phaseOverlapping)
		}
	case m.undecided():
		m.planKey()
		m.Phase, m.OldID, m.OldStatus, m.OldSince = types.StringUnknown(), types.StringUnknown(), types.StringUnknown(),
			types.StringUnknown()
		m.Stored, m.Encrypted = types.BoolUnknown(), types.StringUnknown()
	case state.Phase.ValueString() != phaseOver:
	case state.OldStatus.ValueString() == keyActive:
		m.OldStatus, m.OldSince = types.StringValue(keyInactive), types.StringUnknown()
		m.Phase = types.StringValue(phaseOverlapping)
	default:
		m.OldID, m.OldStatus, m.OldSince = types.StringNull(), types.StringNull(), types.StringNull()
		m.Phase = types.StringValue(phaseCurrent)
	}
}

// rotates tells whether an apply makes another key: one that is due or was deleted, on
// demand, or because a secret that was told once is to be in another place.
func (m accessKeyModel) rotates(state accessKeyModel) bool {
	return state.Phase.ValueString() == phaseDue || state.Status.ValueString() == keyDeleted ||
		len(m.moved(state)) > 0 || !m.Trigger.IsUnknown() && !m.Trigger.Equal(state.Trigger) && state.Stored.ValueBool()
}

// moved are the arguments by which the secret is to be in another place.
func (m accessKeyModel) moved(state accessKeyModel) []string {
	var names []string
	after := m.places()
	for _, name := range []string{"secret_id", "ssm_parameter", "age_recipients"} {
		if before := state.places()[name]; !after[name].IsUnknown() && !after[name].Equal(before) {
			names = append(names, name)
		}
	}
	return names
}

// undecided tells whether a value that is not known yet may ask for a rotation.
func (m accessKeyModel) undecided() bool {
	return m.Trigger.IsUnknown() || m.SecretID.IsUnknown() || m.Parameter.IsUnknown() || m.Recipients.IsUnknown()
}

// sayStep tells what the apply does to the keys, or why it must not.
func sayStep(
	ctx context.Context, plan, state accessKeyModel, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	label, old := state.label(state.AccountID), framework.LastFour(state.OldID.ValueString())
	foreign := strings.Join(shortIDs(framework.SortedTexts(state.Foreign.Elements())), ", ")
	if state.Status.ValueString() != keyActive {
		sayRestoration(ctx, plan, state, req, resp)
	}
	if foreign != "" {
		framework.Warn(&resp.Diagnostics, label, "somebody made the key "+foreign, "It is not of this resource, and an apply does not "+
			"touch it: the apply fails until the key is gone. Find out who made it and what for, and delete it.")
	}
	switch plan.step(state) {
	case stepRotate:
		sayRotation(plan, state, foreign, resp)
	case stepDeactivate:
		framework.Warn(
			&resp.Diagnostics,
			label,
			"apply deactivates the old key "+old,
			"The overlap is over, and nobody has used the key "+
				"for a day. It is deleted by another apply, a day later at the earliest; until then it can be activated again.",
		)
	case stepDelete:
		framework.Warn(
			&resp.Diagnostics,
			label,
			"apply deletes the old key "+old,
			"It has been inactive for a day. A key that is deleted "+
				"cannot be given back.",
		)
	case stepNone:
	}
}

// sayRotation tells of the key that an apply makes, or why there can be none.
func sayRotation(plan, state accessKeyModel, foreign string, resp *resource.ModifyPlanResponse) {
	switch {
	case foreign != "" && (state.Status.ValueString() != keyDeleted || !state.OldID.IsNull()):
		resp.Diagnostics.AddError("Unable to rotate a key of a user who has two", fmt.Sprintf(
			"The user %s has the key %s too, which is not of this resource, and no user can have three.\n\nWhat to do: find out who "+
				"uses it, and delete it.", state.User.ValueString(), foreign))
	case state.Status.ValueString() == keyDeleted: // The restoration tells.
	case !state.OldID.IsNull():
		refuseThird(plan, state, resp)
	case !plan.Phase.IsUnknown():
		framework.Warn(
			&resp.Diagnostics,
			state.label(state.AccountID),
			"apply makes another key beside "+framework.LastFour(
				state.KeyID.ValueString(),
			),
			fmt.Sprintf("The new key and its secret go to "+
				"%s. The old key works for %d days more, at least.", plan.placeText(), plan.Overlap.ValueInt64()),
		)
	}
}

// refuseThird refuses a rotation on demand while two keys overlap.
func refuseThird(plan, state accessKeyModel, resp *resource.ModifyPlanResponse) {
	names := plan.moved(state)
	if !plan.Trigger.Equal(state.Trigger) {
		names = append(names, "rotate_trigger")
	}
	if plan.undecided() || len(names) == 0 {
		return // The apply knows, and refuses then.
	}
	resp.Diagnostics.AddAttributeError(path.Root(names[0]), "Unable to rotate a key while two overlap", fmt.Sprintf(
		"A change of %s makes another key, and the user %s has the old key %s still: no user can have three.\n\nWhat to do: keep "+
			"%[1]s as it was until phase is current; or, if nobody uses the old key, delete it with `aws iam delete-access-key`.",
		strings.Join(names, ", "),
		state.User.ValueString(),
		framework.LastFour(state.OldID.ValueString()),
	))
}

// sayRestoration tells that an apply gives a key back, or that it must not, and whose
// call that reverses.
func sayRestoration(
	ctx context.Context, plan, state accessKeyModel, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	reverses := "Who did it is not known."
	if fact := accessKeys.Attribution.Found(ctx, req.Private, &resp.Diagnostics); fact != "" {
		reverses = "That reverses: " + fact + "."
	}
	what, does := "deactivated", "apply activates the key again"
	if state.Status.ValueString() == keyDeleted {
		what, does = "deleted", "apply makes another key for a deleted one"
	}
	if !plan.Restore.IsUnknown() && !plan.Restore.ValueBool() {
		resp.Diagnostics.AddAttributeError(path.Root("restore_access"), "The access key is not given back", fmt.Sprintf(
			"Somebody %s the key %s of the user %s, and restore_access = false. %s\n\nWhat to do: remove the resource from the "+
				"configuration, if the user is to have no key, or set restore_access = true.", what,
			framework.LastFour(state.KeyID.ValueString()),
			state.User.ValueString(), framework.Escape(reverses)))
		return
	}
	framework.Warn(&resp.Diagnostics, state.label(state.AccountID), does, reverses+" Find out why before applying: "+
		"whoever has the secret can do what the user can. With restore_access = false nothing is given back.")
}

// placeText names the place of the secret, as far as it is known.
func (m accessKeyModel) placeText() string {
	if m.undecided() {
		return "the place that the configuration names"
	}
	return m.target().String()
}
