package trail_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	trailAddress  = "iamguard_trail.test"
	bucketAddress = "iamguard_log_bucket.test"
)

// pair is a bucket and a trail joined by a reference, without protection, with
// more arguments of each.
func pair(stage *providertest.Stage, bucketArguments, trailArguments string) string {
	return stage.Config(pairBody(stage, bucketArguments, trailArguments))
}

func pairBody(stage *providertest.Stage, bucketArguments, trailArguments string) string {
	return fmt.Sprintf(`
resource "iamguard_log_bucket" "test" {
  bucket              = %q
  trail_names         = ["main"]
  deletion_protection = false
%s
}

resource "iamguard_trail" "test" {
  name                = "main"
  s3_bucket_name      = iamguard_log_bucket.test.bucket
  deletion_protection = false
%s
}
`, bucketName(stage), bucketArguments, trailArguments)
}

func bucketName(stage *providertest.Stage) string {
	return "logs-" + stage.ID
}

func trailARN(stage *providertest.Stage) string {
	return "arn:aws:cloudtrail:" + providertest.Region + ":" + stage.ID + ":trail/main"
}

// outsider is somebody else in the account: every change of a drift test is made
// by her and not by Terraform.
type outsider struct {
	t      *testing.T
	stage  *providertest.Stage
	config aws.Config
}

func outside(t *testing.T, stage *providertest.Stage) outsider {
	t.Helper()
	return outsider{t: t, stage: stage, config: stage.SDK(stage.User("mallory"))}
}

func (o outsider) trail() *cloudtrail.Client { return cloudtrail.NewFromConfig(o.config) }

func (o outsider) s3() *s3.Client { return s3.NewFromConfig(o.config) }

// does fails the test if a change from outside is refused; the first value is the
// answer, which nobody needs.
func (o outsider) does(_ any, err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatalf("a change from outside was refused: %v", err)
	}
}

// policyOf is a document of these statements.
func policyOf(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// letCloudTrail is the statement that a resource policy needs.
func letCloudTrail(action, resource string) string {
	return fmt.Sprintf(
		`{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":%q,"Resource":%q}`, action, resource)
}

// keyPolicy lets the account use the key, and whoever the statements say.
func keyPolicy(stage *providertest.Stage, statements ...string) string {
	owner := fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:*","Resource":"*"}`, stage.ID)
	return policyOf(append(statements, owner)...)
}

// links are what a trail can be tied to; all of them let it.
type links struct{ key, alias, topic, logGroup, role string }

// makeLinks makes key, alias, topic, log group and role with the policies that AWS
// asks for.
func makeLinks(t *testing.T, stage *providertest.Stage) links {
	t.Helper()
	ctx := t.Context()
	o := outsider{t: t, stage: stage, config: stage.SDK(stage.User("owner"))}
	made := links{alias: "alias/trail-" + stage.ID}

	keys := kms.NewFromConfig(o.config)
	key, err := keys.CreateKey(ctx, &kms.CreateKeyInput{Policy: aws.String(
		keyPolicy(stage, letCloudTrail("kms:GenerateDataKey*", "*"), letCloudTrail("kms:DescribeKey", "*")),
	)})
	o.does(key, err)
	made.key = aws.ToString(key.KeyMetadata.Arn)
	o.does(keys.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: aws.String(made.alias), TargetKeyId: key.KeyMetadata.KeyId}))

	topics := sns.NewFromConfig(o.config)
	topic, err := topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("trail")})
	o.does(topic, err)
	made.topic = aws.ToString(topic.TopicArn)
	o.does(topics.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{
		TopicArn: topic.TopicArn, AttributeName: aws.String("Policy"), AttributeValue: aws.String(
			policyOf(letCloudTrail("sns:Publish", made.topic)),
		),
	}))

	made.logGroup, made.role = makeLogGroup(ctx, o)
	return made
}

func makeLogGroup(ctx context.Context, o outsider) (group, role string) {
	o.t.Helper()
	o.does(
		cloudwatchlogs.NewFromConfig(o.config).
			CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("trail")}),
	)
	group = "arn:aws:logs:" + providertest.Region + ":" + o.stage.ID + ":log-group:trail"
	roles := iam.NewFromConfig(o.config)
	made, err := roles.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: aws.String("trail"), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sts:AssumeRole"}]}`),
	})
	o.does(made, err)
	o.does(roles.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: aws.String("trail"), PolicyName: aws.String("logs"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"` + group + `:*"}]}`),
	}))
	return group, aws.ToString(made.Role.Arn)
}

// arguments ties a trail to all of them.
func (l links) arguments() string {
	return fmt.Sprintf(`
  kms_key_id                 = %q
  sns_topic_name             = "trail"
  cloud_watch_logs_group_arn = %q
  cloud_watch_logs_role_arn  = %q
`, l.key, l.logGroup, l.role)
}

func emptyPlan() []plancheck.PlanCheck {
	return []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}
}

// policyDrift is a drift whose values are known only when the step runs.
type policyDrift struct{ from map[string]any }

func (d *policyDrift) checks() []plancheck.PlanCheck { return []plancheck.PlanCheck{d} }

// CheckPlan implements plancheck.PlanCheck.
func (d *policyDrift) CheckPlan(ctx context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	providertest.ExpectDrift(bucketAddress, d.from).CheckPlan(ctx, req, resp)
}

// ready is a CLI with a configuration that nothing has been done with yet.
func ready(t *testing.T, stage *providertest.Stage, config string) *providertest.CLI {
	t.Helper()
	cli := stage.CLI(t)
	cli.Write(t, config)
	cli.Must(t, "init")
	return cli
}

// applied is a CLI whose configuration is applied.
func applied(t *testing.T, stage *providertest.Stage, config string) *providertest.CLI {
	t.Helper()
	cli := ready(t, stage, config)
	cli.Apply(t)
	return cli
}
