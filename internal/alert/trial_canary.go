package alert

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

const (
	iamSource = "iam.amazonaws.com"
	// trialCleanup bounds the deletion of what a canary made, whatever became of the rest.
	trialCleanup = 2 * time.Minute
	// trialPolicy takes a right away from nobody: the group that has it has no members.
	trialPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:ListAccountAliases","Resource":"*"}]}`
	// trialInline is the name of an inline policy.
	trialInline = "iamguard-canary"
)

// trialBird is a canary: an IAM object of its own, on which a removal is made.
type trialBird struct {
	client *iam.Client
	// name is that of the group or policy; policies are the ARNs of the canary's own
	// policy and of AWS's AWSDenyAll.
	name, policy, denyAll string
}

type trialStep func(b trialBird, ctx context.Context) error

// trialRemovals are the removals that a canary can make, in the order in which they
// are tried: the one that needs the least comes first.
var trialRemovals = []struct {
	event string
	// before makes what is removed, remove is the call that the rule is to match.
	before []trialStep
	remove trialStep
}{
	{"DeleteGroup", []trialStep{trialBird.createGroup}, trialBird.deleteGroup},
	{"DeleteGroupPolicy", []trialStep{trialBird.createGroup, trialBird.putPolicy}, trialBird.deleteInline},
	{"DetachGroupPolicy", []trialStep{trialBird.createGroup, trialBird.attach}, trialBird.detach},
	{"DeletePolicy", []trialStep{trialBird.createPolicy}, trialBird.deletePolicy},
}

func (b trialBird) createGroup(ctx context.Context) error {
	_, err := b.client.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: &b.name})
	return err
}

func (b trialBird) putPolicy(ctx context.Context) error {
	_, err := b.client.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{
		GroupName: &b.name, PolicyName: aws.String(trialInline), PolicyDocument: aws.String(trialPolicy),
	})
	return err
}

func (b trialBird) attach(ctx context.Context) error {
	_, err := b.client.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: &b.name, PolicyArn: &b.denyAll})
	return err
}

func (b trialBird) createPolicy(ctx context.Context) error {
	_, err := b.client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: &b.name, PolicyDocument: aws.String(trialPolicy)})
	return err
}

func (b trialBird) deleteInline(ctx context.Context) error {
	_, err := b.client.DeleteGroupPolicy(ctx, &iam.DeleteGroupPolicyInput{GroupName: &b.name, PolicyName: aws.String(trialInline)})
	return err
}

func (b trialBird) detach(ctx context.Context) error {
	_, err := b.client.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{GroupName: &b.name, PolicyArn: &b.denyAll})
	return err
}

func (b trialBird) deleteGroup(ctx context.Context) error {
	_, err := b.client.DeleteGroup(ctx, &iam.DeleteGroupInput{GroupName: &b.name})
	return err
}

func (b trialBird) deletePolicy(ctx context.Context) error {
	_, err := b.client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: &b.policy})
	return err
}

// tryCanary makes a real removal and waits for it.
func (t *trial) tryCanary(ctx context.Context, targets []types.Target, patience time.Duration, diags *diag.Diagnostics) {
	name := "iamguard-canary-" + t.id
	bird := trialBird{
		name: name, policy: fmt.Sprintf("arn:%s:iam::%s:policy/%s", t.rule.in.Partition, t.rule.in.ID, name),
		denyAll: fmt.Sprintf("arn:%s:iam::aws:policy/AWSDenyAll", t.rule.in.Partition),
	}
	chosen := t.choose(bird)
	if chosen < 0 {
		t.say("No canary is possible: the rule matches no removal that this action can make as %s.", t.rule.in.CallerARN)
		t.leaves("no canary is possible for this rule")
		return
	}
	began := t.rule.in.Pool().Now()
	event := trialRemovals[chosen].event
	t.say("Making %s of the canary %s, which the rule is to match.", event, name)
	if err := t.release(ctx, bird, chosen, diags); err != nil {
		framework.Fail(diags, framework.Failure{
			Summary: "Unable to make the canary of the alert rule", Object: event + " of " + name, Place: t.place, Err: err,
		})
		t.leaves("the canary could not be made")
		return
	}
	t.await(ctx, trialWatch{trial: t, name: name, event: event, began: began}, targets, patience, diags)
}

// choose finds a removal that the rule matches, as this caller would make it; -1 if none.
func (t *trial) choose(bird trialBird) int {
	for i, removal := range trialRemovals {
		event, known := events.Catalog().Lookup(iamSource, removal.event)
		parameters := map[string]any{"groupName": bird.name}
		switch removal.event {
		case "DeleteGroupPolicy":
			parameters["policyName"] = trialInline
		case "DetachGroupPolicy":
			parameters["policyArn"] = bird.denyAll
		case "DeletePolicy":
			parameters = map[string]any{"policyArn": bird.policy}
		}
		if known && t.wouldMatch(event, parameters) {
			return i
		}
	}
	return -1
}

// release makes the canary and the removal, and deletes in any case what was made: a
// call whose answer was lost may have been carried out.
func (t *trial) release(ctx context.Context, bird trialBird, chosen int, diags *diag.Diagnostics) (err error) {
	if bird.client, err = t.rule.in.IAM(); err != nil {
		return err
	}
	defer t.bury(ctx, bird, trialRemovals[chosen].event, diags)
	for _, step := range trialRemovals[chosen].before {
		if err := step(bird, ctx); err != nil {
			return err
		}
	}
	return t.rule.in.Pool().Retry(ctx, account.SettleTimeout, account.NotYet, func() error {
		return trialRemovals[chosen].remove(bird, ctx)
	})
}

// bury deletes what is left of a canary, also after an interruption.
func (t *trial) bury(ctx context.Context, bird trialBird, event string, diags *diag.Diagnostics) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), trialCleanup)
	defer cancel()
	steps := map[string][]trialStep{
		"DeleteGroup":       {trialBird.deleteGroup},
		"DeleteGroupPolicy": {trialBird.deleteInline, trialBird.deleteGroup},
		"DetachGroupPolicy": {trialBird.detach, trialBird.deleteGroup},
		"DeletePolicy":      {trialBird.deletePolicy},
	}[event]
	for _, step := range steps {
		if err := step(bird, ctx); err != nil && !errors.Is(err, account.ErrNotFound) {
			framework.Fail(diags, framework.Failure{
				Summary: "Unable to delete the canary of the alert rule", Object: bird.name, Place: t.place, Err: err,
				Outcome: "The IAM group or policy " + bird.name + " may be left. It has no members and grants nothing.",
				Advice: "delete it by hand: aws iam delete-group --group-name " + bird.name +
					", or aws iam delete-policy --policy-arn " + bird.policy,
			})
			return
		}
	}
}
