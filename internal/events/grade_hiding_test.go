package events_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// A parameter beside a grave one does not make the call lighter.
func TestGrade_lighterParametersHideNothing(t *testing.T) {
	t.Parallel()
	call := func(source, name, parameters string) string {
		return `{"eventVersion":"1.11","eventID":"1","eventTime":"2026-11-01T10:00:00Z","recipientAccountId":"111122223333",` +
			`"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/r/s"},"awsRegion":"us-east-1",` +
			`"eventSource":"` + source + `","eventName":"` + name + `","requestParameters":` + parameters + `}`
	}
	trust := func(condition string) string {
		return `{"roleName":"r","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},` +
			`\"Action\":\"sts:AssumeRole\",\"Condition\":` + strings.ReplaceAll(condition, `"`, `\"`) + `}]}"}`
	}
	for name, test := range map[string]struct {
		record string
		want   events.Severity
	}{
		"another bucket": {call("cloudtrail.amazonaws.com", "UpdateTrail", `{"name":"t","s3BucketName":"evil"}`), events.SeverityHigh},
		"another bucket and no log group": {
			call("cloudtrail.amazonaws.com", "UpdateTrail", `{"name":"t","s3BucketName":"evil","cloudWatchLogsLogGroupArn":""}`),
			events.SeverityHigh,
		},
		"a data source off and slower export": {
			call("guardduty.amazonaws.com", "UpdateDetector",
				`{"detectorId":"d","dataSources":{"s3Logs":{"enable":false}},"findingPublishingFrequency":"SIX_HOURS"}`),
			events.SeverityHigh,
		},
		"everybody, on a condition that holds for all": {
			call("iam.amazonaws.com", "UpdateAssumeRolePolicy", trust(`{"StringLike":{"aws:userid":"*"}}`)), events.SeverityCritical,
		},
		"everybody, on a negated condition": {
			call("iam.amazonaws.com", "UpdateAssumeRolePolicy", trust(`{"StringNotEquals":{"aws:userid":"x"}}`)), events.SeverityCritical,
		},
		"one organization": {
			call("iam.amazonaws.com", "UpdateAssumeRolePolicy", trust(`{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`)),
			events.SeverityHigh,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record, err := events.Parse([]byte(test.record))
			if err != nil {
				t.Fatal(err)
			}
			if got, reasons := events.Grade(record); got != test.want {
				t.Errorf("graded %s, want %s: %q", got, test.want, reasons)
			}
		})
	}
}

// What a call needs to name its object is in the target, whatever else is.
func TestCatalogue_targetsNameTheObject(t *testing.T) {
	t.Parallel()
	identifying := []string{"userName", "groupName", "roleName", "policyName", "policyArn", "instanceProfileName", "serialNumber"}
	for _, event := range events.Catalog().Events() {
		for _, parameter := range event.Parameters {
			naming := slices.ContainsFunc([]string{"Name", "Arn", "ARN", "Id"}, func(ending string) bool {
				return strings.HasSuffix(parameter.Name, ending)
			})
			if parameter.Required && parameter.Type == "string" && naming && len(event.TargetFields) > 0 &&
				!slices.Contains(event.TargetFields, parameter.Name) && !slices.Contains(identifying, parameter.Name) {
				t.Errorf("%s: %s is not in the target", event.ID, parameter.Name)
			}
		}
	}
	insights, _ := events.Catalog().ByID("cloudtrail.PutInsightSelectors")
	if !slices.Contains(insights.TargetFields, "trailName") {
		t.Error("the trail whose insights are set is not in the target")
	}
}
