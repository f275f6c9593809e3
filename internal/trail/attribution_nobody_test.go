package trail_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Nobody is blamed for what iamguard left half done, or never wrote.
func TestAttribution_blamesNobody(t *testing.T) {
	t.Parallel()
	t.Run("half-done create", func(t *testing.T) {
		t.Parallel()
		stage := providertest.NewStage(t)
		restore := []func(){
			stage.Inject(localaws.Fault{Operation: "StartLogging", Kind: localaws.Deny}),
			stage.Inject(localaws.Fault{Operation: "DeleteTrail", Kind: localaws.Deny}),
		}
		cli := ready(t, stage, pair(stage, "", ""))
		if code, out := cli.Run(t, "apply", "-auto-approve"); code == 0 {
			t.Fatal(out)
		}
		for _, one := range restore {
			one()
		}
		stage.ResetCalls()
		cli.Must(t, "untaint", trailAddress)
		_, out := cli.Run(t, "plan")
		expect(t, lookups(stage) == 0, out, "enable_logging")
		without(t, out, " by user/", " by role/", "outside Terraform, ")
		cli.Apply(t)
		cli.ExpectNoChange(t)
	})
	t.Run("half-done update", func(t *testing.T) {
		t.Parallel()
		stage := providertest.NewStage(t)
		cli := applied(t, stage, pair(stage, "", ""))
		later(t, stage, time.Hour)
		restore := stage.Inject(localaws.Fault{Operation: "PutInsightSelectors", Kind: localaws.Deny})
		config := pair(stage, "", `  s3_key_prefix = "new"
  insight_selector {
    insight_type = "ApiCallRateInsight"
  }
`)
		cli.Write(t, config)
		if code, out := cli.Run(t, "apply", "-auto-approve"); code == 0 {
			t.Fatal(out)
		}
		restore()
		stage.ResetCalls()
		_, out := cli.Run(t, "plan")
		expect(t, lookups(stage) == 0, out, "insight_selector")
		without(t, out, "outside Terraform, ", "UpdateTrail by")
	})
	t.Run("half of an attribute", func(t *testing.T) {
		t.Parallel()
		stage := providertest.NewStage(t)
		people := iam.NewFromConfig(as(t, stage, stage.User("owner")).config)
		for _, name := range []string{"alice", "bob"} {
			if _, err := people.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String(name)}); err != nil {
				t.Fatal(err)
			}
		}
		reader := func(users string) string {
			return stage.Config("resource \"iamguard_log_reader_policy\" \"test\" {\n  name = \"readers\"\n  bucket = \"logs\"\n" +
				"  users = " + users + "\n}\n")
		}
		cli := applied(t, stage, reader("[]"))
		later(t, stage, time.Hour)
		restore := stage.Inject(localaws.Fault{
			Operation: "AttachUserPolicy", Kind: localaws.Deny,
			Match: func(call localaws.Call) bool { return call.Params["UserName"] == "bob" },
		})
		cli.Write(t, reader(`["alice", "bob"]`))
		if code, out := cli.Run(t, "apply", "-auto-approve"); code == 0 {
			t.Fatal(out)
		}
		restore()
		stage.ResetCalls()
		_, out := cli.Run(t, "plan")
		expect(t, lookups(stage) == 0, out, "users")
		without(t, out, "AttachUserPolicy by", "outside Terraform, ")
	})
	t.Run("import", func(t *testing.T) {
		t.Parallel()
		stage := providertest.NewStage(t)
		config := pair(stage, "", "")
		cli := applied(t, stage, config)
		cli.Must(t, "state", "rm", trailAddress)
		later(t, stage, time.Hour)
		stop(t, stage, stage.User("mallory"))
		stage.ResetCalls()
		cli.Must(t, "import", trailAddress, "main")
		_, out := cli.Run(t, "plan")
		expect(t, lookups(stage) == 0, out, "enable_logging")
		without(t, out, "mallory")
		cli.Apply(t)
		later(t, stage, time.Hour)
		stop(t, stage, stage.User("mallory"))
		_, out = cli.Run(t, "plan")
		expect(t, true, out, "StopLogging by user/mallory, ")
	})
	t.Run("attribute_drift = false", func(t *testing.T) {
		t.Parallel()
		stage := providertest.NewStage(t)
		config := stage.Provider(stage.Admin(), "  attribute_drift = false") + pairBody(stage, "", "")
		cli := applied(t, stage, config)
		later(t, stage, time.Hour)
		stop(t, stage, stage.User("mallory"))
		stage.ResetCalls()
		_, out := cli.Run(t, "plan")
		expect(t, lookups(stage) == 0, out, "enable_logging")
		without(t, out, "mallory", "outside Terraform, ")
	})
}
