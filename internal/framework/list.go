package framework

import (
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// readAtOnce is how many objects of a list are read side by side.
const readAtOnce = 4

// ListBase is embedded by every list resource. It has the name and the
// configuration of the resource that is listed.
type ListBase struct{ Base }

// ListAttributes are account and, for regional types, region of a list resource.
func ListAttributes(regional bool) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"account": schema.StringAttribute{
			Optional: true, Validators: AccountValidators(),
			MarkdownDescription: "Lists another AWS account than that of the provider's credentials: a name of the provider's " +
				"`accounts`, or a 12-digit account ID.",
		},
	}
	if regional {
		attributes["region"] = schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The region that is listed. Default: the provider's region.",
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		}
	}
	return attributes
}

// Listed is one object that a list resource has found.
type Listed struct {
	// Title is what a person reads in the list.
	Title string
	// Known are the attributes that an import would know, except where the object
	// is: the natural key, and what is read with it.
	Known map[string]string
}

// Listing is how a list resource finds its objects.
type Listing struct {
	// Key is the natural key of the identity.
	Key      string
	Regional bool
	// Find yields the objects one by one, for as long as somebody wants more. What
	// it cannot read is an error in diags, and then nothing is listed at all.
	Find func(context.Context, Place, *diag.Diagnostics) iter.Seq[Listed]
	// Read completes the state of an object, and its identity, as the resource does
	// after an import. False says that the object is gone meanwhile.
	Read func(context.Context, Place, *tfsdk.State, *tfsdk.ResourceIdentity, *diag.Diagnostics) bool
}

// List answers a request. An error anywhere is the whole answer, because a list
// that ends early looks like one that is complete.
func (l Listing) List(ctx context.Context, pool *account.Pool, req list.ListRequest, stream *list.ListResultsStream) {
	ctx, cancel := context.WithTimeout(ctx, DefaultTimeout)
	defer cancel()
	var diags diag.Diagnostics
	results := l.results(ctx, pool, req, &diags)
	switch {
	case diags.HasError():
		results = []list.ListResult{{Diagnostics: diags}}
	case len(diags) > 0:
		results = slices.Insert(results, 0, list.ListResult{Diagnostics: diags})
	}
	stream.Results = slices.Values(results)
}

func (l Listing) results(
	ctx context.Context, pool *account.Pool, req list.ListRequest, diags *diag.Diagnostics,
) []list.ListResult {
	place, ok := l.locate(ctx, pool, req, diags)
	if !ok {
		return nil
	}
	wanted := func(have int) bool { return req.Limit <= 0 || int64(have) < req.Limit }
	var results []list.ListResult
	var batch []Listed
	for object := range l.Find(ctx, place, diags) {
		batch = append(batch, object)
		if len(batch) == readAtOnce || !wanted(len(results)+len(batch)) {
			results, batch = append(results, l.show(ctx, pool, req, place, batch, diags)...), nil
		}
		if !wanted(len(results)) || diags.HasError() {
			break
		}
	}
	return append(results, l.show(ctx, pool, req, place, batch, diags)...)
}

func (l Listing) locate(ctx context.Context, pool *account.Pool, req list.ListRequest, diags *diag.Diagnostics) (Place, bool) {
	var placed Placed
	diags.Append(req.Config.GetAttribute(ctx, path.Root("account"), &placed.Account)...)
	if l.Regional {
		diags.Append(req.Config.GetAttribute(ctx, path.Root("region"), &placed.Region)...)
	}
	if placed.Region.IsUnknown() {
		diags.AddAttributeError(path.Root("region"), "Unable to choose the region of the list",
			"The value of the argument \"region\" is not known until apply.")
	}
	if diags.HasError() {
		return Place{}, false
	}
	return Locate(ctx, pool, placed, l.Regional, diags)
}

// show makes the results of some objects, side by side; those that are gone
// meanwhile are left out.
func (l Listing) show(
	ctx context.Context, pool *account.Pool, req list.ListRequest, place Place, objects []Listed, diags *diag.Diagnostics,
) []list.ListResult {
	shown, found := make([]list.ListResult, len(objects)), make([]bool, len(objects))
	selection := importedSelection(ctx, pool, place)
	var reads sync.WaitGroup
	for i, object := range objects {
		reads.Go(func() { shown[i], found[i] = l.result(ctx, req, place, selection, object) })
	}
	reads.Wait()
	var results []list.ListResult
	for i, result := range shown {
		switch {
		case result.Diagnostics.HasError():
			diags.Append(result.Diagnostics...)
		case found[i]:
			results = append(results, result)
		}
	}
	return results
}

// importedSelection is the account argument that an import of the listed identity
// gives, so that a configuration made from the list shows no difference.
func importedSelection(ctx context.Context, pool *account.Pool, place Place) types.String {
	if own, err := pool.AccountID(ctx, ""); err == nil && own == place.Account.ID {
		return types.StringNull()
	}
	return types.StringValue(place.Account.ID)
}

func (l Listing) result(
	ctx context.Context, req list.ListRequest, place Place, selection types.String, object Listed,
) (list.ListResult, bool) {
	result := req.NewListResult(ctx)
	result.DisplayName = Escape(object.Title)
	accountID, region := types.StringValue(place.Account.ID), types.StringNull()
	if l.Regional {
		region = types.StringValue(place.Region)
	}
	result.Diagnostics.Append(
		SetIdentity(ctx, result.Identity, accountID, region, l.Key, types.StringValue(object.Known[l.Key]))...)
	if !req.IncludeResource || result.Diagnostics.HasError() {
		return result, true
	}
	state := tfsdk.State{Schema: req.ResourceSchema, Raw: result.Resource.Raw}
	known := map[string]types.String{"account": selection, "account_id": accountID}
	if l.Regional {
		known["region"] = region
	}
	for name, value := range object.Known {
		known[name] = types.StringValue(value)
	}
	for name, value := range known {
		result.Diagnostics.Append(state.SetAttribute(ctx, path.Root(name), value)...)
	}
	found := !result.Diagnostics.HasError() && l.Read(ctx, place, &state, result.Identity, &result.Diagnostics)
	result.Resource.Raw = state.Raw
	return result, found
}
