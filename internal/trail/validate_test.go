package trail_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// wrapped is a text that Terraform may break anywhere.
func wrapped(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.Join(strings.Fields(regexp.QuoteMeta(text)), `[\s│]+`))
}

// Bad input is an error of the plan, on the attribute, before any call.
func TestTrail_validation(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	named := func(name string) string {
		return stage.Config("resource \"iamguard_trail\" \"test\" {\n  name = \"" + name + "\"\n  s3_bucket_name = " +
			"\"some-bucket\"\n}\n")
	}
	with := func(arguments string) string { return trailOnly(stage, "some-bucket", arguments) }
	var steps []resource.TestStep
	for _, c := range []struct{ config, want string }{
		{named("my trail"), "must contain only ASCII letters, digits, periods, underscores and dashes"},
		{named("-trail"), "must start with a letter or digit"},
		{named("trail-"), "must end with a letter or digit"},
		{named("ab"), "string length must be between 3 and 128"},
		{named("my..trail"), "must not have adjacent periods, underscores or dashes"},
		{named("my-_trail"), "must not have adjacent periods, underscores or dashes"},
		{named("192.168.5.4"), "must not look like an IP address"},
		{named("aws-controltower-BaselineCloudTrail"), "must not be a trail of AWS Control Tower"},
		{with(`include_global_service_events = false`), "A multi-region trail always includes the events of global services"},
		{with(`cloud_watch_logs_group_arn = "arn:aws:logs:eu-central-1:111122223333:log-group:x"`), "are given both or neither"},
		{with(`cloud_watch_logs_group_arn = "arn:aws:s3:::x"`), "must be an ARN of logs"},
		{with(`s3_key_prefix = "` + strings.Repeat("p", 201) + `"`), "string length must be at most 200"},
		{
			with("event_selector {\n}\nadvanced_event_selector {\nfield_selector {\nfield = \"eventCategory\"\nequals = " +
				"[\"Management\"]\n}\n}"),
			"A trail has either event_selector or advanced_event_selector blocks, not both",
		},
		{with(strings.Repeat("event_selector {\n}\n", 6)), "at most 5 elements"},
		{with("event_selector {\nread_write_type = \"Some\"\n}"), `value must be one of`},
		{
			with("event_selector {\ndata_resource {\ntype = \"AWS::S3::Object\"\nvalues = [\"arn:aws:lambda\"]\n}\n}"),
			`"arn:aws:lambda" is neither an ARN of AWS::S3::Object nor its beginning`,
		},
		{with("advanced_event_selector {\nfield_selector {\nfield = \"readOnly\"\nequals = [\"true\"]\n}\n}"), "Each selector " +
			"needs one field_selector"},
		{with("advanced_event_selector {\nfield_selector {\nfield = \"eventCategory\"\nequals = [\"Management\"]\n}\n" +
			"field_selector {\nfield = \"eventName\"\nequals = [\"StopLogging\"]\n}\n}"), `"eventName" is none of them`},
		{with("insight_selector {\ninsight_type = \"Magic\"\n}"), "value must be one of"},
	} {
		steps = append(steps, resource.TestStep{Config: c.config, PlanOnly: true, ExpectError: wrapped(c.want)})
	}
	stage.Test(t, steps...)
	if calls := stage.Calls(ofService("cloudtrail")); len(calls) > 0 {
		t.Errorf("bad input was sent to AWS: %s", namesOf(calls))
	}
}

func TestLogBucket_validation(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	with := func(bucket, arguments string) string {
		return stage.Config("resource \"iamguard_log_bucket\" \"test\" {\n  bucket = \"" + bucket + "\"\n" + arguments + "\n}\n")
	}
	names := "trail_names = [\"main\"]\n"
	var steps []resource.TestStep
	for _, c := range []struct{ config, want string }{
		{with("Upper", names), "must be lower-case letters, digits, dots and dashes"},
		{with("logs", ""), `The argument "trail_names" is required`},
		{with("logs", "trail_names = []\n"), "at least 1 elements"},
		{with("logs", "trail_names = [null]\n"), "Null Set Value"},
		{with("logs", names+"expire_days = 30\narchive_days = 30\n"), "archive_days must be less than expire_days"},
		{with("logs", names+"expire_days = 0\n"), "must be between 1 and 36500"},
		{with("logs", names+"expire_days = 4294967297\n"), "must be between 1 and 36500"},
		{with("logs", names+"object_lock = {\nmode = \"COMPLIANCE\"\ndays = 30\n}\n"), "Set accept_irreversible = true if " +
			"that is what you want"},
		{with("logs", names+"object_lock = {\nmode = \"LOOSE\"\ndays = 30\n}\n"), "value must be one of"},
		{with("logs", names+"additional_policy_json = \"{\"\n"), "must be an IAM policy document"},
		{with("logs", names+"organization_id = \"acme\"\n"), "must look like o-exampleorgid"},
		{with("logs", names+"kms_key_arn = \"alias/x\"\n"), "must be the ARN of a key"},
		{with("logs", names+"trail_account_ids = [\"1\"]\n"), "must be a 12-digit account ID"},
	} {
		steps = append(steps, resource.TestStep{Config: c.config, PlanOnly: true, ExpectError: wrapped(c.want)})
	}
	stage.Test(t, steps...)
}

// The policy lets in who it names: additional statements, other accounts, an
// organization, trails of another region.
func TestLogBucket_policy(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	config := pair(stage, `
  trail_account_ids = ["444455556666"]
  trail_region      = "eu-west-1"
  organization_id   = "o-exampleorgid"
  additional_policy_json = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Auditors"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::444455556666:root" }
      Action    = "s3:GetObject"
      Resource  = "arn:aws:s3:::`+bucketName(stage)+`/*"
    }]
  })
`, "  region = \"eu-west-1\"\n")
	cli := applied(t, stage, config)
	document, ok := cli.State(t, bucketAddress)["policy_json"].(string)
	if !ok {
		t.Fatal("no policy in state")
	}
	for _, text := range []string{
		"arn:aws:cloudtrail:eu-west-1:444455556666:trail/main", "arn:aws:cloudtrail:eu-west-1:" + stage.ID + ":trail/main",
		"/AWSLogs/o-exampleorgid/*", "/AWSLogs/444455556666/*", `"Sid":"Auditors"`, `"Sid":"OnlyByTLS"`,
	} {
		if !strings.Contains(document, text) {
			t.Errorf("the policy does not hold %q:\n%s", text, document)
		}
	}
	cli.ExpectNoChange(t)
	cli.Must(t, "state", "rm", bucketAddress)
	cli.Must(t, "import", bucketAddress, bucketName(stage))
	_, out := cli.Run(t, "plan")
	expect(t, true, out, "+ additional_policy_json", "~ deletion_protection", "1 to change")
	if strings.Contains(out, "policy_json  ") || strings.Contains(out, "trail_names") || strings.Contains(out, "organization_id") {
		t.Errorf("the import does not read the trails out of the policy:\n%s", out)
	}
}

// A trail in the provider's region stays where it is when that region changes.
func TestTrail_providerRegionChanges(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	cli.Write(t, stage.ProviderIn("eu-west-1", stage.Admin())+pairBody(stage, "", ""))
	cli.ExpectNoChange(t)
	cli.Write(t, pair(stage, "", "  region = \"eu-west-1\"\n"))
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 2, out, "# forces replacement", "1 to add, 0 to change, 1 to destroy")
}

// account by name, by number and not at all is the same account: no difference.
func TestTrail_accountSpellings(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	accounts := "accounts = {\n self = { role_arn = \"arn:aws:iam::" + stage.ID + ":role/deploy\" }\n}"
	config := func(account string) string {
		body := pairBody(stage, account, account)
		return stage.Provider(stage.Admin(), accounts) + body
	}
	cli := applied(t, stage, config(""))
	for _, account := range []string{"  account = \"self\"\n", "  account = \"" + stage.ID + "\"\n", ""} {
		cli.Write(t, config(account))
		code, out := cli.Run(t, "plan")
		if code != 0 || strings.Contains(out, "forces replacement") ||
			strings.Contains(out, "to destroy") && !strings.Contains(out, "0 to destroy") {
			t.Errorf("account spelt %q (exit code %d):\n%s", account, code, out)
		}
		cli.Apply(t)
		cli.ExpectNoChange(t)
	}
	if made := stage.Calls(localaws.Named("cloudtrail:CreateTrail")); len(made) != 1 {
		t.Errorf("the trail was made %d times", len(made))
	}
}
