package localaws_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// removal is a record as another account's CloudTrail might have written it; # stands for the account.
const removal = `{"eventVersion":"1.11","eventTime":"2026-11-20T10:00:00Z","eventSource":"iam.amazonaws.com",
"eventName":"RemoveUserFromGroup","awsRegion":"us-east-1","readOnly":false,"eventType":"AwsApiCall","eventID":"e-1",
"recipientAccountId":"#","managementEvent":true,"number":1.50,"list":["a","b"],
"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::#:user/<eve>","userName":"eve"},
"requestParameters":{"userName":"alice","groupName":"say \"hi\"\n","tags":[{"key":"k1"},{"key":"k2"}]}}`

var transformed = map[string]struct {
	paths          map[string]string
	template, want string
	code           string
}{
	"text": {
		map[string]string{"who": "$.detail.userIdentity.userName", "what": "$.detail.eventName"},
		`"<who> called <what>"`, `"eve called RemoveUserFromGroup"`, "",
	},
	"lines": {
		map[string]string{"who": "$.detail.userIdentity.userName", "what": "$.detail.eventName"},
		"\"Event: <what>\"\n\"Actor: <who>\"", "\"Event: RemoveUserFromGroup\"\n\"Actor: eve\"", "",
	},
	"quoted and not in JSON": {
		map[string]string{"who": "$.detail.userIdentity.userName"},
		`{"a": <who>, "b": "<who>", "c": "is <who>!"}`, `{"a": "eve", "b": "eve", "c": "is eve!"}`, "",
	},
	"other kinds in JSON": {
		map[string]string{"n": "$.detail.number", "b": "$.detail.readOnly", "l": "$.detail.list"},
		`{"n": <n>, "b": <b>, "l": <l>, "s": "<n>"}`, `{"n": 1.50, "b": false, "l": ["a","b"], "s": "1.50"}`, "",
	},
	"an object within quotes": {
		map[string]string{"t": "$.detail.requestParameters.tags[0]"}, `"<t>"`, `"{key:k1}"`, "",
	},
	"an absent path in text": {
		map[string]string{"gone": "$.detail.errorCode"}, `"error: <gone>."`, `"error: ."`, "",
	},
	"an absent path in quotes": {
		map[string]string{"gone": "$.detail.errorCode"}, `{"error": "<gone>"}`, `{"error": ""}`, "",
	},
	"an absent path breaks JSON": {
		map[string]string{"gone": "$.detail.errorCode"}, `{"error": <gone>}`, `{"error": }`, "INVALID_JSON",
	},
	"nothing is escaped": {
		map[string]string{"g": "$.detail.requestParameters.groupName"}, `{"g": "<g>"}`, "{\"g\": \"say \"hi\"\n\"}", "INVALID_JSON",
	},
	"text stays text": {
		map[string]string{"g": "$.detail.requestParameters.groupName"}, `"<g>"`, "\"say \"hi\"\n\"", "",
	},
	"values are not filled again": {
		map[string]string{"arn": "$.detail.userIdentity.arn", "eve": "$.detail.eventName"},
		`"<arn>"`, `"arn:aws:iam::#:user/<eve>"`, "",
	},
	"index and wildcard": {
		map[string]string{"second": "$.detail.requestParameters.tags[1].key", "all": "$.detail.requestParameters.tags[*].key"},
		`{"one": <second>, "all": <all>}`, `{"one": "k2", "all": ["k1","k2"]}`, "",
	},
	"an index too far": {
		map[string]string{"t": "$.detail.list[2]"}, `"<t>"`, `""`, "",
	},
	"a name with a dash": {
		map[string]string{"t": "$.detail-type", "id-1": "$.source"}, `"<t> of <id-1>"`, `"AWS API Call via CloudTrail of aws.iam"`, "",
	},
	"escaped quotes in the template": {
		map[string]string{"who": "$.detail.userIdentity.userName"},
		`{"m": "she said \"<who>\" <who>"}`, `{"m": "she said \"eve\" eve"}`, "",
	},
	"not a placeholder": {
		map[string]string{"who": "$.detail.userIdentity.userName"}, `"1 < 2, <who> > 0"`, `"1 < 2, eve > 0"`, "",
	},
	"reserved names": {
		nil, `{"r": "<aws.events.rule-name>", "a": <aws.events.rule-arn>, "t": "<aws.events.event.ingestion-time>"}`,
		`{"r": "r#name", "a": "arn:aws:events:us-east-1:#:rule/r#name", "t": "2026-11-20T11:00:00Z"}`, "",
	},
}

func TestDelivery_transformer(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, iamRegion)
	a.SetClock(func() time.Time { return time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC) })
	queue := aws.String(a.queue(t, "alerts", nil))
	cases := map[string]string{}
	for name, c := range transformed {
		rule := fmt.Sprintf("r%d", len(cases))
		arn := a.rule(t, eventbridge.PutRuleInput{Name: &rule}, types.Target{
			Arn:              queue,
			InputTransformer: &types.InputTransformer{InputPathsMap: c.paths, InputTemplate: aws.String(c.template)},
		})
		cases[arn] = name
	}
	if err := a.EmitRecord(t.Context(), json.RawMessage(strings.ReplaceAll(removal, "#", a.ID))); err != nil {
		t.Fatal(err)
	}
	var sent []string
	seen := 0
	for _, d := range a.Deliveries() {
		name, known := cases[d.Rule]
		if !known {
			continue
		}
		seen++
		c := transformed[name]
		_, rule, _ := strings.Cut(d.Rule, "rule/")
		want := strings.ReplaceAll(strings.ReplaceAll(c.want, "r#name", rule), "#", a.ID)
		if d.Message != want || d.Code != c.code || (d.Outcome == localaws.Delivered) != (c.code == "") {
			t.Errorf("%s: got %s (%s %s), want %s (%s)", name, d.Message, d.Outcome, d.Code, want, c.code)
		}
		if d.Outcome == localaws.Delivered {
			sent = append(sent, want)
		}
	}
	bodies := map[string]bool{}
	for _, m := range a.messages(t, "alerts") {
		bodies[*m.Body] = true
	}
	for _, want := range sent {
		if !bodies[want] {
			t.Errorf("%s is not in the queue", want)
		}
	}
	if seen != len(transformed) {
		t.Errorf("saw %d of %d cases", seen, len(transformed))
	}
}

func TestDelivery_inputs(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, iamRegion)
	queue := aws.String(a.queue(t, "alerts", nil))
	transformer := func(template string) *types.InputTransformer {
		return &types.InputTransformer{InputTemplate: aws.String(template)}
	}
	a.rule(t, eventbridge.PutRuleInput{},
		types.Target{Arn: queue, Input: aws.String(`{"constant": true}`)},
		types.Target{Arn: queue, InputPath: aws.String("$.detail.userIdentity")},
		types.Target{Arn: queue, InputPath: aws.String("$.detail.errorCode")},
		types.Target{Arn: queue, InputTransformer: transformer(`{"all": <aws.events.event.json>}`)},
		types.Target{Arn: queue, InputTransformer: transformer(`{"head": <aws.events.event>}`)},
	)
	if err := a.EmitRecord(t.Context(), json.RawMessage(strings.ReplaceAll(removal, "#", a.ID))); err != nil {
		t.Fatal(err)
	}
	all := a.Deliveries()
	if len(all) != 5 {
		t.Fatalf("got %+v", all)
	}
	if all[0].Message != `{"constant": true}` {
		t.Errorf("Input: %s", all[0].Message)
	}
	if want := `{"arn":"arn:aws:iam::` + a.ID + `:user/<eve>","type":"IAMUser","userName":"eve"}`; all[1].Message != want {
		t.Errorf("InputPath: got %s, want %s", all[1].Message, want)
	}
	if all[2].Outcome != localaws.Lost || all[2].Code != "INVALID_PARAMETER" {
		t.Errorf("an absent InputPath: %+v", all[2])
	}
	var got struct {
		All, Head struct {
			Source string
			Detail map[string]any
		}
	}
	for _, d := range all[3:] {
		if err := json.Unmarshal([]byte(d.Message), &got); err != nil {
			t.Fatalf("%s: %v", d.Message, err)
		}
	}
	if got.All.Source != "aws.iam" || got.All.Detail["eventName"] != "RemoveUserFromGroup" {
		t.Errorf("the whole event is %+v", got.All)
	}
	if got.Head.Source != "aws.iam" || got.Head.Detail != nil {
		t.Errorf("the event without detail is %+v", got.Head)
	}
}
