package localaws

import "strings"

const eventsService = "events.amazonaws.com"

type queueMessage struct {
	body, group string
	attributes  map[string]messageAttribute
}

type messageAttribute struct{ DataType, StringValue string }

// asRule is what EventBridge presents to a resource policy.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
func asRule(sender *Account, rule busRule, action, resource string) request {
	return request{
		service: eventsService, action: action, resource: resource,
		context: map[string]string{
			"aws:sourcearn": rule.Arn, "aws:sourceaccount": sender.ID, "aws:securetransport": "true",
			"aws:principalisawsservice": "true", "aws:principalservicename": eventsService,
		},
	}
}

// mayReach judges a request by the policy of the target or, where the target has a role, by that role.
func (x *exchange) mayReach(sender *Account, target busTarget, policy string, r request) *undelivered {
	if target.RoleArn != "" {
		return x.mayAssume(sender, target.RoleArn, r)
	}
	held, err := parsePolicy(policy)
	if err != nil || !held.allows(r) {
		return noPermission(r.resource)
	}
	return nil
}

// mayAssume judges a request by the role of a target: it must let EventBridge in, and allow the request.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html
func (x *exchange) mayAssume(sender *Account, role string, r request) *undelivered {
	home := x.in(sender, x.call.Region)
	name := roleForm.FindStringSubmatch(role)
	if name == nil {
		return refused("FAILED_TO_ASSUME_ROLE", "EventBridge cannot assume %s.", role)
	}
	found, err := home.askIAM("GetRole", "RoleName", name[1])
	if err != nil || found == nil || found.textAt("Role", "Arn") != role {
		return refused("FAILED_TO_ASSUME_ROLE", "EventBridge cannot assume %s.", role)
	}
	asks := request{service: r.service, action: "sts:AssumeRole", resource: "*", context: r.context}
	trust, err := parseEscaped(found.textAt("Role", "AssumeRolePolicyDocument"))
	if err != nil || !trust.allows(asks) {
		return refused("FAILED_TO_ASSUME_ROLE", "EventBridge cannot assume %s.", role)
	}
	rights, err := home.rightsOf(name[1])
	if err != nil || !rights.allows(request{action: r.action, resource: r.resource}) {
		return noPermission(r.resource)
	}
	return nil
}

// toQueue sends a message. A FIFO queue needs a message group and deduplication by content, which moto checks as AWS does.
// See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_SqsParameters.html
func (x *exchange) toQueue(sender *Account, rule busRule, arn string, target busTarget, m queueMessage) *undelivered {
	url := "http://localhost/" + x.account.ID + "/" + arnParts(arn).resource
	var held struct{ Attributes map[string]string }
	ask := map[string]any{"QueueUrl": url, "AttributeNames": []string{"All"}}
	ok, err := x.askJSON("sqs", x.call.Region, "AmazonSQS.GetQueueAttributes", ask, &held)
	if err != nil || !ok || held.Attributes["QueueArn"] != arn {
		return noResource(arn)
	}
	r := asRule(sender, rule, "sqs:SendMessage", arn)
	if why := x.mayReach(sender, target, held.Attributes["Policy"], r); why != nil {
		return why
	}
	if why := x.mayEncrypt(held.Attributes["KmsMasterKeyId"], arn, "aws:sqs:arn"); why != nil {
		return why
	}
	send := map[string]any{"QueueUrl": url, "MessageBody": m.body}
	if m.group != "" {
		send["MessageGroupId"] = m.group
	}
	if len(m.attributes) > 0 {
		send["MessageAttributes"] = m.attributes
	}
	var out struct{ MessageId string } //nolint:revive // the name on the wire
	ok, err = x.askJSON("sqs", x.call.Region, "AmazonSQS.SendMessage", send, &out)
	if err != nil || !ok {
		return refused("SDK_CLIENT_ERROR", "The queue %s does not accept the message.", arn)
	}
	return nil
}

// toTopic publishes a message; what subscribers get of it is moto's own doing.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
func (x *exchange) toTopic(sender *Account, rule busRule, target busTarget, message string) *undelivered {
	found, err := x.askQuery("sns", "2010-03-31", "GetTopicAttributes", "TopicArn", target.Arn)
	if err != nil || found == nil {
		return noResource(target.Arn)
	}
	attributes := map[string]string{}
	if entries := found.find("Attributes"); entries != nil {
		for _, entry := range entries.children {
			attributes[entry.textAt("key")] = entry.textAt("value")
		}
	}
	r := asRule(sender, rule, "sns:Publish", target.Arn)
	if why := x.mayReach(sender, target, attributes["Policy"], r); why != nil {
		return why
	}
	if why := x.mayEncrypt(attributes["KmsMasterKeyId"], target.Arn, "aws:sns:topicarn"); why != nil {
		return why
	}
	published, err := x.askQuery("sns", "2010-03-31", "Publish", "TopicArn", target.Arn, "Message", message)
	if err != nil || published == nil {
		return refused("SDK_CLIENT_ERROR", "The topic %s does not accept the message.", target.Arn)
	}
	return nil
}

// mayEncrypt judges the key of an encrypted queue or topic. The policy of an AWS managed key lets no service in, and cannot be
// changed. Of the source keys none is supported in the policy of another key.
// See https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func (x *exchange) mayEncrypt(key, arn, encryptionContext string) *undelivered {
	if key == "" {
		return nil
	}
	if strings.Contains(key, "alias/aws/") {
		return noPermission(arn)
	}
	var held struct {
		KeyMetadata struct{ Arn, KeyState string }
	}
	ok, err := x.askJSON("kms", x.call.Region, "TrentService.DescribeKey", map[string]string{"KeyId": key}, &held)
	if err != nil || !ok || held.KeyMetadata.KeyState != "Enabled" {
		return noPermission(arn)
	}
	var out struct{ Policy string }
	ask := map[string]string{"KeyId": held.KeyMetadata.Arn, "PolicyName": "default"}
	if _, err = x.askJSON("kms", x.call.Region, "TrentService.GetKeyPolicy", ask, &out); err != nil {
		return noPermission(arn)
	}
	policy, err := parsePolicy(out.Policy)
	for _, action := range []string{"kms:GenerateDataKey", "kms:Decrypt"} {
		r := request{
			service: eventsService, action: action, resource: held.KeyMetadata.Arn,
			context: map[string]string{"kms:encryptioncontext:" + encryptionContext: arn},
		}
		if err != nil || !policy.allows(r) {
			return noPermission(arn)
		}
	}
	return nil
}
