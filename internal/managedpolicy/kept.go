package managedpolicy

import "context"

// Kept are the calls about one policy as it should be. It satisfies
// lifecycle.Calls, so that a guardrail which is such a policy needs no calls of its own.
type Kept struct {
	calls Calls
	want  Policy
}

// Keep gives the calls that keep a policy as it is wanted, by its ARN.
func (c Calls) Keep(want Policy) *Kept {
	return &Kept{calls: c, want: want}
}

// Find reads the policy; see [Calls.Find].
func (k *Kept) Find(ctx context.Context) (*Policy, error) {
	return k.calls.Find(ctx, k.want.ARN)
}

// Create makes the policy with its document and tags, attached to nothing yet.
func (k *Kept) Create(ctx context.Context) (*Policy, error) {
	if err := k.calls.create(ctx, k.want); err != nil {
		return nil, err
	}
	k.calls.fresh = true
	made := k.want
	made.Attachments = Attachments{}
	return &made, nil
}

// Configure changes what differs: first the document, then the attachments, then the tags.
func (k *Kept) Configure(ctx context.Context, have Policy) error {
	return k.calls.configure(ctx, have, k.want)
}

// Differences names the attributes that are not as wanted; see [Differences].
func (k *Kept) Differences(have Policy) []string {
	return Differences(have, k.want)
}

// Remove detaches the policy from everything and deletes it; see [Calls.Remove].
func (k *Kept) Remove(ctx context.Context) error {
	return k.calls.Remove(ctx, k.want.ARN)
}
