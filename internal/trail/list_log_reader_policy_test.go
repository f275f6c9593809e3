package trail_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const readerList = "iamguard_log_reader_policy"

// letReaders makes policies from outside, by name.
func letReaders(o outsider, documents map[string]string) {
	o.t.Helper()
	for name, document := range documents {
		o.does(iam.NewFromConfig(o.config).CreatePolicy(o.t.Context(), &iam.CreatePolicyInput{
			PolicyName: aws.String(name), Path: aws.String("/audit/"), PolicyDocument: aws.String(document),
		}))
	}
}

// open is an Allow of an action on a resource.
func open(action, resource string) string {
	return policyOf(`{"Effect":"Allow","Action":["` + action + `"],"Resource":"` + resource + `"}`)
}

func TestListLogReaderPolicies(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	applied(t, stage, pair(stage, "", "")+logReaderBody(stage))
	o := outside(t, stage)
	letReaders(o, map[string]string{
		"by-trail":  open("cloudtrail:GetTrail", trailARN(stage)),
		"by-files":  open("s3:GetObject", "arn:aws:s3:::elsewhere/audit/AWSLogs/*"),
		"wildcard":  open("s3:*", "*"),
		"any-trail": open("cloudtrail:GetTrail", "*"),
		"other":     open("s3:GetObject", "arn:aws:s3:::reports/*"),
		"denies":    policyOf(`{"Effect":"Deny","Action":["cloudtrail:GetTrail"],"Resource":"` + trailARN(stage) + `"}`),
	})
	server := stage.Server(t, nil)
	made := "log-reader-" + stage.ID
	objects, diags := server.List(t, readerList, providertest.ListQuery{IncludeResource: true})
	expectTitles(t, objects, diags, "audit/by-files", "audit/by-trail", made)
	expectImported(t, server, readerList, "arn", objects)

	// What the resource made is found, whatever somebody wrote into it.
	o.does(iam.NewFromConfig(o.config).CreatePolicyVersion(t.Context(), &iam.CreatePolicyVersionInput{
		PolicyArn:      aws.String("arn:aws:iam::" + stage.ID + ":policy/" + made),
		PolicyDocument: aws.String(open("s3:*", "*")), SetAsDefault: true,
	}))
	objects, diags = server.List(t, readerList, providertest.ListQuery{})
	expectTitles(t, objects, diags, "audit/by-files", "audit/by-trail", made)
}

// The policies are read to the last page, without a call for each of them.
func TestListLogReaderPolicies_pages(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	stage.SeedInventory(600, 1)
	letReaders(outside(t, stage), map[string]string{"by-trail": open("cloudtrail:GetTrail", trailARN(stage))})
	server := stage.Server(t, nil)
	stage.ResetCalls()
	objects, diags := server.List(t, readerList, providertest.ListQuery{})
	expectTitles(t, objects, diags, "audit/by-trail")
	if calls := stage.Calls(ofService("iam")); len(calls) != 2 {
		t.Errorf("121 policies took %s", namesOf(calls))
	}
	defer stage.Inject(localaws.Fault{
		Service: "iam", Operation: "GetAccountAuthorizationDetails", Nth: 2, Kind: localaws.Deny,
	})()
	objects, diags = server.List(t, readerList, providertest.ListQuery{})
	expectOnlyErrors(
		t,
		objects,
		diags,
		"Unable to list the log reader policies",
		"allow the action iam:GetAccountAuthorizationDetails",
	)
}
