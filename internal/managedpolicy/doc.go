// Package managedpolicy keeps one customer managed policy of IAM as it should be:
// its default document, its tags, and the groups, users and roles that it is
// attached to. Guardrails that consist of such a policy stand on it.
//
// Facts relied on:
//
//   - The name is unique in the account whatever the path and the case, and the
//     description cannot be changed:
//     https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
//   - A policy has at most five versions, and the default one decides. A new
//     version becomes the default in the call that makes it, so a failed change
//     leaves the old document in force and nothing to take back:
//     https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
//   - A policy is deleted only when it is attached nowhere and has no version but
//     the default one:
//     https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
//   - Attaching what is attached already succeeds. Detaching what is not attached
//     is NoSuchEntity, which is as wanted.
//   - IAM is eventually consistent, so everything is read until it agrees.
//
// The attachments are exclusive: an attachment that somebody else makes is a
// difference, and is detached again.
package managedpolicy
