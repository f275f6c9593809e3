package mfa

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var (
	_ action.ActionWithConfigure      = (*EnableDeviceAction)(nil)
	_ action.ActionWithModifyPlan     = (*EnableDeviceAction)(nil)
	_ action.ActionWithValidateConfig = (*EnableDeviceAction)(nil)
)

var (
	deviceCodeForm   = regexp.MustCompile(`^\d{6}$`)
	deviceSerialForm = regexp.MustCompile(`^[\w+=/:,.@-]{9,256}$`)
)

// NewEnableDeviceAction is iamguard_enable_mfa_device.
func NewEnableDeviceAction() action.Action {
	return &EnableDeviceAction{ActionBase: framework.ActionBase{Verb: "enable_mfa_device"}}
}

// EnableDeviceAction enables a device that somebody has in hand.
type EnableDeviceAction struct{ framework.ActionBase }

type enableDeviceModel struct {
	Account types.String `tfsdk:"account"`
	User    types.String `tfsdk:"user"`
	Serial  types.String `tfsdk:"serial_number"`
	First   types.String `tfsdk:"authentication_code1"`
	Second  types.String `tfsdk:"authentication_code2"`
}

// Schema is the user, the device and two of its codes. Terraform keeps nothing of the
// configuration of an action; the framework has no write-only arguments there.
func (a *EnableDeviceAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	text := func(description string, validators ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{Required: true, MarkdownDescription: description, Validators: validators}
	}
	attributes := framework.ActionAttributes(false)
	attributes["user"] = text("Name of the IAM user.", stringvalidator.LengthBetween(1, deviceLongestUser),
		stringvalidator.RegexMatches(deviceNameForm, "must be the name of an IAM user"))
	attributes["serial_number"] = text(
		"Serial number of the device: what is printed on a hardware token, or the ARN of a virtual device.",
		stringvalidator.RegexMatches(deviceSerialForm, "must be a serial number of 9 to 256 characters"),
	)
	attributes["authentication_code1"] = text(
		"A code of six digits that the device shows. Codes are used once and of no use after a " +
			"minute; give them by variables, and not in a file.",
	)
	attributes["authentication_code2"] = text("The code that the device shows next.")
	resp.Schema = schema.Schema{
		MarkdownDescription: "Enables an MFA device for a user, such as a hardware token, which no resource can do: it takes two " +
			"codes in a row, of the last minute. A device that the user has already is left alone. For a virtual device whose seed " +
			"Terraform may keep in a safe place there is the resource `iamguard_virtual_mfa_device`.",
		Attributes: attributes,
	}
}

// ValidateConfig checks the codes, which no message quotes.
func (a *EnableDeviceAction) ValidateConfig(
	ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse,
) {
	var config enableDeviceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	for name, code := range map[string]types.String{
		"authentication_code1": config.First, "authentication_code2": config.Second,
	} {
		if !code.IsUnknown() && !code.IsNull() && !deviceCodeForm.MatchString(code.ValueString()) {
			resp.Diagnostics.AddAttributeError(path.Root(name), "Invalid code of an MFA device", "A code has six digits.")
		}
	}
	if !config.First.IsUnknown() && !config.First.IsNull() && config.First.Equal(config.Second) {
		resp.Diagnostics.AddAttributeError(path.Root("authentication_code2"), "Invalid second code of an MFA device",
			"Both codes are the same. Wait until the device shows another one.")
	}
}

// Invoke enables the device, unless the user has it already.
func (a *EnableDeviceAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config enableDeviceModel
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
	user, serial := config.User.ValueString(), config.Serial.ValueString()
	client, err := place.Account.IAM()
	calls := &deviceCalls{place: place, client: client, user: user, serial: serial}
	var held []string
	if err == nil {
		held, err = calls.held(ctx)
	}
	if err == nil && slices.Contains(held, serial) {
		framework.Progress(resp, fmt.Sprintf("The user %s has the device %s already. Nothing is changed.", user, serial))
		return
	}
	if err == nil {
		framework.Progress(resp, fmt.Sprintf("Enabling the device %s for the user %s.", serial, user))
		err = calls.enableWith(ctx, config.First.ValueString(), config.Second.ValueString())
	}
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to enable the MFA device", Object: serial, Place: place, Err: err,
			Advice: enableDeviceAdvice(err, user, place),
		})
		return
	}
	framework.Progress(resp, fmt.Sprintf("The device %s is enabled for the user %s.", serial, user))
}

// enableWith sends codes once: they cannot be used again.
func (c *deviceCalls) enableWith(ctx context.Context, first, second string) error {
	err := c.retry(ctx, func() error {
		_, err := c.client.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
			UserName: aws.String(c.user), SerialNumber: aws.String(c.serial),
			AuthenticationCode1: aws.String(first), AuthenticationCode2: aws.String(second),
		})
		return err
	})
	if err == nil {
		return nil
	}
	// The answer to an attempt that was carried out may be lost.
	if held, heldErr := c.held(ctx); heldErr == nil && slices.Contains(held, c.serial) {
		return nil
	}
	return account.Redacted(err, first, second)
}

func enableDeviceAdvice(err error, user string, in framework.Place) string {
	failed := account.AsError(err)
	switch {
	case failed == nil:
		return ""
	case failed.Code == "InvalidAuthenticationCode":
		return "give two codes that the device shows one after the other, not older than a minute; codes that were sent once, even " +
			"in vain, are used. If new ones are refused too, the clock of the device is off: resynchronize it."
	case errors.Is(err, account.ErrAlreadyExists):
		return "another user has this device: deactivate it there first, or take another one."
	case errors.Is(err, account.ErrNotFound) && failed.Operation == "EnableMFADevice":
		return "check the serial number: AWS knows hardware devices that it sells, and virtual devices of the account."
	}
	return deviceCodeAdvice(failed, user, in)
}
