package localaws

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // The codes of MFA devices are made with it.
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// codePeriod is how long a code of an MFA device is shown.
const codePeriod = 30 * time.Second

// mfaDevice is what moto does not keep of an MFA device: its seed to check codes with, and its tags.
type mfaDevice struct {
	seed []byte
	tags []deviceTag
}

type deviceTag struct{ key, value string }

// deviceHandlers check what moto takes unchecked, and do what it lacks.
var deviceHandlers = map[string]handler{
	"iam:CreateVirtualMFADevice": (*exchange).createDevice,
	"iam:EnableMFADevice":        (*exchange).enableDevice,
	"iam:DeactivateMFADevice":    (*exchange).deactivateDevice,
	"iam:ListVirtualMFADevices":  (*exchange).listDevices,
	"iam:ListMFADeviceTags":      (*exchange).deviceTags,
	"iam:TagMFADevice":           (*exchange).tagDevice,
	"iam:UntagMFADevice":         (*exchange).untagDevice,
}

// code is what a device shows in the period of a number; see https://www.rfc-editor.org/rfc/rfc6238.
func (d *mfaDevice) code(period int64) string {
	mac := hmac.New(sha1.New, d.seed)
	_ = binary.Write(mac, binary.BigEndian, period)
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1_000_000)
}

func period(now time.Time) int64 { return now.Unix() / int64(codePeriod/time.Second) }

// DeviceCodes are the two codes that a device showed last, as somebody reads them who has it in hand.
func (a *Account) DeviceCodes(serial string) (first, second string) {
	now := period(a.now())
	a.extras.mu.Lock()
	defer a.extras.mu.Unlock()
	device := a.extras.devices[serial]
	if device == nil {
		return "", ""
	}
	return device.code(now - 1), device.code(now)
}

// AddHardwareDevice is a hardware token that AWS knows by its serial number, not assigned to anybody.
func (a *Account) AddHardwareDevice(serial string) {
	a.extras.mu.Lock()
	defer a.extras.mu.Unlock()
	a.extras.devices[serial] = &mfaDevice{seed: []byte(randomText(20, mixed))}
}

// createDevice keeps the seed that moto makes.
func (x *exchange) createDevice() (*answer, error) {
	a, err := x.forward()
	if err != nil || a.status != http.StatusOK {
		return a, err
	}
	tree, err := parseXML(a.body)
	if err != nil {
		return nil, err
	}
	made := tree.find("CreateVirtualMFADeviceResult", "VirtualMFADevice")
	text, err := base64.StdEncoding.DecodeString(made.textAt("Base32StringSeed"))
	if err != nil {
		return nil, fmt.Errorf("read the seed: %w", err)
	}
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(string(text))
	if err != nil {
		return nil, fmt.Errorf("read the seed: %w", err)
	}
	device := &mfaDevice{seed: seed}
	device.tag(x)
	extras := x.account.extras
	extras.mu.Lock()
	defer extras.mu.Unlock()
	extras.devices[made.textAt("SerialNumber")] = device
	return a, nil
}

// onlyWithMFA refuses what a user's long-term key may not do to that user's own devices once there is one.
// See https://aws.amazon.com/security/security-bulletins/AWS-2023-001/
func (x *exchange) onlyWithMFA(user string) error {
	if x.caller.Type != typeUser || x.caller.Name != user || !strings.HasPrefix(x.caller.AccessKeyID, "AKIA") {
		return nil
	}
	held, err := x.askIAM("ListMFADevices", "UserName", user)
	if err != nil || len(held.texts("SerialNumber")) == 0 {
		return err
	}
	return fail(http.StatusForbidden, "AccessDenied",
		"User: %s is not authorized to perform: %s because MFA is required to manage the MFA devices of a user that has one",
		x.caller.ARN, "iam:"+x.call.Operation)
}

// enableDevice checks the codes, which moto never does.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
func (x *exchange) enableDevice() (*answer, error) {
	user, serial := x.form.Get("UserName"), x.form.Get("SerialNumber")
	if _, err := x.userAsked(); err != nil {
		return nil, err
	}
	if err := x.onlyWithMFA(user); err != nil {
		return nil, err
	}
	assigned, err := x.askIAM("ListVirtualMFADevices", "AssignmentStatus", "Assigned")
	if err != nil {
		return nil, err
	}
	if slices.Contains(assigned.texts("SerialNumber"), serial) {
		return nil, fail(http.StatusConflict, "EntityAlreadyExists", "MFADevice entity at the same path and name already exists.")
	}
	extras := x.account.extras
	extras.mu.Lock()
	device := extras.devices[serial]
	extras.mu.Unlock()
	if device == nil {
		return nil, fail(http.StatusNotFound, "NoSuchEntity", "VirtualMFADevice with serial number %s doesn't exist.", serial)
	}
	now := period(x.now)
	for second := now - 1; second <= now+1; second++ {
		if device.code(second-1) == x.form.Get("AuthenticationCode1") && device.code(second) == x.form.Get("AuthenticationCode2") {
			return x.forward()
		}
	}
	return nil, fail(http.StatusForbidden, "InvalidAuthenticationCode", "Authentication code for device is not valid.")
}

func (x *exchange) deactivateDevice() (*answer, error) {
	if err := x.onlyWithMFA(x.form.Get("UserName")); err != nil {
		return nil, err
	}
	return x.forward()
}

// forgetDevice deletes a device.
func (x *exchange) forgetDevice() (*answer, error) {
	a, err := x.forward()
	if err == nil && a.status == http.StatusOK {
		extras := x.account.extras
		extras.mu.Lock()
		defer extras.mu.Unlock()
		delete(extras.devices, x.form.Get("SerialNumber"))
	}
	return a, err
}

// listDevices leaves out the seeds, which AWS tells once only.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_VirtualMFADevice.html
func (x *exchange) listDevices() (*answer, error) {
	a, err := x.listPage()
	if err != nil || a.status != http.StatusOK {
		return a, err
	}
	tree, err := parseXML(a.body)
	if err != nil {
		return nil, err
	}
	if list := tree.find("ListVirtualMFADevicesResult", "VirtualMFADevices"); list != nil {
		for _, device := range list.children {
			device.children = slices.DeleteFunc(device.children, func(n *node) bool {
				return n.name == "Base32StringSeed" || n.name == "QRCodePNG"
			})
		}
	}
	return &answer{status: a.status, header: a.header, body: tree.render()}, nil
}

// withDevice changes or shows the tags of the device of a call.
func (x *exchange) withDevice(do func(*mfaDevice) []*node) (*answer, error) {
	extras := x.account.extras
	extras.mu.Lock()
	defer extras.mu.Unlock()
	serial := x.form.Get("SerialNumber")
	device := extras.devices[serial]
	if device == nil {
		return nil, fail(http.StatusNotFound, "NoSuchEntity", "VirtualMFADevice with serial number %s doesn't exist.", serial)
	}
	return x.answerQuery(iamNamespace, do(device)...)
}

func (x *exchange) deviceTags() (*answer, error) {
	return x.withDevice(func(d *mfaDevice) []*node {
		list := element("Tags")
		for _, tag := range d.tags {
			list.children = append(list.children, element("member", leaf("Key", tag.key), leaf("Value", tag.value)))
		}
		return []*node{list, leaf("IsTruncated", "false")}
	})
}

func (x *exchange) tagDevice() (*answer, error) {
	return x.withDevice(func(d *mfaDevice) []*node {
		d.tag(x)
		return nil
	})
}

// tag takes the tags of a call.
func (d *mfaDevice) tag(x *exchange) {
	for n := 1; x.form.Has(fmt.Sprintf("Tags.member.%d.Key", n)); n++ {
		key := x.form.Get(fmt.Sprintf("Tags.member.%d.Key", n))
		d.untag(key)
		d.tags = append(d.tags, deviceTag{key, x.form.Get(fmt.Sprintf("Tags.member.%d.Value", n))})
	}
}

func (d *mfaDevice) untag(key string) {
	d.tags = slices.DeleteFunc(d.tags, func(t deviceTag) bool { return t.key == key })
}

func (x *exchange) untagDevice() (*answer, error) {
	return x.withDevice(func(d *mfaDevice) []*node {
		for n := 1; x.form.Has(fmt.Sprintf("TagKeys.member.%d", n)); n++ {
			d.untag(x.form.Get(fmt.Sprintf("TagKeys.member.%d", n)))
		}
		return nil
	})
}
