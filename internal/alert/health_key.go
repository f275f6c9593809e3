package alert

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// healthKeyOf checks the key that encrypts a topic or a queue: the sender must be able
// to use it. "" is no key. See
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func healthKeyOf(ctx context.Context, sender healthSender, id string, object arn.ARN) (healthFindings, error) {
	var found healthFindings
	if id == "" {
		return found, nil
	}
	what := "the key of " + object.String()
	if strings.Contains(id, "alias/aws/") {
		found.managedKey(sender, what)
		return found, nil
	}
	if sender.foreign(object) && !arn.IsARN(id) {
		found.doubt("Unable to find " + what + ", which is in account " + object.AccountID + ": it is called " + id + " there.")
		return found, nil
	}
	key, err := sender.in.KMS(object.Region).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(id)})
	switch {
	case errors.Is(err, account.ErrNotFound):
		found.problem(healthKey, "There is no key "+id+", with which "+object.String()+" is encrypted.",
			"Encrypt "+object.String()+" with a customer managed key that exists.")
		return found, nil
	case err != nil:
		return found, found.denied(what, err)
	case key.KeyMetadata.KeyManager == types.KeyManagerTypeAws:
		found.managedKey(sender, what)
		return found, nil
	}
	found.keyState(*key.KeyMetadata, what)
	keyARN := aws.ToString(key.KeyMetadata.Arn)
	held, err := sender.in.KMS(object.Region).
		GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &keyARN, PolicyName: aws.String("default")})
	if err != nil {
		return found, found.denied("the policy of "+what, err)
	}
	found.add(healthKeyAllows(sender, aws.ToString(held.Policy), what, keyARN, object))
	return found, nil
}

func (f *healthFindings) managedKey(sender healthSender, what string) {
	f.problem(healthKey, what+" is managed by AWS, and "+sender.service+" cannot use it: what it sends is dropped.",
		"Encrypt with a customer managed key whose policy lets "+sender.service+" in, or switch the encryption off.")
}

// keyState tells of a key that is off.
func (f *healthFindings) keyState(key types.KeyMetadata, what string) {
	state, id := key.KeyState, aws.ToString(key.Arn)
	if state == types.KeyStateEnabled {
		return
	}
	fix := "aws kms enable-key --key-id " + id
	if state == types.KeyStatePendingDeletion {
		fix = "aws kms cancel-key-deletion --key-id " + id + " && " + fix
	}
	f.problem(healthKey, what+" is not usable: its state is "+string(state)+".", fix)
}

// healthKeyAllows judges the policy of a key. EventBridge sends none of the source keys
// to KMS, so a statement that asks for one lets it in never.
func healthKeyAllows(sender healthSender, text, what, keyARN string, object arn.ARN) healthFindings {
	var found healthFindings
	document, err := policy.Parse(text)
	if err != nil {
		found.doubt("The policy of " + what + " cannot be understood: " + err.Error() + ".")
		return found
	}
	encrypted := map[string]string{"sns": "aws:sns:topicArn", "sqs": "aws:sqs:arn"}[object.Service]
	needed := policy.Statement{
		Effect: policy.Allow, Principal: policy.Principal{policy.PrincipalService: {sender.service}},
		Action: []string{"kms:Decrypt", "kms:GenerateDataKey*"}, Resource: []string{"*"},
		Condition: policy.Condition{"StringEquals": {"kms:EncryptionContext:" + encrypted: {object.String()}}},
	}
	for _, action := range []string{"kms:GenerateDataKey", "kms:Decrypt"} {
		request := healthAsk(sender, action, keyARN)
		delete(request.present, "aws:sourcearn")
		delete(request.present, "aws:sourceaccount")
		if sender.service == eventBridgeService {
			request.absent = append(request.absent, "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
		}
		request.present["kms:encryptioncontext:"+strings.ToLower(encrypted)] = object.String()
		found.judged(healthJudge(document, request), sender, action, what, needed, healthKeyPolicy)
	}
	return found
}
