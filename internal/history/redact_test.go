package history_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// deactivateMFA makes a call that fails.
func deactivateMFA(tb testing.TB, stage *providertest.Stage, serial, user string) {
	tb.Helper()
	client := iam.NewFromConfig(stage.SDK(stage.Admin()))
	_, err := client.DeactivateMFADevice(
		tb.Context(),
		&iam.DeactivateMFADeviceInput{SerialNumber: aws.String(serial), UserName: aws.String(user)},
	)
	if err == nil {
		tb.Fatal("the call succeeded")
	}
}

// talkative is a record that names everything that can be redacted in many places.
func talkative(stage *providertest.Stage) record {
	return removal(stage, "talkative", time.Hour).with(map[string]any{
		"errorCode": "AccessDenied",
		"userAgent": "evil-tool/1.0 (mallory)",
		"errorMessage": "User: arn:aws:iam::" + stage.ID + ":user/mallory with key AKIAMALLORY000000001 from 203.0.113.7 " +
			"is not authorized, evil-tool/1.0 (mallory)",
		"requestParameters": map[string]any{
			"groupName": "admins", "userName": "mallory", "accessKeyId": "AKIAOTHER00000000002", "password": "hunter2-hunter2",
			"mallory": "mallory@203.0.113.7", "nested": []any{map[string]any{
				"SessionToken": "FwoGZXIvYXdzEXAMPLE",
				"note":         "by mallory",
			}},
			"big": json.Number("12345678901234567890"), "unrelated": "mallorys and xmallory",
		},
		"userIdentity": map[string]any{
			"type": "AssumedRole", "principalId": "AROAX:mallory", "accountId": stage.ID, "accessKeyId": "AKIAMALLORY000000001",
			"arn": "arn:aws:sts::" + stage.ID + ":assumed-role/ops/mallory",
			"sessionContext": map[string]any{
				"sourceIdentity": "mallory.real",
				"sessionIssuer": map[string]any{
					"type":        "Role",
					"principalId": "AROAX",
					"arn":         "arn:aws:iam::" + stage.ID + ":role/ops",
					"userName":    "ops",
				},
			},
		},
	})
}

func TestRiskyEvents_redaction(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	put(t, stage, talkative(stage))
	arguments := map[string]any{"event_names": texts("RemoveUserFromGroup"), "include_failed": true}
	const key, otherKey, agent, address = "AKIAMALLORY000000001", "AKIAOTHER00000000002", "evil-tool", "203.0.113.7"
	secrets := []string{"hunter2", "FwoGZXIvYXdzEXAMPLE"}
	written := func(changes map[string]any) (map[string]any, string) {
		maps.Copy(arguments, changes)
		state := read(t, stage, arguments)
		text, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		return state, string(text)
	}

	state, text := written(nil)
	expect(t, state, map[string]any{
		"events.0.record_json": nil, "events.0.user_agent": "(redacted)", "events.0.actor.access_key_id": "…0001",
		"events.0.source_ip": address, "events.0.actor.name": "mallory.real", "events.0.target.userName": "mallory",
	})
	expectNoText(t, text, append(secrets, key, otherKey, agent)...)

	state, text = written(map[string]any{"include_records": true})
	expectNoText(t, text, append(secrets, key, otherKey, agent)...)
	expectText(
		t,
		fmt.Sprint(member(t, state, "events.0.record_json")),
		`"big":12345678901234567890`,
		`"…0002"`,
		`"eventName":"RemoveUserFromGroup"`,
		"mallory",
	)

	state, text = written(map[string]any{"redact": texts("access_key_id", "user_agent", "source_ip", "actor_name")})
	withoutArguments := strings.ReplaceAll(text, `"unrelated\":\"mallorys and xmallory\"`, "")
	expectNoText(t, withoutArguments, append(secrets, key, otherKey, agent, address, "mallory")...)
	expectText(
		t,
		fmt.Sprint(member(t, state, "events.0.record_json")),
		stage.ID,
		`"userName":"ops"`,
		`"eventSource":"iam.amazonaws.com"`,
		"mallorys",
	)
	expect(t, state, map[string]any{
		"events.0.actor.arn": "(redacted)", "events.0.actor.name": "(redacted)", "events.0.source_ip": "(redacted)",
		"events.0.actor.via": "session of ops, source identity (redacted)", "events.0.target.userName": "(redacted)",
	})

	state, text = written(map[string]any{"redact": []any{}})
	expectNoText(t, text, secrets...)
	expect(t, state, map[string]any{"events.0.actor.access_key_id": key})
	expectText(t, text, agent, address, otherKey)
}

// The root user's principal ID is the number of the account, which is no name.
func TestRiskyEvents_redactionKeepsTheAccount(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	put(t, stage, removal(stage, "root", time.Hour).with(map[string]any{"userIdentity": map[string]any{
		"type": "Root", "principalId": stage.ID, "accountId": stage.ID, "arn": "arn:aws:iam::" + stage.ID + ":root",
		"accessKeyId": "",
	}}))
	state := read(t, stage, map[string]any{
		"event_names": texts("RemoveUserFromGroup"), "include_records": true, "redact": texts("actor_name"),
	})
	expect(
		t,
		state,
		map[string]any{"events.0.account_id": stage.ID, "events.0.actor.type": "Root", "events.0.actor.account_id": stage.ID},
	)
	expectText(t, fmt.Sprint(member(t, state, "events.0.record_json")), `"recipientAccountId":"`+stage.ID, `"type":"Root"`)
}

func TestRiskyEvents_hostileNames(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	const hostile = "x|`<img src=a>`@admins [click](https://evil.example) www.evil.example " +
		"#1 *b* _i_ ~s~ &#64;you\n| fake | row |\u202e\x1b[31m"
	put(t, stage, removal(stage, "hostile", time.Hour).with(map[string]any{
		"requestParameters": map[string]any{"groupName": hostile, "userName": "alice"},
	}))
	state := read(t, stage, map[string]any{"event_names": texts("RemoveUserFromGroup")})
	summary := fmt.Sprint(state["summary_markdown"])
	lines := strings.Split(strings.TrimSpace(summary), "\n")
	if len(lines) != 5 {
		t.Fatalf("the summary has %d lines, want 5:\n%s", len(lines), summary)
	}
	row := lines[4]
	expectNoText(t, row, "<", "@", "https://", "www.evil", "&#64;you", "\u202e", "\x1b", "\r")
	expectText(t, row, `x\|`, "&lt;img", `\[click]`, `\*b\*`, `\u202e`, `\u001b`, `\u000a`)
	if bars := strings.Count(strings.ReplaceAll(row, `\|`, ""), "|"); bars != 7 {
		t.Errorf("the row has %d bars, want 7: %s", bars, row)
	}
	// The value itself is data and stays what it is.
	expect(t, state, map[string]any{"events.0.target.groupName": hostile})
}
