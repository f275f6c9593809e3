package history

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// rulesOn are the states of a rule that matches.
var rulesOn = []types.RuleState{types.RuleStateEnabled, types.RuleStateEnabledWithAllCloudtrailManagementEvents}

// regionalInverses are the ways back from switching off a trail and a rule.
var regionalInverses = map[string]inverse{
	"cloudtrail.StopLogging": {
		needs:    []string{"name"},
		commands: []command{cli("cloudtrail start-logging", "name", "name")},
		undone: func(ctx context.Context, u *undo) (bool, error) {
			status, err := u.place.Account.CloudTrail(u.place.Region).GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{
				Name: u.value("name"),
			})
			return err == nil && aws.ToBool(status.IsLogging), err
		},
		call: func(ctx context.Context, u *undo) error {
			_, err := u.place.Account.CloudTrail(u.place.Region).StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: u.value("name")})
			return err
		},
		next: "What happened while the trail was off is not in its log; the event history of CloudTrail has it for 90 days.",
	},
	"events.DisableRule": {
		// The bus is a name or an ARN, and the default one where it is left out.
		needs: []string{"name"}, may: []string{"eventBusName"},
		commands: []command{cli("events enable-rule", "name", "name", "event-bus-name", "eventBusName")},
		undone: func(ctx context.Context, u *undo) (bool, error) {
			rule, err := u.place.Account.EventBridge(u.place.Region).DescribeRule(ctx, &eventbridge.DescribeRuleInput{
				Name: u.value("name"), EventBusName: u.value("eventBusName"),
			})
			return err == nil && slices.Contains(rulesOn, rule.State), err
		},
		call: func(ctx context.Context, u *undo) error {
			_, err := u.place.Account.EventBridge(u.place.Region).EnableRule(ctx, &eventbridge.EnableRuleInput{
				Name: u.value("name"), EventBusName: u.value("eventBusName"),
			})
			return err
		},
		next: "The record does not tell which state the rule had. It is ENABLED now: put the rule again if it is to match read calls " +
			"too (ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS).",
	},
}

// keyInverses are the ways back from what makes a key of KMS unusable.
var keyInverses = map[string]inverse{
	"kms.DisableKey": {
		needs:    []string{"keyId"},
		commands: []command{cli("kms enable-key", "key-id", "keyId")},
		undone: func(ctx context.Context, u *undo) (bool, error) {
			state, err := u.keyState(ctx)
			if err == nil && state == kmstypes.KeyStatePendingDeletion {
				return false, refuse("undo the event ScheduleKeyDeletion of the key instead.", "the key waits for its deletion since")
			}
			return err == nil && state == kmstypes.KeyStateEnabled, err
		},
		call: enableKey,
	},
	"kms.ScheduleKeyDeletion": {
		needs:    []string{"keyId"},
		commands: []command{cli("kms cancel-key-deletion", "key-id", "keyId"), cli("kms enable-key", "key-id", "keyId")},
		undone: func(ctx context.Context, u *undo) (bool, error) {
			state, err := u.keyState(ctx)
			return err == nil && state == kmstypes.KeyStateEnabled, err
		},
		call: func(ctx context.Context, u *undo) error {
			state, err := u.keyState(ctx)
			if err == nil && state != kmstypes.KeyStateDisabled {
				_, err = u.keys().CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: u.value("keyId")})
			}
			if err != nil {
				return err
			}
			return enableKey(ctx, u)
		},
		// Who disables a key takes access away. That somebody else then schedules its deletion is
		// no reason to enable it.
		gives: "The key is enabled, also where somebody had disabled it before its deletion was scheduled",
		next:  "The record does not tell whether the key was enabled before. It is enabled now: disable it if it was not.",
	},
	"kms.DisableKeyRotation": {
		needs:    []string{"keyId"},
		commands: []command{cli("kms enable-key-rotation", "key-id", "keyId")},
		undone: func(ctx context.Context, u *undo) (bool, error) {
			status, err := u.keys().GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: u.value("keyId")})
			return err == nil && status.KeyRotationEnabled, err
		},
		call: func(ctx context.Context, u *undo) error {
			_, err := u.keys().EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: u.value("keyId")})
			return err
		},
		next: "The record does not tell how often the key was rotated: compare the period that AWS has chosen with the declared one.",
	},
}

func (u *undo) keys() *kms.Client { return u.place.Account.KMS(u.place.Region) }

func (u *undo) keyState(ctx context.Context) (kmstypes.KeyState, error) {
	found, err := u.keys().DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: u.value("keyId")})
	if err != nil {
		return "", err
	}
	return found.KeyMetadata.KeyState, nil
}

func enableKey(ctx context.Context, u *undo) error {
	_, err := u.keys().EnableKey(ctx, &kms.EnableKeyInput{KeyId: u.value("keyId")})
	return err
}
