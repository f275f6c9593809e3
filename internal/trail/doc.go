// Package trail keeps the audit trail in place: a CloudTrail trail that logs and
// delivers, and the bucket it delivers to.
//
// Facts relied on:
//
//   - CreateTrail starts no logging, and PutEventSelectors, PutInsightSelectors
//     and StartLogging are calls of their own. A create that fails on the way
//     deletes the trail again, because Terraform would otherwise taint it and
//     delete it later, with a gap in the log:
//     https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
//   - A bucket, key or role policy takes a while until CloudTrail sees it, so
//     those refusals are tried again for two minutes.
//   - Changes are made in the home region only (InvalidHomeRegionException).
//   - IsLogging stays true while delivery fails; GetTrailStatus has the error.
//   - Off and on again leaves only StopLoggingTime and StartLoggingTime behind.
//
// Lifecycle: an existing trail is adopted only with adopt_existing, and then
// never deleted unless destroy_adopted. Everything that a trail can be told is
// compared on every plan. Delivery errors never are a difference; they warn.
package trail
