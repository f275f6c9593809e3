package trail_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

func has(address, attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value)
}

func TestTrailData(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	const byName, byARN, shadow = "data.iamguard_trail.name", "data.iamguard_trail.arn", "data.iamguard_trail.shadow"
	config := pair(stage, "", "  tags = { team = \"security\" }\n") + `
data "iamguard_trail" "name" {
  name = iamguard_trail.test.name
}
data "iamguard_trail" "arn" {
  arn = iamguard_trail.test.arn
}
data "iamguard_trail" "shadow" {
  name   = iamguard_trail.test.name
  region = "us-east-1"
}
`
	stage.Test(t,
		resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{
			has(byName, "arn", knownvalue.StringExact(trailARN(stage))), has(byName, "healthy", knownvalue.Bool(true)),
			has(byName, "is_logging", knownvalue.Bool(true)), has(byName, "is_shadow", knownvalue.Bool(false)),
			has(byName, "start_logging_time", knownvalue.NotNull()), has(byName, "logs_iam_writes", knownvalue.Bool(true)),
			has(byName, "tags", knownvalue.MapExact(map[string]knownvalue.Check{"team": knownvalue.StringExact("security")})),
			has(byARN, "name", knownvalue.StringExact("main")), has(byARN, "s3_bucket_name", knownvalue.StringExact(bucketName(stage))),
			has(shadow, "is_shadow", knownvalue.Bool(true)), has(shadow, "home_region", knownvalue.StringExact(providertest.Region)),
		}},
	)
}

func TestTrailData_unhealthy(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	applied(t, stage, pair(stage, "", ""))
	stage.SetDeliveryErrors("main", localaws.DeliveryErrors{Delivery: "AccessDenied"})
	o := outside(t, stage)
	o.does(o.trail().StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: aws.String("main")}))
	reading := applied(t, stage, stage.Config("data \"iamguard_trail\" \"test\" {\n  name = \"main\"\n}\n"))
	state := reading.State(t, "data.iamguard_trail.test")
	reasons, ok := state["unhealthy_reasons"].([]any)
	if state["healthy"] != false || !ok || len(reasons) != 2 {
		t.Errorf("healthy %v, reasons %v; want false and two", state["healthy"], reasons)
	}
	reading.Write(t, stage.Config("data \"iamguard_trail\" \"test\" {\n  name = \"absent\"\n}\n"))
	code, out := reading.Run(t, "plan")
	expect(t, code != 0, out, "Unable to read the trail for the data source", "no trail of this name")
}

// Five ways of not covering give five answers, and what cannot be read is a sixth.
func TestTrailCoverage(t *testing.T) {
	t.Parallel()
	const address = "data.iamguard_trail_coverage.test"
	coverage := "\ndata \"iamguard_trail_coverage\" \"test\" {\n  depends_on = [iamguard_trail.test]\n}\n"
	for _, c := range []struct {
		name, arguments     string
		change              func(t *testing.T, stage *providertest.Stage)
		recorded, alertable bool
		gap                 string
	}{
		{"covered", "", nil, true, true, ""},
		{"another region", "is_multi_region_trail = false", nil, false, false, "other_region"},
		{"logging off", "enable_logging = false", nil, false, false, "logging_off"},
		{"read events only", "event_selector {\nread_write_type = \"ReadOnly\"\n}", nil, false, false, "selectors"},
		{"delivery fails", "", func(_ *testing.T, stage *providertest.Stage) {
			stage.SetDeliveryErrors("main", localaws.DeliveryErrors{Delivery: "AccessDenied"})
		}, false, true, "delivery"},
		{"selectors cannot be read", "", func(t *testing.T, stage *providertest.Stage) {
			t.Helper()
			stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "GetEventSelectors", Kind: localaws.Deny})
		}, false, false, "unreadable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			stage := providertest.NewStage(t)
			cli := applied(t, stage, pair(stage, "", c.arguments+"\n"))
			if c.change != nil {
				c.change(t, stage)
			}
			cli.Write(t, pair(stage, "", c.arguments+"\n")+coverage)
			cli.Must(t, "apply", "-auto-approve", "-refresh=false")
			state := cli.State(t, address)
			assertCoverage(t, state, c.recorded, c.alertable, c.gap)
		})
	}
	t.Run("no trail", func(t *testing.T) {
		t.Parallel()
		stage := providertest.NewStage(t)
		cli := applied(t, stage, stage.Config("data \"iamguard_trail_coverage\" \"test\" {}\n"))
		assertCoverage(t, cli.State(t, address), false, false, "no_trail")
	})
}

func assertCoverage(t *testing.T, state map[string]any, recorded, alertable bool, gap string) {
	t.Helper()
	if state["recorded"] != recorded || state["alertable"] != alertable {
		t.Errorf(
			"recorded %v, alertable %v; want %v, %v (gaps: %v)",
			state["recorded"],
			state["alertable"],
			recorded,
			alertable,
			state["gaps"],
		)
	}
	if state["region"] != "us-east-1" {
		t.Errorf("asked about %v, want the region that records IAM", state["region"])
	}
	var codes []any
	gaps, _ := state["gaps"].([]any)
	for _, entry := range gaps {
		if object, ok := entry.(map[string]any); ok {
			codes = append(codes, object["code"])
		}
	}
	if (gap == "" && len(codes) > 0) || (gap != "" && (len(codes) != 1 || codes[0] != gap)) {
		t.Errorf("gaps %v, want %q", codes, gap)
	}
}
