package accesskey

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
	"github.com/iamguard/terraform-provider-iamguard/internal/secretsink"
)

// Terms where the configuration has none.
const (
	defaultRotateAfter = 90
	defaultOverlap     = 7
)

// accessKeyModel is iamguard_access_key in Terraform.
type accessKeyModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`

	User        types.String `tfsdk:"user"`
	RotateAfter types.Int64  `tfsdk:"rotate_after_days"`
	Overlap     types.Int64  `tfsdk:"overlap_days"`
	Trigger     types.String `tfsdk:"rotate_trigger"`
	SecretID    types.String `tfsdk:"secret_id"`
	Parameter   types.String `tfsdk:"ssm_parameter"`
	Recipients  types.Set    `tfsdk:"age_recipients"`
	Restore     types.Bool   `tfsdk:"restore_access"`

	AdoptExisting  types.Bool     `tfsdk:"adopt_existing"`
	DestroyAdopted types.Bool     `tfsdk:"destroy_adopted"`
	Timeouts       timeouts.Value `tfsdk:"timeouts"`

	KeyID     types.String `tfsdk:"access_key_id"`
	Made      types.String `tfsdk:"create_date"`
	Status    types.String `tfsdk:"status"`
	Phase     types.String `tfsdk:"phase"`
	OldID     types.String `tfsdk:"old_access_key_id"`
	OldStatus types.String `tfsdk:"old_key_status"`
	OldSince  types.String `tfsdk:"old_key_inactive_since"`
	Foreign   types.Set    `tfsdk:"foreign_access_key_ids"`
	Stored    types.Bool   `tfsdk:"secret_stored"`
	Encrypted types.String `tfsdk:"secret_encrypted"`
}

func (m *accessKeyModel) head() lifecycle.Head {
	return lifecycle.Head{
		Placed: framework.Placed{Account: m.Account, AccountID: m.AccountID}, Key: m.User, Shown: m.User.ValueString(),
		Adopt: m.AdoptExisting, DestroyAdopted: m.DestroyAdopted, Timeouts: m.Timeouts,
	}
}

// places are the arguments that say where the secret goes.
func (m accessKeyModel) places() map[string]attr.Value {
	return map[string]attr.Value{"age_recipients": m.Recipients, "secret_id": m.SecretID, "ssm_parameter": m.Parameter}
}

// target is where the secret goes; its arguments have to be known.
func (m accessKeyModel) target() secretsink.Target {
	return secretsink.Target{
		SecretID: m.SecretID.ValueString(), Parameter: m.Parameter.ValueString(),
		Recipients: framework.Texts(m.Recipients.Elements()),
	}
}

// terms are those of the model, and the defaults after an import.
func (m accessKeyModel) terms() rotationTerms {
	days := func(value types.Int64, byDefault int64) time.Duration {
		if value.IsNull() || value.IsUnknown() {
			return time.Duration(byDefault) * day
		}
		return time.Duration(value.ValueInt64()) * day
	}
	return rotationTerms{rotateAfter: days(m.RotateAfter, defaultRotateAfter), overlap: days(m.Overlap, defaultOverlap)}
}

// known is what a state has of the keys.
func (m accessKeyModel) known() rotation {
	return rotation{
		Current: rotationKey{ID: m.KeyID.ValueString(), Made: timeOf(m.Made)}, Old: rotationKey{ID: m.OldID.ValueString()},
		Since: timeOf(m.OldSince), Stored: m.Stored.ValueBool(),
	}
}

// step is what a plan does to the keys of a state.
func (m accessKeyModel) step(state accessKeyModel) rotationStep {
	switch {
	case m.KeyID.IsUnknown():
		return stepRotate
	case m.OldID.IsNull() && !state.OldID.IsNull():
		return stepDelete
	case m.OldStatus.ValueString() == keyInactive && state.OldStatus.ValueString() == keyActive:
		return stepDeactivate
	}
	return stepNone
}

// fromAWS writes what AWS has. Where the secret is and what age made of it is known once,
// when the key is made.
func (m *accessKeyModel) fromAWS(have rotation, in framework.Place) {
	m.AccountID = types.StringValue(in.Account.ID)
	m.KeyID, m.Made = types.StringValue(have.Current.ID), textOf(have.Current.Made)
	m.Status, m.Phase = types.StringValue(have.Current.Status), types.StringValue(have.Phase)
	m.OldID, m.OldStatus = framework.TextOrNull(have.Old.ID), framework.TextOrNull(have.Old.Status)
	m.OldSince, m.Foreign = textOf(have.Since), framework.TextSetOrEmpty(have.Foreign)
	m.Stored = types.BoolValue(have.Stored)
	switch {
	case have.Fresh != nil:
		m.SecretID, m.Parameter, m.Recipients = have.Fresh.SecretID, have.Fresh.Parameter, have.Fresh.Recipients
		m.Trigger, m.Encrypted = have.Fresh.Trigger, framework.TextOrNull(have.Encrypted)
	case m.Encrypted.IsUnknown():
		m.Encrypted = types.StringNull()
	}
	if m.RotateAfter.IsNull() {
		m.RotateAfter = types.Int64Value(defaultRotateAfter)
	}
	if m.Overlap.IsNull() {
		m.Overlap = types.Int64Value(defaultOverlap)
	}
	m.Restore = framework.FillBool(m.Restore, true)
	m.AdoptExisting = framework.FillBool(m.AdoptExisting, false)
	m.DestroyAdopted = framework.FillBool(m.DestroyAdopted, false)
}

// object has the user alone as name: a record of CreateAccessKey is listed under it, and
// so are those that name one of the keys.
func (m accessKeyModel) object(in framework.Place) history.Object {
	return history.Object{
		Label: m.label(types.StringValue(in.Account.ID)), Place: in, Service: "iam", Names: []string{m.User.ValueString()},
	}
}

func (m accessKeyModel) label(accountID types.String) string {
	return fmt.Sprintf("Access key of %q (%s)", m.User.ValueString(), accountID.ValueString())
}

// timeOf reads a date of the state; zero where there is none.
func timeOf(text types.String) time.Time {
	at, err := time.Parse(time.RFC3339, text.ValueString())
	if err != nil {
		return time.Time{}
	}
	return at
}

func textOf(at time.Time) types.String {
	if at.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(at.UTC().Format(time.RFC3339))
}
