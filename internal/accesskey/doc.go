// Package accesskey tells which keys of an account are old or lie unused.
//
// Facts relied on:
//
//   - the credential report is made every four hours at most, and has all users with their
//     password, MFA, keys and certificates, see
//     https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html;
//   - "never used" and "used before IAM kept track" look alike in it.
//
// So far there are the data sources over what IAM reports of a whole account.
package accesskey
