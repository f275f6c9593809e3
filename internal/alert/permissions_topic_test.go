package alert_test

import (
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// TestTopicPermissions records which IAM actions the resource needs and compares them
// with the file that its documentation page shows.
func TestTopicPermissions(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	var cli *providertest.CLI
	applying := stage.Used(func() {
		cli = topicApplied(t, stage, stage.Config(topicBody(topicFull(stage))))
		cli.Write(t, stage.Config(topicBody("  tags = { owner = \"security\" }\n  subscriptions = {\n"+
			topicQueue(stage, "archive", "")+"  }\n")))
		cli.Apply(t)
	})
	planning := stage.Used(func() { cli.ExpectNoChange(t) })
	destroying := stage.Used(func() { cli.Must(t, "destroy", "-auto-approve") })
	providertest.ExpectPermissions(t, "resources/"+topicType, map[string][]string{
		"Plan": planning, "Apply": providertest.Beyond(applying, planning), "Destroy": providertest.Beyond(destroying, planning),
	})
}
