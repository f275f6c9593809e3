package history

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// impactModel is what a removal took away, in Terraform.
type impactModel struct {
	Grade         types.String `tfsdk:"grade"`
	Sentences     types.List   `tfsdk:"sentences"`
	LostDenies    types.List   `tfsdk:"lost_denies"`
	LostMFA       types.List   `tfsdk:"lost_mfa_conditions"`
	LostAllows    types.List   `tfsdk:"lost_allows"`
	Escalations   types.List   `tfsdk:"regained_escalations"`
	BrokenRoles   types.List   `tfsdk:"broken_roles"`
	UnpinnedRoles types.List   `tfsdk:"unpinned_roles"`
	AsOf          types.String `tfsdk:"as_of"`
	NotConsidered types.List   `tfsdk:"not_considered"`
}

func toImpactModel(impact Impact) impactModel {
	return impactModel{
		Grade: types.StringValue(impact.Grade.String()), Sentences: framework.TextList(impact.Sentences),
		LostDenies: framework.TextList(impact.LostDenies), LostMFA: framework.TextList(impact.LostMFA),
		LostAllows: framework.TextList(impact.LostAllows), Escalations: framework.TextList(impact.Escalations),
		BrokenRoles: framework.TextList(impact.BrokenRoles), UnpinnedRoles: framework.TextList(impact.UnpinnedRoles),
		AsOf: types.StringValue(impact.AsOf), NotConsidered: framework.TextList(impact.NotConsidered),
	}
}

// impactResults are the attributes of impactModel.
func impactResults() map[string]schema.Attribute {
	list := func(description string) schema.Attribute {
		return schema.ListAttribute{ElementType: types.StringType, Computed: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"grade": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "`critical`: an escalation became possible, or a denial of IAM, STS, CloudTrail or Organizations is " +
				"gone with effect; `high`: another denial or a condition on MFA is; `low`: permissions are lost; `info`: nothing is. " +
				"What is undecided or could not be read makes it `medium` at least.",
		},
		"sentences":   list("The same in words, what matters most first."),
		"lost_denies": list("Deny statements that nothing else replaces and that refuse something that is allowed, or may."),
		"lost_mfa_conditions": list("Statements with a condition on MFA that are gone: denials without MFA, permissions that " +
			"needed it."),
		"lost_allows": list("Allow statements that nothing else replaces."),
		"regained_escalations": list("Combinations of actions by which the identity can raise its own privileges, and could not " +
			"before."),
		"broken_roles":   list("For a client ID: the roles whose trust policy names it."),
		"unpinned_roles": list("For a client ID: the roles that trust the provider and name no client ID at all."),
		"as_of": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "What the policies were taken from: `present`, as IAM has them now, for it keeps no history; " +
				"`history`, records of the calls that wrote them; `declared`, the argument `declared_policies`.",
		},
		"not_considered": list(
			"What could not be read or decided. Policies of resources and of the organization are never considered.",
		),
	}
}
