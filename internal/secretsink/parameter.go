package secretsink

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

type parameterProof struct {
	client *ssm.Client
	pool   *account.Pool
	name   *string
	// key is that of a parameter that exists: without it AWS would take its own.
	key *string
	// made says that the parameter was made for the placeholder.
	made bool
	// first is the version that the placeholder became.
	first int64
}

// proveParameter makes the placeholder the value of the parameter, unless somebody uses
// the value that it has.
func proveParameter(ctx context.Context, in framework.Place, region, name string, inUse bool) (Proof, error) {
	proof := &parameterProof{client: in.Account.SSM(region), pool: in.Account.Pool(), name: aws.String(name)}
	known, err := proof.find(ctx)
	if err != nil {
		return nil, err
	}
	if known != nil && known.Type != types.ParameterTypeSecureString {
		return nil, fmt.Errorf("%w: the parameter is a %s, which would hold it in clear; only a SecureString does not",
			ErrUnfit, known.Type)
	}
	if known != nil {
		proof.key = known.KeyId
	}
	proof.made = known == nil
	write := func(ctx context.Context) error { return proof.put(ctx, placeholder) }
	if known != nil && inUse {
		write = proof.try
	}
	if err := write(ctx); err != nil {
		return nil, err
	}
	return proof, nil
}

// find looks the parameter up; nil says that there is none. A page may be empty though
// another follows.
func (p *parameterProof) find(ctx context.Context) (*types.ParameterMetadata, error) {
	pages := ssm.NewDescribeParametersPaginator(p.client, &ssm.DescribeParametersInput{
		ParameterFilters: []types.ParameterStringFilter{
			{Key: aws.String("Name"), Option: aws.String("Equals"), Values: []string{*p.name}},
		},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, one := range page.Parameters {
			if aws.ToString(one.Name) == *p.name {
				return &one, nil
			}
		}
	}
	return nil, nil //nolint:nilnil // No parameter is no error here: it is made.
}

// try writes in a way that AWS refuses once it has found the permission: without leave to
// overwrite. The value stays, and the use of the KMS key is not proven.
func (p *parameterProof) try(ctx context.Context) error {
	_, err := p.client.PutParameter(ctx, &ssm.PutParameterInput{
		Name: p.name, Value: aws.String(placeholder), Type: types.ParameterTypeSecureString, KeyId: p.key, Overwrite: aws.Bool(false),
	})
	if errors.Is(err, account.ErrAlreadyExists) {
		return nil
	}
	return err
}

// put writes a value, over whatever is there.
func (p *parameterProof) put(ctx context.Context, value string) error {
	return p.pool.Retry(ctx, account.PropagationTimeout, func(err error) bool { return errors.Is(err, account.ErrConflict) },
		func() error {
			out, err := p.client.PutParameter(ctx, &ssm.PutParameterInput{
				Name: p.name, Value: aws.String(value), Type: types.ParameterTypeSecureString, KeyId: p.key, Overwrite: aws.Bool(true),
			})
			if err == nil && p.first == 0 {
				p.first = out.Version
			}
			return err
		})
}

// Keep makes the secret the value of the parameter.
func (p *parameterProof) Keep(ctx context.Context, secret string) (string, error) {
	return "", account.Redacted(p.put(ctx, secret), secret)
}

// Undo deletes a parameter that was made for the placeholder. An existing one keeps the
// placeholder, and the error says which version of it has the earlier value: nobody here
// may read that.
func (p *parameterProof) Undo(ctx context.Context) error {
	if !p.made && p.first > 1 {
		return fmt.Errorf("the parameter %s does not hold its earlier value any more, which is its version %d: "+
			"aws ssm get-parameter --with-decryption --name %s:%d", aws.ToString(p.name), p.first-1, aws.ToString(p.name), p.first-1)
	}
	if !p.made {
		return nil
	}
	_, err := p.client.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: p.name})
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	return err
}
