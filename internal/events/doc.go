// Package events knows the API calls that remove or weaken identity
// guardrails on AWS, and reads the CloudTrail records that tell of them. It is
// pure: it asks neither AWS nor the clock.
//
// The catalogue (data/catalog.json, and data/presets.json, the named selections
// of its events) is embedded and decoded on first use. Severities, impact and the PCI DSS and HIPAA numbers are this
// project's own judgement.
//
// Records are read tolerantly, for a field that is missing or of another type
// must not hide the removal the rest of the record tells of: only text whose
// top level is not a JSON object is an error. What could not be understood is
// listed in [Record.Unreadable], so that no caller takes it for an all-clear.
// The facts the reader relies on:
//
//   - mfaAuthenticated and sessionCredentialFromConsole are strings, and absent
//     for long-term keys; absent never means false.
//   - IAM, STS, Organizations and others leave requestParameters null in denied
//     calls; what was aimed at stands in errorMessage only.
//   - requestParameters longer than 100 KB are cut or left out.
//   - userIdentity.type is absent in events of a service.
//   - a console sign-in that failed has no errorCode.
//
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html,
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html and
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html.
package events
