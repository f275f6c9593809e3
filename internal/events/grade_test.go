package events_test

import (
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// with begins a call by an identity; what follows is the rest of the record.
func with(source, identity string) string {
	return `{` + sound + `"eventSource":"` + source + `.amazonaws.com","userIdentity":` + identity + `,`
}

const (
	mallory = `{"type":"IAMUser","userName":"mallory","arn":"arn:aws:iam::111122223333:user/mallory","accountId":"111122223333"`
	// withMFA is a person whose session has MFA: no modifier applies.
	withMFA  = mallory + `,"sessionContext":{"attributes":{"mfaAuthenticated":"true"}}}`
	noMFA    = mallory + `,"sessionContext":{"attributes":{"mfaAuthenticated":"false"}}}`
	longTerm = mallory + `}`
	unknown  = mallory + `,"sessionContext":{"attributes":{}}}`
	rootUser = `{"type":"Root","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"`
	session  = `{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Admin/bob","accountId":"111122223333",` +
		`"sessionContext":{"sessionIssuer":{"type":"Role","userName":"Admin","arn":"arn:aws:iam::111122223333:role/Admin"}}}`
	linked = `"sessionContext":{"sessionIssuer":{"type":"Role",` +
		`"arn":"arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"}}}`
	service = `{"type":"AWSService","invokedBy":"x.amazonaws.com",` + linked
)

// iamBy begins a successful call of IAM.
func iamBy(identity, name, parameters string) string {
	return with("iam", identity) + `"eventName":"` + name + `","requestParameters":` + parameters + `}`
}

const (
	removed   = `{"groupName":"g","userName":"u"}`
	fullTrust = `{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}}`
)

type gradeCase struct {
	name, record string
	want         events.Severity
	reason       string
}

func runGrades(t *testing.T, cases []gradeCase) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			record, err := events.Parse([]byte(test.record))
			if err != nil {
				t.Fatal(err)
			}
			if event, ok := record.Event(); ok != (event.Name == record.Name) {
				t.Errorf("event %q of %q", event.Name, record.Name)
			}
			got, reasons := events.Grade(record)
			if got != test.want || !strings.Contains(strings.Join(reasons, "\n"), test.reason) {
				t.Errorf("got %v %q, want %v and %q", got, reasons, test.want, test.reason)
			}
		})
	}
}

func TestGrade(t *testing.T) {
	t.Parallel()
	failed := func(identity, code string) string {
		return with("iam", identity) + `"eventName":"RemoveUserFromGroup","errorCode":"` + code + `"}`
	}
	runGrades(t, []gradeCase{
		{"succeeded", iamBy(withMFA, "RemoveUserFromGroup", removed), events.SeverityMedium, "Group membership carries both"},
		{"failed", failed(longTerm, "NoSuchEntity"), events.SeverityLow, "failed (NoSuchEntity)"},
		{"denied", failed(longTerm, "AccessDenied"), events.SeverityLow, "was denied (AccessDenied)"},
		{"not catalogued", iamBy(rootUser+"}", "ListUsers", "{}"), events.SeverityInfo, "not judged"},
		{"unreadable", iamBy(withMFA, "DeleteGroup", "[]"), events.SeverityMedium, "Not readable in the record"},
		{
			"a failed sign-in has no code",
			with("iam", withMFA) + `"eventType":"AwsConsoleSignIn","eventName":"DeleteGroup",` +
				`"responseElements":{"DeleteGroup":"Failure"}}`, events.SeverityLow, "no error code",
		},
	})
}

func TestGrade_modifiers(t *testing.T) {
	t.Parallel()
	const higher, lower = "One grade higher: ", "One grade lower: "
	byName := func(identity string) string {
		return with("iam", identity) + `"eventName":"UpdateAssumeRolePolicy","requestParameters":{"roleName":"r",` +
			`"policyDocument":"` + fullTrust + `"}}`
	}
	runGrades(t, []gradeCase{
		{"root", iamBy(rootUser+"}", "RemoveUserFromGroup", removed), events.SeverityHigh, higher + "the root user"},
		{
			"root in the console", iamBy(rootUser+`,"invokedBy":"signin.amazonaws.com"}`, "RemoveUserFromGroup", removed),
			events.SeverityHigh, higher,
		},
		{
			"a service for root", iamBy(rootUser+`,"invokedBy":"cloudformation.amazonaws.com"}`, "RemoveUserFromGroup", removed),
			events.SeverityMedium, "",
		},
		{"root at the top", byName(rootUser + "}"), events.SeverityCritical, "critical"},
		{
			"an attempt of root", with("iam", rootUser+"}") + `"eventName":"RemoveUserFromGroup","errorCode":"AccessDenied"}`,
			events.SeverityMedium, higher,
		},
		{
			"an attempt of root stays below the event",
			with("iam", rootUser+"}") + `"eventName":"CreateGroup","errorCode":"AccessDenied"}`, events.SeverityInfo, "",
		},
		{"long-term key", iamBy(longTerm, "RemoveUserFromGroup", removed), events.SeverityHigh, higher + "an IAM user"},
		{"session without MFA", iamBy(noMFA, "RemoveUserFromGroup", removed), events.SeverityHigh, higher + "an IAM user"},
		{"session that does not tell", iamBy(unknown, "RemoveUserFromGroup", removed), events.SeverityMedium, ""},
		{"without MFA at most to high", iamBy(longTerm, "DeleteUserPermissionsBoundary", `{"userName":"u"}`), events.SeverityHigh, ""},
		{"without MFA stays critical", byName(longTerm), events.SeverityCritical, ""},
		{"a role has no MFA of its own", iamBy(session, "RemoveUserFromGroup", removed), events.SeverityMedium, ""},
		{
			"itself", iamBy(withMFA, "RemoveUserFromGroup", `{"groupName":"g","userName":"Mallory"}`), events.SeverityHigh,
			higher + "the actor is its own target",
		},
		{
			"itself, since nobody is named", iamBy(withMFA, "CreateAccessKey", `{}`), events.SeverityHigh, higher,
		},
		{
			"its own role", iamBy(session, "DeleteRolePermissionsBoundary", `{"roleName":"Admin"}`), events.SeverityCritical,
			higher,
		},
		{"its own role in another service", with("sso", session) + `"eventName":"DeleteInstance","requestParameters":` +
			`{"roleName":"Admin","instanceArn":"a"}}`, events.SeverityCritical, ""},
		{"itself, but tightened", iamBy(withMFA, "DeleteAccessKey", `{"userName":"mallory"}`), events.SeverityLow, ""},
		{
			"a namesake in another account",
			iamBy(strings.ReplaceAll(withMFA, "111122223333", "444455556666"), "RemoveUserFromGroup",
				`{"groupName":"g","userName":"mallory"}`), events.SeverityMedium, "",
		},
		{"itself without MFA, then at most high", iamBy(longTerm, "CreateAccessKey", `{}`), events.SeverityHigh, higher},
		{"service-linked role", iamBy(service, "RemoveUserFromGroup", removed), events.SeverityLow, lower + "an AWS service"},
		{
			"a service without its role", iamBy(`{"type":"AWSService","invokedBy":"x.amazonaws.com"}`, "RemoveUserFromGroup", removed),
			events.SeverityMedium, "",
		},
		{
			"a service-linked role that a person uses", iamBy(`{"type":"AssumedRole",`+linked, "RemoveUserFromGroup", removed),
			events.SeverityMedium, "",
		},
		{
			"a host name as address", with("iam", withMFA) + `"eventName":"RemoveUserFromGroup",` +
				`"sourceIPAddress":"cloudformation.amazonaws.com","requestParameters":` + removed + `}`, events.SeverityMedium, "",
		},
		{
			"a service that loosens", iamBy(service, "DeactivateMFADevice", `{"userName":"u","serialNumber":"s"}`),
			events.SeverityHigh, "",
		},
		{
			"a service that destroys", with("logs", service) + `"eventName":"DeleteLogGroup","requestParameters":{"logGroupName":"g"}}`,
			events.SeverityHigh, "",
		},
		{
			"a service that hides",
			with("guardduty", service) + `"eventName":"ArchiveFindings","requestParameters":{"detectorId":"d","findingIds":["f"]}}`,
			baseOf("guardduty.ArchiveFindings"), "",
		},
		{
			"a service, and a name hidden", iamBy(service, "DeleteRolePolicy", `{"roleName":"r","policyName":"***"}`),
			events.SeverityMedium, "not judged: requestParameters.policyName",
		},
		{"a service of which nothing is known", iamBy(service, "RemoveUserFromGroup", "null"), events.SeverityMedium, ""},
		{
			"a deployer's agent counts for nothing", with("iam", session) + `"eventName":"DetachRolePolicy",` +
				`"userAgent":"Terraform/1.11","requestParameters":{"roleName":"r","policyArn":"a"}}`, events.SeverityMedium, "",
		},
	})
}

// baseOf is the severity of an event by itself.
func baseOf(id string) events.Severity {
	event, _ := events.Catalog().ByID(id)
	return event.Severity
}

// What could not be read leaves the grade where it is, and is told.
func TestGrade_unreadable(t *testing.T) {
	t.Parallel()
	const cut = `{\"Statement\":[{\"Effect\":\"Allow\",\"Prin`
	runGrades(t, []gradeCase{
		{"parameters absent", iamBy(withMFA, "CreatePolicyVersion", "null"), events.SeverityMedium, "are not in the record"},
		{"parameters left out for size", iamBy(withMFA, "CreatePolicyVersion", `{"omitted":true}`), events.SeverityMedium, "left out"},
		{
			"document cut", iamBy(withMFA, "CreatePolicyVersion", `{"policyArn":"a","policyDocument":"`+cut+`"}`),
			events.SeverityMedium, "without its end",
		},
		{
			"document cut, and yet in force",
			iamBy(withMFA, "CreatePolicyVersion", `{"policyArn":"a","setAsDefault":true,"policyDocument":"`+cut+`"}`),
			events.SeverityHigh, "effective at once",
		},
		{
			"trust cut", iamBy(withMFA, "UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":"`+cut+`"}`),
			events.SeverityHigh, "not judged: requestParameters.policyDocument",
		},
		{
			"trust left out", iamBy(withMFA, "UpdateAssumeRolePolicy", `{"roleName":"r"}`), events.SeverityHigh,
			"not judged: requestParameters.policyDocument",
		},
		{"password policy unknown", iamBy(withMFA, "UpdateAccountPasswordPolicy", "null"), events.SeverityMedium, "are not in"},
		{
			"a value hidden", iamBy(withMFA, "UpdateAccountPasswordPolicy", `{"minimumPasswordLength":"***",`+
				`"passwordReusePrevention":24,"requireSymbols":true,"requireNumbers":true,"requireUppercaseCharacters":true,`+
				`"requireLowercaseCharacters":true}`), events.SeverityMedium, "not judged: requestParameters.minimumPasswordLength",
		},
		{
			"a value null", iamBy(withMFA, "CreatePolicyVersion", `{"policyArn":"a","setAsDefault":null,"policyDocument":"{}"}`),
			events.SeverityMedium, "not judged: requestParameters.setAsDefault",
		},
		{
			"a name given twice",
			iamBy(withMFA, "CreatePolicyVersion", `{"policyArn":"a","setAsDefault":true,"setAsDefault":false,"policyDocument":"{}"}`),
			events.SeverityMedium, "given twice",
		},
		{
			"a status that is no text", iamBy(withMFA, "UpdateAccessKey", `{"userName":"u","accessKeyId":"a","status":["Active"]}`),
			events.SeverityLow, "not judged: requestParameters.status",
		},
	})
}

// Records of the field whose parameters or actors move the grade, by the line of
// their file.
func TestGrade_corpora(t *testing.T) {
	t.Parallel()
	records := corpus(t, "panther.jsonl.gz")
	for line, test := range map[int]struct {
		event string
		want  events.Severity
	}{
		28:  {"cloudtrail.PutEventSelectors", events.SeverityCritical}, // reads only, no management events
		29:  {"cloudtrail.PutEventSelectors", events.SeverityHigh},
		144: {"iam.AttachRolePolicy", events.SeverityMedium},
		145: {"iam.AttachUserPolicy", events.SeverityHigh},        // AdministratorAccess
		147: {"iam.UpdateAssumeRolePolicy", events.SeverityHigh},  // names principals, or has a condition
		149: {"iam.UpdateAssumeRolePolicy", events.SeverityHigh},  // without the document
		150: {"iam.AttachUserPolicy", events.SeverityLow},         // the quarantine of AWS
		169: {"iam.CreateAccessKey", events.SeverityHigh},         // for itself
		301: {"iam.CreateAccessKey", events.SeverityHigh},         // by root
		333: {"s3.PutBucketLogging", events.SeverityMedium},       // switched off
		336: {"s3.PutBucketLogging", events.SeverityLow},          // the record does not tell
		346: {"s3.PutBucketVersioning", events.SeverityHigh},      // suspended
		416: {"cloudtrail.UpdateTrail", events.SeverityCritical},  // one region only
		296: {"sqs.SetQueueAttributes", events.SeverityHigh},      // open to all
		373: {"securityhub.DeleteInsight", events.SeverityMedium}, // by a user without MFA
	} {
		record, err := events.Parse(records[line-1])
		if err != nil {
			t.Fatal(err)
		}
		event, _ := record.Event()
		if got, reasons := events.Grade(record); got != test.want || event.ID != test.event {
			t.Errorf("line %d, %s: %v, want %v: %q", line, event.ID, got, test.want, reasons)
		}
	}
}
