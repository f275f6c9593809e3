package trail_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// row is one change from outside and what the plan then shows.
type row struct {
	name   string
	change func(ctx context.Context, o outsider)
	from   map[string]any
}

// steps makes each row a step: the change, the exact difference, and an apply
// that heals it; Terraform's own check after the apply is the empty plan.
func steps(t *testing.T, stage *providertest.Stage, config, address string, rows []row) []resource.TestStep {
	t.Helper()
	out := []resource.TestStep{{Config: config}}
	for _, r := range rows {
		out = append(out, resource.TestStep{
			PreConfig: func() {
				t.Log(r.name)
				r.change(t.Context(), outside(t, stage))
			},
			Config:           config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{providertest.ExpectDrift(address, r.from)}},
		})
	}
	return out
}

func update(input cloudtrail.UpdateTrailInput) func(context.Context, outsider) {
	return func(ctx context.Context, o outsider) {
		input.Name = aws.String("main")
		o.does(o.trail().UpdateTrail(ctx, &input))
	}
}

func selectors(input cloudtrail.PutEventSelectorsInput) func(context.Context, outsider) {
	return func(ctx context.Context, o outsider) {
		input.TrailName = aws.String("main")
		o.does(o.trail().PutEventSelectors(ctx, &input))
	}
}

// basicSelector is a selector as the state has it.
func basicSelector(readWrite string, management bool, data ...any) map[string]any {
	if data == nil {
		data = []any{}
	}
	return map[string]any{
		"read_write_type":                  readWrite,
		"include_management_events":        management,
		"exclude_management_event_sources": nil,
		"data_resource":                    data,
	}
}

var bucketData = types.DataResource{Type: aws.String("AWS::S3::Object"), Values: []string{"arn:aws:s3"}}

func TestTrail_drift(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	made := makeLinks(t, stage)
	config := pair(stage, "", made.arguments()+`
  insight_selector {
    insight_type = "ApiCallRateInsight"
  }
  tags = {
    team = "security"
  }
`)
	stage.Test(t, steps(t, stage, config, trailAddress, []row{
		{"StopLogging", func(ctx context.Context, o outsider) {
			o.does(o.trail().StopLogging(ctx, &cloudtrail.StopLoggingInput{Name: aws.String("main")}))
		}, map[string]any{"enable_logging": false, "logs_iam_writes": false}},
		{"selectors narrowed to reads", selectors(cloudtrail.PutEventSelectorsInput{EventSelectors: []types.EventSelector{
			{ReadWriteType: types.ReadWriteTypeReadOnly, IncludeManagementEvents: aws.Bool(true)},
		}}), map[string]any{"event_selector": []any{basicSelector("ReadOnly", true)}, "logs_iam_writes": false}},
		{
			"management events left out",
			selectors(cloudtrail.PutEventSelectorsInput{EventSelectors: []types.EventSelector{
				{
					ReadWriteType:           types.ReadWriteTypeAll,
					IncludeManagementEvents: aws.Bool(false),
					DataResources:           []types.DataResource{bucketData},
				},
			}}),
			map[string]any{
				"event_selector": []any{
					basicSelector("All", false, map[string]any{"type": "AWS::S3::Object", "values": []any{"arn:aws:s3"}}),
				},
				"logs_iam_writes": false,
			},
		},
		{"insights removed", func(ctx context.Context, o outsider) {
			o.does(o.trail().PutInsightSelectors(ctx, &cloudtrail.PutInsightSelectorsInput{
				TrailName: aws.String("main"), InsightSelectors: []types.InsightSelector{},
			}))
		}, map[string]any{"insight_selector": []any{}}},
		{
			"validation off", update(cloudtrail.UpdateTrailInput{EnableLogFileValidation: aws.Bool(false)}),
			map[string]any{"enable_log_file_validation": false},
		},
		{
			"multi-region off", update(cloudtrail.UpdateTrailInput{IsMultiRegionTrail: aws.Bool(false)}),
			map[string]any{"is_multi_region_trail": false, "logs_iam_writes": false},
		},
		{"key removed", update(cloudtrail.UpdateTrailInput{KmsKeyId: aws.String("")}), map[string]any{"kms_key_id": nil}},
		{"log group removed", update(cloudtrail.UpdateTrailInput{
			CloudWatchLogsLogGroupArn: aws.String(""), CloudWatchLogsRoleArn: aws.String(""),
		}), map[string]any{"cloud_watch_logs_group_arn": nil, "cloud_watch_logs_role_arn": nil}},
		{
			"topic removed", update(cloudtrail.UpdateTrailInput{SnsTopicName: aws.String("")}),
			map[string]any{"sns_topic_name": nil, "sns_topic_arn": nil},
		},
		{
			"prefix set", update(cloudtrail.UpdateTrailInput{S3KeyPrefix: aws.String("elsewhere")}),
			map[string]any{"s3_key_prefix": "elsewhere"},
		},
		{"tag changed and tag added", func(ctx context.Context, o outsider) {
			o.does(o.trail().AddTags(ctx, &cloudtrail.AddTagsInput{ResourceId: aws.String(trailARN(stage)), TagsList: []types.Tag{
				{Key: aws.String("team"), Value: aws.String("nobody")}, {Key: aws.String("x"), Value: aws.String("y")},
			}}))
		}, map[string]any{"tags": map[string]any{"team": "nobody", "x": "y"}, "tags_all": map[string]any{"team": "nobody", "x": "y"}}},
		{"tag removed", func(ctx context.Context, o outsider) {
			o.does(o.trail().RemoveTags(ctx, &cloudtrail.RemoveTagsInput{ResourceId: aws.String(trailARN(stage)), TagsList: []types.Tag{
				{Key: aws.String("team")},
			}}))
		}, map[string]any{"tags": map[string]any{}, "tags_all": map[string]any{}}},
	})...)
}

func TestTrail_driftOfGlobalEvents(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	config := pair(stage, "", "  is_multi_region_trail = false\n")
	stage.Test(t, steps(t, stage, config, trailAddress, []row{
		{
			"global events off", update(cloudtrail.UpdateTrailInput{IncludeGlobalServiceEvents: aws.Bool(false)}),
			map[string]any{"include_global_service_events": false},
		},
	})...)
}

func TestTrail_driftOfBucket(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	other := "other-" + stage.ID
	config := pair(stage, "", "") + `
resource "iamguard_log_bucket" "other" {
  bucket              = "` + other + `"
  trail_names         = ["main"]
  deletion_protection = false
}
`
	stage.Test(t, steps(t, stage, config, trailAddress, []row{
		{
			"sent to another bucket", update(cloudtrail.UpdateTrailInput{S3BucketName: aws.String(other)}),
			map[string]any{"s3_bucket_name": other},
		},
	})...)
}

// Selectors that the configuration names drift to the default and to the other
// kind, and back.
func TestTrail_driftOfSelectors(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	advanced := pair(stage, "", `
  advanced_event_selector {
    name = "writes"
    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
    field_selector {
      field  = "readOnly"
      equals = ["false"]
    }
  }
`)
	field := func(name string, values ...any) map[string]any {
		return map[string]any{
			"field":           name,
			"equals":          values,
			"not_equals":      nil,
			"starts_with":     nil,
			"not_starts_with": nil,
			"ends_with":       nil,
			"not_ends_with":   nil,
		}
	}
	rows := []row{
		{"advanced replaced by basic", selectors(cloudtrail.PutEventSelectorsInput{EventSelectors: []types.EventSelector{
			{ReadWriteType: types.ReadWriteTypeReadOnly, IncludeManagementEvents: aws.Bool(true)},
		}}), map[string]any{
			"advanced_event_selector": []any{}, "event_selector": []any{basicSelector("ReadOnly", true)}, "logs_iam_writes": false,
		}},
		{"advanced reset to the default", selectors(cloudtrail.PutEventSelectorsInput{EventSelectors: []types.EventSelector{
			{ReadWriteType: types.ReadWriteTypeAll, IncludeManagementEvents: aws.Bool(true)},
		}}), map[string]any{"advanced_event_selector": []any{}}},
		{"advanced narrowed", selectors(cloudtrail.PutEventSelectorsInput{AdvancedEventSelectors: []types.AdvancedEventSelector{{
			Name: aws.String("writes"), FieldSelectors: []types.AdvancedFieldSelector{
				{
					Field:  aws.String("eventCategory"),
					Equals: []string{"Management"},
				},
				{Field: aws.String("readOnly"), Equals: []string{"true"}},
			},
		}}}), map[string]any{
			"advanced_event_selector": []any{map[string]any{
				"name": "writes", "field_selector": []any{field("eventCategory", "Management"), field("readOnly", "true")},
			}}, "logs_iam_writes": false,
		}},
	}
	all := steps(t, stage, advanced, trailAddress, rows)
	plain := pair(stage, "", "")
	all = append(all, resource.TestStep{
		// T12: removing the blocks is an explicit reset to AWS's default.
		Config: plain,
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue(trailAddress, tfjsonpath.New("logs_iam_writes"), knownvalue.Bool(true)),
		},
	})
	stage.Test(t, all...)
	found, err := outside(
		t,
		stage,
	).trail().
		GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: aws.String("main")})
	if err == nil {
		t.Errorf("the trail is still there: %v", found)
	}
}
