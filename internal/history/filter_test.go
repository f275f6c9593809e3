package history_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// denied is a removal that was refused, as IAM records it.
func denied(stage *providertest.Stage, id string, ago time.Duration) record {
	return removal(stage, id, ago).with(map[string]any{
		"errorCode":         "AccessDenied",
		"requestParameters": nil,
		"errorMessage": "User: arn:aws:iam::" + stage.ID + ":user/mallory is not authorized to perform: " +
			"iam:RemoveUserFromGroup on resource: group admins because no identity-based policy allows the " +
			"iam:RemoveUserFromGroup action",
	})
}

func TestRiskyEvents_failedCallsAreToldApart(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	missing := removal(
		stage,
		"missing",
		3*time.Hour,
	).with(map[string]any{"errorCode": "NoSuchEntityException", "errorMessage": "no such group"})
	put(t, stage, removal(stage, "done", time.Hour), denied(stage, "denied", 2*time.Hour), missing)
	names := map[string]any{"event_names": texts("RemoveUserFromGroup")}

	state := read(t, stage, names)
	expect(t, state, map[string]any{"event_count": 1, "failed_count": 2, "events.0.error_code": nil, "complete": true})
	expectText(t, fmt.Sprint(state["summary_markdown"]), "2 failed attempts")

	names["include_failed"] = true
	state = read(t, stage, names)
	expect(t, state, map[string]any{
		"event_count": 3, "failed_count": 0, "events.1.event_id": "denied", "events.1.error_code": "AccessDenied",
		"events.1.target.groupName": "admins", "events.2.error_code": "NoSuchEntityException",
		"events.2.target.userName": "alice",
	})
	if member(t, state, "events.0.severity") == member(t, state, "events.1.severity") {
		t.Error("a denied attempt grades like one that succeeded")
	}
}

// The recorder itself writes the record of a denied call, after a real call.
func TestRiskyEvents_recordedDenial(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	stage.Inject(localaws.Fault{Service: "iam", Operation: "DeactivateMFADevice", Kind: localaws.Deny})
	deactivateMFA(t, stage, "arn:aws:iam::"+stage.ID+":mfa/alice", "alice")
	expect(
		t,
		read(t, stage, map[string]any{"event_names": texts("DeactivateMFADevice")}),
		map[string]any{"event_count": 0, "failed_count": 1},
	)
}

func TestRiskyEvents_filters(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	arn := func(resource string) string { return "arn:aws:iam::" + stage.ID + ":" + resource }
	session := map[string]any{
		"type": "AssumedRole", "principalId": "AROADEPLOY:run-17", "accountId": stage.ID, "accessKeyId": "ASIADEPLOY0000000001",
		"arn": "arn:aws:sts::" + stage.ID + ":assumed-role/deploy/run-17",
		"sessionContext": map[string]any{"sessionIssuer": map[string]any{
			"type": "Role", "principalId": "AROADEPLOY", "arn": arn("role/deploy"), "accountId": stage.ID, "userName": "deploy",
		}},
	}
	const terraform = "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 (+https://www.terraform.io) terraform-provider-aws/6.0.0"
	put(
		t,
		stage,
		removal(stage, "mallory", time.Hour),
		removal(stage, "role", 2*time.Hour).with(map[string]any{"userIdentity": session, "userAgent": terraform}),
		removal(stage, "role-by-hand", 3*time.Hour).with(map[string]any{"userIdentity": session}),
		removal(
			stage,
			"service",
			4*time.Hour,
		).with(map[string]any{"userIdentity": map[string]any{"type": "AWSService", "invokedBy": "sso.amazonaws.com"}}),
		removal(stage, "unreadable", 5*time.Hour).with(map[string]any{"userIdentity": "mallory"}),
		removal(stage, "no-target", 6*time.Hour).with(map[string]any{"requestParameters": nil}),
		removal(
			stage,
			"other-target",
			7*time.Hour,
		).with(map[string]any{"requestParameters": map[string]any{"groupName": "readers", "userName": "bob"}}),
	)
	for name, test := range map[string]struct {
		arguments map[string]any
		want      []string
		excluded  int
	}{
		"all": {nil, []string{"mallory", "role", "role-by-hand", "service", "unreadable", "no-target", "other-target"}, 0},
		"a principal; one that cannot be read could be anybody": {
			map[string]any{"principals": texts(arn("user/mall*"))}, []string{
				"mallory", "unreadable", "no-target",
				"other-target",
			}, 0,
		},
		"a role stands for its sessions": {
			map[string]any{"principals": texts(arn("role/deploy"))}, []string{"role", "role-by-hand", "unreadable"}, 0,
		},
		"excluded; without an ARN nobody is": {
			map[string]any{"exclude_principals": texts("*")}, []string{"service", "unreadable"}, 5,
		},
		"no exclusion": {
			map[string]any{
				"exclude_principals": []any{}, "acknowledged_event_ids": []any{}, "deployers": []any{},
				"exclude_event_names": []any{},
			},
			[]string{"mallory", "role", "role-by-hand", "service", "unreadable", "no-target", "other-target"},
			0,
		},
		"acknowledged": {
			map[string]any{"acknowledged_event_ids": texts("mallory", "service", "unknown")},
			[]string{"role", "role-by-hand", "unreadable", "no-target", "other-target"},
			2,
		},
		"a resource; a record without one could be about any": {
			map[string]any{"resources": texts("read*")}, []string{"no-target", "other-target"}, 0,
		},
		"a severity, from which deployers with a tool come down": {
			map[string]any{"min_severity": "medium", "deployers": texts("*role/deploy")},
			[]string{"mallory", "role-by-hand", "service", "unreadable", "no-target", "other-target"},
			0,
		},
		"above all": {map[string]any{"min_severity": "critical"}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arguments := map[string]any{"event_names": texts("RemoveUserFromGroup")}
			maps.Copy(arguments, test.arguments)
			state, diags := stage.Server(t, nil).ReadData(t, riskyEvents, arguments)
			if state == nil {
				t.Fatal(providertest.Text(diags))
			}
			var want []any
			for i, id := range test.want {
				want = append(want, id)
				expect(t, state, map[string]any{fmt.Sprintf("events.%d.event_id", i): id})
			}
			expect(t, state, map[string]any{"event_count": len(want), "excluded_count": test.excluded, "complete": true})
		})
	}
}

func TestRiskyEvents_countsFingerprintAndLimit(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	arguments := map[string]any{"event_names": texts("RemoveUserFromGroup", "StopLogging")}
	empty := read(t, stage, arguments)
	expect(t, empty, map[string]any{
		"event_count": 0, "failed_count": 0, "excluded_count": 0, "complete": true, "truncated": false, "events": []any{},
		"counts_by_severity": map[string]any{"info": 0, "low": 0, "medium": 0, "high": 0, "critical": 0},
	})

	put(
		t,
		stage,
		removal(stage, "b", 2*time.Hour),
		removal(stage, "a", time.Hour),
		removal(stage, "stop", 3*time.Hour).with(map[string]any{
			"eventName": "StopLogging", "eventSource": "cloudtrail.amazonaws.com", "awsRegion": providertest.Region,
		}),
	)
	full := read(t, stage, arguments)
	expect(t, full, map[string]any{
		"event_count": 3, "counts_by_severity.high": 2, "counts_by_severity.critical": 1, "counts_by_severity.low": 0,
	})
	if got := ids(t, full); got != "a b stop" {
		t.Errorf("the events are %s, want the newest first", got)
	}
	again := read(t, stage, arguments)
	if full["fingerprint"] != again["fingerprint"] || full["fingerprint"] == empty["fingerprint"] {
		t.Error("the fingerprint is not that of the set of events")
	}

	arguments["max_events"] = 1
	state, diags := stage.Server(t, nil).ReadData(t, riskyEvents, arguments)
	expect(t, state, map[string]any{
		"event_count": 3, "truncated": true, "complete": true, "fingerprint": full["fingerprint"], "events.0.event_id": "a",
		"counts_by_severity.critical": 1,
	})
	expectText(t, providertest.Text(diags), "only the newest are listed", "1 of 3", stage.ID)
	expectText(t, fmt.Sprint(state["summary_markdown"]), "**3 risky events recorded between", "2 more are not shown")
	if ids(t, state) != "a" {
		t.Error("the limit kept another event than the newest")
	}
}

func TestRiskyEvents_coveredTo(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	names := texts("RemoveUserFromGroup")
	parse := func(state map[string]any, end string) time.Time {
		at, err := time.Parse(time.RFC3339, fmt.Sprint(member(t, state, "search."+end)))
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	state := read(t, stage, map[string]any{"event_names": names})
	from, to, covered := parse(state, "from"), parse(state, "to"), parse(state, "covered_to")
	if to.Sub(from) != 7*24*time.Hour || to.Sub(covered) != 15*time.Minute {
		t.Errorf("from %s to %s, covered to %s", from, to, covered)
	}
	expectText(
		t,
		fmt.Sprint(state["summary_markdown"]),
		"No such event recorded between "+from.Format(time.RFC3339)+" and "+covered.Format(time.RFC3339),
	)
	expectNoText(t, fmt.Sprint(state["summary_markdown"]), "safe")

	end := stage.Clock.Now().UTC().Add(-24 * time.Hour).Truncate(time.Second)
	state = read(t, stage, map[string]any{"event_names": names, "end_time": end.Format(time.RFC3339), "lookback": "90m"})
	if !parse(state, "covered_to").Equal(end) || end.Sub(parse(state, "from")) != 90*time.Minute {
		t.Error("a window that is over is not covered to its end")
	}
	state = read(t, stage, map[string]any{"event_names": names, "lookback": "5m"})
	if !parse(state, "covered_to").Equal(parse(state, "from")) {
		t.Error("something of a window that is all too young is called covered")
	}
	expect(t, read(t, stage, map[string]any{"event_names": names, "lookback": "90d"}), map[string]any{"complete": true})
}
