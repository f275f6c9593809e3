package history

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// elements are what is in the sets of which that is kept.
func (a Attribution) elements(state tfsdk.State) map[string][]string {
	members, found := framework.Members(state.Raw), map[string][]string{}
	for _, name := range a.Sets {
		var values []tftypes.Value
		if set, ok := members[name]; !ok || set.IsNull() || !set.IsFullyKnown() || set.As(&values) != nil {
			continue
		}
		for _, value := range values {
			var text string
			if value.As(&text) == nil {
				found[name] = append(found[name], text)
			}
		}
	}
	return found
}

// Begin remembers what an import found, where nothing was applied yet: what somebody takes
// out of a set from then on is as good as applied. Types without Sets wait for an apply.
func (a Attribution) Begin(ctx context.Context, pool *account.Pool, resp *resource.ReadResponse) {
	var before applied
	if len(a.Sets) > 0 && !framework.Recall(ctx, resp.Private, appliedKey, &before, &resp.Diagnostics) {
		a.Applied(ctx, pool, resp.Private, resp.State, &resp.Diagnostics)
	}
}

// stillMeant is what counts as applied after an Update that failed on the way: what was
// applied before, or by it, unless the plan drops it and AWS has it no more.
func stillMeant(before, planned, now map[string][]string) map[string][]string {
	meant := map[string][]string{}
	for name := range before {
		applied := slices.Concat(before[name], slices.DeleteFunc(slices.Clone(now[name]), func(element string) bool {
			return !slices.Contains(planned[name], element)
		}))
		slices.Sort(applied)
		for _, element := range slices.Compact(applied) {
			if slices.Contains(planned[name], element) || slices.Contains(now[name], element) {
				meant[name] = append(meant[name], element)
			}
		}
	}
	return meant
}

// missing is what was in the sets and is not now, sorted.
func missing(before, now map[string][]string) map[string][]string {
	lost := map[string][]string{}
	for name, elements := range before {
		for _, element := range elements {
			if !slices.Contains(now[name], element) {
				lost[name] = append(lost[name], element)
			}
		}
		slices.Sort(lost[name])
	}
	return lost
}

// Lost is what the last apply left in a set and a state has not, sorted: what somebody
// else took out. It is nothing for what was never applied, as after an import.
func (a Attribution) Lost(
	ctx context.Context, private framework.Private, state tfsdk.State, name string, diags *diag.Diagnostics,
) []string {
	var before applied
	if private == nil || !framework.Recall(ctx, private, appliedKey, &before, diags) {
		return nil
	}
	return missing(before.Sets, a.elements(state))[name]
}

// Found is what was found about the changes that a state shows, as a fact; "" where
// nothing was looked up.
func (Attribution) Found(ctx context.Context, private framework.Private, diags *diag.Diagnostics) string {
	var known drift
	if private == nil || !framework.Recall(ctx, private, driftKey, &known, diags) {
		return ""
	}
	return known.Story.Fact
}

// weigh adds to a story what the change means.
func (a Attribution) weigh(ctx context.Context, object Object, lost map[string][]string, told *story) {
	for _, name := range a.Sets {
		if a.Cost == nil || len(lost[name]) == 0 {
			continue
		}
		cost, detail, whole := a.Cost(ctx, object, lost)
		told.Cost, told.Unweighed = cost, !whole
		if detail != "" {
			told.Detail += "\n\n" + detail
		}
		return
	}
}
