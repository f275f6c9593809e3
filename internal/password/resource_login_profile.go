package password

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
)

var (
	_ resource.ResourceWithConfigure   = (*LoginProfileResource)(nil)
	_ resource.ResourceWithIdentity    = (*LoginProfileResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*LoginProfileResource)(nil)
	_ resource.ResourceWithImportState = (*LoginProfileResource)(nil)
)

var userNameForm = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)

// logins is how a console password lives.
var logins = lifecycle.Guardrail[loginModel, login]{
	Noun:        "login profile",
	Unprotected: "The user is gone too, so nobody can sign in by that name.",
	Key:         "user",
	Attribution: history.Attribution{
		Source: "iam.amazonaws.com",
		Calls:  map[string][]string{"exists": {"DeleteLoginProfile"}}, Deletes: []string{"DeleteUser"},
	},
	Failures: lifecycle.Failures{
		Reach: "Unable to reach the login profile", Create: "Unable to create the login profile",
		Undo: "Unable to delete the unfinished login profile", Read: "Unable to read the login profile",
		Update: "Unable to update the login profile", Delete: "Unable to delete the login profile",
		ImportID: "Unable to import the login profile by this ID", Import: "Unable to find the login profile to import",
		List: "Unable to read a listed login profile",
	},
	Head:      func(m *loginModel) lifecycle.Head { return m.head() },
	Reach:     reachLogin,
	FromAWS:   func(m *loginModel, have login, in framework.Place) { m.fromAWS(have, in) },
	Object:    loginModel.object,
	Missing:   func(have login) bool { return !have.Exists },
	WriteOnly: func(config loginModel, plan *loginModel) { plan.Password = config.Password },
	Prior:     priorLogin,
	Advice:    loginAdvice,
}

// NewLoginProfileResource is iamguard_login_profile.
func NewLoginProfileResource() resource.Resource {
	return &LoginProfileResource{Base: framework.Base{Noun: "login_profile"}}
}

// LoginProfileResource keeps the console password of a user.
type LoginProfileResource struct{ framework.Base }

// loginModel is iamguard_login_profile in Terraform.
type loginModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`

	User     types.String `tfsdk:"user"`
	Password types.String `tfsdk:"password_wo"`
	Version  types.Int64  `tfsdk:"password_wo_version"`
	Reset    types.Bool   `tfsdk:"password_reset_required"`
	Restore  types.Bool   `tfsdk:"restore_access"`
	Exists   types.Bool   `tfsdk:"exists"`

	AdoptExisting  types.Bool     `tfsdk:"adopt_existing"`
	DestroyAdopted types.Bool     `tfsdk:"destroy_adopted"`
	Timeouts       timeouts.Value `tfsdk:"timeouts"`
}

func (m loginModel) head() lifecycle.Head {
	return lifecycle.Head{
		Placed: framework.Placed{Account: m.Account, AccountID: m.AccountID}, Key: m.User, Shown: m.User.ValueString(),
		Adopt: m.AdoptExisting, DestroyAdopted: m.DestroyAdopted, Timeouts: m.Timeouts,
	}
}

// fromAWS writes what AWS knows. The reset is read once: a user who changed the password
// needs no other.
func (m *loginModel) fromAWS(have login, in framework.Place) {
	m.AccountID, m.Exists, m.Password = types.StringValue(in.Account.ID), types.BoolValue(have.Exists), types.StringNull()
	if m.Reset.IsNull() || m.Reset.IsUnknown() {
		m.Reset = types.BoolValue(have.Reset)
	}
	m.Restore = framework.FillBool(m.Restore, true)
	m.AdoptExisting = framework.FillBool(m.AdoptExisting, false)
	m.DestroyAdopted = framework.FillBool(m.DestroyAdopted, false)
}

func (m loginModel) object(in framework.Place) history.Object {
	return history.Object{
		Label: fmt.Sprintf("Login profile %q (%s)", m.User.ValueString(), in.Account.ID), Place: in, Service: "iam",
		Names: []string{m.User.ValueString()},
	}
}

// Schema has the password as a write-only argument.
func (r *LoginProfileResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	flag := func(byDefault bool, description string) schema.BoolAttribute {
		return schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(byDefault),
			MarkdownDescription: fmt.Sprintf("%s Default `%t`.", description, byDefault),
		}
	}
	attributes := map[string]schema.Attribute{
		"user": schema.StringAttribute{
			Required: true, MarkdownDescription: "Name of the user. Changing it replaces the login profile.",
			Validators: []validator.String{stringvalidator.RegexMatches(userNameForm, "must be the name of an IAM user")},
		},
		"password_wo": schema.StringAttribute{
			Optional: true, WriteOnly: true, Sensitive: true,
			MarkdownDescription: "The password; it is in no state and no plan. Needed to create the profile, to give a deleted one " +
				"back, and to change it with `password_wo_version`. It has to meet the password policy of the account.",
			Validators: []validator.String{stringvalidator.LengthBetween(1, maxLength)},
		},
		"password_wo_version": schema.Int64Attribute{
			Optional: true, MarkdownDescription: "Any number; a change of it sets `password_wo` anew, in place.",
		},
		"password_reset_required": flag(true, "The user has to choose another password at the next sign-in. Read at creation and "+
			"import only: a user who has changed the password is no drift."),
		"restore_access": flag(true, "Gives a password back that somebody deleted. With `false` a deletion is an error of the apply."),
		"exists": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether the user has a console password; always planned `true`.",
		},
		"timeouts": framework.TimeoutsAttribute(ctx),
	}
	maps.Copy(attributes, framework.AccountAttributes())
	maps.Copy(attributes, framework.AdoptionAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Keeps the console password of an IAM user, without its being in any state. A deleted one is drift; a " +
			"user who changes it is not.",
		Attributes: attributes,
	}
}

// IdentitySchema is account and user.
func (r *LoginProfileResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = framework.IdentitySchema(false, "user", "Name of the user.")
}

// ModifyPlan says in the plan when access would be given back, or refuses to.
func (r *LoginProfileResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if req.Plan.Raw.IsNull() {
		return
	}
	place := framework.PlanPlace(ctx, r.Pool, req, resp, false)
	framework.ReplaceOnChange(ctx, req, resp, &place, "user")
	framework.Plan(ctx, resp, "exists", types.BoolValue(true))
	var plan, state, config loginModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	creates := req.State.Raw.IsNull() || place.Replaces
	if !creates {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	deleted := !creates && state.lost()
	if config.Password.IsNull() && plan.sets(state, creates) {
		resp.Diagnostics.AddAttributeError(path.Root("password_wo"), "Unable to set a password without one",
			"The password is not in the state, so the configuration has to have it whenever it is set.")
	}
	framework.WarnOfBothFactors(r.Pool, place.AccountID, plan.User, "password", &resp.Diagnostics)
	logins.Explain(ctx, r.Pool, req, resp)
	switch {
	case deleted:
		r.sayRestoration(plan, place, resp)
	case !creates && !plan.Version.Equal(state.Version):
		framework.Warn(&resp.Diagnostics, fmt.Sprintf("Login profile %q (%s)", plan.User.ValueString(), place.AccountID.ValueString()),
			"apply sets another password", "password_wo_version changes. The password that the user has now ends with the apply.")
	}
}

// lost tells whether somebody has deleted the password.
func (m loginModel) lost() bool { return !m.Exists.IsNull() && !m.Exists.ValueBool() }

// sets tells whether a plan has to send a password.
func (m loginModel) sets(state loginModel, creates bool) bool {
	if creates {
		return !m.AdoptExisting.ValueBool()
	}
	return state.lost() || !m.Version.Equal(state.Version)
}

// sayRestoration tells that an apply gives access back, or that it must not.
func (r *LoginProfileResource) sayRestoration(plan loginModel, place framework.PlannedPlace, resp *resource.ModifyPlanResponse) {
	if !plan.Restore.IsUnknown() && !plan.Restore.ValueBool() {
		resp.Diagnostics.AddAttributeError(path.Root("restore_access"), "The console password is not given back",
			fmt.Sprintf("Somebody deleted the login profile of %s, and restore_access = false.\n\nWhat to do: remove the resource from "+
				"the configuration, if the user is to have no password, or set restore_access = true.", plan.User.ValueString()))
		return
	}
	framework.Warn(
		&resp.Diagnostics,
		fmt.Sprintf("Login profile %q (%s)", plan.User.ValueString(), place.AccountID.ValueString()),
		"apply gives the console password back",
		"Somebody deleted it, perhaps for a reason: find out who and why before applying. With "+
			"restore_access = false it is not given back.",
	)
}

// Create sets the first password.
func (r *LoginProfileResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	logins.Create(ctx, r.Pool, req, resp)
}

// Read tells whether the user has a password.
func (r *LoginProfileResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	logins.Read(ctx, r.Pool, req, resp)
}

// Update sets another password, or gives one back.
func (r *LoginProfileResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	logins.Update(ctx, r.Pool, req, resp)
}

// Delete takes the password away.
func (r *LoginProfileResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	logins.Delete(ctx, r.Pool, req, resp)
}

// ImportState takes a user's name, name?account=… or an identity.
func (r *LoginProfileResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	logins.Import(ctx, r.Pool, req, resp, func(id *framework.ImportID) (lifecycle.Known, error) {
		if !userNameForm.MatchString(id.ID) {
			return nil, fmt.Errorf("%q is not the name of an IAM user", id.ID)
		}
		return lifecycle.Known{"user": id.ID}, nil
	})
}

func reachLogin(_ context.Context, in framework.Place, m *loginModel) (lifecycle.Calls[login], error) {
	client, err := in.Account.IAM()
	return &loginCalls{
		place: in, client: client, user: m.User.ValueString(), password: m.Password.ValueString(), version: m.Version,
		reset: m.Reset.ValueBool(), restore: m.Restore.ValueBool(), anew: !m.Password.IsNull() && m.AdoptExisting.ValueBool(),
	}, err
}

// priorLogin tells the calls what an update changes.
func priorLogin(calls lifecycle.Calls[login], state loginModel) {
	if c, ok := calls.(*loginCalls); ok {
		c.anew = !state.Version.Equal(c.version)
		c.resets = state.Reset.ValueBool() != c.reset
	}
}

// loginAdvice says what to do about a refusal that the class of the error does not explain.
func loginAdvice(err error, m loginModel, _ framework.Place) string {
	switch {
	case lifecycle.IsExisting(err):
		return fmt.Sprintf("import it with `terraform import <address of this resource> %s`, or set adopt_existing = true to take it "+
			"over and set the password.", m.User.ValueString())
	case errors.Is(err, history.ErrQuarantined):
		return "find out what the key was used for, rotate it, and detach the policy; until then nothing is given back."
	case errors.Is(err, errNotRestored):
		return "remove the resource from the configuration, if the user is to have no password, or set restore_access = true."
	case errors.Is(err, errNoPassword):
		return "set password_wo; it is not in the state, so the configuration has to have it."
	}
	return ""
}
