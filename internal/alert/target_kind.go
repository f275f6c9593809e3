package alert

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// targetKind is what a target is, by its ARN.
type targetKind string

const (
	topic      targetKind = "SNS topic"
	queue      targetKind = "SQS queue"
	logGroup   targetKind = "log group"
	eventBus   targetKind = "event bus"
	otherKinds targetKind = "target of another kind"
)

// kindOf is the kind of an ARN; text that is no ARN is of another kind.
func kindOf(target string) targetKind {
	parsed, err := arn.Parse(target)
	if err != nil {
		return otherKinds
	}
	switch {
	case parsed.Service == "sns":
		return topic
	case parsed.Service == "sqs":
		return queue
	case parsed.Service == "logs":
		return logGroup
	case parsed.Service == "events" && strings.HasPrefix(parsed.Resource, "event-bus/"):
		return eventBus
	}
	return otherKinds
}
