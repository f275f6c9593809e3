package accesskey_test

import (
	"encoding/json"
	"fmt"
	"io"
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
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	keyType    = "iamguard_access_key"
	keyAddress = keyType + ".test"
	keyUser    = "ci"
	parameter  = "/ci/access-key"
	day        = 24 * time.Hour

	viaManager   = `secret_id = "ci"`
	viaParameter = `ssm_parameter = "` + parameter + `"`
)

var applying = []string{"apply", "-auto-approve"}

// keyStage is an account with the user ci, a secret and the keys of age.
type keyStage struct {
	*providertest.Stage
	t        testing.TB
	identity *age.X25519Identity
}

func newKeyStage(t *testing.T) *keyStage {
	t.Helper()
	return keyStageOf(t, providertest.NewStage(t))
}

func keyStageOf(tb testing.TB, stage *providertest.Stage) *keyStage {
	tb.Helper()
	s := &keyStage{stage, tb, newIdentity(tb)}
	s.does(s.iam(s.Admin()).CreateUser(tb.Context(), &iam.CreateUserInput{UserName: aws.String(keyUser)}))
	s.does(s.manager().CreateSecret(tb.Context(), &secretsmanager.CreateSecretInput{
		Name: aws.String("ci"), SecretString: aws.String("nothing yet"),
	}))
	return s
}

func newIdentity(tb testing.TB) *age.X25519Identity {
	tb.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		tb.Fatal(err)
	}
	return identity
}

func (s *keyStage) does(_ any, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *keyStage) iam(as localaws.Principal) *iam.Client { return iam.NewFromConfig(s.SDK(as)) }
func (s *keyStage) manager() *secretsmanager.Client {
	return secretsmanager.NewFromConfig(s.SDK(s.Admin()))
}

func (s *keyStage) ssm() *ssm.Client { return ssm.NewFromConfig(s.SDK(s.Admin())) }

func (s *keyStage) viaAge() string {
	return fmt.Sprintf("age_recipients = [%q]", s.identity.Recipient())
}

// body is the resource with lines of arguments.
func (s *keyStage) body(lines ...string) string {
	return "resource \"" + keyType + "\" \"test\" {\n  user = \"" + keyUser + "\"\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

func (s *keyStage) config(lines ...string) string { return s.Config(s.body(lines...)) }

func (s *keyStage) ready(lines ...string) *providertest.CLI {
	s.t.Helper()
	t, ok := s.t.(*testing.T)
	if !ok {
		s.t.Fatal("no test")
	}
	cli := s.CLI(t)
	cli.Write(t, s.config(lines...))
	cli.Must(t, "init")
	return cli
}

func (s *keyStage) applied(lines ...string) *providertest.CLI {
	s.t.Helper()
	cli := s.ready(lines...)
	s.apply(cli)
	return cli
}

// apply asserts that no apply both makes and deactivates a key, and gives what it said.
func (s *keyStage) apply(cli *providertest.CLI) string {
	s.t.Helper()
	s.ResetCalls()
	out := cli.Apply(s.t)
	s.neverBoth()
	return out
}

func (s *keyStage) neverBoth() {
	s.t.Helper()
	off := 0
	for _, call := range s.Calls(localaws.Named("iam:UpdateAccessKey")) {
		if call.Params["Status"] == "Inactive" {
			off++
		}
	}
	if made := len(s.Calls(localaws.Named("iam:CreateAccessKey"))); made > 0 && off > 0 {
		s.t.Errorf("one apply made %d keys and deactivated %d", made, off)
	}
}

// later moves the clocks of the provider and of AWS.
func (s *keyStage) later(d time.Duration) {
	s.t.Helper()
	s.does(nil, s.Clock.Sleep(s.t.Context(), d))
}

// keys are those of the user: status by ID.
func (s *keyStage) keys() map[string]string {
	s.t.Helper()
	out, err := s.iam(s.Admin()).ListAccessKeys(s.t.Context(), &iam.ListAccessKeysInput{UserName: aws.String(keyUser)})
	if err != nil {
		s.t.Fatal(err)
	}
	keys := map[string]string{}
	for _, one := range out.AccessKeyMetadata {
		keys[*one.AccessKeyId] = string(one.Status)
	}
	return keys
}

// pair is what is stored.
type pair struct {
	Version                      int
	AccessKeyId, SecretAccessKey string //nolint:revive // As credential_process writes it.
}

func (s *keyStage) stored(cli *providertest.CLI) pair {
	s.t.Helper()
	state := cli.State(s.t, keyAddress)
	var text string
	switch {
	case state["secret_id"] != nil:
		out, err := s.manager().GetSecretValue(s.t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("ci")})
		s.does(nil, err)
		text = aws.ToString(out.SecretString)
	case state["ssm_parameter"] != nil:
		out, err := s.ssm().
			GetParameter(s.t.Context(), &ssm.GetParameterInput{Name: aws.String(parameter), WithDecryption: aws.Bool(true)})
		s.does(nil, err)
		text = aws.ToString(out.Parameter.Value)
	default:
		armored, _ := state["secret_encrypted"].(string)
		plain, err := age.Decrypt(armor.NewReader(strings.NewReader(armored)), s.identity)
		s.does(nil, err)
		read, err := io.ReadAll(plain)
		s.does(nil, err)
		text = string(read)
	}
	var found pair
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		s.t.Fatalf("what is stored is no key: %v", err)
	}
	return found
}

// works asserts that what is stored is the active key of the state, and signs.
func (s *keyStage) works(cli *providertest.CLI) pair {
	s.t.Helper()
	found := s.stored(cli)
	if s.keys()[found.AccessKeyId] != "Active" || cli.State(s.t, keyAddress)["access_key_id"] != found.AccessKeyId {
		s.t.Errorf("stored is the key %s, the user has %v, the state %v", found.AccessKeyId, s.keys(), cli.State(s.t, keyAddress))
	}
	if known := s.secretOf(found.AccessKeyId); known != found.SecretAccessKey {
		s.t.Error("the secret is not that of the key")
	}
	s.use(found)
	return found
}

// secretOf is the secret that AWS answered for a key.
func (s *keyStage) secretOf(id string) string { return s.Secret(id) }

// use calls AWS with a pair.
func (s *keyStage) use(with pair) {
	s.t.Helper()
	out, err := sts.NewFromConfig(s.SDK(localaws.Principal{
		AccessKeyID: with.AccessKeyId, SecretAccessKey: with.SecretAccessKey, AccountID: s.ID,
	})).GetCallerIdentity(s.t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		s.t.Errorf("the stored key does not work: %v", err)
	} else if !strings.HasSuffix(aws.ToString(out.Arn), ":user/"+keyUser) {
		s.t.Errorf("the stored key is that of %s", aws.ToString(out.Arn))
	}
}

func (s *keyStage) make() pair {
	s.t.Helper()
	out, err := s.iam(s.User("mallory")).CreateAccessKey(s.t.Context(), &iam.CreateAccessKeyInput{UserName: aws.String(keyUser)})
	if err != nil {
		s.t.Fatal(err)
	}
	return pair{AccessKeyId: *out.AccessKey.AccessKeyId, SecretAccessKey: *out.AccessKey.SecretAccessKey}
}

func (s *keyStage) set(id string, status types.StatusType) {
	s.t.Helper()
	s.does(s.iam(s.User("mallory")).UpdateAccessKey(s.t.Context(), &iam.UpdateAccessKeyInput{
		UserName: aws.String(keyUser), AccessKeyId: &id, Status: status,
	}))
}

func (s *keyStage) drop(id string) {
	s.t.Helper()
	s.does(s.iam(s.User("mallory")).DeleteAccessKey(s.t.Context(), &iam.DeleteAccessKeyInput{
		UserName: aws.String(keyUser), AccessKeyId: &id,
	}))
}

// expect compares attributes of the state.
func (s *keyStage) expect(cli *providertest.CLI, want map[string]any) {
	s.t.Helper()
	state := cli.State(s.t, keyAddress)
	for name, value := range want {
		if state[name] != value {
			s.t.Errorf("%s is %v, want %v", name, state[name], value)
		}
	}
}

func short(id string) string { return "…" + id[len(id)-4:] }
