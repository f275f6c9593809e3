package framework

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// PlanTags plans tags_all: default_tags below the resource's own tags. It is
// unknown as long as one of the two is.
func PlanTags(ctx context.Context, pool *account.Pool, tags types.Map, resp *resource.ModifyPlanResponse) {
	if pool == nil || pool.Unknown("default_tags") || !WhollyKnown(ctx, tags) {
		Plan(ctx, resp, "tags_all", types.MapUnknown(types.StringType))
		return
	}
	all := pool.DefaultTags()
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, TagsOf(tags))
	Plan(ctx, resp, "tags_all", TextMap(all))
}

// TagsOf is the Go map of a tags attribute; null and unknown are empty.
func TagsOf(tags types.Map) map[string]string {
	out := make(map[string]string, len(tags.Elements()))
	for key, value := range tags.Elements() {
		if text, ok := value.(types.String); ok {
			out[key] = text.ValueString()
		}
	}
	return out
}

// ReadTags splits what AWS answers into tags and tags_all. A default tag with its
// default value counts as the provider's unless the resource had it in its own
// tags; AWS's own tags (aws:…) are left out. Without any tag, tags stays null
// where it was null. While default_tags is not known, only what the resource
// declares counts as its own.
func ReadTags(pool *account.Pool, prior types.Map, remote map[string]string) (tags, all types.Map) {
	own, defaults := map[string]string{}, pool.DefaultTags()
	before, defaultsUnknown := TagsOf(prior), pool.Unknown("default_tags")
	kept := map[string]string{}
	for key, value := range remote {
		if strings.HasPrefix(key, "aws:") {
			continue
		}
		kept[key] = value
		_, declared := before[key]
		byDefault, ok := defaults[key]
		if declared || !defaultsUnknown && (!ok || byDefault != value) {
			own[key] = value
		}
	}
	if len(own) == 0 && prior.IsNull() {
		return types.MapNull(types.StringType), TextMap(kept)
	}
	return TextMap(own), TextMap(kept)
}

// TagChanges says which tags to set and which keys to remove.
func TagChanges(have, want map[string]string) (set map[string]string, remove []string) {
	set = map[string]string{}
	for key, value := range want {
		if current, ok := have[key]; !ok || current != value {
			set[key] = value
		}
	}
	for key := range have {
		if _, ok := want[key]; !ok && !strings.HasPrefix(key, "aws:") {
			remove = append(remove, key)
		}
	}
	slices.Sort(remove)
	return set, remove
}
