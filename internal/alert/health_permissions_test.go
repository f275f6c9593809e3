package alert_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// The documentation shows the actions of all calls that were really made.
func TestHealth_permissions(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	bus := b.arn("events", "event-bus/default")
	b.put(eventtypes.Target{Id: aws.String("bus"), Arn: &bus})
	b.setQueue("alerts", "KmsMasterKeyId", b.key)
	b.pattern(providertest.Region, events.ComposePattern(events.Catalog().ByName("DeleteGroup"), events.PatternOptions{}))
	providertest.ExpectPermissions(t, "data-sources/"+healthType, map[string][]string{"Plan": b.stage.Used(func() {
		b.ask(nil)
		b.ask(map[string]any{"region": providertest.Region})
	})})
}

func TestTestAlert_permissions(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	bus := b.arn("events", "event-bus/default")
	b.put(eventtypes.Target{Id: aws.String("bus"), Arn: &bus})
	used := b.stage.Used(func() { b.tryAll() })
	// The canary itself is looked up, which is not to tell who made a change.
	if asked := b.stage.Calls(localaws.Named("cloudtrail:LookupEvents")); len(asked) == 0 {
		t.Error("the canary was not looked up")
	}
	used = slices.Sorted(slices.Values(append(used, "cloudtrail:LookupEvents")))
	providertest.ExpectPermissions(t, "actions/"+trialType, map[string][]string{"Apply": used})
}

// tryAll tries every canary.
func (b *healthBench) tryAll() {
	b.t.Helper()
	for _, name := range []string{"DeleteGroup", "DeleteGroupPolicy", "DetachGroupPolicy", "DeletePolicy"} {
		b.pattern(healthRegion, events.ComposePattern(events.Catalog().ByName(name)[:1], events.PatternOptions{}))
		if _, diags := b.try(map[string]any{"canary": true, "allow_invoke": true}); len(diags) > 0 {
			b.t.Fatal(providertest.Text(diags))
		}
	}
}
