package localaws_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

const trailService = `{"Service":"cloudtrail.amazonaws.com"}`

func policyOf(principal, action, resource string) string {
	who := ""
	if principal != "" {
		who = `"Principal":` + principal + `,`
	}
	if resource != "" {
		resource = `,"Resource":"` + resource + `"`
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + who + `"Action":` + action + resource + `}]}`
}

func TestTrail_key(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	in := cloudtrail.CreateTrailInput{Name: aws.String("main"), S3BucketName: aws.String(b.bucket(t))}
	create := func(key string) error {
		in.KmsKeyId = aws.String(key)
		_, err := b.trails.CreateTrail(ctx, &in)
		return err
	}
	root := `{"AWS":"arn:aws:iam::` + b.ID + `:root"}`
	key := do(t, b.kms.CreateKey, &kms.CreateKeyInput{
		Policy: aws.String(policyOf(root, `"kms:*"`, "*")),
	}).KeyMetadata
	do(t, b.kms.CreateAlias, &kms.CreateAliasInput{
		AliasName: aws.String("alias/trail"), TargetKeyId: key.KeyId,
	})
	away := as(b.Account, b.as, "us-east-1")
	other := do(t, away.kms.CreateKey, &kms.CreateKeyInput{}).KeyMetadata

	wantCode(t, create("no key at all"), "InvalidKmsKeyIdException")
	wantCode(t, create("alias/unknown"), "KmsKeyNotFoundException")
	wantCode(t, create(*other.Arn), "KmsKeyNotFoundException")
	wantCode(t, create("alias/trail"), "InsufficientEncryptionPolicyException")
	do(t, b.kms.PutKeyPolicy, &kms.PutKeyPolicyInput{
		KeyId: key.KeyId, Policy: aws.String(policyOf(trailService, `"kms:GenerateDataKey*"`, "*")),
	})
	if err := create("alias/trail"); err != nil {
		t.Fatal(err)
	}
	get := func() *string {
		return do(t, b.trails.GetTrail, &cloudtrail.GetTrailInput{Name: in.Name}).Trail.KmsKeyId
	}
	if got := aws.ToString(get()); got != *key.Arn {
		t.Errorf("the key is %s, want %s", got, *key.Arn)
	}
	do(t, b.trails.UpdateTrail, &cloudtrail.UpdateTrailInput{
		Name: in.Name, KmsKeyId: aws.String(""),
	})
	if got := get(); got != nil {
		t.Errorf("the key is still %s", *got)
	}
}

func TestTrail_topic(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	in := cloudtrail.CreateTrailInput{Name: aws.String("main"), S3BucketName: aws.String(b.bucket(t))}
	sns := func(action string, params ...string) {
		t.Helper()
		form := url.Values{"Action": {action}, "Version": {"2010-03-31"}}
		for i := 0; i < len(params); i += 2 {
			form.Set(params[i], params[i+1])
		}
		status, answer := b.post(ctx, t, "sns", region, "", "application/x-www-form-urlencoded", form.Encode())
		if status != http.StatusOK {
			t.Fatalf("%s: HTTP %d: %s", action, status, answer)
		}
	}
	create := func(topic string) error {
		in.SnsTopicName = aws.String(topic)
		_, err := b.trails.CreateTrail(ctx, &in)
		return err
	}
	wantCode(t, create("no topic name"), "InvalidSnsTopicNameException")
	wantCode(t, create("missing"), "InsufficientSnsTopicPolicyException")
	sns("CreateTopic", "Name", "trail")
	wantCode(t, create("trail"), "InsufficientSnsTopicPolicyException")
	arn := "arn:aws:sns:" + region + ":" + b.ID + ":trail"
	policy := policyOf(trailService, `"SNS:Publish"`, arn)
	sns("SetTopicAttributes", "TopicArn", arn, "AttributeName", "Policy", "AttributeValue", policy)
	if err := create("trail"); err != nil {
		t.Fatal(err)
	}
	got := do(t, b.trails.GetTrail, &cloudtrail.GetTrailInput{Name: in.Name}).Trail
	if aws.ToString(got.SnsTopicARN) != arn {
		t.Errorf("the topic is %+v", got.SnsTopicARN)
	}
	do(t, b.trails.UpdateTrail, &cloudtrail.UpdateTrailInput{
		Name: in.Name, SnsTopicName: aws.String(""),
	})
	got = do(t, b.trails.GetTrail, &cloudtrail.GetTrailInput{Name: in.Name}).Trail
	if got.SnsTopicARN != nil {
		t.Errorf("the topic is still %s", *got.SnsTopicARN)
	}
}

func TestTrail_logGroup(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	in := cloudtrail.CreateTrailInput{Name: aws.String("main"), S3BucketName: aws.String(b.bucket(t))}
	group := "arn:aws:logs:" + region + ":" + b.ID + ":log-group:trail:*"
	role := "arn:aws:iam::" + b.ID + ":role/trail"
	create := func(group, role string) error {
		in.CloudWatchLogsLogGroupArn, in.CloudWatchLogsRoleArn = nil, nil
		if group != "" {
			in.CloudWatchLogsLogGroupArn = aws.String(group)
		}
		if role != "" {
			in.CloudWatchLogsRoleArn = aws.String(role)
		}
		_, err := b.trails.CreateTrail(ctx, &in)
		return err
	}
	const badGroup, badRole = "InvalidCloudWatchLogsLogGroupArnException", "InvalidCloudWatchLogsRoleArnException"
	wantCode(t, create(group, ""), badRole)
	wantCode(t, create("", role), badGroup)
	wantCode(t, create(strings.TrimSuffix(group, ":*"), role), badGroup)
	wantCode(t, create(strings.Replace(group, region, "us-east-1", 1), role), "CloudWatchLogsDeliveryUnavailableException")
	wantCode(t, create(group, role), badGroup)
	b.json(t, "logs", region, "Logs_20140328.CreateLogGroup", map[string]string{"logGroupName": "trail"}, nil)
	wantCode(t, create(group, role), badRole)
	do(t, b.iam.CreateRole, &iam.CreateRoleInput{
		RoleName:                 aws.String("trail"),
		AssumeRolePolicyDocument: aws.String(policyOf(`{"Service":"ec2.amazonaws.com"}`, `"sts:AssumeRole"`, "")),
	})
	wantCode(t, create(group, role), badRole)
	do(t, b.iam.UpdateAssumeRolePolicy, &iam.UpdateAssumeRolePolicyInput{
		RoleName: aws.String("trail"), PolicyDocument: aws.String(policyOf(trailService, `"sts:AssumeRole"`, "")),
	})
	wantCode(t, create(group, role), badGroup)
	do(t, b.iam.PutRolePolicy, &iam.PutRolePolicyInput{
		RoleName: aws.String("trail"), PolicyName: aws.String("write"),
		PolicyDocument: aws.String(policyOf("", `["logs:CreateLogStream","logs:PutLogEvents"]`, group)),
	})
	if err := create(group, role); err != nil {
		t.Fatal(err)
	}
	do(t, b.trails.UpdateTrail, &cloudtrail.UpdateTrailInput{
		Name: in.Name, CloudWatchLogsLogGroupArn: aws.String(""), CloudWatchLogsRoleArn: aws.String(""),
	})
	got := do(t, b.trails.GetTrail, &cloudtrail.GetTrailInput{Name: in.Name}).Trail
	if got.CloudWatchLogsLogGroupArn != nil || got.CloudWatchLogsRoleArn != nil {
		t.Errorf("still linked: %+v", got)
	}
}

func TestTrail_organization(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	bucket := b.bucket(t)
	in := cloudtrail.CreateTrailInput{Name: aws.String("org"), S3BucketName: aws.String(bucket), IsOrganizationTrail: aws.Bool(true)}
	_, err := b.trails.CreateTrail(ctx, &in)
	wantCode(t, err, "OrganizationsNotInUseException")
	var out struct {
		Organization struct{ Id string } //nolint:revive // the name on the wire
	}
	const create = "AWSOrganizationsV20161128.CreateOrganization"
	b.json(t, "organizations", "us-east-1", create, map[string]string{"FeatureSet": "ALL"}, &out)
	_, err = b.trails.CreateTrail(ctx, &in)
	wantCode(t, err, "InsufficientS3BucketPolicyException")
	b.allowOwner(t, bucket, out.Organization.Id)
	got := do(t, b.trails.CreateTrail, &in)
	if !*got.IsOrganizationTrail {
		t.Errorf("got %+v", got)
	}
}
