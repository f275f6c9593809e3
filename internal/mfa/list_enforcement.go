package mfa

import (
	"context"
	"iter"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/managedpolicy"
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

// findEnforcements finds the policies by their document or description.
func findEnforcements(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return managedpolicy.List(ctx, place, policyDescription, enforcesMFA, func(err error) {
		framework.Fail(diags, framework.Failure{Summary: "Unable to list the MFA enforcements", Place: place, Err: err})
	})
}

// enforcesMFA recognizes the document of an enforcement.
func enforcesMFA(document policy.Document) bool {
	return slices.ContainsFunc(document.Statements, deniesWithoutMFA)
}
