package framework_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

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

func TestIsAdopted(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	fresh, adopted := private{}, private{}
	framework.MarkAdopted(t.Context(), adopted, &diags)
	for _, test := range []struct {
		kept private
		want bool
	}{{fresh, false}, {adopted, true}, {private{"adopted": []byte("false")}, false}, {private{"adopted": []byte("?")}, true}} {
		if got := framework.IsAdopted(t.Context(), test.kept, &diags); got != test.want {
			t.Errorf("%q counts as adopted: %t", test.kept["adopted"], got)
		}
	}
}
