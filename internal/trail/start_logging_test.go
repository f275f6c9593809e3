package trail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const startLogging = "iamguard_start_logging"

// stopped is a stage with the trail "main", which was never started, at home in a region.
func stopped(t *testing.T, region string) (*providertest.Stage, *providertest.Server) {
	t.Helper()
	stage := providertest.NewStage(t)
	makeTrail(outside(t, stage), "main", readyBucket(t, stage), region)
	server := stage.Server(t, nil)
	stage.ResetCalls()
	return stage, server
}

// logs tells whether the trail "main" logs, as the server itself says.
func logs(t *testing.T, stage *providertest.Stage) bool {
	t.Helper()
	status, err := outside(t, stage).trail().GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: aws.String("main")})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToBool(status.IsLogging)
}

func started(stage *providertest.Stage) []localaws.Call {
	return stage.Calls(localaws.Named("cloudtrail:StartLogging"))
}

func expectText(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q is missing in:\n%s", word, text)
		}
	}
}

// A trail is started by name and by ARN, from the region of its home and from one
// that it only applies to, and a second time nothing is written.
func TestStartLogging(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, home string
		config     func(stage *providertest.Stage) map[string]any
	}{
		{"name", providertest.Region, func(*providertest.Stage) map[string]any { return map[string]any{"trail": "main"} }},
		{"name of a shadow", "us-east-1", func(*providertest.Stage) map[string]any { return map[string]any{"trail": "main"} }},
		{"name in a region", "us-east-1", func(*providertest.Stage) map[string]any {
			return map[string]any{"trail": "main", "region": "eu-west-1"}
		}},
		{"ARN", "eu-west-1", func(stage *providertest.Stage) map[string]any {
			return map[string]any{"trail": "arn:aws:cloudtrail:eu-west-1:" + stage.ID + ":trail/main", "account": stage.ID}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			stage, server := stopped(t, c.home)
			progress, diags := server.InvokeAction(t, startLogging, c.config(stage))
			if len(diags) > 0 || !logs(t, stage) {
				t.Fatalf("the trail does not log: %s", providertest.Text(diags))
			}
			expectText(t, strings.Join(progress, "\n"), "does not log. Starting it in "+c.home, "trail/main logs since")
			if calls := started(stage); len(calls) != 1 || calls[0].Region != c.home {
				t.Errorf("started by %v", calls)
			}
			stage.ResetCalls()
			progress, diags = server.InvokeAction(t, startLogging, c.config(stage))
			if len(diags) > 0 || len(stage.Mutations()) > 0 {
				t.Errorf("a trail that logs was changed: %v %s", stage.Mutations(), providertest.Text(diags))
			}
			expectText(t, strings.Join(progress, "\n"), "logs already since", "Nothing is changed.")
		})
	}
}

// A trail whose files do not arrive is started, and that is said.
func TestStartLogging_unhealthy(t *testing.T) {
	t.Parallel()
	for _, before := range []bool{false, true} {
		stage, server := stopped(t, providertest.Region)
		if before {
			server.InvokeAction(t, startLogging, map[string]any{"trail": "main"})
		}
		stage.SetDeliveryErrors("main", localaws.DeliveryErrors{Delivery: "AccessDenied"})
		_, diags := server.InvokeAction(t, startLogging, map[string]any{"trail": "main"})
		if providertest.Errors(diags) || !logs(t, stage) {
			t.Errorf("the trail does not log: %s", providertest.Text(diags))
		}
		expectText(t, providertest.Text(diags), `Trail "main" (`+stage.ID+"): Delivery to the S3 bucket fails: AccessDenied")
	}
}

func TestStartLogging_errors(t *testing.T) {
	t.Parallel()
	stage, server := stopped(t, providertest.Region)
	other := "arn:aws:cloudtrail:" + providertest.Region + ":999999999999:trail/main"
	for name, c := range map[string]struct {
		config map[string]any
		words  []string
	}{
		"no such trail": {map[string]any{"trail": "other"}, []string{
			"Unable to find the trail to start", "other, account " + stage.ID, "no trail of this name",
		}},
		"wrong account": {map[string]any{"trail": other}, []string{
			"Unable to find the trail to start", "names account 999999999999", "belong to account " + stage.ID,
		}},
		"unknown account": {map[string]any{"trail": "main", "account": "nowhere"}, []string{`Unknown account "nowhere"`}},
		"conflicting region": {
			map[string]any{"trail": trailARN(stage), "region": "us-east-1"}, []string{"Conflicting region", providertest.Region},
		},
		"too short": {map[string]any{"trail": "m"}, []string{"trail"}},
	} {
		_, diags := server.InvokeAction(t, startLogging, c.config)
		if !providertest.Errors(diags) {
			t.Errorf("%s: there is no error", name)
		}
		expectText(t, providertest.Text(diags), c.words...)
	}
	if len(started(stage)) > 0 {
		t.Error("a trail was started all the same")
	}
}

// A plan changes nothing, and takes what is not known yet.
func TestStartLogging_plan(t *testing.T) {
	t.Parallel()
	stage, server := stopped(t, providertest.Region)
	for _, config := range []map[string]any{
		{"trail": "main"},
		{"trail": providertest.Unknown, "account": providertest.Unknown, "region": providertest.Unknown},
	} {
		if diags := server.PlanAction(t, startLogging, config); len(diags) > 0 {
			t.Errorf("planning %v: %s", config, providertest.Text(diags))
		}
	}
	diags := server.PlanAction(t, startLogging, map[string]any{"trail": "main", "account": "nowhere"})
	expectText(t, providertest.Text(diags), `Unknown account "nowhere"`)
	if calls := stage.Calls(ofService("cloudtrail")); len(calls) > 0 {
		t.Errorf("planning asks CloudTrail: %s", namesOf(calls))
	}
}

// Each call that is denied is named with its action, and nothing is said to log.
func TestStartLogging_denied(t *testing.T) {
	t.Parallel()
	stage, server := stopped(t, providertest.Region)
	for _, operation := range []string{"DescribeTrails", "GetTrailStatus", "StartLogging"} {
		restore := stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: operation, Kind: localaws.Deny})
		progress, diags := server.InvokeAction(t, startLogging, map[string]any{"trail": "main"})
		restore()
		if !providertest.Errors(diags) || logs(t, stage) || strings.Contains(strings.Join(progress, "\n"), "logs since") {
			t.Errorf("%s denied: %v %s", operation, progress, providertest.Text(diags))
		}
		expectText(t, providertest.Text(diags), "allow the action cloudtrail:"+operation, stage.ID, providertest.Region)
	}
}

// Throttling, a lost answer and a status that comes late are no failures.
func TestStartLogging_faults(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]localaws.Fault{
		"throttled":   {Operation: "StartLogging", Nth: 1, Kind: localaws.Throttle},
		"lost answer": {Operation: "StartLogging", Nth: 1, Kind: localaws.LostAnswer},
		"conflict":    {Operation: "StartLogging", Nth: 1, Kind: localaws.Refuse, Code: "ConflictException", Status: 400},
		"late status": {Operation: "GetTrailStatus", Count: 3, Kind: localaws.StaleReads},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stage, server := stopped(t, providertest.Region)
			fault.Service = "cloudtrail"
			defer stage.Inject(fault)()
			progress, diags := server.InvokeAction(t, startLogging, map[string]any{"trail": "main"})
			if len(diags) > 0 || !logs(t, stage) {
				t.Errorf("%v %s", progress, providertest.Text(diags))
			}
			expectText(t, strings.Join(progress, "\n"), "trail/main logs since")
		})
	}
}

// A status that never comes ends the wait with an error.
func TestStartLogging_neverLogs(t *testing.T) {
	t.Parallel()
	stage, server := stopped(t, providertest.Region)
	defer stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "GetTrailStatus", Count: 1000, Kind: localaws.StaleReads})()
	before := stage.Clock.Slept()
	_, diags := server.InvokeAction(t, startLogging, map[string]any{"trail": "main"})
	expectText(t, providertest.Text(diags), "Unable to start the logging of the trail", "What happened:")
	if slept := stage.Clock.Slept() - before; slept < time.Minute || slept > 2*time.Minute {
		t.Errorf("waited for %s", slept)
	}
	if diags[0].Severity != tfprotov6.DiagnosticSeverityError {
		t.Error("that is no error")
	}
}
