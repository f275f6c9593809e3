package alert_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	healthType   = "iamguard_alert_health"
	healthRegion = "us-east-1"
	healthRule   = "removals"
)

// healthBench is an account with a rule that works: a trail, and a topic, a queue and
// a log group as targets, each with a dead-letter queue. The topic has a queue and a
// key of its own.
type healthBench struct {
	t     *testing.T
	stage *providertest.Stage
	in    aws.Config
	// key is the ARN of the topic's key, subscription that of the archive queue.
	key, subscription string
}

func newHealthBench(t *testing.T) *healthBench {
	t.Helper()
	stage := providertest.NewStage(t)
	b := &healthBench{t: t, stage: stage, in: stage.SDK(stage.User("owner"))}
	b.in.Region = healthRegion
	b.trail()
	for _, name := range []string{"alerts", "dead"} {
		b.queue(name, b.lets("events.amazonaws.com", "sqs:SendMessage", b.arn("sqs", name), b.ruleARN()))
	}
	b.queue("archive", b.lets("sns.amazonaws.com", "sqs:SendMessage", b.arn("sqs", "archive"), b.arn("sns", "alerts")))
	b.topic()
	logs := cloudwatchlogs.NewFromConfig(b.in)
	b.does(logs.CreateLogGroup(b.t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/aws/events/alerts")}))
	b.logPolicy(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["events.amazonaws.com",` +
		`"delivery.logs.amazonaws.com"]},"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"` +
		b.arn("logs", "log-group:/aws/events/*:*") + `","Condition":{"ArnEquals":{"aws:SourceArn":"` + b.ruleARN() + `"}}}]}`)
	b.rule(healthRegion, "iam_removal")
	b.targets("alerts", "sns", "sqs", "logs")
	return b
}

func (b *healthBench) does(_ any, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *healthBench) arn(service, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, healthRegion, b.stage.ID, resource)
}

func (b *healthBench) ruleARN() string { return b.arn("events", "rule/"+healthRule) }

// lets is a policy with one statement.
func (b *healthBench) lets(service, action, resource, source string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":%q},"Action":%q,`+
		`"Resource":%q,"Condition":{"ArnEquals":{"aws:SourceArn":%q}}}]}`, service, action, resource, source)
}

func (b *healthBench) events() *eventbridge.Client { return eventbridge.NewFromConfig(b.in) }
func (b *healthBench) sns() *sns.Client            { return sns.NewFromConfig(b.in) }
func (b *healthBench) sqs() *sqs.Client            { return sqs.NewFromConfig(b.in) }
func (b *healthBench) kms() *kms.Client            { return kms.NewFromConfig(b.in) }

func (b *healthBench) trail() {
	b.t.Helper()
	bucket := "trail-" + b.stage.ID
	storage := s3.NewFromConfig(b.in, func(o *s3.Options) { o.UsePathStyle = true })
	b.does(storage.CreateBucket(b.t.Context(), &s3.CreateBucketInput{Bucket: &bucket}))
	let := `{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":%q,"Resource":%q}`
	b.does(storage.PutBucketPolicy(b.t.Context(), &s3.PutBucketPolicyInput{
		Bucket: &bucket, Policy: aws.String(`{"Version":"2012-10-17","Statement":[` + fmt.Sprintf(let, "s3:GetBucketAcl",
			"arn:aws:s3:::"+bucket) + "," + fmt.Sprintf(let, "s3:PutObject", "arn:aws:s3:::"+bucket+"/*") + `]}`),
	}))
	trails := cloudtrail.NewFromConfig(b.in)
	b.does(trails.CreateTrail(b.t.Context(), &cloudtrail.CreateTrailInput{
		Name: aws.String("main"), S3BucketName: &bucket, IsMultiRegionTrail: aws.Bool(true), IncludeGlobalServiceEvents: aws.Bool(true),
	}))
	b.does(trails.StartLogging(b.t.Context(), &cloudtrail.StartLoggingInput{Name: aws.String("main")}))
}

func (b *healthBench) queue(name, policy string) {
	b.t.Helper()
	b.does(b.sqs().CreateQueue(b.t.Context(), &sqs.CreateQueueInput{
		QueueName: &name, Attributes: map[string]string{"Policy": policy},
	}))
}

func (b *healthBench) setQueue(name, attribute, value string) {
	b.t.Helper()
	at, err := b.sqs().GetQueueUrl(b.t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
	b.does(at, err)
	b.does(b.sqs().SetQueueAttributes(b.t.Context(), &sqs.SetQueueAttributesInput{
		QueueUrl: at.QueueUrl, Attributes: map[string]string{attribute: value},
	}))
}

func (b *healthBench) dropQueue(name string) {
	b.t.Helper()
	at, err := b.sqs().GetQueueUrl(b.t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
	b.does(at, err)
	b.does(b.sqs().DeleteQueue(b.t.Context(), &sqs.DeleteQueueInput{QueueUrl: at.QueueUrl}))
}

// keyPolicy lets a service use a key, with more of the statement.
func (b *healthBench) keyPolicy(service, more string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + b.stage.ID +
		`:root"},"Action":"kms:*","Resource":"*"},{"Effect":"Allow","Principal":{"Service":"` + service +
		`"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"` + more + `}]}`
}

func (b *healthBench) topic() {
	b.t.Helper()
	made, err := b.kms().CreateKey(b.t.Context(), &kms.CreateKeyInput{Policy: aws.String(b.keyPolicy("events.amazonaws.com", ""))})
	b.does(made, err)
	b.key = aws.ToString(made.KeyMetadata.Arn)
	b.does(b.sns().CreateTopic(b.t.Context(), &sns.CreateTopicInput{Name: aws.String("alerts")}))
	b.setTopic("Policy", b.lets("events.amazonaws.com", "SNS:Publish", b.arn("sns", "alerts"), b.ruleARN()))
	b.setTopic("KmsMasterKeyId", b.key)
	b.subscription = b.subscribe("sqs", b.arn("sqs", "archive"))
}

func (b *healthBench) setTopic(name, value string) {
	b.t.Helper()
	b.does(b.sns().SetTopicAttributes(b.t.Context(), &sns.SetTopicAttributesInput{
		TopicArn: aws.String(b.arn("sns", "alerts")), AttributeName: &name, AttributeValue: &value,
	}))
}

func (b *healthBench) subscribe(protocol, endpoint string) string {
	b.t.Helper()
	out, err := b.sns().Subscribe(b.t.Context(), &sns.SubscribeInput{
		TopicArn: aws.String(b.arn("sns", "alerts")), Protocol: &protocol, Endpoint: &endpoint, ReturnSubscriptionArn: true,
	})
	b.does(out, err)
	return aws.ToString(out.SubscriptionArn)
}

func (b *healthBench) unsubscribe() {
	b.t.Helper()
	b.does(b.sns().Unsubscribe(b.t.Context(), &sns.UnsubscribeInput{SubscriptionArn: &b.subscription}))
}

func (b *healthBench) filter(text, scope string) {
	b.t.Helper()
	for _, set := range [][2]string{{"FilterPolicyScope", scope}, {"FilterPolicy", text}} {
		b.does(b.sns().SetSubscriptionAttributes(b.t.Context(), &sns.SetSubscriptionAttributesInput{
			SubscriptionArn: &b.subscription, AttributeName: &set[0], AttributeValue: &set[1],
		}))
	}
}

func (b *healthBench) logPolicy(text string) {
	b.t.Helper()
	b.does(cloudwatchlogs.NewFromConfig(b.in).PutResourcePolicy(b.t.Context(), &cloudwatchlogs.PutResourcePolicyInput{
		PolicyName: aws.String("alerts"), PolicyDocument: &text,
	}))
}

// rule puts the rule into a region, on the events of a preset.
func (b *healthBench) rule(region, preset string) {
	b.t.Helper()
	selected, _ := events.Catalog().Preset(preset)
	b.pattern(region, events.ComposePattern(selected, events.PatternOptions{}))
}

func (b *healthBench) pattern(region, text string) {
	b.t.Helper()
	b.does(b.events().PutRule(b.t.Context(), &eventbridge.PutRuleInput{Name: aws.String(healthRule), EventPattern: &text},
		func(o *eventbridge.Options) { o.Region = region }))
}

// target is the target of a kind, as the bench has it.
func (b *healthBench) target(kind, name string) eventtypes.Target {
	resource := map[string]string{"logs": "log-group:/aws/events/" + name}[kind]
	if resource == "" {
		resource = name
	}
	return eventtypes.Target{
		Id:               &kind,
		Arn:              aws.String(b.arn(kind, resource)),
		DeadLetterConfig: &eventtypes.DeadLetterConfig{Arn: aws.String(b.arn("sqs", "dead"))},
	}
}

func (b *healthBench) targets(name string, kinds ...string) {
	b.t.Helper()
	for _, kind := range kinds {
		b.put(b.target(kind, name))
	}
}

func (b *healthBench) put(target eventtypes.Target) {
	b.t.Helper()
	b.does(
		b.events().
			PutTargets(b.t.Context(), &eventbridge.PutTargetsInput{Rule: aws.String(healthRule), Targets: []eventtypes.Target{target}}),
	)
}

func (b *healthBench) removeTargets(ids ...string) {
	b.t.Helper()
	b.does(b.events().RemoveTargets(b.t.Context(), &eventbridge.RemoveTargetsInput{Rule: aws.String(healthRule), Ids: ids}))
}

// healthFault is a problem, as a test reads it.
type healthFault struct {
	Code, Message, Fix string
	TargetID           string `json:"target_id"`
}

// healthAnswer is the data source, as a test reads it.
type healthAnswer struct {
	ARN, State, Status string
	Healthy            bool
	Problems           []healthFault
	Unknown            []struct {
		Message, Action string
		TargetID        string `json:"target_id"`
	}
	Notes   []string
	Targets map[string]struct {
		ARN, Kind, Status string
		Problems          []string
		Subscriptions     []struct{ Protocol, Endpoint, Status string }
	}
	Coverage struct {
		Alertable *bool
		Gaps      []struct{ Code string }
	}
}

// ask reads the health of the rule, as the admin and with no Terraform between.
func (b *healthBench) ask(more map[string]any) healthAnswer {
	b.t.Helper()
	arguments := map[string]any{"rule": healthRule, "region": healthRegion}
	maps.Copy(arguments, more)
	state, diags := b.stage.Server(b.t, nil).ReadData(b.t, healthType, arguments)
	if len(diags) > 0 {
		b.t.Fatal(providertest.Text(diags))
	}
	return healthRead(b.t, state)
}

func healthRead(t *testing.T, state map[string]any) healthAnswer {
	t.Helper()
	text, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	var answer healthAnswer
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func expectHealthText(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q is missing in:\n%s", word, text)
		}
	}
}

// keyLets replaces the policy of the topic's key.
func (b *healthBench) keyLets(service, more string) {
	b.t.Helper()
	b.does(
		b.kms().PutKeyPolicy(b.t.Context(), &kms.PutKeyPolicyInput{KeyId: &b.key, Policy: aws.String(b.keyPolicy(service, more))}),
	)
}
