package policy_test

import (
	"math/rand/v2"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// TestGrants_May_sound: what may be done is allowed on the resource that is named, and what
// may not is allowed on none.
func TestGrants_May_sound(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(17, 19))
	counts := map[policy.Decision]int{}
	for range 1000 {
		c := generate(random)
		e := policy.Compile(c.grants)
		for _, subject := range subjects {
			for _, context := range []policy.Context{c.request.Context, forget(random, c.request.Context)} {
				may := e.May(subject.action, context)
				counts[may.Decision]++
				if may.Decision == policy.Allowed {
					request := policy.Request{Action: subject.action, Resource: may.Resource, Context: context}
					if got := e.Decide(request); got.Decision != policy.Allowed {
						t.Fatalf("%s on %s is %s: %+v", subject.action, may.Resource, got.Decision, c.grants)
					}
				}
				for _, resource := range subject.resources {
					got := e.Decide(policy.Request{Action: subject.action, Resource: resource, Context: context})
					denied := may.Decision == policy.ImplicitlyDenied || may.Decision == policy.ExplicitlyDenied
					if denied && (got.Decision == policy.Allowed || got.Decision == policy.Undecided) {
						t.Fatalf("%s is %s, but %s on %s: %+v", subject.action, may.Decision, got.Decision, resource, c.grants)
					}
				}
			}
		}
	}
	t.Logf("%v", counts)
	for _, decision := range []policy.Decision{policy.Allowed, policy.ImplicitlyDenied, policy.ExplicitlyDenied, policy.Undecided} {
		if counts[decision] < 500 {
			t.Errorf("%s only %d times", decision, counts[decision])
		}
	}
}
