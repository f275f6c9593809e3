package history_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// call runs a function with one text.
func call(
	t *testing.T,
	f function.Function,
	result map[string]attr.Type,
	text string,
) (map[string]attr.Value, *function.FuncError) {
	t.Helper()
	resp := function.RunResponse{Result: function.NewResultData(types.ObjectUnknown(result))}
	f.Run(t.Context(), function.RunRequest{
		Arguments: function.NewArgumentsData([]attr.Value{types.StringValue(text)}),
	}, &resp)
	if resp.Error != nil {
		return nil, resp.Error
	}
	object, ok := resp.Result.Value().(types.Object)
	if !ok {
		t.Fatalf("the result is %v", resp.Result.Value())
	}
	return object.Attributes(), nil
}

func parse(t *testing.T, text string) (map[string]attr.Value, *function.FuncError) {
	t.Helper()
	return call(t, history.NewParseEventFunction(), history.ParsedEventTypes(), text)
}

func risk(t *testing.T, text string) (map[string]attr.Value, *function.FuncError) {
	t.Helper()
	return call(t, history.NewEventRiskFunction(), map[string]attr.Type{
		"severity": types.StringType, "reasons": types.ListType{ElemType: types.StringType},
	}, text)
}

const recordText = `{"eventVersion":"1.11","eventID":"e-1","eventTime":"2026-11-20T14:02:00Z",` +
	`"eventSource":"iam.amazonaws.com","eventName":"DeleteAccessKey","awsRegion":"us-east-1",` +
	`"recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.7",` +
	`"userAgent":"curl/8","userIdentity":{"type":"IAMUser","userName":"mallory","accountId":"111122223333",` +
	`"arn":"arn:aws:iam::111122223333:user/mallory","accessKeyId":"AKIAMALLORY000000001",` +
	`"sessionContext":{"attributes":{"mfaAuthenticated":"true"}}},` +
	`"requestParameters":{"userName":"alice","accessKeyId":"AKIAALICE00000000002"}}`

func TestParseEvent(t *testing.T) {
	t.Parallel()
	envelope := `{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","detail":` + recordText + `}`
	for _, text := range []string{recordText, " \n" + recordText + "\n", envelope} {
		got, failed := parse(t, text)
		if failed != nil {
			t.Fatal(failed)
		}
		for name, want := range map[string]string{
			"event_id": `"e-1"`, "event_time": `"2026-11-20T14:02:00Z"`, "event_name": `"DeleteAccessKey"`,
			"event_source": `"iam.amazonaws.com"`, "account_id": `"111122223333"`, "aws_region": `"us-east-1"`, "severity": `"low"`,
			"direction": `"tightens"`, "source_ip": `"203.0.113.7"`, "user_agent": `"curl/8"`, "outcome": `"succeeded"`,
			"error_code": `<null>`, "unreadable": `[]`, "target": `{"accessKeyId":"…0002","userName":"alice"}`,
			"actor": `{"access_key_id":"…0001","account_id":"111122223333","arn":"arn:aws:iam::111122223333:user/mallory","mfa":true,` +
				`"name":"mallory","type":"IAMUser","via":<null>}`,
		} {
			if got[name].String() != want {
				t.Errorf("%s is %s, want %s", name, got[name], want)
			}
		}
		if whole := fmt.Sprint(got); strings.Contains(whole, "AKIA") {
			t.Errorf("a whole access key is shown: %s", whole)
		}
	}
}

// What a record lacks is null and listed, and no reason to fail.
func TestParseEvent_odd(t *testing.T) {
	t.Parallel()
	got, failed := parse(t, `{"eventName":"DoSomething","errorCode":"AccessDenied","userIdentity":7}`)
	if failed != nil {
		t.Fatal(failed)
	}
	for name, want := range map[string]string{
		"event_id": "<null>", "event_time": "<null>", "severity": `"info"`, "direction": "<null>", "outcome": `"denied"`,
		"account_id": "<null>", "target": "{}",
	} {
		if got[name].String() != want {
			t.Errorf("%s is %s, want %s", name, got[name], want)
		}
	}
	if text := got["unreadable"].String(); !strings.Contains(text, "userIdentity: not an object") ||
		!strings.Contains(text, "eventTime") {
		t.Errorf("unreadable is %s", text)
	}
}

func TestEventRisk(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		recordText: "low",
		strings.Replace(recordText, "DeleteAccessKey", "UpdateAccessKey", 1): "low",
		strings.Replace(strings.Replace(recordText, "DeleteAccessKey", "UpdateAccessKey", 1), `"userName":"alice"`,
			`"userName":"alice","status":"Active"`, 1): "medium",
		strings.Replace(recordText, `"mfaAuthenticated":"true"`, `"mfaAuthenticated":"false"`, 1): "medium",
		strings.Replace(recordText, "DeleteAccessKey", "GetAccessKeyLastUsed", 1):                 "info",
	} {
		got, failed := risk(t, text)
		if failed != nil {
			t.Fatal(failed)
		}
		if got["severity"].String() != `"`+want+`"` || got["reasons"].String() == "[]" {
			t.Errorf("%v, want %s", got, want)
		}
	}
}

// What is no record is blamed on the argument, and none of it gets to a terminal.
func TestFunctions_notARecord(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "null", "[]", "7", `"text"`, "{", "{}", `{"a":1}`, "\x1b[2J{", "{\"\x1b[2J", `{"detail-type":"x","detail":{}}`,
		`{"detail-type":"x","detail":[1]}`, recordText + "\u202e",
	} {
		for _, run := range []func(*testing.T, string) (map[string]attr.Value, *function.FuncError){parse, risk} {
			got, failed := run(t, text)
			if failed == nil {
				t.Fatalf("%q gave %v", text, got)
			}
			if failed.FunctionArgument == nil || *failed.FunctionArgument != 0 ||
				!strings.Contains(failed.Text, "not a CloudTrail record") ||
				strings.ContainsAny(failed.Text, "\x1b\u202e\n") {
				t.Errorf("%q: %q of argument %v", text, failed.Text, failed.FunctionArgument)
			}
		}
	}
}

// Once through Terraform itself.
func TestFunctions_terraform(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := stage.CLI(t)
	cli.WriteFile(t, "record.json", recordText)
	cli.Write(t, `
terraform {
  required_providers {
    iamguard = { source = "iamguard/iamguard" }
  }
}
`+stage.Provider(stage.Admin())+`
output "risk" {
  value = provider::iamguard::event_risk(file("record.json"))
}
output "event" {
  value = provider::iamguard::parse_event(file("record.json"))
}
`)
	cli.Must(t, "init")
	cli.Apply(t)
	var risk struct {
		Severity string
		Reasons  []string
	}
	if err := json.Unmarshal([]byte(cli.Must(t, "output", "-json", "risk")), &risk); err != nil {
		t.Fatal(err)
	}
	if risk.Severity != "low" || len(risk.Reasons) == 0 {
		t.Errorf("the risk is %v", risk)
	}
	var event struct {
		Target map[string]string
		Actor  struct{ Name string }
	}
	if err := json.Unmarshal([]byte(cli.Must(t, "output", "-json", "event")), &event); err != nil {
		t.Fatal(err)
	}
	if event.Target["userName"] != "alice" || event.Actor.Name != "mallory" {
		t.Errorf("the event is %v", event)
	}
	cli.WriteFile(t, "record.json", "\x1b[2J")
	code, said := cli.Run(t, "plan")
	if code == 0 || !strings.Contains(said, "not a CloudTrail record") || strings.Contains(said, "\x1b[2J") {
		t.Errorf("exit code %d, and said %q", code, said)
	}
}
