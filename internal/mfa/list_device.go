package mfa

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ list.ListResourceWithConfigure = (*DeviceListResource)(nil)

// NewDeviceListResource lists iamguard_virtual_mfa_device.
func NewDeviceListResource() list.ListResource {
	return &DeviceListResource{ListBase: framework.ListBase{Base: framework.Base{Noun: "virtual_mfa_device"}}}
}

// DeviceListResource finds the virtual MFA devices that users have.
type DeviceListResource struct{ framework.ListBase }

// ListResourceConfigSchema is the account.
func (l *DeviceListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the virtual MFA devices of an account that are enabled for a user. That of the root user, those " +
			"enabled for nobody, hardware devices and passkeys are not listed.",
		Attributes: framework.ListAttributes(false),
	}
}

// List answers the devices in the order in which AWS does.
func (l *DeviceListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	framework.Listing{Key: "serial_number", Find: findDevices, Read: devices.Show}.List(ctx, l.Pool, req, stream)
}

func findDevices(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return func(yield func(framework.Listed) bool) {
		if err := eachDevice(ctx, place, yield); err != nil {
			framework.Fail(diags, framework.Failure{Summary: "Unable to list the virtual MFA devices", Place: place, Err: err})
		}
	}
}

func eachDevice(ctx context.Context, place framework.Place, yield func(framework.Listed) bool) error {
	client, err := place.Account.IAM()
	if err != nil {
		return err
	}
	pages := deviceLister(client, types.AssignmentStatusTypeAssigned)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, one := range page.VirtualMFADevices {
			object, ok := listedDevice(one)
			if ok && !yield(object) {
				return nil
			}
		}
	}
	return nil
}

// listedDevice is a device as an import knows it; false for that of the root user, which
// has no name of its own.
func listedDevice(one types.VirtualMFADevice) (framework.Listed, bool) {
	id := framework.ImportID{ID: aws.ToString(one.SerialNumber)}
	known, err := deviceKnown(&id)
	if err != nil || one.User == nil || aws.ToString(one.User.UserName) == "" {
		return framework.Listed{}, false
	}
	known["user"] = aws.ToString(one.User.UserName)
	return framework.Listed{Title: known["name"] + " of " + known["user"], Known: known}, true
}
