package trail_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// TestMain gives `make sweep` its flags.
func TestMain(m *testing.M) {
	resource.AddTestSweepers("iamguard_trail", &resource.Sweeper{
		Name: "iamguard_trail",
		F: func(region string) error {
			ctx := context.Background()
			settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
			if err != nil {
				return err
			}
			return sweep(ctx, settings)
		},
	})
	resource.TestMain(m)
}

// sweep deletes the trails, buckets and policies that acceptance tests left behind, and
// nothing whose name does not say so. It goes on after a failure.
func sweep(ctx context.Context, settings aws.Config) error {
	var failures []error
	trails := cloudtrail.NewFromConfig(settings)
	found, err := trails.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(false)})
	if err != nil {
		return err
	}
	for _, trail := range found.TrailList {
		if strings.HasPrefix(aws.ToString(trail.Name), accPrefix) {
			_, err := trails.DeleteTrail(ctx, &cloudtrail.DeleteTrailInput{Name: trail.TrailARN})
			failures = append(failures, err)
		}
	}
	client := s3.NewFromConfig(settings)
	listed, err := client.ListBuckets(
		ctx,
		&s3.ListBucketsInput{Prefix: aws.String(accPrefix), BucketRegion: aws.String(settings.Region)},
	)
	if err != nil {
		return errors.Join(append(failures, err)...)
	}
	for _, bucket := range listed.Buckets {
		if strings.HasPrefix(aws.ToString(bucket.Name), accPrefix) {
			failures = append(failures, sweepBucket(ctx, client, bucket.Name))
		}
	}
	return errors.Join(append(failures, sweepPolicies(ctx, iam.NewFromConfig(settings)))...)
}

// sweepPolicies deletes policies that nothing is attached to.
func sweepPolicies(ctx context.Context, client *iam.Client) error {
	var failures []error
	pages := iam.NewListPoliciesPaginator(client, &iam.ListPoliciesInput{Scope: iamtypes.PolicyScopeTypeLocal})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
		for _, policy := range page.Policies {
			if strings.HasPrefix(aws.ToString(policy.PolicyName), accPrefix) {
				_, err := client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: policy.Arn})
				failures = append(failures, err)
			}
		}
	}
	return errors.Join(failures...)
}

func sweepBucket(ctx context.Context, client *s3.Client, name *string) error {
	pages := s3.NewListObjectVersionsPaginator(client, &s3.ListObjectVersionsInput{Bucket: name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		var objects []types.ObjectIdentifier
		for _, version := range page.Versions {
			objects = append(objects, types.ObjectIdentifier{Key: version.Key, VersionId: version.VersionId})
		}
		for _, marker := range page.DeleteMarkers {
			objects = append(objects, types.ObjectIdentifier{Key: marker.Key, VersionId: marker.VersionId})
		}
		if len(objects) == 0 {
			break
		}
		if _, err := client.DeleteObjects(
			ctx,
			&s3.DeleteObjectsInput{Bucket: name, Delete: &types.Delete{Objects: objects}},
		); err != nil {
			return err
		}
	}
	_, err := client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: name})
	return err
}

// The sweeper deletes what bears the prefix, and leaves everything else alone.
func TestSweep(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	leftover := accPrefix + stage.ID
	config := stage.Config(fmt.Sprintf(`
resource "iamguard_log_bucket" "test" {
  for_each    = toset([%[1]q, "kept-%[2]s"])
  bucket      = each.key
  trail_names = [each.key]
}
resource "iamguard_trail" "test" {
  for_each       = iamguard_log_bucket.test
  name           = each.key
  s3_bucket_name = each.value.bucket
}
resource "iamguard_log_reader_policy" "test" {
  for_each = iamguard_log_bucket.test
  name     = each.key
  bucket   = each.value.bucket
}
`, leftover, stage.ID))
	applied(t, stage, config)
	o := outside(t, stage)
	o.does(
		o.s3().
			PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(leftover), Key: aws.String("a"), Body: strings.NewReader("a")}),
	)
	if err := sweep(t.Context(), o.config); err != nil {
		t.Fatal(err)
	}
	if names := strings.Join(left(t, stage), " "); strings.Contains(names, accPrefix) || strings.Count(names, "kept-") != 2 {
		t.Errorf("after the sweep there is: %s", names)
	}
	policies, err := iam.NewFromConfig(o.config).
		ListPolicies(t.Context(), &iam.ListPoliciesInput{Scope: iamtypes.PolicyScopeTypeLocal})
	o.does(policies, err)
	if len(policies.Policies) != 1 || aws.ToString(policies.Policies[0].PolicyName) != "kept-"+stage.ID {
		t.Errorf("after the sweep there are the policies %v", policies.Policies)
	}
}
