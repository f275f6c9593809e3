package trail_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// as is somebody else in the account, by principal.
func as(t *testing.T, stage *providertest.Stage, who localaws.Principal) outsider {
	t.Helper()
	return outsider{t: t, stage: stage, config: stage.SDK(who)}
}

var mainTrail = aws.String("main")

// stop stops the trail as somebody.
func stop(t *testing.T, stage *providertest.Stage, who localaws.Principal) {
	t.Helper()
	o := as(t, stage, who)
	o.does(o.trail().StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: mainTrail}))
}

// lookups is how often CloudTrail was asked for events since the last count.
func lookups(stage *providertest.Stage) int {
	n := len(stage.Calls(localaws.Named("cloudtrail:LookupEvents")))
	stage.ResetCalls()
	return n
}

// later moves the clock, so that the changes of a test lie between its applies.
func later(t *testing.T, stage *providertest.Stage, d time.Duration) {
	t.Helper()
	if err := stage.Clock.Sleep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// without fails if a text is there that must not be.
func without(t *testing.T, out string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(out, text) {
			t.Errorf("%q is in:\n%s", text, out)
		}
	}
}

// Two people change two things, and a third one another trail in between.
func TestAttribution_everyoneAndNobodyElse(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	config := pair(stage, "  additional_policy_json = jsonencode({Version = \"2012-10-17\", Statement = [{Effect = \"Allow\", "+
		"Principal = {Service = \"cloudtrail.amazonaws.com\"}, Action = \"s3:*\", Resource = \"*\"}]})\n", "")
	cli := applied(t, stage, config)
	ctx := t.Context()
	owner := as(t, stage, stage.User("owner"))
	owner.does(owner.trail().CreateTrail(ctx, &cloudtrail.CreateTrailInput{
		Name: aws.String("other"), S3BucketName: aws.String(bucketName(stage)),
	}))
	stage.ResetCalls()
	cli.ExpectNoChange(t)
	if n := lookups(stage); n != 0 {
		t.Errorf("%d calls were made although nothing changed", n)
	}
	later(t, stage, time.Hour)
	stop(t, stage, stage.User("mallory"))
	later(t, stage, time.Minute)
	oscar := as(t, stage, stage.User("oscar"))
	oscar.does(oscar.trail().StopLogging(ctx, &cloudtrail.StopLoggingInput{Name: aws.String("other")}))
	later(t, stage, time.Minute)
	eve := as(t, stage, stage.User("eve"))
	eve.does(eve.trail().PutEventSelectors(ctx, &cloudtrail.PutEventSelectorsInput{
		TrailName: aws.String(trailARN(stage)), EventSelectors: []types.EventSelector{{ReadWriteType: types.ReadWriteTypeReadOnly}},
	}))
	later(t, stage, time.Hour)
	for range 2 {
		stage.ResetCalls()
		code, out := cli.Run(t, "plan", "-detailed-exitcode")
		expect(t, code == 2, out, fmt.Sprintf("Trail \"main\" (%s): PutEventSelectors by user/eve, ", stage.ID),
			"StopLogging by user/mallory, ", "Best match: event_selector put by user/eve at",
			"Also: enable_logging stopped by user/mallory at", "from 127.0.0.1")
		without(t, out, "oscar")
		if n := lookups(stage); n == 0 || n > 3 {
			t.Errorf("%d calls were made, want 1 to 3", n)
		}
	}
	cli.Apply(t)
	stage.ResetCalls()
	_, out := cli.Run(t, "plan")
	expect(t, lookups(stage) == 0, out, "No changes")
	without(t, out, "mallory", "eve")
}

// Two calls can have changed one attribute: both are told, the newest first.
func TestAttribution_severalCallsOfOneAttribute(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", `
  insight_selector {
    insight_type = "ApiCallRateInsight"
  }
`))
	later(t, stage, time.Hour)
	ctx, alice, mallory := t.Context(), as(t, stage, stage.User("alice")), as(t, stage, stage.User("mallory"))
	name := aws.String(bucketName(stage))
	policy, err := alice.s3().GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: name})
	alice.does(policy, err)
	alice.does(alice.s3().PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: policy.Policy}))
	later(t, stage, time.Minute)
	mallory.does(mallory.s3().DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: name}))
	mallory.does(mallory.trail().PutInsightSelectors(ctx, &cloudtrail.PutInsightSelectorsInput{
		TrailName: mainTrail, InsightSelectors: []types.InsightSelector{{InsightType: types.InsightTypeApiErrorRateInsight}},
	}))
	_, out := cli.Run(t, "plan")
	expect(t, true, out, "DeleteBucketPolicy by user/mallory, ", "PutBucketPolicy by user/alice, ",
		"Best match: policy_json deleted by user/mallory at", "Also: policy_json put by user/alice at",
		"PutInsightSelectors by user/mallory, ")
}

// Trails of one name in several regions are several objects.
func TestAttribution_oneNameInTwoRegions(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	const other = "eu-west-1"
	cli := applied(t, stage, pair(stage, "", "  is_multi_region_trail = false\n")+fmt.Sprintf(`
resource "iamguard_log_bucket" "other" {
  bucket              = "other-%[1]s"
  region              = %[2]q
  trail_region        = %[2]q
  trail_names         = ["main"]
  deletion_protection = false
}
resource "iamguard_trail" "other" {
  name                = "main"
  region              = %[2]q
  s3_bucket_name      = iamguard_log_bucket.other.bucket
  is_multi_region_trail = false
  deletion_protection = false
}
`, stage.ID, other))
	later(t, stage, time.Hour)
	stop(t, stage, stage.User("mallory"))
	o := as(t, stage, stage.User("mallory"))
	o.config.Region = other
	o.does(o.trail().StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: mainTrail}))
	_, out := cli.Run(t, "plan")
	expect(t, true, out, fmt.Sprintf("Trail \"main\" (%s): StopLogging by user/mallory, ", stage.ID),
		fmt.Sprintf("Trail \"main\" (%s, %s): StopLogging by user/mallory, ", stage.ID, other))
}

// A gap in the log and other changes of one trail are looked up with three calls together.
func TestAttribution_offAndOnAgainAndMore(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	later(t, stage, time.Hour)
	ctx, mallory := t.Context(), as(t, stage, stage.User("mallory"))
	stop(t, stage, stage.User("mallory"))
	later(t, stage, time.Hour)
	mallory.does(mallory.trail().StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: mainTrail}))
	mallory.does(mallory.trail().UpdateTrail(ctx, &cloudtrail.UpdateTrailInput{Name: mainTrail, S3KeyPrefix: aws.String("x")}))
	mallory.does(mallory.trail().PutEventSelectors(ctx, &cloudtrail.PutEventSelectorsInput{
		TrailName: mainTrail, EventSelectors: []types.EventSelector{{ReadWriteType: types.ReadWriteTypeReadOnly}},
	}))
	mallory.does(mallory.trail().PutInsightSelectors(ctx, &cloudtrail.PutInsightSelectorsInput{
		TrailName: mainTrail, InsightSelectors: []types.InsightSelector{{InsightType: types.InsightTypeApiErrorRateInsight}},
	}))
	stage.ResetCalls()
	_, out := cli.Run(t, "plan")
	expect(t, lookups(stage) <= 3, out, "logging was off from", "StopLogging by user/mallory, ", "UpdateTrail by user/mallory, ")
}

// More was changed than there are calls to look up: what CloudTrail lists under the
// trail helps, and what is not looked up is said.
func TestAttribution_manyChangesOfOneObject(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", `
  tags = { owner = "security" }
  insight_selector {
    insight_type = "ApiCallRateInsight"
  }
`))
	later(t, stage, time.Hour)
	ctx, mallory := t.Context(), as(t, stage, stage.User("mallory"))
	stop(t, stage, stage.User("mallory"))
	mallory.does(mallory.trail().PutEventSelectors(ctx, &cloudtrail.PutEventSelectorsInput{
		TrailName: mainTrail, EventSelectors: []types.EventSelector{{ReadWriteType: types.ReadWriteTypeReadOnly}},
	}))
	mallory.does(mallory.trail().PutInsightSelectors(ctx, &cloudtrail.PutInsightSelectorsInput{
		TrailName: mainTrail, InsightSelectors: []types.InsightSelector{},
	}))
	mallory.does(mallory.trail().UpdateTrail(ctx, &cloudtrail.UpdateTrailInput{Name: mainTrail, S3KeyPrefix: aws.String("x")}))
	mallory.does(mallory.trail().RemoveTags(ctx, &cloudtrail.RemoveTagsInput{
		ResourceId: aws.String(trailARN(stage)), TagsList: []types.Tag{{Key: aws.String("owner")}},
	}))
	stage.ResetCalls()
	_, out := cli.Run(t, "plan")
	expect(t, lookups(stage) <= 3, out, "StopLogging by user/mallory", "PutEventSelectors by", "PutInsightSelectors by",
		"UpdateTrail by", "RemoveTags by")
}

func TestAttribution_actors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		who  func(stage *providertest.Stage) localaws.Principal
		want []string
	}{
		"an assumed role": {
			func(stage *providertest.Stage) localaws.Principal { return stage.AssumedRole("ops", "alice") },
			[]string{"StopLogging by role/ops/alice, ", "session of ops"},
		},
		"root": {
			func(stage *providertest.Stage) localaws.Principal { return stage.Root() }, []string{"StopLogging by root, "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stage := providertest.NewStage(t)
			cli := applied(t, stage, pair(stage, "", ""))
			later(t, stage, time.Hour)
			stop(t, stage, test.who(stage))
			code, out := cli.Run(t, "plan", "-detailed-exitcode")
			expect(t, code == 2, out, test.want...)
		})
	}
}

// told changes the trail in the first minute after the apply as the identity that
// runs the plans, which counts as part of the apply, and puts a record of somebody
// else's call into the log.
func told(t *testing.T, stage *providertest.Stage, record string) string {
	t.Helper()
	cli := applied(t, stage, pair(stage, "", ""))
	stop(t, stage, stage.Admin())
	later(t, stage, time.Hour)
	record = strings.NewReplacer("ACCOUNT", stage.ID, "TIME", stage.Clock.Now().UTC().Format(time.RFC3339)).Replace(
		`{"eventVersion":"1.11","eventID":"put","eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com",` +
			`"awsRegion":"` + providertest.Region + `","eventTime":"TIME","recipientAccountId":"ACCOUNT",` +
			`"requestParameters":{"name":"main"},` + record + `}`)
	if err := stage.PutRecord([]byte(record)); err != nil {
		t.Fatal(err)
	}
	later(t, stage, time.Minute)
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 2, out)
	return out
}

func TestAttribution_recordsOfOthers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		record string
		want   []string
	}{
		"a service": {
			`"userIdentity":{"type":"AWSService","invokedBy":"controltower.amazonaws.com"},` +
				`"sourceIPAddress":"controltower.amazonaws.com"`,
			[]string{"StopLogging by the service controltower.amazonaws.com, ", "from controltower.amazonaws.com"},
		},
		"Terraform of another stack": {
			`"userIdentity":{"type":"AssumedRole","principalId":"AROA:ci","accountId":"ACCOUNT","accessKeyId":"ASIAEXAMPLE00000LAST",` +
				`"arn":"arn:aws:sts::ACCOUNT:assumed-role/deploy/ci","sessionContext":{"sessionIssuer":{"type":"Role",` +
				`"arn":"arn:aws:iam::ACCOUNT:role/deploy","userName":"deploy"}}},"sourceIPAddress":"198.51.100.7",` +
				`"userAgent":"APN/1.0 HashiCorp/1.0 Terraform/1.13.0 terraform-provider-aws/6.0.0"`,
			[]string{"StopLogging by role/deploy/ci, ", "its user agent says Terraform", "from 198.51.100.7", "access key …LAST"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := told(t, providertest.NewStage(t), test.record)
			expect(t, true, out, test.want...)
			without(t, out, "ASIAEXAMPLE00000LAST")
		})
	}
}

// What a caller can choose cannot write into the terminal or the plan.
func TestAttribution_hostileRecords(t *testing.T) {
	t.Parallel()
	out := told(t, providertest.NewStage(t), `"userIdentity":{"type":"IAMUser","accountId":"ACCOUNT",`+
		`"userName":"m\u001b[2J\n\nNo changes. Your infrastructure matches the configuration.","arn":"arn:aws:iam::ACCOUNT:user/m"},`+
		`"sourceIPAddress":"203.0.113.9\r\nWarning: none","userAgent":"Terraform/\u0007\u202e"`)
	expect(t, true, out, `StopLogging by user/"m\u001b[2J\u000a\u000aNo changes.`, `203.0.113.9\u000d\u000aWarning: none`)
	without(t, out, "\x1b", "\a", "\u202e", "\nNo changes. Your", "\nWarning: none")
}

func TestAttribution_deniedAttemptsAreNoCause(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	later(t, stage, time.Hour)
	restore := stage.Inject(localaws.Fault{Operation: "StopLogging", Kind: localaws.Deny})
	oscar := as(t, stage, stage.User("oscar"))
	if _, err := oscar.trail().StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: mainTrail}); err == nil {
		t.Fatal("the attempt was to be denied")
	}
	restore()
	later(t, stage, time.Minute)
	stop(t, stage, stage.User("mallory"))
	_, out := cli.Run(t, "plan")
	expect(t, true, out, "StopLogging by user/mallory, ")
	without(t, out, "oscar")
}

// A role that may not look up, and a CloudTrail that does not answer, cost the name
// and not the plan.
func TestAttribution_deniedLookup(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind localaws.Kind
		says string
	}{
		"denied": {localaws.Deny, "Allow the action cloudtrail:LookupEvents, or set attribute_drift = false"},
		"broken": {localaws.ServerError, "InternalFailure"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stage := providertest.NewStage(t)
			cli := applied(t, stage, pair(stage, "", ""))
			later(t, stage, time.Hour)
			stop(t, stage, stage.User("mallory"))
			restore := stage.Inject(localaws.Fault{Operation: "LookupEvents", Kind: test.kind})
			code, out := cli.Run(t, "plan", "-detailed-exitcode")
			expect(t, code == 2, out, "enable_logging changed outside Terraform, by whom could not be looked up",
				test.says)
			cli.Must(t, "apply", "-auto-approve", "-refresh-only")
			restore()
			_, out = cli.Run(t, "plan")
			expect(t, true, out, "StopLogging by user/mallory, ")
		})
	}
}

// An event that is not delivered yet is named by a later plan.
func TestAttribution_lateEvent(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	stage.SetLookup(localaws.Lookup{Rate: 200, Delay: 5 * time.Minute})
	later(t, stage, time.Hour)
	stop(t, stage, stage.User("mallory"))
	_, out := cli.Run(t, "plan")
	expect(t, true, out, "enable_logging changed outside Terraform, no call found yet", "a later plan looks again")
	without(t, out, "mallory")
	cli.Must(t, "apply", "-auto-approve", "-refresh-only")
	later(t, stage, 10*time.Minute)
	_, out = cli.Run(t, "plan")
	expect(t, true, out, "StopLogging by user/mallory, ")
}

// The trail's region records its calls, wherever IAM's are recorded.
func TestAttribution_homeRegion(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	const home = "eu-west-1"
	cli := applied(t, stage, pair(stage, "  region = \""+home+"\"\n  trail_region = \""+home+"\"\n", "  region = \""+home+"\"\n"))
	later(t, stage, time.Hour)
	stage.ResetCalls()
	o := as(t, stage, stage.User("mallory"))
	o.config.Region = home
	o.does(o.trail().StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: mainTrail}))
	_, out := cli.Run(t, "plan")
	expect(t, true, out, "StopLogging by user/mallory, ", "in "+home)
	for _, call := range stage.Calls(localaws.Named("cloudtrail:LookupEvents")) {
		if call.Region != home {
			t.Errorf("%s was asked", call.Region)
		}
	}
}

// What was found once is said again by plans that do not read, without a call.
func TestAttribution_withoutRefresh(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	later(t, stage, time.Hour)
	stop(t, stage, stage.User("mallory"))
	const sentence = "StopLogging by user/mallory, "

	_, out := cli.Run(t, "plan", "-refresh=false")
	expect(t, true, out, "No changes")
	_, out = cli.Run(t, "plan", "-refresh-only")
	expect(t, true, out, sentence)
	out = cli.Must(t, "apply", "-auto-approve", "-refresh-only")
	expect(t, true, out, sentence)
	for _, arguments := range [][]string{{"plan"}, {"plan", "-refresh=false"}} {
		stage.ResetCalls()
		_, out = cli.Run(t, arguments...)
		expect(t, lookups(stage) == 0, out, sentence, "enable_logging")
		if strings.Count(out, sentence) != 1 {
			t.Errorf("it is said %d times by %v", strings.Count(out, sentence), arguments)
		}
	}
	_, out = cli.Run(t, "plan", "-out=saved")
	expect(t, true, out, sentence)
	cli.Must(t, "apply", "saved")
	stage.ResetCalls()
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 0 && lookups(stage) == 0, out, "No changes")
	without(t, out, sentence)
}

// Warnings of equal summary are merged by Terraform; these name three objects.
func TestAttribution_threeObjectsThreeNames(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", "")+`
resource "iamguard_log_reader_policy" "test" {
  name   = "readers"
  bucket = iamguard_log_bucket.test.bucket
}
`)
	later(t, stage, time.Hour)
	ctx := t.Context()
	stop(t, stage, stage.User("mallory"))
	eve := as(t, stage, stage.User("eve"))
	eve.does(eve.s3().PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: aws.String(bucketName(stage)), VersioningConfiguration: &s3types.VersioningConfiguration{
			Status: s3types.BucketVersioningStatusSuspended,
		},
	}))
	oscar := iam.NewFromConfig(as(t, stage, stage.User("oscar")).config)
	eve.does(oscar.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
		PolicyArn: aws.String("arn:aws:iam::" + stage.ID + ":policy/readers"), SetAsDefault: true,
		PolicyDocument: aws.String(policyOf(`{"Effect":"Allow","Action":"*","Resource":"*"}`)),
	}))
	_, out := cli.Run(t, "plan")
	expect(t, true, out,
		fmt.Sprintf("Trail \"main\" (%s): StopLogging by user/mallory, ", stage.ID),
		fmt.Sprintf("Log bucket %q (%s): PutBucketVersioning by user/eve, ", bucketName(stage), stage.ID),
		fmt.Sprintf("Log reader policy \"readers\" (%s): CreatePolicyVersion by user/oscar, ", stage.ID))
	stop(t, stage, stage.User("mallory"))
	eve.does(as(t, stage, stage.User("mallory")).trail().DeleteTrail(ctx, &cloudtrail.DeleteTrailInput{Name: mainTrail}))
	_, out = cli.Run(t, "plan")
	expect(t, true, out, "the trail is gone: DeleteTrail by user/mallory, ")
}
