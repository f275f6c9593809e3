package mfa

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	tftypes "github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
	"github.com/iamguard/terraform-provider-iamguard/internal/secretsink"
)

var (
	errDeviceAccount = errors.New("the serial number of the device holds the account, and skip_requesting_account_id = true " +
		"leaves the account open")
	errDeviceUnassigned = errors.New("the device is assigned to no user, and its seed is not known")
	errDeviceInactive   = errors.New("the user has no active MFA device, and the seed of this one is not known here, so that it " +
		"cannot be enabled again")
	errDeviceReplaced = errors.New("the device that was there is deleted already")
	errDeviceSeed     = errors.New("AWS answered a seed that is none")
	errDeviceLeft     = errors.New("the answer to its creation was lost, and it could not be deleted")
)

// device is a virtual device and what its user has.
type device struct {
	Serial, User string
	// Exists says that the device is there, Enabled that its user has it, Active that the
	// user has it or any other.
	Exists, Enabled, Active bool
	Tags                    map[string]string
	// Encrypted is the seed, where age keeps it.
	Encrypted string
}

// deviceCalls are the AWS calls for one virtual device.
type deviceCalls struct {
	place                    framework.Place
	client                   *iam.Client
	target                   secretsink.Target
	name, path, user, serial string
	tags                     map[string]string
	recreate                 tftypes.String

	// remake says that an update makes a new device, made that this process made one.
	remake, made bool
	// seed is known until the device is enabled, encrypted what age made of it, or of an
	// earlier one.
	seed, encrypted string
	proof           secretsink.Proof
}

// priorDevice tells an update whether it makes a new device. The encrypted seed stays
// where it does not.
func priorDevice(calls lifecycle.Calls[device], state deviceModel) {
	if c, ok := calls.(*deviceCalls); ok {
		c.remake = deviceModel{Recreate: c.recreate}.remakes(state)
		c.encrypted = state.Encrypted.ValueString()
	}
}

// Find reads the devices of the user first, of which ours mostly is one. Our device may be
// gone while the user has another.
func (c *deviceCalls) Find(ctx context.Context) (*device, error) {
	have := &device{Serial: c.serial, User: c.user, Encrypted: c.encrypted}
	if c.user != "" {
		held, err := c.held(ctx)
		if err != nil && !errors.Is(err, account.ErrNotFound) {
			return nil, err
		}
		have.Active, have.Enabled = len(held) > 0, slices.Contains(held, c.serial)
	}
	have.Exists = have.Enabled
	if !have.Enabled {
		listed, err := c.listed(ctx)
		switch {
		case err != nil:
			return nil, err
		case listed == nil && have.Active:
			return have, nil
		case listed == nil:
			return nil, fmt.Errorf("%w: no virtual MFA device has this serial number", account.ErrNotFound)
		case c.user == "" && listed.User == nil:
			return nil, errDeviceUnassigned
		case c.user == "":
			have.User, have.Enabled, have.Active = aws.ToString(listed.User.UserName), true, true
		}
		have.Exists = true
	}
	var err error
	have.Tags, err = c.listTags(ctx)
	return have, err
}

// held are the serial numbers of all devices of the user, hardware included.
func (c *deviceCalls) held(ctx context.Context) ([]string, error) {
	var serials []string
	pages := iam.NewListMFADevicesPaginator(c.client, &iam.ListMFADevicesInput{UserName: aws.String(c.user)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, one := range page.MFADevices {
			serials = append(serials, aws.ToString(one.SerialNumber))
		}
	}
	return serials, nil
}

// listed looks the device up among all of the account; nil says that it is not there.
func (c *deviceCalls) listed(ctx context.Context) (*types.VirtualMFADevice, error) {
	pages := deviceLister(c.client, types.AssignmentStatusTypeAny)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, one := range page.VirtualMFADevices {
			if aws.ToString(one.SerialNumber) == c.serial {
				return &one, nil
			}
		}
	}
	return nil, nil //nolint:nilnil // A device that is not there is no error here.
}

func deviceLister(client *iam.Client, status types.AssignmentStatusType) *iam.ListVirtualMFADevicesPaginator {
	return iam.NewListVirtualMFADevicesPaginator(client, &iam.ListVirtualMFADevicesInput{
		AssignmentStatus: status, MaxItems: aws.Int32(1000),
	})
}

func (c *deviceCalls) listTags(ctx context.Context) (map[string]string, error) {
	tags := map[string]string{}
	pages := iam.NewListMFADeviceTagsPaginator(c.client, &iam.ListMFADeviceTagsInput{SerialNumber: aws.String(c.serial)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, tag := range page.Tags {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
	}
	return tags, nil
}

// Configure keeps the seed of a device that was just made and enables it, makes a new one
// where that is asked for, and puts tags right.
func (c *deviceCalls) Configure(ctx context.Context, have device) error {
	switch {
	case c.made:
		return c.finish(ctx)
	case c.remake:
		return c.replace(ctx)
	case !have.Active:
		return errDeviceInactive
	case !have.Exists:
		return nil
	}
	set, remove := framework.TagChanges(have.Tags, c.tags)
	if len(set) > 0 {
		if err := c.retry(ctx, func() error {
			_, err := c.client.TagMFADevice(ctx, &iam.TagMFADeviceInput{SerialNumber: aws.String(c.serial), Tags: deviceTags(set)})
			return err
		}); err != nil {
			return err
		}
	}
	if len(remove) == 0 {
		return nil
	}
	return c.retry(ctx, func() error {
		_, err := c.client.UntagMFADevice(ctx, &iam.UntagMFADeviceInput{SerialNumber: aws.String(c.serial), TagKeys: remove})
		return err
	})
}

// Differences names what differs. A device that was just made has to be enabled itself;
// later any device of the user will do.
func (c *deviceCalls) Differences(have device) []string {
	var names []string
	if !have.Active || c.made && !have.Enabled {
		names = append(names, "active")
	}
	if set, remove := framework.TagChanges(have.Tags, c.tags); have.Exists && len(set)+len(remove) > 0 {
		names = append(names, "tags_all")
	}
	return names
}

// Remove takes the device from its user and deletes it, and with an unfinished one what
// was made to keep its seed.
func (c *deviceCalls) Remove(ctx context.Context) error {
	if err := c.delete(ctx); err != nil || c.proof == nil {
		return err
	}
	return c.proof.Undo(ctx)
}

// delete goes on where the device is assigned to nobody. One that somebody else has by
// now is taken from them: it is ours.
func (c *deviceCalls) delete(ctx context.Context) error {
	if err := c.deactivate(ctx, c.user); err != nil {
		return err
	}
	return c.retry(ctx, func() error {
		_, err := c.client.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: aws.String(c.serial)})
		switch {
		case errors.Is(err, account.ErrNotFound):
			return nil
		case account.CodeIs(err, "DeleteConflict"):
			listed, listErr := c.listed(ctx)
			if listErr == nil && listed != nil && listed.User != nil {
				listErr = c.deactivate(ctx, aws.ToString(listed.User.UserName))
			}
			return errors.Join(err, listErr)
		}
		return err
	})
}

func (c *deviceCalls) deactivate(ctx context.Context, user string) error {
	err := c.retry(ctx, func() error {
		_, err := c.client.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{
			UserName: aws.String(user), SerialNumber: aws.String(c.serial),
		})
		return err
	})
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	return err
}

// retry waits for another change of the device or its user to end.
func (c *deviceCalls) retry(ctx context.Context, do func() error) error {
	return c.place.Account.Pool().Retry(ctx, account.PropagationTimeout, func(err error) bool {
		return errors.Is(err, account.ErrConflict) || account.CodeIs(err, "DeleteConflict")
	}, do)
}

func deviceTags(tags map[string]string) []types.Tag {
	list := make([]types.Tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}
