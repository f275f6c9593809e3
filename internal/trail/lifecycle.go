package trail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// undoTimeout bounds the deletion of what is unfinished, which also runs after
// Terraform was interrupted, and then somebody waits for it.
const undoTimeout = 30 * time.Second

// undone ends the error of a create that left nothing behind.
const undone = "What was made so far was deleted again; nothing is left behind, and the next apply starts anew."

// errExists is an existing trail that was not to be adopted.
var errExists = errors.New("a trail of this name already exists")

// make creates the trail, or takes over an existing one, and reads it back. When
// it fails, a trail it created is deleted again; outcome.undoFailed says if that
// failed too, and then outcome holds what is left.
func (r *Resource) make(ctx context.Context, c calls, plan model) (outcome, error) {
	arn, exists, err := c.exists(ctx, plan.Name.ValueString())
	if err != nil {
		return outcome{place: c.place}, err
	}
	if exists {
		if !plan.AdoptExisting.ValueBool() {
			return outcome{place: c.place}, fmt.Errorf("%w: %s", errExists, arn)
		}
		done, err := r.change(ctx, c, arn, plan)
		done.adopted = true
		return done, err
	}
	want := plan.toAWS()
	arn, err = c.create(ctx, want)
	if err != nil {
		return outcome{place: c.place}, err
	}
	c.fresh = true
	done, err := r.finish(ctx, c, arn, plan)
	if err == nil {
		return done, nil
	}
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	if done.undoFailed = c.remove(undo, arn); done.undoFailed == nil {
		done.undone = true
		return done, err
	}
	if done.trail != nil {
		return done, err
	}
	unfinished := want
	unfinished.ARN = arn
	unfinished.Status.Logging = false
	done.trail = &unfinished
	return done, err
}

// finish brings a trail just created to the plan: what CreateTrail does not set.
func (r *Resource) finish(ctx context.Context, c calls, arn string, plan model) (outcome, error) {
	done := outcome{place: c.place, arn: arn}
	want := plan.toAWS()
	have := want
	have.Selectors, have.Insights, have.Status.Logging = inventory.DefaultSelectors(), []string{}, false
	key, err := c.resolveKey(ctx, want.KMSKeyID)
	if err != nil {
		return done, err
	}
	if key != "" {
		have.KMSKeyID = key
	}
	if err := c.configure(ctx, arn, have, want, key); err != nil {
		return done, err
	}
	return r.settle(ctx, c, arn, plan, key)
}

// change brings an existing trail to the plan and reads it back.
func (r *Resource) change(ctx context.Context, c calls, arn string, plan model) (outcome, error) {
	done := outcome{place: c.place, arn: arn}
	want := plan.toAWS()
	key, err := c.resolveKey(ctx, want.KMSKeyID)
	if err != nil {
		return done, err
	}
	have, err := c.find(ctx, arn)
	if err != nil {
		return done, err
	}
	done.started = want.Status.Logging && !have.Status.Logging
	if err := c.configure(ctx, arn, *have, want, key); err != nil {
		back, readErr := c.find(context.WithoutCancel(ctx), arn)
		if readErr == nil {
			done.trail, done.key = back, key
		}
		return done, err
	}
	settled, err := r.settle(ctx, c, arn, plan, key)
	settled.started = done.started
	return settled, err
}

// settle reads until AWS agrees with the plan. The last answer is in the outcome
// also when it never does.
func (r *Resource) settle(ctx context.Context, c calls, arn string, plan model, key string) (outcome, error) {
	done := outcome{place: c.place, arn: arn, key: key}
	want := plan.toAWS()
	if key != "" {
		want.KMSKeyID = key
	}
	var err error
	done.trail, err = account.SettleOn(ctx, c.pool, "the trail itself",
		func() (*inventory.Trail, error) { return c.find(ctx, arn) },
		func(have inventory.Trail) []string { return differences(have, want) })
	return done, err
}

// read is Read's part: five calls, and one more for an alias.
func (r *Resource) read(ctx context.Context, c calls, state model) (*inventory.Trail, string, error) {
	type answer struct {
		key string
		err error
	}
	resolved := make(chan answer, 1)
	go func() {
		key, err := c.resolveKey(ctx, state.KMSKeyID.ValueString())
		resolved <- answer{key, err}
	}()
	trail, err := c.find(ctx, state.ARN.ValueString())
	key := <-resolved
	if err != nil {
		return nil, "", err
	}
	return trail, key.key, key.err
}

// planComputed plans what follows from the configuration alone; whatever needs a
// value that is not known yet stays unknown.
func (r *Resource) planComputed(
	ctx context.Context, place framework.PlannedPlace, plan model, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	plan.ARN, plan.HomeRegion = types.StringUnknown(), place.Region
	if !req.State.Raw.IsNull() && !place.Replaces {
		var state model
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		plan.ARN = state.ARN
	} else if !plan.IsOrganization.IsUnknown() && !plan.IsOrganization.ValueBool() && !plan.Name.IsUnknown() {
		plan.ARN = place.ARN("cloudtrail", "trail/"+plan.Name.ValueString())
	}
	plan.SNSTopicARN = planTopicARN(plan.SNSTopicName, place)
	plan.LogsIAMWrites = r.planLogsIAMWrites(ctx, plan, place)
	for name, value := range map[string]any{
		"arn": plan.ARN, "home_region": plan.HomeRegion, "sns_topic_arn": plan.SNSTopicARN, "logs_iam_writes": plan.LogsIAMWrites,
	} {
		framework.Plan(ctx, resp, name, value)
	}
}

func planTopicARN(name types.String, place framework.PlannedPlace) types.String {
	if name.IsNull() || name.IsUnknown() || strings.HasPrefix(name.ValueString(), "arn:") {
		return name
	}
	return place.ARN("sns", name.ValueString())
}

func (r *Resource) planLogsIAMWrites(ctx context.Context, plan model, place framework.PlannedPlace) types.Bool {
	partition := place.Partition()
	basic, advanced, known := plan.EventSelector, plan.AdvancedEventSelector, true
	for _, value := range []interface{ IsUnknown() bool }{plan.IsMultiRegion, plan.IncludeGlobal, plan.Logging, place.Region} {
		known = known && !value.IsUnknown()
	}
	if !known || !framework.WhollyKnown(ctx, basic, advanced) || partition == "" {
		return types.BoolUnknown()
	}
	iamRegion, err := r.Pool.EventRegion(partition, "iam")
	if errors.Is(err, account.ErrNotKnownYet) {
		return types.BoolUnknown()
	}
	trail := plan.toAWS()
	trail.HomeRegion = place.Region.ValueString()
	return types.BoolValue(logsIAMWrites(trail, iamRegion))
}

// warnOfAdoption tells, before a trail is made with adopt_existing, what of an
// existing one would be overwritten. It is only a warning, so a failed look-up
// says nothing here: the create asks again.
func (r *Resource) warnOfAdoption(ctx context.Context, plan model, diags *diag.Diagnostics) {
	if !plan.AdoptExisting.ValueBool() || r.Pool == nil || plan.Name.IsUnknown() || plan.Account.IsUnknown() ||
		plan.Region.IsUnknown() {
		return
	}
	var quiet diag.Diagnostics
	place, ok := framework.Locate(ctx, r.Pool, plan.placed(), true, &quiet)
	if !ok {
		return
	}
	c := callsIn(place)
	arn, exists, err := c.exists(ctx, plan.Name.ValueString())
	if err != nil || !exists {
		return
	}
	have, err := c.find(ctx, arn)
	if err != nil {
		return
	}
	want, overwritten := plan.toAWS(), "nothing; it is already as configured"
	if names := differences(*have, want); len(names) > 0 {
		overwritten = strings.Join(names, ", ")
	}
	framework.Warn(
		diags,
		trailObject(place.Account.Pool(), have.Name, place.Account.ID, place.Region),
		"an existing trail will be adopted",
		"Overwritten: "+overwritten+". Destroying this resource will only forget the trail, unless destroy_adopted = true.",
	)
}
