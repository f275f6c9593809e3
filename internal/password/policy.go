package password

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// rules are the nine fields of a password policy, in the words of Terraform. An age and a
// reuse prevention of 0 are off.
type rules struct {
	Length, Reuse, Age                             int64
	Lower, Upper, Numbers, Symbols, Change, Expiry bool
}

// ofAWS is what IAM asks for where an account has no policy, see
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
var ofAWS = rules{Length: 8, Change: true}

// field is one field of a policy, by the name of its argument.
type field struct {
	name       string
	have, want any
	// weaker says that the wanted value asks for less than the live one.
	weaker bool
}

// against compares the live policy with another one, field by field.
func (r rules) against(want rules) []field {
	return []field{
		{"minimum_password_length", r.Length, want.Length, want.Length < r.Length},
		{"password_reuse_prevention", r.Reuse, want.Reuse, want.Reuse < r.Reuse},
		{"max_password_age", r.Age, want.Age, r.Age > 0 && (want.Age == 0 || want.Age > r.Age)},
		{"require_lowercase_characters", r.Lower, want.Lower, r.Lower && !want.Lower},
		{"require_uppercase_characters", r.Upper, want.Upper, r.Upper && !want.Upper},
		{"require_numbers", r.Numbers, want.Numbers, r.Numbers && !want.Numbers},
		{"require_symbols", r.Symbols, want.Symbols, r.Symbols && !want.Symbols},
		{"allow_users_to_change_password", r.Change, want.Change, false},
		{"hard_expiry", r.Expiry, want.Expiry, false},
	}
}

// differences names the fields that differ, with both values.
func (r rules) differences(want rules) []string {
	var names []string
	for _, one := range r.against(want) {
		if one.have != one.want {
			names = append(names, fmt.Sprintf("%s (%v, configured %v)", one.name, one.have, one.want))
		}
	}
	return names
}

// weakened names the fields that would ask for less, with both values.
func (r rules) weakened(want rules) []string {
	var names []string
	for _, one := range r.against(want) {
		if one.weaker {
			names = append(names, fmt.Sprintf("%s (%v now, %v configured)", one.name, one.have, one.want))
		}
	}
	return names
}

// weakerError is a policy that would ask for less than the live one.
type weakerError struct{ fields []string }

// Error names the fields.
func (e *weakerError) Error() string {
	return "the configuration is weaker than the policy that the account has: " + strings.Join(e.fields, ", ")
}

// policyCalls are the calls for the one policy of an account.
type policyCalls struct {
	place       framework.Place
	client      *iam.Client
	want        rules
	allowWeaker bool
	// retain says that destroy leaves the policy in the account; fresh that it was just
	// made, so that undoing deletes it all the same.
	retain, fresh bool
}

// Find reads the policy; an account without one is account.ErrNotFound.
func (c *policyCalls) Find(ctx context.Context) (*rules, error) {
	out, err := c.client.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
	if err != nil {
		return nil, err
	}
	policy := out.PasswordPolicy
	return &rules{
		Length: int64(aws.ToInt32(policy.MinimumPasswordLength)), Reuse: int64(aws.ToInt32(policy.PasswordReusePrevention)),
		Age: int64(aws.ToInt32(policy.MaxPasswordAge)), Lower: policy.RequireLowercaseCharacters,
		Upper: policy.RequireUppercaseCharacters, Numbers: policy.RequireNumbers, Symbols: policy.RequireSymbols,
		Change: policy.AllowUsersToChangePassword, Expiry: aws.ToBool(policy.HardExpiry),
	}, nil
}

// Create sets the policy of an account that has none.
func (c *policyCalls) Create(ctx context.Context) (*rules, error) {
	if err := c.put(ctx); err != nil {
		return nil, err
	}
	c.fresh = true
	made := c.want
	return &made, nil
}

// Configure writes all fields where one differs. Where the live policy asks for more, by
// now, it is left alone.
func (c *policyCalls) Configure(ctx context.Context, have rules) error {
	if have == c.want {
		return nil
	}
	if fields := have.weakened(c.want); len(fields) > 0 && !c.allowWeaker {
		return &weakerError{fields}
	}
	return c.put(ctx)
}

func (c *policyCalls) put(ctx context.Context) error {
	_, err := c.client.UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{
		MinimumPasswordLength: aws.Int32(int32(c.want.Length)), //nolint:gosec // The schema bounds the numbers far below.
		MaxPasswordAge:        omitZero(c.want.Age), PasswordReusePrevention: omitZero(c.want.Reuse),
		RequireLowercaseCharacters: c.want.Lower, RequireUppercaseCharacters: c.want.Upper, RequireNumbers: c.want.Numbers,
		RequireSymbols: c.want.Symbols, AllowUsersToChangePassword: c.want.Change, HardExpiry: aws.Bool(c.want.Expiry),
	})
	return err
}

// omitZero leaves out a zero, which IAM refuses: absent is its default.
func omitZero(value int64) *int32 {
	if value == 0 {
		return nil
	}
	return aws.Int32(int32(value)) //nolint:gosec // The schema bounds the numbers far below.
}

// Differences names the fields that differ.
func (c *policyCalls) Differences(have rules) []string { return have.differences(c.want) }

// Remove deletes the policy, or leaves it where it is to be retained.
func (c *policyCalls) Remove(ctx context.Context) error {
	if c.retain && !c.fresh {
		return nil
	}
	_, err := c.client.DeleteAccountPasswordPolicy(ctx, &iam.DeleteAccountPasswordPolicyInput{})
	if account.CodeIs(err, "NoSuchEntity") {
		return nil
	}
	return err
}
