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

var _ list.ListResourceWithConfigure = (*ClientIDsListResource)(nil)

// NewClientIDsListResource lists iamguard_oidc_client_ids.
func NewClientIDsListResource() list.ListResource {
	return &ClientIDsListResource{ListBase: framework.ListBase{Base: framework.Base{Noun: "oidc_client_ids"}}}
}

// ClientIDsListResource finds the OIDC providers of an account.
type ClientIDsListResource struct{ framework.ListBase }

// ListResourceConfigSchema is the account.
func (l *ClientIDsListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the client IDs of all OIDC providers of an account.",
		Attributes:          framework.ListAttributes(false),
	}
}

// List answers the providers in the order in which AWS does.
func (l *ClientIDsListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	framework.Listing{Key: "provider_arn", Find: findProviders, Read: clientIDs.Show}.List(ctx, l.Pool, req, stream)
}

// findProviders takes one call, which AWS does not page.
func findProviders(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return func(yield func(framework.Listed) bool) {
		client, err := place.Account.IAM()
		var out *iam.ListOpenIDConnectProvidersOutput
		if err == nil {
			out, err = client.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
		}
		if err != nil {
			framework.Fail(diags, framework.Failure{Summary: "Unable to list the OIDC providers", Place: place, Err: err})
			return
		}
		for _, found := range out.OpenIDConnectProviderList {
			arn := aws.ToString(found.Arn)
			_, host, _ := strings.Cut(arn, ":oidc-provider/")
			if !yield(framework.Listed{Title: host, Known: map[string]string{"provider_arn": arn}}) {
				return
			}
		}
	}
}
