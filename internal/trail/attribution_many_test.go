package trail_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Three hundred policies in a third as many accounts were changed, and CloudTrail takes its
// time: looking up by whom ends within its seconds, and says how many it left out.
func TestAttribution_endsInTime(t *testing.T) {
	t.Parallel()
	const count, places = 300, 100
	stage := providertest.NewStage(t)
	var accounts strings.Builder
	others := make([]*providertest.Stage, places)
	for i := range others {
		others[i] = stage.Beside(t)
		fmt.Fprintf(&accounts, "    a%03d = { role_arn = \"arn:aws:iam::%s:role/deploy\" }\n", i, others[i].ID)
	}
	cli := applied(t, stage, stage.Provider(stage.Admin(), "  accounts = {\n"+accounts.String()+"  }\n")+fmt.Sprintf(`
resource "iamguard_log_reader_policy" "test" {
  count  = %d
  account = format("a%%03d", count.index %% %d)
  name    = format("readers-%%03d", count.index)
  bucket  = "logs"
}
`, count, places))
	later(t, stage, time.Hour)
	var changes errgroup.Group
	changes.SetLimit(4)
	for _, other := range others {
		other.Inject(localaws.Fault{Operation: "LookupEvents", Kind: localaws.Latency, Match: func(localaws.Call) bool {
			return stage.Clock.Sleep(t.Context(), 3*time.Second) != nil
		}})
	}
	for i := range count {
		other := others[i%places]
		changes.Go(func() error {
			_, err := iam.NewFromConfig(other.SDK(other.User("mallory"))).CreatePolicyVersion(t.Context(), &iam.CreatePolicyVersionInput{
				PolicyArn:    aws.String(fmt.Sprintf("arn:aws:iam::%s:policy/readers-%03d", other.ID, i)),
				SetAsDefault: true, PolicyDocument: aws.String(policyOf(`{"Effect":"Allow","Action":"*","Resource":"*"}`)),
			})
			return err
		})
	}
	if err := changes.Wait(); err != nil {
		t.Fatal(err)
	}
	before := stage.Clock.Slept()
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	took := stage.Clock.Slept() - before
	named := strings.Count(out, ": CreatePolicyVersion by user/mallory, ")
	left := strings.Count(out, "by whom was not looked up")
	expect(t, code == 2, out, fmt.Sprintf("so far %d changed objects were not looked up", left))
	if named == 0 || left == 0 || named+left != count {
		t.Errorf("%d are named, %d left out, of %d", named, left, count)
	}
	// Those under way when the time ends, at most one for each of Terraform's ten, end too.
	if took > (20+10*3)*time.Second {
		t.Errorf("it took %s", took)
	}
}
