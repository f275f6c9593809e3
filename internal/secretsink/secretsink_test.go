package secretsink_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	managertypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
	"github.com/iamguard/terraform-provider-iamguard/internal/secretsink"
)

const secret = "KEEPTHISKEEPTHIS"

// bench is an account of the local AWS, reached as the provider reaches it.
type bench struct {
	*testing.T

	stage   *providertest.Stage
	place   framework.Place
	manager *secretsmanager.Client
	ssm     *ssm.Client
}

func newBench(t *testing.T) bench {
	t.Helper()
	stage := providertest.NewStage(t)
	admin := stage.Admin()
	pool := account.NewPool(account.Settings{
		Base: awsbase.Config{
			AccessKey: admin.AccessKeyID, SecretKey: admin.SecretAccessKey, Region: providertest.Region, MaxRetries: 3,
			SuppressDebugLog: true,
		},
		Endpoints: stage.Endpoints(),
	}, stage.Runtime())
	reached, err := pool.Account(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return bench{
		T: t, stage: stage, place: framework.Place{Account: reached}, manager: secretsmanager.NewFromConfig(stage.SDK(admin)),
		ssm: ssm.NewFromConfig(stage.SDK(admin)),
	}
}

func (b bench) does(_ any, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b bench) makeSecret(value *string) {
	b.Helper()
	b.does(b.manager.CreateSecret(b.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("seed"), SecretString: value}))
}

// value is the current version of the secret, and stages those of all versions.
func (b bench) value() string {
	b.Helper()
	out, err := b.manager.GetSecretValue(b.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("seed")})
	if err != nil {
		b.Fatal(err)
	}
	return aws.ToString(out.SecretString)
}

func (b bench) stages() []string {
	b.Helper()
	out, err := b.manager.DescribeSecret(b.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String("seed")})
	if err != nil {
		b.Fatal(err)
	}
	var stages []string
	for _, of := range out.VersionIdsToStages {
		stages = append(stages, of...)
	}
	slices.Sort(stages)
	return stages
}

// parameter is what Systems Manager has; nil where there is none.
func (b bench) parameter() *types.Parameter {
	b.Helper()
	out, err := b.ssm.GetParameter(b.Context(), &ssm.GetParameterInput{Name: aws.String("/seed"), WithDecryption: aws.Bool(true)})
	if err != nil {
		return nil
	}
	return out.Parameter
}

func (b bench) putParameter(kind types.ParameterType, key string) {
	b.Helper()
	in := &ssm.PutParameterInput{Name: aws.String("/seed"), Value: aws.String("before"), Type: kind}
	if key != "" {
		in.KeyId = &key
	}
	b.does(b.ssm.PutParameter(b.Context(), in))
}

func (b bench) proof(target secretsink.Target) secretsink.Proof {
	b.Helper()
	proof, err := target.Prove(b.Context(), b.place)
	if err != nil {
		b.Fatal(err)
	}
	return proof
}

func (b bench) keep(proof secretsink.Proof) string {
	b.Helper()
	encrypted, err := proof.Keep(b.Context(), secret)
	if err != nil {
		b.Fatal(err)
	}
	return encrypted
}

// A proof leaves the current version of a secret alone, and nothing of itself behind.
func TestTarget_manager(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.makeSecret(aws.String("before"))
	target := secretsink.Target{SecretID: "seed"}
	proof := b.proof(target)
	if b.value() != "before" || !slices.Equal(b.stages(), []string{"AWSCURRENT"}) {
		t.Errorf("after the proof the secret has %q and %v", b.value(), b.stages())
	}
	if b.keep(proof) != "" || b.value() != secret {
		t.Errorf("the secret has %q", b.value())
	}
	if err := proof.Undo(t.Context()); err != nil || b.value() != secret {
		t.Errorf("after the undo the secret has %q: %v", b.value(), err)
	}
}

// A secret that never had a version can keep one.
func TestTarget_managerEmpty(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.makeSecret(nil)
	if b.keep(b.proof(secretsink.Target{SecretID: "seed"})); b.value() != secret {
		t.Errorf("the secret has %q", b.value())
	}
}

// Lost answers are no failures, and stay without a trace.
func TestTarget_lostAnswers(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"PutSecretValue", "UpdateSecretVersionStage", "PutParameter", "DescribeParameters"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.makeSecret(aws.String("before"))
			defer b.stage.Inject(localaws.Fault{Operation: operation, Kind: localaws.LostAnswer, Nth: 1})()
			b.keep(b.proof(secretsink.Target{SecretID: "seed"}))
			b.keep(b.proof(secretsink.Target{Parameter: "/seed"}))
			if b.value() != secret || aws.ToString(b.parameter().Value) != secret || slices.Contains(b.stages(), "iamguard-proof") {
				t.Errorf("the secret has %q and %v", b.value(), b.stages())
			}
		})
	}
}

// A parameter that was made for the proof goes with it; one that exists stays, and keeps
// its key.
func TestTarget_parameter(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	target := secretsink.Target{Parameter: "/seed"}
	proof := b.proof(target)
	if have := b.parameter(); have == nil || have.Type != types.ParameterTypeSecureString {
		t.Errorf("after the proof there is %v", have)
	}
	for range 2 {
		if err := proof.Undo(t.Context()); err != nil || b.parameter() != nil {
			t.Errorf("after the undo there is %v: %v", b.parameter(), err)
		}
	}
	b.putParameter(types.ParameterTypeSecureString, "alias/own")
	b.stage.ResetCalls()
	proof = b.proof(target)
	if b.keep(proof) != "" || aws.ToString(b.parameter().Value) != secret {
		t.Errorf("the parameter has %q", aws.ToString(b.parameter().Value))
	}
	// The earlier value is in the history of the parameter, and the error says where.
	if err := proof.Undo(t.Context()); err == nil || !strings.Contains(err.Error(), "/seed:1") || b.parameter() == nil {
		t.Errorf("after the undo of a parameter that existed before: %v", err)
	}
	for _, call := range b.stage.Calls(localaws.Named("ssm:PutParameter")) {
		if call.Params["KeyId"] != "alias/own" || call.Params["Overwrite"] != true {
			t.Errorf("the key of the parameter was changed to %v", call.Params["KeyId"])
		}
	}
}

// Every recipient can read what the state has.
func TestTarget_age(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var identities []*age.X25519Identity
	var recipients []string
	for range 2 {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		identities, recipients = append(identities, identity), append(recipients, identity.Recipient().String())
	}
	proof := b.proof(secretsink.Target{Recipients: recipients})
	text := b.keep(proof)
	if !strings.HasPrefix(text, armor.Header) || strings.Contains(text, secret) || b.keep(proof) == text {
		t.Errorf("encrypted is %s", text)
	}
	for _, identity := range identities {
		plain, err := age.Decrypt(armor.NewReader(strings.NewReader(text)), identity)
		if err != nil {
			t.Fatal(err)
		}
		if read, err := io.ReadAll(plain); err != nil || string(read) != secret {
			t.Errorf("read was %q: %v", read, err)
		}
	}
	if err := proof.Undo(t.Context()); err != nil || len(b.stage.Mutations()) > 0 {
		t.Errorf("age calls AWS: %v", err)
	}
}

// What cannot keep a secret is refused before anything is written.
func TestTarget_unfit(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		target secretsink.Target
		before func(bench)
		class  error
		text   string
	}{
		"nothing":        {secretsink.Target{}, nil, secretsink.ErrOneTarget, "exactly one"},
		"two":            {secretsink.Target{SecretID: "a", Parameter: "b"}, nil, secretsink.ErrOneTarget, "exactly one"},
		"no recipient":   {secretsink.Target{Recipients: []string{"age1x"}}, nil, secretsink.ErrUnfit, "is no X25519 recipient"},
		"a secret key":   {secretsink.Target{Recipients: []string{identity.String()}}, nil, secretsink.ErrUnfit, "secret key of age"},
		"no secret":      {secretsink.Target{SecretID: "seed"}, nil, account.ErrNotFound, "ResourceNotFoundException"},
		"in clear":       {secretsink.Target{Parameter: "/seed"}, bench.inClear, secretsink.ErrUnfit, "is a String"},
		"deleted secret": {secretsink.Target{SecretID: "seed"}, bench.deleted, secretsink.ErrUnfit, "about to be deleted"},
		"rotating":       {secretsink.Target{SecretID: "seed"}, bench.rotating, secretsink.ErrUnfit, "rotates"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			if c.before != nil {
				c.before(b)
			}
			b.stage.ResetCalls()
			proof, err := c.target.Prove(t.Context(), b.place)
			if proof != nil || !errors.Is(err, c.class) || !strings.Contains(err.Error(), c.text) || len(b.stage.Mutations()) > 0 {
				t.Errorf("proven by %d calls: %v", len(b.stage.Mutations()), err)
			}
			if err != nil && (strings.Contains(err.Error(), identity.String()) || c.target.Advice(err) == "") {
				t.Errorf("the error is %v, the advice %q", err, c.target.Advice(err))
			}
		})
	}
}

func (b bench) inClear() { b.putParameter(types.ParameterTypeString, "") }

func (b bench) deleted() {
	b.makeSecret(nil)
	b.does(b.manager.DeleteSecret(b.Context(), &secretsmanager.DeleteSecretInput{SecretId: aws.String("seed")}))
}

func (b bench) rotating() {
	b.makeSecret(aws.String("before"))
	b.does(b.manager.RotateSecret(b.Context(), &secretsmanager.RotateSecretInput{
		SecretId: aws.String("seed"), RotateImmediately: aws.Bool(false),
		RotationRules: &managertypes.RotationRulesType{AutomaticallyAfterDays: aws.Int64(30)},
	}))
}

// The action that is denied is named, and nothing was proven.
func TestTarget_denied(t *testing.T) {
	t.Parallel()
	for operation, target := range map[string]secretsink.Target{
		"DescribeSecret": {SecretID: "seed"}, "PutSecretValue": {SecretID: "seed"}, "UpdateSecretVersionStage": {SecretID: "seed"},
		"DescribeParameters": {Parameter: "/seed"}, "PutParameter": {Parameter: "/seed"},
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.makeSecret(aws.String("before"))
			b.stage.Inject(localaws.Fault{Operation: operation, Kind: localaws.Deny})
			proof, err := target.Prove(t.Context(), b.place)
			if proof != nil || !errors.Is(err, account.ErrDenied) ||
				!strings.Contains(target.Advice(err), ":"+operation+" on "+target.String()) {
				t.Errorf("%v, with the advice %q", err, target.Advice(err))
			}
			if b.value() != "before" || b.parameter() != nil {
				t.Error("something was written")
			}
		})
	}
	if text := (secretsink.Target{Recipients: []string{"age1"}}).String(); text != "the age recipients" {
		t.Errorf("age recipients are named %q", text)
	}
}

// A target that refuses the secret itself does not quote it.
func TestTarget_quoted(t *testing.T) {
	t.Parallel()
	for operation, target := range map[string]secretsink.Target{
		"PutSecretValue": {SecretID: "seed"}, "PutParameter": {Parameter: "/seed"},
	} {
		b := newBench(t)
		b.makeSecret(aws.String("before"))
		proof := b.proof(target)
		b.stage.Inject(localaws.Fault{
			Operation: operation, Kind: localaws.Refuse, Code: "ValidationException", Message: "Value '" + secret + "' is refused",
		})
		if _, err := proof.Keep(t.Context(), secret); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", operation, err)
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	arn := "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a/b-AbCdEf"
	for text, want := range map[string]bool{"a": true, "a/b+c@d!": true, arn: true, "": false, "a b": false, arn + " ": false} {
		if secretsink.SecretIDForm.MatchString(text) != want {
			t.Errorf("%q as a secret is not %t", text, want)
		}
	}
	for text, want := range map[string]bool{
		"a": true, "/a": true, "/a/b.c-d_e": true, "a/b": true, "": false, "/": false, "/a/": false, "a//b": false, "a b": false,
		strings.Repeat("/a", 15): true, strings.Repeat("/a", 16): false,
	} {
		if secretsink.ParameterForm.MatchString(text) != want {
			t.Errorf("%q as a parameter is not %t", text, want)
		}
	}
}
