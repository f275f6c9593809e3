package alert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// healthReads are the readings of the data source, by service. Those of the dead-letter
// queues and of the subscribed queue are the same as of the target.
var healthReads = map[string][]string{
	"events":     {"DescribeRule", "ListTargetsByRule"},
	"sns":        {"GetTopicAttributes", "ListSubscriptionsByTopic", "GetSubscriptionAttributes"},
	"sqs":        {"GetQueueUrl", "GetQueueAttributes"},
	"kms":        {"DescribeKey", "GetKeyPolicy"},
	"logs":       {"DescribeLogGroups", "DescribeResourcePolicies"},
	"cloudtrail": {"DescribeTrails", "ListTrails", "GetTrailStatus", "GetEventSelectors"},
}

// What may not be read is unknown, by the name of the action, and never healthy. These
// are all readings that there are.
func TestHealth_denied(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	b.stage.ResetCalls()
	if answer := b.ask(nil); !answer.Healthy {
		t.Fatalf("%+v", answer)
	}
	for _, call := range b.stage.Calls() {
		if call.Service != "sts" && !slices.Contains(healthReads[call.Service], call.Operation) {
			t.Errorf("%s is a reading that is not denied here", call.Name())
		}
	}
	for service, operations := range healthReads {
		for _, operation := range operations {
			restore := b.stage.Inject(localaws.Fault{Service: service, Operation: operation, Kind: localaws.Deny})
			answer := b.ask(nil)
			restore()
			if answer.Healthy || answer.Status != "unknown" || len(answer.Problems) > 0 {
				t.Errorf("%s denied: %+v", operation, answer)
			}
			text := fmt.Sprint(answer.Unknown)
			expectHealthText(t, text, service+":"+operation+" is denied")
		}
	}
}

// What fails for another reason is an error, and no answer.
func TestHealth_failures(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	for service, operations := range healthReads {
		restore := b.stage.Inject(localaws.Fault{Service: service, Operation: operations[0], Kind: localaws.Throttle})
		_, diags := b.stage.Server(t, nil).ReadData(t, healthType, map[string]any{"rule": healthRule, "region": healthRegion})
		restore()
		if !providertest.Errors(diags) {
			t.Errorf("%s throttled is no error", operations[0])
		}
		expectHealthText(t, providertest.Text(diags), "Unable to read the health of the alert rule", operations[0])
	}
}

// A second page of subscriptions that is denied leaves the answer open.
func TestHealth_secondPage(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	for i := range 100 {
		b.subscribe("email", fmt.Sprintf("person-%d@example.com", i))
	}
	b.stage.ConfirmSubscriptions()
	const list = "ListSubscriptionsByTopic"
	b.stage.ResetCalls()
	if answer := b.ask(nil); !answer.Healthy || len(answer.Targets["sns"].Subscriptions) != 101 {
		t.Errorf(
			"%s of %d subscriptions: %v %v",
			answer.Status,
			len(answer.Targets["sns"].Subscriptions),
			answer.Problems,
			answer.Unknown,
		)
	}
	if asked := len(b.stage.Calls(localaws.Named("sns:" + list))); asked != 2 {
		t.Fatalf("the subscriptions have %d pages", asked)
	}
	defer b.stage.Inject(localaws.Fault{Service: "sns", Operation: list, Nth: 2, Kind: localaws.Deny})()
	answer := b.ask(nil)
	if answer.Status != "unknown" || len(answer.Problems) > 0 {
		t.Errorf("%+v", answer)
	}
	expectHealthText(t, fmt.Sprint(answer.Unknown), "sns:"+list+" is denied")
}

// A rule in a region without its events is unhealthy, unless a rule sends them there,
// which is for that rule to tell.
func TestHealth_region(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	for name, pattern := range map[string]string{
		"preset":     events.ComposePattern(events.Catalog().ByName("DeactivateMFADevice"), events.PatternOptions{}),
		"one person": `{"source":["aws.iam"],"detail":{"requestParameters":{"userName":["alice"]}}}`,
		"other name": `{"source":["aws.iam"],"detail":{"eventName":["ListAccessKeyLastUsedSomething"]}}`,
	} {
		b.pattern(providertest.Region, pattern)
		answer := b.ask(map[string]any{"region": providertest.Region})
		if answer.Status != "unhealthy" || !slices.ContainsFunc(answer.Problems, hasCode("region")) {
			t.Errorf("%s: %+v", name, answer)
		}
	}
	mixed := append(events.Catalog().ByName("StopLogging"), events.Catalog().ByName("DeactivateMFADevice")...)
	b.pattern(providertest.Region, events.ComposePattern(mixed, events.PatternOptions{}))
	answer := b.ask(map[string]any{"region": providertest.Region})
	expectHealthText(t, fmt.Sprint(answer.Problems), "1 of the 2 events", "iam.DeactivateMFADevice", "us-east-1")

	bus := strings.Replace(b.arn("events", "event-bus/default"), healthRegion, providertest.Region, 1)
	b.put(eventtypes.Target{Id: aws.String("home"), Arn: &bus, RoleArn: aws.String("arn:aws:iam::" + b.stage.ID + ":role/forward")})
	answer = b.ask(map[string]any{"region": providertest.Region})
	if slices.ContainsFunc(answer.Problems, hasCode("region")) {
		t.Errorf("%+v", answer.Problems)
	}
	expectHealthText(t, fmt.Sprint(answer.Unknown), "only by a rule there (removals)")
}

func hasCode(code string) func(healthFault) bool {
	return func(p healthFault) bool { return p.Code == code }
}

// Targets that cannot be looked into leave the answer open; what is certainly wrong
// with them is told all the same.
func TestHealth_otherTargets(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	targets := func(arn string) eventtypes.Target { return eventtypes.Target{Arn: &arn} }
	far := "arn:aws:events:eu-west-1:" + b.stage.ID + ":event-bus/default"
	role := aws.String("arn:aws:iam::" + b.stage.ID + ":role/sender")
	for name, c := range map[string]struct {
		target       eventtypes.Target
		status, says string
	}{
		"function":    {targets(b.arn("lambda", "function:tell")), "unknown", "does not ask the service lambda"},
		"own bus":     {targets(b.arn("events", "event-bus/default")), "healthy", ""},
		"no bus":      {targets(b.arn("events", "event-bus/none")), "unhealthy", "There is no event bus none"},
		"far, alone":  {targets(far), "unhealthy", "takes a role"},
		"far bus":     {eventtypes.Target{Arn: &far, RoleArn: role}, "unknown", "the rules there"},
		"far queue":   {targets("arn:aws:sqs:eu-west-1:" + b.stage.ID + ":alerts"), "unhealthy", "not in the region of the rule"},
		"role":        {eventtypes.Target{Arn: aws.String(b.arn("sqs", "alerts")), RoleArn: role}, "unknown", "documents disagree"},
		"their queue": {targets("arn:aws:sqs:us-east-1:999999999999:alerts"), "unknown", "does not show it"},
		"letters": {
			eventtypes.Target{Arn: aws.String(b.arn("sqs", "alerts")), DeadLetterConfig: &eventtypes.DeadLetterConfig{
				Arn: aws.String("arn:aws:sqs:eu-west-1:" + b.stage.ID + ":dead"),
			}}, "unhealthy", "not in the region of the rule",
		},
	} {
		c.target.Id = aws.String("other")
		b.put(c.target)
		answer := b.ask(nil)
		if answer.Status != c.status || answer.Targets["other"].Status != c.status {
			t.Errorf("%s is %s: %+v", name, answer.Status, answer)
		}
		expectHealthText(t, fmt.Sprint(answer.Problems, answer.Unknown), c.says)
		if c.target.DeadLetterConfig == nil {
			expectHealthText(t, strings.Join(answer.Notes, "\n"), "no dead-letter queue")
		}
	}
}

// In Terraform a check shows the reasons; several rules cost one reading of the trails.
func TestHealth_terraform(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	second := "second"
	pattern := events.ComposePattern(events.Catalog().ByName("DeactivateMFADevice"), events.PatternOptions{})
	b.does(b.events().PutRule(t.Context(), &eventbridge.PutRuleInput{Name: &second, EventPattern: &pattern}))
	cli := b.stage.CLI(t)
	cli.Write(t, b.stage.Config(`
data "iamguard_alert_health" "test" {
  for_each = toset(["removals", "second", "`+b.ruleARN()+`"])
  rule     = each.key
  region   = "us-east-1"
}
check "alerts_arrive" {
  assert {
    condition     = alltrue(values(data.iamguard_alert_health.test)[*].healthy)
    error_message = join(" ", flatten([for h in data.iamguard_alert_health.test : h.problems[*].message]))
  }
}
output "health" { value = { for name, h in data.iamguard_alert_health.test : name => h.status } }
`))
	cli.Must(t, "init")
	b.stage.ResetCalls()
	out := cli.Must(t, "plan")
	expectHealthText(t, strings.Join(strings.Fields(out), " "), `removals = "healthy"`, `second = "unhealthy"`,
		`rule/removals" = "healthy"`, "The rule has no target")
	admin := b.stage.Admin().ARN
	for _, name := range []string{"cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"} {
		if asked := b.stage.Calls(localaws.Named(name), func(c localaws.Call) bool { return c.Principal == admin }); len(asked) != 1 {
			t.Errorf("%s was asked %d times", name, len(asked))
		}
	}
}
