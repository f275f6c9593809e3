package history

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// Attribution tells in a plan who made the changes that it would undo. A type of
// guardrail has one, and calls it in four places: Applied and AppliedPartly where it
// wrote, Explain where it read, Repeat where it plans.
//
// What Create and Update wrote is kept in private state, a hash for each attribute.
// Where Read finds another value, the calls that change that attribute are looked up
// in the region of the object, and the sentence found is kept beside the hashes, so
// that a later plan can say it without asking again. What iamguard never wrote, as
// after an import, is nobody's change.
type Attribution struct {
	// Source records the calls, such as "cloudtrail.amazonaws.com".
	Source string
	// Calls are, for each attribute, the calls that change it, the likeliest first.
	Calls map[string][]string
	// Deletes are the calls after which the object is gone.
	Deletes []string
	// Singleton says that an account has one such object, which its calls do not name.
	Singleton bool
	// Sets are attributes of which it is kept what was in them, so that [Attribution.Lost]
	// can tell what somebody took out.
	Sets []string
	// Cost says what it means that elements of Sets are lost, as the end of a fact and as
	// detail; whole is false where that could not be told, and is asked again. Nil where it
	// is not asked. It never fails.
	Cost func(ctx context.Context, object Object, lost map[string][]string) (fact, detail string, whole bool)
}

// Object is what was changed.
type Object struct {
	// Label names it in warnings, as framework.Warn wants it.
	Label string
	Place framework.Place
	// Service is that of a global service, whose calls one region of the partition
	// records; "" where the region of Place does.
	Service string
	// Names are what records call it, the one that CloudTrail lists it under first: for
	// instance its ARN, and its name.
	Names []string
}

// Keys of private state.
const (
	appliedKey = "applied"
	driftKey   = "drift"
)

// applied is what Create and Update left behind.
type applied struct {
	At     time.Time
	Hashes map[string]string
	// Sets are the elements of those sets of which they are kept.
	Sets map[string][]string
	// Failed is when an Update failed on the way; its calls are ours too.
	Failed time.Time
}

// drift is a difference from what was applied, and what was found about it.
type drift struct {
	// Hashes are those of the attributes that differ.
	Hashes map[string]string
	// Seen is when they were seen first.
	Seen  time.Time
	Story story
}

// settled tells whether another look-up would find nothing new: all was found, or every
// call was long delivered when it was looked up last.
func (d drift) settled(now time.Time) bool {
	return !d.Story.Unweighed && (d.Story.Final || now.Sub(d.Seen) > lateDelivery)
}

// Applied remembers what was written, after a Create or an Update that succeeded.
func (a Attribution) Applied(ctx context.Context, pool *account.Pool, private framework.Private, state tfsdk.State,
	diags *diag.Diagnostics,
) {
	framework.Remember(ctx, private, appliedKey, applied{At: pool.Now(), Hashes: a.hashes(state), Sets: a.elements(state)}, diags)
	framework.Remember(ctx, private, driftKey, drift{}, diags)
}

// AppliedPartly remembers, after an Update that failed on the way, those attributes
// that it changed, and those that are as planned. The others are still what somebody
// else made of them.
func (a Attribution) AppliedPartly(
	ctx context.Context, pool *account.Pool, req resource.UpdateRequest, private framework.Private, state tfsdk.State,
	diags *diag.Diagnostics,
) {
	var before applied
	if !framework.Recall(ctx, private, appliedKey, &before, diags) || before.Hashes == nil {
		return
	}
	planned, prior := a.hashes(tfsdk.State(req.Plan)), a.hashes(req.State)
	for name, hash := range a.hashes(state) {
		if hash == planned[name] || hash != prior[name] {
			before.Hashes[name] = hash
		}
	}
	before.Sets = stillMeant(before.Sets, a.elements(tfsdk.State(req.Plan)), a.elements(state))
	before.Failed = pool.Now()
	framework.Remember(ctx, private, appliedKey, before, diags)
}

// Explain looks up who changed what differs from what was applied, unless it was
// found before, and warns if this refresh is the first to see it. It never fails.
func (a Attribution) Explain(ctx context.Context, object Object, prior tfsdk.State, resp *resource.ReadResponse) {
	pool := object.Place.Account.Pool()
	var before applied
	if !pool.AttributesDrift() || !framework.Recall(ctx, resp.Private, appliedKey, &before, &resp.Diagnostics) {
		return
	}
	now := a.hashes(resp.State)
	changed := differences(before.Hashes, now)
	var known drift
	framework.Recall(ctx, resp.Private, driftKey, &known, &resp.Diagnostics)
	if len(changed) == 0 {
		if len(known.Hashes) > 0 {
			framework.Remember(ctx, resp.Private, driftKey, drift{}, &resp.Diagnostics)
		}
		return
	}
	if !maps.Equal(known.Hashes, changed) {
		known = drift{Hashes: changed, Seen: pool.Now()}
	}
	if known.Story.Fact == "" || !known.settled(pool.Now()) {
		told := a.investigate(ctx, object, before, slices.Sorted(maps.Keys(changed)))
		a.weigh(ctx, object, missing(before.Sets, a.elements(resp.State)), &told)
		if told.Found || !known.Story.Found {
			known.Story = told
		}
		framework.Remember(ctx, resp.Private, driftKey, known, &resp.Diagnostics)
	}
	seen := a.hashes(prior)
	for name := range changed {
		if seen[name] != now[name] {
			tell(pool, object.Label, known.Story, &resp.Diagnostics)
			return
		}
	}
}

// Repeat says what was found about attributes that the plan would put back, unless
// this process has said it: after a refresh of its own, or without any.
func (a Attribution) Repeat(
	ctx context.Context, pool *account.Pool, label string, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var known drift
	if pool == nil || !pool.AttributesDrift() || req.State.Raw.IsNull() || req.Private == nil ||
		!framework.Recall(ctx, req.Private, driftKey, &known, &resp.Diagnostics) {
		return
	}
	state, plan := a.hashes(req.State), a.hashes(tfsdk.State(resp.Plan))
	for name := range known.Hashes {
		if state[name] != plan[name] {
			tell(pool, label, known.Story, &resp.Diagnostics)
			return
		}
	}
}

// Deleted is who deleted an object that is gone, as the end of a fact and as detail;
// both are "" where that is not known. It never fails.
func (a Attribution) Deleted(ctx context.Context, object Object, private framework.Private, diags *diag.Diagnostics) (
	fact, detail string,
) {
	return a.who(ctx, object, private, a.Deletes, diags)
}

// who looks up who made one of the calls since the last apply.
func (a Attribution) who(
	ctx context.Context, object Object, private framework.Private, calls []string, diags *diag.Diagnostics,
) (fact, detail string) {
	var before applied
	if !object.Place.Account.Pool().AttributesDrift() || !framework.Recall(ctx, private, appliedKey, &before, diags) {
		return "", ""
	}
	only := Attribution{Source: a.Source, Singleton: a.Singleton, Calls: map[string][]string{"": calls}}
	told := only.investigate(ctx, object, before, []string{""})
	if !told.Found {
		return "", "\n\n" + told.Detail
	}
	return ": " + told.Fact, "\n\n" + told.Detail
}

// Did is who made a call since the last apply, as Deleted says who deleted.
func (a Attribution) Did(ctx context.Context, object Object, private framework.Private, call string, diags *diag.Diagnostics) (
	fact, detail string,
) {
	return a.who(ctx, object, private, []string{call}, diags)
}

// hashes are those of the attributes whose changes can be explained.
func (a Attribution) hashes(state tfsdk.State) map[string]string {
	members, hashes := framework.Members(state.Raw), map[string]string{}
	for name := range a.Calls {
		if value, ok := members[name]; ok {
			hashes[name] = framework.Digest(value)
		}
	}
	return hashes
}

// differences are the hashes of now that were others before. What was not kept
// before, by an older version for instance, is no difference.
func differences(before, now map[string]string) map[string]string {
	changed := map[string]string{}
	for name, hash := range now {
		if kept, ok := before[name]; ok && kept != hash {
			changed[name] = hash
		}
	}
	return changed
}

// said is what this process has told already.
type said struct {
	mu    sync.Mutex
	texts map[string]bool
}

// tell warns, once in a process.
func tell(pool *account.Pool, label string, told story, diags *diag.Diagnostics) {
	spoken := account.Kept(pool, func() *said { return &said{texts: map[string]bool{}} })
	spoken.mu.Lock()
	defer spoken.mu.Unlock()
	key := label + "\n" + told.Fact
	if told.Fact == "" || spoken.texts[key] {
		return
	}
	spoken.texts[key] = true
	framework.Warn(diags, label, told.summary(), told.Detail)
}
