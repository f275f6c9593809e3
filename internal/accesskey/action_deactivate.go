package accesskey

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	tftypes "github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var (
	_ action.ActionWithConfigure  = (*DeactivateAction)(nil)
	_ action.ActionWithModifyPlan = (*DeactivateAction)(nil)
)

// keyIDForm is that of the API.
var keyIDForm = regexp.MustCompile(`^\w{16,128}$`)

// NewDeactivateAction is iamguard_deactivate_access_key.
func NewDeactivateAction() action.Action {
	return &DeactivateAction{ActionBase: framework.ActionBase{Verb: "deactivate_access_key"}}
}

// DeactivateAction makes one access key inactive.
type DeactivateAction struct{ framework.ActionBase }

type deactivateModel struct {
	Account tftypes.String `tfsdk:"account"`
	User    tftypes.String `tfsdk:"user"`
	KeyID   tftypes.String `tfsdk:"access_key_id"`
}

// Schema is the user and the key.
func (a *DeactivateAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := framework.ActionAttributes(false)
	attributes["user"] = schema.StringAttribute{
		Required: true, MarkdownDescription: "Name of the IAM user. The caller's own keys are refused.",
		Validators: []validator.String{stringvalidator.RegexMatches(userForm, "must be the name of an IAM user")},
	}
	attributes["access_key_id"] = schema.StringAttribute{
		Required: true, MarkdownDescription: "ID of the access key, whole.",
		Validators: []validator.String{stringvalidator.RegexMatches(keyIDForm, "must be the ID of an access key")},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Makes an access key of an IAM user inactive: nobody can call AWS with it anymore, until somebody " +
			"activates it again, such as by `aws iam update-access-key --status Active`. Nothing is deleted, and a key that is inactive " +
			"is left alone. Keys of the caller's own user are refused: the user whose key the provider has, also where it assumes a " +
			"role of the same account. Sessions that were begun with the key go on until they expire. A resource `iamguard_access_key` " +
			"that has the key shows it as drift.",
		Attributes: attributes,
	}
}

// Invoke deactivates the key, unless it is the caller's, or inactive.
func (a *DeactivateAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config deactivateModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, framework.DefaultTimeout)
	defer cancel()
	place, ok := framework.Locate(ctx, a.Pool, framework.Placed{Account: config.Account}, false, &resp.Diagnostics)
	if !ok {
		return
	}
	user, id := config.User.ValueString(), config.KeyID.ValueString()
	shown := fmt.Sprintf("access key %s of the user %s", framework.LastFour(id), user)
	if refusesOwn(ctx, place, user, shown, &resp.Diagnostics) {
		return
	}
	calls := &accessKeyCalls{place: place, user: user}
	status, err := calls.statusOf(ctx, id)
	if err == nil && status == keyInactive {
		framework.Progress(resp, fmt.Sprintf("The %s is inactive already. Nothing is changed.", shown))
		return
	}
	if err == nil {
		framework.Progress(resp, fmt.Sprintf("Deactivating the %s.", shown))
		err = calls.set(ctx, id, types.StatusTypeInactive)
	}
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to deactivate the access key", Object: shown, Place: place, Err: account.Redacted(err, id),
			Advice: deactivateAdvice(err),
		})
		return
	}
	framework.Progress(resp, fmt.Sprintf("The %s is inactive.", shown))
}

// errNotTheirs is a key that a user does not have.
var errNotTheirs = errors.New("the user has no access key of this ID")

// statusOf is the status of one key of the user.
func (c *accessKeyCalls) statusOf(ctx context.Context, id string) (string, error) {
	var err error
	if c.client, err = c.place.Account.IAM(); err != nil {
		return "", err
	}
	keys, err := c.list(ctx)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(keys, func(key rotationKey) bool { return key.ID == id })
	if at < 0 {
		return "", errNotTheirs
	}
	return keys[at].Status, nil
}

// refusesOwn tells whether the user is the caller. Which of the caller's keys signs is not
// asked: a run of Terraform must not end its own access.
func refusesOwn(ctx context.Context, place framework.Place, user, shown string, diags *diag.Diagnostics) bool {
	if !place.Account.Verified() {
		diags.AddError("Unable to tell whose access key the caller has",
			"The caller's own keys are never deactivated, but with skip_requesting_account_id = true nobody knows who that is. Nothing "+
				"is changed.\n\nWhat to do: run Terraform without skip_requesting_account_id.")
		return true
	}
	callers, err := place.Account.Callers(ctx)
	if err != nil {
		framework.Fail(diags, framework.Failure{
			Summary: "Unable to find out who deactivates the access key", Object: shown, Place: place, Err: err,
		})
		return true
	}
	own := slices.ContainsFunc(callers, func(caller string) bool { return strings.EqualFold(nameOfUser(caller), user) })
	if own {
		diags.AddError("Unable to deactivate an access key of the caller", fmt.Sprintf(
			"Where: %s, %s.\n\nThe calls are made by this user, and Terraform could lose its own access. Nothing is changed.\n\n"+
				"What to do: run Terraform with other credentials, or deactivate the key by hand.", framework.Escape(shown), place,
		))
	}
	return own
}

// nameOfUser is the name of an IAM user by its ARN, without the path; "" for other ARNs.
func nameOfUser(text string) string {
	parsed, err := arn.Parse(text)
	if err != nil || !strings.HasPrefix(parsed.Resource, "user/") {
		return ""
	}
	return parsed.Resource[strings.LastIndex(parsed.Resource, "/")+1:]
}

func deactivateAdvice(err error) string {
	switch {
	case errors.Is(err, errNotTheirs):
		return "check the ID: the key is of another user or another account, or was deleted."
	case errors.Is(err, account.ErrNotFound):
		return "check the name of the user and the account; the user or the key may be deleted."
	}
	return ""
}
