package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Every example is planned, each file as a configuration of its own: what a user
// pastes has to work.
func TestExamples(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{
		"provider/*.tf", "resources/*/*.tf", "data-sources/*/*.tf", "functions/*/*.tf", "ephemeral-resources/*/*.tf", "demo/*.tf",
	} {
		found, err := filepath.Glob(filepath.Join("..", "..", "examples", pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 9 {
		t.Fatalf("only %d examples found: %v", len(files), files)
	}
	stage := providertest.NewStage(t)
	prepareExamples(t, stage)
	for _, file := range files {
		if filepath.Base(file) == "import-by-identity.tf" {
			continue // Terraform 1.12 has it; the import tests of the types show that it works.
		}
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// A provider that is named by its ARN is one of the reader's own account.
			config := strings.ReplaceAll(string(text), "111122223333:oidc-provider", stage.ID+":oidc-provider")
			if !strings.Contains(config, "provider \"iamguard\"") {
				config = "provider \"iamguard\" {\n  region = \"eu-central-1\"\n}\n" + config
			}
			cli := stage.CLI(t)
			cli.Setenv("TF_VAR_bucket=example-"+stage.ID, "TF_VAR_inbox=arn:aws:sqs:us-east-1:"+stage.ID+":inbox",
				"TF_VAR_group=mfa-required")
			cli.Write(t, config)
			cli.WriteFile(t, "local_override.tf", stage.Provider(stage.Admin()))
			cli.Must(t, "init")
			cli.Must(t, "plan")
		})
	}
}

// prepareExamples makes the trail and the rule that the data sources read.
func prepareExamples(t *testing.T, stage *providertest.Stage) {
	t.Helper()
	cli := stage.CLI(t)
	cli.Write(t, stage.Config(`
resource "iamguard_log_bucket" "audit" {
  bucket      = "audit-`+stage.ID+`"
  trail_names = ["audit"]
}
resource "iamguard_trail" "audit" {
  name           = "audit"
  s3_bucket_name = iamguard_log_bucket.audit.bucket
}
resource "iamguard_alert_rule" "removals" {
  name    = "iam-removals"
  presets = ["iam_removal"]
  target  = { siem = { arn = "arn:aws:sqs:us-east-1:`+stage.ID+`:alerts" } }
}
`))
	cli.Must(t, "init")
	cli.Apply(t)
}
