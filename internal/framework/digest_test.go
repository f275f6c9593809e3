package framework_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

func TestDigest(t *testing.T) {
	t.Parallel()
	text := func(value any) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }
	collection := func(kind tftypes.Type, values ...tftypes.Value) tftypes.Value { return tftypes.NewValue(kind, values) }
	set, list := tftypes.Set{ElementType: tftypes.String}, tftypes.List{ElementType: tftypes.String}
	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"a": tftypes.String, "b": set}}
	made := func(a any, b ...tftypes.Value) tftypes.Value {
		return tftypes.NewValue(object, map[string]tftypes.Value{"a": text(a), "b": collection(set, b...)})
	}
	for name, test := range map[string]struct {
		a, b  tftypes.Value
		equal bool
	}{
		"equal texts":         {text("a"), text("a"), true},
		"other texts":         {text("a"), text("b"), false},
		"null is not empty":   {text(nil), text(""), false},
		"unknown is not null": {text(tftypes.UnknownValue), text(nil), false},
		"a set has no order":  {collection(set, text("a"), text("b")), collection(set, text("b"), text("a")), true},
		"a list has an order": {collection(list, text("a"), text("b")), collection(list, text("b"), text("a")), false},
		"no set is not empty": {tftypes.NewValue(set, nil), collection(set), false},
		"texts do not join":   {collection(set, text("a,b")), collection(set, text("a"), text("b")), false},
		"equal objects":       {made("x", text("1"), text("2")), made("x", text("2"), text("1")), true},
		"other objects":       {made("x", text("1")), made("x", text("2")), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := framework.Digest(test.a) == framework.Digest(test.b); got != test.equal {
				t.Errorf("equal is %t", got)
			}
		})
	}
}
