package history_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// A data source at top level, with the assertion in a check, leaves the next plan
// empty although its search differs every time.
func TestRiskyEvents_checkLeavesAnEmptyPlan(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	stage.Inject(localaws.Fault{Service: "iam", Operation: "DeactivateMFADevice", Kind: localaws.Deny})
	deactivateMFA(t, stage, "arn:aws:iam::"+stage.ID+":mfa/alice", "alice")
	config := stage.Config(`
data "iamguard_risky_events" "test" {
  event_names    = ["DeactivateMFADevice"]
  include_failed = true
}

check "nothing_was_removed" {
  assert {
    condition     = data.iamguard_risky_events.test.complete
    error_message = data.iamguard_risky_events.test.summary_text
  }
}

output "event_count" {
  value = data.iamguard_risky_events.test.event_count
}

output "fingerprint" {
  value = data.iamguard_risky_events.test.fingerprint
}
`)
	const address = "data.iamguard_risky_events.test"
	stage.Test(t,
		resource.TestStep{
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(address, tfjsonpath.New("event_count"), knownvalue.Int64Exact(1)),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("events").AtSliceIndex(0).AtMapKey("actor").AtMapKey("name"),
					knownvalue.StringExact("deployer")),
			},
		},
		resource.TestStep{
			Config:           config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
	)
}
