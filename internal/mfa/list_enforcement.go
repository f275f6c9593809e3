package mfa

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

var _ list.ListResourceWithConfigure = (*EnforcementListResource)(nil)

// NewEnforcementListResource lists iamguard_mfa_enforcement.
func NewEnforcementListResource() list.ListResource {
	return &EnforcementListResource{ListBase: framework.ListBase{Base: framework.Base{Noun: "mfa_enforcement"}}}
}

// EnforcementListResource finds the customer managed policies that ask for MFA.
type EnforcementListResource struct{ framework.ListBase }

// ListResourceConfigSchema is the account.
func (l *EnforcementListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the customer managed policies of an account that deny sessions without MFA everything but some " +
			"actions: their default version has a statement with `Deny`, `NotAction` and `aws:MultiFactorAuthPresent` `false`. " +
			"Policies that bear the description which `iamguard_mfa_enforcement` writes are listed whatever their document says by " +
			"now, and those that cannot be understood are listed too. Inline policies are not listed.",
		Attributes: framework.ListAttributes(false),
	}
}

// List answers the policies in the order in which AWS does.
func (l *EnforcementListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	framework.Listing{Key: "arn", Find: findEnforcements, Read: enforcements.Show}.List(ctx, l.Pool, req, stream)
}

// findEnforcements reads the policies with their documents, a hundred in a call, instead
// of asking for each document.
func findEnforcements(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return func(yield func(framework.Listed) bool) {
		failed := func(err error) {
			framework.Fail(diags, framework.Failure{Summary: "Unable to list the MFA enforcements", Place: place, Err: err})
		}
		client, err := place.Account.IAM()
		if err != nil {
			failed(err)
			return
		}
		pages := iam.NewGetAccountAuthorizationDetailsPaginator(client, &iam.GetAccountAuthorizationDetailsInput{
			Filter: []types.EntityType{types.EntityTypeLocalManagedPolicy},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				failed(err)
				return
			}
			for _, found := range page.Policies {
				title := strings.TrimPrefix(aws.ToString(found.Path), "/") + aws.ToString(found.PolicyName)
				listed := framework.Listed{Title: title, Known: map[string]string{"arn": aws.ToString(found.Arn)}}
				if enforcesMFA(found) && !yield(listed) {
					return
				}
			}
		}
	}
}

// enforcesMFA recognizes a policy. A document that cannot be understood counts as one:
// better one policy too many.
func enforcesMFA(found types.ManagedPolicyDetail) bool {
	if aws.ToString(found.Description) == policyDescription {
		return true
	}
	for _, version := range found.PolicyVersionList {
		if version.IsDefaultVersion {
			document, err := policy.ParseEncoded(aws.ToString(version.Document))
			return err != nil || slices.ContainsFunc(document.Statements, deniesWithoutMFA)
		}
	}
	return false
}
