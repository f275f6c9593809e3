package alert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// TestTopic_faults breaks every call that makes or deletes the topic.
func TestTopic_faults(t *testing.T) {
	t.Parallel()
	providertest.FaultLoop(t, providertest.Lifecycle{
		Prepare: func(tb testing.TB, stage *providertest.Stage) {
			tb.Helper()
			o := topicAs(tb, stage, "owner")
			o.does(o.sns().CreateTopic(tb.Context(), &sns.CreateTopicInput{Name: aws.String("before")}))
		},
		Config: func(stage *providertest.Stage) string { return stage.Config(topicBody(topicFull(stage))) },
		Left:   topicsLeft,
		Survives: func(tb testing.TB, stage *providertest.Stage) {
			tb.Helper()
			o := topicAs(tb, stage, "owner")
			o.does(o.sns().GetTopicAttributes(tb.Context(), &sns.GetTopicAttributesInput{
				TopicArn: aws.String(topicIn(stage, "sns", "before")),
			}))
		},
	})
}

// When the roll-back fails too, the topic is named, tainted, and can be kept.
func TestTopic_rollBackFails(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := topicReady(t, stage, stage.Config(topicBody(topicFull(stage))))
	for _, operation := range []string{"Subscribe", "DeleteTopic"} {
		stage.Inject(localaws.Fault{Service: "sns", Operation: operation, Kind: localaws.Deny, Count: 1})
	}
	code, out := cli.Run(t, "apply", "-auto-approve")
	topicSays(t, code != 0, out, "Unable to delete the unfinished alert topic", topicOwnARN(stage), "terraform untaint",
		"allow the action sns:Subscribe")
	if !cli.Tainted(t, topicAddress) {
		t.Errorf("the unfinished topic is not tainted:\n%s", out)
	}
	cli.Must(t, "untaint", topicAddress)
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if deleted := stage.Calls(localaws.Named("sns:DeleteTopic")); len(deleted) != 1 {
		t.Errorf("DeleteTopic was called %d times, want once (the refused roll-back)", len(deleted))
	}
}

// Reads that lag behind a write, and a topic that is not found at first, are waited for.
func TestTopic_staleReads(t *testing.T) {
	t.Parallel()
	for _, kind := range []localaws.Kind{localaws.NotFoundReads, localaws.StaleReads} {
		stage := providertest.NewStage(t)
		cli := topicReady(t, stage, stage.Config(topicBody("")))
		for _, operation := range []string{"GetTopicAttributes", "ListSubscriptionsByTopic", "ListTagsForResource"} {
			stage.Inject(localaws.Fault{Service: "sns", Operation: operation, Kind: kind, Count: 2})
		}
		cli.Apply(t)
		cli.Write(t, stage.Config(topicBody(topicFull(stage))))
		cli.Apply(t)
		cli.ExpectNoChange(t)
	}
}

// An update that fails half-way keeps what was read back, so the next plan shows what
// is left to do.
func TestTopic_updateFails(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := topicApplied(t, stage, stage.Config(topicBody("")))
	cli.Write(t, stage.Config(topicBody(topicFull(stage))))
	restore := stage.Inject(localaws.Fault{Service: "sns", Operation: "Subscribe", Nth: 2, Kind: localaws.Deny})
	code, out := cli.Run(t, "apply", "-auto-approve")
	restore()
	topicSays(t, code != 0, out, "Unable to update the alert topic", "allow the action sns:Subscribe")
	have := cli.State(t, topicAddress)
	if have["display_name"] != "IAM alerts" || len(fmt.Sprint(have["subscriptions"])) == 0 ||
		strings.Contains(fmt.Sprint(have["subscriptions"]), topicIn(stage, "sqs", "pager")) {
		t.Errorf("the state after the failed update is %v", have)
	}
	code, out = cli.Run(t, "plan", "-detailed-exitcode")
	topicSays(t, code == 2, out, `+ "pager"`)
	cli.Apply(t)
	cli.ExpectNoChange(t)
}

// What SNS refuses comes with what to do about it.
func TestTopic_advice(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := topicReady(t, stage, stage.Config(topicBody(topicFull(stage)+"  kms_key_id = \"alias/mine\"\n")))
	for _, c := range []struct {
		operation, code string
		says            []string
	}{
		{"CreateTopic", "KMSDisabled", []string{"check that the key alias/mine exists, is enabled", "kms:GenerateDataKey*"}},
		{"CreateTopic", "InvalidParameter", []string{"check that the key alias/mine exists", "aws:sns:topicArn"}},
		{"CreateTopic", "TopicLimitExceeded", []string{"a quota of SNS is used up"}},
		{"Subscribe", "InvalidParameter", []string{
			`check the subscription "archive": protocol sqs`, "150 combinations", "nothing is left behind",
		}},
		{"Subscribe", "FilterPolicyLimitExceeded", []string{"a quota of SNS is used up"}},
	} {
		restore := stage.Inject(localaws.Fault{
			Service: "sns", Operation: c.operation, Kind: localaws.Refuse, Code: c.code, Message: "no", Status: 400,
		})
		code, out := cli.Run(t, "apply", "-auto-approve")
		restore()
		topicSays(t, code != 0, out, append(c.says, "Unable to create the alert topic", c.code)...)
	}
	if names := topicsLeft(t, stage); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

// Reading what is denied is an error that names the action, and never a removal;
// neither is a deletion that is denied.
func TestTopic_denied(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := topicApplied(t, stage, stage.Config(topicBody(topicFull(stage))))
	for _, operation := range []string{
		"GetTopicAttributes", "ListTagsForResource", "ListSubscriptionsByTopic", "GetSubscriptionAttributes",
	} {
		restore := stage.Inject(localaws.Fault{Service: "sns", Operation: operation, Kind: localaws.Deny})
		code, out := cli.Run(t, "plan")
		restore()
		topicSays(t, code != 0, out, "Unable to read the alert topic", topicOwnARN(stage), "allow the action sns:"+operation)
	}
	restore := stage.Inject(localaws.Fault{Service: "sns", Operation: "DeleteTopic", Kind: localaws.Deny})
	code, out := cli.Run(t, "destroy", "-auto-approve")
	restore()
	topicSays(t, code != 0, out, "Unable to delete the alert topic", "allow the action sns:DeleteTopic")
	if cli.State(t, topicAddress) == nil {
		t.Error("a denied deletion removed the topic from state")
	}
	cli.ExpectNoChange(t)
}

func TestTopic_adopt(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	o := topicAs(t, stage, "owner")
	o.does(o.sns().CreateTopic(t.Context(), &sns.CreateTopicInput{
		Name: aws.String("alerts"), Attributes: map[string]string{"DisplayName": "Before"},
	}))
	o.subscribe(t.Context(), "sqs", topicIn(stage, "sqs", "pager"))
	cli := topicReady(t, stage, stage.Config(topicBody(topicFull(stage))))
	code, out := cli.Run(t, "apply", "-auto-approve")
	topicSays(t, code != 0, out, "Unable to create the alert topic", "this alert topic already exists", "terraform import",
		topicOwnARN(stage), "adopt_existing = true")
	if have := o.attributes(t.Context()); have["DisplayName"] != "Before" {
		t.Errorf("the refused create changed the topic: %v", have)
	}
	cli.Write(t, stage.Config(topicBody(topicFull(stage)+"  adopt_existing = true\n")))
	topicSays(t, true, cli.Must(t, "plan"), `Alert topic "alerts" (`+stage.ID+`): an existing alert topic will be adopted`,
		"Overwritten: display_name, policy_json, subscriptions, tags")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	topicSays(t, true, cli.Must(t, "destroy", "-auto-approve"), "only forgotten, not deleted")
	if names := topicsLeft(t, stage); !slices.Equal(names, []string{topicOwnARN(stage)}) {
		t.Errorf("after destroying what was adopted there is %v", names)
	}
	cli.Write(t, stage.Config(topicBody(topicFull(stage)+"  adopt_existing = true\n  destroy_adopted = true\n")))
	cli.Apply(t)
	cli.Must(t, "destroy", "-auto-approve")
	if names := topicsLeft(t, stage); len(names) > 0 {
		t.Errorf("destroy_adopted left %v", names)
	}
}

// deletion_protection refuses destroy, replacement by a change, and -replace.
func TestTopic_deletionProtection(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := topicApplied(t, stage, stage.Config(topicBody("  deletion_protection = true\n")))
	code, out := cli.Run(t, "destroy", "-auto-approve")
	topicSays(t, code != 0, out, "Deletion is protected", "alert topic", "terraform apply", "terraform destroy")
	code, out = cli.Run(t, "apply", "-auto-approve", "-replace="+topicAddress)
	topicSays(t, code != 0, out, "Deletion is protected")
	cli.Write(t, strings.Replace(stage.Config(topicBody("")), `"alerts"`, `"other"`, 1))
	code, out = cli.Run(t, "apply", "-auto-approve")
	topicSays(t, code != 0, out, "Deletion is protected")
	if deleted := stage.Calls(localaws.Named("sns:DeleteTopic")); len(deleted) > 0 {
		t.Errorf("a protected topic was deleted: %v", deleted)
	}
	cli.Write(t, stage.Config(topicBody("")))
	cli.Apply(t)
	cli.Must(t, "destroy", "-auto-approve")
}

// A topic of the same name in another account is not ours, and without knowing whose
// account it is nothing is made and nothing forgotten.
func TestTopic_wrongAccount(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	other := stage.Beside(t)
	cli := topicApplied(t, stage, stage.Config(topicBody("")))
	topicApplied(t, other, other.Config(topicBody("")))
	cli.Write(t, other.Provider(other.Admin())+topicBody(""))
	code, out := cli.Run(t, "plan")
	topicSays(t, code != 0, out, "Wrong account", "belongs to account "+stage.ID, "belong to account "+other.ID)
	if cli.State(t, topicAddress) == nil {
		t.Error("the topic of the right account was removed from state")
	}
	skipping := stage.Provider(stage.Admin(), "  skip_requesting_account_id = true") + topicBody("")
	cli.Write(t, skipping)
	cli.ExpectNoChange(t)
	restore := stage.Inject(localaws.Fault{
		Service: "sns", Operation: "GetTopicAttributes", Kind: localaws.Refuse, Code: "NotFound", Status: 404, Message: "not found",
	})
	code, out = cli.Run(t, "plan")
	restore()
	topicSays(t, code != 0, out, "Unable to tell whether the object is gone")
	fresh := topicReady(t, stage, skipping)
	code, out = fresh.Run(t, "apply", "-auto-approve")
	topicSays(t, code != 0, out, "Unable to name the alert topic", "Run Terraform without skip_requesting_account_id")
}
