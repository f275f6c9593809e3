package trail_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/acctest"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/provider"
)

// accPrefix begins the names of all that runs on a real account; the sweeper
// deletes what bears it.
const accPrefix = "iamguard-acc-"

// TestAccTrail_basic is the lifecycle on the real account of the environment. It
// runs with TF_ACC=1 only and needs AWS_REGION and credentials.
func TestAccTrail_basic(t *testing.T) {
	t.Parallel()
	name := acctest.RandomWithPrefix(accPrefix + "trail")
	config := fmt.Sprintf(`
provider "iamguard" {}

resource "iamguard_log_bucket" "test" {
  bucket              = %[1]q
  trail_names         = [%[1]q]
  deletion_protection = false
  force_destroy       = true
}

resource "iamguard_trail" "test" {
  name                = %[1]q
  s3_bucket_name      = iamguard_log_bucket.test.bucket
  deletion_protection = false
}

resource "iamguard_log_reader_policy" "test" {
  name      = %[1]q
  bucket    = iamguard_log_bucket.test.bucket
  trail_arn = iamguard_trail.test.arn
}
`, strings.ToLower(name))
	resource.Test(t, resource.TestCase{
		PreCheck: func() {
			if os.Getenv("AWS_REGION") == "" {
				t.Fatal("set AWS_REGION and the credentials of an account for tests")
			}
		},
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"iamguard": providerserver.NewProtocol6WithError(provider.New("test", account.Runtime{})()),
		},
		Steps: []resource.TestStep{
			{Config: config, ConfigStateChecks: []statecheck.StateCheck{
				has(trailAddress, "enable_logging", knownvalue.Bool(true)), has(trailAddress, "logs_iam_writes", knownvalue.Bool(true)),
			}},
			{Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: emptyPlan()}},
			{
				ResourceName: trailAddress, ImportState: true, ImportStateId: strings.ToLower(name), ImportStateVerify: true,
				ImportStateVerifyIdentifierAttribute: "arn", ImportStateVerifyIgnore: imported,
			},
			{Config: config, ConfigStateChecks: []statecheck.StateCheck{
				has("iamguard_log_reader_policy.test", "allow_lookup_events", knownvalue.Bool(true)),
			}},
		},
	})
}
