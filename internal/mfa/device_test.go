package mfa_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// The seed is where it should be, gives codes that AWS takes, and was sent in one call
// only; the codes in one other.
func TestDevice_sinks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		argument func(*deviceStage) string
		seed     func(*deviceStage, *providertest.CLI) string
		carriers []string
	}{
		"age": {(*deviceStage).viaAge, (*deviceStage).inState, nil},
		"Secrets Manager": {
			func(*deviceStage) string { return viaManager },
			func(s *deviceStage, _ *providertest.CLI) string { return s.inManager() },
			[]string{"secretsmanager:PutSecretValue"},
		},
		"Systems Manager": {
			func(*deviceStage) string { return viaParameter },
			func(s *deviceStage, _ *providertest.CLI) string { return s.inParameter() },
			[]string{"ssm:PutParameter"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newDeviceStage(t)
			cli := s.applied(c.argument(s), `tags = { team = "security" }`)
			cli.ExpectNoChange(t)
			seed := c.seed(s, cli)
			first, second := s.codes(seed)
			if got := s.carriers(seed); !slices.Equal(got, c.carriers) {
				t.Errorf("the seed was sent in %v", got)
			}
			for _, code := range []string{first, second} {
				if got := s.carriers("=" + code); len(got) > 1 || len(got) == 1 && got[0] != "iam:EnableMFADevice" {
					t.Errorf("a code was sent in %v", got)
				}
			}
			if state := cli.Must(t, "show", "-json"); strings.Contains(state, seed) {
				t.Error("the seed is in state")
			}
			if !s.opens(seed) {
				t.Error("AWS does not take the codes of the seed")
			}
			if !slices.Equal(s.held(), []string{s.serial("vault")}) {
				t.Errorf("the user has %v", s.held())
			}
			cli.ExpectNoChange(t)
			cli.Must(t, "destroy", "-auto-approve")
			if len(s.all()) > 0 {
				t.Errorf("left behind are %v", s.all())
			}
		})
	}
}

// An ARN carries the region of a secret, whatever that of the provider is.
func TestDevice_secretByARN(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	secret, region := s.secretIn("us-west-2")
	s.applied(`seed_secret_id = "`+secret+`"`, `path = "/break-glass/"`)
	if calls := s.Calls(region); len(calls) != 4 {
		t.Errorf("%d calls went to the region of the secret", len(calls))
	}
	if !slices.Equal(s.held(), []string{s.serial("break-glass/vault")}) {
		t.Errorf("the user has %v", s.held())
	}
}

// What somebody changes from outside shows as exactly that, and heals where it can.
func TestDevice_drift(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	config := s.config(viaManager, `tags = { team = "security" }`)
	plans := func(from map[string]any) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{providertest.ExpectDrift(deviceAddress, from)}}
	}
	serial := s.serial("vault")
	s.Test(t,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				s.does(s.iam(s.User("mallory")).UntagMFADevice(t.Context(), &iam.UntagMFADeviceInput{
					SerialNumber: &serial, TagKeys: []string{"team"},
				}))
			},
			Config: config, ConfigPlanChecks: plans(map[string]any{"tags_all": map[string]any{}, "tags": map[string]any{}}),
		},
		resource.TestStep{
			PreConfig: func() { s.deactivate("vault") }, Config: s.config(viaManager, `tags = { team = "security" }`, `recreate = "1"`),
			ConfigPlanChecks: plans(map[string]any{"active": false, "recreate": nil}),
		},
		resource.TestStep{Config: s.config(viaManager, `recreate = "1"`, `tags = { team = "audit" }`)},
		resource.TestStep{
			PreConfig: func() { s.remove("vault") }, Config: s.config(viaManager, `recreate = "1"`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(deviceAddress, plancheck.ResourceActionCreate),
			}},
		},
		resource.TestStep{
			Config: s.Config(strings.Replace(s.body(viaManager), "vault", "other", 1)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(deviceAddress, plancheck.ResourceActionDestroyBeforeCreate),
			}},
		},
	)
}

// A deactivated device is drift of which the plan says who did it, and that only recreate
// helps: the seed is not known any more.
func TestDevice_deactivated(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	cli := s.applied(s.viaAge())
	seed := s.inState(cli)
	s.later(time.Hour)
	s.deactivate("vault")
	deviceSays(
		t,
		cli.Must(t, "plan"),
		`Virtual MFA device "vault" (`+s.ID+`): DeactivateMFADevice by user/mallory`,
		"the user break-glass has no active MFA device, and an apply cannot enable this one",
		"~ active = false -> true",
		"change recreate",
	)
	deviceFails(t, cli, deviceApply, "Unable to update the virtual MFA device", "the seed of this one is not known here",
		"let the user enroll a device, with the old seed or a new one, which counts as well")
	cli.Write(t, s.config(s.viaAge(), `recreate = "lost"`))
	deviceSays(t, cli.Apply(t), "will be deleted and made anew for the user break-glass", "seed_encrypted")
	cli.ExpectNoChange(t)
	if again := s.inState(cli); again == seed || !s.opens(again) || s.opens(seed) {
		t.Error("the device was not made anew")
	}
	s.deactivate("vault")
	cli.Must(t, "plan")
	s.enable("vault")
	cli.ExpectNoChange(t)
}

// A device that is gone is told with who deleted it, and made again.
func TestDevice_deleted(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	cli := s.applied(viaParameter)
	s.later(time.Hour)
	s.remove("vault")
	deviceSays(t, cli.Must(t, "plan"), "the virtual MFA device is gone: DeleteVirtualMFADevice by user/mallory",
		"Until it is made again, its user signs in without a second factor", "1 to add")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if !s.opens(s.inParameter()) {
		t.Error("the parameter has not the seed of the new device")
	}
}

// A user who enrolled another device is no drift, whatever became of ours, until that
// device is gone too.
func TestDevice_reenrolled(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	cli := s.applied(s.viaAge(), `tags = { team = "security" }`)
	s.make("phone")
	s.enable("phone")
	s.deactivate("vault")
	cli.ExpectNoChange(t)
	s.does(s.iam(s.User("mallory")).DeleteVirtualMFADevice(t.Context(), &iam.DeleteVirtualMFADeviceInput{
		SerialNumber: aws.String(s.serial("vault")),
	}))
	cli.ExpectNoChange(t)
	cli.Write(t, s.config(s.viaAge(), `tags = { team = "audit" }`))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	cli.Write(t, s.config(s.viaAge(), `recreate = "2"`))
	cli.Apply(t)
	if !s.opens(s.inState(cli)) || len(s.held()) != 2 {
		t.Errorf("the user has %v", s.held())
	}
	cli.Must(t, "destroy", "-auto-approve")
	if !slices.Equal(s.all(), []string{s.serial("phone")}) {
		t.Errorf("after destroy there are %v", s.all())
	}
}

// The place of a seed is changed together with recreate only, and an unknown trigger
// keeps the seed in state where it turns out to be the same.
func TestDevice_recreate(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	cli := s.applied(s.viaAge(), `recreate = "1"`)
	seed := s.inState(cli)
	cli.Write(t, s.config(viaManager, `recreate = "1"`))
	deviceFails(t, cli, []string{"plan"}, "Unable to move the seed of a device", "change recreate too")
	cli.Write(t, s.Config("resource \"terraform_data\" \"trigger\" {\n  input = \"1\"\n}\n")+
		s.body(s.viaAge(), "recreate = terraform_data.trigger.output"))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if s.inState(cli) != seed {
		t.Error("the seed in state has changed")
	}
	cli.Write(t, s.config(viaManager, `recreate = "2"`))
	deviceSays(t, cli.Apply(t), "will be deleted and made anew")
	cli.ExpectNoChange(t)
	if state := cli.State(t, deviceAddress); state["seed_encrypted"] != nil || s.inManager() == seed || !s.opens(s.inManager()) {
		t.Error("the secret has not the seed of a new device")
	}
}
