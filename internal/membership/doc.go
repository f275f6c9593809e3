// Package membership guards who is in an IAM group and which clients an OIDC provider
// trusts.
//
// Facts relied on:
//
//   - Groups carry the Deny that asks for MFA as often as they carry rights, so leaving a
//     group can widen what a user may do.
//   - A group keeps its unique ID when it is renamed, and another group of the same name
//     has another one, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html.
//     A provider of the same URL has the same ARN, and another creation date.
//   - Adding a member twice, and taking a client ID away twice, are no errors.
//
// Decisions: the group and the provider are somebody else's resource, only who is in
// them is kept here. Members are added before others are removed. A group or provider
// that was deleted, renamed or made anew is not the one that was guarded: the membership
// leaves the state, and the plan shows that it is to be made again. Putting back what
// somebody took out gives access, so the plan says so, and refuses it for users under
// quarantine.
package membership
