package lifecycle

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// Create makes the object, or takes over an existing one, or undoes what it made.
func (g Guardrail[M, H]) Create(
	ctx context.Context, pool *account.Pool, req resource.CreateRequest, resp *resource.CreateResponse,
) {
	var plan M
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	g.takeWriteOnly(ctx, req.Config, &plan, &resp.Diagnostics)
	reached, ok := g.reach(ctx, pool, &plan, &resp.Diagnostics)
	if !ok {
		return
	}
	head := g.Head(&plan)
	ctx, cancel := framework.Bound(ctx, head.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	made, err := g.make(ctx, reached, head.Adopt.ValueBool())
	if err == nil {
		g.store(ctx, reached.place, *made.have, plan, &resp.State, resp.Identity, &resp.Diagnostics)
		g.Attribution.Applied(ctx, pool, resp.Private, resp.State, &resp.Diagnostics)
		if made.adopted {
			framework.MarkAdopted(ctx, resp.Private, &resp.Diagnostics)
		}
		return
	}
	failure := framework.Failure{
		Summary: g.Failures.Create, Object: head.Shown, Place: reached.place, Err: err,
		Advice: g.Advice(err, plan, reached.place),
	}
	if made.undone {
		failure.Outcome = "What was made so far was deleted again; nothing is left behind, and the next apply starts anew."
	}
	framework.Fail(&resp.Diagnostics, failure)
	if made.undoFailed != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: g.Failures.Undo, Object: head.Shown, Place: reached.place, Err: made.undoFailed,
			Advice: fmt.Sprintf("the %s exists, is not finished and is in state as tainted, so the next apply would delete it "+
				"first. Run `terraform untaint <address of this resource>` to keep it; the next apply then finishes it.", g.Noun),
		})
		g.store(ctx, reached.place, *made.have, plan, &resp.State, resp.Identity, &resp.Diagnostics)
	}
}

// takeWriteOnly adds to a plan what only the configuration has.
func (g Guardrail[M, H]) takeWriteOnly(ctx context.Context, given tfsdk.Config, plan *M, diags *diag.Diagnostics) {
	if g.WriteOnly == nil || diags.HasError() {
		return
	}
	var config M
	diags.Append(given.Get(ctx, &config)...)
	if !diags.HasError() {
		g.WriteOnly(config, plan)
	}
}

// Read compares everything that AWS knows with the state.
func (g Guardrail[M, H]) Read(ctx context.Context, pool *account.Pool, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state M
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	reached, ok := g.reach(ctx, pool, &state, &resp.Diagnostics)
	if !ok {
		return
	}
	head := g.Head(&state)
	ctx, cancel := framework.Bound(ctx, head.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	have, err := reached.calls.Find(ctx)
	if errors.Is(err, account.ErrNotFound) {
		g.forget(ctx, reached.place, &state, req, resp)
		return
	}
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: g.Failures.Read, Object: head.Shown, Place: reached.place, Err: err,
		})
		return
	}
	g.store(ctx, reached.place, *have, state, &resp.State, resp.Identity, &resp.Diagnostics)
	if g.Watch != nil {
		g.Watch(ctx, reached.place, state, *have, &resp.Diagnostics)
	}
	g.Attribution.Begin(ctx, pool, resp)
	g.Attribution.Explain(ctx, g.Object(state, reached.place), req.State, resp)
}

// forget removes an object that is gone from state, and says who deleted it.
func (g Guardrail[M, H]) forget(
	ctx context.Context, in framework.Place, state *M, req resource.ReadRequest, resp *resource.ReadResponse,
) {
	gone := g.Object(*state, in)
	if !in.MayForget(gone.Label, &resp.Diagnostics) {
		return
	}
	by, evidence := g.Attribution.Deleted(ctx, gone, req.Private, &resp.Diagnostics)
	how := "It was deleted outside Terraform."
	if g.Gone != nil {
		how = g.Gone(ctx, in, *state)
	}
	framework.Warn(&resp.Diagnostics, gone.Label, "the "+g.Noun+" is gone"+by, how+" "+g.Unprotected+evidence)
	resp.Diagnostics.Append(g.identify(ctx, resp.Identity, state)...)
	resp.State.RemoveResource(ctx)
}

// Update changes what differs from AWS as it is now. If it fails on the way, the
// state is what was read back, so that the next plan shows what is left to do.
func (g Guardrail[M, H]) Update(
	ctx context.Context, pool *account.Pool, req resource.UpdateRequest, resp *resource.UpdateResponse,
) {
	var plan, state M
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	g.takeWriteOnly(ctx, req.Config, &plan, &resp.Diagnostics)
	resp.State.Raw = req.State.Raw
	reached, ok := g.reach(ctx, pool, &plan, &resp.Diagnostics)
	if !ok {
		return
	}
	if g.Prior != nil {
		g.Prior(reached.calls, state)
	}
	head := g.Head(&plan)
	ctx, cancel := framework.Bound(ctx, head.Timeouts.Update, &resp.Diagnostics)
	defer cancel()

	have, err := g.change(ctx, reached)
	if err == nil {
		g.store(ctx, reached.place, *have, plan, &resp.State, resp.Identity, &resp.Diagnostics)
		g.Attribution.Applied(ctx, pool, resp.Private, resp.State, &resp.Diagnostics)
		return
	}
	framework.Fail(&resp.Diagnostics, framework.Failure{
		Summary: g.Failures.Update, Object: head.Shown, Place: reached.place, Err: err,
		Advice: g.Advice(err, plan, reached.place),
	})
	if have != nil {
		g.store(ctx, reached.place, *have, state, &resp.State, resp.Identity, &resp.Diagnostics)
		g.Attribution.AppliedPartly(ctx, pool, req, resp.Private, resp.State, &resp.Diagnostics)
	}
}

// Delete deletes an object that Terraform made; an adopted one is only forgotten.
func (g Guardrail[M, H]) Delete(
	ctx context.Context, pool *account.Pool, req resource.DeleteRequest, resp *resource.DeleteResponse,
) {
	var state M
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	head := g.Head(&state)
	if g.Protection != nil && !g.Protection.JudgeDelete(head.Protected, head.Key.ValueString(), &resp.Diagnostics) {
		return
	}
	reached, ok := g.reach(ctx, pool, &state, &resp.Diagnostics)
	if !ok {
		return
	}
	label := g.Object(state, reached.place).Label
	if framework.OnlyForgets(ctx, req.Private, head.DestroyAdopted, label, &resp.Diagnostics) {
		return
	}
	ctx, cancel := framework.Bound(ctx, head.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	if err := reached.calls.Remove(ctx); err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: g.Failures.Delete, Object: head.Shown, Place: reached.place, Err: err,
			Advice: g.Advice(err, state, reached.place),
		})
	}
}

// warnOfAdoption tells what of an existing object would be overwritten. It is only a
// warning, so a failed look-up says nothing here: the create asks again.
func (g Guardrail[M, H]) warnOfAdoption(
	ctx context.Context, pool *account.Pool, config tfsdk.Config, resp *resource.ModifyPlanResponse,
) {
	var plan M
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	g.takeWriteOnly(ctx, config, &plan, &resp.Diagnostics)
	if pool == nil || resp.Diagnostics.HasError() {
		return
	}
	head := g.Head(&plan)
	if !head.Adopt.ValueBool() || !framework.WhollyKnown(ctx, head.Key, head.Account, head.Region) {
		return
	}
	var quiet diag.Diagnostics
	reached, ok := g.reach(ctx, pool, &plan, &quiet)
	if !ok {
		return
	}
	have, err := g.find(ctx, reached)
	if err != nil {
		return
	}
	detail := "Overwritten: " + overwritten(reached.calls.Differences(*have), config.Raw.IsFullyKnown()) + "."
	if !head.DestroyAdopted.ValueBool() {
		detail += " Destroying this resource will only forget the " + g.Noun + ", unless destroy_adopted = true."
	}
	framework.Warn(&resp.Diagnostics, g.Object(plan, reached.place).Label, "an existing "+g.Noun+" will be adopted", detail)
}
