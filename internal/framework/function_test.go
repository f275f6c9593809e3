package framework_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// echo answers what it was given.
var echo = framework.ObjectFunction{
	Name: "echo", Purpose: "Answers what it was given.", Description: "Answers what it was given.",
	Keys: []framework.FunctionKey{
		{Name: "name", Required: true, Description: "A name."},
		{Name: "partition", Default: "aws", Description: "A partition."},
		{Name: "members", Kind: framework.ManyTexts, Description: "Names."},
		{Name: "loud", Kind: framework.Flag, On: true, Description: "Whether it shouts."},
	},
	Build: func(a framework.FunctionArguments) (string, error) {
		if a.Text("name") == "nobody" {
			return "", errors.New("nobody is not a name")
		}
		text := a.Text("name") + " " + a.Text("partition") + " " + strings.Join(a.Texts("members"), "+")
		if a.Flag("loud") {
			text = strings.ToUpper(text)
		}
		return text, nil
	},
}

// call runs a function with one argument.
func call(t *testing.T, f function.Function, argument attr.Value) (types.String, string) {
	t.Helper()
	ctx := t.Context()
	resp := function.RunResponse{Result: function.NewResultData(types.StringUnknown())}
	f.Run(ctx, function.RunRequest{Arguments: function.NewArgumentsData([]attr.Value{types.DynamicValue(argument)})}, &resp)
	if resp.Error != nil {
		return types.StringNull(), resp.Error.Text
	}
	text, ok := resp.Result.Value().(types.String)
	if !ok {
		t.Fatalf("the result is %v", resp.Result.Value())
	}
	return text, ""
}

// object is an object of the types that its values have.
func object(t *testing.T, values map[string]attr.Value) attr.Value {
	t.Helper()
	kinds := map[string]attr.Type{}
	for name, value := range values {
		kinds[name] = value.Type(t.Context())
	}
	return types.ObjectValueMust(kinds, values)
}

func text(value string) attr.Value { return types.StringValue(value) }

func TestObjectFunction(t *testing.T) {
	t.Parallel()
	two := []attr.Value{text("b"), text("a")}
	tuple := types.TupleValueMust(
		[]attr.Type{types.StringType, types.DynamicType},
		[]attr.Value{text("b"), types.DynamicValue(text("a"))},
	)
	for name, c := range map[string]struct {
		argument attr.Value
		want     string
		problems []string
	}{
		"defaults": {object(t, map[string]attr.Value{"name": text("x")}), "X AWS ", nil},
		"all keys, a tuple": {object(t, map[string]attr.Value{
			"name": text("x"), "partition": text("aws-cn"), "members": tuple, "loud": types.BoolValue(false),
		}), "x aws-cn b+a", nil},
		"a list": {
			object(t, map[string]attr.Value{"name": text("x"), "members": types.ListValueMust(types.StringType, two)}), "X AWS B+A", nil,
		},
		"a set": {
			object(t, map[string]attr.Value{"name": text("x"), "members": types.SetValueMust(types.StringType, two)}), "X AWS B+A", nil,
		},
		"a map": {types.MapValueMust(types.StringType, map[string]attr.Value{"name": text("x")}), "X AWS ", nil},
		"null is absent": {object(t, map[string]attr.Value{
			"name": text("x"), "partition": types.StringNull(), "members": types.DynamicNull(), "loud": types.BoolNull(),
		}), "X AWS ", nil},
		"empty is absent": {object(t, map[string]attr.Value{
			"name": text("x"), "partition": text(""), "members": types.ListValueMust(types.StringType, nil),
		}), "X AWS ", nil},
		"unknown keys": {
			object(t, map[string]attr.Value{"name": text("x"), "naem": text("x"), "member": text("x")}), "",
			[]string{`Unknown key "member"; the keys are loud, members, name, partition.`, `Unknown key "naem"; the keys`},
		},
		"missing":      {object(t, map[string]attr.Value{}), "", []string{`The key "name" is missing or empty; it must be text.`}},
		"required nil": {object(t, map[string]attr.Value{"name": types.StringNull()}), "", []string{`"name" is missing`}},
		"wrong types": {
			object(t, map[string]attr.Value{
				"name": types.NumberValue(big.NewFloat(1)), "partition": tuple, "members": text("x"), "loud": text("yes"),
			}), "", []string{
				`The key "name" must be text, not a number (write it in quotes).`, `The key "partition" must be text, not a list.`,
				`The key "members" must be a list of texts, not text.`, `The key "loud" must be true or false, not text.`,
			},
		},
		"null in a list": {
			object(t, map[string]attr.Value{
				"name":    text("x"),
				"members": types.ListValueMust(types.StringType, []attr.Value{text("a"), types.StringNull()}),
			}), "", []string{`The key "members" must be a list of texts, and entry 2 is null.`},
		},
		"no object": {
			text("x"), "", []string{"The function echo takes one object, not text. Its keys: loud, members, name, partition."},
		},
		"its own error": {
			object(t, map[string]attr.Value{"name": text("nobody")}), "", []string{"Nobody is not a name."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, problem := call(t, echo, c.argument)
			if got.ValueString() != c.want {
				t.Errorf("got %q, want %q", got.ValueString(), c.want)
			}
			for _, part := range c.problems {
				if !strings.Contains(problem, part) {
					t.Errorf("%q is missing in: %s", part, problem)
				}
			}
			if lines := strings.Count(problem, "\n") + 1; problem != "" && lines != len(c.problems) {
				t.Errorf("%d problems are told, want %d: %s", lines, len(c.problems), problem)
			}
		})
	}
}

// What is not known yet makes the answer unknown, and never an error.
func TestObjectFunction_unknown(t *testing.T) {
	t.Parallel()
	for _, argument := range []attr.Value{
		object(t, map[string]attr.Value{"name": types.StringUnknown()}),
		object(t, map[string]attr.Value{"name": text("x"), "naem": types.DynamicUnknown()}),
		types.ObjectUnknown(map[string]attr.Type{"name": types.StringType}),
	} {
		if got, problem := call(t, echo, argument); !got.IsUnknown() || problem != "" {
			t.Errorf("got %s, error %q, want unknown", got, problem)
		}
	}
}

// Every key is documented with its kind and its default.
func TestObjectFunction_definition(t *testing.T) {
	t.Parallel()
	var resp function.DefinitionResponse
	echo.Definition(t.Context(), function.DefinitionRequest{}, &resp)
	for _, line := range []string{
		"- `name` (text, required): A name.", "- `partition` (text, default `aws`): A partition.",
		"- `members` (list of texts): Names.", "- `loud` (true or false, default `true`): Whether it shouts.",
	} {
		if !strings.Contains(resp.Definition.MarkdownDescription, line) {
			t.Errorf("%q is missing in: %s", line, resp.Definition.MarkdownDescription)
		}
	}
}
