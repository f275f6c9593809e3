package localaws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// bucket makes a bucket; its policy lets CloudTrail write for any trail.
func (b *bench) bucket(t *testing.T) string {
	t.Helper()
	name := "logs-" + b.ID + "-" + fmt.Sprint(len(b.Calls(localaws.Named("s3:CreateBucket"))))
	do(t, b.s3.CreateBucket, &s3.CreateBucketInput{
		Bucket: aws.String(name),
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{
			LocationConstraint: s3types.BucketLocationConstraintEuCentral1,
		},
	})
	b.allow(t, name, "", "")
	return name
}

func (b *bench) allow(t *testing.T, bucket, prefix, sourceARN string) {
	t.Helper()
	condition := ""
	if sourceARN != "" {
		condition = `,"Condition":{"StringEquals":{"aws:SourceArn":"` + sourceARN + `"}}`
	}
	policy := `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl",
		"Resource":"arn:aws:s3:::` +
		bucket + `"` + condition + `},
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::` +
		bucket + `/` + prefix + `AWSLogs/` + b.ID + `/*"` + condition + `},
		{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::` + bucket + `","arn:aws:s3:::` + bucket +
		`/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
	do(t, b.s3.PutBucketPolicy, &s3.PutBucketPolicyInput{
		Bucket: aws.String(bucket), Policy: aws.String(policy),
	})
}

func (b *bench) trail(t *testing.T, in cloudtrail.CreateTrailInput) string {
	t.Helper()
	out := do(t, b.trails.CreateTrail, &in)
	return *out.TrailARN
}

func TestTrail_names(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	bucket := b.bucket(t)
	for _, name := range []string{
		"ab", strings.Repeat("a", 129), "has space", "-start", "end.", "two--dashes", "my-_name", "192.168.5.4",
	} {
		_, err := b.trails.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{
			Name: aws.String(name), S3BucketName: aws.String(bucket),
		})
		wantCode(t, err, "InvalidTrailNameException")
	}
	for i := range 5 {
		b.trail(t, cloudtrail.CreateTrailInput{Name: aws.String(fmt.Sprintf("t.%d_x-y", i)), S3BucketName: aws.String(bucket)})
	}
	_, err := b.trails.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{
		Name: aws.String("t.0_x-y"), S3BucketName: aws.String(bucket),
	})
	wantCode(t, err, "TrailAlreadyExistsException")
	_, err = b.trails.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{
		Name: aws.String("sixth"), S3BucketName: aws.String(bucket),
	})
	wantCode(t, err, "MaximumNumberOfTrailsExceededException")
}

func TestTrail_bucketPolicy(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	arn := "arn:aws:cloudtrail:" + region + ":" + b.ID + ":trail/main"
	_, err := b.trails.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{
		Name: aws.String("main"), S3BucketName: aws.String("nobody-has-this"),
	})
	wantCode(t, err, "S3BucketDoesNotExistException")
	cases := map[string]struct {
		granted, source string
		prefix          *string
		code            string
	}{
		"right":             {"", arn, nil, ""},
		"no condition":      {"", "", nil, ""},
		"another trail":     {"", arn + "2", nil, "InsufficientS3BucketPolicyException"},
		"prefix not in it":  {"", arn, aws.String("audit"), "InsufficientS3BucketPolicyException"},
		"prefix in it":      {"audit/", arn, aws.String("audit"), ""},
		"prefix of another": {"audit/", arn, nil, "InsufficientS3BucketPolicyException"},
		"prefix too long":   {"", arn, aws.String(strings.Repeat("x", 201)), "InvalidS3PrefixException"},
	}
	bucket := b.bucket(t)
	for name, c := range cases {
		b.allow(t, bucket, c.granted, c.source)
		_, err := b.trails.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{
			Name: aws.String("main"), S3BucketName: aws.String(bucket), S3KeyPrefix: c.prefix,
		})
		if c.code != "" {
			wantCode(t, err, c.code)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		do(t, b.trails.DeleteTrail, &cloudtrail.DeleteTrailInput{Name: aws.String("main")})
	}
	do(t, b.s3.DeleteBucketPolicy, &s3.DeleteBucketPolicyInput{
		Bucket: aws.String(bucket),
	})
	_, err = b.trails.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{
		Name: aws.String("main"), S3BucketName: aws.String(bucket),
	})
	wantCode(t, err, "InsufficientS3BucketPolicyException")
}

func TestTrail_lifecycle(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	bucket := b.bucket(t)
	arn := b.trail(t, cloudtrail.CreateTrailInput{
		Name: aws.String("main"), S3BucketName: aws.String(bucket), IsMultiRegionTrail: aws.Bool(true),
		EnableLogFileValidation: aws.Bool(true),
	})
	status := do(t, b.trails.GetTrailStatus, &cloudtrail.GetTrailStatusInput{Name: aws.String(arn)})
	if *status.IsLogging || status.StartLoggingTime != nil {
		t.Errorf("a new trail logs: %+v", status)
	}
	do(t, b.trails.StartLogging, &cloudtrail.StartLoggingInput{Name: aws.String(arn)})
	got := do(t, b.trails.GetTrail, &cloudtrail.GetTrailInput{Name: aws.String("main")}).Trail
	if *got.HomeRegion != region || *got.HasCustomEventSelectors || *got.HasInsightSelectors || !*got.LogFileValidationEnabled ||
		!*got.IncludeGlobalServiceEvents || *got.IsOrganizationTrail || got.KmsKeyId != nil {
		t.Errorf("GetTrail answered %+v", got)
	}
	_, err := b.trails.UpdateTrail(ctx, &cloudtrail.UpdateTrailInput{
		Name: aws.String(arn), IncludeGlobalServiceEvents: aws.Bool(false),
	})
	wantCode(t, err, "InvalidParameterCombinationException")
	do(t, b.trails.UpdateTrail, &cloudtrail.UpdateTrailInput{
		Name: aws.String(arn), EnableLogFileValidation: aws.Bool(false),
	})
	got = do(t, b.trails.GetTrail, &cloudtrail.GetTrailInput{Name: aws.String("main")}).Trail
	if *got.LogFileValidationEnabled || !*got.IsMultiRegionTrail {
		t.Errorf("UpdateTrail changed the wrong fields: %+v", got)
	}
	do(t, b.trails.StopLogging, &cloudtrail.StopLoggingInput{Name: aws.String("main")})
	status = do(t, b.trails.GetTrailStatus, &cloudtrail.GetTrailStatusInput{Name: aws.String("main")})
	if *status.IsLogging || status.StartLoggingTime == nil || status.StopLoggingTime == nil {
		t.Errorf("GetTrailStatus answered %+v", status)
	}
	record := b.lastRecord(t, "StopLogging")
	if params := fmt.Sprint(record["requestParameters"]); params != "map[name:main]" || record["awsRegion"] != region {
		t.Errorf("StopLogging recorded %s in %v", params, record["awsRegion"])
	}
	do(t, b.trails.DeleteTrail, &cloudtrail.DeleteTrailInput{Name: aws.String(arn)})
	for _, name := range []string{"main", arn} {
		_, err = b.trails.GetTrail(ctx, &cloudtrail.GetTrailInput{Name: aws.String(name)})
		wantCode(t, err, "TrailNotFoundException")
		_, err = b.trails.StopLogging(ctx, &cloudtrail.StopLoggingInput{Name: aws.String(name)})
		wantCode(t, err, "TrailNotFoundException")
	}
	_, err = b.trails.GetTrail(ctx, &cloudtrail.GetTrailInput{Name: aws.String("arn:aws:s3:::x")})
	wantCode(t, err, "CloudTrailARNInvalidException")
}

func TestTrail_homeRegion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	away := as(b.Account, b.as, "us-east-1")
	bucket := b.bucket(t)
	arn := b.trail(t, cloudtrail.CreateTrailInput{
		Name: aws.String("global"), S3BucketName: aws.String(bucket), IsMultiRegionTrail: aws.Bool(true),
	})
	b.trail(t, cloudtrail.CreateTrailInput{Name: aws.String("local"), S3BucketName: aws.String(bucket)})

	got := do(t, away.trails.GetTrail, &cloudtrail.GetTrailInput{
		Name: aws.String("global"),
	}).Trail
	if *got.TrailARN != arn || *got.HomeRegion != region {
		t.Errorf("the shadow is %+v", got)
	}
	_, err := away.trails.StopLogging(ctx, &cloudtrail.StopLoggingInput{Name: aws.String(arn)})
	wantCode(t, err, "InvalidHomeRegionException")
	_, err = away.trails.DeleteTrail(ctx, &cloudtrail.DeleteTrailInput{Name: aws.String("global")})
	wantCode(t, err, "InvalidHomeRegionException")
	_, err = away.trails.GetTrail(ctx, &cloudtrail.GetTrailInput{Name: aws.String("local")})
	wantCode(t, err, "TrailNotFoundException")
	all := do(t, away.trails.DescribeTrails, &cloudtrail.DescribeTrailsInput{})
	none := do(t, away.trails.DescribeTrails, &cloudtrail.DescribeTrailsInput{
		IncludeShadowTrails: aws.Bool(false),
	})
	if len(all.TrailList) != 1 || len(none.TrailList) != 0 {
		t.Errorf("away there are %d trails, and %d without shadows; want 1 and 0", len(all.TrailList), len(none.TrailList))
	}
}

func TestTrail_selectors(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	b.trail(t, cloudtrail.CreateTrailInput{Name: aws.String("main"), S3BucketName: aws.String(b.bucket(t))})
	name := aws.String("main")
	get := func() *cloudtrail.GetEventSelectorsOutput {
		return do(t, b.trails.GetEventSelectors, &cloudtrail.GetEventSelectorsInput{TrailName: name})
	}
	if s := get().EventSelectors; len(s) != 1 || s[0].ReadWriteType != types.ReadWriteTypeAll || !*s[0].IncludeManagementEvents {
		t.Errorf("the default is %+v", s)
	}
	management := types.AdvancedEventSelector{
		FieldSelectors: []types.AdvancedFieldSelector{{Field: aws.String("eventCategory"), Equals: []string{"Management"}}},
	}
	odd := types.AdvancedEventSelector{
		FieldSelectors: append(management.FieldSelectors, types.AdvancedFieldSelector{
			Field: aws.String("eventName"), Equals: []string{"x"},
		}),
	}
	basic := types.EventSelector{ReadWriteType: types.ReadWriteTypeReadOnly}
	for _, in := range []cloudtrail.PutEventSelectorsInput{
		{},
		{EventSelectors: []types.EventSelector{basic}, AdvancedEventSelectors: []types.AdvancedEventSelector{management}},
		{EventSelectors: []types.EventSelector{{IncludeManagementEvents: aws.Bool(false)}}},
		{EventSelectors: []types.EventSelector{{ExcludeManagementEventSources: []string{"iam.amazonaws.com"}}}},
		{EventSelectors: []types.EventSelector{basic, basic, basic, basic, basic, basic}},
		{AdvancedEventSelectors: []types.AdvancedEventSelector{odd}},
		{AdvancedEventSelectors: []types.AdvancedEventSelector{{FieldSelectors: odd.FieldSelectors[1:]}}},
	} {
		in.TrailName = name
		_, err := b.trails.PutEventSelectors(ctx, &in)
		wantCode(t, err, "InvalidEventSelectorsException")
	}
	for _, in := range []cloudtrail.PutEventSelectorsInput{
		{EventSelectors: []types.EventSelector{basic}},
		{AdvancedEventSelectors: []types.AdvancedEventSelector{management}},
	} {
		in.TrailName = name
		do(t, b.trails.PutEventSelectors, &in)
		s := get()
		if len(s.EventSelectors) != len(in.EventSelectors) || len(s.AdvancedEventSelectors) != len(in.AdvancedEventSelectors) {
			t.Errorf("put %+v, got %+v", in, s)
		}
		got := do(t, b.trails.GetTrail, &cloudtrail.GetTrailInput{Name: name}).Trail
		if !*got.HasCustomEventSelectors {
			t.Errorf("HasCustomEventSelectors is false after %+v", in)
		}
	}
	_, err := b.trails.GetInsightSelectors(ctx, &cloudtrail.GetInsightSelectorsInput{TrailName: name})
	wantCode(t, err, "InsightNotEnabledException")
	for _, kinds := range [][]types.InsightSelector{{{InsightType: types.InsightTypeApiCallRateInsight}}, {}} {
		do(t, b.trails.PutInsightSelectors, &cloudtrail.PutInsightSelectorsInput{
			TrailName: name, InsightSelectors: kinds,
		})
		out, err := b.trails.GetInsightSelectors(ctx, &cloudtrail.GetInsightSelectorsInput{TrailName: name})
		if len(kinds) == 0 {
			wantCode(t, err, "InsightNotEnabledException")
		} else if err != nil || len(out.InsightSelectors) != 1 {
			t.Errorf("got %+v, %v", out, err)
		}
	}
}

func TestTrail_tagsAndHealth(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	arn := b.trail(t, cloudtrail.CreateTrailInput{
		Name: aws.String("main"), S3BucketName: aws.String(b.bucket(t)),
		TagsList: []types.Tag{{Key: aws.String("owner"), Value: aws.String("audit")}},
	})
	_, err := b.trails.AddTags(ctx, &cloudtrail.AddTagsInput{
		ResourceId: aws.String("main"), TagsList: []types.Tag{{Key: aws.String("a")}},
	})
	wantCode(t, err, "CloudTrailARNInvalidException")
	_, err = b.trails.AddTags(ctx, &cloudtrail.AddTagsInput{
		ResourceId: aws.String(arn + "x"), TagsList: []types.Tag{{Key: aws.String("a")}},
	})
	wantCode(t, err, "ResourceNotFoundException")
	var many []types.Tag
	for i := range 50 {
		many = append(many, types.Tag{Key: aws.String(fmt.Sprint(i))})
	}
	_, err = b.trails.AddTags(ctx, &cloudtrail.AddTagsInput{ResourceId: aws.String(arn), TagsList: many})
	wantCode(t, err, "TagsLimitExceededException")
	do(t, b.trails.AddTags, &cloudtrail.AddTagsInput{
		ResourceId: aws.String(arn), TagsList: []types.Tag{{Key: aws.String("owner"), Value: aws.String("security")}, many[0]},
	})
	do(t, b.trails.RemoveTags, &cloudtrail.RemoveTagsInput{
		ResourceId: aws.String(arn), TagsList: many[:1],
	})
	tags := do(t, b.trails.ListTags, &cloudtrail.ListTagsInput{
		ResourceIdList: []string{arn},
	}).ResourceTagList
	if len(tags) != 1 || len(tags[0].TagsList) != 1 || *tags[0].TagsList[0].Value != "security" {
		t.Errorf("ListTags answered %+v", tags)
	}
	broken := localaws.DeliveryErrors{Delivery: "NoSuchBucket"}
	if !b.SetDeliveryErrors("main", broken) || b.SetDeliveryErrors("other", broken) {
		t.Error("SetDeliveryErrors found the wrong trails")
	}
	status := do(t, b.trails.GetTrailStatus, &cloudtrail.GetTrailStatusInput{Name: aws.String(arn)})
	if aws.ToString(status.LatestDeliveryError) != "NoSuchBucket" || status.LatestNotificationError != nil {
		t.Errorf("GetTrailStatus answered %+v", status)
	}
}

// allowOwner lets CloudTrail write for an organization too.
func (b *bench) allowOwner(t *testing.T, bucket, organization string) {
	t.Helper()
	arn := "arn:aws:s3:::" + bucket
	resources := `["` + arn + `","` + arn + `/AWSLogs/` + b.ID + `/*","` + arn + `/AWSLogs/` + organization + `/*"]`
	policy := `{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},` +
		`"Action":["s3:GetBucketAcl","s3:PutObject"],"Resource":` + resources + `}]}`
	do(t, b.s3.PutBucketPolicy, &s3.PutBucketPolicyInput{
		Bucket: aws.String(bucket), Policy: aws.String(policy),
	})
}
