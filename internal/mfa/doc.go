// Package mfa sees to it that nobody has power without a second factor.
//
// One customer managed policy does it: it lets users manage a device of their own, and
// denies everything else to sessions without MFA. Roles, federated principals and the
// root user are never covered by it.
//
// Facts relied on:
//
//   - aws:MultiFactorAuthPresent is in the context of temporary credentials only, and
//     absent with long-term access keys, so BoolIfExists is what catches those; a session
//     without a device has no aws:MultiFactorAuthAge either:
//     https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
//   - What a user needs to enroll, and on which resources:
//     https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html
//   - A user may name a device freely, and has up to eight, so a pattern by the name of
//     the user does not find them all.
//   - A device that is assigned to a user cannot be deleted, whoever asks, so deleting
//     may name every device where deactivating names those of the user only.
//   - Long-term keys cannot add or remove a device of their own user once there is one,
//     so enrolling without MFA is no way around it:
//     https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_virtual.html
//   - IAM counts 6,144 characters of a managed policy, white space left out:
//     https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
//   - The credential report is up to four hours old.
//
// An existing policy is an error unless it is adopted, destroy deletes it, and every
// change of document, default version, attachments and tags is drift.
//
// A virtual device is made for users who cannot enroll one themselves; its seed, which
// AWS tells once, goes to secretsink. Any active device of its user counts, so only a user
// without one is drift.
package mfa
