package trail

import (
	"errors"
	"fmt"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// adviceFor says what to do about a refusal that a policy elsewhere causes, with
// the very statement to add; "" leaves it to the class of the error.
func adviceFor(err error, m model, place framework.Place) string {
	if errors.Is(err, errExists) {
		return fmt.Sprintf("import it with `terraform import <address of this resource> '%s@%s'`, or set adopt_existing = true "+
			"to take it over and overwrite its settings.", m.Name.ValueString(), place.Region)
	}
	failed := account.AsError(err)
	if failed == nil || place.Account == nil {
		return ""
	}
	trailARN := place.ARN("cloudtrail", place.Region, "trail/"+m.Name.ValueString())
	switch failed.Code {
	case "InsufficientS3BucketPolicyException":
		return "add these statements to the policy of the bucket " + m.S3BucketName.ValueString() + " (iamguard_log_bucket " +
			"writes them itself):\n" +
			deliveryPolicy(place.Account.Partition, m.S3BucketName.ValueString(), m.S3KeyPrefix.ValueString(),
				place.Account.ID, trailARN).String()
	case "S3BucketDoesNotExistException":
		return "create the bucket " + m.S3BucketName.ValueString() + " first, or refer to the resource that makes it, so that " +
			"Terraform does."
	case "InsufficientEncryptionPolicyException", "KmsKeyNotFoundException", "KmsException":
		return fmt.Sprintf("check that the key %s exists, is enabled and lies in the region of the bucket (the trail is in %s), "+
			"and add this statement to its key policy:\n%s",
			m.KMSKeyID.ValueString(), place.Region, keyPolicy(place.Account.ID, trailARN, place.Account.Partition))
	case "InvalidCloudWatchLogsRoleArnException",
		"InvalidCloudWatchLogsLogGroupArnException",
		"CloudWatchLogsDeliveryUnavailableException":
		return fmt.Sprintf("check that the log group exists in %s, that cloudtrail.amazonaws.com may assume the role %s, that "+
			"you may pass it (iam:PassRole), and that its policy has this statement:\n%s",
			place.Region, m.LogRoleARN.ValueString(), logRolePolicy(trimStar(m.LogGroupARN.ValueString())))
	case "InsufficientSnsTopicPolicyException", "InvalidSnsTopicNameException":
		return "check that the topic exists, and add this statement to its policy:\n" +
			topicPolicy(topicARN(m.SNSTopicName.ValueString(), place), trailARN).String()
	case "MaximumNumberOfTrailsExceededException":
		return "a region holds five trails, and the quota cannot be raised: delete one, or adopt one with adopt_existing."
	}
	return ""
}

func topicARN(name string, place framework.Place) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return place.ARN("sns", place.Region, name)
}
