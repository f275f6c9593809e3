package alert_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	queueARN = "arn:aws:sqs:us-east-1:111122223333:alerts"
	topicARN = "arn:aws:sns:us-east-1:111122223333:alerts"
	logsARN  = "arn:aws:logs:us-east-1:111122223333:log-group:/alerts"
	busARN   = "arn:aws:events:eu-central-1:111122223333:event-bus/default"
)

func sixTargets() string {
	var text strings.Builder
	for i := range 6 {
		fmt.Fprintf(&text, "t%d = { arn = %q }\n", i, queueARN)
	}
	return text.String()
}

// refusals are arguments and targets, and what the plan says: the argument to blame and
// a part of the text.
var refusals = map[string]struct {
	arguments, target, blamed, text string
}{
	"six targets":        {"", sixTargets(), "target", "at most 5"},
	"no target":          {"", "", "target", "at least 1"},
	"no ARN":             {"", `t = { arn = "alerts" }`, "arn", "must be an ARN"},
	"FIFO without group": {"", `t = { arn = "` + queueARN + `.fifo" }`, "sqs_message_group_id", "takes no message without a group"},
	"group of a topic": {
		"",
		`t = { arn = "` + topicARN + `", sqs_message_group_id = "a" }`,
		"sqs_message_group_id",
		"Only an SQS queue",
	},
	"FIFO topic": {"", `t = { arn = "` + topicARN + `.fifo" }`, "arn", "does not publish to FIFO topics"},
	"role of a log group": {
		"",
		`t = { arn = "` + logsARN + `", role_arn = "arn:aws:iam::111122223333:role/r" }`,
		"role_arn",
		"takes no role",
	},
	"placeholder": {
		"", `t = { arn = "` + queueARN + `", message = "custom", input_paths = { a = "$.time" }, input_template = "\"<a> <b>\"" }`,
		"input_template", "has <b>, which is not in input_paths",
	},
	"custom without template": {
		"",
		`t = { arn = "` + queueARN + `", message = "custom" }`,
		"input_template",
		"needs an input_template",
	},
	"template of a summary": {
		"",
		`t = { arn = "` + queueARN + `", input_template = "x" }`,
		"input_template",
		`Only message = "custom"`,
	},
	"paths of a record": {
		"",
		`t = { arn = "` + queueARN + `", message = "record", input_paths = { a = "$.time" } }`,
		"input_paths",
		`Only message = "custom"`,
	},
	"no JSON path": {
		"", `t = { arn = "` + queueARN + `", message = "custom", input_paths = { a = "time" }, input_template = "<a>" }`,
		"input_paths", "must be a JSON path",
	},
	"message of a bus": {
		"",
		`t = { arn = "` + busARN + `", role_arn = "arn:aws:iam::111122223333:role/r" }`,
		"message",
		"An event bus gets the whole event",
	},
	"summary for a function": {
		"", `t = { arn = "arn:aws:lambda:us-east-1:111122223333:function:f" }`, "message", "A summary is text for people",
	},
	"other region": {
		"",
		`t = { arn = "arn:aws:sqs:eu-central-1:111122223333:alerts" }`,
		"arn",
		"The target is in eu-central-1, and the rule in us-east-1",
	},
	"bus without role": {
		"",
		`t = { arn = "` + busARN + `", message = "record" }`,
		"arn",
		"needs a role to send to the event bus",
	},
	"dead letters abroad": {
		"",
		`t = { arn = "` + queueARN + `", dead_letter_arn = "arn:aws:sqs:eu-central-1:111122223333:dead" }`,
		"dead_letter_arn",
		"dead-letter queue is in eu-central-1",
	},
	"dead letters in order": {
		"",
		`t = { arn = "` + queueARN + `", dead_letter_arn = "` + queueARN + `.fifo" }`,
		"dead_letter_arn",
		"not FIFO",
	},
	"age": {
		"",
		`t = { arn = "` + queueARN + `", maximum_event_age_in_seconds = 59 }`,
		"maximum_event_age_in_seconds",
		"between 60 and 86400",
	},
	"retries": {
		"",
		`t = { arn = "` + queueARN + `", maximum_retry_attempts = 186 }`,
		"maximum_retry_attempts",
		"between 0 and 185",
	},
	"unknown event":  {`event_names = ["RemoveUserFromGrop"]`, "", "event_names", `"RemoveUserFromGroup"`},
	"unknown preset": {`presets = ["iam_removals"]`, "", "presets", `nearest is "iam_removal"`},
	"nothing left": {
		`event_names = ["DeleteGroup"]` + "\n" + `exclude_event_names = ["DeleteGroup"]`,
		"",
		"exclude_event_names",
		"No event is left",
	},
	"nothing selected": {`presets = null`, "", "", "One of presets and event_names is required"},
	"both kinds": {
		`presets = ["iam_removal"]` + "\n" + `event_pattern = "{\"source\":[\"aws.iam\"]}"`,
		"",
		"event_pattern",
		"event_pattern",
	},
	"operator": {`event_pattern = "{\"source\":[{\"like\":\"aws.iam\"}]}"`, "", "event_pattern", "like"},
	"no JSON":  {`event_pattern = "{"`, "", "event_pattern", ""},
	"role excluded": {
		`exclude_principals = ["arn:aws:iam::111122223333:role/deploy"]`,
		"",
		"exclude_principals",
		"CloudTrail shows its sessions: arn:aws:sts::111122223333:assumed-role/deploy/*",
	},
	"everybody excluded": {`exclude_principals = ["*"]`, "", "exclude_principals", "is not the wildcard of an ARN"},
	"root excluded":      {`exclude_principals = ["arn:aws:iam::111122223333:root"]`, "", "exclude_principals", "never left out"},
	"many excluded": {
		`exclude_principals = ["arn:aws:sts::111122223333:assumed-role/*/*"]`,
		"",
		"exclude_principals",
		"name one role or user",
	},
	"users of a path": {
		`exclude_principals = ["arn:aws:iam::111122223333:user/team/*"]`,
		"",
		"exclude_principals",
		"name one role or user",
	},
	"region of IAM":     {`region = "eu-central-1"`, "", "region", "EventBridge has"},
	"region of a trail": {`presets = ["cloudtrail_tamper", "iam_removal"]`, "", "presets", "in the region of each call"},
	"raw in another region": {
		`event_pattern = "{\"source\":[\"aws.iam\"]}"` + "\n" + `region = "eu-central-1"`,
		"",
		"region",
		"us-east-1 only",
	},
	"too long": {
		`presets = ["iam_all", "organization_guardrails"]`,
		"",
		"",
		"The pattern has 2113 characters, and 2048 are allowed: iam.amazonaws.com 1690, organizations.amazonaws.com 458",
	},
	"raw too long": {
		`event_pattern = jsonencode({ source = [for i in range(400) : "aws.source${i}"] })`,
		"",
		"event_pattern",
		"and 2048 are allowed",
	},
	"name":  {`name = "a b"`, "", "name", "must be letters, digits"},
	"state": {`state = "ON"`, "", "state", "ENABLED"},
	"bus":   {`event_bus_name = "a b"`, "", "event_bus_name", "must be the name of an event bus"},
}

// Bad input is an error of the plan, on its argument, and no rule is asked for.
func TestRule_refuses(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	for name, c := range refusals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := stage.CLI(t)
			target := c.target
			if target == "" && name != "no target" {
				target = fmt.Sprintf("t = { arn = %q }", queueARN)
			}
			arguments := c.arguments
			if !strings.Contains(arguments, "presets") && !strings.Contains(arguments, "event_names") &&
				!strings.Contains(arguments, "event_pattern =") {
				arguments += "\npresets = [\"iam_removal\"]"
			}
			if c.blamed != "name" {
				arguments += "\nname = \"test\""
			}
			cli.Write(t, stage.Config("resource \"iamguard_alert_rule\" \"test\" {\n"+arguments+"\ntarget = {\n"+target+"\n}\n}\n"))
			cli.Must(t, "init")
			code, out := cli.Run(t, "plan")
			if code == 0 {
				t.Fatalf("no error:\n%s", out)
			}
			providertest.ExpectTexts(t, out, c.text, c.blamed, "with iamguard_alert_rule.test")
		})
	}
	t.Cleanup(func() {
		if calls := stage.Calls(func(call localaws.Call) bool { return call.Service == "events" }); len(calls) > 0 {
			t.Errorf("EventBridge was asked %d times", len(calls))
		}
	})
}

// Values that are not known yet are no errors.
func TestRule_unknown(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := stage.CLI(t)
	cli.Write(t, stage.Config(`
resource "terraform_data" "late" { input = "x" }
resource "iamguard_alert_rule" "test" {
  name    = terraform_data.late.output
  presets = [terraform_data.late.output]
  exclude_principals = [terraform_data.late.output]
  state   = terraform_data.late.output
  region  = terraform_data.late.output
  target  = {
    a = { arn = terraform_data.late.output, message = terraform_data.late.output, input_template = terraform_data.late.output }
    b = { arn = "`+topicARN+`", dead_letter_arn = terraform_data.late.output, sqs_message_group_id = null }
  }
}
resource "iamguard_alert_rule" "whole" {
  name    = "whole"
  presets = ["iam_removal"]
  target  = { for id in ["a"] : id => { arn = terraform_data.late.output } }
  trail_arn     = terraform_data.late.output
  require_trail = true
}
`))
	cli.Must(t, "init")
	out := cli.Must(t, "plan")
	providertest.ExpectTexts(t, out, "3 to add", `region = "us-east-1"`)
	if strings.Contains(out, "Warning") {
		t.Errorf("a plan that does not know its trail warns:\n%s", out)
	}
}
