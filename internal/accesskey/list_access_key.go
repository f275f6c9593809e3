package accesskey

import (
	"context"
	"errors"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ list.ListResourceWithConfigure = (*RotationListResource)(nil)

// NewRotationListResource lists iamguard_access_key.
func NewRotationListResource() list.ListResource {
	return &RotationListResource{ListBase: framework.ListBase{Base: framework.Base{Noun: "access_key"}}}
}

// RotationListResource finds the users with an access key.
type RotationListResource struct{ framework.ListBase }

// ListResourceConfigSchema is the account.
func (l *RotationListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the users of an account that have an access key, active or not, whoever made it: one object a " +
			"user. Keys of the root user are not listed.",
		Attributes: framework.ListAttributes(false),
	}
}

// List answers the users in the order in which AWS does.
func (l *RotationListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	framework.Listing{Key: "user", Find: findAccessKeys, Read: accessKeys.Show}.List(ctx, l.Pool, req, stream)
}

// findAccessKeys reads every page of users and asks for the keys of each.
func findAccessKeys(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return func(yield func(framework.Listed) bool) {
		if err := eachHolder(ctx, place, yield); err != nil {
			framework.Fail(diags, framework.Failure{Summary: "Unable to list the access keys", Place: place, Err: err})
		}
	}
}

func eachHolder(ctx context.Context, place framework.Place, yield func(framework.Listed) bool) error {
	client, err := place.Account.IAM()
	if err != nil {
		return err
	}
	pages := iam.NewListUsersPaginator(client, &iam.ListUsersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, user := range page.Users {
			name := aws.ToString(user.UserName)
			calls := accessKeyCalls{place: place, client: client, user: name}
			keys, err := calls.list(ctx)
			switch {
			case errors.Is(err, account.ErrNotFound):
				continue // Deleted meanwhile.
			case err != nil:
				return err
			case len(keys) > 0 && !yield(framework.Listed{Title: name, Known: map[string]string{"user": name}}):
				return nil
			}
		}
	}
	return nil
}
