// Package secretsink is where a secret may go that AWS hands out only once: a secret of
// Secrets Manager, a SecureString parameter of Systems Manager, or, encrypted to age
// recipients, the state of Terraform. Nowhere else is it kept.
//
// A secret that cannot be kept is lost, and what it belongs to is of no use. So a target
// is proven writable before the secret is made: [Target.Prove] writes a placeholder in
// the way in which [Proof.Keep] writes the secret, and only a proof can keep one. What is
// proven is the permission to write there, the use of its KMS key, and for age that all
// recipients can be encrypted to. A permission that is taken away in between is found
// by Keep alone.
//
//   - Secrets Manager: the secret has to exist, not be about to be deleted, and not
//     rotate, because a rotation would replace what is kept. The placeholder is a version
//     of its own under the stage "iamguard-proof", which leaves the current version alone;
//     the stage is taken away again, and Secrets Manager then deletes the version:
//     https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
//     A secret without any version gets its placeholder as the current one.
//   - Systems Manager has no such stage, and no way to try a write. The placeholder is the
//     value of the parameter until the secret is; an earlier value stays in the history of
//     the parameter. A parameter that was made for the placeholder is deleted again by
//     [Proof.Undo]. One that exists keeps its KMS key:
//     https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
//   - age: X25519 recipients, see https://age-encryption.org. The text is armored.
package secretsink
