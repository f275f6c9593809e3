package trail

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// loggingTimes are kept in private state, to notice off and on again.
type loggingTimes struct{ Stopped, Started time.Time }

const loggingKey = "logging"

// rememberLogging keeps the times that Create and Read saw.
func rememberLogging(ctx context.Context, private framework.Private, status inventory.TrailStatus, diags *diag.Diagnostics) {
	framework.Remember(ctx, private, loggingKey,
		loggingTimes{Stopped: status.StoppedLogging, Started: status.StartedLogging}, diags)
}

// rememberStart keeps the start that Update made itself. An update keeps no other
// time: a stop that no plan has shown yet is for the next Read to tell.
func rememberStart(ctx context.Context, private framework.Private, status inventory.TrailStatus, diags *diag.Diagnostics) {
	var before loggingTimes
	if framework.Recall(ctx, private, loggingKey, &before, diags) {
		before.Started = status.StartedLogging
		framework.Remember(ctx, private, loggingKey, before, diags)
	}
}

// warnOfStatus warns of what is no difference: a trail that was off for a while,
// and deliveries that fail.
func warnOfStatus(ctx context.Context, resp *resource.ReadResponse, changed history.Object, trail inventory.Trail) {
	var before loggingTimes
	object := changed.Label
	status := trail.Status
	kept := framework.Recall(ctx, resp.Private, loggingKey, &before, &resp.Diagnostics)
	if kept && status.StoppedLogging.After(before.Stopped) && status.Logging {
		by, evidence := trailAttribution.Did(ctx, changed, resp.Private, "StopLogging", &resp.Diagnostics)
		framework.Warn(&resp.Diagnostics, object, fmt.Sprintf("logging was off from %s to %s",
			status.StoppedLogging.Format(time.RFC3339), status.StartedLogging.Format(time.RFC3339))+by,
			"Somebody stopped the trail and started it again. Nothing that happened in between is in its log."+evidence)
	}
	if !status.Logging {
		return
	}
	if kept && status.StartedLogging.After(before.Started) && !status.StoppedLogging.After(before.Stopped) {
		framework.Warn(&resp.Diagnostics, object, "logging was started anew at "+status.StartedLogging.Format(time.RFC3339),
			"No stop is on record and Terraform did not start it, so somebody may have deleted the trail and made another one "+
				"like it. What happened in between is in no log, and the chain of digest files starts anew.")
	}
	for _, reason := range status.Unhealthy() {
		framework.Warn(&resp.Diagnostics, object, strings.TrimSuffix(reason, "."),
			"The trail logs, but its files do not arrive. CloudTrail tries for 30 days, and each attempt is billed; events older "+
				"than that are lost.")
	}
}
