// Package history reads recorded events: what was removed, when and by whom.
//
// Facts relied on, from the LookupEvents reference,
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html:
//
//   - it answers the management events of one account in one region, of the last
//     90 days, newest first, 50 a page, without any trail;
//   - it takes one attribute a call, and two calls a second for an account and
//     region, beyond which it throttles with HTTP 400;
//   - a page token is good only with the very same parameters, so both times are
//     fixed before the first page;
//   - an event arrives minutes after the call, so what is younger than a quarter
//     of an hour may be missing.
//
// Every search says what it covered. "None found" is said of that window only,
// and never as "safe".
package history
