package password

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

var _ list.ListResourceWithConfigure = (*LoginProfileListResource)(nil)

// NewLoginProfileListResource lists iamguard_login_profile.
func NewLoginProfileListResource() list.ListResource {
	return &LoginProfileListResource{ListBase: framework.ListBase{Base: framework.Base{Noun: "login_profile"}}}
}

// LoginProfileListResource finds the users with a console password.
type LoginProfileListResource struct{ framework.ListBase }

// ListResourceConfigSchema is the account.
func (l *LoginProfileListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the users of an account that have a console password, whoever gave it to them. The root user has " +
			"none of this kind.",
		Attributes: framework.ListAttributes(false),
	}
}

// List answers the users in the order in which AWS does.
func (l *LoginProfileListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	framework.Listing{Key: "user", Find: findLogins, Read: logins.Show}.List(ctx, l.Pool, req, stream)
}

// findLogins reads every page of users and asks for the profile of each.
func findLogins(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return func(yield func(framework.Listed) bool) {
		failed := func(err error) {
			framework.Fail(diags, framework.Failure{Summary: "Unable to list the login profiles", Place: place, Err: err})
		}
		client, err := place.Account.IAM()
		if err != nil {
			failed(err)
			return
		}
		pages := iam.NewListUsersPaginator(client, &iam.ListUsersInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				failed(err)
				return
			}
			for _, user := range page.Users {
				_, err := client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: user.UserName})
				if errors.Is(err, account.ErrNotFound) {
					continue
				}
				if err != nil {
					failed(err)
					return
				}
				name := aws.ToString(user.UserName)
				if !yield(framework.Listed{Title: name, Known: map[string]string{"user": name}}) {
					return
				}
			}
		}
	}
}
