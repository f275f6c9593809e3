package trail_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// The same lists by Terraform itself, which has them since 1.14.
func TestList_byTerraform(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	query := ""
	for _, name := range []string{"iamguard_trail", "iamguard_log_bucket", readerList} {
		query += "list \"" + name + "\" \"test\" {\n  provider = iamguard\n}\n"
	}
	identity := func(key, value string) map[string]knownvalue.Check {
		return map[string]knownvalue.Check{
			"account_id": knownvalue.StringExact(stage.ID), "region": knownvalue.StringExact(providertest.Region),
			key: knownvalue.StringExact(value),
		}
	}
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		ProtoV6ProviderFactories: stage.Factories(),
		Steps: []resource.TestStep{
			{Config: pair(stage, "", "") + logReaderBody(stage)},
			{
				Query: true, Config: stage.Config(query), QueryResultChecks: []querycheck.QueryResultCheck{
					querycheck.ExpectIdentity("iamguard_trail.test", identity("name", "main")),
					querycheck.ExpectIdentity("iamguard_log_bucket.test", identity("bucket", bucketName(stage))),
					querycheck.ExpectLength(readerList+".test", 1),
				},
			},
		},
	})
}

// The action by Terraform itself: after an apply the trail logs.
func TestStartLogging_byTerraform(t *testing.T) {
	t.Parallel()
	stage, _ := stopped(t, providertest.Region)
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		ProtoV6ProviderFactories: stage.Factories(),
		Steps: []resource.TestStep{{
			Config: stage.Config(`
action "iamguard_start_logging" "test" {
  config {
    trail = "main"
  }
}
resource "terraform_data" "test" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.iamguard_start_logging.test]
    }
  }
}
`),
			Check: func(*terraform.State) error {
				if !logs(t, stage) {
					t.Error("the trail does not log")
				}
				return nil
			},
		}},
	})
}
