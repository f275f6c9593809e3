package trail_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// An organization trail is known by the ARN that AWS answers, which carries the
// management account; drift that ends it shows like any other.
func TestTrail_organization(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	o := outside(t, stage)
	made, err := organizations.NewFromConfig(o.config).CreateOrganization(t.Context(), &organizations.CreateOrganizationInput{})
	o.does(made, err)
	organization := aws.ToString(made.Organization.Id)
	cli := applied(t, stage, pair(stage, fmt.Sprintf("  organization_id = %q\n", organization), "  is_organization_trail = true\n"))
	cli.ExpectNoChange(t)
	if got := cli.State(t, trailAddress)["arn"]; got != trailARN(stage) {
		t.Errorf("the ARN in state is %v, want %s", got, trailARN(stage))
	}
	o.does(
		o.trail().
			UpdateTrail(t.Context(), &cloudtrail.UpdateTrailInput{Name: aws.String("main"), IsOrganizationTrail: aws.Bool(false)}),
	)
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 2, out, "~ is_organization_trail = false -> true", "1 to change")
	cli.Apply(t)
	cli.ExpectNoChange(t)
}
