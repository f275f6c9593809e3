package leastprivilege

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ function.Function = PermissionsFunction{}

// NewPermissionsFunction is permissions.
func NewPermissionsFunction() function.Function {
	return PermissionsFunction{}
}

// PermissionsFunction writes the policy of the role that runs iamguard.
type PermissionsFunction struct{}

// Metadata names the function.
func (PermissionsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "permissions"
}

// Definition is two parameters, both known values.
func (PermissionsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		MarkdownDescription: "The actions are those of the calls that the named types make, as recorded by the provider's own " +
			"tests; the documentation page of each type shows them too. The statements are named `Plan`, `ExplainDrift` (how a plan " +
			"finds out who changed a resource; it can be left out with `attribute_drift = false`), and `Apply` or `Destroy`.\n\n" +
			"Names of types do not tell which objects they are for, so every statement says `\"Resource\": \"*\"`: narrow it to " +
			"your trails, buckets and policies where the role has to be narrower. Not contained is what AWS asks for on behalf of " +
			"others, because it is no call of iamguard: `iam:PassRole` on the role of `cloud_watch_logs_role_arn`, the " +
			"`organizations` actions of an organization trail, and `sts:AssumeRole` on the roles of the provider's `accounts`. " +
			"The pages of the types name these.",
		Parameters: []function.Parameter{
			function.ListParameter{
				Name: "types", ElementType: types.StringType,
				MarkdownDescription: "The types that the role works with, such as `iamguard_trail`. A data source, list resource or " +
					"action is named as in its address: `data.iamguard_trail`, `list.iamguard_trail`, " +
					"`action.iamguard_start_logging`; the prefix can be left out where no resource has the name.",
			},
			function.StringParameter{
				Name: "phase", MarkdownDescription: "`plan` is all that a plan needs, and `terraform query`; `apply` is a plan and what " +
					"creating, changing and invoking need; `destroy` is a plan and what destroying needs. Replacing needs both of the latter.",
			},
		},
		Return: function.StringReturn{},
	}
	resp.Definition.Summary = "The least IAM policy of the role that runs iamguard, as JSON."
}

// Run answers the policy, or names the types and phases that there are.
func (PermissionsFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var asked []string
	var phase string
	if resp.Error = req.Arguments.Get(ctx, &asked, &phase); resp.Error != nil {
		return
	}
	known, err := table()
	if err != nil {
		resp.Error = function.NewFuncError(framework.Sentence(err))
		return
	}
	names, problem := resolveAll(known, asked)
	switch {
	case problem != "":
		resp.Error = function.NewArgumentFuncError(0, problem)
		return
	case !slices.Contains(phases, phase):
		resp.Error = function.NewArgumentFuncError(1, fmt.Sprintf("Unknown phase %q; the phases are %s.",
			framework.Escape(phase), strings.Join(phases, ", ")))
		return
	}
	document := policyFor(known, names, phase)
	if len(document.Statements) == 0 {
		resp.Error = function.NewArgumentFuncError(0, "These types make no call in this phase, so the role needs no policy for them.")
		return
	}
	resp.Error = resp.Result.Set(ctx, document.String())
}

// resolveAll finds the types, each once and sorted, or says what is wrong with them.
func resolveAll(known map[string]needs, asked []string) (names []string, problem string) {
	var unknown []string
	for _, name := range asked {
		found, ok := resolve(known, name)
		if !ok {
			unknown = append(unknown, fmt.Sprintf("%q", framework.Escape(name)))
		}
		names = append(names, found)
	}
	all := strings.Join(slices.Sorted(maps.Keys(known)), ", ")
	switch {
	case len(asked) == 0:
		return nil, "Name at least one type: " + all + "."
	case len(unknown) > 0:
		return nil, "Unknown type " + strings.Join(unknown, ", ") + "; the types are " + all + "."
	}
	slices.Sort(names)
	return slices.Compact(names), ""
}
