package password

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ function.Function = (*ViolationsFunction)(nil)

// NewViolationsFunction is the function password_policy_violations.
func NewViolationsFunction() function.Function { return &ViolationsFunction{} }

// ViolationsFunction judges a password policy by a benchmark and asks nobody.
type ViolationsFunction struct{}

// Metadata names the function.
func (f *ViolationsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "password_policy_violations"
}

// Definition is the signature.
func (f *ViolationsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "What a password policy lacks by a benchmark",
		MarkdownDescription: "Lists the fields of a password policy that are not as a benchmark asks: `control`, `benchmark`, " +
			"`field`, `actual` and `expected`. The object has the fields of `iamguard_password_policy`, by their names there; one that " +
			"is left out counts as IAM sets it: a length of 6, and everything else off.",
		Parameters: []function.Parameter{
			function.DynamicParameter{Name: "policy", MarkdownDescription: "The fields of the policy, as an object."},
			function.StringParameter{
				Name: "benchmark", MarkdownDescription: "One of `" + strings.Join(benchmarkNames(), "`, `") + "`.",
			},
		},
		Return: function.ListReturn{ElementType: violationType},
	}
}

// Run judges the arguments.
func (f *ViolationsFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var given types.Dynamic
	var benchmark string
	if resp.Error = req.Arguments.Get(ctx, &given, &benchmark); resp.Error != nil {
		return
	}
	if err := knownBenchmark(benchmark); err != nil {
		resp.Error = function.NewArgumentFuncError(1, framework.Sentence(err))
		return
	}
	if !framework.WhollyKnown(ctx, given) {
		resp.Error = resp.Result.Set(ctx, types.ListUnknown(violationType))
		return
	}
	policy, err := rulesOf(given)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, framework.Sentence(err))
		return
	}
	resp.Error = resp.Result.Set(ctx, violationList(policy.violations([]string{benchmark})))
}

// rulesOf reads the fields of an object; all that is wrong with it is the error.
func rulesOf(given types.Dynamic) (rules, error) {
	policy := rules{Length: minLength}
	numbers := map[string]*int64{
		"minimum_password_length": &policy.Length, "password_reuse_prevention": &policy.Reuse, "max_password_age": &policy.Age,
	}
	flags := map[string]*bool{
		"require_lowercase_characters": &policy.Lower, "require_uppercase_characters": &policy.Upper,
		"require_numbers": &policy.Numbers, "require_symbols": &policy.Symbols,
		"allow_users_to_change_password": &policy.Change, "hard_expiry": &policy.Expiry,
	}
	object, ok := given.UnderlyingValue().(types.Object)
	if !ok {
		return policy, errors.New("the policy has to be an object")
	}
	var wrong []string
	for name, value := range object.Attributes() {
		switch {
		case value.IsNull():
		case numbers[name] != nil:
			if !takeNumber(value, numbers[name]) {
				wrong = append(wrong, name+" has to be a whole number")
			}
		case flags[name] != nil:
			if !takeFlag(value, flags[name]) {
				wrong = append(wrong, name+" has to be true or false")
			}
		default:
			wrong = append(wrong, fmt.Sprintf("there is no field %q", name))
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return policy, errors.New(strings.Join(wrong, "; "))
	}
	return policy, nil
}

func takeNumber(value attr.Value, into *int64) bool {
	number, ok := value.(types.Number)
	if !ok {
		return false
	}
	whole, accuracy := number.ValueBigFloat().Int64()
	*into = whole
	return accuracy == big.Exact
}

func takeFlag(value attr.Value, into *bool) bool {
	flag, ok := value.(types.Bool)
	*into = flag.ValueBool()
	return ok
}
