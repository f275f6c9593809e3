package trail

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

var _ list.ListResourceWithConfigure = (*LogReaderPolicyListResource)(nil)

// NewLogReaderPolicyListResource lists iamguard_log_reader_policy.
func NewLogReaderPolicyListResource() list.ListResource {
	return &LogReaderPolicyListResource{ListBase: framework.ListBase{Base: framework.Base{Noun: "log_reader_policy"}}}
}

// LogReaderPolicyListResource finds the customer managed policies by which people
// read an audit trail.
type LogReaderPolicyListResource struct{ framework.ListBase }

// ListResourceConfigSchema is the account.
func (l *LogReaderPolicyListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the customer managed policies of an account that open an audit trail in the way in which " +
			"`iamguard_log_reader_policy` does: their default version allows `cloudtrail:GetTrail` on a trail, or `s3:GetObject` " +
			"below an `AWSLogs` folder, each action written out. Policies that bear the description which the resource writes are " +
			"listed whatever their document says by now. An empty list does not say that nobody reads the log: policies that open " +
			"it with a wildcard such as `s3:*`, inline policies and policies of AWS are not listed.",
		Attributes: framework.ListAttributes(false),
	}
}

// List answers the policies in the order in which AWS does.
func (l *LogReaderPolicyListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	framework.Listing{Key: "arn", Find: findReaderPolicies, Read: readers.Show}.List(ctx, l.Pool, req, stream)
}

// findReaderPolicies reads the policies with their documents, a hundred in a call,
// instead of asking for each document.
func findReaderPolicies(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return func(yield func(framework.Listed) bool) {
		failed := func(err error) {
			framework.Fail(diags, framework.Failure{Summary: "Unable to list the log reader policies", Place: place, Err: err})
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
				arn, name := aws.ToString(found.Arn), strings.TrimPrefix(aws.ToString(found.Path), "/")+aws.ToString(found.PolicyName)
				if opensTrail(found) && !yield(framework.Listed{Title: name, Known: map[string]string{"arn": arn}}) {
					return
				}
			}
		}
	}
}

// opensTrail recognizes a log reader policy. A document that cannot be understood
// counts as one: better one policy too many.
func opensTrail(found types.ManagedPolicyDetail) bool {
	if aws.ToString(found.Description) == readerDescription {
		return true
	}
	for _, version := range found.PolicyVersionList {
		if !version.IsDefaultVersion {
			continue
		}
		document, err := policy.ParseEncoded(aws.ToString(version.Document))
		return err != nil || slices.ContainsFunc(document.Statements, func(s policy.Statement) bool {
			return s.Effect == policy.Allow && slices.ContainsFunc(s.Resource, func(resource string) bool {
				return slices.Contains(s.Action, readsTrail) && isTrail(resource) ||
					slices.Contains(s.Action, readsFiles) && strings.Contains(resource, "/AWSLogs/")
			})
		})
	}
	return false
}

func isTrail(text string) bool {
	parsed, err := arn.Parse(text)
	return err == nil && parsed.Service == "cloudtrail" && strings.HasPrefix(parsed.Resource, "trail/")
}
