package alert_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// iamRegion is where EventBridge has the calls of IAM.
const iamRegion = "us-east-1"

// ruleAlarms is what stands around a rule in us-east-1, made from outside.
type ruleAlarms struct {
	t     *testing.T
	stage *providertest.Stage
	// queue, dead and other are SQS queues that EventBridge may send to, topic is an SNS
	// topic whose messages go to other, logs is a log group.
	queue, dead, other, topic, logs string
}

func newRuleAlarms(t *testing.T, stage *providertest.Stage) ruleAlarms {
	t.Helper()
	a := ruleAlarms{t: t, stage: stage}
	a.queue, a.dead, a.other = a.makeQueue("alerts"), a.makeQueue("dead"), a.makeQueue("other")
	a.topic, a.logs = a.makeTopic("alerts"), a.makeLogs("/alerts")
	return a
}

// config reaches us-east-1 as the admin.
func (a ruleAlarms) config() aws.Config {
	config := a.stage.SDK(a.stage.Admin())
	config.Region = iamRegion
	return config
}

func (a ruleAlarms) events() *eventbridge.Client {
	return eventbridge.NewFromConfig(a.config())
}
func (a ruleAlarms) sqs() *sqs.Client { return sqs.NewFromConfig(a.config()) }
func (a ruleAlarms) sns() *sns.Client { return sns.NewFromConfig(a.config()) }

func (a ruleAlarms) does(_ any, err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// must hands an answer on, or ends the test.
func must[T any](answer T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

func letSend(action, arn string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["events.amazonaws.com",`+
		`"sns.amazonaws.com","delivery.logs.amazonaws.com"]},"Action":%s,"Resource":%q}]}`, action, arn)
}

func (a ruleAlarms) makeQueue(name string) string {
	a.t.Helper()
	arn := fmt.Sprintf("arn:aws:sqs:%s:%s:%s", iamRegion, a.stage.ID, name)
	attributes := map[string]string{"Policy": letSend(`"sqs:SendMessage"`, arn)}
	if strings.HasSuffix(name, ".fifo") {
		attributes["FifoQueue"], attributes["ContentBasedDeduplication"] = "true", "true"
	}
	a.does(a.sqs().CreateQueue(a.t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes}))
	return arn
}

func (a ruleAlarms) makeTopic(name string) string {
	a.t.Helper()
	made := must(a.sns().CreateTopic(a.t.Context(), &sns.CreateTopicInput{Name: &name}))(a.t)
	a.does(a.sns().SetTopicAttributes(a.t.Context(), &sns.SetTopicAttributesInput{
		TopicArn:       made.TopicArn,
		AttributeName:  aws.String("Policy"),
		AttributeValue: aws.String(letSend(`"sns:Publish"`, *made.TopicArn)),
	}))
	a.does(a.sns().Subscribe(a.t.Context(), &sns.SubscribeInput{
		TopicArn: made.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(a.other),
	}))
	return *made.TopicArn
}

func (a ruleAlarms) makeLogs(name string) string {
	a.t.Helper()
	client := cloudwatchlogs.NewFromConfig(a.config())
	a.does(client.CreateLogGroup(a.t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name}))
	arn := fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s", iamRegion, a.stage.ID, name)
	a.does(client.PutResourcePolicy(a.t.Context(), &cloudwatchlogs.PutResourcePolicyInput{
		PolicyName: aws.String("alerts"), PolicyDocument: aws.String(letSend(`["logs:CreateLogStream","logs:PutLogEvents"]`, arn+":*")),
	}))
	return arn
}

// covered makes a trail of all regions that logs.
func (a ruleAlarms) covered() {
	a.t.Helper()
	bucket := "trail-" + a.stage.ID
	storage := s3.NewFromConfig(a.config(), func(o *s3.Options) { o.UsePathStyle = true })
	a.does(storage.CreateBucket(a.t.Context(), &s3.CreateBucketInput{Bucket: &bucket}))
	let := `{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":%q,"Resource":%q}`
	a.does(storage.PutBucketPolicy(a.t.Context(), &s3.PutBucketPolicyInput{
		Bucket: &bucket, Policy: aws.String(`{"Version":"2012-10-17","Statement":[` + fmt.Sprintf(let, "s3:GetBucketAcl",
			"arn:aws:s3:::"+bucket) + "," + fmt.Sprintf(let, "s3:PutObject", "arn:aws:s3:::"+bucket+"/*") + `]}`),
	}))
	trails := cloudtrail.NewFromConfig(a.config())
	a.does(trails.CreateTrail(a.t.Context(), &cloudtrail.CreateTrailInput{
		Name: aws.String("main"), S3BucketName: &bucket, IsMultiRegionTrail: aws.Bool(true), IncludeGlobalServiceEvents: aws.Bool(true),
	}))
	a.does(trails.StartLogging(a.t.Context(), &cloudtrail.StartLoggingInput{Name: aws.String("main")}))
}

// rule is a rule on iam_removal; arguments come before its targets.
func (a ruleAlarms) rule(arguments string, targets ...string) string {
	if !strings.Contains(arguments, "presets") && !strings.Contains(arguments, "event_names") &&
		!strings.Contains(arguments, "event_pattern") {
		arguments = "  presets = [\"iam_removal\"]\n" + arguments
	}
	return "resource \"iamguard_alert_rule\" \"test\" {\n  name = \"iam-removals\"\n" + arguments +
		"  target = {\n" + strings.Join(targets, "") + "  }\n}\n"
}

// target is one that is named after its ARN's field.
func (a ruleAlarms) target(name, arguments string) string {
	arn := map[string]string{"queue": a.queue, "other": a.other, "topic": a.topic, "logs": a.logs}[name]
	return fmt.Sprintf("    %s = {\n      arn = %q\n%s    }\n", name, arn, arguments)
}

// messages are the bodies in a queue.
func (a ruleAlarms) messages(queue string) []string {
	a.t.Helper()
	name := queue[strings.LastIndex(queue, ":")+1:]
	at := must(a.sqs().GetQueueUrl(a.t.Context(), &sqs.GetQueueUrlInput{QueueName: &name}))(a.t)
	var bodies []string
	for {
		out := must(a.sqs().ReceiveMessage(a.t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: at.QueueUrl, MaxNumberOfMessages: 10,
			MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{sqstypes.MessageSystemAttributeNameAll},
		}))(a.t)
		if len(out.Messages) == 0 {
			return bodies
		}
		for _, one := range out.Messages {
			bodies = append(bodies, aws.ToString(one.Body))
			a.does(a.sqs().DeleteMessage(a.t.Context(), &sqs.DeleteMessageInput{QueueUrl: at.QueueUrl, ReceiptHandle: one.ReceiptHandle}))
		}
	}
}
