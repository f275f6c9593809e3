package trail

import (
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// maxSCP is how many characters a service control policy may have; see
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
const maxSCP = 5120

// roleARNForm is a role in one account or, with a *, in any. The name may hold *
// but must not be only that, which would exempt every role.
var roleARNForm = regexp.MustCompile(`^arn:[a-z-]+:iam::(\d{12}|\*):role/([\w+=,.@/*-]*[\w+=,.@-][\w+=,.@/*-]*)$`)

// NewGuardrailSCPFunction is guardrail_scp.
func NewGuardrailSCPFunction() function.Function {
	return framework.ObjectFunction{
		Name:    "guardrail_scp",
		Purpose: "A service control policy that lets only named roles switch off audit trail and alerts, as JSON.",
		Description: "For `aws_organizations_policy`. It denies stopping, deleting and narrowing trails, and disabling or emptying " +
			"EventBridge rules, to everybody in the accounts it is attached to but the exempt roles, which must be the roles that " +
			"apply and that break the glass.\n\nA service control policy never binds the management account of the organization, " +
			"nor service-linked roles, nor AWS services; the policy needs no exception for those. It binds the root users of the " +
			fmt.Sprintf("other accounts. A document of more than %d characters, which AWS refuses, is an error.", maxSCP),
		Keys: []framework.FunctionKey{
			{
				Name: "exempt_role_arns", Kind: framework.ManyTexts, Required: true,
				Description: "ARNs of the roles that may do all this, such as `arn:aws:iam::*:role/iamguard-apply`. The account and " +
					"part of the name may be `*`.",
			},
			{
				Name:        "trail_arns",
				Kind:        framework.ManyTexts,
				Description: "ARNs of the trails protected, `*` allowed. Without it all trails.",
			},
			{
				Name: "rule_arns", Kind: framework.ManyTexts,
				Description: "ARNs of the EventBridge rules protected, `*` allowed; these are also kept from being overwritten (`PutRule`, " +
					"`PutTargets`). Without it no rule is disabled, deleted or emptied, but any is written.",
			},
			{
				Name:        "bucket_names",
				Kind:        framework.ManyTexts,
				Description: "Names of log buckets, kept from deletion, from changes of their settings, and from deletion of their objects.",
			},
			{
				Name: "kms_key_arns", Kind: framework.ManyTexts,
				Description: "ARNs of the keys that encrypt log files, kept from being disabled, deleted or given another policy.",
			},
			{
				Name: "protect_password_policy", Kind: framework.Flag, On: true,
				Description: "Whether the account password policy is kept from being changed and deleted.",
			},
			{
				Name: "protect_organization", Kind: framework.Flag, On: true,
				Description: "Whether the accounts are kept from leaving the organization, and with it this policy.",
			},
			{Name: "partition", Description: "Partition of the buckets; without it that of the first exempt role."},
		},
		Build: buildGuardrailSCP,
	}
}

func buildGuardrailSCP(arguments framework.FunctionArguments) (string, error) {
	exempt := arguments.Texts("exempt_role_arns")
	for _, role := range exempt {
		if !roleARNForm.MatchString(role) {
			return "", fmt.Errorf("exempt_role_arns: %q is not the ARN of a role, such as arn:aws:iam::*:role/iamguard-apply (of a "+
				"session, name the role; a name of * alone would exempt everybody)", role)
		}
	}
	partition := arguments.Text("partition")
	if partition == "" {
		partition = partitionOf(exempt...)
	}
	if err := checkProtected(arguments); err != nil {
		return "", err
	}
	document := documentOf(guardrailStatements(arguments, partition)...)
	for i := range document.Statements {
		statement := &document.Statements[i]
		statement.Effect = policy.Deny
		statement.Condition = policy.Condition{"ArnNotLike": {"aws:PrincipalArn": exempt}}
	}
	text := document.Normalised().String()
	if len(text) > maxSCP {
		return "", fmt.Errorf("the service control policy has %d characters, and AWS takes %d: name fewer roles, trails, rules, "+
			"buckets and keys in one policy, or several by one ARN with a *", len(text), maxSCP)
	}
	return text, nil
}

// checkProtected finds what is named under the wrong key: a statement about an ARN
// of another service would protect nothing.
func checkProtected(arguments framework.FunctionArguments) error {
	for key, service := range map[string]string{"trail_arns": "cloudtrail", "rule_arns": "events", "kms_key_arns": "kms"} {
		for _, text := range arguments.Texts(key) {
			if parsed, err := arn.Parse(text); err != nil || parsed.Service != service {
				return fmt.Errorf("%s: %q is not an ARN of %s", key, text, service)
			}
		}
	}
	for _, name := range arguments.Texts("bucket_names") {
		if !bucketNameForm.MatchString(name) {
			return fmt.Errorf("bucket_names: %q is not the name of a bucket", name)
		}
	}
	return nil
}
