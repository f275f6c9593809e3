package mfa

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
	"github.com/iamguard/terraform-provider-iamguard/internal/secretsink"
)

// deviceModel is iamguard_virtual_mfa_device in Terraform.
type deviceModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`

	Name       types.String `tfsdk:"name"`
	Path       types.String `tfsdk:"path"`
	User       types.String `tfsdk:"user"`
	Recipients types.Set    `tfsdk:"age_recipients"`
	SecretID   types.String `tfsdk:"seed_secret_id"`
	Parameter  types.String `tfsdk:"seed_ssm_parameter"`
	Recreate   types.String `tfsdk:"recreate"`

	Tags     types.Map      `tfsdk:"tags"`
	TagsAll  types.Map      `tfsdk:"tags_all"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`

	ARN       types.String `tfsdk:"arn"`
	Serial    types.String `tfsdk:"serial_number"`
	Encrypted types.String `tfsdk:"seed_encrypted"`
	Active    types.Bool   `tfsdk:"active"`
}

func (m *deviceModel) head() lifecycle.Head {
	return lifecycle.Head{
		Placed: framework.Placed{Account: m.Account, AccountID: m.AccountID}, Key: m.Serial, Shown: m.Serial.ValueString(),
		Timeouts: m.Timeouts,
	}
}

// targets are the arguments that say where the seed goes.
func (m deviceModel) targets() map[string]attr.Value {
	return map[string]attr.Value{
		"age_recipients": m.Recipients, "seed_secret_id": m.SecretID, "seed_ssm_parameter": m.Parameter,
	}
}

// imported tells whether it is not known where the seed is.
func (m deviceModel) imported() bool {
	return m.Recipients.IsNull() && m.SecretID.IsNull() && m.Parameter.IsNull()
}

// target is where the seed goes; its arguments have to be known.
func (m deviceModel) target() secretsink.Target {
	return secretsink.Target{
		SecretID: m.SecretID.ValueString(), Parameter: m.Parameter.ValueString(),
		Recipients: framework.Texts(m.Recipients.Elements()),
	}
}

// remakes tells whether a change from a state asks for a new device. After an import the
// first text is only taken over, unless the user has no device anyway.
func (m deviceModel) remakes(state deviceModel) bool {
	return !m.Recreate.Equal(state.Recreate) && (!state.imported() || !state.Active.ValueBool())
}

// fromAWS writes what AWS has. The seed is known once, when the device is made. Of a
// device that is gone, while its user has another, there are no tags to be read.
func (m *deviceModel) fromAWS(have device, in framework.Place) {
	m.AccountID, m.User = types.StringValue(in.Account.ID), types.StringValue(have.User)
	m.ARN, m.Serial = types.StringValue(have.Serial), types.StringValue(have.Serial)
	m.Active = types.BoolValue(have.Active)
	switch {
	case have.Exists:
		m.Tags, m.TagsAll = framework.ReadTags(in.Account.Pool(), m.Tags, have.Tags)
	case m.TagsAll.IsUnknown():
		m.TagsAll = framework.TextMap(framework.TagsOf(m.Tags))
	}
	if m.Encrypted.IsUnknown() {
		m.Encrypted = framework.TextOrNull(have.Encrypted)
	}
}

func (m deviceModel) object(in framework.Place) history.Object {
	return history.Object{
		Label: m.label(types.StringValue(in.Account.ID)), Place: in, Service: "iam",
		// A user who enrolled another device loses that one by a call that names both.
		Names: []string{m.Serial.ValueString(), m.User.ValueString()},
	}
}

func (m deviceModel) label(accountID types.String) string {
	return fmt.Sprintf("Virtual MFA device %q (%s)", m.Name.ValueString(), accountID.ValueString())
}

// deviceARN is the serial number of a virtual device.
func deviceARN(partition, accountID, path, name string) string {
	return fmt.Sprintf("arn:%s:iam::%s:mfa%s%s", partition, accountID, path, name)
}

// deviceKnown reads account, path and name out of the serial number of an import.
func deviceKnown(id *framework.ImportID) (lifecycle.Known, error) {
	parsed, err := arn.Parse(id.ID)
	resource, isDevice := strings.CutPrefix(parsed.Resource, "mfa")
	at := strings.LastIndex(resource, "/")
	if err != nil || !isDevice || parsed.Service != "iam" || !account.IsAccountID(parsed.AccountID) || at < 0 ||
		resource[at+1:] == "" || !strings.HasPrefix(resource, "/") {
		return nil, fmt.Errorf("%q is not the serial number of a virtual MFA device, such as "+
			"arn:aws:iam::111122223333:mfa/break-glass", id.ID)
	}
	if resource[at+1:] == deviceOfRoot {
		return nil, fmt.Errorf("%q is the device of the root user, which only that user can manage", id.ID)
	}
	id.ARN = &parsed
	if id.Account == "" {
		id.Account = parsed.AccountID
	}
	return lifecycle.Known{
		"serial_number": id.ID, "arn": id.ID, "path": resource[:at+1], "name": resource[at+1:],
	}, nil
}

// reachDevice is the way to the device of a model, whose serial number is filled in where
// the plan did not know the account.
func reachDevice(_ context.Context, in framework.Place, m *deviceModel) (lifecycle.Calls[device], error) {
	client, err := in.Account.IAM()
	if err != nil {
		return nil, err
	}
	if m.Serial.IsUnknown() || m.Serial.IsNull() {
		if in.Account.ID == "" {
			return nil, errDeviceAccount
		}
		m.Serial = types.StringValue(deviceARN(in.Account.Partition, in.Account.ID, m.Path.ValueString(), m.Name.ValueString()))
	}
	return &deviceCalls{
		place: in, client: client, target: m.target(), name: m.Name.ValueString(), path: m.Path.ValueString(),
		user: m.User.ValueString(), serial: m.Serial.ValueString(), tags: framework.TagsOf(m.TagsAll), recreate: m.Recreate,
	}, nil
}
