package managedpolicy

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// configure changes what differs: first the document, then the attachments, then the tags.
func (c Calls) configure(ctx context.Context, have, want Policy) error {
	if !policy.Same(have.Document, want.Document) {
		if err := c.putDocument(ctx, want.ARN, want.Document); err != nil {
			return err
		}
	}
	if err := c.reach(ctx, want.ARN, have.Attachments, want.Attachments); err != nil {
		return err
	}
	return c.putTags(ctx, want.ARN, have.Tags, want.Tags)
}

// Remove detaches the policy from everything, deletes its versions, and deletes
// it. A policy that is gone already is no error, but one just made that is not
// found at once is not gone. Somebody may attach it meanwhile, and a detachment is
// not seen at once, so a refused deletion starts over.
func (c Calls) Remove(ctx context.Context, arn string) error {
	again := func(err error) bool {
		return account.CodeIs(err, "DeleteConflict") || errors.Is(err, account.ErrConflict) ||
			(c.fresh && errors.Is(err, account.ErrNotFound))
	}
	return gone(c.pool.Retry(ctx, newcomerTimeout, again, func() error { return c.delete(ctx, arn) }))
}

func (c Calls) delete(ctx context.Context, arn string) error {
	attached, err := c.attachments(ctx, arn)
	if err != nil {
		return err
	}
	if err := c.reach(ctx, arn, attached, Attachments{}); err != nil {
		return err
	}
	ids, byDefault, err := c.versions(ctx, arn)
	if err != nil {
		return err
	}
	for _, id := range without(ids, []string{byDefault}) {
		if err := c.deleteVersion(ctx, arn, id); err != nil {
			return err
		}
	}
	_, err = c.client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: aws.String(arn)})
	return err
}
