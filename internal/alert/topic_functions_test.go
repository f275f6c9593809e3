package alert_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/alert"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// topicKeys are the keys of a function's object: texts, and lists of texts.
type topicKeys map[string]any

// topicCall runs a function; the second value is its error.
func topicCall(t *testing.T, called function.Function, keys topicKeys) (text, problem string) {
	t.Helper()
	kinds, values := map[string]attr.Type{}, map[string]attr.Value{}
	for name, value := range keys {
		switch typed := value.(type) {
		case string:
			values[name] = types.StringValue(typed)
		case []string:
			elements, diags := types.ListValueFrom(t.Context(), types.StringType, typed)
			if diags.HasError() {
				t.Fatal(diags)
			}
			values[name] = elements
		}
		kinds[name] = values[name].Type(t.Context())
	}
	resp := function.RunResponse{Result: function.NewResultData(types.StringNull())}
	called.Run(t.Context(), function.RunRequest{Arguments: function.NewArgumentsData(
		[]attr.Value{types.DynamicValue(types.ObjectValueMust(kinds, values))})}, &resp)
	if resp.Error != nil {
		return "", resp.Error.Text
	}
	result, ok := resp.Result.Value().(types.String)
	if !ok {
		t.Fatalf("the result is %v", resp.Result.Value())
	}
	return result.ValueString(), ""
}

// topicWritten is the policy of a topic, or that of its key, in the place of a stage.
func topicWritten(t *testing.T, ofTopic bool, keys topicKeys, stage *providertest.Stage) string {
	t.Helper()
	all := topicKeys{"account_id": stage.ID, "region": providertest.Region}
	maps.Copy(all, keys)
	called := alert.NewTopicKMSPolicyFunction()
	if ofTopic {
		called = alert.NewTopicPolicyFunction()
	}
	text, problem := topicCall(t, called, all)
	if problem != "" {
		t.Fatal(problem)
	}
	return text
}

func TestTopicPolicy(t *testing.T) {
	t.Parallel()
	base := topicKeys{"name": "alerts", "account_id": "111122223333", "region": "us-gov-west-1"}
	text, problem := topicCall(t, alert.NewTopicPolicyFunction(), base)
	const want = `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"AccountAdministersTopic","Effect":"Allow","Principal":{"AWS":"111122223333"},` +
		`"Action":["sns:AddPermission","sns:DeleteTopic","sns:GetTopicAttributes","sns:ListSubscriptionsByTopic","sns:Publish",` +
		`"sns:RemovePermission","sns:SetTopicAttributes","sns:Subscribe"],` +
		`"Resource":"arn:aws-us-gov:sns:us-gov-west-1:111122223333:alerts"}`
	if problem != "" || !strings.HasPrefix(text, want) {
		t.Errorf("the policy is %s, want it to begin with %s: %s", text, want, problem)
	}
	document, err := policy.Parse(text)
	if err != nil || document.Normalised().String() != text || len(document.Statements) != 3 {
		t.Fatalf("%v in %s", err, text)
	}
	publish, byTLS := document.Statements[1], document.Statements[2]
	if got := publish.Condition["ArnLike"]["aws:SourceArn"]; len(got) != 1 ||
		got[0] != "arn:aws-us-gov:events:us-gov-west-1:111122223333:rule/*" ||
		publish.Condition["StringEquals"]["aws:SourceAccount"][0] != "111122223333" {
		t.Errorf("the rules may publish under %v", publish.Condition)
	}
	if byTLS.Effect != policy.Deny || byTLS.Condition["Bool"]["aws:SecureTransport"][0] != "false" {
		t.Errorf("without TLS: %s", byTLS)
	}
	named := maps.Clone(base)
	named["rule_names"], named["partition"] = []string{"b", "bus/a"}, "aws-iso"
	text, problem = topicCall(t, alert.NewTopicPolicyFunction(), named)
	if problem != "" || !strings.Contains(text, `["arn:aws-iso:events:us-gov-west-1:111122223333:rule/b",`+
		`"arn:aws-iso:events:us-gov-west-1:111122223333:rule/bus/a"]`) {
		t.Errorf("with rules named: %s %s", text, problem)
	}
}

func TestTopicKMSPolicy(t *testing.T) {
	t.Parallel()
	text, problem := topicCall(t, alert.NewTopicKMSPolicyFunction(), topicKeys{
		"topic_names": []string{"b", "a", "b"}, "account_id": "111122223333", "region": "us-east-1",
	})
	document, err := policy.Parse(text)
	if problem != "" || err != nil || document.Normalised().String() != text || len(document.Statements) != 2 {
		t.Fatalf("%s: %s %v", text, problem, err)
	}
	encrypts := document.Statements[1].String()
	for _, part := range []string{
		`"Service":"events.amazonaws.com"`, `kms:GenerateDataKey*`, `kms:Decrypt`, `"kms:EncryptionContext:aws:sns:topicArn":[` +
			`"arn:aws:sns:us-east-1:111122223333:a","arn:aws:sns:us-east-1:111122223333:b"]`,
	} {
		if !strings.Contains(encrypts, part) {
			t.Errorf("%q is not in %s", part, encrypts)
		}
	}
	// EventBridge supports no condition on the source here.
	if strings.Contains(strings.ToLower(text), "aws:source") || !strings.Contains(text, `{"AWS":"111122223333"}`) {
		t.Errorf("the key policy is %s", text)
	}
}

func TestTopicFunctions_refuse(t *testing.T) {
	t.Parallel()
	with := func(more topicKeys) topicKeys {
		all := topicKeys{"account_id": "111122223333", "region": "us-east-1"}
		maps.Copy(all, more)
		return all
	}
	for _, c := range []struct {
		called function.Function
		keys   topicKeys
		says   string
	}{
		{alert.NewTopicPolicyFunction(), with(nil), `The key "name" is missing`},
		{alert.NewTopicPolicyFunction(), with(topicKeys{"name": "a", "rules": "b"}), `Unknown key "rules"; the keys are account_id`},
		{alert.NewTopicPolicyFunction(), with(topicKeys{"name": "a.fifo"}), "EventBridge cannot publish to one"},
		{alert.NewTopicPolicyFunction(), with(topicKeys{"name": "a", "rule_names": []string{"a*"}}), "no wildcard"},
		{alert.NewTopicPolicyFunction(), with(topicKeys{"name": "a", "account_id": "1"}), "is not a 12-digit account ID"},
		{alert.NewTopicPolicyFunction(), with(topicKeys{"name": "a", "region": "mars-1"}), "name it by the key partition"},
		{alert.NewTopicKMSPolicyFunction(), with(nil), `The key "topic_names" is missing`},
		{alert.NewTopicKMSPolicyFunction(), with(topicKeys{"topic_names": []string{"a b"}}), "is not the name of a topic"},
		{alert.NewTopicKMSPolicyFunction(), with(topicKeys{"topic_names": []string{"a"}, "account_id": "x"}), "12-digit"},
	} {
		if text, problem := topicCall(t, c.called, c.keys); !strings.Contains(problem, c.says) {
			t.Errorf("%v: %q and %q, want %q", c.keys, text, problem, c.says)
		}
	}
}
