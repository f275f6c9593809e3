package localaws_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
)

func TestCLI_parsesLookup(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.createUsers(t, "alice")
	b.awsCLI(t, nil, "iam", "create-group", "--group-name", "admins")
	b.awsCLI(t, nil, "iam", "add-user-to-group", "--group-name", "admins", "--user-name", "alice")
	b.awsCLI(t, nil, "iam", "remove-user-from-group", "--group-name", "admins", "--user-name", "alice")
	var found struct {
		Events []struct {
			EventName, Username, ReadOnly, CloudTrailEvent string
			Resources                                      []struct{ ResourceType, ResourceName string }
		}
	}
	b.awsCLI(t, &found, "cloudtrail", "lookup-events", "--region", "us-east-1",
		"--lookup-attributes", "AttributeKey=EventName,AttributeValue=RemoveUserFromGroup")
	if len(found.Events) != 1 {
		t.Fatalf("got %d events, want 1", len(found.Events))
	}
	e := found.Events[0]
	if e.Username != "deployer" || e.ReadOnly != "false" || len(e.Resources) != 2 {
		t.Errorf("got %+v", e)
	}
	b.awsCLI(t, &found, "cloudtrail", "lookup-events")
	for _, e := range found.Events {
		if e.EventName == "RemoveUserFromGroup" {
			t.Error("an IAM event was found outside of us-east-1")
		}
	}
}

// TestCLI_parsesAnswers lets a client that we did not write parse every answer that the recorder itself makes.
func TestCLI_parsesAnswers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	bucket := "cli-" + b.ID
	arn := "arn:aws:cloudtrail:" + region + ":" + b.ID + ":trail/main"
	policy := filepath.Join(t.TempDir(), "policy.json")
	text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},` +
		`"Action":["s3:GetBucketAcl","s3:PutObject"],"Resource":["arn:aws:s3:::` + bucket + `","arn:aws:s3:::` + bucket + `/*"]}]}`
	if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"s3api", "create-bucket", "--bucket", bucket, "--create-bucket-configuration", "LocationConstraint=" + region},
		{"s3api", "put-bucket-policy", "--bucket", bucket, "--policy", "file://" + policy},
		{"cloudtrail", "create-trail", "--name", "main", "--s3-bucket-name", bucket, "--is-multi-region-trail"},
		{"cloudtrail", "start-logging", "--name", arn},
		{"cloudtrail", "put-event-selectors", "--trail-name", "main", "--event-selectors", `[{"ReadWriteType":"WriteOnly"}]`},
		{"cloudtrail", "put-insight-selectors", "--trail-name", arn, "--insight-selectors", `[{"InsightType":"ApiErrorRateInsight"}]`},
		{"cloudtrail", "add-tags", "--resource-id", arn, "--tags-list", "Key=owner,Value=audit"},
	} {
		b.awsCLI(t, nil, args...)
	}
	var got struct {
		Trail struct {
			HomeRegion              string
			HasCustomEventSelectors bool
			HasInsightSelectors     bool
		}
		IsLogging       bool
		EventSelectors  []struct{ ReadWriteType string }
		ResourceTagList []struct{ TagsList []struct{ Key string } }
		TrailList       []struct{ TrailARN string } `json:"trailList"`
		Account         string
		Policy          string
		Credentials     struct{ SessionToken string }
	}
	for _, args := range [][]string{
		{"cloudtrail", "get-trail", "--name", "main"},
		{"cloudtrail", "get-trail-status", "--name", arn},
		{"cloudtrail", "get-event-selectors", "--trail-name", arn},
		{"cloudtrail", "get-insight-selectors", "--trail-name", arn},
		{"cloudtrail", "list-tags", "--resource-id-list", arn},
		{"cloudtrail", "describe-trails"},
		{"s3api", "get-bucket-policy", "--bucket", bucket},
		{"sts", "get-caller-identity"},
		{"sts", "assume-role", "--role-arn", "arn:aws:iam::" + b.ID + ":role/r", "--role-session-name", "cli"},
	} {
		b.awsCLI(t, &got, args...)
	}
	if got.Trail.HomeRegion != region || !got.Trail.HasCustomEventSelectors || !got.Trail.HasInsightSelectors || !got.IsLogging {
		t.Errorf("got %+v", got)
	}
	lists := len(got.EventSelectors) == 1 && len(got.ResourceTagList) == 1 && len(got.TrailList) == 1
	if !lists || got.Credentials.SessionToken == "" {
		t.Errorf("got %+v", got)
	}
	if got.Account != b.ID || got.Policy != text {
		t.Errorf("got account %s, policy %s", got.Account, got.Policy)
	}
}

// TestCLI_parsesAlarms has the AWS CLI read what the recorder answers itself in EventBridge and IAM.
func TestCLI_parsesAlarms(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.createUsers(t, "u")
	b.query(t, makePolicy)
	a := b.alarms(region)
	a.rule(t, eventbridge.PutRuleInput{})
	policy := "arn:aws:iam::" + b.ID + ":policy/p"
	var got struct {
		Result           bool
		FailedEntryCount *int
		Entries          []struct{ EventID string }
		User             struct {
			PermissionsBoundary struct{ PermissionsBoundaryArn string }
		}
		ServiceSpecificCredentials []struct{ ServiceUserName string }
	}
	event := `{"id":"1","account":"` + b.ID + `","source":"aws.iam","time":"2026-11-20T10:00:00Z","region":"us-east-1",` +
		`"resources":[],"detail-type":"AWS API Call via CloudTrail"}`
	b.awsCLI(t, &got, "events", "test-event-pattern", "--event-pattern", onIAM, "--event", event)
	b.awsCLI(t, nil, "events", "put-targets", "--rule", "guard", "--targets", "Id=a,Arn="+a.arn("sqs", "q"))
	b.awsCLI(t, nil, "iam", "put-user-permissions-boundary", "--user-name", "u", "--permissions-boundary", policy)
	b.awsCLI(t, nil, "iam", "create-service-specific-credential", "--user-name", "u", "--service-name", "codecommit.amazonaws.com")
	for _, args := range [][]string{
		{"events", "put-events", "--entries", `[{"Source":"my.app","DetailType":"x","Detail":"{}"}]`},
		{"iam", "get-user", "--user-name", "u"},
		{"iam", "list-service-specific-credentials", "--user-name", "u"},
	} {
		b.awsCLI(t, &got, args...)
	}
	if !got.Result || got.FailedEntryCount == nil || *got.FailedEntryCount != 0 || len(got.Entries) != 1 {
		t.Errorf("got %+v", got)
	}
	if got.User.PermissionsBoundary.PermissionsBoundaryArn != policy || len(got.ServiceSpecificCredentials) != 1 {
		t.Errorf("got %+v", got)
	}
}
