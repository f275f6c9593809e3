package trail

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/managedpolicy"
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

// findReaderPolicies finds the policies by their document or description.
func findReaderPolicies(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return managedpolicy.List(ctx, place, readerDescription, opensTrail, func(err error) {
		framework.Fail(diags, framework.Failure{Summary: "Unable to list the log reader policies", Place: place, Err: err})
	})
}

// opensTrail recognizes the document of a log reader policy.
func opensTrail(document policy.Document) bool {
	return slices.ContainsFunc(document.Statements, func(s policy.Statement) bool {
		return s.Effect == policy.Allow && slices.ContainsFunc(s.Resource, func(resource string) bool {
			return slices.Contains(s.Action, readsTrail) && isTrail(resource) ||
				slices.Contains(s.Action, readsFiles) && strings.Contains(resource, "/AWSLogs/")
		})
	})
}

func isTrail(text string) bool {
	parsed, err := arn.Parse(text)
	return err == nil && parsed.Service == "cloudtrail" && strings.HasPrefix(parsed.Resource, "trail/")
}
