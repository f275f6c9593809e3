package alert_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// logged are the messages of the log group.
func (a ruleAlarms) logged() []string {
	a.t.Helper()
	name := a.logs[strings.LastIndex(a.logs, ":")+1:]
	out := must(cloudwatchlogs.NewFromConfig(a.config()).FilterLogEvents(a.t.Context(),
		&cloudwatchlogs.FilterLogEventsInput{LogGroupName: &name}))(a.t)
	var texts []string
	for _, event := range out.Events {
		texts = append(texts, aws.ToString(event.Message))
	}
	return texts
}

// lastRecord is the newest record of an account.
func lastRecord(t *testing.T, stage *providertest.Stage) events.Record {
	t.Helper()
	all := stage.Records()
	raw := must(json.Marshal(all[len(all)-1]))(t)
	return must(events.Parse(raw))(t)
}

// Each of the 33 removals is made, and its alert arrives in a queue, through a topic and
// in a log group, and names who did it and to what.
func TestRule_removalsArrive(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	cli := stage.CLI(t)
	cli.Write(t, stage.Config(a.rule("", a.target("queue", ""), a.target("topic", ""), a.target("logs", ""))))
	cli.Must(t, "init")
	cli.Apply(t)
	var made []string
	stage.Removals(t, stage.Admin(), func(operation string) {
		made = append(made, operation)
		record := lastRecord(t, stage)
		for way, texts := range map[string][]string{
			"queue": a.messages(a.queue), "topic": a.messages(a.other), "log group": a.logged(),
		} {
			if way == "log group" {
				texts = texts[min(len(made)-1, len(texts)):]
			}
			if len(texts) != 1 {
				t.Errorf("%s: %d messages in the %s, want 1", operation, len(texts), way)
				continue
			}
			want := []string{"Event: " + operation + " (iam.amazonaws.com)", "Actor: " + stage.Admin().ARN, "Account: " + stage.ID}
			for _, value := range record.Target {
				want = append(want, value)
			}
			for _, part := range want {
				if !strings.Contains(texts[0], part) {
					t.Errorf("%s: the message in the %s does not say %q:\n%s", operation, way, part, texts[0])
				}
			}
		}
	})
	preset, _ := events.Catalog().Preset("iam_removal")
	var names []string
	for _, event := range preset {
		names = append(names, event.Name)
	}
	slices.Sort(names)
	slices.Sort(made)
	if !slices.Equal(made, names) {
		t.Errorf("made were %v, want %v", made, names)
	}
	for _, delivery := range stage.Deliveries() {
		if delivery.Outcome != localaws.Delivered {
			t.Errorf("%+v", delivery)
		}
	}
}

// calls are records of RemoveUserFromGroup and of DeactivateMFADevice by somebody, and
// what the message in the queue is then.
func aCall(name, identity, rest string) json.RawMessage {
	return json.RawMessage(`{"eventVersion":"1.11","userIdentity":` + identity + `,"eventTime":"2026-11-20T10:00:00Z",` +
		`"eventSource":"iam.amazonaws.com","eventName":"` + name + `","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1",` +
		`"userAgent":"evil","eventID":"e-1","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,` +
		`"recipientAccountId":"111122223333"` + rest + `}`)
}

const removed = `,"requestParameters":{"userName":"alice","groupName":"mfa"}`

// emit sends records through the trail, and gives what arrived in the queue.
func (a ruleAlarms) emit(records ...json.RawMessage) []string {
	a.t.Helper()
	if err := a.stage.EmitRecord(a.t.Context(), records...); err != nil {
		a.t.Fatal(err)
	}
	return a.messages(a.queue)
}

func message(actor, kind, target string) string {
	return strings.Join([]string{
		`"Event: RemoveUserFromGroup (iam.amazonaws.com)"`, `"Actor: ` + actor + `"`, `"Actor type: ` + kind + `"`,
		`"Target: ` + target + `"`, `"Account: 111122223333"`, `"Region: us-east-1"`, `"From: 192.0.2.1"`,
		`"Time: 2026-11-20T10:00:00Z"`, `"Event ID: e-1"`,
		`"Console: https://console.aws.amazon.com/cloudtrailv2/home?region=us-east-1#/events/e-1"`,
	}, "\n")
}

func TestRule_messages(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	a.begun(a.rule("", a.target("queue", ""), a.target("logs", ""))).Apply(t)
	user, session := "arn:aws:iam::"+stage.ID+":user/bob", "arn:aws:sts::"+stage.ID+":assumed-role/ops/bob"
	long := strings.Repeat("x", 8192)
	for name, c := range map[string]struct{ identity, rest, want string }{
		"IAMUser": {
			`{"type":"IAMUser","arn":"` + user + `","userName":"bob"}`, removed,
			message(user+" ", "IAMUser", "{groupName:mfa,userName:alice}"),
		},
		"AssumedRole": {
			`{"type":"AssumedRole","arn":"` + session + `"}`, removed,
			message(session+" ", "AssumedRole", "{groupName:mfa,userName:alice}"),
		},
		"Root": {
			`{"type":"Root","arn":"arn:aws:iam::` + stage.ID + `:root"}`, removed,
			message("arn:aws:iam::"+stage.ID+":root ", "Root", "{groupName:mfa,userName:alice}"),
		},
		"AWSService": {
			`{"type":"AWSService","invokedBy":"sso.amazonaws.com"}`, removed,
			message(" sso.amazonaws.com", "AWSService", "{groupName:mfa,userName:alice}"),
		},
		"absent fields": {`{"type":"IAMUser"}`, ``, message(" ", "IAMUser", "")},
		"8 KB": {
			`{"type":"IAMUser","arn":"` + user + `"}`, `,"requestParameters":{"userName":"` + long + `"}`,
			message(user+" ", "IAMUser", "{userName:"+long+"}"),
		},
		"newlines and backslashes": {
			`{"type":"IAMUser","arn":"` + user + `"}`, `,"requestParameters":{"userName":"a\nb\\c"}`,
			message(user+" ", "IAMUser", `{userName:a\nb\\c}`),
		},
		"quotes": {
			`{"type":"IAMUser","arn":"` + user + `"}`, `,"requestParameters":{"userName":"say \"hi\""}`,
			message(user+" ", "IAMUser", `{userName:say \hi\}`),
		},
	} {
		got := a.emit(aCall("RemoveUserFromGroup", c.identity, c.rest))
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%s: got\n%q\nwant\n%q", name, strings.Join(got, "\n---\n"), c.want)
		}
	}
	for _, text := range a.logged() {
		if strings.Contains(text, "evil") || !strings.Contains(text, "Event: RemoveUserFromGroup") {
			t.Errorf("logged is\n%s", text)
		}
	}
}

// Attempts that failed, and excluded principals, are left out; critical events and calls
// without an ARN never are.
func TestRule_exclusions(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	deploy := "arn:aws:sts::" + stage.ID + ":assumed-role/deploy/"
	critical := "LeaveOrganization"
	if event, ok := events.Catalog().ByID("organizations." + critical); !ok || event.Severity != events.SeverityCritical {
		t.Fatalf("%s is not critical", critical)
	}
	a.begun(a.rule("  event_names = [\"RemoveUserFromGroup\", \""+critical+"\"]\n  exclude_principals = [\""+deploy+"*\"]\n",
		a.target("queue", ""))).Apply(t)
	deployer := `{"type":"AssumedRole","arn":"` + deploy + `run-7"}`
	bob, remove := `{"type":"IAMUser","arn":"arn:aws:iam::1:user/bob"}`, "RemoveUserFromGroup"
	alike := `{"type":"AssumedRole","arn":"arn:aws:sts::` + stage.ID + `:assumed-role/deployer/x"}`
	for name, c := range map[string]struct {
		call, identity, rest string
		want                 int
	}{
		"somebody":             {remove, bob, removed, 1},
		"a failed call":        {remove, bob, removed + `,"errorCode":"NoSuchEntity"`, 0},
		"a denied call":        {remove, bob, `,"errorCode":"AccessDenied"`, 0},
		"no ARN":               {remove, `{"type":"AWSService","invokedBy":"x.amazonaws.com"}`, removed, 1},
		"the deployer":         {remove, deployer, removed, 0},
		"critical by deployer": {critical, deployer, "", 1},
		"a role alike":         {remove, alike, removed, 1},
	} {
		call := string(aCall(c.call, c.identity, c.rest))
		if c.call == critical {
			call = strings.Replace(call, "iam.amazonaws.com", "organizations.amazonaws.com", 1)
		}
		if got := a.emit(json.RawMessage(call)); len(got) != c.want {
			t.Errorf("%s: %d messages, want %d", name, len(got), c.want)
		}
	}
}

// Without a trail that covers the region nothing arrives, and the plan had warned; a
// trail that is required is waited for, and its absence is an error.
func TestRule_unfed(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	cli := a.begun(a.rule("", a.target("queue", "")))
	providertest.ExpectTexts(
		t,
		cli.Must(t, "plan"),
		`Alert rule "iam-removals" (`+stage.ID+`, us-east-1): no trail feeds this rule, so it never fires`,
		"The account has no trail.",
	)
	cli.Apply(t)
	call := aCall("RemoveUserFromGroup", `{"type":"Root"}`, removed)
	if got := a.emit(call); len(got) != 0 {
		t.Errorf("%d messages arrived without a trail", len(got))
	}
	cli.Must(t, "destroy", "-auto-approve")
	cli.Write(t, stage.Config(a.rule("  require_trail = true\n", a.target("queue", ""))))
	code, out := cli.Run(t, "apply", "-auto-approve")
	if code == 0 || a.exists() {
		t.Error("a rule was made without the trail that it requires")
	}
	providertest.ExpectTexts(t, out, "Unable to create the alert rule", "no trail feeds the rule", "refer to its ARN in trail_arn")
	a.covered()
	other := "arn:aws:cloudtrail:us-east-1:" + stage.ID + ":trail/other"
	cli.Write(t, stage.Config(a.rule("  trail_arn = \""+other+"\"\n", a.target("queue", ""))))
	providertest.ExpectTexts(t, cli.Apply(t), "The trail "+other+" is not there.")
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "The trail "+other+" is not there.")
	cli.Write(
		t,
		stage.Config(a.rule("  require_trail = true\n  trail_arn = \"arn:aws:cloudtrail:us-east-1:"+stage.ID+":trail/main\"\n",
			a.target("queue", ""))),
	)
	if out := cli.Apply(t); strings.Contains(out, "Warning") {
		t.Errorf("a rule that is fed warns:\n%s", out)
	}
	if got := a.emit(call); len(got) != 1 {
		t.Errorf("%d messages arrived, want 1", len(got))
	}
	restore := stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "GetEventSelectors", Kind: localaws.Deny})
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "no trail feeds this rule", "could not be read")
	restore()
	restore = stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "DescribeTrails", Kind: localaws.Deny})
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "cannot tell whether a trail feeds this rule")
	restore()
}

// The rule on a trail's calls stands in the trail's home region, and fires there.
func TestRule_homeRegion(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	bucket, queue := "logs-"+stage.ID, "arn:aws:sqs:"+providertest.Region+":"+stage.ID+":alerts"
	home := sqs.NewFromConfig(stage.SDK(stage.Admin()))
	a := ruleAlarms{t: t, stage: stage}
	a.does(home.CreateQueue(t.Context(), &sqs.CreateQueueInput{
		QueueName: aws.String("alerts"), Attributes: map[string]string{"Policy": letSend(`"sqs:SendMessage"`, queue)},
	}))
	config := func(region string) string {
		return `
resource "iamguard_log_bucket" "test" {
  bucket      = "` + bucket + `"
  trail_names = ["main"]
}
resource "iamguard_trail" "test" {
  name           = "main"
  s3_bucket_name = iamguard_log_bucket.test.bucket
}
resource "iamguard_alert_rule" "test" {
  name          = "tampering"
  presets       = ["cloudtrail_tamper"]
  trail_arn     = iamguard_trail.test.arn
  require_trail = true
` + region + `
  target = { queue = { arn = "` + queue + `" } }
}
`
	}
	cli := a.begun(config("  region = \"us-east-1\"\n"))
	code, out := cli.Run(t, "plan")
	if code == 0 {
		t.Error("a rule on a target of another region was planned")
	}
	providertest.ExpectTexts(t, out, "Unable to reach this target from the region of the rule")
	cli.Write(t, stage.Config(config("")))
	if out := cli.Apply(t); strings.Contains(out, "Warning") {
		t.Errorf("rule, trail and bucket in one run warn:\n%s", out)
	}
	cli.ExpectNoChange(t)
	state := cli.State(t, ruleAddress)
	if state["region"] != providertest.Region ||
		state["description"] != "Alerts on cloudtrail_tamper (10 events). Calls in this region only. Kept by iamguard." {
		t.Errorf("the rule is in %v: %v", state["region"], state["description"])
	}
	a.does(
		cloudtrail.NewFromConfig(stage.SDK(stage.User("mallory"))).PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{
			TrailName: aws.String("main"), EventSelectors: []types.EventSelector{
				{ReadWriteType: types.ReadWriteTypeAll, IncludeManagementEvents: aws.Bool(true)},
			},
		}),
	)
	at := must(home.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("alerts")}))(t)
	got := must(home.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: at.QueueUrl}))(t)
	if len(got.Messages) != 1 || !strings.Contains(*got.Messages[0].Body, "Event: PutEventSelectors") ||
		!strings.Contains(*got.Messages[0].Body, "user/mallory") {
		t.Errorf("arrived is %+v", got.Messages)
	}
}
