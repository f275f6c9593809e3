package secretsink

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// proofStage is the stage of a placeholder. A second one takes it over, so that a secret
// has one at most, whatever fails.
const proofStage = "iamguard-proof"

type managerProof struct {
	client *secretsmanager.Client
	id     *string
}

// proveManager puts a placeholder beside the current version and takes its stage away.
func proveManager(ctx context.Context, in framework.Place, region, id string) (Proof, error) {
	proof := managerProof{client: in.Account.SecretsManager(region), id: aws.String(id)}
	secret, err := proof.client.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: proof.id})
	switch {
	case err != nil:
		return nil, err
	case secret.DeletedDate != nil:
		return nil, fmt.Errorf("%w: the secret is about to be deleted", ErrUnfit)
	case aws.ToBool(secret.RotationEnabled):
		return nil, fmt.Errorf("%w: the secret rotates, and a rotation would replace what is kept in it", ErrUnfit)
	case aws.ToString(secret.PrimaryRegion) != "" && aws.ToString(secret.PrimaryRegion) != region:
		return nil, fmt.Errorf("%w: the secret is a replica, its primary is in %s", ErrUnfit, aws.ToString(secret.PrimaryRegion))
	}
	// The SDK sends a token, by which a repeated call makes no second version.
	version, err := proof.client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
		SecretId: proof.id, SecretString: aws.String(placeholder), VersionStages: []string{proofStage},
	})
	if err != nil {
		return nil, err
	}
	_, err = proof.client.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
		SecretId: proof.id, VersionStage: aws.String(proofStage), RemoveFromVersionId: version.VersionId,
	})
	if account.CodeIs(err, "InvalidParameterException") {
		// The stage is gone: the answer to an earlier attempt was lost, or another proof has it.
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return proof, nil
}

// Keep makes the secret the current version.
func (p managerProof) Keep(ctx context.Context, secret string) (string, error) {
	_, err := p.client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: p.id, SecretString: aws.String(secret)})
	return "", account.Redacted(err, secret)
}

// Undo leaves the versions as they are: the one of no use is replaced by the next.
func (managerProof) Undo(context.Context) error { return nil }
