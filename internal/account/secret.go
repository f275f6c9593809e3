package account

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
)

// secretOperations carry a secret in their request or their answer.
var secretOperations = map[string]bool{
	"ChangePassword": true, "CreateAccessKey": true, "CreateLoginProfile": true, "CreateVirtualMFADevice": true,
	"EnableMFADevice": true, "UpdateLoginProfile": true, "PutSecretValue": true, "PutParameter": true,
}

// bodyLogger is the step of aws-sdk-go-base that writes requests and answers, with their
// bodies, to a logger in the context of a call.
const bodyLogger = "TF_AWS_RequestResponseLogger"

// leaveOutOfLogs takes the step away from calls that carry a secret, whatever logger
// there is.
func leaveOutOfLogs(cfg *aws.Config) {
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		if _, logs := stack.Deserialize.Get(bodyLogger); logs && secretOperations[stack.ID()] {
			_, err := stack.Deserialize.Remove(bodyLogger)
			return err
		}
		return nil
	})
}

// Redacted is an error of a call whose message says nothing of some secrets: AWS quotes
// values that it refuses.
func Redacted(err error, secrets ...string) error {
	found := AsError(err)
	if found == nil {
		return err
	}
	redacted := *found
	for _, secret := range secrets {
		if secret != "" {
			redacted.Message = strings.ReplaceAll(redacted.Message, secret, "(hidden)")
		}
	}
	if redacted.Message == found.Message {
		return err
	}
	return &redacted
}
