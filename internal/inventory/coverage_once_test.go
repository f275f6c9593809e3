package inventory_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// reached is an account as a pool of its own reaches it.
func reached(t *testing.T, stage *providertest.Stage) *account.Account {
	t.Helper()
	admin := stage.Admin()
	pool := account.NewPool(account.Settings{
		Base: awsbase.Config{
			AccessKey: admin.AccessKeyID, SecretKey: admin.SecretAccessKey, Region: providertest.Region, MaxRetries: 3,
			SuppressDebugLog: true,
		},
		Endpoints: stage.Endpoints(),
	}, stage.Runtime())
	in, err := pool.Account(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return in
}

var listed = localaws.Named("cloudtrail:DescribeTrails")

// Many callers at once cost one reading, and so does one within a minute, whatever the source; another
// region and a later minute cost their own.
func TestCoverageOnce(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	in := reached(t, stage)
	ask := func(region string) {
		if coverage, err := inventory.CoverageOnce(t.Context(), in, region, "iam.amazonaws.com"); err != nil || coverage.Alertable {
			t.Errorf("%+v %v", coverage, err)
		}
	}
	defer stage.Inject(localaws.Fault{Service: "cloudtrail", Kind: localaws.Latency, Latency: 20 * time.Millisecond})()
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() { ask("us-east-1") })
	}
	callers.Wait()
	if _, err := inventory.CoverageOnce(t.Context(), in, "us-east-1", "organizations.amazonaws.com"); err != nil {
		t.Error(err)
	}
	expect := func(want int) {
		t.Helper()
		if asked := len(stage.Calls(listed)); asked != want {
			t.Errorf("the trails were listed %d times, not %d", asked, want)
		}
	}
	expect(1)
	ask("us-east-1")
	expect(1)
	ask(providertest.Region)
	expect(2)
	if err := stage.Clock.Sleep(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	ask("us-east-1")
	expect(3)
}

// A failure is told and forgotten; a caller that gives up does not fail the others.
func TestCoverageOnce_failures(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	in := reached(t, stage)
	restore := stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "DescribeTrails", Kind: localaws.Deny})
	if _, err := inventory.CoverageOnce(t.Context(), in, "us-east-1", "iam.amazonaws.com"); !errors.Is(err, account.ErrDenied) {
		t.Errorf("a denied reading is %v", err)
	}
	restore()
	restore = stage.Inject(localaws.Fault{Service: "cloudtrail", Kind: localaws.Latency, Latency: 200 * time.Millisecond})
	defer restore()
	hasty, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var callers sync.WaitGroup
	callers.Go(func() {
		if _, err := inventory.CoverageOnce(hasty, in, "us-east-1", "iam.amazonaws.com"); err == nil {
			t.Error("the hasty caller waited")
		}
	})
	callers.Go(func() {
		if _, err := inventory.CoverageOnce(t.Context(), in, "us-east-1", "iam.amazonaws.com"); err != nil {
			t.Errorf("the patient caller failed: %v", err)
		}
	})
	callers.Wait()
}
