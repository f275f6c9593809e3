// Package localaws is a local AWS for tests and the demo: moto, which others wrote, behind a recorder, which is ours. No part
// of it is linked into the provider.
//
// A test takes an account of its own from the one server of the test binary:
//
//	account := localaws.Shared(t).NewAccount(t, "eu-central-1")
//	client := iam.NewFromConfig(account.Config(account.Admin()))
//	...
//	for _, call := range account.Mutations() { ... }
//
// The recorder is a proxy on a loopback port. What it does with a call, in this order (see serve):
//
//  1. It reads service, operation, parameters and caller from the wire. The access key tells the account: keys of synthetic
//     principals ([Account.User], [Account.AssumedRole], [Account.Root]), keys that CreateAccessKey or AssumeRole answered; a
//     key never seen belongs to [DefaultAccount]. moto gets the account in the header x-moto-account-id. No signature is checked.
//  2. It asks the faults of the account ([Account.Inject]).
//  3. It lets moto answer, or a handler of its own where moto does not do as AWS does (see table), each with a link to the
//     page of AWS that says so. A call that neither knows fails the test by name.
//  4. It writes the call down twice: as a [Call], for assertions on what was sent, and as a CloudTrail record, which
//     LookupEvents finds and [Account.Records] shows.
//  5. It hands the record to the EventBridge rules of the region that records it, before the caller gets its answer.
//
// LookupEvents comes from the record log, with the documented limits and errors ([Lookup]). It follows the clock of the
// account, the rate too: a test whose sleeper moves the clock proves its pacing without waiting.
//
// CloudTrail is kept here altogether and moto is not asked for it. moto 5.2.1 gets nearly every operation wrong (an ARN is a
// 500 or deletes nothing, duplicates overwrite, selectors are not checked, appended or never told, nothing is tied to a home
// region), so that correcting its answers would take a second copy of the trail anyway. What a trail needs from other
// services is read from moto: the bucket and its policy, key, topic, log group, role, organization.
//
// EventBridge keeps its rules, targets and buses in moto, and delivers here: moto's PutEvents lets disabled rules fire, ignores
// Input and InputPath, and fails for most targets. An event arrives if a trail of the account logs it, the state of the rule
// lets it in and the pattern matches, judged by package events. It goes to SQS, SNS, CloudWatch Logs or another bus, if the
// policy or role there lets EventBridge send; else it is sent again as the retry policy says, in no time, and then goes to the
// dead-letter queue. [Account.Deliveries] tells what became of each event that matched a rule. Rules are read once
// after each write to EventBridge, so that calls cost nothing in a region without rules. What the subscribers of a topic get of a
// message is moto's doing.
//
// In S3 a new bucket gets the defaults of AWS by writing them into moto once (createBucket). In IAM every list is paged here,
// deletes refuse with DeleteConflict, and client IDs of OIDC providers can be added and removed. A list is computed for its first
// page and kept for the others. The permissions boundaries of users, service-specific credentials, centralized root access and
// outbound web identity federation are kept here, since moto has none of them.
//
// [Account.Seed] and [Account.SeedInventory] make up a history and an inventory of any size, for what would take moto hours.
//
// Known to differ from AWS: AssumeRole looks up neither role nor trust policy (a fault can deny it); no policy of a caller is
// judged (a fault can deny any call); GetTrailStatus tells only the delivery errors that a test sets; Insights events are never
// made; an organization trail covers its own account only; EventBridge has no other targets than those above, and its
// retries take no time.
//
// Assumed of EventBridge, because no page of AWS decides it: an object inside quotes in a template loses its own quotes; a JSON
// template that becomes invalid, and an InputPath that is absent, are failures without a retry; an own input for a log group is
// an object of timestamp and message, or it does not arrive; the body of a dead letter is the event itself; the error codes of
// a refused FIFO message, of a role that cannot be assumed and of too many hops between buses.
package localaws
