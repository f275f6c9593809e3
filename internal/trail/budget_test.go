package trail_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

func ofService(service string) func(localaws.Call) bool {
	return func(call localaws.Call) bool { return call.Service == service }
}

// Refreshing a trail costs five calls, six with a key alias; a bucket one for each
// sub-resource. Nothing is written, and the calls run side by side.
func TestTrail_refreshBudget(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, arguments string
		trail, kms      int
	}{
		{"plain", "", 5, 0},
		{"with a key alias", "  kms_key_id = %q\n", 5, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			stage := providertest.NewStage(t)
			arguments := c.arguments
			if c.kms > 0 {
				arguments = fmt.Sprintf(arguments, makeLinks(t, stage).alias)
			}
			cli := applied(t, stage, pair(stage, "", arguments))
			stage.ResetCalls()
			restore := stage.Inject(
				localaws.Fault{Kind: localaws.Latency, Latency: 100 * time.Millisecond, Match: func(call localaws.Call) bool {
					return call.Service != "sts"
				}},
			)
			cli.ExpectNoChange(t)
			restore()
			for service, want := range map[string]int{"cloudtrail": c.trail, "kms": c.kms, "s3": 10, "sts": 1} {
				if calls := stage.Calls(ofService(service)); len(calls) != want {
					t.Errorf("a refresh makes %d calls of %s, want %d: %s", len(calls), service, want, namesOf(calls))
				}
			}
			if written := stage.Mutations(); len(written) > 0 {
				t.Errorf("a plan without changes wrote: %s", namesOf(written))
			}
			if side := stage.MaxInFlight(); side < 5 {
				t.Errorf("at most %d calls were under way at once, want at least 5", side)
			}
		})
	}
}

// Each S3 sub-resource is asked once.
func TestLogBucket_asksEachPartOnce(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	stage.ResetCalls()
	cli.ExpectNoChange(t)
	seen := map[string]int{}
	for _, call := range stage.Calls(ofService("s3")) {
		seen[call.Operation]++
	}
	for operation, n := range seen {
		if n != 1 {
			t.Errorf("%s was called %d times in one refresh", operation, n)
		}
	}
}

// Bucket and trail, joined by a reference, apply in one run without a call that is
// sent in vain.
func TestTrail_appliesInOneRun(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	applied(t, stage, pair(stage, "", ""))
	var failed []string
	for _, call := range stage.Mutations() {
		if call.ErrorCode != "" {
			failed = append(failed, call.Name()+" "+call.ErrorCode)
		}
	}
	if len(failed) > 0 {
		t.Errorf("refused on the way: %v", failed)
	}
}

func namesOf(calls []localaws.Call) string {
	names := make([]string, len(calls))
	for i, call := range calls {
		names[i] = call.Name()
	}
	return strings.Join(names, ", ")
}
