// Package provider is the provider configuration and the registry of everything
// that iamguard offers.
//
// It is also the map of the repository. The guardrails are folders of their own:
//
//   - trail: the audit trail exists, logs, delivers, is intact
//   - leastprivilege: roles stay narrow, first of all the one that runs iamguard
//   - alert: an IAM removal reaches a person
//   - password: the account's password policy, console passwords
//   - mfa: no power without a second factor
//   - membership: who is in a group, which clients an OIDC provider trusts
//   - accesskey: no key grows old or lies unused; so far the reports about keys
//   - history: reading recorded events: the data sources, their reading plan, functions
//
// They stand on:
//
//   - lifecycle: how the object of a resource comes to be, is read, changes and goes
//   - secretsink: the three places a secret may go
//   - managedpolicy: one customer managed policy with its versions and attachments
//   - inventory: paged reads of an account, such as the coverage of its trails
//   - events and policy: pure; the catalogue of risky events and the CloudTrail
//     record, and IAM policy documents
//   - framework: the one thin layer over terraform-plugin-framework
//   - account: the one seam to AWS
//
// Tests and the demo run against localaws, a local AWS, through providertest.
package provider
