package alert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// targetFrom reads a target of AWS.
func targetFrom(from types.Target) target {
	to := target{ARN: logGroupARN(aws.ToString(from.Arn)), Role: aws.ToString(from.RoleArn), Foreign: foreign(from)}
	if from.DeadLetterConfig != nil {
		to.DeadLetter = aws.ToString(from.DeadLetterConfig.Arn)
	}
	if from.SqsParameters != nil {
		to.Group = aws.ToString(from.SqsParameters.MessageGroupId)
	}
	if policy := from.RetryPolicy; policy != nil {
		to.Age, to.Attempts = widen(policy.MaximumEventAgeInSeconds), widen(policy.MaximumRetryAttempts)
	}
	if transformer := from.InputTransformer; transformer != nil {
		to.Message = &message{Paths: transformer.InputPathsMap, Template: aws.ToString(transformer.InputTemplate)}
	}
	return to
}

func widen(value *int32) *int64 {
	if value == nil {
		return nil
	}
	return aws.Int64(int64(*value))
}

// foreign describes what a target of ours never has: a constant or a part of the event
// instead of a message, and settings of services that are not for alerts.
func foreign(from types.Target) string {
	var parts []string
	if from.Input != nil {
		parts = append(parts, "constant "+*from.Input)
	}
	if from.InputPath != nil {
		parts = append(parts, "part "+*from.InputPath)
	}
	for name, set := range map[string]bool{
		"AppSync": from.AppSyncParameters != nil, "Batch": from.BatchParameters != nil, "ECS": from.EcsParameters != nil,
		"HTTP": from.HttpParameters != nil, "Kinesis": from.KinesisParameters != nil,
		"Redshift": from.RedshiftDataParameters != nil, "Run Command": from.RunCommandParameters != nil,
		"SageMaker": from.SageMakerPipelineParameters != nil,
	} {
		if set {
			parts = append(parts, "parameters of "+name)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// toAWS leaves out what is not set: EventBridge refuses zeros.
func (t target) toAWS(id string) types.Target {
	to := types.Target{Id: aws.String(id), Arn: aws.String(t.ARN)}
	if t.Role != "" {
		to.RoleArn = aws.String(t.Role)
	}
	if t.DeadLetter != "" {
		to.DeadLetterConfig = &types.DeadLetterConfig{Arn: aws.String(t.DeadLetter)}
	}
	if t.Group != "" {
		to.SqsParameters = &types.SqsParameters{MessageGroupId: aws.String(t.Group)}
	}
	if t.Age != nil || t.Attempts != nil {
		to.RetryPolicy = &types.RetryPolicy{MaximumEventAgeInSeconds: narrow(t.Age), MaximumRetryAttempts: narrow(t.Attempts)}
	}
	if t.Message != nil {
		to.InputTransformer = &types.InputTransformer{
			InputPathsMap: t.Message.Paths, InputTemplate: aws.String(t.Message.Template),
		}
	}
	return to
}

func narrow(value *int64) *int32 {
	if value == nil {
		return nil
	}
	return aws.Int32(int32(*value)) //nolint:gosec // The schema bounds both values far below.
}

func (t target) same(other target) bool {
	alike := t.Message == nil && other.Message == nil ||
		t.Message != nil && other.Message != nil && t.Message.same(*other.Message)
	return alike && t.ARN == other.ARN && t.Role == other.Role && t.DeadLetter == other.DeadLetter && t.Group == other.Group &&
		equal(t.Age, other.Age) && equal(t.Attempts, other.Attempts) && t.Foreign == other.Foreign
}

func equal(a, b *int64) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// reach makes the targets those that are wanted. New ones come first, so that no
// moment is without a target, unless there is no room for them.
func (c *ruleCalls) reach(ctx context.Context, have map[string]target) error {
	var put []types.Target
	var remove []string
	together := len(have)
	for _, id := range slices.Sorted(maps.Keys(c.want.Targets)) {
		want := c.want.Targets[id]
		held, there := have[id]
		if !there {
			together++
		}
		if !there || !want.same(held) {
			put = append(put, want.toAWS(id))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(have)) {
		if _, wanted := c.want.Targets[id]; !wanted {
			remove = append(remove, id)
		}
	}
	steps := []func(context.Context) error{
		func(ctx context.Context) error { return c.putTargets(ctx, put) },
		func(ctx context.Context) error { return c.removeTargets(ctx, remove) },
	}
	if together > maxTargets {
		slices.Reverse(steps)
	}
	if err := steps[0](ctx); err != nil {
		return err
	}
	return steps[1](ctx)
}

// putTargets fails also where EventBridge answers HTTP 200 and lists entries that
// failed, see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
func (c *ruleCalls) putTargets(ctx context.Context, put []types.Target) error {
	if len(put) == 0 {
		return nil
	}
	return c.retry(ctx, func() error {
		out, err := c.client.PutTargets(ctx, &eventbridge.PutTargetsInput{
			Rule: aws.String(c.want.Name), EventBusName: aws.String(c.want.Bus), Targets: put,
		})
		if err != nil {
			return err
		}
		failures := make([]error, len(out.FailedEntries))
		for i, entry := range out.FailedEntries {
			failures[i] = entryFailure("put", entry.TargetId, entry.ErrorCode, entry.ErrorMessage)
		}
		return entriesFailed(out.FailedEntryCount, failures)
	})
}

func (c *ruleCalls) removeTargets(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return c.retry(ctx, func() error {
		out, err := c.client.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{
			Rule: aws.String(c.want.Name), EventBusName: aws.String(c.want.Bus), Ids: ids,
		})
		if err != nil {
			return err
		}
		failures := make([]error, len(out.FailedEntries))
		for i, entry := range out.FailedEntries {
			failures[i] = entryFailure("remove", entry.TargetId, entry.ErrorCode, entry.ErrorMessage)
		}
		return entriesFailed(out.FailedEntryCount, failures)
	})
}

func entryFailure(verb string, id, code, text *string) error {
	return fmt.Errorf("EventBridge could not %s target %q: %s: %s", verb, aws.ToString(id), aws.ToString(code), aws.ToString(text))
}

func entriesFailed(count int32, failures []error) error {
	if count > 0 && len(failures) == 0 {
		return fmt.Errorf("EventBridge failed for %d targets and did not say which", count)
	}
	return errors.Join(failures...)
}

// Remove removes the targets and deletes the rule; a target that somebody adds
// meanwhile makes EventBridge refuse, and it starts over.
func (c *ruleCalls) Remove(ctx context.Context) error {
	again := func(err error) bool {
		failed := account.AsError(err)
		leftovers := failed != nil && failed.Operation == "DeleteRule" && failed.Code == "ValidationException"
		return leftovers || errors.Is(err, account.ErrConflict)
	}
	return c.place.Account.Pool().Retry(ctx, account.PropagationTimeout, again, func() error {
		have, err := c.targets(ctx)
		if err != nil && !errors.Is(err, account.ErrNotFound) {
			return err
		}
		if err := c.removeTargets(ctx, slices.Sorted(maps.Keys(have))); err != nil && !errors.Is(err, account.ErrNotFound) {
			return err
		}
		_, err = c.client.DeleteRule(ctx, &eventbridge.DeleteRuleInput{
			Name: aws.String(c.want.Name), EventBusName: aws.String(c.want.Bus),
		})
		if errors.Is(err, account.ErrNotFound) {
			return nil
		}
		return err
	})
}
