package lifecycle

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

// Guardrail is what the lifecycle of one type has to know. M is its Terraform model,
// H what AWS has of its object.
type Guardrail[M, H any] struct {
	// Noun is the word for the object, such as "alert rule".
	Noun string
	// Unprotected says, as a sentence, what holds no more once the object is gone.
	Unprotected string
	// Key is the natural key of the identity; Regional types have a region in it.
	Key      string
	Regional bool
	// Protection is nil where the type has no deletion_protection.
	Protection  *framework.Protection
	Attribution history.Attribution
	Failures    Failures

	// Head finds the common attributes in a model.
	Head func(*M) Head
	// Reach gives the calls for the object that a model asks for. It may fill in what
	// a plan had to leave unknown while the place was.
	Reach func(context.Context, framework.Place, *M) (Calls[H], error)
	// FromAWS writes every attribute: what AWS has, the place, and the defaults of
	// arguments that AWS does not know.
	FromAWS func(*M, H, framework.Place)
	// Object names a model's object in warnings and records.
	Object func(M, framework.Place) history.Object
	// Missing tells that an object is found and counts as gone all the same: a type that
	// keeps its object in state then, as drift. Nil for never.
	Missing func(H) bool
	// Gone says what became of an object that is gone, as a sentence; nil where it can only
	// have been deleted.
	Gone func(context.Context, framework.Place, M) string
	// WriteOnly copies the write-only arguments of a configuration into a plan, which
	// does not have them. Nil where there are none.
	WriteOnly func(config M, plan *M)
	// Prior tells the calls of an update what the state was; nil where they do not ask.
	Prior func(calls Calls[H], state M)
	// Owner tells, from an object that was not to be adopted, whose it may be; nil where
	// nothing can be told.
	Owner func(H) string
	// Advice says what to do about an error that its class does not explain, or "".
	Advice func(error, M, framework.Place) string
	// Watch warns, in Read, of what is no difference; nil for nothing.
	Watch func(context.Context, framework.Place, M, H, *diag.Diagnostics)
}

// Failures are the summaries of a type's errors, each a literal of its own.
type Failures struct {
	Reach, Create, Undo, Read, Update, Delete, ImportID, Import, List string
}

// Head are the attributes that every type has.
type Head struct {
	framework.Placed

	// Key is the value of the natural key.
	Key types.String
	// Shown is the object in error messages, such as its ARN or name.
	Shown string
	// What a type does not have stays null.
	Adopt, DestroyAdopted, Protected types.Bool
	Timeouts                         timeouts.Value
}

// Calls are the AWS calls for one object, as a model wants it.
type Calls[H any] interface {
	// Find reads the object, or fails with account.ErrNotFound.
	Find(context.Context) (*H, error)
	// Create makes the object and says what it is then; Configure does the rest.
	Create(context.Context) (*H, error)
	// Configure changes what differs between an object and what is wanted.
	Configure(context.Context, H) error
	// Differences names the attributes in which an object differs from what is wanted.
	Differences(H) []string
	// Remove deletes the object; one that is gone already is no error.
	Remove(context.Context) error
}

// object is a model's object within reach.
type object[H any] struct {
	place framework.Place
	calls Calls[H]
}

// reach finds the account of a model's object and the way to it.
func (g Guardrail[M, H]) reach(ctx context.Context, pool *account.Pool, m *M, diags *diag.Diagnostics) (object[H], bool) {
	if diags.HasError() {
		return object[H]{}, false
	}
	place, ok := framework.Locate(ctx, pool, g.Head(m).Placed, g.Regional, diags)
	if !ok {
		return object[H]{}, false
	}
	calls, err := g.Reach(ctx, place, m)
	if err != nil {
		framework.Fail(diags, framework.Failure{Summary: g.Failures.Reach, Object: g.Head(m).Shown, Place: place, Err: err})
	}
	return object[H]{place, calls}, err == nil
}

// store sets state and identity from what AWS has.
func (g Guardrail[M, H]) store(
	ctx context.Context, in framework.Place, have H, m M, state *tfsdk.State, identity *tfsdk.ResourceIdentity,
	diags *diag.Diagnostics,
) {
	g.FromAWS(&m, have, in)
	diags.Append(state.Set(ctx, m)...)
	diags.Append(g.identify(ctx, identity, &m)...)
}

func (g Guardrail[M, H]) identify(ctx context.Context, identity *tfsdk.ResourceIdentity, m *M) diag.Diagnostics {
	head, region := g.Head(m), types.StringNull()
	if g.Regional {
		region = head.Region
	}
	return framework.SetIdentity(ctx, identity, head.AccountID, region, g.Key, head.Key)
}

// JudgePlan refuses a plan that destroys or replaces a protected object.
func (g Guardrail[M, H]) JudgePlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state M
	if g.Protection == nil || req.State.Raw.IsNull() {
		return
	}
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !resp.Diagnostics.HasError() {
		g.Protection.JudgePlan(ctx, req, resp, g.Head(&state).Key.ValueString())
	}
}

// Explain ends a plan: it warns of an object that will be adopted, or repeats who
// made the changes that the plan would undo.
func (g Guardrail[M, H]) Explain(
	ctx context.Context, pool *account.Pool, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if req.State.Raw.IsNull() || len(resp.RequiresReplace) > 0 {
		g.warnOfAdoption(ctx, pool, req.Config, resp)
		return
	}
	var state M
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if pool == nil || resp.Diagnostics.HasError() {
		return
	}
	var quiet diag.Diagnostics
	if place, ok := framework.Locate(ctx, pool, g.Head(&state).Placed, g.Regional, &quiet); ok {
		g.Attribution.Repeat(ctx, pool, g.Object(state, place).Label, req, resp)
	}
}

// existsError is an object that was not to be adopted.
type existsError struct{ noun, owner string }

// Error says whose it may be.
func (e existsError) Error() string { return "this " + e.noun + " already exists" + e.owner }

// IsExisting tells whether an error says that an object exists and was not to be adopted.
func IsExisting(err error) bool {
	_, is := errors.AsType[existsError](err)
	return is
}
