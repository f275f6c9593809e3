package trail

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// NewLogKMSPolicyFunction is log_kms_policy.
func NewLogKMSPolicyFunction() function.Function {
	return framework.ObjectFunction{
		Name:    "log_kms_policy",
		Purpose: "The key policy that lets trails encrypt their log files, as JSON.",
		Description: "For a key that another resource keeps. CloudTrail may encrypt log files of the named trails alone and look at " +
			"the key. The account keeps the administration of the key, so IAM policies of the account decide who else uses it: " +
			"`iamguard_log_reader_policy` with `kms_key_arn` lets readers decrypt. Readers of other accounts need `reader_arns` too.",
		Keys: append(trailKeys(), framework.FunctionKey{
			Name:        "reader_arns",
			Kind:        framework.ManyTexts,
			Description: "ARNs of users, roles or accounts (`arn:aws:iam::111122223333:root`) that may decrypt log files, nothing else.",
		}),
		Build: buildLogKMSPolicy,
	}
}

func buildLogKMSPolicy(arguments framework.FunctionArguments) (string, error) {
	trails, err := trailsOf(arguments)
	if err != nil {
		return "", err
	}
	statements := []policy.Statement{{
		Sid: "AccountAdministersKey", Effect: policy.Allow,
		Principal: policy.Principal{policy.PrincipalAWS: {"arn:" + trails.partition + ":iam::" + trails.accountIDs[0] + ":root"}},
		Action:    []string{"kms:*"}, Resource: []string{"*"},
	}}
	statements = append(statements, keyStatements(trails.partition, trails.accountIDs, trails.arns)...)
	readers := arguments.Texts("reader_arns")
	for _, reader := range readers {
		if parsed, err := arn.Parse(reader); err != nil || parsed.Service != "iam" {
			return "", fmt.Errorf("reader_arns: %q is not the ARN of a user, a role or an account", reader)
		}
	}
	if len(readers) > 0 {
		statements = append(statements, policy.Statement{
			Sid: "ReadersDecryptLogFiles", Effect: policy.Allow, Principal: policy.Principal{policy.PrincipalAWS: readers},
			Action: []string{decrypts}, Resource: []string{"*"}, Condition: policy.Condition{"Null": {encryptionContext: {"false"}}},
		})
	}
	return documentOf(statements...).Normalised().String(), nil
}
