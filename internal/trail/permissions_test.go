package trail_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// lookUp is what a plan may ask to tell who made a change.
const lookUp = "cloudtrail:LookupEvents"

// TestPermissions records which IAM actions each type needs and compares them with
// the files that its documentation page shows.
func TestPermissions(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	made := makeLinks(t, stage)
	cli := stage.CLI(t)
	full := pair(stage, `
  force_destroy = true
  kms_key_arn   = "`+made.key+`"
  expire_days   = 400
  object_lock   = { mode = "GOVERNANCE", days = 30 }
  tags          = { team = "security" }
`, made.arguments()+`
  event_selector {
    read_write_type = "WriteOnly"
  }
  insight_selector {
    insight_type = "ApiErrorRateInsight"
  }
  tags = { team = "security" }
`)
	cli.Write(t, full)
	cli.Must(t, "init")
	cli.Apply(t)
	cli.Write(t, pair(stage, "  force_destroy = true\n", "  enable_logging = false\n  tags = { team = \"audit\" }\n"))
	cli.Apply(t)
	loosen(t, stage)
	cli.Write(t, pair(stage, "  force_destroy = true\n", "  kms_key_id = \""+made.alias+"\"\n"))
	cli.Apply(t)
	applying := actions(stage)
	// Who loosened the bucket is looked up even in the second of the apply before. The
	// function permissions counts the look-up apart, because it can be switched off.
	if _, asked := applying[lookUp]; !asked {
		t.Error("nobody looked up who loosened the bucket")
	}
	delete(applying, lookUp)

	stage.ResetCalls()
	cli.ExpectNoChange(t)
	planning := actions(stage)

	putObject(t, outside(t, stage))
	stage.ResetCalls()
	cli.Must(t, "destroy", "-auto-approve")
	destroying := actions(stage)

	for kind, services := range map[string][]string{"iamguard_trail": {"cloudtrail", "kms"}, "iamguard_log_bucket": {"s3"}} {
		providertest.ExpectPermissions(t, "resources/"+kind, map[string][]string{
			"Plan":    of(planning, services, nil),
			"Apply":   of(applying, services, planning),
			"Destroy": of(destroying, services, planning),
		})
	}
}

func TestPermissions_dataSources(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	applied(t, stage, pair(stage, "", ""))
	for kind, arguments := range map[string]string{
		"iamguard_trail": "name = \"main\"", "iamguard_trail_coverage": "", "iamguard_risky_events": "",
	} {
		cli := ready(t, stage, stage.Config("data \""+kind+"\" \"test\" {\n"+arguments+"\n}\n"))
		stage.ResetCalls()
		cli.ExpectNoChange(t)
		providertest.ExpectPermissions(
			t,
			"data-sources/"+kind,
			map[string][]string{"Plan": of(actions(stage), []string{"cloudtrail"}, nil)},
		)
	}
}

// loosen changes from outside every part of the bucket that a new one already has
// right, so that healing it needs every call there is.
func loosen(t *testing.T, stage *providertest.Stage) {
	t.Helper()
	o, name := outside(t, stage), aws.String(bucketName(stage))
	o.does(o.s3().PutBucketReplication(t.Context(), replicationTo(t.Context(), o, name)))
	o.does(o.s3().DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: name}))
	o.does(o.s3().PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
		Bucket: name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusSuspended},
	}))
	o.does(o.s3().PutBucketOwnershipControls(t.Context(), &s3.PutBucketOwnershipControlsInput{
		Bucket: name, OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{
			{ObjectOwnership: types.ObjectOwnershipObjectWriter},
		}},
	}))
}

// actions are the IAM actions of the calls that Terraform made.
func actions(stage *providertest.Stage) map[string]string {
	found := map[string]string{}
	for _, call := range stage.Calls() {
		if call.Principal == stage.Admin().ARN {
			found[call.Action()] = call.Service
		}
	}
	return found
}

// of keeps the actions of some services that are not among others, sorted.
func of(found map[string]string, services []string, without map[string]string) []string {
	var kept []string
	for _, action := range slices.Sorted(maps.Keys(found)) {
		if _, known := without[action]; !known && slices.Contains(services, found[action]) {
			kept = append(kept, action)
		}
	}
	return kept
}
