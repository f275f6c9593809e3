package accesskey

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
	"github.com/iamguard/terraform-provider-iamguard/internal/secretsink"
)

var (
	_ resource.ResourceWithConfigure      = (*RotationResource)(nil)
	_ resource.ResourceWithIdentity       = (*RotationResource)(nil)
	_ resource.ResourceWithValidateConfig = (*RotationResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*RotationResource)(nil)
	_ resource.ResourceWithImportState    = (*RotationResource)(nil)
)

// accessKeys is how the access key of a user lives.
var accessKeys = lifecycle.Guardrail[accessKeyModel, rotation]{
	Noun:        "access key",
	Unprotected: "The user is gone too, so what was stored signs nothing any more.",
	Key:         "user",
	Attribution: history.Attribution{
		Source: "iam.amazonaws.com",
		Calls: map[string][]string{
			"status": {"UpdateAccessKey", "DeleteAccessKey"}, "foreign_access_key_ids": {"CreateAccessKey"},
		},
		Deletes: []string{"DeleteUser"},
	},
	Failures: lifecycle.Failures{
		Reach: "Unable to reach the access key", Create: "Unable to create the access key",
		Undo: "Unable to delete the unfinished access key", Read: "Unable to read the access key",
		Update: "Unable to update the access key", Delete: "Unable to delete the access key",
		ImportID: "Unable to import the access key by this ID", Import: "Unable to find the access key to import",
		List: "Unable to read a listed access key",
	},
	Head:    (*accessKeyModel).head,
	Reach:   reachAccessKey,
	FromAWS: (*accessKeyModel).fromAWS,
	Object:  accessKeyModel.object,
	Prior:   priorAccessKey,
	Owner: func(have rotation) string {
		return ": the user has " + strings.Join(shortIDs(append([]string{have.Current.ID}, have.Foreign...)), " and ")
	},
	Advice: accessKeyAdvice,
	Watch:  watchOldKey,
}

// NewRotationResource is iamguard_access_key.
func NewRotationResource() resource.Resource {
	return &RotationResource{Base: framework.Base{Noun: "access_key"}}
}

// RotationResource keeps the access key of a user young.
type RotationResource struct{ framework.Base }

// Schema has the user, the terms and the place of the secret as arguments.
func (r *RotationResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = accessKeySchema(ctx)
}

// IdentitySchema is account and user: keys come and go.
func (r *RotationResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = framework.IdentitySchema(false, "user", "Name of the user.")
}

// ValidateConfig wants one place for the secret, recipients that age can encrypt to, and an
// overlap that ends before the next one begins.
func (r *RotationResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config accessKeyModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	set, unknown := 0, 0
	for _, value := range config.places() {
		switch {
		case value.IsUnknown():
			unknown++
		case !value.IsNull():
			set++
		}
	}
	if set > 1 || set+unknown == 0 {
		resp.Diagnostics.AddError("Unable to choose the place of the secret",
			"Exactly one of secret_id, ssm_parameter and age_recipients is needed: AWS tells the secret of a key once.")
	}
	for _, recipient := range framework.Texts(config.Recipients.Elements()) {
		if err := secretsink.ParseRecipient(recipient); err != nil {
			resp.Diagnostics.AddAttributeError(path.Root("age_recipients"), "Unable to encrypt the secret to an age recipient",
				framework.Sentence(err))
		}
	}
	if terms := config.terms(); !config.Overlap.IsUnknown() && !config.RotateAfter.IsUnknown() && terms.overlap > terms.rotateAfter {
		resp.Diagnostics.AddAttributeError(path.Root("overlap_days"), "Unable to let keys overlap for longer than they live",
			fmt.Sprintf("The overlap is %d days, and a key is due after %d. A user has two keys at most, so the next rotation would wait "+
				"for the overlap.", int(terms.overlap/day), int(terms.rotateAfter/day)))
	}
}

// Create makes the key and keeps its secret, or deletes the key again.
func (r *RotationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	accessKeys.Create(ctx, r.Pool, req, resp)
}

// Read sees how old the key is, and whether the old one is still used.
func (r *RotationResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	accessKeys.Read(ctx, r.Pool, req, resp)
}

// Update takes the next step of a rotation.
func (r *RotationResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	accessKeys.Update(ctx, r.Pool, req, resp)
}

// Delete deletes the keys of the resource.
func (r *RotationResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	accessKeys.Delete(ctx, r.Pool, req, resp)
}

// ImportState takes a user's name, name?account=… or an identity.
func (r *RotationResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	accessKeys.Import(ctx, r.Pool, req, resp, func(id *framework.ImportID) (lifecycle.Known, error) {
		if !userForm.MatchString(id.ID) {
			return nil, fmt.Errorf("%q is not the name of an IAM user", id.ID)
		}
		return lifecycle.Known{"user": id.ID}, nil
	})
}

// watchOldKey warns of an old key that outlives the overlap, because somebody uses it, and
// of one that does not live through it.
func watchOldKey(_ context.Context, in framework.Place, m accessKeyModel, have rotation, diags *diag.Diagnostics) {
	now, label, terms := in.Account.Pool().Now(), m.object(in).Label, m.terms()
	old, current := framework.LastFour(have.Old.ID), framework.LastFour(have.Current.ID)
	switch {
	case terms.stillUsed(now, have):
		framework.Warn(diags, label, fmt.Sprintf("the old key %s is still used for %s in %s", old, have.Used.Service, have.Used.Region),
			fmt.Sprintf("The overlap is over, and the key was %s. It is kept until nobody has used it for a day: give whoever uses it "+
				"the new key %s.", have.Used.words(), current))
	case have.Old.Status == keyInactive && !terms.overlapped(now, have):
		framework.Warn(diags, label, "the old key "+old+" is inactive, though the overlap is not over", fmt.Sprintf(
			"Whoever does not use the new key %s yet is locked out. Find out who deactivated the old one and why; until it is deleted, a "+
				"day after it was seen inactive at the earliest, `aws iam update-access-key --status Active` gives it back.", current))
	}
}

// accessKeyAdvice says what to do about a refusal that the class of the error does not explain.
func accessKeyAdvice(err error, m accessKeyModel, _ framework.Place) string {
	failed, user := account.AsError(err), m.User.ValueString()
	look := fmt.Sprintf("`aws iam list-access-keys --user-name %s`", user)
	switch {
	case errors.Is(err, errKeepUnknown):
		return "look in the place which of the two keys is in it, delete the other one, and plan again: " + look + " lists them."
	case errors.Is(err, errKeyLeft):
		return "a key was made whose secret nobody knows, and it could not be deleted again: delete the newest key of the user; " +
			look + " tells which that is."
	case lifecycle.IsExisting(err):
		return fmt.Sprintf(
			"import it with `terraform import <address of this resource> %s`; or set adopt_existing = true, which makes it "+
				"the old key of an overlap; or delete it, if nobody uses it.",
			user,
		)
	case errors.Is(err, errTwoKeys), errors.Is(err, errForeignKey), account.CodeIs(err, "LimitExceeded"):
		return "find out who made the key and who uses it, delete one with `aws iam delete-access-key`, and run Terraform again: " +
			look + " lists them. Nothing was changed."
	case errors.Is(err, errKeyRefused):
		return "run Terraform again. The key was deleted, and what is stored is the key before it, if there was one."
	case errors.Is(err, history.ErrQuarantined):
		return "find out what the key was used for, rotate it, and detach the policy; until then nothing is given back."
	case errors.Is(err, errNotRestored):
		return "remove the resource from the configuration, if the user is to have no key, or set restore_access = true."
	case errors.Is(err, errKeyChanged), errors.Is(err, errKeyBack), errors.Is(err, errOldKeyUsed), errors.Is(err, errOldKeyActive):
		return "run plan again: it says what has changed, and what the next step is."
	case failed == nil || failed.Service != "IAM":
		return m.target().Advice(err)
	case failed.Code == "NoSuchEntity":
		return fmt.Sprintf("make the user %q first, or refer to the resource that makes it; names have no path and are no ARNs.", user)
	}
	return ""
}
