package trail_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Off and on again leaves no difference, only a warning.
func TestTrail_offAndOnAgain(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	o := outside(t, stage)
	sleep := func(d time.Duration) { o.does(nil, stage.Clock.Sleep(t.Context(), d)) }
	sleep(time.Hour)
	o.does(o.trail().StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: aws.String("main")}))
	stopped := stage.Clock.Now()
	sleep(time.Hour)
	o.does(o.trail().StartLogging(t.Context(), &cloudtrail.StartLoggingInput{Name: aws.String("main")}))
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(
		t,
		code == 0,
		out,
		fmt.Sprintf(`Trail "main" (%s): logging was off from %s`, stage.ID, stopped.UTC().Format("2006-01-02T15:04")),
		"No changes",
	)
	cli.Apply(t)
	if code, out = cli.Run(t, "plan", "-detailed-exitcode"); code != 0 || strings.Contains(out, "logging was off") {
		t.Errorf("the warning outlives the apply that showed it (exit code %d):\n%s", code, out)
	}
}

// A trail that logs and cannot deliver is no difference and warns of each target.
func TestTrail_deliveryErrors(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	stage.SetDeliveryErrors("main", localaws.DeliveryErrors{
		Delivery: "AccessDenied", Notification: "NotFound", CloudWatchLogs: "ResourceNotFoundException", Digest: "NoSuchBucket",
	})
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 0, out, "Delivery to the S3 bucket fails: AccessDenied", "Delivery to the SNS topic fails: NotFound",
		"Delivery to CloudWatch Logs fails: ResourceNotFoundException", "Delivery to the S3 bucket (digest files) fails: NoSuchBucket",
		"each attempt is billed", "No changes")
	stage.SetDeliveryErrors("main", localaws.DeliveryErrors{})
	cli.ExpectNoChange(t)
}

// Three drifted trails show three names, although Terraform merges warnings of
// equal summary.
func TestTrail_threeWarningsShowThreeNames(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	config := stage.Config(fmt.Sprintf(`
resource "iamguard_log_bucket" "test" {
  bucket              = %q
  trail_names         = ["one", "two", "three"]
  deletion_protection = false
}
resource "iamguard_trail" "test" {
  for_each            = toset(["one", "two", "three"])
  name                = each.key
  s3_bucket_name      = iamguard_log_bucket.test.bucket
  deletion_protection = false
}
`, bucketName(stage)))
	cli := applied(t, stage, config)
	for _, name := range []string{"one", "two", "three"} {
		stage.SetDeliveryErrors(name, localaws.DeliveryErrors{Delivery: "AccessDenied"})
	}
	_, out := cli.Run(t, "plan")
	expect(t, true, out, `Trail "one"`, `Trail "two"`, `Trail "three"`)
}

func TestTrail_validationOffWarns(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	cli.Write(t, pair(stage, "", "  enable_log_file_validation = false\n"))
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 2, out, "log file validation will be switched off", "cannot be proven unchanged")
}

func TestTrail_adoption(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	first := applied(t, stage, pair(stage, "", "  s3_key_prefix = \"old\"\n"))
	first.Must(t, "state", "rm", trailAddress, bucketAddress)

	cli := ready(t, stage, pair(stage, "", ""))
	code, out := cli.Run(t, "apply", "-auto-approve")
	expect(
		t,
		code != 0,
		out,
		"Unable to create the log bucket",
		"already has a bucket of this name",
		"terraform import",
		bucketName(stage)+"@"+providertest.Region,
	)
	cli.Write(t, pair(stage, "  adopt_existing = true\n", ""))
	code, out = cli.Run(t, "apply", "-auto-approve")
	expect(
		t,
		code != 0,
		out,
		"Unable to create the trail",
		"a trail of this name already exists",
		"terraform import",
		"main@"+providertest.Region,
	)

	adopting := pair(stage, "  adopt_existing = true\n", "  adopt_existing = true\n")
	cli.Write(t, adopting)
	_, out = cli.Run(t, "plan")
	expect(t, true, out, "an existing trail will be adopted", "Overwritten: s3_key_prefix.")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	out = cli.Must(t, "destroy", "-auto-approve")
	expect(t, true, out, "only forgotten, not deleted")
	if names := left(t, stage); len(names) != 2 {
		t.Errorf("destroy of what was adopted left %v, want trail and bucket", names)
	}

	cli.Write(t, pair(stage, "  adopt_existing = true\n  destroy_adopted = true\n", "  adopt_existing = true\n  "+
		"destroy_adopted = true\n"))
	cli.Apply(t)
	cli.Must(t, "destroy", "-auto-approve")
	if names := left(t, stage); len(names) != 0 {
		t.Errorf("destroy_adopted left %v", names)
	}
}

// An adoption that fails on the way deletes nothing.
func TestTrail_adoptionFails(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	first := applied(t, stage, pair(stage, "", "  s3_key_prefix = \"old\"\n"))
	first.Must(t, "state", "rm", trailAddress, bucketAddress)
	cli := ready(t, stage, pair(stage, "  adopt_existing = true\n", "  adopt_existing = true\n"))
	restore := stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "UpdateTrail", Kind: localaws.Deny})
	code, out := cli.Run(t, "apply", "-auto-approve")
	restore()
	expect(t, code != 0, out, "Unable to create the trail", "cloudtrail:UpdateTrail")
	if names := left(t, stage); len(names) != 2 {
		t.Errorf("a failed adoption left %v, want trail and bucket", names)
	}
	cli.Apply(t)
}

// A bucket with objects: the count, nothing deleted; force_destroy deletes all.
func TestLogBucket_withObjects(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	o := outside(t, stage)
	for _, key := range []string{"AWSLogs/a", "AWSLogs/b", "AWSLogs/b"} {
		o.does(o.s3().PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String(bucketName(stage)), Key: aws.String(key), Body: strings.NewReader("log"),
		}))
	}
	o.does(
		o.s3().DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(bucketName(stage)), Key: aws.String("AWSLogs/a")}),
	)
	code, out := cli.Run(t, "destroy", "-auto-approve")
	expect(
		t,
		code != 0,
		out,
		"Unable to delete the log bucket",
		"holds 4 objects and versions; nothing was deleted",
		"force_destroy = true",
	)
	if deleted := stage.Calls(localaws.Named("s3:DeleteObjects")); len(deleted) > 0 {
		t.Errorf("objects were deleted: %v", deleted)
	}
	cli.Write(t, pair(stage, "  force_destroy = true\n", ""))
	cli.Apply(t)
	cli.Must(t, "destroy", "-auto-approve")
	if names := left(t, stage); len(names) != 0 {
		t.Errorf("force_destroy left %v", names)
	}
}
