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
//   - EventBridge has the calls of a global service in one region of the partition, and
//     sees none without a trail that logs management writes, see
//     https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html;
//   - PutRule sets back what is left out and ignores tags of a rule that exists, and
//     PutTargets can fail in part with HTTP 200, see
//     https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html;
//   - EventBridge does not escape the values of an input template.
//
// A rule is one object with its targets. An existing rule is adopted only if that is
// asked for, because PutRule overwrites one without a word. Its pattern and messages are
// written anew in every plan and compared with what AWS has; a topic's policy too. What
// lies behind a target is not compared but judged, by the data source alert_health.
package alert
