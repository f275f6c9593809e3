package trail_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// imported are what an import cannot know: the protection that the tests turn off,
// and which of several spellings the configuration has.
var imported = []string{"deletion_protection", "cloud_watch_logs_group_arn", "sns_topic_name"}

func TestTrail_import(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	made := makeLinks(t, stage)
	config := pair(stage, "  expire_days = 400\n", made.arguments()+`
  event_selector {
    read_write_type = "WriteOnly"
  }
  tags = { team = "security" }
`)
	by := func(address, key, id string) resource.TestStep {
		return resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateId: id, ImportStateVerify: true,
			ImportStateVerifyIdentifierAttribute: key, ImportStateVerifyIgnore: imported,
		}
	}
	stage.Test(t,
		resource.TestStep{Config: config},
		by(trailAddress, "arn", "main"),
		by(trailAddress, "arn", "main@"+providertest.Region),
		by(trailAddress, "arn", "main@us-east-1"),
		by(trailAddress, "arn", "main?account="+stage.ID),
		by(trailAddress, "arn", trailARN(stage)),
		by(bucketAddress, "arn", bucketName(stage)),
		by(bucketAddress, "arn", bucketName(stage)+"@"+providertest.Region+"?account="+stage.ID),
		by(bucketAddress, "arn", "arn:aws:s3:::"+bucketName(stage)),
	)
}

func TestTrail_importByIdentity(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		ProtoV6ProviderFactories: stage.Factories(),
		Steps: []resource.TestStep{
			{Config: pair(stage, "", "")},
			{ResourceName: trailAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
			{ResourceName: bucketAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

// The first plan after an import shows real differences only, here none.
func TestTrail_planAfterImportIsEmpty(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	first := stage.CLI(t)
	config := pair(stage, "  expire_days = 400\n", "")
	first.Write(t, config)
	first.Must(t, "init")
	first.Apply(t)

	second := ready(t, stage, stage.Config(pairBody(stage, "  expire_days = 400\n", "")))
	second.Must(t, "import", bucketAddress, bucketName(stage))
	second.Must(t, "import", trailAddress, "main")
	code, out := second.Run(t, "plan", "-detailed-exitcode")
	// Protection was never in AWS: the import takes the safe default, and the
	// configuration of the tests turns it off.
	expect(t, code == 2, out, "2 to change", "~ deletion_protection = true -> false")
	second.Apply(t)
	second.ExpectNoChange(t)
}

func TestTrail_importErrors(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := ready(t, stage, pair(stage, "", ""))
	for id, want := range map[string]string{
		"main":                            "Unable to find the trail to import",
		"main?region=eu-west-1":           "only account=<name or 12 digits> can follow",
		"main?account=nowhere":            `Unknown account "nowhere"`,
		trailARN(stage) + "?account=prod": "takes no suffix",
		"aws-controltower-BaselineTrail":  "Control Tower itself keeps the trail",
		"arn:aws:cloudtrail:eu-west-1:999999999999:trail/main": "Unable to find the trail to import",
	} {
		code, out := cli.Run(t, "import", trailAddress, id)
		expect(t, code != 0, out, want)
	}
}

func TestTrail_vanishes(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	o := outside(t, stage)
	o.does(o.trail().DeleteTrail(t.Context(), &cloudtrail.DeleteTrailInput{Name: aws.String("main")}))
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(
		t,
		code == 2,
		out,
		`Trail "main" (`+stage.ID+`): the trail is gone`,
		"iamguard_trail.test will be created",
		"1 to add, 0 to change",
	)
	cli.Apply(t)
	cli.ExpectNoChange(t)
}

// A trail of the same name in another account is not ours.
func TestTrail_sameNameInAnotherAccount(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	other := stage.Beside(t)
	cli := applied(t, stage, pair(stage, "", ""))
	theirs := other.CLI(t)
	theirs.Write(t, pair(other, "", ""))
	theirs.Must(t, "init")
	theirs.Apply(t)

	cli.Write(t, other.Provider(other.Admin())+pairBody(stage, "", ""))
	code, out := cli.Run(t, "plan")
	expect(t, code != 0, out, "Wrong account", "belongs to account "+stage.ID, "belong to account "+other.ID, "removed from state")
	if cli.State(t, trailAddress) == nil {
		t.Error("the trail of the right account was removed from state")
	}
}

func TestTrail_replace(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	before := stage.Mutations()
	cli.Apply(t, "-replace="+trailAddress)
	cli.ExpectNoChange(t)
	var names []string
	for _, call := range stage.Mutations()[len(before):] {
		names = append(names, call.Name())
	}
	want := []string{"cloudtrail:DeleteTrail", "cloudtrail:CreateTrail", "cloudtrail:StartLogging"}
	if len(names) != len(want) || names[0] != want[0] || names[1] != want[1] || names[2] != want[2] {
		t.Errorf("replacing called %v, want %v", names, want)
	}
}

// deletion_protection refuses destroy, replacement by a change, and -replace.
func TestTrail_deletionProtection(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := stage.CLI(t)
	protected := stage.Config(`
resource "iamguard_log_bucket" "test" {
  bucket      = "` + bucketName(stage) + `"
  trail_names = ["main"]
}
resource "iamguard_trail" "test" {
  name           = "main"
  s3_bucket_name = iamguard_log_bucket.test.bucket
}
`)
	cli.Write(t, protected)
	cli.Must(t, "init")
	cli.Apply(t)
	code, out := cli.Run(t, "destroy", "-auto-approve")
	expect(t, code != 0, out, "Deletion is protected", `trail "main"`, "terraform apply", "terraform destroy")
	code, out = cli.Run(t, "apply", "-auto-approve", "-replace="+trailAddress)
	expect(t, code != 0, out, "Deletion is protected")
	code, out = cli.Run(t, "apply", "-auto-approve", "-replace="+bucketAddress)
	expect(t, code != 0, out, "Deletion is protected", "log bucket")

	cli.Write(t, pair(stage, "", "")+"\n")
	code, out = cli.Run(t, "destroy", "-auto-approve")
	expect(t, code != 0, out, "Deletion is protected")
	if deleted := stage.Calls(
		func(c localaws.Call) bool { return c.Operation == "DeleteTrail" || c.Operation == "DeleteBucket" },
	); len(
		deleted,
	) > 0 {
		t.Errorf("a protected object was deleted: %v", deleted)
	}
	cli.Apply(t)
	cli.Must(t, "destroy", "-auto-approve")
	if names := left(t, stage); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}
