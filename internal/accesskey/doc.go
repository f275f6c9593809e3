// Package accesskey tells which keys of an account are old or lie unused.
//
// Facts relied on:
//
//   - the credential report is made every four hours at most, and has all users with their
//     password, MFA, keys and certificates, see
//     https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html;
//   - "never used" and "used before IAM kept track" look alike in it;
//   - a user has two keys at most, and IAM is eventually consistent about new ones, see
//     https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html;
//   - the secret of a key is told once, by CreateAccessKey, and ListAccessKeys knows neither
//     since when a key is inactive nor its last use, see
//     https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html.
//
// There are the data sources over what IAM reports of a whole account, and iamguard_access_key,
// which keeps one key of a user and replaces it in steps: make a key and store its secret,
// let both work for a while, deactivate the old one once nobody uses it, delete it. Read
// stores the phase by the clock, ModifyPlan derives the step from it, and an apply takes one.
// Only keys whose IDs are in state are its own; those of others are drift that it never
// deletes. A key that is gone stays in state, because replacing it gives access back.
package accesskey
