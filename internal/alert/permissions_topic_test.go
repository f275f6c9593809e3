package alert_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

var topicRewrite = flag.Bool("update-topic", false, "write the permissions of the documentation of topics anew")

// TestTopicPermissions records which IAM actions the resource needs and compares them
// with the file that its documentation page shows.
func TestTopicPermissions(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := topicApplied(t, stage, stage.Config(topicBody(topicFull(stage))))
	cli.Write(t, stage.Config(topicBody("  tags = { owner = \"security\" }\n  subscriptions = {\n"+
		topicQueue(stage, "archive", "")+"  }\n")))
	cli.Apply(t)
	applying := topicActions(stage)
	stage.ResetCalls()
	cli.ExpectNoChange(t)
	planning := topicActions(stage)
	stage.ResetCalls()
	cli.Must(t, "destroy", "-auto-approve")
	without := func(actions []string) []string {
		return slices.DeleteFunc(actions, func(action string) bool { return slices.Contains(planning, action) })
	}
	topicPermissions(t, filepath.Join("resources", topicType), map[string][]string{
		"Plan": planning, "Apply": without(applying), "Destroy": without(topicActions(stage)),
	})
}

// topicActions are the IAM actions of the calls to SNS that Terraform made, sorted.
func topicActions(stage *providertest.Stage) []string {
	var actions []string
	admin := stage.Admin().ARN
	for _, call := range stage.Calls() {
		if call.Service == "sns" && call.Principal == admin {
			actions = append(actions, call.Action())
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

func topicPermissions(t *testing.T, kind string, phases map[string][]string) {
	t.Helper()
	type statement struct {
		Sid, Effect string
		Action      []string
		Resource    string
	}
	document := struct {
		Version   string
		Statement []statement
	}{Version: "2012-10-17"}
	for _, phase := range []string{"Plan", "Apply", "Destroy"} {
		if len(phases[phase]) > 0 {
			document.Statement = append(document.Statement, statement{phase, "Allow", phases[phase], "*"})
		}
	}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "examples", kind, "permissions.json")
	if *topicRewrite {
		if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil || string(have) != string(text)+"\n" {
		t.Errorf("%s is not what was recorded (write it with -update-topic); error %v, recorded:\n%s", path, err, text)
	}
}
