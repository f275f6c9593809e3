package secretsink

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// placeholder is what a proof writes.
const placeholder = "placeholder of iamguard, written to prove that the secret can be kept here"

// Errors of a target, which no permission puts right.
var (
	// ErrOneTarget is a target that says nothing or too much.
	ErrOneTarget = errors.New("a secret goes to exactly one of Secrets Manager, Systems Manager and age recipients")
	// ErrUnfit is a target that exists and cannot keep a secret.
	ErrUnfit = errors.New("this cannot keep the secret")
)

// Target is where a secret goes. Exactly one of its fields is set.
type Target struct {
	// SecretID is the name or ARN of a secret in Secrets Manager that exists.
	SecretID string
	// Parameter is the name of a parameter of Systems Manager.
	Parameter string
	// Recipients are age recipients (age1…).
	Recipients []string
	// InUse says that somebody reads what is there until the secret replaces it, so that no
	// placeholder may. Of a parameter that exists only the permission to write is proven then.
	InUse bool
}

// Proof is a target that was written to. It lives as long as one secret is made.
type Proof interface {
	// Keep writes the secret. What it answers is the secret encrypted to age recipients,
	// to be put in state, and "" where the secret is kept elsewhere.
	Keep(ctx context.Context, secret string) (encrypted string, err error)
	// Undo takes back what was made to keep the secret, once it is known to be of no use.
	Undo(ctx context.Context) error
}

// Prove writes a placeholder to the target, by the principal of a place. The region of
// Secrets Manager is that of an ARN, else, as for Systems Manager, that of the account.
// An error says that the secret must not be made.
func (t Target) Prove(ctx context.Context, in framework.Place) (Proof, error) {
	if err := t.one(); err != nil {
		return nil, err
	}
	if len(t.Recipients) > 0 {
		return proveAge(t.Recipients)
	}
	region, err := t.region(in)
	if err != nil {
		return nil, err
	}
	if t.SecretID != "" {
		return proveManager(ctx, in, region, t.SecretID)
	}
	return proveParameter(ctx, in, region, t.Parameter, t.InUse)
}

func (t Target) one() error {
	set := 0
	for _, is := range []bool{t.SecretID != "", t.Parameter != "", len(t.Recipients) > 0} {
		if is {
			set++
		}
	}
	if set != 1 {
		return ErrOneTarget
	}
	return nil
}

func (t Target) region(in framework.Place) (string, error) {
	if parsed, err := arn.Parse(t.SecretID); err == nil && parsed.Region != "" {
		return parsed.Region, nil
	}
	return in.Account.Region()
}

// String names the target in a message.
func (t Target) String() string {
	switch {
	case t.SecretID != "":
		return fmt.Sprintf("the secret %q of Secrets Manager", t.SecretID)
	case t.Parameter != "":
		return fmt.Sprintf("the parameter %q of Systems Manager", t.Parameter)
	}
	return "the age recipients"
}

// Advice says what to do about a target that was not writable, or "".
func (t Target) Advice(err error) string {
	failed := account.AsError(err)
	switch {
	case errors.Is(err, ErrUnfit) || errors.Is(err, ErrOneTarget):
		return "name another place to keep the secret, or put this one right."
	case failed == nil:
		return ""
	case failed.Service == "Secrets Manager" && errors.Is(err, account.ErrNotFound):
		return "make the secret first, or name one that exists in the region: iamguard puts a version into it and does not make it."
	case failed.Service == "Secrets Manager" && errors.Is(err, account.ErrDenied), failed.Service == "SSM" &&
		errors.Is(err, account.ErrDenied):
		return fmt.Sprintf("allow the action %s on %s to the role that runs Terraform, and the use of its KMS key "+
			"(kms:GenerateDataKey, kms:Encrypt and kms:Decrypt).", failed.Action(), t)
	}
	return ""
}

// Forms of a target's names, for the schemas of types that have one; see
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html and
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
var (
	SecretIDForm = regexp.MustCompile(
		`^([A-Za-z0-9/_+=.@!-]{1,512}|arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@!-]{1,519})$`)
	ParameterForm = regexp.MustCompile(`^(/?[A-Za-z0-9_.-]+)(/[A-Za-z0-9_.-]+){0,14}$`)
)

// LongestParameter is how many characters the name of a parameter has at most.
const LongestParameter = 1011
