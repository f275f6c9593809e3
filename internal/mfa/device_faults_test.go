package mfa_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Whichever call fails, no device is left that nobody can use. A parameter is left with
// the last seed, and only if there was a device.
func TestDevice_faults(t *testing.T) {
	t.Parallel()
	for name, argument := range map[string]string{
		"age": (&deviceStage{identity: newDeviceIdentity(t)}).viaAge(), "Secrets Manager": viaManager, "Systems Manager": viaParameter,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			providertest.FaultLoop(t, providertest.Lifecycle{
				Prepare: func(_ testing.TB, stage *providertest.Stage) {
					s := deviceStageOf(t, stage)
					s.make("other")
				},
				Config: func(stage *providertest.Stage) string {
					return (&deviceStage{Stage: stage, t: t}).config(argument)
				},
				Left: func(_ testing.TB, stage *providertest.Stage) []string {
					s := &deviceStage{Stage: stage, t: t}
					var left []string
					for _, serial := range s.all() {
						if serial != s.serial("other") {
							left = append(left, serial)
						}
					}
					return left
				},
				Survives: func(tb testing.TB, stage *providertest.Stage) {
					tb.Helper()
					if s := (&deviceStage{Stage: stage, t: t}); len(s.all()) != 1 {
						tb.Errorf("there are %v", s.all())
					}
				},
			})
		})
	}
}

// After a lost answer the device whose seed nobody knows is deleted, in every way to lose
// one, and however often.
func TestDevice_lostAnswer(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]localaws.Fault{
		"once":   {Kind: localaws.LostAnswer, Nth: 1},
		"twice":  {Kind: localaws.LostAnswer, Nth: 1, Count: 2},
		"as 500": {Kind: localaws.LostAnswer, Nth: 1, Status: http.StatusInternalServerError},
		"always": {Kind: localaws.LostAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newDeviceStage(t)
			cli := s.ready(viaParameter)
			fault.Service, fault.Operation = "iam", "CreateVirtualMFADevice"
			restore := s.Inject(fault)
			if name == "always" {
				deviceFails(t, cli, deviceApply, "Unable to create the virtual MFA device")
				if len(s.all()) > 0 || s.hasParameter() {
					t.Errorf("left behind are %v", s.all())
				}
				restore()
				cli.Apply(t)
			} else {
				cli.Apply(t)
				restore()
			}
			if !s.opens(s.inParameter()) {
				t.Error("the seed is not that of the device")
			}
			cli.ExpectNoChange(t)
		})
	}
}

// What IAM does not know yet, or is busy with, is waited for; codes are never sent twice.
func TestDevice_enabling(t *testing.T) {
	t.Parallel()
	for code, status := range map[string]int{
		"InvalidAuthenticationCode": http.StatusForbidden, "NoSuchEntity": http.StatusNotFound,
		"EntityTemporarilyUnmodifiable": http.StatusConflict, "ConcurrentModification": http.StatusConflict,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s := newDeviceStage(t)
			cli := s.ready(s.viaAge())
			defer s.Inject(localaws.Fault{
				Service: "iam", Operation: "EnableMFADevice", Kind: localaws.Refuse, Nth: 1, Count: 2, Code: code, Status: status,
			})()
			cli.Apply(t)
			calls := s.Calls(localaws.Named("iam:EnableMFADevice"))
			if len(calls) != 3 || !s.opens(s.inState(cli)) {
				t.Errorf("%d attempts to enable the device", len(calls))
			}
			sent := map[any]bool{}
			for _, call := range calls {
				for _, name := range []string{"AuthenticationCode1", "AuthenticationCode2"} {
					if code == "InvalidAuthenticationCode" && sent[call.Params[name]] {
						t.Error("a code was sent twice")
					}
					sent[call.Params[name]] = true
				}
			}
		})
	}
}

// A clock that is off is told, within bounds, and no device stays.
func TestDevice_clock(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	s.SetClock(func() time.Time { return s.Clock.Now().Add(10 * time.Minute) })
	cli := s.ready(s.viaAge())
	before := s.Clock.Slept()
	deviceFails(t, cli, deviceApply, "Unable to create the virtual MFA device", "InvalidAuthenticationCode",
		"check the clock of the machine", "What was made so far was deleted again")
	if slept := s.Clock.Slept() - before; slept < 4*time.Minute || slept > 10*time.Minute {
		t.Errorf("waited for %s", slept)
	}
	if len(s.all()) > 0 || cli.State(t, deviceAddress) != nil {
		t.Errorf("left behind are %v", s.all())
	}
}

// A device is never made where its seed could not be kept, or nobody is there to have it.
func TestDevice_notWritable(t *testing.T) {
	t.Parallel()
	refuse := func(service, operation string) func(*deviceStage) {
		return func(s *deviceStage) {
			s.Inject(localaws.Fault{Service: service, Operation: operation, Kind: localaws.Deny})
		}
	}
	for name, c := range map[string]struct {
		argument string
		before   func(*deviceStage)
		texts    []string
	}{
		"no secret": {
			`seed_secret_id = "nothing"`, nil, []string{"ResourceNotFoundException", "make the secret first"},
		},
		"deleted secret": {viaManager, func(s *deviceStage) {
			s.does(s.manager().DeleteSecret(s.t.Context(), &secretsmanager.DeleteSecretInput{SecretId: aws.String("seed")}))
		}, []string{"the secret is about to be deleted"}},
		"secret denied": {viaManager, refuse("secretsmanager", "PutSecretValue"), []string{
			`allow the action secretsmanager:PutSecretValue on the secret "seed" of Secrets Manager`,
		}},
		"stage denied": {viaManager, refuse("secretsmanager", "UpdateSecretVersionStage"), []string{
			"allow the action secretsmanager:UpdateSecretVersionStage",
		}},
		"parameter in clear": {viaParameter, func(s *deviceStage) {
			s.does(s.ssm().PutParameter(s.t.Context(), &ssm.PutParameterInput{
				Name: aws.String("/break-glass/seed"), Value: aws.String("x"), Type: ssmtypes.ParameterTypeString,
			}))
		}, []string{"the parameter is a String", "name another place"}},
		"parameter denied": {viaParameter, refuse("ssm", "PutParameter"), []string{
			"allow the action ssm:PutParameter on the parameter",
		}},
		"no user": {viaParameter, func(s *deviceStage) {
			s.does(s.iam(s.Admin()).DeleteUser(s.t.Context(), &iam.DeleteUserInput{UserName: aws.String(deviceUser)}))
		}, []string{"NoSuchEntity", `make the user "break-glass" first`}},
		"name is taken": {viaManager, func(s *deviceStage) { s.make("vault") }, []string{
			"this virtual MFA device already exists and is not enabled for the user break-glass", "terraform import", "because its seed",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newDeviceStage(t)
			if c.before != nil {
				c.before(s)
			}
			s.ResetCalls()
			deviceFails(t, s.ready(c.argument), deviceApply, append(c.texts, "Unable to create the virtual MFA device")...)
			if s.made() > 0 {
				t.Error("a device was made")
			}
		})
	}
}

// Nor is one taken away before its successor's seed can be kept. If that fails later, the
// message says what is left.
func TestDevice_recreateFails(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	cli := s.applied(viaManager)
	cli.Write(t, s.config(viaManager, `recreate = "1"`))
	restore := s.Inject(localaws.Fault{Service: "secretsmanager", Operation: "PutSecretValue", Kind: localaws.Deny})
	deviceFails(t, cli, deviceApply, "Unable to update the virtual MFA device", "secretsmanager:PutSecretValue")
	restore()
	if !s.opens(s.inManager()) || s.made() != 1 {
		t.Error("the old device is gone")
	}
	restore = s.Inject(localaws.Fault{Service: "iam", Operation: "DeactivateMFADevice", Kind: localaws.Deny})
	deviceFails(t, cli, deviceApply, "allow the action iam:DeactivateMFADevice")
	restore()
	if len(s.held()) != 1 || s.made() != 1 {
		t.Error("the old device is gone")
	}
	restore = s.Inject(localaws.Fault{Service: "iam", Operation: "EnableMFADevice", Kind: localaws.Deny})
	deviceFails(t, cli, deviceApply, "Unable to update the virtual MFA device", "EnableMFADevice", "the old device is gone")
	restore()
	if len(s.all()) > 0 {
		t.Errorf("left behind are %v", s.all())
	}
	deviceSays(t, cli.Apply(t), "1 added")
	if !s.opens(s.inManager()) {
		t.Error("the secret has not the seed")
	}
}

// A deletion that is denied is an error, a device that is busy is waited for, and one that
// another user has by now is deleted all the same.
func TestDevice_destroy(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	cli := s.applied(s.viaAge())
	for _, operation := range []string{"DeactivateMFADevice", "DeleteVirtualMFADevice"} {
		restore := s.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny})
		deviceFails(t, cli, []string{"destroy", "-auto-approve"}, "Unable to delete the virtual MFA device",
			"allow the action iam:"+operation)
		restore()
	}
	if len(s.all()) != 1 || cli.State(t, deviceAddress) == nil {
		t.Error("a device that could not be deleted is forgotten")
	}
	s.makeUser("thief")
	first, second := s.DeviceCodes(s.serial("vault"))
	s.does(s.iam(s.Admin()).EnableMFADevice(t.Context(), &iam.EnableMFADeviceInput{
		UserName: aws.String("thief"), SerialNumber: aws.String(s.serial("vault")),
		AuthenticationCode1: &first, AuthenticationCode2: &second,
	}))
	defer s.Inject(localaws.Fault{
		Service: "iam", Operation: "DeleteVirtualMFADevice", Kind: localaws.Refuse, Nth: 1, Code: "EntityTemporarilyUnmodifiable",
		Status: http.StatusConflict,
	})()
	cli.Must(t, "destroy", "-auto-approve")
	if len(s.all()) > 0 {
		t.Errorf("left behind are %v", s.all())
	}
}

// AWS takes no change of one's own devices by a long-term key.
func TestDevice_own(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	cli := s.applied(s.viaAge())
	config := s.Provider(s.User(deviceUser)) + s.body(s.viaAge())
	cli.Write(t, config)
	deviceFails(t, cli, []string{"destroy", "-auto-approve"}, "AccessDenied", "by long-term access keys once there is one")
	cli.Write(t, strings.Replace(config, s.User(deviceUser).AccessKeyID, s.Admin().AccessKeyID, 1))
	cli.Must(t, "destroy", "-auto-approve")
}

func (s *deviceStage) hasParameter() bool {
	s.t.Helper()
	_, err := s.ssm().GetParameter(s.t.Context(), &ssm.GetParameterInput{Name: aws.String("/break-glass/seed")})
	return err == nil
}
