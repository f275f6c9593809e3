package trail_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// A trail that was deleted and made again just like it was differs in nothing.
func TestTrail_deletedAndMadeAnew(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	o, ctx, name := outside(t, stage), t.Context(), aws.String("main")
	o.does(nil, stage.Clock.Sleep(ctx, time.Hour))
	o.does(o.trail().DeleteTrail(ctx, &cloudtrail.DeleteTrailInput{Name: name}))
	o.does(o.trail().CreateTrail(ctx, &cloudtrail.CreateTrailInput{
		Name: name, S3BucketName: aws.String(bucketName(stage)),
		IsMultiRegionTrail: aws.Bool(true), EnableLogFileValidation: aws.Bool(true),
	}))
	o.does(o.trail().StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: name}))
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 0, out, `Trail "main"`, "logging was started anew at", "No changes")
	cli.Apply(t)
	cli.ExpectNoChange(t)
}

// An update without a refresh keeps "off and on again" for the next plan; the start
// that heals a trail is no news.
func TestTrail_offAndOnAgainAndUpdated(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	o, ctx, name := outside(t, stage), t.Context(), aws.String("main")
	o.does(nil, stage.Clock.Sleep(ctx, time.Hour))
	o.does(o.trail().StopLogging(ctx, &cloudtrail.StopLoggingInput{Name: name}))
	o.does(nil, stage.Clock.Sleep(ctx, time.Hour))
	o.does(o.trail().StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: name}))
	cli.Write(t, pair(stage, "", "  s3_key_prefix = \"new\"\n"))
	cli.Must(t, "apply", "-auto-approve", "-refresh=false")
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 0, out, "logging was off from")
	cli.Apply(t)

	o.does(nil, stage.Clock.Sleep(ctx, time.Hour))
	o.does(o.trail().StopLogging(ctx, &cloudtrail.StopLoggingInput{Name: name}))
	o.does(nil, stage.Clock.Sleep(ctx, time.Hour))
	cli.Apply(t)
	if _, out = cli.Run(t, "plan"); strings.Contains(out, "logging was") {
		t.Errorf("the start that healed the trail is told as news:\n%s", out)
	}
}

// What keeps its name and changes its meaning is drift.
func TestTrail_driftBehindTheSameName(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	made := makeLinks(t, stage)
	o, ctx := outside(t, stage.Beside(t)), t.Context()
	topics := sns.NewFromConfig(o.config)
	topic, err := topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("trail")})
	o.does(topic, err)
	o.does(topics.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{
		TopicArn: topic.TopicArn, AttributeName: aws.String("Policy"),
		AttributeValue: aws.String(policyOf(letCloudTrail("sns:Publish", aws.ToString(topic.TopicArn)))),
	}))
	config := pair(stage, "", made.arguments()+`
  insight_selector {
    insight_type = "ApiCallRateInsight"
  }
  event_selector {
    data_resource {
      type   = "AWS::S3::Object"
      values = ["arn:aws:s3:::a/secret"]
    }
  }
`)
	stage.Test(t, steps(t, stage, config, trailAddress, []row{
		{"topic of the same name elsewhere", update(cloudtrail.UpdateTrailInput{SnsTopicName: topic.TopicArn}), map[string]any{
			"sns_topic_name": aws.ToString(topic.TopicArn), "sns_topic_arn": aws.ToString(topic.TopicArn),
		}},
		{"insights on other events", func(ctx context.Context, o outsider) {
			o.does(o.trail().PutInsightSelectors(ctx, &cloudtrail.PutInsightSelectorsInput{
				TrailName: aws.String("main"), InsightSelectors: []types.InsightSelector{{
					InsightType:     types.InsightTypeApiCallRateInsight,
					EventCategories: []types.SourceEventCategory{types.SourceEventCategoryData},
				}},
			}))
		}, map[string]any{"insight_selector": []any{map[string]any{"insight_type": "ApiCallRateInsight of Data events only"}}}},
		{"key prefix narrowed by a slash", selectors(cloudtrail.PutEventSelectorsInput{EventSelectors: []types.EventSelector{{
			ReadWriteType: types.ReadWriteTypeAll, IncludeManagementEvents: aws.Bool(true),
			DataResources: []types.DataResource{{Type: aws.String("AWS::S3::Object"), Values: []string{"arn:aws:s3:::a/secret/"}}},
		}}}), map[string]any{"event_selector": []any{basicSelector("All", true,
			map[string]any{"type": "AWS::S3::Object", "values": []any{"arn:aws:s3:::a/secret/"}})}}},
	})...)
}

// A trail of the IAM region alone does not record IAM without global events.
func TestTrailCoverage_withoutGlobalEvents(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "  trail_region = \"us-east-1\"\n", `
  region                        = "us-east-1"
  is_multi_region_trail         = false
  include_global_service_events = false
`)+"\ndata \"iamguard_trail_coverage\" \"test\" {\n  depends_on = [iamguard_trail.test]\n}\n")
	assertCoverage(t, cli.State(t, "data.iamguard_trail_coverage.test"), false, false, "selectors")
}

// Blocks that are not known until apply are no error of the plan.
func TestTrail_blocksUnknown(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, `
resource "terraform_data" "fields" {
  input = toset(["Management"])
}
`+pair(stage, "", `
  advanced_event_selector {
    name = "writes"
    dynamic "field_selector" {
      for_each = terraform_data.fields.output
      content {
        field  = "eventCategory"
        equals = [field_selector.value]
      }
    }
  }
`))
	cli.ExpectNoChange(t)
}

// Without an account the policy of the bucket would let no trail deliver.
func TestLogBucket_accountNotAsked(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := ready(t, stage, stage.Provider(stage.Admin(), "  skip_requesting_account_id = true")+pairBody(stage, "", ""))
	code, out := cli.Run(t, "apply", "-auto-approve")
	expect(t, code != 0, out, "Unable to write the policy of the log bucket", "without skip_requesting_account_id")
	if names := left(t, stage); len(names) != 0 {
		t.Errorf("the refused apply left %v", names)
	}
}
