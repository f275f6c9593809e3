package trail

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// NewLogReaderPolicyFunction is log_reader_policy.
func NewLogReaderPolicyFunction() function.Function {
	return framework.ObjectFunction{
		Name:    "log_reader_policy",
		Purpose: "The policy by which people read the audit trail and change nothing of it, as JSON.",
		Description: "For a policy that another resource keeps, such as a permission set. The document is exactly what " +
			"`iamguard_log_reader_policy` generates from arguments of the same names. One of `trail_arn` and `bucket` is required.",
		Keys: []framework.FunctionKey{
			{Name: "trail_arn", Description: "ARN of a trail whose settings, status, selectors and tags may be read."},
			{Name: "bucket", Description: "Name of the bucket whose log files may be listed and read."},
			{Name: "prefix", Description: "Prefix of the log files in the bucket; only with `bucket`."},
			{Name: "kms_key_arn", Description: "ARN of the key that encrypts the log files; only with `bucket`."},
			{Name: "log_group_arn", Description: "ARN of the CloudWatch Logs group whose streams may be read."},
			{
				Name: "allow_lookup_events", Kind: framework.Flag, On: true,
				Description: "Whether the event history may be searched (`cloudtrail:LookupEvents`).",
			},
			{Name: "partition", Description: "Partition of the bucket; without it that of the ARNs given, else `aws`."},
		},
		Build: buildLogReaderPolicy,
	}
}

func buildLogReaderPolicy(arguments framework.FunctionArguments) (string, error) {
	reader := logReader{
		trailARN: arguments.Text("trail_arn"), bucket: arguments.Text("bucket"), prefix: arguments.Text("prefix"),
		keyARN: arguments.Text("kms_key_arn"), logGroupARN: arguments.Text("log_group_arn"),
		lookup: arguments.Flag("allow_lookup_events"),
	}
	switch {
	case reader.trailARN == "" && reader.bucket == "":
		return "", errors.New("one of the keys trail_arn and bucket is required")
	case reader.bucket == "" && reader.prefix+reader.keyARN != "":
		return "", errors.New("the keys prefix and kms_key_arn need the key bucket")
	}
	for _, check := range []struct {
		key, value, rule string
		form             *regexp.Regexp
	}{
		{"trail_arn", reader.trailARN, "the ARN of a trail", trailARNForm},
		{"bucket", reader.bucket, "the name of a bucket", bucketNameForm},
		{"prefix", reader.prefix, "a prefix without a slash at its ends, nor * ? or $ in it", prefixForm},
		{"kms_key_arn", reader.keyARN, "the ARN of a key (not of an alias)", keyARNForm},
		{"log_group_arn", reader.logGroupARN, "the ARN of a log group", groupARNForm},
	} {
		if check.value != "" && !check.form.MatchString(check.value) {
			return "", fmt.Errorf("%s %q is not %s", check.key, check.value, check.rule)
		}
	}
	partition := arguments.Text("partition")
	if partition == "" {
		partition = partitionOf(reader.trailARN, reader.keyARN, reader.logGroupARN)
	}
	return reader.policy(partition).String(), nil
}

// partitionOf is that of the first text that is an ARN, "aws" if none is.
func partitionOf(texts ...string) string {
	for _, text := range texts {
		if parsed, err := arn.Parse(text); err == nil {
			return parsed.Partition
		}
	}
	return "aws"
}
