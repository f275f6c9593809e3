package mfa_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// After an import the place of the seed and the first trigger are only taken over: the
// device stays.
func TestDevice_import(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	config := []string{viaManager, `path = "/break-glass/"`, `tags = { team = "security" }`, `recreate = "1"`}
	cli := s.applied(config...)
	seed := s.inManager()
	cli.Must(t, "state", "rm", deviceAddress)
	cli.Must(t, "import", deviceAddress, s.serial("break-glass/vault"))
	state := cli.State(t, deviceAddress)
	for name, want := range map[string]any{
		"user": deviceUser, "name": "vault", "path": "/break-glass/", "account": nil, "account_id": s.ID, "active": true,
		"seed_secret_id": nil, "seed_encrypted": nil,
	} {
		if state[name] != want {
			t.Errorf("%s is %v, want %v", name, state[name], want)
		}
	}
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if s.inManager() != seed || s.made() != 1 {
		t.Error("the import has made another device")
	}
	cli.Write(t, s.config(append(config[:3:3], `recreate = "2"`)...))
	deviceSays(t, cli.Apply(t), "will be deleted and made anew")
	if s.inManager() == seed {
		t.Error("the device was not made anew")
	}
}

// A device that nobody has any more is taken over by a trigger alone.
func TestDevice_importInactive(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	cli := s.applied(viaParameter)
	cli.Must(t, "state", "rm", deviceAddress)
	cli.Must(t, "import", deviceAddress, s.serial("vault"))
	s.deactivate("vault")
	deviceFails(t, cli, deviceApply, "Unable to update the virtual MFA device")
	cli.Write(t, s.config(viaParameter, `recreate = "1"`))
	cli.Apply(t)
	cli.ExpectNoChange(t)
}

func TestDevice_importByIdentity(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		ProtoV6ProviderFactories: s.Factories(),
		Steps: []resource.TestStep{
			{Config: s.config(viaManager)},
			{ResourceName: deviceAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

func TestDevice_importErrors(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	s.make("spare")
	cli := s.ready(viaManager)
	for id, want := range map[string]string{
		"vault":                                  "is not the serial number of a virtual MFA device",
		s.serial(""):                             "is not the serial number of a virtual MFA device",
		"arn:aws:iam::" + s.ID + ":user/x":       "is not the serial number of a virtual MFA device",
		s.serial("root-account-mfa-device"):      "is the device of the root user",
		s.serial("nothing"):                      "no virtual MFA device has this serial number",
		s.serial("spare"):                        "the device is assigned to no user",
		"arn:aws:iam::999999999999:mfa/vault":    "999999999999",
		s.serial("vault") + "?account=" + s.ID:   "takes no suffix",
		"arn:aws-cn:iam::" + s.ID + ":mfa/spare": "no virtual MFA device has this serial number",
	} {
		deviceFails(t, cli, []string{"import", deviceAddress, id}, want)
	}
}

// The list has what users have, and not that of the root user, nor what nobody has.
func TestDevice_list(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	s.applied(viaManager, `tags = { team = "security" }`)
	s.make("spare")
	s.make("phone")
	s.enable("phone")
	s.make("root-account-mfa-device")
	s.enable("root-account-mfa-device")
	server := s.Server(t, nil)
	objects, diags := server.List(t, deviceType, providertest.ListQuery{IncludeResource: true})
	if len(diags) > 0 || len(objects) != 2 {
		t.Fatalf("%d objects: %s", len(objects), providertest.Text(diags))
	}
	one := objects[0]
	if one.DisplayName != "vault of break-glass" || one.Identity["serial_number"] != s.serial("vault") ||
		one.Identity["account_id"] != s.ID {
		t.Errorf("listed is %q with identity %v", one.DisplayName, one.Identity)
	}
	for name, want := range map[string]any{
		"user": deviceUser, "name": "vault", "path": "/", "active": true, "seed_encrypted": nil, "arn": s.serial("vault"),
	} {
		if one.Resource[name] != want {
			t.Errorf("%s is %v, want %v", name, one.Resource[name], want)
		}
	}
	if tags, ok := one.Resource["tags"].(map[string]any); !ok || tags["team"] != "security" {
		t.Errorf("the tags are %v", one.Resource["tags"])
	}
	objects, diags = server.List(t, deviceType, providertest.ListQuery{Limit: 1})
	if len(diags) > 0 || len(objects) != 1 {
		t.Errorf("%d objects within a limit of 1: %s", len(objects), providertest.Text(diags))
	}
}

// A list that cannot be read to its end is an error, for the resource too.
func TestDevice_secondPage(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	s.LimitPages(1)
	s.make("zz")
	s.make("vault")
	s.enable("vault")
	s.makeUser("other")
	first, second := s.DeviceCodes(s.serial("zz"))
	s.does(s.iam(s.Admin()).EnableMFADevice(t.Context(), &iam.EnableMFADeviceInput{
		UserName: aws.String("other"), SerialNumber: aws.String(s.serial("zz")),
		AuthenticationCode1: &first, AuthenticationCode2: &second,
	}))
	server := s.Server(t, nil)
	objects, diags := server.List(t, deviceType, providertest.ListQuery{})
	if len(diags) > 0 || len(objects) != 2 {
		t.Fatalf("%d objects: %s", len(objects), providertest.Text(diags))
	}
	defer s.Inject(localaws.Fault{
		Service: "iam", Operation: "ListVirtualMFADevices", Kind: localaws.Deny,
		Match: func(call localaws.Call) bool { return call.Params["Marker"] != nil },
	})()
	objects, diags = server.List(t, deviceType, providertest.ListQuery{})
	if len(objects) > 0 || !strings.Contains(providertest.Text(diags), "Unable to list the virtual MFA devices") {
		t.Errorf("%d objects: %s", len(objects), providertest.Text(diags))
	}
}

func TestDevice_refuses(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	for name, c := range map[string]struct{ body, text string }{
		"no place":       {s.body(""), "Exactly one of age_recipients, seed_secret_id and seed_ssm_parameter is needed"},
		"two places":     {s.body(viaManager, viaParameter), "Exactly one of age_recipients"},
		"no recipients":  {s.body("age_recipients = []"), "age_recipients"},
		"no recipient":   {s.body(`age_recipients = ["age1nothing"]`), "is no X25519 recipient of age"},
		"a secret key":   {s.body(`age_recipients = ["` + s.identity.String() + `"]`), "secret key of age, and not the recipient"},
		"secret":         {s.body(`seed_secret_id = "a b"`), "must be the name or the ARN of a secret"},
		"other ARN":      {s.body(`seed_secret_id = "arn:aws:ssm:eu-west-1:111122223333:parameter/x"`), "must be the name or the ARN"},
		"parameter":      {s.body(`seed_ssm_parameter = "a//b"`), "must be the name of a parameter"},
		"name":           {strings.Replace(s.body(viaManager), `"vault"`, `"a b"`, 1), "must be of letters, digits"},
		"name of root":   {strings.Replace(s.body(viaManager), `"vault"`, `"root-account-mfa-device"`, 1), "none of"},
		"user with path": {strings.Replace(s.body(viaManager), `"break-glass"`, `"/ops/break-glass"`, 1), "must be of letters, digits"},
		"path":           {s.body(viaManager, `path = "ops"`), "must begin and end with a slash"},
		"empty part":     {s.body(viaManager, `path = "/ops//"`), "must begin and end with a slash"},
		"reserved tag":   {s.body(viaManager, `tags = { "aws:x" = "y" }`), "must not begin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := s.CLI(t)
			cli.Write(t, s.Config(c.body))
			cli.Must(t, "init")
			code, out := cli.Run(t, "plan")
			if code == 0 {
				t.Errorf("no error:\n%s", out)
			}
			deviceSays(t, out, c.text)
		})
	}
}
