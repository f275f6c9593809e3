package events_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// by begins a call of any service by a person with MFA.
func by(source, name, parameters string) string {
	return with(source, withMFA) + `"eventName":"` + name + `","requestParameters":` + parameters + `}`
}

// strong is a password policy to which no rule objects.
const strong = `"minimumPasswordLength":14,"passwordReusePrevention":24,"requireSymbols":true,"requireNumbers":"true",` +
	`"requireUppercaseCharacters":true,"requireLowercaseCharacters":true,"maxPasswordAge":90`

func TestGrade_rules(t *testing.T) {
	t.Parallel()
	password := func(old, replacement string) string {
		return iamBy(withMFA, "UpdateAccountPasswordPolicy", `{`+strings.Replace(strong, old, replacement, 1)+`}`)
	}
	selectors := func(text string) string {
		return by("cloudtrail", "PutEventSelectors", `{"trailName":"t",`+text+`}`)
	}
	const detach = `{"userName":"u","policyArn":"arn:aws:iam::aws:policy/`
	const critical, high, medium, low = events.SeverityCritical, events.SeverityHigh, events.SeverityMedium, events.SeverityLow
	runGrades(t, []gradeCase{
		{"nothing matches", password("", ""), medium, "replaces the whole policy"},
		{"absent", password(`"minimumPasswordLength":14,`, ""), high, "length falls back to 6"},
		{"absent, lower, alone", password(`,"maxPasswordAge":90`, ""), low, "passwords never expire"},
		{
			"absent, lower, beside one at the base",
			password(`"requireSymbols":true,"requireNumbers":"true",`, `"requireNumbers":"false","maxPasswordAge":null,`), medium,
			"a character class",
		},
		{"lt", password("14", "13"), high, "below CIS"},
		{"lt, number as text", password("14", `"8"`), high, "below CIS"},
		{"lt, not a number", password("14", `"NaN"`), medium, "not judged: requestParameters.minimumPasswordLength"},
		{"absent_or_false", password(`"requireNumbers":"true"`, `"requireNumbers":"FALSE"`), medium, "a character class"},
		{"another case", password("minimumPasswordLength", "MinimumPasswordLength"), medium, "replaces the whole policy"},
		{"gt", iamBy(withMFA, "UpdateRole", `{"roleName":"r","maxSessionDuration":43200}`), low, "longer sessions"},
		{"gt, not", iamBy(withMFA, "UpdateRole", `{"roleName":"r","maxSessionDuration":3600}`), low, ""},
		{"eq, boolean", by("cloudtrail", "UpdateTrail", `{"name":"t","isMultiRegionTrail":false}`), critical, "go dark"},
		{"eq, boolean as text", by("cloudtrail", "UpdateTrail", `{"name":"t","isMultiRegionTrail":"false"}`), critical, "go dark"},
		{"eq, other boolean", by("cloudtrail", "UpdateTrail", `{"name":"t","isMultiRegionTrail":true}`), high, ""},
		{"eq, empty text", by("cloudtrail", "UpdateTrail", `{"name":"t","cloudWatchLogsLogGroupArn":""}`), medium, "go blind"},
		{
			"changed is not known", by("cloudtrail", "UpdateTrail", `{"name":"t","s3BucketName":"other"}`), high, "",
		},
		{
			"several, the highest wins",
			by("cloudtrail", "UpdateTrail", `{"name":"t","cloudWatchLogsLogGroupArn":"","isOrganizationTrail":false}`), critical,
			"member accounts",
		},
		{"is_managed_rule", by("events", "DeleteRule", `{"name":"r"}`), medium, "does not tell whether it is high: a rule of this"},
		{
			"lookup",
			by("organizations", "DetachPolicy", `{"policyId":"p-1","targetId":"r"}`),
			high,
			"does not tell whether it is critical",
		},
		{"in", by("organizations", "DetachPolicy", `{"policyId":"p-FullAWSAccess","targetId":"r"}`), medium, "access narrows"},
		{
			"in, in a list",
			by("kms", "CreateGrant", `{"keyId":"k","granteePrincipal":"p","operations":["Decrypt","CreateGrant"]}`),
			medium,
			"pass",
		},
		{"regex", iamBy(withMFA, "DetachUserPolicy", detach+`AWSDenyAll"}`), critical, "because a key leaked"},
		{"regex, not", iamBy(withMFA, "DetachUserPolicy", detach+`ReadOnlyAccess"}`), medium, ""},
		{"nested", by("sts", "AssumeRoot", `{"taskPolicyArn":{"arn":"a/root-task/IAMAuditRootUserCredentials"}}`), low, "reads only"},
		{
			"nested, of another kind",
			by("sts", "AssumeRoot", `{"taskPolicyArn":"a/root-task/IAMAuditRootUserCredentials"}`),
			high,
			"not judged",
		},
		{
			"list",
			selectors(`"eventSelectors":[{"includeManagementEvents":true},{"includeManagementEvents":false}]`),
			critical,
			"IAM events",
		},
		{"list of one, without the list", selectors(`"eventSelectors":{"readWriteType":"ReadOnly"}`), critical, "no write events"},
		{"nonempty", selectors(`"eventSelectors":[{"excludeManagementEventSources":["kms.amazonaws.com"]}]`), medium, "only kms"},
		{"nonempty, not", selectors(`"eventSelectors":[{"excludeManagementEventSources":[]}]`), high, ""},
		{"empty", by("cloudtrail", "PutInsightSelectors", `{"trailName":"t","insightSelectors":[]}`), medium, "Insights off"},
		{"empty, not", by("cloudtrail", "PutInsightSelectors", `{"trailName":"t","insightSelectors":[{}]}`), low, ""},
		{
			"absent below what is absent",
			by("s3", "PutBucketLogging", `{"bucketName":"b"}`),
			low,
			"not judged: requestParameters.Bucket",
		},
		{
			"absent below what is there",
			by("s3", "PutBucketLogging", `{"bucketName":"b","BucketLoggingStatus":{"xmlns":"x"}}`),
			medium,
			"no longer logged",
		},
		{"renamed", iamBy(withMFA, "UpdateUser", `{"userName":"u","newUserName":"v"}`), medium, "names the old ARN"},
		{"moved", iamBy(withMFA, "UpdateGroup", `{"groupName":"g","newPath":"/x/"}`), medium, "names the old ARN"},
		{"neither", iamBy(withMFA, "UpdateGroup", `{"groupName":"g"}`), low, ""},
		{"key live again", iamBy(withMFA, "UpdateAccessKey", `{"userName":"u","status":"Active"}`), medium, "live again"},
		{"SSH key live again", iamBy(withMFA, "UpdateSSHPublicKey", `{"userName":"u","status":"Active"}`), medium, "live again"},
		{
			"certificate live again",
			iamBy(withMFA, "UpdateSigningCertificate", `{"userName":"u","status":"Active"}`),
			medium,
			"live again",
		},
		{
			"credential live again", iamBy(withMFA, "UpdateServiceSpecificCredential", `{"userName":"u","status":"Active"}`), medium,
			"live again",
		},
		{"key made inactive", iamBy(withMFA, "UpdateAccessKey", `{"userName":"u","status":"Inactive"}`), low, "response or lock-out"},
	})
}

func TestGrade_selectors(t *testing.T) {
	t.Parallel()
	category := func(values string) string { return `{"field":"eventCategory","equals":[` + values + `]}` }
	for name, test := range map[string]struct {
		selectors string
		want      events.Severity
	}{
		"management": {
			`[{"fieldSelectors":[` + category(`"Data"`) + `]},{"fieldSelectors":[` + category(`"Management"`) + `]}]`,
			events.SeverityHigh,
		},
		"data only": {`[{"fieldSelectors":[` + category(`"Data"`) + `]}]`, events.SeverityCritical},
		"reads only": {
			`[{"fieldSelectors":[` + category(`"Management"`) + `,{"field":"readOnly","equals":["true"]}]}]`, events.SeverityCritical,
		},
		"other selectors": {`[]`, events.SeverityHigh},
		"unreadable":      {`[{"fieldSelectors":"x"}]`, events.SeverityHigh},
		"no list":         {`"x"`, events.SeverityHigh},
	} {
		record, err := events.Parse([]byte(by("cloudtrail", "PutEventSelectors", `{"advancedEventSelectors":`+test.selectors+`}`)))
		if err != nil {
			t.Fatal(err)
		}
		if got, reasons := events.Grade(record); got != test.want {
			t.Errorf("%s: got %v, want %v: %q", name, got, test.want, reasons)
		}
	}
}

func TestGrade_principals(t *testing.T) {
	t.Parallel()
	statement := func(text string) string { return `{"Version":"2012-10-17","Statement":` + text + `}` }
	for document, open := range map[string]bool{
		statement(`{"Effect":"Allow","Principal":"*","Action":"a"}`):                                            true,
		statement(`[{"Effect":"Deny","Principal":"*"},{"Effect":"Allow","Principal":{"AWS":"*"}}]`):             true,
		statement(`[{"Effect":"Allow","Principal":{"Service":"x","AWS":["a","*"]},"Condition":{}}]`):            true,
		statement(`{"Effect":"Allow","NotPrincipal":{"AWS":"a"}}`):                                              true,
		`{"statement":[{"effect":"Allow","principal":"*"}]}`:                                                    true,
		statement(`{"Effect":"Allow","Principal":"*","Condition":{"StringEquals":{"sts:ExternalId":"12345"}}}`): false,
		statement(`{"Effect":"Deny","Principal":"*"}`):                                                          false,
		statement(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"}}`):                    false,
		statement(`[]`): false,
		statement(`7`):  false,
		`{`:             false,
		`%7B%zz`:        false,
		"":              false,
	} {
		for _, text := range []string{document, "\n " + document, url.PathEscape(document)} {
			quoted, err := json.Marshal(map[string]any{"roleName": "r", "policyDocument": text})
			if err != nil {
				t.Fatal(err)
			}
			record, err := events.Parse([]byte(iamBy(withMFA, "UpdateAssumeRolePolicy", string(quoted))))
			if err != nil {
				t.Fatal(err)
			}
			if got, reasons := events.Grade(record); (got == events.SeverityCritical) != open || got < events.SeverityHigh {
				t.Errorf("%s: got %v, want open %v: %q", text, got, open, reasons)
			}
		}
	}
	object := iamBy(withMFA, "UpdateAssumeRolePolicy", `{"policyDocument":`+statement(`{"Effect":"Allow","Principal":"*"}`)+`}`)
	runGrades(t, []gradeCase{{"an object", object, events.SeverityCritical, "Principal *"}})
}

// Every rule of the file is one that Grade understands.
func TestCatalog_rules(t *testing.T) {
	t.Parallel()
	rules := 0
	for _, event := range events.Catalog().Events() {
		for _, rule := range event.Rules {
			rules++
			if rule.Op == events.OpRegex {
				if _, err := regexp.Compile(fmt.Sprint(rule.Value)); err != nil {
					t.Errorf("%s: %v", event.ID, err)
				}
			}
			if rule.Why == "" || rule.Severity.String() == "" && rule.Op != events.OpNote {
				t.Errorf("%s: no reason or severity on %s", event.ID, rule.Path)
			}
		}
	}
	if rules < 80 {
		t.Errorf("only %d rules", rules)
	}
}

func TestRule_UnmarshalJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`7`,
		`{"path":"requestParameters.a","op":"equals","value":1,"severity":"low"}`,
		`{"path":"requestParameters.a","op":"empty","severity":"worst"}`,
		`{"path":"requestParameters.a","op":"empty","severity":null}`,
		`{"path":"requestParameters.","op":"empty","severity":"low"}`,
		`{"path":"requestParameters.a..b","op":"empty","severity":"low"}`,
		`{"path":"requestParameters.a[].[]","op":"empty","severity":"low"}`,
		`{"path":"responseElements.a","op":"empty","severity":"low"}`,
		`{"path":"userAgent","op":"eq","value":"x","severity":"low"}`,
		`{"path":"*","op":"absent","severity":"low"}`,
		`{"path":"requestParameters.a","op":"eq","severity":"low"}`,
		`{"path":"requestParameters.a","op":"in","value":[],"severity":"low"}`,
		`{"path":"requestParameters.a","op":"in","value":[1],"severity":"low"}`,
		`{"path":"requestParameters.a","op":"lt","value":"1","severity":"low"}`,
		`{"path":"requestParameters.a","op":"regex","value":1,"severity":"low"}`,
		`{"path":"requestParameters.a","op":"absent","value":1,"severity":"low"}`,
		`{"path":"requestParameters.a","op":"no_selector_for","value":"x","severity":"low"}`,
		`{"path":"userAgent","op":"contains","value":1,"severity":"low"}`,
	} {
		var rule events.Rule
		if err := json.Unmarshal([]byte(text), &rule); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

func TestModifier_Apply(t *testing.T) {
	t.Parallel()
	up := events.Modifier{Step: 1, AtMost: events.SeverityHigh}
	down := events.Modifier{Step: -1, AtMost: events.SeverityMedium}
	for severity, want := range map[events.Severity][2]events.Severity{
		events.SeverityInfo:     {events.SeverityLow, events.SeverityInfo},
		events.SeverityMedium:   {events.SeverityHigh, events.SeverityLow},
		events.SeverityHigh:     {events.SeverityHigh, events.SeverityHigh},
		events.SeverityCritical: {events.SeverityCritical, events.SeverityCritical},
	} {
		if up.Apply(severity) != want[0] || down.Apply(severity) != want[1] {
			t.Errorf("%v: up %v, down %v, want %v", severity, up.Apply(severity), down.Apply(severity), want)
		}
	}
}
