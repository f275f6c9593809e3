package mfa_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/pquerna/otp/totp"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	deviceType    = "iamguard_virtual_mfa_device"
	deviceAddress = deviceType + ".test"
	deviceUser    = "break-glass"
)

// deviceStage is an account with the user break-glass, a secret and the keys of age.
type deviceStage struct {
	*providertest.Stage
	t        *testing.T
	identity *age.X25519Identity
}

func newDeviceStage(t *testing.T) *deviceStage {
	t.Helper()
	return deviceStageOf(t, providertest.NewStage(t))
}

func deviceStageOf(t *testing.T, stage *providertest.Stage) *deviceStage {
	t.Helper()
	s := &deviceStage{stage, t, newDeviceIdentity(t)}
	s.makeUser(deviceUser)
	s.does(s.manager().CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
		Name: aws.String("seed"), SecretString: aws.String("nothing yet"),
	}))
	return s
}

func newDeviceIdentity(t *testing.T) *age.X25519Identity {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func (s *deviceStage) does(_ any, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *deviceStage) iam(as localaws.Principal) *iam.Client { return iam.NewFromConfig(s.SDK(as)) }
func (s *deviceStage) manager() *secretsmanager.Client {
	return secretsmanager.NewFromConfig(s.SDK(s.Admin()))
}
func (s *deviceStage) ssm() *ssm.Client { return ssm.NewFromConfig(s.SDK(s.Admin())) }

func (s *deviceStage) makeUser(name string) {
	s.t.Helper()
	s.does(s.iam(s.Admin()).CreateUser(s.t.Context(), &iam.CreateUserInput{UserName: &name}))
}

// serial is the ARN of the device of the configuration, or of another one.
func (s *deviceStage) serial(name string) string { return "arn:aws:iam::" + s.ID + ":mfa/" + name }

func (s *deviceStage) viaAge() string {
	return fmt.Sprintf("age_recipients = [%q]", s.identity.Recipient())
}

const (
	viaManager   = `seed_secret_id = "seed"`
	viaParameter = `seed_ssm_parameter = "/break-glass/seed"`
)

// body is the resource with lines of arguments.
func (s *deviceStage) body(lines ...string) string {
	return "resource \"" + deviceType + "\" \"test\" {\n  name = \"vault\"\n  user = \"" + deviceUser + "\"\n  " +
		strings.Join(lines, "\n  ") + "\n}\n"
}

func (s *deviceStage) config(lines ...string) string { return s.Config(s.body(lines...)) }

func (s *deviceStage) ready(lines ...string) *providertest.CLI {
	s.t.Helper()
	cli := s.CLI(s.t)
	cli.Write(s.t, s.config(lines...))
	cli.Must(s.t, "init")
	return cli
}

// applied is a configuration that is applied, with the calls of it forgotten.
func (s *deviceStage) applied(lines ...string) *providertest.CLI {
	s.t.Helper()
	cli := s.ready(lines...)
	cli.Apply(s.t)
	return cli
}

// held are the serial numbers of the devices of the user.
func (s *deviceStage) held() []string {
	s.t.Helper()
	out, err := s.iam(s.Admin()).ListMFADevices(s.t.Context(), &iam.ListMFADevicesInput{UserName: aws.String(deviceUser)})
	if err != nil {
		s.t.Fatal(err)
	}
	var serials []string
	for _, one := range out.MFADevices {
		serials = append(serials, *one.SerialNumber)
	}
	return serials
}

// all are the serial numbers of all virtual devices of the account.
func (s *deviceStage) all() []string {
	s.t.Helper()
	out, err := s.iam(s.Admin()).ListVirtualMFADevices(s.t.Context(), &iam.ListVirtualMFADevicesInput{
		AssignmentStatus: types.AssignmentStatusTypeAny,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	var serials []string
	for _, one := range out.VirtualMFADevices {
		serials = append(serials, *one.SerialNumber)
	}
	return serials
}

func (s *deviceStage) deactivate(name string) {
	s.t.Helper()
	s.does(s.iam(s.User("mallory")).DeactivateMFADevice(s.t.Context(), &iam.DeactivateMFADeviceInput{
		UserName: aws.String(deviceUser), SerialNumber: aws.String(s.serial(name)),
	}))
}

func (s *deviceStage) remove(name string) {
	s.t.Helper()
	s.deactivate(name)
	s.does(s.iam(s.User("mallory")).DeleteVirtualMFADevice(s.t.Context(), &iam.DeleteVirtualMFADeviceInput{
		SerialNumber: aws.String(s.serial(name)),
	}))
}

// enable enables a device by the codes that it shows.
func (s *deviceStage) enable(name string) {
	s.t.Helper()
	first, second := s.DeviceCodes(s.serial(name))
	s.does(s.iam(s.Admin()).EnableMFADevice(s.t.Context(), &iam.EnableMFADeviceInput{
		UserName: aws.String(deviceUser), SerialNumber: aws.String(s.serial(name)),
		AuthenticationCode1: &first, AuthenticationCode2: &second,
	}))
}

func (s *deviceStage) make(name string) {
	s.t.Helper()
	s.does(s.iam(s.Admin()).CreateVirtualMFADevice(s.t.Context(), &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: &name}))
}

// codes are those that a seed gives now.
func (s *deviceStage) codes(seed string) (first, second string) {
	s.t.Helper()
	now := s.Clock.Now()
	var err error
	if first, err = totp.GenerateCode(seed, now.Add(-30*time.Second)); err == nil {
		second, err = totp.GenerateCode(seed, now)
	}
	if err != nil {
		s.t.Fatalf("%q is no seed: %v", seed, err)
	}
	return first, second
}

// opens tells whether AWS takes the codes of a seed: it takes the device from its user
// and gives it back.
func (s *deviceStage) opens(seed string) bool {
	s.t.Helper()
	s.deactivate("vault")
	first, second := s.codes(seed)
	_, err := s.iam(s.Admin()).EnableMFADevice(s.t.Context(), &iam.EnableMFADeviceInput{
		UserName: aws.String(deviceUser), SerialNumber: aws.String(s.serial("vault")),
		AuthenticationCode1: &first, AuthenticationCode2: &second,
	})
	if err != nil {
		s.enable("vault")
	}
	return err == nil
}

// inState is the seed that the state has encrypted.
func (s *deviceStage) inState(cli *providertest.CLI) string {
	s.t.Helper()
	text, ok := cli.State(s.t, deviceAddress)["seed_encrypted"].(string)
	if !ok {
		s.t.Fatal("the state has no encrypted seed")
	}
	plain, err := age.Decrypt(armor.NewReader(strings.NewReader(text)), s.identity)
	if err != nil {
		s.t.Fatal(err)
	}
	seed, err := io.ReadAll(plain)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(seed)
}

func (s *deviceStage) inManager() string {
	s.t.Helper()
	out, err := s.manager().GetSecretValue(s.t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("seed")})
	if err != nil {
		s.t.Fatal(err)
	}
	return aws.ToString(out.SecretString)
}

func (s *deviceStage) inParameter() string {
	s.t.Helper()
	out, err := s.ssm().GetParameter(s.t.Context(), &ssm.GetParameterInput{
		Name: aws.String("/break-glass/seed"), WithDecryption: aws.Bool(true),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if out.Parameter.Type != ssmtypes.ParameterTypeSecureString {
		s.t.Errorf("the parameter is a %s", out.Parameter.Type)
	}
	return aws.ToString(out.Parameter.Value)
}

// carriers are the names of the calls by the admin whose request has a text.
func (s *deviceStage) carriers(text string) []string {
	var names []string
	for _, call := range s.Calls() {
		if bytes.Contains(call.RawRequest, []byte(text)) {
			names = append(names, call.Name())
		}
	}
	return slices.Compact(names)
}

func (s *deviceStage) made() int { return len(s.Calls(localaws.Named("iam:CreateVirtualMFADevice"))) }

func (s *deviceStage) later(d time.Duration) {
	s.t.Helper()
	if err := s.Clock.Sleep(s.t.Context(), d); err != nil {
		s.t.Fatal(err)
	}
}

// deviceSays looks for texts whatever the line breaks.
func deviceSays(t *testing.T, out string, texts ...string) {
	t.Helper()
	flat := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
	for _, text := range texts {
		if !strings.Contains(flat, text) {
			t.Errorf("%q is missing in:\n%s", text, out)
		}
	}
}

// deviceFails runs a command that has to fail with texts.
func deviceFails(t *testing.T, cli *providertest.CLI, command []string, texts ...string) {
	t.Helper()
	code, out := cli.Run(t, command...)
	if code == 0 {
		t.Errorf("terraform %v succeeds:\n%s", command, out)
	}
	deviceSays(t, out, texts...)
}

var deviceApply = []string{"apply", "-auto-approve"}

// secretIn makes a secret in another region, and gives its ARN and what keeps the calls
// there.
func (s *deviceStage) secretIn(region string) (string, func(localaws.Call) bool) {
	s.t.Helper()
	config := s.SDK(s.Admin())
	config.Region = region
	out, err := secretsmanager.NewFromConfig(config).CreateSecret(s.t.Context(), &secretsmanager.CreateSecretInput{
		Name: aws.String("far"), SecretString: aws.String("nothing yet"),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.ResetCalls()
	return *out.ARN, func(call localaws.Call) bool { return call.Region == region && call.Service == "secretsmanager" }
}
