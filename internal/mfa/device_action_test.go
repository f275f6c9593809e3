package mfa_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	enableDevice = "iamguard_enable_mfa_device"
	deviceToken  = "GAHT12345678"
)

// tokened is a stage with a hardware token that nobody has, and what enables it.
func tokened(t *testing.T) (*deviceStage, *providertest.Server, map[string]any) {
	t.Helper()
	s := newDeviceStage(t)
	s.AddHardwareDevice(deviceToken)
	first, second := s.DeviceCodes(deviceToken)
	return s, s.Server(t, nil), map[string]any{
		"user": deviceUser, "serial_number": deviceToken, "authentication_code1": first, "authentication_code2": second,
	}
}

// hidesCodes fails the test where a text quotes a code.
func hidesCodes(t *testing.T, text string, config map[string]any) {
	t.Helper()
	for _, name := range []string{"authentication_code1", "authentication_code2"} {
		if code, ok := config[name].(string); ok && strings.Contains(text, code) {
			t.Errorf("a code is quoted:\n%s", text)
		}
	}
}

// A hardware token is enabled, and a second time nothing is sent.
func TestEnableDevice(t *testing.T) {
	t.Parallel()
	s, server, config := tokened(t)
	progress, diags := server.InvokeAction(t, enableDevice, config)
	if len(diags) > 0 || !slices.Equal(s.held(), []string{deviceToken}) {
		t.Fatalf("the user has %v: %s", s.held(), providertest.Text(diags))
	}
	deviceSays(t, strings.Join(progress, "\n"), "Enabling the device GAHT12345678 for the user break-glass", "is enabled")
	hidesCodes(t, strings.Join(progress, "\n"), config)
	s.ResetCalls()
	progress, diags = server.InvokeAction(t, enableDevice, config)
	if len(diags) > 0 || len(s.Mutations()) > 0 {
		t.Errorf("the device was enabled again: %s", providertest.Text(diags))
	}
	deviceSays(t, strings.Join(progress, "\n"), "has the device GAHT12345678 already. Nothing is changed.")
}

// A lost answer and a user who is busy are no failures.
func TestEnableDevice_faults(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]localaws.Fault{
		"lost": {Kind: localaws.LostAnswer, Nth: 1},
		"busy": {Kind: localaws.Refuse, Nth: 1, Code: "EntityTemporarilyUnmodifiable", Status: http.StatusConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, server, config := tokened(t)
			fault.Service, fault.Operation = "iam", "EnableMFADevice"
			defer s.Inject(fault)()
			if _, diags := server.InvokeAction(t, enableDevice, config); len(diags) > 0 || len(s.held()) != 1 {
				t.Errorf("the user has %v: %s", s.held(), providertest.Text(diags))
			}
		})
	}
}

// What AWS refuses is told with what to do, and without the codes, even if AWS quotes them.
func TestEnableDevice_errors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*deviceStage, map[string]any)
		texts  []string
	}{
		"old codes": {func(s *deviceStage, _ map[string]any) { s.later(10 * time.Minute) }, []string{
			"Unable to enable the MFA device", "InvalidAuthenticationCode", "not older than a minute",
		}},
		"wrong order": {func(_ *deviceStage, config map[string]any) {
			config["authentication_code1"], config["authentication_code2"] = config["authentication_code2"], config["authentication_code1"]
		}, []string{"InvalidAuthenticationCode", "one after the other"}},
		"unknown device": {func(_ *deviceStage, config map[string]any) { config["serial_number"] = "GAHT00000000" }, []string{
			"NoSuchEntity", "check the serial number",
		}},
		"unknown user": {func(_ *deviceStage, config map[string]any) { config["user"] = "nobody" }, []string{
			"NoSuchEntity", `make the user "nobody" first`,
		}},
		"device of another": {func(s *deviceStage, config map[string]any) {
			s.make("phone")
			s.enable("phone")
			s.makeUser("other")
			first, second := s.DeviceCodes(s.serial("phone"))
			config["user"], config["serial_number"] = "other", s.serial("phone")
			config["authentication_code1"], config["authentication_code2"] = first, second
		}, []string{"EntityAlreadyExists", "another user has this device"}},
		"quoted": {func(s *deviceStage, config map[string]any) {
			code, _ := config["authentication_code1"].(string)
			s.Inject(localaws.Fault{
				Service: "iam", Operation: "EnableMFADevice", Kind: localaws.Refuse, Code: "ValidationError", Status: http.StatusBadRequest,
				Message: "Value '" + code + "' at 'authenticationCode1' failed to satisfy constraint",
			})
		}, []string{"Value '(hidden)' at"}},
		"too many": {func(s *deviceStage, _ map[string]any) {
			s.Inject(localaws.Fault{
				Service: "iam", Operation: "EnableMFADevice", Kind: localaws.Refuse, Code: "LimitExceeded", Status: http.StatusConflict,
			})
		}, []string{"eight MFA devices at most"}},
		"denied": {func(s *deviceStage, _ map[string]any) {
			s.Inject(localaws.Fault{Service: "iam", Operation: "EnableMFADevice", Kind: localaws.Deny})
		}, []string{"allow the action iam:EnableMFADevice"}},
		"no code": {func(_ *deviceStage, config map[string]any) { config["authentication_code1"] = "12345" }, []string{"six digits"}},
		"same code": {func(_ *deviceStage, config map[string]any) {
			config["authentication_code2"] = config["authentication_code1"]
		}, []string{"Both codes are the same"}},
		"no serial": {func(_ *deviceStage, config map[string]any) { config["serial_number"] = "x" }, []string{
			"must be a serial number",
		}},
		"unknown account": {func(_ *deviceStage, config map[string]any) { config["account"] = "nowhere" }, []string{
			`Unknown account "nowhere"`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, server, config := tokened(t)
			c.change(s, config)
			progress, diags := server.InvokeAction(t, enableDevice, config)
			if !providertest.Errors(diags) || slices.Contains(s.held(), deviceToken) {
				t.Errorf("the user has %v", s.held())
			}
			said := strings.Join(progress, "\n") + providertest.Text(diags)
			deviceSays(t, said, c.texts...)
			hidesCodes(t, said, config)
		})
	}
}

// A long-term key cannot add to the devices of its own user.
func TestEnableDevice_own(t *testing.T) {
	t.Parallel()
	s, _, config := tokened(t)
	s.make("phone")
	s.enable("phone")
	server := providertest.NewServer(t, s.Runtime())
	if diags := server.Configure(t, s.ProviderArguments(s.User(deviceUser))); providertest.Errors(diags) {
		t.Fatal(providertest.Text(diags))
	}
	_, diags := server.InvokeAction(t, enableDevice, config)
	deviceSays(t, providertest.Text(diags), "AccessDenied", "by long-term access keys once there is one")
}

// A plan changes nothing, and takes what is not known yet.
func TestEnableDevice_plan(t *testing.T) {
	t.Parallel()
	s, server, config := tokened(t)
	s.ResetCalls()
	for _, one := range []map[string]any{config, {
		"user": providertest.Unknown, "serial_number": providertest.Unknown, "account": providertest.Unknown,
		"authentication_code1": providertest.Unknown, "authentication_code2": providertest.Unknown,
	}} {
		if diags := server.PlanAction(t, enableDevice, one); len(diags) > 0 {
			t.Error(providertest.Text(diags))
		}
	}
	if len(s.Mutations()) > 0 || len(s.held()) > 0 {
		t.Error("a plan enables the device")
	}
}

// TestDevicePermissions records which IAM actions each type needs; an apply that fails has
// to clean up as well.
func TestDevicePermissions(t *testing.T) {
	t.Parallel()
	s, server, config := tokened(t)
	invoking := s.Used(func() { server.InvokeAction(t, enableDevice, config) })
	providertest.ExpectPermissions(t, "actions/"+enableDevice, map[string][]string{"Apply": invoking})

	s = newDeviceStage(t)
	cli := s.ready(viaParameter, `tags = { team = "security" }`)
	applying := s.Used(func() {
		restore := s.Inject(localaws.Fault{Service: "iam", Operation: "EnableMFADevice", Kind: localaws.Deny})
		deviceFails(t, cli, deviceApply, "iam:EnableMFADevice")
		restore()
		cli.Apply(t)
		cli.Write(t, s.config(viaManager, `recreate = "1"`, `tags = { owner = "security" }`))
		cli.Apply(t)
		cli.Write(t, s.config(viaManager, `recreate = "1"`, `tags = { team = "audit" }`))
		cli.Apply(t)
	})
	s.deactivate("vault")
	planning := s.Used(func() { cli.Must(t, "plan") })
	s.enable("vault")
	destroying := s.Used(func() { cli.Must(t, "destroy", "-auto-approve") })
	providertest.ExpectPermissions(t, "resources/"+deviceType, map[string][]string{
		"Plan": planning, "Apply": providertest.Beyond(applying, planning), "Destroy": providertest.Beyond(destroying, planning),
	})

	s.make("vault")
	s.enable("vault")
	server = s.Server(t, nil)
	listing := s.Used(func() { server.List(t, deviceType, providertest.ListQuery{IncludeResource: true}) })
	providertest.ExpectPermissions(t, "list-resources/"+deviceType, map[string][]string{"Plan": listing})
}
