package membership

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// openID is an OIDC provider as a container of client IDs.
type openID struct {
	client *iam.Client
	arn    string
}

func (o openID) read(ctx context.Context) (roll, error) {
	out, err := o.client.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &o.arn})
	if err != nil {
		return roll{}, err
	}
	return roll{ID: aws.ToTime(out.CreateDate).UTC().Format(time.RFC3339Nano), Names: out.ClientIDList}, nil
}

func (o openID) add(ctx context.Context, id string) error {
	_, err := o.client.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{
		OpenIDConnectProviderArn: &o.arn, ClientID: &id,
	})
	return err
}

// remove does not mind a provider that is gone.
func (o openID) remove(ctx context.Context, id string) error {
	_, err := o.client.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{
		OpenIDConnectProviderArn: &o.arn, ClientID: &id,
	})
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	return err
}

// mayAdd has nothing against any client ID: quarantines are for users.
func (openID) mayAdd(context.Context, []string) error { return nil }
