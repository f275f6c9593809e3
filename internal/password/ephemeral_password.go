package password

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*Ephemeral)(nil)

// defaultPassword is how long a password is that nobody has to remember.
const defaultPassword = 24

// Characters that cannot be taken for one another, by class; the symbols are those of
// IAM that need no escape in a shell or in JSON.
var passwordClasses = []string{"abcdefghijkmnopqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!@#%^*()_+-=[]"}

// NewEphemeral is the ephemeral resource iamguard_password.
func NewEphemeral() ephemeral.EphemeralResource {
	return &Ephemeral{EphemeralBase: framework.EphemeralBase{Noun: "password"}}
}

// Ephemeral makes a password that the account accepts.
type Ephemeral struct{ framework.EphemeralBase }

type ephemeralModel struct {
	Account types.String `tfsdk:"account"`
	Length  types.Int64  `tfsdk:"length"`
	Result  types.String `tfsdk:"result"`
}

// Schema is a length, and the password.
func (e *Ephemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Makes a random password of all four classes of characters that meets the password policy of the " +
			"account. It is another one each time and in no state: give it to write-only arguments only, such as `password_wo`.",
		Attributes: map[string]schema.Attribute{
			"account": schema.StringAttribute{
				Optional: true, MarkdownDescription: framework.AccountDescription, Validators: framework.AccountValidators(),
			},
			"length": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("Number of characters, %d to %d, at least as many as the policy asks for. Default: "+
					"%d, or what the policy asks for where that is more.", minLength, maxLength, defaultPassword),
				Validators: []validator.Int64{int64validator.Between(minLength, maxLength)},
			},
			"result": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "The password."},
		},
	}
}

// Open reads the live policy and makes a password.
func (e *Ephemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m ephemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	place, ok := framework.Locate(ctx, e.Pool, framework.Placed{Account: m.Account}, false, &resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, framework.DefaultTimeout)
	defer cancel()
	policy, err := livePolicy(ctx, place)
	var made string
	if err == nil {
		made, err = makePassword(m.Length, policy.Length)
	}
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{Summary: "Unable to make a password", Place: place, Err: err})
		return
	}
	m.Result = types.StringValue(made)
	resp.Diagnostics.Append(resp.Result.Set(ctx, &m)...)
}

// livePolicy is that of the account, or AWS's own rules.
func livePolicy(ctx context.Context, in framework.Place) (rules, error) {
	client, err := in.Account.IAM()
	if err != nil {
		return rules{}, err
	}
	policy, err := (&policyCalls{place: in, client: client}).Find(ctx)
	if errors.Is(err, account.ErrNotFound) {
		return ofAWS, nil
	}
	if err != nil {
		return rules{}, err
	}
	return *policy, nil
}

// makePassword takes one character of each class first, and shuffles.
func makePassword(wanted types.Int64, least int64) (string, error) {
	length := max(defaultPassword, least)
	if !wanted.IsNull() {
		length = wanted.ValueInt64()
	}
	if length < least {
		return "", fmt.Errorf("a password of %d characters is too short: the policy of the account asks for %d", length, least)
	}
	all, characters := strings.Join(passwordClasses, ""), make([]byte, 0, length)
	for i := range length {
		class := all
		if i < int64(len(passwordClasses)) {
			class = passwordClasses[i]
		}
		at, err := below(len(class))
		if err != nil {
			return "", err
		}
		characters = append(characters, class[at])
	}
	for i := len(characters) - 1; i > 0; i-- {
		other, err := below(i + 1)
		if err != nil {
			return "", err
		}
		characters[i], characters[other] = characters[other], characters[i]
	}
	return string(characters), nil
}

// below is a random number from 0, less than a limit.
func below(limit int) (int, error) {
	number, err := rand.Int(rand.Reader, big.NewInt(int64(limit)))
	if err != nil {
		return 0, err
	}
	return int(number.Int64()), nil
}
