package providertest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// ExpectDrift asserts that the plan changes exactly these attributes of a
// resource, each from the value given, which is what AWS has after somebody
// changed it. Values compare as JSON.
func ExpectDrift(address string, from map[string]any) plancheck.PlanCheck {
	return drift{address: address, from: from}
}

// ExpectChanged is ExpectDrift for values that are too long to write down.
func ExpectChanged(address string, names ...string) plancheck.PlanCheck {
	from := make(map[string]any, len(names))
	for _, name := range names {
		from[name] = AnyValue
	}
	return drift{address: address, from: from}
}

// AnyValue stands for a value that ExpectDrift does not compare.
var AnyValue = anyValue{}

type anyValue struct{}

type drift struct {
	address string
	from    map[string]any
}

// CheckPlan implements plancheck.PlanCheck.
func (d drift) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if change.Address != d.address {
			continue
		}
		before, okBefore := change.Change.Before.(map[string]any)
		after, okAfter := change.Change.After.(map[string]any)
		if !okBefore || !okAfter {
			resp.Error = fmt.Errorf("%s is not changed in place: %v", d.address, change.Change.Actions)
			return
		}
		resp.Error = d.compare(before, after, change.Change.AfterUnknown)
		return
	}
	resp.Error = fmt.Errorf("the plan does not name %s", d.address)
}

func (d drift) compare(before, after map[string]any, unknown any) error {
	changed := map[string]any{}
	for name, value := range before {
		if !reflect.DeepEqual(value, after[name]) {
			changed[name] = value
		}
	}
	if names, ok := unknown.(map[string]any); ok {
		for name, value := range names {
			if value == true {
				changed[name] = before[name]
			}
		}
	}
	if want := slices.Sorted(maps.Keys(d.from)); !slices.Equal(slices.Sorted(maps.Keys(changed)), want) {
		return fmt.Errorf(
			"%s: the plan changes %v, want %v; before: %s",
			d.address,
			slices.Sorted(maps.Keys(changed)),
			want,
			text(changed),
		)
	}
	for name, value := range d.from {
		if value != any(anyValue{}) && text(changed[name]) != text(value) {
			return fmt.Errorf("%s: %s was %s, want %s", d.address, name, text(changed[name]), text(value))
		}
	}
	return nil
}

func text(value any) string {
	out, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(out)
}
