package membership

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ list.ListResourceWithConfigure = (*GroupListResource)(nil)

// NewGroupListResource lists iamguard_group_membership.
func NewGroupListResource() list.ListResource {
	return &GroupListResource{ListBase: framework.ListBase{Base: framework.Base{Noun: "group_membership"}}}
}

// GroupListResource finds the groups of an account.
type GroupListResource struct{ framework.ListBase }

// ListResourceConfigSchema is the account.
func (l *GroupListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the memberships of all IAM groups of an account, those of empty groups too.",
		Attributes:          framework.ListAttributes(false),
	}
}

// List answers the groups in the order in which AWS does.
func (l *GroupListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	framework.Listing{Key: "group", Find: findGroups, Read: groups.Show}.List(ctx, l.Pool, req, stream)
}

func findGroups(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return func(yield func(framework.Listed) bool) {
		client, err := place.Account.IAM()
		if err != nil {
			framework.Fail(diags, framework.Failure{Summary: "Unable to list the groups", Place: place, Err: err})
			return
		}
		pages := iam.NewListGroupsPaginator(client, &iam.ListGroupsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				framework.Fail(diags, framework.Failure{Summary: "Unable to list all groups", Place: place, Err: err})
				return
			}
			for _, found := range page.Groups {
				name := aws.ToString(found.GroupName)
				title := strings.TrimPrefix(aws.ToString(found.Path), "/") + name
				if !yield(framework.Listed{Title: title, Known: map[string]string{"group": name}}) {
					return
				}
			}
		}
	}
}
