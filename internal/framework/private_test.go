package framework_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// private is private state in memory.
type private map[string][]byte

func (p private) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) {
	return p[key], nil
}

func (p private) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	p[key] = value
	return nil
}

func TestRecall(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	kept := private{"old": []byte(`{"an":"older form"}`), "broken": []byte("{")}
	framework.Remember(t.Context(), kept, "times", []string{"a", "b"}, &diags)
	var back []string
	if !framework.Recall(t.Context(), kept, "times", &back, &diags) || len(back) != 2 {
		t.Errorf("recalled %v", back)
	}
	for _, key := range []string{"absent", "old", "broken"} {
		if framework.Recall(t.Context(), kept, key, &back, &diags) {
			t.Errorf("%s was recalled", key)
		}
	}
	if diags.HasError() {
		t.Error(diags)
	}
	framework.Remember(t.Context(), kept, "impossible", make(chan int), &diags)
	if !diags.HasError() {
		t.Error("what cannot be kept is no error")
	}
}

func TestOnlyForgets(t *testing.T) {
	t.Parallel()
	fresh, adopted := private{}, private{}
	framework.MarkAdopted(t.Context(), adopted, &diag.Diagnostics{})
	for _, test := range []struct {
		kept    private
		destroy types.Bool
		want    bool
	}{
		{fresh, types.BoolValue(false), false},
		{adopted, types.BoolValue(false), true},
		{adopted, types.BoolNull(), true},
		{adopted, types.BoolValue(true), false},
		{private{"adopted": []byte("false")}, types.BoolNull(), false},
		{private{"adopted": []byte("?")}, types.BoolNull(), true},
	} {
		var diags diag.Diagnostics
		got := framework.OnlyForgets(t.Context(), test.kept, test.destroy, "Trail \"main\"", &diags)
		if got != test.want || (diags.WarningsCount() == 1) != test.want {
			t.Errorf("adopted %q, destroy_adopted %s: only forgets %t, %v", test.kept["adopted"], test.destroy, got, diags)
		}
	}
}
