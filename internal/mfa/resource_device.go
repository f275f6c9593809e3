package mfa

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
	"github.com/iamguard/terraform-provider-iamguard/internal/managedpolicy"
	"github.com/iamguard/terraform-provider-iamguard/internal/secretsink"
)

var (
	_ resource.ResourceWithConfigure      = (*DeviceResource)(nil)
	_ resource.ResourceWithIdentity       = (*DeviceResource)(nil)
	_ resource.ResourceWithValidateConfig = (*DeviceResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*DeviceResource)(nil)
	_ resource.ResourceWithImportState    = (*DeviceResource)(nil)
)

// devices is how a virtual MFA device lives.
var devices = lifecycle.Guardrail[deviceModel, device]{
	Noun:        "virtual MFA device",
	Unprotected: "Until it is made again, its user signs in without a second factor, or not at all where MFA is enforced.",
	Key:         "serial_number",
	Attribution: history.Attribution{
		Source: "iam.amazonaws.com",
		Calls: map[string][]string{
			"active":   {"DeactivateMFADevice"},
			"tags_all": {"UntagMFADevice", "TagMFADevice"},
		},
		Deletes: []string{"DeleteVirtualMFADevice"},
	},
	Failures: lifecycle.Failures{
		Reach: "Unable to reach the virtual MFA device", Create: "Unable to create the virtual MFA device",
		Undo: "Unable to delete the unfinished virtual MFA device", Read: "Unable to read the virtual MFA device",
		Update: "Unable to update the virtual MFA device", Delete: "Unable to delete the virtual MFA device",
		ImportID: "Unable to import the virtual MFA device by this ID", Import: "Unable to find the virtual MFA device to import",
		List: "Unable to read a listed virtual MFA device",
	},
	Head:    (*deviceModel).head,
	Reach:   reachDevice,
	FromAWS: (*deviceModel).fromAWS,
	Object:  deviceModel.object,
	Missing: func(have device) bool { return !have.Exists },
	Prior:   priorDevice,
	Owner: func(have device) string {
		if have.Enabled {
			return " and is enabled for the user " + have.User
		}
		return " and is not enabled for the user " + have.User
	},
	Advice: deviceAdvice,
}

// NewDeviceResource is iamguard_virtual_mfa_device.
func NewDeviceResource() resource.Resource {
	return &DeviceResource{Base: framework.Base{Noun: "virtual_mfa_device"}}
}

// DeviceResource keeps a virtual MFA device enabled for a user.
type DeviceResource struct{ framework.Base }

// Schema has the device, its user and the place of its seed as arguments.
func (r *DeviceResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = deviceSchema(ctx)
}

// IdentitySchema is account and serial number; IAM has no regions.
func (r *DeviceResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = framework.IdentitySchema(false, "serial_number", "Serial number of the device, which is its ARN.")
}

// ValidateConfig wants one place for the seed, and recipients that age can encrypt to.
func (r *DeviceResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config deviceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	set, unknown := 0, 0
	for _, value := range config.targets() {
		switch {
		case value.IsUnknown():
			unknown++
		case !value.IsNull():
			set++
		}
	}
	if set > 1 || set+unknown == 0 {
		resp.Diagnostics.AddError("Unable to choose the place of the seed",
			"Exactly one of age_recipients, seed_secret_id and seed_ssm_parameter is needed: AWS tells the seed of a device once.")
	}
	for _, recipient := range framework.Texts(config.Recipients.Elements()) {
		if err := secretsink.ParseRecipient(recipient); err != nil {
			resp.Diagnostics.AddAttributeError(path.Root("age_recipients"), "Unable to encrypt to an age recipient",
				framework.Sentence(err))
		}
	}
}

// ModifyPlan plans account, tags and serial number, and says when a device is made anew,
// and when only that would help.
func (r *DeviceResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	where := framework.PlanPlace(ctx, r.Pool, req, resp, false)
	framework.ReplaceOnChange(ctx, req, resp, &where, "name", "path", "user")
	var plan deviceModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	framework.PlanTags(ctx, r.Pool, plan.Tags, resp)
	framework.Plan(ctx, resp, "active", true)
	framework.WarnOfBothFactors(r.Pool, where.AccountID, plan.User, "second factor", &resp.Diagnostics)
	if req.State.Raw.IsNull() || where.Replaces {
		r.planNew(ctx, where, plan, resp)
	} else {
		r.planChange(ctx, plan, req, resp)
	}
	if !resp.Diagnostics.HasError() {
		devices.Explain(ctx, r.Pool, req, resp)
	}
}

// Create makes the device, keeps its seed and enables it, or deletes it again.
func (r *DeviceResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	devices.Create(ctx, r.Pool, req, resp)
}

// Read sees whether the user has an active device.
func (r *DeviceResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	devices.Read(ctx, r.Pool, req, resp)
}

// Update changes tags, or makes a new device.
func (r *DeviceResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	devices.Update(ctx, r.Pool, req, resp)
}

// Delete takes the device from its user and deletes it.
func (r *DeviceResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	devices.Delete(ctx, r.Pool, req, resp)
}

// ImportState takes the serial number or an identity.
func (r *DeviceResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	devices.Import(ctx, r.Pool, req, resp, deviceKnown)
}

// planNew plans a device that is to be made: its seed is not known yet.
func (r *DeviceResource) planNew(
	ctx context.Context, where framework.PlannedPlace, plan deviceModel, resp *resource.ModifyPlanResponse,
) {
	serial, partition := types.StringUnknown(), ""
	if !plan.Account.IsUnknown() {
		partition = managedpolicy.Partition(ctx, r.Pool, plan.Account.ValueString())
	}
	if where.Known() && partition != "" && framework.WhollyKnown(ctx, plan.Path, plan.Name) {
		serial = types.StringValue(
			deviceARN(partition, where.AccountID.ValueString(), plan.Path.ValueString(), plan.Name.ValueString()))
	}
	framework.Plan(ctx, resp, "serial_number", serial)
	framework.Plan(ctx, resp, "arn", serial)
	framework.Plan(ctx, resp, "seed_encrypted", newSeed(plan))
}

// newSeed is the encrypted seed of a device that is not made yet.
func newSeed(plan deviceModel) types.String {
	if plan.Recipients.IsNull() {
		return types.StringNull()
	}
	return types.StringUnknown()
}

func (r *DeviceResource) planChange(
	ctx context.Context, plan deviceModel, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var state deviceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	framework.Plan(ctx, resp, "serial_number", state.Serial)
	framework.Plan(ctx, resp, "arn", state.Serial)
	switch label := state.label(state.AccountID); {
	case plan.remakes(state):
		framework.Plan(ctx, resp, "seed_encrypted", newSeed(plan))
		framework.Warn(&resp.Diagnostics, label, "will be deleted and made anew for the user "+state.User.ValueString(),
			"recreate has changed. The codes of the present device are taken no more; the seed of the new one is in the place that the "+
				"configuration names.")
		return
	case !state.Active.ValueBool():
		framework.Warn(&resp.Diagnostics, label, "the user "+state.User.ValueString()+" has no active MFA device, and an apply cannot "+
			"enable this one", "Its seed is in no state. What to do: "+deviceRemakeAdvice)
	}
	framework.Plan(ctx, resp, "seed_encrypted", state.Encrypted)
	judgeMove(plan, state, &resp.Diagnostics)
}

// judgeMove refuses to name another place for a seed that is not known any more.
func judgeMove(plan, state deviceModel, diags *diag.Diagnostics) {
	if state.imported() {
		return
	}
	before := state.targets()
	for _, name := range []string{"age_recipients", "seed_secret_id", "seed_ssm_parameter"} {
		after := plan.targets()[name]
		if !after.IsUnknown() && !before[name].Equal(after) {
			diags.AddAttributeError(path.Root(name), "Unable to move the seed of a device",
				"AWS told the seed once, and it is in no state, so it cannot be written to another place.\n\nWhat to do: change recreate "+
					"too, which makes a new device, or copy the seed yourself and keep the argument as it is.")
			return
		}
	}
}

const deviceRemakeAdvice = "let the user enroll a device, with the old seed or a new one, which counts as well; or change " +
	"recreate, which makes a new device with another seed."

// deviceAdvice says what to do about a refusal that the class of the error does not explain.
func deviceAdvice(err error, m deviceModel, in framework.Place) string {
	failed := account.AsError(err)
	switch {
	case errors.Is(err, errDeviceInactive):
		return deviceRemakeAdvice
	case errors.Is(err, errDeviceReplaced):
		return "run `terraform apply` again soon: the old device is gone, and the user has none of this resource until then."
	case errors.Is(err, errDeviceLeft):
		return fmt.Sprintf("delete the device with `aws iam delete-virtual-mfa-device --serial-number %s`; nobody knows its seed.",
			m.Serial.ValueString())
	case errors.Is(err, errDeviceAccount):
		return "run Terraform without skip_requesting_account_id."
	case lifecycle.IsExisting(err), errors.Is(err, account.ErrAlreadyExists) && failed != nil && failed.Service == "IAM":
		return fmt.Sprintf("choose another name; or, if a user has the device, import it with `terraform import <address of this "+
			"resource> '%s'`; or, if nobody has it, delete it with `aws iam delete-virtual-mfa-device --serial-number %[1]s`, because "+
			"its seed is not known here.", m.Serial.ValueString())
	case failed == nil || failed.Service != "IAM":
		return m.target().Advice(err)
	}
	return deviceCodeAdvice(failed, m.User.ValueString(), in)
}

// deviceCodeAdvice is about enabling and removing devices.
func deviceCodeAdvice(failed *account.Error, user string, in framework.Place) string {
	changes := slices.Contains([]string{"EnableMFADevice", "DeactivateMFADevice"}, failed.Operation)
	switch {
	case failed.Code == "InvalidAuthenticationCode":
		return "the codes have to be two in a row, new and in time: check the clock of the machine that made them."
	case failed.Code == "LimitExceeded" && failed.Operation == "EnableMFADevice":
		return "a user has eight MFA devices at most: deactivate one."
	case failed.Code == "NoSuchEntity" && failed.Operation != "CreateVirtualMFADevice":
		return fmt.Sprintf("make the user %q first, or refer to the resource that makes it; names have no path and are no ARNs.", user)
	case changes && errors.Is(failed, account.ErrDenied) && in.Account.CallerARN != "" && deviceOwn(in.Account.CallerARN, user):
		return "AWS takes no change of one's own MFA devices by long-term access keys once there is one: run Terraform as another " +
			"principal, or with a session that was begun with MFA."
	}
	return ""
}

// deviceOwn tells whether a caller is the user, who may have a path.
func deviceOwn(caller, user string) bool {
	return strings.Contains(caller, ":user/") && strings.HasSuffix(caller, "/"+user)
}
