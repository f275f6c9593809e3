package password

import (
	"context"
	"errors"
	"iter"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ list.ListResourceWithConfigure = (*ListResource)(nil)

// NewListResource lists iamguard_password_policy.
func NewListResource() list.ListResource {
	return &ListResource{ListBase: framework.ListBase{Base: framework.Base{Noun: "password_policy"}}}
}

// ListResource finds the one password policy of an account.
type ListResource struct{ framework.ListBase }

// ListResourceConfigSchema is the account.
func (l *ListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the password policy of an account: one, or none where AWS's own rules hold.",
		Attributes:          framework.ListAttributes(false),
	}
}

// List answers one policy or none.
func (l *ListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	framework.Listing{Key: "account_id", Find: findPolicy, Read: policies.Show}.List(ctx, l.Pool, req, stream)
}

func findPolicy(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return func(yield func(framework.Listed) bool) {
		client, err := place.Account.IAM()
		if err == nil {
			_, err = client.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
		}
		switch {
		case errors.Is(err, account.ErrNotFound):
		case err != nil:
			framework.Fail(diags, framework.Failure{Summary: "Unable to list the password policy", Place: place, Err: err})
		default:
			yield(framework.Listed{
				Title: "Password policy of " + place.Account.ID, Known: map[string]string{"account_id": place.Account.ID},
			})
		}
	}
}
