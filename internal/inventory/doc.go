// Package inventory reads what an account contains: so far its trails.
//
// Every list is read to its last page; a page that fails is an error and never a
// short answer. What could not be read is named and counts as not there: a trail
// whose selectors are denied covers nothing.
//
// Facts relied on:
//
//   - IAM and the other global services are recorded in one region of the
//     partition since 2021-11-22, so only a trail that applies to that region
//     records them:
//     https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
//   - EventBridge gets a management event only where a trail that logs
//     management events is on:
//     https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
//   - GetTrail answers one trail, GetTrailStatus its times and delivery errors,
//     GetEventSelectors and GetInsightSelectors what it records:
//     https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html
package inventory
