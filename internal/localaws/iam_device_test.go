package localaws_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
	"github.com/pquerna/otp/totp"
)

// codeOf is the code of an error of AWS.
func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// enabled enables a device by two codes and gives the code of the error.
func (b *bench) enabled(t *testing.T, user string, serial *string, first, second string) string {
	t.Helper()
	_, err := b.iam.EnableMFADevice(t.Context(), &iam.EnableMFADeviceInput{
		UserName: &user, SerialNumber: serial, AuthenticationCode1: &first, AuthenticationCode2: &second,
	})
	return codeOf(err)
}

// Codes are those of RFC 6238, as another implementation computes them from the seed, in
// a row and around the clock of the account.
func TestDevice_codes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	now := time.Now().Truncate(30 * time.Second).Add(10 * time.Second)
	b.SetClock(func() time.Time { return now })
	do(t, b.iam.CreateUser, &iam.CreateUserInput{UserName: aws.String("u")})
	device := do(t, b.iam.CreateVirtualMFADevice, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("d")})
	serial := device.VirtualMFADevice.SerialNumber
	code := func(period int) string {
		text, err := totp.GenerateCode(string(device.VirtualMFADevice.Base32StringSeed), now.Add(time.Duration(period)*30*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if first, second := b.DeviceCodes(*serial); first != code(-1) || second != code(0) {
		t.Errorf("the device shows %s and %s, want %s and %s", first, second, code(-1), code(0))
	}
	const refused = "InvalidAuthenticationCode"
	for _, c := range []struct {
		first, second int
		want          string
	}{
		{-3, -2, refused}, {1, 2, refused}, {0, -1, refused}, {-1, 1, refused}, {0, 0, refused}, {0, 1, ""}, {-1, 0, ""}, {-2, -1, ""},
	} {
		if got := b.enabled(t, "u", serial, code(c.first), code(c.second)); got != c.want {
			t.Errorf("codes %d and %d: %q, want %q", c.first, c.second, got, c.want)
		}
		if c.want == "" {
			if got := b.enabled(t, "u", serial, code(c.first), code(c.second)); got != "EntityAlreadyExists" {
				t.Errorf("enabled twice: %q", got)
			}
			do(t, b.iam.DeactivateMFADevice, &iam.DeactivateMFADeviceInput{UserName: aws.String("u"), SerialNumber: serial})
		}
	}
	if got := b.enabled(t, "u", aws.String("GAHT00000000"), code(-1), code(0)); got != "NoSuchEntity" {
		t.Errorf("an unknown device: %q", got)
	}
	if got := b.enabled(t, "nobody", serial, code(-1), code(0)); got != "NoSuchEntity" {
		t.Errorf("an unknown user: %q", got)
	}
}

// The seed is told once, and tags are kept.
func TestDevice_listAndTags(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tag := func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
	made := do(t, b.iam.CreateVirtualMFADevice, &iam.CreateVirtualMFADeviceInput{
		VirtualMFADeviceName: aws.String("d"), Tags: []types.Tag{tag("a", "1"), tag("b", "2")},
	})
	serial := made.VirtualMFADevice.SerialNumber
	listed := do(t, b.iam.ListVirtualMFADevices, &iam.ListVirtualMFADevicesInput{}).VirtualMFADevices
	if len(listed) != 1 || len(listed[0].Base32StringSeed)+len(listed[0].QRCodePNG) > 0 || *listed[0].SerialNumber != *serial {
		t.Errorf("listed are %v", listed)
	}
	do(t, b.iam.TagMFADevice, &iam.TagMFADeviceInput{SerialNumber: serial, Tags: []types.Tag{tag("b", "3"), tag("c", "4")}})
	do(t, b.iam.UntagMFADevice, &iam.UntagMFADeviceInput{SerialNumber: serial, TagKeys: []string{"a"}})
	var tags []string
	for _, one := range do(t, b.iam.ListMFADeviceTags, &iam.ListMFADeviceTagsInput{SerialNumber: serial}).Tags {
		tags = append(tags, *one.Key+*one.Value)
	}
	if !slices.Equal(tags, []string{"b3", "c4"}) {
		t.Errorf("the tags are %v", tags)
	}
	do(t, b.iam.DeleteVirtualMFADevice, &iam.DeleteVirtualMFADeviceInput{SerialNumber: serial})
	if _, err := b.iam.ListMFADeviceTags(
		t.Context(),
		&iam.ListMFADeviceTagsInput{SerialNumber: serial},
	); codeOf(
		err,
	) != "NoSuchEntity" {
		t.Errorf("the tags of a deleted device: %v", err)
	}
}

// A long-term key adds the first device of its own user and changes nothing afterwards; a
// session, and another user, may.
func TestDevice_own(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	do(t, b.iam.CreateUser, &iam.CreateUserInput{UserName: aws.String("u")})
	own, admin := as(b.Account, b.User("u"), iamRegion), b
	for _, serial := range []string{"GAHT00000001", "GAHT00000002"} {
		b.AddHardwareDevice(serial)
	}
	enable := func(by *bench, serial string) string {
		first, second := b.DeviceCodes(serial)
		return by.enabled(t, "u", &serial, first, second)
	}
	if got := enable(own, "GAHT00000001"); got != "" {
		t.Errorf("the first device: %q", got)
	}
	if got := enable(own, "GAHT00000002"); got != "AccessDenied" {
		t.Errorf("another device: %q", got)
	}
	_, err := own.iam.DeactivateMFADevice(t.Context(), &iam.DeactivateMFADeviceInput{
		UserName: aws.String("u"), SerialNumber: aws.String("GAHT00000001"),
	})
	if codeOf(err) != "AccessDenied" {
		t.Errorf("deactivated by its own user: %v", err)
	}
	if got := enable(admin, "GAHT00000002"); got != "" {
		t.Errorf("another device by an administrator: %q", got)
	}
}

// Pages may be shorter than what is asked for.
func TestIAM_shortPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, name := range []string{"a", "b", "c"} {
		do(t, b.iam.CreateUser, &iam.CreateUserInput{UserName: &name})
	}
	b.LimitPages(2)
	first := do(t, b.iam.ListUsers, &iam.ListUsersInput{MaxItems: aws.Int32(1000)})
	rest := do(t, b.iam.ListUsers, &iam.ListUsersInput{Marker: first.Marker})
	if len(first.Users) != 2 || !first.IsTruncated || len(rest.Users) != 1 || rest.IsTruncated {
		t.Errorf("pages of %d and %d", len(first.Users), len(rest.Users))
	}
}
