package account

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Accepts asks STS who a key pair belongs to, which every principal may. ErrCredentials
// says that AWS does not take the pair, or not yet: IAM tells its regions of a new key
// some seconds after it has answered. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
func (a *Account) Accepts(ctx context.Context, keyID, secret string) error {
	cfg := a.plainConfig()
	cfg.Credentials = credentials.NewStaticCredentialsProvider(keyID, secret, "")
	_, err := sts.NewFromConfig(cfg, a.endpoint("sts"), a.stsRegion).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	return err
}
