package mfa

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// NewPolicyFunction is mfa_policy.
func NewPolicyFunction() function.Function {
	return framework.ObjectFunction{
		Name:    "mfa_policy",
		Purpose: "The policy that denies everything but MFA self-service to sessions without MFA, as JSON.",
		Description: "For a policy that another resource keeps, such as an inline policy of a group. The document " +
			"is exactly what `iamguard_mfa_enforcement` generates from arguments of the same names. It is for IAM users: roles, " +
			"federated principals and the root user are never covered.",
		Keys: []framework.FunctionKey{
			{
				Name: "allow_first_login", Kind: framework.Flag, On: true,
				Description: "Whether a session without MFA may change the password of its own user, as a first login demands.",
			},
			{
				Name: "allow_mfa_self_removal", Kind: framework.Flag,
				Description: "Whether a session with MFA is allowed to remove devices of its own user.",
			},
			{
				Name: "exempt_access_keys", Kind: framework.Flag,
				Description: "Whether long-term access keys, whose sessions know nothing of MFA, are denied nothing.",
			},
			{
				Name: "max_mfa_age_seconds",
				Description: fmt.Sprintf("For how many seconds a login with MFA counts, %d to %d, in quotes; without it for as long as "+
					"the session lasts.", minAge, maxAge),
			},
			{
				Name: "extra_allowed_actions", Kind: framework.ManyTexts,
				Description: "Actions that are not denied to sessions without MFA, such as `s3:GetObject`; no wildcard that matches " +
					"the removal of a device.",
			},
			{Name: "exempt_users", Kind: framework.ManyTexts, Description: "Names of users who are denied nothing."},
			{Name: "partition", Default: "aws", Description: "Partition of the account."},
		},
		Build: buildPolicy,
	}
}

func buildPolicy(arguments framework.FunctionArguments) (string, error) {
	asked := enforcement{
		firstLogin: arguments.Flag("allow_first_login"), selfRemoval: arguments.Flag("allow_mfa_self_removal"),
		exemptKeys: arguments.Flag("exempt_access_keys"), extra: arguments.Texts("extra_allowed_actions"),
		exempt: arguments.Texts("exempt_users"),
	}
	if text := arguments.Text("max_mfa_age_seconds"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds < minAge || seconds > maxAge {
			return "", fmt.Errorf("max_mfa_age_seconds %q is not a whole number of %d to %d", text, minAge, maxAge)
		}
		asked.maxAge = seconds
	}
	for _, action := range asked.extra {
		if problem := extraProblem(action); problem != "" {
			return "", fmt.Errorf("extra_allowed_actions: %q %s", action, problem)
		}
	}
	for _, name := range asked.exempt {
		if !nameForm.MatchString(name) {
			return "", fmt.Errorf("exempt_users: %q is not the name of a user, without a path", name)
		}
	}
	partition := arguments.Text("partition")
	if !partitionForm.MatchString(partition) {
		return "", fmt.Errorf("partition %q is not the name of a partition", partition)
	}
	document := asked.text(partition)
	if size := utf8.RuneCountInString(document); size > maxPolicySize {
		return "", fmt.Errorf("the policy has %d characters, and IAM takes %d: name fewer or shorter %s",
			size, maxPolicySize, "exempt_users and extra_allowed_actions")
	}
	return document, nil
}
