// Package account is the one seam between iamguard and AWS.
//
// A [Pool] holds the provider configuration ([Settings]) and hands out an
// [Account] for what a resource names: nothing (the account of the provider's
// credentials), a name in the provider's accounts, or a 12-digit account ID.
// Credentials are resolved at first use and never before, so that a plan that
// touches one account of twenty-five asks for one role.
//
// Every call that leaves an [Account] passes three layers, in this order:
//
//   - [Error]: whatever AWS answers is classed once (ErrNotFound, ErrDenied, …)
//     and carries the account, the region and the IAM action, so that no other
//     package ever looks at an error text;
//   - the retries of the AWS SDK, configured by aws-sdk-go-base;
//   - one pacing limiter per account, region and API where AWS documents a
//     rate, placed inside the retries so that a retried attempt is paced too.
//
// The rates are those of the CloudTrail quotas page:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
package account
