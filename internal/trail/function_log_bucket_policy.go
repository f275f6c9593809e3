package trail

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// NewLogBucketPolicyFunction is log_bucket_policy.
func NewLogBucketPolicyFunction() function.Function {
	return framework.ObjectFunction{
		Name:    "log_bucket_policy",
		Purpose: "The policy that a bucket needs to take the log files of named trails, as JSON.",
		Description: "For a bucket that another resource keeps. The document is exactly what `iamguard_log_bucket` generates: TLS " +
			"only, and delivery by CloudTrail for the named trails alone (`aws:SourceArn`).",
		Keys: append(trailKeys(), []framework.FunctionKey{
			{Name: "bucket", Required: true, Description: "Name of the bucket."},
			{Name: "organization_id", Description: "ID of the organization (`o-…`), for an organization trail."},
			{Name: "additional_policy_json", Description: "Policy document whose statements are added."},
		}...),
		Build: buildLogBucketPolicy,
	}
}

func buildLogBucketPolicy(arguments framework.FunctionArguments) (string, error) {
	trails, err := trailsOf(arguments)
	if err != nil {
		return "", err
	}
	if bucket := arguments.Text("bucket"); !bucketNameForm.MatchString(bucket) {
		return "", fmt.Errorf("bucket %q is not the name of a bucket: it must be lower-case letters, digits, dots and dashes", bucket)
	}
	document, err := logBucketModel{
		Bucket:           framework.TextOrNull(arguments.Text("bucket")),
		TrailNames:       framework.TextSet(arguments.Texts("trail_names")),
		TrailRegion:      framework.TextOrNull(arguments.Text("trail_region")),
		TrailAccountIDs:  framework.TextSet(arguments.Texts("trail_account_ids")),
		OrganizationID:   framework.TextOrNull(arguments.Text("organization_id")),
		AdditionalPolicy: framework.TextOrNull(arguments.Text("additional_policy_json")),
	}.policyFor(trails.partition, trails.accountIDs[0], arguments.Text("region"))
	if err != nil {
		return "", fmt.Errorf("additional_policy_json: %w", err)
	}
	return document.String(), nil
}

// trailKeys say which trails a policy lets in, and where everything is.
func trailKeys() []framework.FunctionKey {
	return []framework.FunctionKey{
		{Name: "trail_names", Kind: framework.ManyTexts, Required: true, Description: "Names of the trails."},
		{Name: "account_id", Required: true, Description: "12-digit ID of the account, whose trails these are."},
		{Name: "region", Required: true, Description: "Region of the object that carries the policy."},
		{Name: "trail_region", Description: "Home region of the trails; without it `region`."},
		{Name: "trail_account_ids", Kind: framework.ManyTexts, Description: "Other accounts that have trails of these names."},
		{Name: "partition", Description: "Partition, such as `aws-cn`; without it that of `region`."},
	}
}

// trailSet are the trails that trailKeys ask for; the first account is the own one.
type trailSet struct {
	partition        string
	accountIDs, arns []string
}

func trailsOf(arguments framework.FunctionArguments) (trailSet, error) {
	trails := trailSet{partition: arguments.Text("partition"), accountIDs: []string{arguments.Text("account_id")}}
	trails.accountIDs = append(trails.accountIDs, arguments.Texts("trail_account_ids")...)
	for _, id := range trails.accountIDs {
		if !account.IsAccountID(id) {
			return trails, fmt.Errorf("%q is not a 12-digit account ID", id)
		}
	}
	region := arguments.Text("region")
	partition, err := account.PartitionOf(region)
	if trails.partition == "" {
		if err != nil {
			return trails, errors.New("the partition of region " + region + " is not known: name it by the key partition")
		}
		trails.partition = partition
	}
	if home := arguments.Text("trail_region"); home != "" {
		region = home
	}
	for _, id := range trails.accountIDs {
		for _, name := range arguments.Texts("trail_names") {
			trails.arns = append(trails.arns, "arn:"+trails.partition+":cloudtrail:"+region+":"+id+":trail/"+name)
		}
	}
	slices.Sort(trails.arns)
	trails.arns = slices.Compact(trails.arns)
	return trails, nil
}
