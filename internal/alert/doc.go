// Package alert sees to it that a removal in IAM reaches a person: rules of
// EventBridge on the events of the catalogue.
//
// Facts relied on:
//
//   - a pattern is matched with the event that EventBridge makes of a CloudTrail
//     record, see
//     https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html;
//   - "anything-but" does not match a field that is absent, so an exclusion by ARN
//     lets events without an ARN through by a condition of its own;
//   - CloudTrail writes the ARN of the session, not of its role, into
//     userIdentity.arn, see
//     https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html;
//   - a rule has at most 2,048 characters of pattern, 4,096 after a quota was raised,
//     see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html.
//
// So far there are the functions that write and try patterns.
package alert
