package trail_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// TestTrail_faults breaks every call that makes or deletes trail and bucket.
func TestTrail_faults(t *testing.T) {
	t.Parallel()
	providertest.FaultLoop(t, providertest.Lifecycle{
		Prepare: func(tb testing.TB, stage *providertest.Stage) {
			tb.Helper()
			_, err := s3.NewFromConfig(stage.SDK(stage.Admin())).CreateBucket(tb.Context(), &s3.CreateBucketInput{
				Bucket:                    aws.String("before-" + stage.ID),
				CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: providertest.Region},
			})
			if err != nil {
				tb.Fatal(err)
			}
		},
		Config: func(stage *providertest.Stage) string {
			return pair(stage, `
  expire_days = 400
  tags        = { team = "security" }
`, `
  tags = { team = "security" }

  event_selector {
    read_write_type = "WriteOnly"
  }

  insight_selector {
    insight_type = "ApiErrorRateInsight"
  }
`)
		},
		Left:     left,
		Survives: survives,
	})
}

// left are the trails and buckets of the account but the one made before.
func left(tb testing.TB, stage *providertest.Stage) []string {
	tb.Helper()
	config := stage.SDK(stage.Admin())
	trails, err := cloudtrail.NewFromConfig(config).ListTrails(tb.Context(), &cloudtrail.ListTrailsInput{})
	if err != nil {
		tb.Fatal(err)
	}
	var names []string
	for _, trail := range trails.Trails {
		names = append(names, aws.ToString(trail.TrailARN))
	}
	for _, name := range buckets(tb, stage) {
		if !strings.HasPrefix(name, "before-") {
			names = append(names, name)
		}
	}
	return names
}

func buckets(tb testing.TB, stage *providertest.Stage) []string {
	tb.Helper()
	out, err := s3.NewFromConfig(stage.SDK(stage.Admin())).ListBuckets(tb.Context(), &s3.ListBucketsInput{})
	if err != nil {
		tb.Fatal(err)
	}
	var names []string
	for _, bucket := range out.Buckets {
		names = append(names, aws.ToString(bucket.Name))
	}
	return names
}

func survives(tb testing.TB, stage *providertest.Stage) {
	tb.Helper()
	if !slices.Contains(buckets(tb, stage), "before-"+stage.ID) {
		tb.Error("the bucket that existed before is gone")
	}
}

// Failing after CreateTrail rolls back: no state, no trail, and the next apply
// makes it.
func TestTrail_rollsBack(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := ready(t, stage, pair(stage, "", ""))
	restore := stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "StartLogging", Kind: localaws.Deny})
	code, out := cli.Run(t, "apply", "-auto-approve")
	restore()
	expect(t, code != 0, out, "Unable to create the trail", "cloudtrail:StartLogging", "request ID", "nothing is left behind")
	if state := cli.State(t, trailAddress); state != nil {
		t.Errorf("the failed trail is in state: %v", state)
	}
	if names := left(t, stage); len(names) != 1 {
		t.Errorf("besides the bucket there is still: %v", names)
	}
	cli.Apply(t)
}

// When the roll-back fails too, the trail is named, tainted, and can be kept.
func TestTrail_rollBackFails(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := ready(t, stage, pair(stage, "", ""))
	for _, operation := range []string{"StartLogging", "DeleteTrail"} {
		defer stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: operation, Kind: localaws.Deny, Count: 1})()
	}
	code, out := cli.Run(t, "apply", "-auto-approve")
	expect(
		t,
		code != 0,
		out,
		"Unable to delete the unfinished trail",
		trailARN(stage),
		"terraform untaint",
		"cloudtrail:DeleteTrail",
	)
	if !cli.Tainted(t, trailAddress) {
		t.Errorf("the unfinished trail is not tainted:\n%s", out)
	}
	cli.Must(t, "untaint", trailAddress)
	cli.Apply(t)
	deleted := stage.Calls(localaws.Named("cloudtrail:DeleteTrail"))
	if len(deleted) != 1 {
		t.Errorf("DeleteTrail was called %d times, want once (the refused roll-back)", len(deleted))
	}
	if state := cli.State(t, trailAddress); state["enable_logging"] != true {
		t.Errorf("the trail was not finished: %v", state)
	}
}

// Reads that lag behind a write, and a trail that is not found at first, are
// waited for.
func TestTrail_staleReads(t *testing.T) {
	t.Parallel()
	for _, kind := range []localaws.Kind{localaws.NotFoundReads, localaws.StaleReads} {
		stage := providertest.NewStage(t)
		cli := ready(t, stage, pair(stage, "", ""))
		stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "GetTrail", Kind: kind, Count: 3})
		stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "GetTrailStatus", Kind: kind, Count: 3})
		stage.Inject(localaws.Fault{Service: "s3", Operation: "GetBucketVersioning", Kind: kind, Count: 2})
		cli.Apply(t)
		if code, out := cli.Run(t, "plan", "-detailed-exitcode"); code != 0 {
			t.Errorf("the second plan exits with %d:\n%s", code, out)
		}
	}
}

// An update that fails half-way keeps what was read back, so the next plan shows
// what is left to do.
func TestTrail_updateFails(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	cli.Write(t, pair(stage, "", "  s3_key_prefix = \"audit\"\n  tags = { team = \"security\" }\n"))
	restore := stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "AddTags", Kind: localaws.Deny})
	code, out := cli.Run(t, "apply", "-auto-approve")
	restore()
	expect(t, code != 0, out, "Unable to update the trail", "cloudtrail:AddTags")
	state := cli.State(t, trailAddress)
	if state["s3_key_prefix"] != "audit" || state["tags"] != nil {
		t.Errorf("state after the failed update: prefix %v, tags %v; want what AWS has", state["s3_key_prefix"], state["tags"])
	}
	code, out = cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 2, out, `"team" = "security"`)
	cli.Apply(t)
}

// expect asserts a condition and that the output holds each text, whatever its
// line breaks.
func expect(t *testing.T, ok bool, out string, texts ...string) {
	t.Helper()
	flat := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
	for _, text := range texts {
		if !strings.Contains(flat, strings.Join(strings.Fields(text), " ")) {
			t.Errorf("the output does not say %q:\n%s", text, out)
			return
		}
	}
	if !ok {
		t.Errorf("unexpected exit code:\n%s", out)
	}
}
