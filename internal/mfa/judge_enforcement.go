package mfa

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

const (
	// keyUseDays is for how many days after its last use a key counts as in use.
	keyUseDays = 90
	// mostNamed is how many users a warning names.
	mostNamed = 50
)

// verdict is what a plan does to users.
type verdict struct {
	place  framework.Place
	label  string
	plan   enforcementModel
	census census
	// covered are bound after the apply; of them, fresh are not bound before it.
	covered, fresh map[string]bool
	diags          *diag.Diagnostics
}

// judgeUsers refuses a plan that breaks access keys in use or locks the caller out, and
// warns of users who are not covered. It asks AWS, and so writes nothing into the plan.
func (r *EnforcementResource) judgeUsers(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var plan enforcementModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if r.Pool == nil || resp.Diagnostics.HasError() || !framework.WhollyKnown(ctx, append(plan.rules(), plan.Account, plan.Groups,
		plan.Users, plan.AcceptKeyBreakage, plan.RefuseSelfLockout)...) {
		return
	}
	var quiet diag.Diagnostics
	place, ok := framework.Locate(ctx, r.Pool, plan.head().Placed, false, &quiet)
	if !ok {
		return
	}
	var before *enforcementModel
	if !req.State.Raw.IsNull() {
		before = &enforcementModel{}
		resp.Diagnostics.Append(req.State.Get(ctx, before)...)
	}
	v := verdict{place: place, label: label(plan.Name, plan.AccountID), plan: plan, diags: &resp.Diagnostics}
	groups := framework.Texts(plan.Groups.Elements())
	known := v.binding(before)
	if known {
		groups = append(groups, framework.Texts(before.Groups.Elements())...)
		slices.Sort(groups)
	}
	v.census = takeCensus(ctx, place, slices.Compact(groups))
	v.covered = v.census.covered(plan)
	v.fresh = maps.Clone(v.covered)
	if known {
		for name := range v.census.covered(*before) {
			delete(v.fresh, name)
		}
	}
	v.warnOfGaps()
	v.refuseLockout()
	v.refuseBreakage()
	v.warnOfUncovered()
}

// binding tells whether the policy in state already denies to keys what the plan will:
// then those whom it binds have nothing more to lose. A key that gets its sessions with
// MFA by sts:GetSessionToken is in use too, and must not stop every later plan.
func (v verdict) binding(before *enforcementModel) bool {
	if before == nil || before.AccountID != v.plan.AccountID || before.ExemptAccessKeys.ValueBool() {
		return false
	}
	was, will := before.enforcement(), v.plan.enforcement()
	return policy.Same(before.PolicyJSON.ValueString(), was.text(v.place.Account.Partition)) &&
		!slices.ContainsFunc(was.extra, func(action string) bool { return !slices.Contains(will.extra, action) })
}

// warnOfGaps says what could not be told, because silence would be an all-clear.
func (v verdict) warnOfGaps() {
	if len(v.census.failed) > 0 {
		framework.Warn(v.diags, v.label, "cannot tell whose access keys would stop working, nor who is not covered",
			v.census.why()+"\nThe plan goes on without knowing it; where a group cannot be read, it is not known either whether "+
				"the caller would be locked out.")
	}
	if v.census.report == nil || v.plan.ExemptAccessKeys.ValueBool() {
		return
	}
	reported := map[string]bool{}
	for _, user := range v.census.report.Users {
		reported[user.Name] = true
	}
	var young []string
	for _, name := range slices.Sorted(maps.Keys(v.fresh)) {
		if !reported[name] {
			young = append(young, name)
		}
	}
	if len(young) > 0 {
		framework.Warn(v.diags, v.label, fmt.Sprintf("bound users whose access keys cannot be judged yet: %d", len(young)),
			fmt.Sprintf("The credential report of %s does not know %s. AWS makes a new one every four hours at most.",
				v.reportTime(), shorten(young)))
	}
}

// refuseLockout stops an IAM user who would bind itself. Whether its session has MFA
// cannot be asked; with an access key it has none.
func (v verdict) refuseLockout() {
	caller := userOf(v.place.Account.CallerARN)
	if !v.plan.RefuseSelfLockout.ValueBool() || v.plan.ExemptAccessKeys.ValueBool() || !v.fresh[caller] {
		return
	}
	v.diags.AddAttributeError(path.Root("refuse_self_lockout"), "Caller would be locked out", fmt.Sprintf(
		"Where: %s.\n\nTerraform runs as the IAM user %q, whom this plan would bind. With an access key there is no MFA, so that "+
			"the next run could not even read the policy.\n\nWhat to do: run Terraform with a role, or name the user in "+
			"exempt_users. If its sessions do have MFA, set refuse_self_lockout = false.",
		framework.Escape(v.label), framework.Escape(caller)))
}

// refuseBreakage stops a plan that takes access keys in use away from people who were
// not told.
func (v verdict) refuseBreakage() {
	if v.census.report == nil || v.plan.ExemptAccessKeys.ValueBool() {
		return
	}
	accepted := framework.Texts(v.plan.AcceptKeyBreakage.Elements())
	now := v.place.Account.Pool().Now()
	var lines, breaking []string
	for _, user := range v.census.report.Users {
		if !v.fresh[user.Name] || slices.Contains(accepted, user.Name) {
			continue
		}
		if used := keysInUse(user, now); len(used) > 0 {
			breaking = append(breaking, fmt.Sprintf("%q", framework.Escape(user.Name)))
			lines = append(lines, "- "+framework.Escape(user.Name+": "+strings.Join(used, "; ")))
		}
	}
	if len(breaking) == 0 {
		return
	}
	v.diags.AddAttributeError(path.Root("accept_key_breakage"), "Access keys would stop working", fmt.Sprintf(
		"Where: %s.\n\nThis plan would bind users whose active access keys were used in the last %d days, says the credential "+
			"report of %s. Sessions of an access key have no MFA, so that from the apply on the keys are good for "+
			"nothing but MFA self-service and for sts:GetSessionToken, which gives a session with MFA:\n\n%s\n\nWhat to do: move what "+
			"uses the keys to roles, or name the users in exempt_users; or accept it with\naccept_key_breakage = [%s]\n"+
			"exempt_access_keys = true exempts every access key.",
		framework.Escape(v.label), keyUseDays, v.reportTime(), strings.Join(lines, "\n"), strings.Join(breaking, ", ")))
}

// keysInUse describes the active keys of a user that were used not long ago. The report
// does not have their IDs.
func keysInUse(user inventory.ReportedUser, now time.Time) []string {
	var used []string
	for i, key := range user.Keys {
		if !key.Active || key.Used.IsZero() || now.Sub(key.Used) > keyUseDays*24*time.Hour {
			continue
		}
		text := fmt.Sprintf("access key %d, used %s", i+1, key.Used.Format(time.DateOnly))
		if key.Service != "" {
			text += " for " + key.Service
		}
		if key.Region != "" {
			text += " in " + key.Region
		}
		used = append(used, text)
	}
	return used
}

// warnOfUncovered names users who can log in or call, and whom nothing here binds.
func (v verdict) warnOfUncovered() {
	if v.census.report == nil || !v.census.readAll(framework.Texts(v.plan.Groups.Elements())) {
		return
	}
	exempt := framework.Texts(v.plan.ExemptUsers.Elements())
	var open []string
	for _, user := range v.census.report.Users {
		canAct := aws.ToBool(user.Password) || user.Keys[0].Active || user.Keys[1].Active
		if canAct && !user.Root() && !v.covered[user.Name] && !slices.Contains(exempt, user.Name) {
			open = append(open, user.Name)
		}
	}
	if len(open) == 0 {
		return
	}
	slices.Sort(open)
	framework.Warn(v.diags, v.label, fmt.Sprintf("users with a password or an active access key who are not covered: %d", len(open)),
		fmt.Sprintf("They are in none of the groups and users named here, says the credential report of %s: %s.\n\nPut them into a "+
			"bound group, name them in users, or, if it is meant so, in exempt_users.", v.reportTime(), shorten(open)))
}

func (v verdict) reportTime() string {
	return v.census.report.Generated.Format(time.RFC3339)
}

// shorten names the first users and counts the others.
func shorten(names []string) string {
	if len(names) <= mostNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNamed], ", "), len(names)-mostNamed)
}

// userOf is the name of an IAM user by its ARN; "" for whoever else it is.
func userOf(text string) string {
	parsed, err := arn.Parse(text)
	if err != nil || !strings.HasPrefix(parsed.Resource, "user/") {
		return ""
	}
	return parsed.Resource[strings.LastIndex(parsed.Resource, "/")+1:]
}
