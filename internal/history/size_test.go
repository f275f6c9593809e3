package history_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// fullLength is a text of a length, as a name can have it.
func fullLength(text string, length int) string {
	return (text + strings.Repeat("-0123456789abcdef", 1+length/17))[:length]
}

// longest is a record of an event with the longest texts that IAM allows: names of 64
// and 128 characters, paths of 512, a session and a source identity of 64.
func longest(stage *providertest.Stage, event events.Event, i int) record {
	parameters := map[string]any{}
	for _, field := range event.TargetFields {
		switch lower := strings.ToLower(field); {
		case strings.HasSuffix(lower, "arn") || lower == "trailname" || lower == "name":
			parameters[field] = "arn:aws:iam::" + stage.ID + ":policy/" + fullLength("p", 510) + "/" + fullLength("policy", 128)
		case strings.HasSuffix(lower, "groupname"), strings.HasSuffix(lower, "policyname"):
			parameters[field] = fullLength(field, 128)
		default:
			parameters[field] = fullLength(field, 64)
		}
	}
	return record{
		"eventVersion": "1.11", "eventID": fmt.Sprintf("%08x-aaaa-4bbb-8ccc-dddddddddddd", i), "eventName": event.Name,
		"eventSource": event.Source, "eventTime": stage.Clock.Now().Add(-time.Duration(i+1) * time.Second).UTC().Format(time.RFC3339),
		"awsRegion": iamRegion, "eventType": "AwsApiCall", "eventCategory": "Management", "recipientAccountId": stage.ID,
		"sourceIPAddress": "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "userAgent": fullLength("Boto3", 1024),
		"requestParameters": parameters,
		"userIdentity": map[string]any{
			"type": "AssumedRole", "accountId": stage.ID, "accessKeyId": "ASIA" + fullLength("KEY", 16),
			"principalId": "AROA" + fullLength("ROLE", 17) + ":" + fullLength("session", 64),
			"arn":         "arn:aws:sts::" + stage.ID + ":assumed-role/" + fullLength("role", 64) + "/" + fullLength("session", 64),
			"sessionContext": map[string]any{
				"sourceIdentity": fullLength("source", 64),
				"attributes":     map[string]any{"mfaAuthenticated": "false"},
				"sessionIssuer": map[string]any{
					"type": "Role", "accountId": stage.ID, "userName": fullLength("role", 64),
					"arn": "arn:aws:iam::" + stage.ID + ":role/" + fullLength("path", 510) + "/" + fullLength("role", 64),
				},
			},
		},
	}
}

// The default answer at its fullest, 200 events, has to fit into a state that people
// still open.
func TestRiskyEvents_stateSize(t *testing.T) {
	t.Parallel()
	var catalogued []events.Event
	for _, preset := range []string{"iam_removal", "iam_weakening"} {
		members, _ := events.Catalog().Preset(preset)
		catalogued = append(catalogued, members...)
	}
	for name, fill := range map[string]func(stage *providertest.Stage){
		"seeded": func(stage *providertest.Stage) {
			mix := iamMix(stage, 7)
			mix.Exactly = map[string]int{}
			for _, event := range catalogued {
				mix.Exactly[event.Source+":"+event.Name] = 1 + 300/len(catalogued)
			}
			stage.Seed(0, mix, 1)
		},
		"longest": func(stage *providertest.Stage) {
			for i := range 210 {
				put(t, stage, longest(stage, catalogued[i%len(catalogued)], i))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stage := providertest.NewStage(t)
			fill(stage)
			state, diags := stage.Server(t, nil).ReadData(t, riskyEvents, map[string]any{})
			list, _ := state["events"].([]any)
			if len(list) != 200 {
				t.Fatalf("%d events: %s", len(list), providertest.Text(diags))
			}
			text, err := json.Marshal(state)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d bytes of state", len(text))
			if len(text) > 400_000 {
				t.Errorf("the state has %d bytes", len(text))
			}
		})
	}
}

// Long texts lose their middle, and the record does not.
func TestRiskyEvents_longTexts(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	user := "arn:aws:iam::" + stage.ID + ":user/" + strings.Repeat("ü", 400) + "/mallory"
	one := removal(stage, "one", time.Hour).with(map[string]any{"requestParameters": map[string]any{
		"groupName": strings.Repeat("g", 200), "userName": strings.Repeat("x", 150) + strings.Repeat("y", 150),
	}, "userIdentity": map[string]any{"type": "IAMUser", "accountId": stage.ID, "arn": user, "userName": "mallory"}})
	put(t, stage, one)
	state := read(t, stage, map[string]any{"event_names": texts("RemoveUserFromGroup"), "include_records": true})
	expect(t, state, map[string]any{
		"events.0.target.groupName": strings.Repeat("g", 200),
		"events.0.target.userName":  strings.Repeat("x", 99) + "…" + strings.Repeat("y", 100),
		"events.0.actor.arn": "arn:aws:iam::" + stage.ID + ":user/" + strings.Repeat("ü", 99-31) + "…" +
			strings.Repeat("ü", 92) + "/mallory",
	})
	expectText(t, fmt.Sprint(member(t, state, "events.0.record_json")), user, strings.Repeat("x", 150)+strings.Repeat("y", 150))
}
