package alert_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Fifty rules are refreshed with three calls each, and the coverage is read once.
func TestRule_budget(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	many := strings.Replace(a.rule("  count = 50\n", a.target("queue", "")), `"iam-removals"`, `"iam-removals-${count.index}"`, 1)
	cli := a.begun(many)
	cli.Apply(t)
	stage.ResetCalls()
	cli.ExpectNoChange(t)
	count := map[string]int{}
	for _, call := range stage.Calls() {
		count[call.Service+":"+call.Operation]++
	}
	total := 0
	for _, n := range count {
		total += n
	}
	t.Logf("a plan of 50 rules makes %d calls: %v", total, count)
	if writes := stage.Mutations(); len(writes) > 0 {
		t.Errorf("a plan that changes nothing makes %d writes", len(writes))
	}
	if total > 155 || count["cloudtrail:DescribeTrails"] != 1 {
		t.Errorf("a plan of 50 rules makes %d calls, at most 155 are allowed: %v", total, count)
	}
	for _, operation := range []string{"DescribeRule", "ListTargetsByRule", "ListTagsForResource"} {
		if count["events:"+operation] != 50 {
			t.Errorf("%s was called %d times", operation, count["events:"+operation])
		}
	}
}

// The calls of one refresh are under way side by side.
func TestRule_concurrent(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	cli := a.begun(
		strings.Replace(a.rule("  count = 2\n", a.target("queue", "")), `"iam-removals"`, `"iam-removals-${count.index}"`, 1),
	)
	cli.Apply(t)
	stage.ResetCalls()
	defer stage.Inject(localaws.Fault{Service: "events", Kind: localaws.Latency, Latency: 100 * time.Millisecond})()
	cli.ExpectNoChange(t)
	if n := stage.MaxInFlight(); n < 3 {
		t.Errorf("%d calls were under way at once, want 3", n)
	}
}

func TestListRules(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	a.begun(a.rule("", a.target("queue", ""))).Apply(t)
	for name, pattern := range map[string]string{
		"by-hand": `{"source":["aws.iam"],"detail":{"eventName":["DeleteUser"]}}`, "machines": `{"source":["aws.ec2"]}`,
	} {
		a.does(a.events().PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String(name), EventPattern: aws.String(pattern)}))
	}
	server := stage.Server(t, nil)
	query := providertest.ListQuery{Config: map[string]any{"region": iamRegion}, IncludeResource: true}
	objects, diags := server.List(t, "iamguard_alert_rule", query)
	if len(diags) > 0 {
		t.Errorf("%s", providertest.Text(diags))
	}
	found := map[string]providertest.ListedObject{}
	for _, object := range objects {
		found[object.DisplayName] = object
	}
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, []string{"by-hand", "iam-removals"}) {
		t.Fatalf("listed are %v", got)
	}
	mine := found["iam-removals"]
	want := map[string]any{"account_id": stage.ID, "region": iamRegion, "name": "iam-removals"}
	if !maps.Equal(mine.Identity, want) || mine.Resource["state"] != "ENABLED" ||
		fmt.Sprint(mine.Resource["presets"]) != "[iam_removal]" {
		t.Errorf("listed as %v with %v", mine.Identity, mine.Resource)
	}
	if got := found["by-hand"].Resource["event_pattern"]; got != `{"source":["aws.iam"],"detail":{"eventName":["DeleteUser"]}}` {
		t.Errorf("the pattern written by hand is %v", got)
	}
	for _, operation := range []string{"ListRules", "ListTargetsByRule"} {
		restore := stage.Inject(localaws.Fault{Service: "events", Operation: operation, Kind: localaws.Deny})
		objects, diags := server.List(t, "iamguard_alert_rule", query)
		restore()
		if len(objects) > 0 || !strings.Contains(providertest.Text(diags), "allow the action events:"+operation) {
			t.Errorf("%s denied: %v, %s", operation, objects, providertest.Text(diags))
		}
	}
}

// The list of rules is read to its last page, and a page that fails is no end.
func TestListRules_pages(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	for i := range 105 {
		a.does(a.events().PutRule(t.Context(), &eventbridge.PutRuleInput{
			Name: aws.String(fmt.Sprintf("r%03d", i)), EventPattern: aws.String(`{"source":["aws.iam"]}`),
		}))
	}
	server, query := stage.Server(t, nil), providertest.ListQuery{Config: map[string]any{"region": iamRegion}}
	stage.ResetCalls()
	objects, diags := server.List(t, "iamguard_alert_rule", query)
	if pages := len(stage.Calls(localaws.Named("events:ListRules"))); len(objects) != 105 || len(diags) > 0 || pages < 2 {
		t.Errorf("%d rules on %d pages are listed: %s", len(objects), pages, providertest.Text(diags))
	}
	defer stage.Inject(localaws.Fault{Service: "events", Operation: "ListRules", Nth: 2, Kind: localaws.Deny})()
	if objects, diags := server.List(t, "iamguard_alert_rule", query); len(objects) > 0 || !providertest.Errors(diags) {
		t.Errorf("%d rules are listed although a page was denied", len(objects))
	}
}

// TestPermissions_rules records which IAM actions a rule needs and compares them with
// the files that its documentation page shows.
func TestPermissions_rules(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	cli := a.begun(a.rule("  tags = { team = \"security\" }\n", a.target("queue", ""), a.target("topic", "")))
	applying := stage.Used(func() {
		cli.Apply(t)
		cli.Write(t, stage.Config(a.rule("  tags = { squad = \"security\" }\n", a.target("queue", ""))))
		cli.Apply(t)
	})
	planning := stage.Used(func() { cli.ExpectNoChange(t) })
	destroying := stage.Used(func() { cli.Must(t, "destroy", "-auto-approve") })
	providertest.ExpectPermissions(t, "resources/iamguard_alert_rule", map[string][]string{
		"Plan": planning, "Apply": providertest.Beyond(applying, planning), "Destroy": providertest.Beyond(destroying, planning),
	})
	cli.Apply(t)
	server := stage.Server(t, nil)
	listing := stage.Used(func() {
		server.List(t, "iamguard_alert_rule", providertest.ListQuery{
			Config: map[string]any{"region": iamRegion}, IncludeResource: true,
		})
	})
	providertest.ExpectPermissions(t, "list-resources/iamguard_alert_rule", map[string][]string{"Plan": listing})
}
