package trail

import (
	"context"
	"errors"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ list.ListResourceWithConfigure = (*LogBucketListResource)(nil)

// NewLogBucketListResource lists iamguard_log_bucket.
func NewLogBucketListResource() list.ListResource {
	return &LogBucketListResource{ListBase: framework.ListBase{Base: framework.Base{Noun: "log_bucket"}}}
}

// LogBucketListResource finds the buckets of a region that trails deliver to, or
// may deliver to.
type LogBucketListResource struct{ framework.ListBase }

// ListResourceConfigSchema is account and region.
func (l *LogBucketListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the buckets of an account and region that hold the log files of trails: those whose bucket " +
			"policy allows `cloudtrail.amazonaws.com`, by that name, to put objects, and those that a trail delivers to which applies " +
			"to the region, whatever their policy says. The policy of every bucket in the region is read for that. A bucket whose " +
			"policy the role may not read, and which no trail names, is left out with a warning that names it; where the role may " +
			"read no policy at all, the list is an error.",
		Attributes: framework.ListAttributes(true),
	}
}

// List answers the buckets in the order in which AWS does.
func (l *LogBucketListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	framework.Listing{Key: "bucket", Regional: true, Find: findLogBuckets, Read: l.read}.List(ctx, l.Pool, req, stream)
}

// findLogBuckets reads the list of buckets page by page, and judges those of a page
// before it asks for the next.
func findLogBuckets(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return func(yield func(framework.Listed) bool) {
		judge := bucketJudge{place: place}
		for name, err := range judge.logBuckets(ctx) {
			if err != nil {
				framework.Fail(diags, framework.Failure{Summary: "Unable to list the log buckets", Place: place, Err: err})
				return
			}
			if !yield(framework.Listed{Title: name, Known: map[string]string{"bucket": name}}) {
				break
			}
		}
		judge.warn(diags)
	}
}

// read is the Read of the resource.
func (l *LogBucketListResource) read(
	ctx context.Context, place framework.Place, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) bool {
	var known logBucketModel
	diags.Append(state.Get(ctx, &known)...)
	if diags.HasError() {
		return false
	}
	have, err := bucketCallsIn(place, known.Bucket.ValueString()).find(ctx)
	if errors.Is(err, account.ErrNotFound) {
		return false
	}
	if err != nil {
		framework.Fail(diags, framework.Failure{
			Summary: "Unable to read a listed log bucket", Object: known.Bucket.ValueString(), Place: place, Err: err,
		})
		return false
	}
	(&LogBucketResource{Base: l.Base}).store(ctx, place, *have, known, state, identity, diags)
	return true
}
