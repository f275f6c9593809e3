package trail

import (
	"context"
	"errors"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ list.ListResourceWithConfigure = (*ListResource)(nil)

// NewListResource lists iamguard_trail.
func NewListResource() list.ListResource {
	return &ListResource{ListBase: framework.ListBase{Base: framework.Base{Noun: "trail"}}}
}

// ListResource finds the trails of an account that are at home in a region.
type ListResource struct{ framework.ListBase }

// ListResourceConfigSchema is account and region.
func (l *ListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the trails of an account whose home region is the region asked for. A trail that is at home " +
			"in another region and only applies to this one is not listed here, nor is one of AWS Control Tower, which keeps its " +
			"trails itself. An empty list therefore does not say that nothing is recorded: the data source " +
			"`iamguard_trail_coverage` does.",
		Attributes: framework.ListAttributes(true),
	}
}

// List answers the trails in the order in which AWS does.
func (l *ListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	framework.Listing{Key: "name", Regional: true, Find: findTrails, Read: l.read}.List(ctx, l.Pool, req, stream)
}

// findTrails asks once: a region holds five trails at most, and the answer has no
// pages.
func findTrails(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return func(yield func(framework.Listed) bool) {
		out, err := place.Account.CloudTrail(place.Region).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{
			IncludeShadowTrails: aws.Bool(false),
		})
		if err != nil {
			framework.Fail(diags, framework.Failure{Summary: "Unable to list the trails", Place: place, Err: err})
			return
		}
		for _, trail := range out.TrailList {
			name := aws.ToString(trail.Name)
			if aws.ToString(trail.HomeRegion) != place.Region || strings.HasPrefix(name, controlTowerPrefix) {
				continue
			}
			if !yield(framework.Listed{Title: name, Known: map[string]string{"name": name, "arn": aws.ToString(trail.TrailARN)}}) {
				return
			}
		}
	}
}

// read is the Read of the resource, without what it keeps in private state.
func (l *ListResource) read(
	ctx context.Context, place framework.Place, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) bool {
	var known model
	diags.Append(state.Get(ctx, &known)...)
	if diags.HasError() {
		return false
	}
	resource := &Resource{Base: l.Base}
	trail, key, err := resource.read(ctx, callsIn(place), known)
	if errors.Is(err, account.ErrNotFound) {
		return false
	}
	if err != nil {
		framework.Fail(diags, framework.Failure{
			Summary: "Unable to read a listed trail", Object: known.ARN.ValueString(), Place: place, Err: err,
		})
		return false
	}
	resource.store(ctx, outcome{trail: trail, key: key, place: place}, known, state, identity, diags)
	return true
}
